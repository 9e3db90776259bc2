"""What the house says when something is not as it should be.

Three things are kept apart. A *finding* (规则发现) stands beside a fact that
happened: it never stops the record. A *refusal* (拒绝) stops an intention that
must not be carried out. A defect is neither: it is an ordinary exception and
keeps its traceback.

Whatever a person will read is a `Sentence`: Chinese and English together, so
that no message exists in one language only.
"""

from dataclasses import dataclass
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence for people, in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The text for a language tag such as `zh-hans` or `en`."""
        return self.zh if language.lower().startswith("zh") else self.en

    def as_dict(self) -> dict[str, str]:
        """Both texts by language, for JSON."""
        return {"zh": self.zh, "en": self.en}


class Severity(IntEnum):
    """How urgent a finding is (关注, 处置, 紧急)."""

    ATTENTION = 1
    ACT = 2
    URGENT = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found beside a fact: code, sentence, clause, remedy."""

    code: str
    sentence: Sentence
    severity: Severity = Severity.ATTENTION
    clause: str = ""
    remedy: Sentence | None = None

    def as_dict(self) -> dict[str, object]:
        """The finding as JSON values, both languages kept."""
        return {
            "code": self.code,
            "severity": int(self.severity),
            "sentence": self.sentence.as_dict(),
            "clause": self.clause,
            "remedy": self.remedy.as_dict() if self.remedy else None,
        }


class Refused(Exception):
    """An intention that must not be carried out; nothing was changed.

    The code is for programs, the sentence for people, the clause says which
    rule, the remedy what to do now.
    """

    def __init__(
        self, code: str, sentence: Sentence, *, clause: str = "", remedy: Sentence | None = None
    ) -> None:
        super().__init__(f"{code}: {sentence.en}")
        self.code = code
        self.sentence = sentence
        self.clause = clause
        self.remedy = remedy

    def as_dict(self) -> dict[str, object]:
        """The refusal as JSON values, both languages kept."""
        return {
            "code": self.code,
            "sentence": self.sentence.as_dict(),
            "clause": self.clause,
            "remedy": self.remedy.as_dict() if self.remedy else None,
        }

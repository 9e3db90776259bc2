"""What is wrong with a row, in words that say where it is, why, and what to do."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from kaowu.basics.errors import Sentence


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding of the roster check."""

    code: str
    action: str
    """`reject`: the row is not taken; `flag`: it is taken, and a person looks at it."""
    sentence: Sentence
    remedy: Sentence


@lru_cache(maxsize=1)
def codes() -> dict[str, Code]:
    """All codes, from codes.toml."""
    text = resources.files("kaowu.engines.roster").joinpath("codes.toml").read_text("utf-8")
    return {
        code: Code(
            code,
            entry["action"],
            Sentence(entry["zh"], entry["en"]),
            Sentence(entry["remedy_zh"], entry["remedy_en"]),
        )
        for code, entry in tomllib.loads(text).items()
    }


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding: where it stands, what was written there, what is wrong with it."""

    scope: str
    """row, sheet or photo."""
    sheet: str | None
    row: int | None
    column: str | None
    cell: str | None
    field: str
    code: str
    raw: str | None
    other: tuple[str, int] | None = None
    """Sheet and row of the partner of a duplicate."""

    @property
    def action(self) -> str:
        """reject or flag."""
        return codes()[self.code].action

    @property
    def rejects(self) -> bool:
        """True if the row is not taken because of this."""
        return self.action == "reject"

    @property
    def sentence(self) -> Sentence:
        """Row, column and cause."""
        cause = codes()[self.code].sentence
        zh, en = cause.zh, cause.en
        if self.other is not None:
            sheet, row = self.other
            zh += f"（另见{sheet}第{row}行）"
            en += f" (see {sheet + ' ' if sheet else ''}row {row})"
        if self.scope != "row":
            return Sentence(zh, en)
        if self.column is None:
            return Sentence(f"第{self.row}行：{zh}", f"row {self.row}: {en}")
        return Sentence(f"第{self.row}行“{self.column}”：{zh}", f"row {self.row}, {self.column}: {en}")

    @property
    def remedy(self) -> Sentence:
        """What to do now."""
        return codes()[self.code].remedy

    def as_dict(self) -> dict[str, object]:
        """The finding as JSON values."""
        value: dict[str, object] = {
            "scope": self.scope,
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "cell": self.cell,
            "field": self.field,
            "code": self.code,
            "action": self.action,
            "raw": self.raw,
        }
        if self.other is not None:
            value["other"] = {"sheet": self.other[0], "row": self.other[1]}
        sentence, remedy = self.sentence, self.remedy
        value |= {
            "message": sentence.zh,
            "message_en": sentence.en,
            "remedy": remedy.zh,
            "remedy_en": remedy.en,
        }
        return value

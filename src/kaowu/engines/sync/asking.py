"""What one node asks of another (索取), signed with the key of its log: a plan package, a copy of a log, what is to be erased, dispatches, samples of audits.

What is given in answer is sealed to the one who asks, so an old question that
somebody repeats brings them nothing that they can read.
"""

from dataclasses import dataclass

from kaowu.basics.suites import INTERNATIONAL, SigningKey, Suite, VerifyingKey
from kaowu.engines.ledger.notes import Note, NoteRefused

PACKAGE = "plan-package"
LOG_COPY = "log-copy"
CHECKPOINT = "checkpoint"
ERASURES = "erasures"
DISPATCHES = "dispatches"
AUDIT_SAMPLES = "audit-samples"
_WHAT = (PACKAGE, LOG_COPY, CHECKPOINT, ERASURES, DISPATCHES, AUDIT_SAMPLES)
_HEAD = "kaowu-question/1"


class QuestionRefused(ValueError):
    """Not a question, or not signed by the node that it names."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who asks for what: `about` is an exam, a log, a place in a list, or the digest of one."""

    what: str
    origin: str
    about: str

    def signed(self, key: SigningKey, suite: Suite = INTERNATIONAL) -> bytes:
        """As it is sent."""
        text = f"{_HEAD}\n{self.what}\n{self.origin}\n{self.about}\n"
        return Note(text).signed_by(key, suite).to_bytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> tuple["Question", Note]:
        """Read a question; its signature is judged with `require_signed`. Raises QuestionRefused."""
        try:
            note = Note.from_bytes(content)
            head, what, origin, about = note.text[:-1].split("\n")
        except (NoteRefused, ValueError) as error:
            raise QuestionRefused("not a question") from error
        if head != _HEAD or what not in _WHAT:
            raise QuestionRefused("not a question")
        return cls(what, origin, about), note


def require_signed(note: Note, key: VerifyingKey, suite: Suite = INTERNATIONAL) -> None:
    """Raises QuestionRefused unless the key signed."""
    try:
        note.verified_by([key], suite)
    except NoteRefused as error:
        raise QuestionRefused("not signed by that node") from error

"""Whose sheet a page is: QR code, Code 128 and the filled-in number must agree with each other and the seat plan.

Never "the best of two": one source that contradicts sends the page to people.
A code with a good check value stands for itself; without one (a label pasted
by hand, a sheet printed by another office) two sources have to say the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

QR_MARK = "KW1"
AGREED = "agreed"
OTHER_ROOM, OTHER_SUBJECT, OTHER_EXAM = "other_room", "other_subject", "other_exam"
NOT_HERE, CONFLICT, ALONE, NONE = "not_here", "conflict", "alone", "none"
ELSEWHERE = (OTHER_ROOM, OTHER_SUBJECT, OTHER_EXAM)
"""The page lies in the wrong bag: it is moved, not decided about."""


@dataclass(frozen=True, slots=True)
class SheetCode:
    """What the QR code of a sheet says; a blank spare sheet says no candidate."""

    exam: str
    subject: str
    room: str
    seat: str
    page: int
    serial: str
    layout: str
    mac: str
    signed: str
    """The part over which the check value is made."""

    @classmethod
    def read(cls, text: str) -> "SheetCode | None":
        """From its text; None if it is not a code of the house."""
        parts = text.split("|")
        if parts[0] != QR_MARK or len(parts) != 9 or not parts[5].isascii() or not parts[5].isdigit():
            return None
        _mark, exam, subject, room, seat, page, serial, layout, mac = parts
        return cls(exam, subject, room, seat, int(page), serial, layout, mac, text.rpartition("|")[0])

    @property
    def candidate(self) -> str:
        """The admission number inside the serial number `sitting-admission`."""
        return self.serial.partition("-")[2]


@dataclass(frozen=True, slots=True)
class Bag:
    """Which sheets belong here: exam, subject, `site-room`, and the seat of each admission number."""

    exam: str
    subject: str
    room: str
    seats: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sources:
    """What one page says about its bearer; what is not there or not legible is None."""

    qr: SheetCode | None = None
    proven: bool = False
    labels: tuple[str, ...] = ()
    """What other codes say: the Code 128 label, or the codes of a form of somebody else's."""
    grid: str | None = None
    offered: int = 2
    """How many sources the form has: where there is but one, nothing can vouch for it but the seat plan."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose page it is, or why that is not sure."""

    agreement: str
    candidate: str = ""
    seat: str = ""


def identify(sources: Sources, bag: Bag) -> Identity:
    """Whose page it is by all that it says."""
    code = sources.qr if sources.qr is not None and sources.qr.candidate else None
    if code is not None and code.exam != bag.exam:
        return Identity(OTHER_EXAM, code.candidate, code.seat)
    if code is not None and code.subject != bag.subject:
        return Identity(OTHER_SUBJECT, code.candidate, code.seat)
    if code is not None and code.room != bag.room:
        return Identity(OTHER_ROOM, code.candidate, code.seat)
    said = [text for text in (code and code.candidate, *sources.labels, sources.grid) if text]
    if not said:
        return Identity(NONE)
    if len(set(said)) > 1:
        return Identity(CONFLICT)
    seat = bag.seats.get(said[0])
    if seat is None:
        return Identity(NOT_HERE, said[0])
    if code is not None and code.seat != seat:
        return Identity(CONFLICT, said[0], seat)
    if len(said) < min(2, sources.offered) and not (code is not None and sources.proven):
        return Identity(ALONE, said[0], seat)
    return Identity(AGREED, said[0], seat)

"""What every candidate's answer sheet of a subject says in the end: read, reviewed, decided.

    for sheet in final_answers("2026GK", "数学"): …

Whoever scores reads only this. A bag counts once it is sealed: before that its
sheets are `not_scanned`, whatever the scanner has seen; a sealed one whose
readings lie on another node is `not_here`. `fields` holds final
values by the field's id ("" for a blank, several options of one field side by
side: "AC"); a field that nobody has decided yet is left out and counted in
`undecided`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kaowu.exam.sheet_account import SeatLine
from kaowu.exam.sheet_readings import answers_among, is_answer
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store.queries import sheet_bags
from kaowu.store.queries.sheet_bags import BagView

PRESENT, ABSENT, VOID, MISSING = "present", "absent", "void", "missing"
NOT_SCANNED, NOT_HERE = "not_scanned", "not_here"


@dataclass(frozen=True, slots=True)
class SheetAnswers:
    """One candidate's sheet of one subject."""

    candidate: str
    """The admission number."""
    subject: str
    state: str
    fields: Mapping[str, str] = field(default_factory=dict)
    sheet: bytes = b""
    """The digest of the first page's original image; empty where there is none."""
    undecided: int = 0
    """Fields that people still have to decide."""


def final_answers(exam: str, subject: str, site: str = "", room: str = "") -> Iterator[SheetAnswers]:
    """Every candidate who takes the subject, by site, room and seat; or only those of one site or room.

    Bags are read one after the other: three hundred thousand sheets are never held at once.
    """
    for view in _bags(exam, subject, site, room):
        if view.bag.sealed is None or view.lacks_readings:
            state = NOT_SCANNED if view.bag.sealed is None else NOT_HERE
            for candidate in sorted(view.seats):
                yield SheetAnswers(candidate, subject, state)
        else:
            for line in view.seat_lines:
                yield _of_seat(line, subject)


def _bags(exam: str, subject: str, site: str, room: str) -> Iterator[BagView]:
    if room:
        held = sheet_bags.sitting_of(exam, subject)
        one = sheet_bags.bag(exam, RoomSittingKey(held.id, site, room), subject) if held else None
        return iter([one] if one else [])
    return sheet_bags.bags(exam, subject, lambda code: site in ("", code))


def _of_seat(line: SeatLine, subject: str) -> SheetAnswers:
    sheet = line.pages[0].read.page if line.pages else b""
    if line.state == "open":
        # A sealed bag has no open seat, unless the plan was changed after the seal: then nothing is final.
        return SheetAnswers(line.candidate, subject, NOT_SCANNED, sheet=sheet)
    if line.state != PRESENT:
        return SheetAnswers(line.candidate, subject, line.state, sheet=sheet)
    undecided = {name for page in line.pages for name in filter(is_answer, page.undecided)}
    fields = {name: line.fields[name] for name in answers_among(line.fields)}
    return SheetAnswers(line.candidate, subject, PRESENT, fields, sheet, len(undecided))

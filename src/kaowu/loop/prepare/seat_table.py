"""The seat plan as a sealed artefact: who sits where, with the numbers printed on the ticket."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields

from kaowu.basics import canonical


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One seat given to one candidate; all numbers are text.

    `sitting` names the sittings for which the seat holds, joined by commas;
    empty means all of them, which is how most exams seat.
    """

    candidate: str
    site: str
    room: str
    seat: str
    admission_number: str
    sitting: str = ""


_COLUMNS = [item.name for item in fields(SeatLine)]
_ONCE = _COLUMNS[:-1]


def write_seats(lines: Iterable[SeatLine]) -> bytes:
    """The canonical bytes, sorted by sitting, site, room and seat."""
    ordered = in_order(lines)
    if any(line.sitting for line in ordered):
        return canonical.encode([_COLUMNS, *(list(astuple(line)) for line in ordered)])
    return canonical.encode([_ONCE, *(list(astuple(line))[:-1] for line in ordered)])


def read_seats(content: bytes) -> Iterator[SeatLine]:
    """The lines of a seat artefact; raises NotCanonical for anything else."""
    header, *rows = canonical.decode(content)
    if header not in (_COLUMNS, _ONCE):
        raise canonical.NotCanonical("not a seat plan of this version")
    return (SeatLine(*row) for row in rows)


def in_order(lines: Iterable[SeatLine]) -> list[SeatLine]:
    """Lines in the order in which they are written and proved."""
    return sorted(lines, key=lambda line: (line.sitting, line.site, line.room, line.seat))


def serves(seating: str, sitting: str) -> bool:
    """Does a seat that holds for these sittings hold for this one?"""
    return not seating or sitting in seating.split(",")

"""The seat plan as a sealed artefact: who sits where, with the numbers printed on the ticket."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields

from kaowu.basics import canonical


@dataclass(frozen=True, slots=True)
class SeatLine:
    """One seat given to one candidate; all numbers are text."""

    candidate: str
    site: str
    room: str
    seat: str
    admission_number: str


_COLUMNS = [item.name for item in fields(SeatLine)]


def write_seats(lines: Iterable[SeatLine]) -> bytes:
    """The canonical bytes, sorted by site, room and seat."""
    ordered = sorted(lines, key=lambda line: (line.site, line.room, line.seat))
    return canonical.encode([_COLUMNS, *(list(astuple(line)) for line in ordered)])


def read_seats(content: bytes) -> Iterator[SeatLine]:
    """The lines of a seat artefact; raises NotCanonical for anything else."""
    header, *rows = canonical.decode(content)
    if header != _COLUMNS:
        raise canonical.NotCanonical("not a seat plan of this version")
    return (SeatLine(*row) for row in rows)

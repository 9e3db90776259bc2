"""What every paper of a room-sitting says at its head, and how seats lie on the page."""

from collections import Counter

from kaowu.basics.seat_grid import SeatGrid, seat_text
from kaowu.reports.contents import ExamHead, RoomContents, SeatLine, SiteContents
from kaowu.reports.lettering import fitted, written
from kaowu.reports.typesetting import Code
from kaowu.reports.wording import clock, day, span


def room_head(contents: SiteContents, room: RoomContents, form: str) -> dict[str, object]:
    """Exam, site, room, subject and time; the code of the form holds identifiers only."""
    exam, site, sitting = contents.exam, contents.site, room.sitting
    ids = (exam.exam_id, site.site_id, room.room.room_id, sitting.sitting_id)
    return {
        "exam": fitted(exam.name, 50, 7.8, height_mm=6.6),
        "site_code": site.code,
        "site": fitted(site.name, 28, 10.5, height_mm=6),
        "room": room.room.number,
        "location": fitted(room.room.location, 32, 10.5, height_mm=6),
        "room_kind": room.room.kind,
        "subject": written(sitting.subject),
        "time": f"{day(sitting.starts_at)} {span(sitting.starts_at, sitting.ends_at)}",
        "entry_closes": clock(sitting.entry_closes_at),
        "expected": len(room.seats),
        "code": Code(":".join(("KW", form, *ids))),
    }


def seat_rows(room: RoomContents) -> list[list[str | None]]:
    """Seat numbers as the desks stand, front row first; None where no desk stands."""
    numbers = [int(seat.seat_number) for seat in room.seats if seat.seat_number.isdigit()]
    grid = room.room.grid or SeatGrid.for_capacity(max([30, *numbers]))
    digits = max([2, *(len(seat.seat_number) for seat in room.seats)])
    return [[None if n is None else seat_text(n, digits) for n in row] for row in grid.rows()]


def by_seat(room: RoomContents) -> dict[str, SeatLine]:
    """The candidates by their seat number."""
    return {seat.seat_number: seat for seat in room.seats}


def tail_length(exam: ExamHead) -> int:
    """How many digits at the end of an admission number tell people of one room apart."""
    return sum(exam.admission_number_groups[-2:]) or 5


def common_prefix(room: RoomContents, tail: int) -> str:
    """What all admission numbers of the room begin with, if the tails alone are printed."""
    starts = {seat.admission_number[:-tail] for seat in room.seats}
    return starts.pop() if len(starts) == 1 else ""


def make_up(room: RoomContents) -> str:
    """How many seats of the room get each form of the paper: “A 15　B 15”; empty where there is one form."""
    counted = Counter(seat.paper for seat in room.seats if seat.paper)
    return "　".join(f"{form} {number}" for form, number in sorted(counted.items()))


def number_range(room: RoomContents) -> str:
    """First to last admission number of the room, as the door shows it."""
    numbers = sorted(seat.admission_number for seat in room.seats)
    return f"{numbers[0]}—{numbers[-1]}" if numbers else "—"

"""What the record says of each seat, as a word and a mark."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from kaowu.basics.clock import exam_time
from kaowu.basics.seat_grid import Corner, SeatGrid, seat_of_text
from kaowu.exam.room_sitting import RoomSitting
from kaowu.store.queries.places import RoomPlace
from kaowu.web.seat_grid_plan import grid_of


@dataclass(frozen=True, slots=True)
class SeatTile:
    """One desk with whoever is expected there."""

    seat: str
    ticket: str
    name: str
    code: str
    words: str
    mark: str  # a state of the `state` tag
    violations: int = 0


@dataclass(frozen=True, slots=True)
class RoomDesks:
    """The desks of a room as they stand, front row first; seats that find no desk follow apart."""

    rows: tuple[tuple[Any, ...], ...]
    door_left: bool
    elsewhere: tuple[SeatTile, ...] = field(default=())


def state_code(room: RoomSitting, ticket: str) -> str:
    """expected, matched, in_doubt, impostor or absent."""
    entry = room.entries.get(ticket)
    if entry is not None:
        return entry.identity
    return "absent" if ticket in room.absent else "expected"


def tile(room: RoomSitting, ticket: str, seat: str, name: str) -> SeatTile:
    """How one seat is drawn."""
    code = state_code(room, ticket)
    entry = room.entries.get(ticket)
    words, mark = {
        "expected": (_("Not yet"), "unknown"),
        "matched": (_("Here"), "ok"),
        "in_doubt": (_("In doubt"), "1"),
        "impostor": (_("Not the candidate"), "3"),
        "absent": (_("Absent"), "none"),
    }[code]
    if code == "matched" and entry is not None and entry.at > room.sitting.starts_at:
        words, mark = _("Late %(time)s") % {"time": f"{exam_time(entry.at):%H:%M}"}, "info"
    violations = sum(violation.admission_number == ticket for violation in room.violations)
    return SeatTile(seat, ticket, name, code, words, mark, violations)


def desks(room: RoomSitting, place: RoomPlace | None, names: Mapping[str, str]) -> RoomDesks:
    """Every expected seat at its desk."""
    by_seat = {
        seat_of_text(seat.seat_number): tile(room, ticket, seat.seat_number, names.get(ticket, ""))
        for ticket, seat in room.seats.items()
    }
    grid = _grid(place, max(by_seat, default=1))
    rows = tuple(
        tuple(None if seat is None else by_seat.get(seat) or f"{seat:02d}" for seat in row)
        for row in grid.rows()
    )
    elsewhere = tuple(found for seat, found in sorted(by_seat.items()) if seat > grid.seats)
    return RoomDesks(rows, grid.start in (Corner.FRONT_LEFT, Corner.BACK_LEFT), elsewhere)


def _grid(place: RoomPlace | None, largest: int) -> SeatGrid:
    if place is None:
        return SeatGrid.for_capacity(largest)
    try:
        return grid_of(place.columns, place.start_corner, place.direction, place.capacity)
    except ValueError:
        return SeatGrid.for_capacity(max(largest, place.capacity))

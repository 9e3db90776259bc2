"""Small exams for the seating tests: a few lines make candidates, rooms and a problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kaowu.basics.seat_grid import SeatGrid
from kaowu.engines.seating import (
    Candidate,
    Candidates,
    Room,
    RoomKind,
    Rules,
    SeatingProblem,
    Site,
    Sitting,
)

SEED = bytes(range(32))


def seed(number: int) -> bytes:
    """A different seed for every number."""
    return number.to_bytes(32, "big")


def school(name: str, count: int, **more: Any) -> list[Candidate]:
    """People of one school; `needs`, `sittings` and any key may be given for all of them."""
    needs, sittings = more.pop("needs", ()), more.pop("sittings", ())
    pool, start = more.pop("pool", "P"), more.pop("start", 0)
    keys = {"school": name, **more}
    return [
        Candidate(
            f"{name}{'-' + '-'.join(more.values()) if more else ''}-{n:04d}", pool, keys, needs, sittings
        )
        for n in range(start, start + count)
    ]


def rooms(count: int, layout: str = "7-8-8-7", first: int = 1, **more: Any) -> list[Room]:
    """Rooms on one layout, numbered with leading zeros."""
    grid = SeatGrid.from_layout(layout)
    capacity = more.pop("capacity", grid.seats)
    return [Room(f"{n:03d}", grid, capacity, **more) for n in range(first, first + count)]


def exam(
    people: Sequence[Candidate],
    halls: Sequence[Room],
    sittings: Sequence[Sitting] = (Sitting("all"),),
    **rules: Any,
) -> SeatingProblem:
    """One site of pool P with these rooms."""
    return SeatingProblem(
        Candidates.of(people), (Site("S1", "P", tuple(halls)),), Rules(**rules), tuple(sittings)
    )


__all__ = ["SEED", "RoomKind", "exam", "rooms", "school", "seed"]

"""Seat an exam: problem and seed in, seat plan out, by named stages.

streams (who may share rooms) → pieces (how many of which stream in which
room) → dealt (which person in which room) → seated (which desk). Chance comes
only from the seed and only as integers: the same problem, seed and engine
version give the same plan on any machine. The method is published in
docs/reference/draw-specification.md; a change here is a new engine version.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.errors import Refused
from kaowu.basics.seeds import key, tickets
from kaowu.engines.seating.compose import Piece, apart_in_first, compose, kept_empty
from kaowu.engines.seating.deal import Chance, Dealt, deal, level
from kaowu.engines.seating.explain import Explanation, explain
from kaowu.engines.seating.plan import Reason, RoomSeating, SeatPlan
from kaowu.engines.seating.problem import Column, Remainder, SeatingProblem, Site, Sitting
from kaowu.engines.seating.seats import Hall, hall_of, seat_people
from kaowu.engines.seating.streams import Stream, streams_of

ENGINE_VERSION = "seating/2"

Rows = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
"""Called with the stage (`sites`, `deal`, `seats`), how much is done, and of how much.
What it raises stops the work."""


class Infeasible(Refused):
    """There are not enough rooms; the explanation says where and what would help."""

    def __init__(self, explanation: Explanation) -> None:
        conflict = explanation.conflicts[0]
        super().__init__(f"seating_{conflict.code}", conflict.sentence)
        self.explanation = explanation


@dataclass
class _Outcome:
    rooms: list[RoomSeating]
    reasons: list[Reason]
    figures: dict[str, int]


def solve(problem: SeatingProblem, seed: bytes, progress: Progress | None = None) -> SeatPlan:
    """A seat for every candidate in every sitting; raises Infeasible when rooms run out."""
    tell = progress or (lambda stage, done, of: None)
    sites_of = _sites_first(problem, seed, tell)
    outcomes = [_seat_sitting(problem, sitting, seed, sites_of, tell) for sitting in problem.sittings]
    return SeatPlan(
        problem.digest,
        hashlib.sha256(seed).hexdigest(),
        ENGINE_VERSION,
        tuple(room for outcome in outcomes for room in outcome.rooms),
        tuple(reason for outcome in outcomes for reason in outcome.reasons),
        {"candidates": len(problem.candidates), **_summed([outcome.figures for outcome in outcomes])},
    )


def _sites_first(problem: SeatingProblem, seed: bytes, tell: Progress) -> list[str] | None:
    """The site of each candidate when there are several sittings: one site for all papers."""
    if len(problem.sittings) == 1:
        return None
    tell("sites", 0, 1)
    everybody = Sitting("")
    dealt, _, _, _ = _deal_sitting(problem, everybody, np.arange(len(problem.candidates)), seed, None)
    names = [site.id for site, _ in problem.rooms]
    found = [""] * len(problem.candidates)
    for row, room in zip(dealt.rows.tolist(), dealt.rooms.tolist(), strict=True):
        found[row] = names[room]
    tell("sites", 1, 1)
    return found


def _seat_sitting(
    problem: SeatingProblem,
    sitting: Sitting,
    seed: bytes,
    sites_of: Sequence[str] | None,
    tell: Progress,
) -> _Outcome:
    rows = rows_of_sitting(problem, sitting)
    tell("deal", 0, len(rows))
    if not len(rows):
        return _Outcome([], [], {})
    dealt, pieces, chance, exchanged = _deal_sitting(problem, sitting, rows, seed, sites_of)
    tell("deal", len(rows), len(rows))
    rooms = problem.rooms
    hall = hall_of(dealt, rooms, chance)
    seated = seat_people(problem, sitting, hall, seed, lambda done, of: tell("seats", done, of))
    figures = {
        "placements": len(rows),
        "rooms_used": len(hall.rooms),
        "rooms_merged": _merged(pieces),
        "rooms_kept_empty": _kept(problem.sites, problem.rules.spare_rooms_per_site),
        "rooms_free": len(rooms) - len(hall.rooms) - _kept(problem.sites, problem.rules.spare_rooms_per_site),
        "smallest_room": int(hall.size.min()),
        "largest_room": int(hall.size.max()),
        "exchanged_by_levelling": exchanged,
        **seated.figures,
    }
    return _Outcome(_rooms(problem, sitting, hall, seated.seats), seated.reasons, figures)


def rows_of_sitting(problem: SeatingProblem, sitting: Sitting) -> Rows:
    """Candidate rows that sit in this sitting, ascending."""
    column = problem.candidates.columns["sittings"]
    takes = np.array([not label or sitting.id in label.split("|") for label in column.labels])
    found: Rows = np.flatnonzero(takes[column.codes]) if len(takes) else np.zeros(0, np.int64)
    return found


def _deal_sitting(
    problem: SeatingProblem,
    sitting: Sitting,
    rows: Rows,
    seed: bytes,
    sites_of: Sequence[str] | None,
) -> tuple[Dealt, list[Piece], Chance, int]:
    pools = _pools(problem, rows, sites_of)
    streams = streams_of(problem, sitting, rows, pools)
    school = problem.candidates.columns[problem.rules.apart[0].key].codes
    composition = compose(streams, problem.rooms, problem.rules, sites_of is not None, school)
    if composition.shortages:
        met = [(sitting, shortage) for shortage in composition.shortages]
        raise Infeasible(explain(problem, met))
    chance = draw_chance(problem, sitting, rows, seed)
    rooms = problem.rooms
    dealt = deal(streams, composition.pieces, school, [r.step_free for _, r in rooms], chance)
    merging = problem.rules.remainder is Remainder.MERGE
    exchanged = 0
    for gaps in (False, True) if problem.rules.gaps else (False,):
        limits = _limits(problem, composition.pieces, gaps)
        exchanged += level(dealt, streams, school, limits, chance, merging)
    return dealt, composition.pieces, chance, exchanged


def _pools(problem: SeatingProblem, rows: Rows, sites_of: Sequence[str] | None) -> Column:
    if sites_of is not None:
        return Column.of([sites_of[row] for row in rows.tolist()])
    column = problem.candidates.columns["pool"]
    return Column(column.labels, column.codes[rows])


def draw_chance(problem: SeatingProblem, sitting: Sitting, rows: Rows, seed: bytes) -> Chance:
    """All drawn numbers of a sitting but those of the chain."""
    ids = problem.candidates.ids
    names = ids if len(rows) == len(ids) else [ids[row] for row in rows.tolist()]
    drawn = tickets(key(seed, "seating/ticket", sitting.id), names)
    everyone = np.zeros((len(ids), 2), np.uint64)
    everyone[rows] = drawn[:, :2]
    labels = problem.candidates.columns[problem.rules.apart[0].key].labels
    rooms = [f"{site.id}/{room.id}" for site, room in problem.rooms]
    return Chance(
        everyone[:, 0],
        everyone[:, 1],
        key(seed, "seating/school", sitting.id),
        labels,
        _ranks(tickets(key(seed, "seating/room", sitting.id), rooms)),
    )


def _ranks(drawn: NDArray[np.uint64]) -> Rows:
    order = np.lexsort(drawn.T[::-1])
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    return ranks


def _limits(problem: SeatingProblem, pieces: Sequence[Piece], gaps: bool) -> dict[int, int]:
    """For each room how many of one school can sit apart on its first seats, or with gaps."""
    rooms = problem.rooms
    people: dict[int, int] = {}
    for piece in pieces:
        people[piece.room] = people.get(piece.room, 0) + piece.size
    reach = problem.rules.apart[0].reach
    grids = {room: rooms[room][1].grid for room in people}
    return {
        room: apart_in_first(grids[room], grids[room].seats if gaps else size, reach)
        for room, size in people.items()
    }


def _rooms(problem: SeatingProblem, sitting: Sitting, hall: Hall, seats: Rows) -> list[RoomSeating]:
    order = np.argsort(hall.at << 8 | seats)
    ids = problem.candidates.ids
    names = list(map(ids.__getitem__, hall.rows[order].tolist()))
    numbers = (seats[order] + 1).tolist()
    found, at = [], 0
    for (site, room), size in zip(hall.rooms, hall.size.tolist(), strict=True):
        end = at + size
        # Without gaps the last seat is the number of people; such rooms share one tuple.
        taken = _first_seats(size) if numbers[end - 1] == size else tuple(numbers[at:end])
        found.append(RoomSeating(sitting.id, site.id, room.id, taken, tuple(names[at:end])))
        at = end
    return found


@cache
def _first_seats(count: int) -> tuple[int, ...]:
    return tuple(range(1, count + 1))


def _kept(sites: Sequence[Site], spare_rooms: int) -> int:
    return sum(len(kept_empty(site, spare_rooms)) for site in sites)


def _merged(pieces: Sequence[Piece]) -> int:
    streams: dict[int, set[int]] = {}
    for piece in pieces:
        streams.setdefault(piece.room, set()).add(piece.stream)
    return sum(len(inside) > 1 for inside in streams.values())


_EXTREMES: dict[str, Callable[[int, int], int]] = {
    "smallest_room": min,
    "largest_room": max,
    "chain_rounds": max,
}


def _summed(figures: Sequence[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for one in figures:
        for name, value in one.items():
            join = _EXTREMES.get(name, int.__add__)
            total[name] = join(total[name], value) if name in total else value
    return total


__all__ = ["ENGINE_VERSION", "Infeasible", "Progress", "Stream", "draw_chance", "rows_of_sitting", "solve"]

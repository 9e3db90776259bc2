"""Rooms full of people → a seat for each: the ladder of rules, room by room.

For each room the first rule is tried on the first seats, then with gaps, then
the next rule of the ladder. Counting comes first: a rule that cannot hold in a
room is not tried there, and the count becomes the room's named reason.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.seat_grid import SeatGrid
from kaowu.basics.seeds import keys_of
from kaowu.engines.seating.chain import LOOK_LATE, Codes, first_looks, pair_orders, shuffle
from kaowu.engines.seating.compose import apart_in_first
from kaowu.engines.seating.construct import construct
from kaowu.engines.seating.deal import Chance, Dealt
from kaowu.engines.seating.plan import Reason
from kaowu.engines.seating.problem import Apart, Column, Room, SeatingProblem, Site, Sitting
from kaowu.engines.seating.sorting import by_group_and_lot, dense

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LAST_ROUND = 64
"""Rounds after which a room that counting allows is started again from a constructed seating."""
FEWEST_ROUNDS = 24
"""Rounds spent on having few pairs where counting forbids having none."""


@dataclass
class Hall:
    """All occupied rooms of a sitting; people are sorted by room and seat ticket."""

    rooms: list[tuple[Site, Room]]  # occupied rooms, in filling order
    rows: Ints  # candidate row of each person
    at: Ints  # place in `rooms` of each person
    size: Ints  # people per room
    start: Ints  # seat (from 0) where each person is put before the chain
    pinned: Bools  # per person


@dataclass
class Seated:
    """The seat (from 0) of every person of a hall, the reasons, and how it went."""

    seats: Ints
    reasons: list[Reason]
    figures: dict[str, int]


@dataclass(frozen=True)
class _Attempt:
    number: int
    rung: Apart
    gaps: bool


def hall_of(dealt: Dealt, rooms: Sequence[tuple[Site, Room]], chance: Chance) -> Hall:
    """The occupied rooms with their people in the order of their seat tickets."""
    order = by_group_and_lot(dealt.rooms, chance.seat_tickets[dealt.rows])
    rows, room, pinned = dealt.rows[order], dealt.rooms[order], dealt.pinned[order]
    first = np.flatnonzero(np.diff(room, prepend=-1))
    used, size = room[first], np.diff(first, append=len(room))
    at = np.repeat(np.arange(len(used)), size)
    start = np.arange(len(rows)) - first[at]
    hall = Hall([rooms[i] for i in used.tolist()], rows, at, size, start, pinned)
    for number in np.unique(at[pinned]).tolist():
        _seat_pinned_at_the_door(hall, number)
    return hall


def _seat_pinned_at_the_door(hall: Hall, number: int) -> None:
    """Pinned people take the front desks from seat 1 on, the others keep the order of tickets."""
    people = np.flatnonzero(hall.at == number)
    grid = hall.rooms[number][1].grid
    seats = list(range(len(people)))
    front = [seat for seat in seats if grid.desks[seat].row == 0]
    doors = (front + [seat for seat in seats if seat not in front])[: int(hall.pinned[people].sum())]
    others = iter([seat for seat in seats if seat not in doors])
    taken = iter(doors)
    for person in people.tolist():
        hall.start[person] = next(taken) if hall.pinned[person] else next(others)


class _Ladder:
    """Which rooms still wait for a seating, and what each settled room looks like."""

    def __init__(self, problem: SeatingProblem, sitting: Sitting, hall: Hall, seed: bytes) -> None:
        self.problem, self.sitting, self.hall, self.seed = problem, sitting, hall, seed
        self.orders = pair_orders(seed, sitting.id)
        self.waiting = np.arange(len(hall.rooms))
        self.local = np.zeros(len(hall.rows), np.int64)  # each person's school inside the room
        self.blocks: list[tuple[Ints, Codes]] = []  # settled rooms and their codes
        self.why: dict[int, Reason] = {}
        self.rounds = 0
        self.constructed = 0
        self._known: dict[str, tuple[Ints, Ints, Ints]] = {}
        self._by_grid: dict[SeatGrid, list[int]] = {}
        for number, (_, room) in enumerate(hall.rooms):
            self._by_grid.setdefault(room.grid, []).append(number)

    def people_of(self, rooms: Ints) -> Ints:
        """Positions of the people of some rooms."""
        if len(rooms) == len(self.hall.rooms):
            return np.arange(len(self.hall.rows))
        chosen = np.zeros(len(self.hall.rooms), np.bool_)
        chosen[rooms] = True
        found: Ints = np.flatnonzero(chosen[self.hall.at])
        return found

    def schools(self, rung: Apart) -> tuple[Ints, Ints, Ints]:
        """Local codes of this rung's key for all people; largest count and its person, per room."""
        if rung.key not in self._known:
            self._known[rung.key] = self._schools(self.problem.candidates.columns[rung.key])
        return self._known[rung.key]

    def _schools(self, column: Column) -> tuple[Ints, Ints, Ints]:
        labels = len(column.labels)
        joint, inverse = dense(
            self.hall.at * labels + column.codes[self.hall.rows], len(self.hall.rooms) * labels
        )
        count = np.bincount(inverse)
        one = np.empty(len(joint), np.int64)
        one[inverse[::-1]] = np.arange(len(inverse))[::-1]
        room = joint // labels
        first = np.searchsorted(room, np.arange(len(self.hall.rooms)))
        largest = np.lexsort((joint, -count, room))[first]
        return inverse - first[self.hall.at], count[largest], one[largest]

    def attempt(self, attempt: _Attempt) -> None:
        """Try one rule in every room that waits and where counting allows it."""
        local, largest, person = self.schools(attempt.rung)
        possible = []
        for number in self.waiting.tolist():
            limit = self.apart(number, attempt)
            room = self.hall.rooms[number][1]
            if attempt.gaps and self.hall.size[number] == room.grid.seats:
                continue
            if largest[number] > limit:
                self._remember(number, attempt, "too_many_of_one", largest, person, limit)
            else:
                possible.append(number)
        chosen = np.array(possible, np.int64)
        people = self.people_of(chosen)
        before = self.local[people]
        self.local[people] = local[people]
        settled = self._run(attempt, chosen, largest, LAST_ROUND)
        lost = np.setdiff1d(chosen, settled)
        for number in lost.tolist():
            self._remember(number, attempt, "not_found", largest, person, self.apart(number, attempt))
        if len(lost):
            undone = np.isin(self.hall.at[people], lost)
            self.local[people[undone]] = before[undone]
        if attempt.number:
            for number in settled.tolist():
                self._remedied(number, "gaps" if attempt.gaps and attempt.rung == self.first else "next_rung")
        self.waiting = np.setdiff1d(self.waiting, settled)

    @property
    def first(self) -> Apart:
        """The rule itself; the other rungs are ways to give in."""
        return self.problem.rules.apart[0]

    def apart(self, number: int, attempt: _Attempt) -> int:
        """How many can sit apart in a room under this attempt."""
        grid = self.hall.rooms[number][1].grid
        people = grid.seats if attempt.gaps else int(self.hall.size[number])
        return apart_in_first(grid, people, attempt.rung.reach)

    def fewest_pairs(self) -> None:
        """Rooms for which no rung holds: the first rule with as few pairs as were found."""
        if not len(self.waiting):
            return
        attempt = _Attempt(len(_attempts(self.problem)), self.first, self.problem.rules.gaps)
        local, largest, _ = self.schools(self.first)
        people = self.people_of(self.waiting)
        self.local[people] = local[people]
        self._run(attempt, self.waiting, largest, FEWEST_ROUNDS, settle_all=True)
        self.waiting = self.waiting[:0]

    def _run(
        self, attempt: _Attempt, chosen: Ints, largest: Ints, last_round: int, settle_all: bool = False
    ) -> Ints:
        """Run the chain in some rooms, grid by grid; returns the rooms that are settled."""
        settled = [np.zeros(0, np.int64)]
        wanted = set(chosen.tolist())
        for grid, members in self._by_grid.items():
            rooms = np.array([number for number in members if number in wanted], np.int64)
            if not len(rooms):
                continue
            codes, movable = self._start(grid, rooms, attempt.gaps)
            keys = self._keys(rooms, attempt, "chain")
            looks = first_looks(largest[rooms], self.hall.size[rooms])
            done = shuffle(codes, movable, grid, attempt.rung.reach, keys, self.orders, looks, last_round)
            self.rounds = max(self.rounds, int(done.rounds.max()))
            legal = done.pairs == 0
            if settle_all:
                for number, pairs in zip(rooms.tolist(), done.pairs.tolist(), strict=True):
                    self._remedied(number, "fewest_pairs", pairs)
                legal[:] = True
            self.blocks.append((rooms[legal], done.codes[:, legal]))
            settled.append(rooms[legal])
            if not legal.all():
                tight = np.flatnonzero(~legal)
                settled.append(
                    self._constructed(attempt, grid, rooms[tight], codes[:, tight], movable[:, tight])
                )
        return np.concatenate(settled)

    def _constructed(
        self, attempt: _Attempt, grid: SeatGrid, rooms: Ints, codes: Codes, movable: Bools
    ) -> Ints:
        """Tight rooms: a legal seating by hand, stirred by the chain as far as it stays legal."""
        settled = []
        for place, number in enumerate(rooms.tolist()):
            (chance,) = self._keys(rooms[place : place + 1], attempt, "constructed")
            free = movable[:, place]
            found = construct(grid, attempt.rung.reach, codes[:, place].tolist(), free.tolist(), chance[0])
            if found is None:
                continue
            start = np.array(found, np.uint8)[:, None]
            stirred = shuffle(
                start,
                free[:, None],
                grid,
                attempt.rung.reach,
                [chance],
                self.orders,
                np.array([LOOK_LATE]),
                LAST_ROUND,
            )
            state = stirred.codes if stirred.pairs[0] == 0 else start
            self.blocks.append((rooms[place : place + 1], state))
            self.constructed += 1
            settled.append(number)
        return np.array(settled, np.int64)

    def _start(self, grid: SeatGrid, rooms: Ints, gaps: bool) -> tuple[Codes, Bools]:
        """Codes and movable desks before the chain; an empty desk carries its own number."""
        place = np.full(len(self.hall.rooms), -1, np.int64)
        place[rooms] = np.arange(len(rooms))
        people = self.people_of(rooms)
        room, seat = place[self.hall.at[people]], self.hall.start[people]
        codes = np.repeat(np.arange(grid.seats, dtype=np.uint8)[:, None], len(rooms), axis=1)
        movable = np.full(codes.shape, gaps, np.bool_)
        codes[seat, room] = self.local[people]
        movable[seat, room] = ~self.hall.pinned[people]
        return codes, movable

    def _keys(self, rooms: Ints, attempt: _Attempt, part: str) -> list[bytes]:
        made = keys_of(self.seed, f"seating/room-{part}", self.sitting.id)
        named = [self.hall.rooms[number] for number in rooms.tolist()]
        return [made(site.id, room.id, str(attempt.number)) for site, room in named]

    def _remember(
        self, number: int, attempt: _Attempt, code: str, largest: Ints, person: Ints, limit: int
    ) -> None:
        """The first cause stays the room's reason, unless the count behind it is overcome.

        A count that empty desks overcome proves nothing when the search then fails.
        """
        if number in self.why and (code != "not_found" or attempt.rung != self.first):
            return
        site, room = self.hall.rooms[number]
        column = self.problem.candidates.columns[attempt.rung.key]
        self.why[number] = Reason(
            code,
            self.sitting.id,
            site.id,
            room.id,
            attempt.rung.key,
            column.label(int(self.hall.rows[person[number]])),
            int(largest[number]),
            int(self.hall.size[number]),
            limit,
            attempt.rung.reach,
            "",
            0,
        )

    def _remedied(self, number: int, remedy: str, pairs: int = 0) -> None:
        known = self.why[number]
        values = {name: getattr(known, name) for name in Reason.__slots__}
        self.why[number] = Reason(**{**values, "remedy": remedy, "pairs": pairs})

    def seats(self) -> Ints:
        """The seat of every person: inside a school by seat ticket, seats ascending."""
        desks = []
        pinned_desk = np.zeros((len(self.hall.rooms), 256), np.bool_)
        pinned = self.hall.pinned
        pinned_desk[self.hall.at[pinned], self.hall.start[pinned]] = True
        for rooms, codes in self.blocks:
            seat, column = np.nonzero(codes < self.hall.size[rooms][None, :])
            room = rooms[column]
            keep = ~pinned_desk[room, seat]
            desks.append(room[keep] << 16 | codes[seat, column].astype(np.int64)[keep] << 8 | seat[keep])
        free = np.sort(np.concatenate(desks)) & 0xFF
        found = self.hall.start.copy()
        movers = np.flatnonzero(~pinned)
        order = np.argsort(self.hall.at[movers] << 8 | self.local[movers], kind="stable")
        found[movers[order]] = free
        return found


def _attempts(problem: SeatingProblem) -> list[_Attempt]:
    ways = [
        (rung, gaps)
        for rung in problem.rules.apart
        for gaps in ((False, True) if problem.rules.gaps else (False,))
    ]
    return [_Attempt(number, rung, gaps) for number, (rung, gaps) in enumerate(ways)]


def seat_people(
    problem: SeatingProblem,
    sitting: Sitting,
    hall: Hall,
    seed: bytes,
    settled: Callable[[int, int], None],
) -> Seated:
    """Seats for everybody in the hall; `settled` hears how many rooms are done."""
    ladder = _Ladder(problem, sitting, hall, seed)
    for attempt in _attempts(problem):
        if len(ladder.waiting):
            ladder.attempt(attempt)
            settled(len(hall.rooms) - len(ladder.waiting), len(hall.rooms))
    ladder.fewest_pairs()
    reasons = [ladder.why[number] for number in sorted(ladder.why)]
    figures = {
        "neighbouring_pairs": sum(reason.pairs for reason in reasons),
        "rooms_with_pairs": sum(reason.remedy == "fewest_pairs" for reason in reasons),
        "rooms_with_gaps": sum(reason.remedy == "gaps" for reason in reasons),
        "rooms_on_next_rung": sum(reason.remedy == "next_rung" for reason in reasons),
        "rooms_constructed": ladder.constructed,
        "chain_rounds": ladder.rounds,
    }
    return Seated(ladder.seats(), reasons, figures)

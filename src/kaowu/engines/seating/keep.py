"""Who keeps the seat when a problem has changed, and who cannot: the first half of a re-plan.

Room by room: people whose own seat vanished or became illegal leave; of people
who may no longer share a room the largest part stays; of new pairs of
schoolmates as few leave as greedily found; and a room holds what it holds.
Each step also counts how many must leave whatever anybody does, so that the
sum is a proved lower bound of the moves.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kaowu.basics.seat_grid import SeatGrid
from kaowu.engines.seating.floor import Floor, Place, Spot, beside
from kaowu.engines.seating.plan import SeatPlan
from kaowu.engines.seating.problem import Apart, SeatingProblem


@dataclass
class Kept:
    """One sitting after everybody who cannot stay has left."""

    leaving: dict[int, str] = field(default_factory=dict)  # candidate row → why
    bound: int = 0  # of these, how many nobody could have kept


@dataclass(frozen=True)
class Before:
    """The plan that is re-planned, with its problem."""

    problem: SeatingProblem
    plan: SeatPlan

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Rows of the old problem by candidate."""
        return {name: row for row, name in enumerate(self.problem.candidates.ids)}

    @cached_property
    def grid_of(self) -> Mapping[Place, SeatGrid]:
        """The desks of every room as they stood."""
        return {(site.id, room.id): room.grid for site, room in self.problem.rooms}

    def seats(self, sitting: str) -> Iterator[tuple[str, Spot]]:
        """Every candidate of a sitting with the seat."""
        for room in self.plan.rooms:
            if room.sitting == sitting:
                for seat, name in zip(room.seats, room.candidates, strict=True):
                    yield name, ((room.site, room.room), seat)

    def stood(self, place: Place, seats: tuple[int, int], people: tuple[str, str], rung: Apart) -> bool:
        """Whether these two were neighbours of one school before, on these very seats."""
        grid = self.grid_of.get(place)
        column = self.problem.candidates.columns.get(rung.key)
        if grid is None or column is None or max(seats) > grid.seats:
            return False
        if seats[1] not in beside(grid, rung.reach)[seats[0]]:
            return False
        rows = [self.row_of.get(name) for name in people]
        return None not in rows and column.label(rows[0] or 0) == column.label(rows[1] or 0)


def keep(before: Before, floor: Floor, rows: Mapping[str, int], sits: Sequence[bool]) -> Kept:
    """Seat everybody on `floor` who keeps the seat; `rows` are the new problem's candidates."""
    found = Kept()
    changed = _changed(before, floor.problem)
    by_room: dict[Place, list[int]] = {}
    for name, (place, seat) in before.seats(floor.sitting.id):
        row = rows.get(name)
        if row is None or not sits[row]:
            continue
        floor.home[row] = place, seat
        why = _own_fault(floor, row, place, seat, changed)
        if why:
            found.leaving[row] = why
            found.bound += 1
        else:
            by_room.setdefault(place, []).append(row)
    next_rung = {
        (r.site, r.room)
        for r in before.plan.reasons
        if r.sitting == floor.sitting.id and r.remedy == "next_rung"
    }
    for place, people in by_room.items():
        _Room(before, floor, place, changed).settle(people, place in next_rung, found)
    return found


def _own_fault(floor: Floor, row: int, place: Place, seat: int, changed: Callable[[int], bool]) -> str:
    """Why the person's own seat cannot be kept, whoever else sits in the room.

    Where more people need a desk in front than there are, some sit behind: they stay.
    """
    problem = floor.problem
    if place not in floor.halls:
        return "room_lost" if any(site.id == place[0] for site in problem.sites) else "site_lost"
    site, room = floor.halls[place]
    if not floor.usable(place):
        return "room_lost"
    if site.pool != floor.pool(row):
        return "pool_changed"
    if seat > room.grid.seats:
        return "desk_lost"
    fits = floor.suits(row, place, seat) or (room.step_free and not changed(row))
    return "" if fits else "accommodation"


def _changed(before: Before, problem: SeatingProblem) -> Callable[[int], bool]:
    """Whether a candidate of the new problem is on record otherwise than before."""
    old, new = before.problem.candidates, problem.candidates
    names = sorted({*old.columns, *new.columns})

    def is_changed(row: int) -> bool:
        was = before.row_of.get(new.ids[row])
        if was is None:
            return True
        return any(
            name not in old.columns
            or name not in new.columns
            or old.columns[name].label(was) != new.columns[name].label(row)
            for name in names
        )

    return is_changed


class _Room:
    """One room of the old plan: who of its people stays."""

    def __init__(self, before: Before, floor: Floor, place: Place, changed: Callable[[int], bool]) -> None:
        self.before, self.floor, self.place, self.changed = before, floor, place, changed

    def settle(self, people: Sequence[int], next_rung: bool, found: Kept) -> None:
        staying = self._of_one_kind(people, found)
        for row in staying:
            self.floor.put(row, self.floor.home[row])
        if next_rung:
            self._judge_by_next_rung()
        surplus = max(0, len(staying) - self.floor.places(self.place))
        matched = self._part_new_pairs(found)
        found.bound += max(surplus, matched)
        people_left = sorted(self.floor.taken.get(self.place, {}).values(), key=self.floor.lot)
        for row in people_left[self.floor.places(self.place) :]:
            self._leave(row, "over_capacity", found)

    def _of_one_kind(self, people: Sequence[int], found: Kept) -> list[int]:
        """The largest part that may share the room; the others leave."""
        parts: dict[tuple[str, ...], list[int]] = {}
        for row in people:
            parts.setdefault(self.floor.words(row), []).append(row)
        changes = {words: sum(map(self.changed, part)) for words, part in parts.items() if len(parts) > 1}
        words, staying = min(
            parts.items(), key=lambda item: (-len(item[1]), changes.get(item[0], 0), item[0])
        )
        if self.floor.alone(staying[0]):
            staying = sorted(staying, key=self.floor.lot)[:1]
        for row in people:
            if row not in staying:
                special = self.floor.words(row)[0] != words[0] or self.floor.alone(row)
                found.leaving[row] = "accommodation" if special else "stream_changed"
                found.bound += 1
        return staying

    def _judge_by_next_rung(self) -> None:
        """A room that was kept apart by a later rung stays judged by it, if it still holds."""
        for rung in self.floor.problem.rules.apart[1:]:
            if not any(self.floor.pairs(self.place, rung)):
                self.floor.rung[self.place] = rung
                return

    def _part_new_pairs(self, found: Kept) -> int:
        """Send away as few as part all pairs that did not stand before; how many had to go."""
        floor, rung = self.floor, self.floor.rung_of(self.place)
        ids = floor.problem.candidates.ids
        taken = floor.taken[self.place]
        pairs = [
            (taken[one], taken[two])
            for one, two in floor.pairs(self.place, rung)
            if not self.before.stood(self.place, (one, two), (ids[taken[one]], ids[taken[two]]), rung)
        ]
        matched: set[int] = set()
        for pair in pairs:
            if not matched & set(pair):
                matched |= set(pair)
        while pairs:
            count: dict[int, int] = {}
            for row in (row for pair in pairs for row in pair):
                count[row] = count.get(row, 0) + 1
            leaver = min(count, key=lambda row: (-count[row], not self.changed(row), floor.lot(row)))
            self._leave(leaver, "neighbours", found)
            pairs = [pair for pair in pairs if leaver not in pair]
        return len(matched) // 2

    def _leave(self, row: int, why: str, found: Kept) -> None:
        self.floor.lift(row)
        found.leaving[row] = why

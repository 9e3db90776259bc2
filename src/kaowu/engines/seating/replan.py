"""A changed problem, and as few people as possible sit elsewhere (少动重排): old plan → new plan.

keep (who may stay) → whole rooms (a closed room moves as one into an unused
one) → vacant seats (one person after another, by lot) → unused rooms (those
left are a small exam of their own, seated by the published method) → making
room (somebody who could stay moves so that another can sit). Everything follows
from the old plan's digest, the new problem and a seed, and the new plan names
the plan it follows. The method is published in docs/reference/draw-specification.md.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.seeds import key
from kaowu.engines.seating.compose import apart_in_first, kept_empty
from kaowu.engines.seating.floor import Drawn, Floor, Place, Spot
from kaowu.engines.seating.keep import Before, Kept, keep
from kaowu.engines.seating.moves import Move, Replan, moves_between
from kaowu.engines.seating.plan import Reason, RoomSeating, SeatPlan
from kaowu.engines.seating.problem import Candidates, RoomKind, SeatingProblem, Site, Sitting
from kaowu.engines.seating.solve import ENGINE_VERSION, Infeasible, Progress, rows_of_sitting, solve

EXCHANGES_DEEP = 2
"""So many people at most move on for one person who found no seat."""
SEATS_TRIED = 10_000
"""So many seats are tried at most, in one sitting, for people to make room."""


def replan(
    old_problem: SeatingProblem,
    old_plan: SeatPlan,
    new_problem: SeatingProblem,
    seed: bytes,
    progress: Progress | None = None,
) -> Replan:
    """Seats for the changed problem, everybody staying who can; raises Infeasible if rooms run out."""
    if old_plan.problem != old_problem.digest:
        raise Refused(
            "seating_another_problem",
            Sentence("原编排不属于这份原问题", "The old plan was made for another problem"),
        )
    tell = progress or (lambda stage, done, of: None)
    before = Before(old_problem, old_plan)
    rows = {name: row for row, name in enumerate(new_problem.candidates.ids)}
    floors, kept = [], []
    for sitting in new_problem.sittings:
        floor = Floor(new_problem, sitting, Drawn(seed, old_plan.digest, sitting.id))
        sits = [False] * len(rows)
        for row in rows_of_sitting(new_problem, sitting).tolist():
            sits[row] = True
        kept.append(keep(before, floor, rows, sits))
        floors.append((floor, [row for row, does in enumerate(sits) if does]))
    sites: dict[int, str] = {}
    if len(floors) > 1:
        sites.update((row, spot[0][0]) for floor, _ in floors for row, spot in floor.spot.items())
    works = []
    for number, ((floor, people), one) in enumerate(zip(floors, kept, strict=True)):
        floor.site_of = sites
        work = _Placing(floor, one, seed, old_plan.digest)
        tell("deal", number, len(floors))
        work.run([row for row in people if row not in floor.spot], lambda done, of: tell("seats", done, of))
        works.append(work)
        if len(floors) > 1:
            sites.update((row, spot[0][0]) for row, spot in floor.spot.items())
    plan = _plan(before, new_problem, seed, works)
    why = {
        (work.floor.sitting.id, new_problem.candidates.ids[row]): code
        for work in works
        for row, code in work.kept.leaving.items()
    }
    moves = moves_between(old_plan, plan, why, new_problem.candidates.ids)
    bound = sum(one.bound for one in kept)
    moved = sum(move.is_move for move in moves)
    figures = {**plan.figures, "moved": moved, "moved_at_least": bound}
    return Replan(replace(plan, figures=figures), moves, bound)


class _Placing:
    """Seats for everybody of one sitting who has none yet."""

    def __init__(self, floor: Floor, kept: Kept, seed: bytes, follows: str) -> None:
        self.floor, self.kept, self.seed, self.follows = floor, kept, seed, follows
        self.reasons: dict[Place, Reason] = {}
        self.tried = 0
        problem = floor.problem
        self.unused: dict[str, list[Place]] = {}
        for site in problem.sites:
            spare = sum(room.kind is RoomKind.SPARE for room in site.rooms)
            more = max(0, problem.rules.spare_rooms_per_site - spare)
            special = (RoomKind.ACCESSIBLE, RoomKind.SINGLE)
            free = [room for room in site.rooms if (site.id, room.id) not in floor.taken]
            ordinary = [room.id for room in free if room.kind is RoomKind.ORDINARY]
            kept_back = set(ordinary[max(0, len(ordinary) - more) :] if more else ())
            self.unused[site.id] = [
                (site.id, room.id)
                for room in free
                if room.kind in (RoomKind.ORDINARY, *special) and room.id not in kept_back
            ]

    def run(self, waiting: Sequence[int], done: Callable[[int, int], None]) -> None:
        """Whole rooms, then vacant seats, then unused rooms, then making room."""
        floor = self.floor
        left = self._whole_rooms(waiting)
        left = [row for row in self._in_order(left) if not self._seat(row)]
        done(len(waiting) - len(left), len(waiting))
        if left and not self._exam_of_their_own(left):
            for deep in range(1, EXCHANGES_DEEP + 1) if len(left) <= self._vacant(left) else ():
                left = [row for row in left if not self._make_room(row, deep)]
            self._exam_of_their_own(left, last=True)
        done(len(waiting), len(waiting))
        assert all(row in floor.spot for row in waiting)

    def _in_order(self, rows: Sequence[int]) -> list[int]:
        """Those who need a desk in front first, then by lot."""
        floor = self.floor
        return sorted(rows, key=lambda row: (not floor.wheeled(row), floor.lot(row)))

    # Whole rooms

    def _whole_rooms(self, waiting: Sequence[int]) -> list[int]:
        """Move the people of each closed room as one, as they sat; returns who is left."""
        floor = self.floor
        together: dict[Place, list[int]] = {}
        for row in waiting:
            if self.kept.leaving.get(row) in ("room_lost", "site_lost"):
                together.setdefault(floor.home[row][0], []).append(row)
        for place, people in sorted(together.items()):
            if len(people) < 2 or len({floor.words(row) for row in people}) > 1 or floor.words(people[0])[0]:
                continue
            target = next(
                (room for room in self._rooms_like(place, people) if self._takes(room, people)), None
            )
            if target is None:
                continue
            for row in people:
                floor.put(row, (target, floor.home[row][1]))
            self.unused[target[0]].remove(target)
        return [row for row in waiting if row not in floor.spot]

    def _rooms_like(self, place: Place, people: Sequence[int]) -> list[Place]:
        """Unused ordinary rooms, those of the same site first, in the order of the file."""
        found = [room for rooms in self.unused.values() for room in rooms]
        ordinary = [room for room in found if self.floor.halls[room][1].kind is RoomKind.ORDINARY]
        return sorted(ordinary, key=lambda room: room[0] != place[0])

    def _takes(self, room: Place, people: Sequence[int]) -> bool:
        """Whether all these may sit in an unused room on the seat numbers they had."""
        floor = self.floor
        seats = {row: floor.home[row][1] for row in people}
        if len(people) > floor.places(room) or not all(
            floor.suits(row, room, seat) for row, seat in seats.items()
        ):
            return False
        for row, seat in seats.items():
            floor.put(row, (room, seat))
        legal = not any(floor.pairs(room, floor.rung_of(room)))
        for row in people:
            floor.lift(row)
        return legal

    # One after another

    def _seat(self, row: int) -> bool:
        spot = self.floor.free_seat(row)
        if spot is not None:
            self.floor.put(row, spot)
        return spot is not None

    def _make_room(self, row: int, deep: int) -> bool:
        """Seat somebody where one other must leave who finds a seat; people already moved go first."""
        for moved_only in (True, False) if self.tried <= SEATS_TRIED else ():
            for place in self.floor.rooms_for(row):
                for seat in range(1, self.floor.halls[place][1].grid.seats + 1):
                    self.tried += 1
                    if self.tried > SEATS_TRIED:
                        return False
                    if self._push(row, (place, seat), deep, moved_only):
                        return True
        return False

    def _vacant(self, left: Sequence[int]) -> int:
        """How many more their pools could seat at best: nobody who makes room makes a seat."""
        floor = self.floor
        pools = {floor.pool(row) for row in left}
        rooms = [*floor.taken, *(place for rooms in self.unused.values() for place in rooms)]
        here = [place for place in rooms if floor.halls[place][0].pool in pools]
        return sum(floor.places(place) - len(floor.taken.get(place, ())) for place in here)

    def _push(self, row: int, spot: Spot, deep: int, moved_only: bool) -> bool:
        floor, (place, seat) = self.floor, spot
        blocking = floor.in_the_way(row, spot)
        if len(blocking) != 1 or not floor.suits(row, place, seat):
            return False
        (other,) = blocking
        full = len(floor.taken[place]) >= floor.places(place)
        vacant = seat not in floor.taken[place]
        if (full and vacant) or (moved_only and floor.home.get(other) == floor.spot[other]):
            return False
        back = floor.lift(other)
        if place in floor.taken or floor.words(row) == floor.words(other):
            floor.put(row, spot)
            if self._seat(other) or (deep > 1 and self._make_room(other, deep - 1)):
                self.kept.leaving.setdefault(other, "made_room")
                return True
            floor.lift(row)
        floor.put(other, back)
        return False

    # Unused rooms

    def _exam_of_their_own(self, left: Sequence[int], last: bool = False) -> bool:
        """Seat people in unused rooms by the published method; site after site, pool after pool."""
        floor = self.floor
        groups: dict[tuple[bool, str], list[int]] = {}
        for row in sorted(left):
            site = floor.site_of.get(row)
            groups.setdefault((site is None, site or floor.pool(row)), []).append(row)
        found: list[tuple[SeatPlan, list[int]]] = []
        for (whole_pool, name), people in sorted(groups.items()):
            problem = self._problem(people, name, whole_pool)
            part = "pool" if whole_pool else "site"
            seed = key(self.seed, "seating/replan-exam", self.follows, floor.sitting.id, part, name)
            try:
                found.append((solve(problem, seed), people))
            except Infeasible:
                if last:
                    raise
                for plan, seated in found:
                    self._undo(plan, seated)
                return False
            self._take(found[-1][0])
        return True

    def _problem(self, people: Sequence[int], name: str, whole_pool: bool) -> SeatingProblem:
        """These people and the rooms nobody uses, as a problem."""
        problem = self.floor.problem
        chosen = set(people)
        ids = [problem.candidates.ids[row] for row in people]
        columns = {
            key_name: [column.label(row) for row in people]
            for key_name, column in problem.candidates.columns.items()
        }
        columns["sittings"] = [""] * len(chosen)
        sites = []
        for site in problem.sites:
            if (site.pool if whole_pool else site.id) == name:
                free = {room for _, room in self.unused[site.id]}
                sites.append(replace(site, rooms=tuple(room for room in site.rooms if room.id in free)))
        rules = replace(problem.rules, spare_rooms_per_site=0)
        return SeatingProblem(
            Candidates.of_columns(ids, columns), tuple(sites), rules, (self.floor.sitting,), problem.exam
        )

    def _take(self, plan: SeatPlan) -> None:
        rows = {name: row for row, name in enumerate(self.floor.problem.candidates.ids)}
        for room in plan.rooms:
            place = room.site, room.room
            for seat, name in zip(room.seats, room.candidates, strict=True):
                self.floor.put(rows[name], (place, seat))
            self.unused[room.site].remove(place)
        for reason in plan.reasons:
            self.reasons[reason.site, reason.room] = reason

    def _undo(self, plan: SeatPlan, people: Sequence[int]) -> None:
        for row in people:
            self.floor.lift(row)
        for room in plan.rooms:
            place = room.site, room.room
            self.reasons.pop(place, None)
            order = [(site.id, hall.id) for site, hall in self.floor.problem.rooms if site.id == room.site]
            self.unused[room.site] = sorted([*self.unused[room.site], place], key=order.index)


def _plan(before: Before, problem: SeatingProblem, seed: bytes, works: Sequence[_Placing]) -> SeatPlan:
    rooms: list[RoomSeating] = []
    reasons: list[Reason] = []
    old_reasons = {(r.sitting, r.site, r.room): r for r in before.plan.reasons}
    old_rooms = {(r.sitting, r.site, r.room): r for r in before.plan.rooms}
    merged = 0
    for work in works:
        floor, sitting = work.floor, work.floor.sitting.id
        for site, room in problem.rooms:
            place = site.id, room.id
            if place not in floor.taken:
                continue
            seated = sorted(floor.taken[place].items())
            names = tuple(problem.candidates.ids[row] for _, row in seated)
            rooms.append(RoomSeating(sitting, *place, tuple(seat for seat, _ in seated), names))
            merged += len({floor.group(row) for _, row in seated}) > 1
            old = old_reasons.get((sitting, *place))
            if old and not (old_rooms.get((sitting, *place)) == rooms[-1] and _still_true(floor, place, old)):
                old = None
            reason = work.reasons.get(place) or old or _reason(floor, place)
            if reason:
                reasons.append(reason)
    return SeatPlan(
        problem.digest,
        hashlib.sha256(seed).hexdigest(),
        ENGINE_VERSION,
        tuple(rooms),
        tuple(reasons),
        _figures(problem, rooms, reasons, merged),
        before.plan.digest,
    )


def _still_true(floor: Floor, place: Place, reason: Reason) -> bool:
    """Whether a reason of the old plan holds under the new problem too."""
    rung = next(
        (r for r in floor.problem.rules.apart if (r.key, r.reach) == (reason.key, reason.reach)), None
    )
    if rung is None:
        return False
    pairs = len(list(floor.pairs(place, floor.problem.rules.apart[0])))
    same_count = floor.counted(place, rung) == (reason.value, reason.holds)
    return same_count and (reason.remedy == "next_rung" or reason.pairs == pairs)


def _reason(floor: Floor, place: Place) -> Reason | None:
    """Why neighbours of one school remain in a room whose people changed, if any do."""
    first = floor.problem.rules.apart[0]
    pairs = len(list(floor.pairs(place, first)))
    if not pairs:
        return None
    value, holds = floor.counted(place, first)
    grid, people = floor.halls[place][1].grid, len(floor.taken[place])
    apart = apart_in_first(grid, min(people, grid.seats), first.reach)
    later = place in floor.rung
    code = ("too_many_of_one" if holds > apart else "not_found") if later else "kept"
    remedy, left = ("next_rung", 0) if later else ("kept", pairs)
    return Reason(
        code, floor.sitting.id, *place, first.key, value, holds, people, apart, first.reach, remedy, left
    )


def _figures(
    problem: SeatingProblem, rooms: Sequence[RoomSeating], reasons: Sequence[Reason], merged: int
) -> dict[str, int]:
    kept = sum(len(kept_empty(site, problem.rules.spare_rooms_per_site)) for site in problem.sites)
    sizes = [len(room.seats) for room in rooms]
    return {
        "candidates": len(problem.candidates),
        "placements": sum(sizes),
        "rooms_used": len(rooms),
        "rooms_merged": merged,
        "rooms_kept_empty": kept * len(problem.sittings),
        "rooms_free": max(0, (len(problem.rooms) - kept) * len(problem.sittings) - len(rooms)),
        "smallest_room": min(sizes, default=0),
        "largest_room": max(sizes, default=0),
        "neighbouring_pairs": sum(reason.pairs for reason in reasons),
        "rooms_with_pairs": sum(reason.pairs > 0 for reason in reasons),
        "rooms_with_gaps": sum(reason.remedy == "gaps" for reason in reasons),
        "rooms_on_next_rung": sum(reason.remedy == "next_rung" for reason in reasons),
    }


__all__ = ["Move", "Replan", "Site", "Sitting", "replan"]

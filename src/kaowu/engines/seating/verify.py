"""Judge anybody's seat plan: every break of the problem's rules, with a sentence.

Written from the rules alone: it shares neither the method nor a line with
`solve`, uses the standard library only, and needs no seed. A pair of
neighbours is excused only where the plan names the reason, the count in the
reason is true, and no other room could have taken somebody of that school.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kaowu.basics.errors import Sentence
from kaowu.basics.seat_grid import SeatGrid, seat_text
from kaowu.engines.seating.plan import Placement, Reason, SeatPlan
from kaowu.engines.seating.problem import Candidate, Remainder, Room, RoomKind, SeatingProblem


@dataclass(frozen=True, slots=True)
class Break:
    """One broken rule, and where; empty fields do not apply."""

    code: str
    sentence: Sentence
    sitting: str = ""
    site: str = ""
    room: str = ""
    candidate: str = ""


Place = tuple[str, str, str]  # sitting, site, room


def verify(problem: SeatingProblem, plan: SeatPlan, seed: bytes | None = None) -> list[Break]:
    """All breaks of a plan; an empty list means that it keeps every rule."""
    found = list(_foreign(problem, plan, seed))
    return found + list(_Judge(problem, plan).breaks())


def _foreign(problem: SeatingProblem, plan: SeatPlan, seed: bytes | None) -> Iterator[Break]:
    if plan.problem != problem.digest:
        yield Break(
            "another_problem",
            Sentence("此编排不属于这份编排问题", "This plan was made for another problem"),
        )
    if seed is not None and hashlib.sha256(seed).hexdigest() != plan.seed_digest:
        yield Break("another_seed", Sentence("此编排不是由该种子得出", "This plan names another seed"))


class _Judge:
    """One problem and one plan, indexed once."""

    def __init__(self, problem: SeatingProblem, plan: SeatPlan) -> None:
        self.problem, self.plan = problem, plan
        self.candidates = {candidate.id: candidate for candidate in problem.candidates.rows()}
        self.sites = {site.id: site for site in problem.sites}
        self.rooms = {(site.id, room.id): room for site in problem.sites for room in site.rooms}
        self.never = {s.id: problem.never_mix(s) for s in problem.sittings}
        self.group = {s.id: problem.group_by(s) for s in problem.sittings}
        self.seated: dict[Place, list[Placement]] = defaultdict(list)
        for row in plan.rows():
            self.seated[row.sitting, row.site, row.room].append(row)
        self.reasons = {(r.sitting, r.site, r.room): r for r in plan.reasons}
        self.limits: dict[tuple[SeatGrid, int, int], int] = {}

    def breaks(self) -> Iterator[Break]:
        yield from self._everybody_once()
        known = {}
        for place, rows in self.seated.items():
            if place[0] in self.never and place[1:] in self.rooms:
                known[place] = [row for row in rows if row.candidate in self.candidates]
            else:
                yield self._break(
                    "unknown_room", place, "没有这个考场或场次", "There is no such room or sitting"
                )
        for place, rows in known.items():
            yield from self._room(place, rows)
        yield from self._spare_rooms()
        yield from self._reasons(known)

    def _everybody_once(self) -> Iterator[Break]:
        seen = Counter((row.sitting, row.candidate) for row in self.plan.rows())
        for (sitting, name), times in seen.items():
            if name not in self.candidates:
                yield self._person("unknown_candidate", sitting, name, "不在考生名册", "is not on the roster")
            elif times > 1:
                yield self._person(
                    "candidate_twice", sitting, name, f"编了{times}个座位", f"has {times} seats"
                )
            elif sitting not in self._sittings(self.candidates[name]):
                yield self._person(
                    "not_in_sitting", sitting, name, "不参加本场考试", "does not sit in this sitting"
                )
        for candidate in self.candidates.values():
            for sitting in self._sittings(candidate):
                if not seen[sitting, candidate.id]:
                    yield self._person("candidate_missing", sitting, candidate.id, "没有座位", "has no seat")
        sites: dict[str, set[str]] = defaultdict(set)
        for row in self.plan.rows():
            sites[row.candidate].add(row.site)
        for name, several in sites.items():
            if len(several) > 1:
                yield self._person("several_sites", "", name, "被编到不同考点", "is sent to different sites")

    def _sittings(self, candidate: Candidate) -> tuple[str, ...]:
        return candidate.sittings or tuple(self.never)

    def _room(self, place: Place, rows: list[Placement]) -> Iterator[Break]:
        site, room = self.sites[place[1]], self.rooms[place[1:]]
        people = [(row, self.candidates[row.candidate]) for row in rows]
        yield from self._seats(place, rows, room)
        if room.kind in (RoomKind.SPARE, RoomKind.ISOLATION):
            yield self._break(
                "kept_room_used", place, "备用或隔离考场应留空", "A spare or isolation room stays empty"
            )
        if len(rows) > min(room.capacity, self.problem.rules.capacity):
            yield self._break(
                "over_capacity",
                place,
                f"编了{len(rows)}人，超过容量",
                f"{len(rows)} people are more than the room holds",
            )
        for _, candidate in people:
            if candidate.pool != site.pool:
                yield self._person(
                    "wrong_pool",
                    place[0],
                    candidate.id,
                    f"不应在{site.id}考点考试",
                    f"may not be sent to site {site.id}",
                )
        yield from self._mixing(place, [candidate for _, candidate in people])
        yield from self._needs(place, people, room)
        yield from self._apart(place, people, room)

    def _seats(self, place: Place, rows: list[Placement], room: Room) -> Iterator[Break]:
        for seat, times in Counter(row.seat for row in rows).items():
            if not 1 <= seat <= room.grid.seats:
                yield self._break("unknown_seat", place, f"没有{seat}号座位", f"There is no seat {seat}")
            elif times > 1:
                yield self._break(
                    "seat_twice",
                    place,
                    f"{seat_text(seat, 3)}号座位编了{times}人",
                    f"Seat {seat} is given to {times} people",
                )
        taken = {row.seat for row in rows}
        gaps = taken != set(range(1, len(taken) + 1))
        if gaps and place not in self.reasons and not self.plan.follows:
            yield self._break(
                "seats_left_out",
                place,
                "座位号中间有空号而未说明原因",
                "Seat numbers have gaps and no reason is named",
            )

    def _mixing(self, place: Place, people: list[Candidate]) -> Iterator[Break]:
        rules = self.problem.rules
        kept = [(key, "mixed_never") for key in self.never[place[0]]]
        if rules.remainder is not Remainder.MERGE:
            kept += [(key, "mixed_group") for key in self.group[place[0]]]
        for key, code in kept:
            values = sorted({candidate.keys.get(key, "") for candidate in people})
            if len(values) > 1:
                yield self._break(
                    code,
                    place,
                    f"“{key}”不同的考生混编：{'、'.join(values[:4])}",
                    f"People with different {key!r} share the room: {', '.join(values[:4])}",
                )

    def _needs(self, place: Place, people: list[tuple[Placement, Candidate]], room: Room) -> Iterator[Break]:
        special = {_separate_room(candidate) for _, candidate in people}
        alone = [candidate for _, candidate in people if "single" in candidate.needs]
        if alone and len(people) > 1:
            yield self._person("not_alone", place[0], alone[0].id, "应在单人考场", "needs a room alone")
        elif len(special) > 1:
            yield self._break(
                "separate_mixed",
                place,
                "单独编场的考生与其他考生混编",
                "People who need a separate room share it with others",
            )
        wheeled = [(row, c) for row, c in people if "accessible" in c.needs]
        for row, candidate in wheeled:
            if not room.step_free:
                yield self._person(
                    "no_step_free_room",
                    place[0],
                    candidate.id,
                    "须在无障碍考场",
                    "needs a room without steps",
                )
            elif len(wheeled) == 1 and not self._at_the_door(room, row.seat):
                yield self._person(
                    "not_at_the_door", place[0], candidate.id, "应坐门边1号座位", "needs seat 1 at the door"
                )

    def _at_the_door(self, room: Room, seat: int) -> bool:
        """Seat 1; where a plan was changed later, any desk in front."""
        in_front = 1 <= seat <= room.grid.seats and room.grid.desk(seat).row == 0
        return seat == 1 or (bool(self.plan.follows) and in_front)

    def _apart(self, place: Place, people: list[tuple[Placement, Candidate]], room: Room) -> Iterator[Break]:
        if place in self.reasons:
            return
        pairs = self._pairs(people, room, self.problem.rules.apart[0].key, self.problem.rules.apart[0].reach)
        for one, two in pairs:
            yield self._break(
                "neighbours",
                place,
                f"{one.seat}号与{two.seat}号相邻，同属一组",
                f"Seats {one.seat} and {two.seat} are neighbours and share "
                f"{self.problem.rules.apart[0].key!r}",
                one.candidate,
            )

    def _pairs(
        self, people: list[tuple[Placement, Candidate]], room: Room, key: str, reach: int
    ) -> list[tuple[Placement, Placement]]:
        """Neighbours with the same value, by comparing places and not seat numbers."""
        at = {}
        for row, candidate in people:
            if 1 <= row.seat <= room.grid.seats:
                desk = room.grid.desk(row.seat)
                at[desk.column, desk.row] = row, candidate.keys.get(key, "")
        steps = [(1, 0), (0, 1)] + ([(1, 1), (1, -1)] if reach == 8 else [])
        found = []
        for (column, line), (one, value) in at.items():
            for right, back in steps:
                other = at.get((column + right, line + back))
                if other is not None and other[1] == value:
                    found.append((one, other[0]))
        return found

    def _spare_rooms(self) -> Iterator[Break]:
        wanted = self.problem.rules.spare_rooms_per_site
        for sitting in self.never:
            used = {(site, room) for at, site, room in self.seated if at == sitting}
            for site in self.problem.sites:
                kinds = (RoomKind.SPARE, RoomKind.ORDINARY)
                free = sum(r.kind in kinds and (site.id, r.id) not in used for r in site.rooms)
                if free < min(wanted, len(site.rooms)):
                    yield Break(
                        "spare_rooms_short",
                        Sentence(
                            f"{site.id}考点应留{wanted}个备用考场，只留{free}个",
                            f"Site {site.id} keeps {free} spare rooms, not {wanted}",
                        ),
                        sitting,
                        site.id,
                    )

    def _reasons(self, known: dict[Place, list[Placement]]) -> Iterator[Break]:
        for place, reason in self.reasons.items():
            if place not in known:
                yield self._break(
                    "reason_without_room", place, "原因所指考场没有考生", "A reason names an unused room"
                )
                continue
            people = [(row, self.candidates[row.candidate]) for row in known[place]]
            yield from self._reason(place, reason, people, known)

    def _reason(
        self,
        place: Place,
        reason: Reason,
        people: list[tuple[Placement, Candidate]],
        known: dict[Place, list[Placement]],
    ) -> Iterator[Break]:
        rule, room = self.problem.rules.apart[0], self.rooms[place[1:]]
        pairs = self._pairs(people, room, rule.key, rule.reach)
        if reason.code == "kept" and self.plan.follows:
            # Whether these pairs stood before is for `verify_changes`, which sees the plan before.
            yield from self._counts(place, reason, len(pairs))
            return
        holds = sum(c.keys.get(rule.key, "") == reason.value for _, c in people)
        limit = self._limit(room.grid, len(people), rule.reach)
        counted = reason.code == "too_many_of_one" and holds == reason.holds and holds > limit
        proved = counted
        allowed = self.problem.rules.apart[1:] if reason.remedy == "next_rung" else ()
        if any(not self._pairs(people, room, rung.key, rung.reach) for rung in allowed):
            proved = proved or reason.code == "not_found"  # the ladder itself permits this rung
        if not proved and pairs:
            yield self._break(
                "reason_does_not_hold",
                place,
                f"有{len(pairs)}对同组相邻，而所给原因不能证明无法避免",
                f"{len(pairs)} pairs of neighbours, and the named reason does not prove them necessary",
            )
        elif self.plan.follows:
            pass  # what a fresh plan could do better is no reason to move people
        elif pairs and counted and self._gaps_would_do(room, holds):
            yield self._break(
                "gaps_would_help",
                place,
                "留空座位即可避免同组相邻",
                "Leaving seats empty would keep them apart",
            )
        elif pairs and counted and (better := self._room_with_place(place, reason.value, known)):
            yield self._break(
                "reason_avoidable",
                place,
                f"“{reason.value}”的考生可换到{better[1]}考点{better[2]}考场",
                f"People of {reason.value!r} could change to room {better[2]} of site {better[1]}",
            )
        yield from self._counts(place, reason, len(pairs) if reason.remedy == "fewest_pairs" else 0)

    def _counts(self, place: Place, reason: Reason, pairs: int) -> Iterator[Break]:
        if reason.pairs != pairs:
            yield self._break(
                "reason_miscounts",
                place,
                f"原因写{reason.pairs}对，实际{pairs}对",
                f"The reason counts {reason.pairs} pairs, there are {pairs}",
            )

    def _gaps_would_do(self, room: Room, holds: int) -> bool:
        """Whether all desks of the room could keep so many of one value apart."""
        reach = self.problem.rules.apart[0].reach
        return self.problem.rules.gaps and holds <= self._limit(room.grid, room.grid.seats, reach)

    def _room_with_place(self, place: Place, value: str, known: dict[Place, list[Placement]]) -> Place | None:
        """Another room of exactly these streams that could take one of this school in exchange."""
        rule = self.problem.rules.apart[0]
        mine = self._streams(place, known[place])
        here = self._values(known[place])
        limit = self._limit(self.rooms[place[1:]].grid, len(known[place]), rule.reach)
        for other, rows in known.items():
            if other[0] != place[0] or other == place or self._streams(other, rows) != mine:
                continue
            there = self._values(rows)
            room = self.rooms[other[1:]]
            if there[value] < self._limit(room.grid, len(rows), rule.reach) and any(
                name != value and here[name] < limit for name in there
            ):
                return other
        return None

    def _values(self, rows: list[Placement]) -> Counter[str]:
        """How many people hold each value of the first rule's key."""
        key = self.problem.rules.apart[0].key
        return Counter(self.candidates[row.candidate].keys.get(key, "") for row in rows)

    def _streams(self, place: Place, rows: list[Placement]) -> frozenset[tuple[str, ...]]:
        keys = (*self.never[place[0]], *self.group[place[0]])
        found = set()
        for row in rows:
            candidate = self.candidates[row.candidate]
            words = [candidate.keys.get(key, "") for key in keys]
            found.add((candidate.pool, _separate_room(candidate), *words))
        return frozenset(found)

    def _limit(self, grid: SeatGrid, people: int, reach: int) -> int:
        """Largest number of the first seats with no two neighbours."""
        known = (grid, min(people, grid.seats), reach)
        if known not in self.limits:
            self.limits[known] = _most_apart(*known)
        return self.limits[known]

    def _break(self, code: str, place: Place, zh: str, en: str, candidate: str = "") -> Break:
        where = Sentence(f"{place[1]}考点{place[2]}考场：{zh}", f"Site {place[1]}, room {place[2]}: {en}")
        return Break(code, where, *place, candidate)

    def _person(self, code: str, sitting: str, name: str, zh: str, en: str) -> Break:
        return Break(code, Sentence(f"考生{name}{zh}", f"Candidate {name} {en}"), sitting, "", "", name)


def _separate_room(candidate: Candidate) -> str:
    if "single" in candidate.needs:
        return "single"
    return next((need for need in sorted(candidate.needs) if need.startswith("separate:")), "")


def _most_apart(grid: SeatGrid, people: int, reach: int) -> int:
    """Desk after desk, row by row: take it or leave it, remembering one row back."""
    desks = sorted((grid.desk(seat) for seat in range(1, people + 1)), key=lambda d: (d.row, d.column))
    width = len(grid.columns) + 1
    best: dict[frozenset[tuple[int, int]], int] = {frozenset(): 0}
    for desk in desks:
        here = (desk.row, desk.column)
        blocked = [(desk.row - 1, desk.column), (desk.row, desk.column - 1)]
        if reach == 8:
            blocked += [(desk.row - 1, desk.column - 1), (desk.row - 1, desk.column + 1)]
        after: dict[frozenset[tuple[int, int]], int] = {}
        for taken, count in best.items():
            recent = frozenset(t for t in taken if (here[0] - t[0]) * width + here[1] - t[1] <= width + 1)
            ways = [(recent, count)]
            if not any(seat in recent for seat in blocked):
                ways.append((recent | {here}, count + 1))
            for key, size in ways:
                after[key] = max(after.get(key, 0), size)
        best = after
    return max(best.values())

"""Changes to a plan judged: the engine's re-plan, or a person's swap (人工调整), alike.

`verify_changes` sees both plans and both problems and trusts neither; like
`verify` it is written from the rules alone. `swap` and `place` make the changed
plan that a person asks for and decide nothing: whether it may be is judged.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.seating.moves import Move, moves_between
from kaowu.engines.seating.plan import Placement, Reason, RoomSeating, SeatPlan
from kaowu.engines.seating.problem import SeatingProblem
from kaowu.engines.seating.verify import Break, verify


def verify_changes(
    old_problem: SeatingProblem,
    old_plan: SeatPlan,
    new_problem: SeatingProblem,
    new_plan: SeatPlan,
    moves: Iterable[Move] | None = None,
    seed: bytes | None = None,
) -> list[Break]:
    """All breaks of a plan that follows another; `moves` are checked against what really differs."""
    found = verify(new_problem, new_plan, seed)
    if new_plan.follows != old_plan.digest:
        found.append(
            Break("another_plan", Sentence("此编排不是接续该原编排", "This plan does not follow that plan"))
        )
    if old_plan.problem != old_problem.digest:
        found.append(
            Break(
                "another_problem", Sentence("原编排不属于这份原问题", "The old plan is not of that problem")
            )
        )
    found += _pairs_that_stood(old_problem, old_plan, new_problem, new_plan)
    if moves is not None:
        found += _claims(old_plan, new_plan, moves)
    return found


def judge_changes(problem: SeatingProblem, before: SeatPlan, after: SeatPlan) -> list[Break]:
    """Changes by hand under one problem, checked as the engine's own result is."""
    return verify_changes(problem, before, problem, after)


def changes(problem: SeatingProblem, before: SeatPlan, after: SeatPlan) -> tuple[Move, ...]:
    """Who sits elsewhere than before, changed by hand."""
    return moves_between(before, after, {}, problem.candidates.ids)


def swap(problem: SeatingProblem, plan: SeatPlan, a: str, b: str, sitting: str = "") -> SeatPlan:
    """Two candidates in each other's seats, in one sitting or (none named) in all both sit in."""
    spots: dict[tuple[str, str], Placement] = {(row.sitting, row.candidate): row for row in plan.rows()}
    shared = [
        s.id for s in problem.sittings if sitting in ("", s.id) and (s.id, a) in spots and (s.id, b) in spots
    ]
    if not shared:
        raise Refused(
            "swap_without_seats",
            Sentence(
                f"考生{a}与{b}没有同场座位可以互换", f"Candidates {a} and {b} share no sitting to swap in"
            ),
        )
    moved = {}
    for one in shared:
        moved[one, a], moved[one, b] = spots[one, b], spots[one, a]
    return rearranged(problem, plan, moved)


def place(problem: SeatingProblem, plan: SeatPlan, candidate: str, to: Placement) -> SeatPlan:
    """One candidate on another seat; whoever holds it already is found by the judge, not moved."""
    return rearranged(problem, plan, {(to.sitting, candidate): to})


def rearranged(
    problem: SeatingProblem, plan: SeatPlan, moved: Mapping[tuple[str, str], Placement]
) -> SeatPlan:
    """The plan with these people (by sitting and candidate) where they were put; decides nothing."""
    rooms: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    for row in plan.rows():
        to = moved.get((row.sitting, row.candidate), row)
        rooms.setdefault((row.sitting, to.site, to.room), []).append((to.seat, row.candidate))
    sittings = {s.id: n for n, s in enumerate(problem.sittings)}
    halls = {(site.id, room.id): n for n, (site, room) in enumerate(problem.rooms)}
    last = len(halls)

    def in_file_order(name: tuple[str, str, str]) -> tuple[int, int, tuple[str, str, str]]:
        return sittings.get(name[0], len(sittings)), halls.get(name[1:], last), name

    seated = []
    for name in sorted(rooms, key=in_file_order):
        pairs = sorted(rooms[name])
        seated.append(RoomSeating(*name, tuple(s for s, _ in pairs), tuple(c for _, c in pairs)))
    return replace(
        plan,
        rooms=tuple(seated),
        reasons=_reasons(problem, plan, seated),
        follows=plan.digest,
    )


def _reasons(problem: SeatingProblem, plan: SeatPlan, rooms: Sequence[RoomSeating]) -> tuple[Reason, ...]:
    """Reasons of untouched rooms as they were; touched ones that had pairs say how many are left."""
    before = {(room.sitting, room.site, room.room): room for room in plan.rooms}
    now = {(room.sitting, room.site, room.room): room for room in rooms}
    kept, neighbours = [], _Pairs(problem)
    for reason in plan.reasons:
        name = reason.sitting, reason.site, reason.room
        room = now.get(name)
        if room is None:
            continue
        if room == before.get(name):
            kept.append(reason)
        elif pairs := len(neighbours.of(room)):
            kept.append(replace(reason, code="kept", remedy="kept", of=len(room.seats), pairs=pairs))
    return tuple(kept)


class _Pairs:
    """Neighbours who share the value of the first rule, room by room."""

    def __init__(self, problem: SeatingProblem) -> None:
        self.rule = problem.rules.apart[0]
        self.halls = {(site.id, hall.id): hall for site, hall in problem.rooms}
        column = problem.candidates.columns[self.rule.key]
        self.value = dict(zip(problem.candidates.ids, column.codes.tolist(), strict=True))

    def of(self, room: RoomSeating) -> set[tuple[int, str, int, str]]:
        """Each pair as seat and candidate twice."""
        hall = self.halls.get((room.site, room.room))
        if hall is None:
            return set()
        at = dict(zip(room.seats, room.candidates, strict=True))
        pairs = ((a, at[a], b, at[b]) for a, b in hall.grid.pairs(self.rule.reach) if a in at and b in at)
        value = self.value
        return {pair for pair in pairs if pair[1] in value and value[pair[1]] == value.get(pair[3])}


def _pairs_that_stood(
    old_problem: SeatingProblem, old_plan: SeatPlan, new_problem: SeatingProblem, new_plan: SeatPlan
) -> Iterator[Break]:
    """Pairs that a plan says it kept must have stood before, both people on the same seats."""
    before = {(room.sitting, room.site, room.room): room for room in old_plan.rooms}
    now = {(room.sitting, room.site, room.room): room for room in new_plan.rooms}
    was, is_ = _Pairs(old_problem), _Pairs(new_problem)
    for reason in new_plan.reasons:
        name = reason.sitting, reason.site, reason.room
        if reason.code != "kept" or name not in now:
            continue
        stood = was.of(before[name]) if name in before else set()
        for pair in sorted(is_.of(now[name]) - stood):
            seat, one, other, _ = pair
            yield Break(
                "pair_is_new",
                Sentence(
                    f"{name[1]}考点{name[2]}考场{seat}号与{other}号相邻且同属一组，原编排中并非如此",
                    f"Site {name[1]}, room {name[2]}: seats {seat} and {other} are neighbours of one "
                    f"{new_problem.rules.apart[0].key!r} and were not before",
                ),
                *name,
                one,
            )


def _claims(old_plan: SeatPlan, new_plan: SeatPlan, moves: Iterable[Move]) -> Iterator[Break]:
    """Every claimed move is real, and every real one is claimed."""
    was = {(row.sitting, row.candidate): row for row in old_plan.rows()}
    now = {(row.sitting, row.candidate): row for row in new_plan.rows()}
    claimed = {}
    for move in moves:
        key = move.sitting, move.candidate
        claimed[key] = move
        if (move.before, move.after) != (was.get(key), now.get(key)) or move.before == move.after:
            yield Break(
                "move_not_made",
                Sentence(
                    f"考生{key[1]}的变动与两份编排不符", f"The move of {key[1]} is not what the plans say"
                ),
                key[0],
                candidate=key[1],
            )
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key) and key not in claimed:
            yield Break(
                "move_not_told",
                Sentence(f"考生{key[1]}的座位变动未列出", f"The move of {key[1]} is not told"),
                key[0],
                candidate=key[1],
            )

"""The verifier finds every kind of planted break, and none in a clean plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.seating.small_exams import SEED, RoomKind, exam, rooms, school, seed

from kaowu.basics.seat_grid import SeatGrid, largest_apart
from kaowu.engines.seating import (
    Reason,
    Remainder,
    RoomSeating,
    SeatingProblem,
    SeatPlan,
    Site,
    solve,
    verify,
)
from kaowu.engines.seating.verify import _most_apart


def clean_problem() -> SeatingProblem:
    people = [
        *school("甲", 17, language="英语", electives="物化生"),
        *school("乙", 18, language="英语", electives="物化生"),
        *school("戊", 15, language="英语", electives="物化生"),
        *school("丙", 1, language="英语", electives="物化生", needs=("accessible",)),
        *school("甲", 10, language="英语", electives="史地政"),
        *school("乙", 12, language="英语", electives="史地政"),
        *school("戊", 8, language="英语", electives="史地政"),
        *school("甲", 4, language="日语", electives="史地政"),
        *school("乙", 3, language="日语", electives="史地政"),
        *school("戊", 3, language="日语", electives="史地政"),
        *school("丁", 1, language="英语", electives="物化生", needs=("single",)),
        *school("丁", 1, language="英语", electives="物化生", needs=("separate:extra_time_30",), start=5),
        *school("己", 1, language="英语", electives="物化生", needs=("separate:extra_time_30",), start=5),
    ]
    halls = rooms(8, step_free=True) + rooms(1, first=9) + rooms(1, first=10, kind=RoomKind.SPARE)
    problem = exam(
        people,
        halls,
        never_mix=("language",),
        group_by=("electives",),
        remainder=Remainder.BALANCE,
        spare_rooms_per_site=1,
    )
    elsewhere = Site("S2", "Q", tuple(rooms(2)))
    return SeatingProblem(problem.candidates, (*problem.sites, elsewhere), problem.rules, problem.sittings)


PROBLEM = clean_problem()
PLAN = solve(PROBLEM, SEED)


def at(plan: SeatPlan, number: int, **changes: object) -> SeatPlan:
    """The plan with one room changed."""
    rooms_ = list(plan.rooms)
    rooms_[number] = replace(rooms_[number], **changes)
    return replace(plan, rooms=tuple(rooms_))


def find(candidate: str) -> int:
    return next(n for n, room in enumerate(PLAN.rooms) if candidate in room.candidates)


def swapped(one: str, two: str) -> SeatPlan:
    """The plan with two people in each other's seats."""
    names = {one: two, two: one}
    changed = (
        replace(room, candidates=tuple(names.get(name, name) for name in room.candidates))
        for room in PLAN.rooms
    )
    return replace(PLAN, rooms=tuple(changed))


def first(prefix: str, room: int | None = None) -> str:
    names = PLAN.rooms[room].candidates if room is not None else PROBLEM.candidates.ids
    return next(name for name in names if name.startswith(prefix))


def neighbours_of_one_school() -> SeatPlan:
    room = PLAN.rooms[find(first("乙-英语-物化生"))]
    grid = SeatGrid.from_layout("7-8-8-7")
    seats = dict(zip(room.seats, room.candidates, strict=True))
    for one, two in grid.pairs(4):
        for other in seats:
            if (
                other not in (one, two)
                and one in seats
                and two in seats
                and seats[one][0] == seats[other][0] != seats[two][0]
                and all("丙" not in seats[n] for n in (two, other))
            ):
                return swapped(seats[two], seats[other])
    raise AssertionError("no such pair")


FIRST = PLAN.rooms[0]
PLANTED: dict[str, Callable[[], SeatPlan]] = {
    "another_problem": lambda: replace(PLAN, problem="0" * 64),
    "candidate_missing": lambda: at(PLAN, 0, seats=FIRST.seats[:-1], candidates=FIRST.candidates[:-1]),
    "candidate_twice": lambda: at(
        PLAN, 0, seats=(*FIRST.seats, 30), candidates=(*FIRST.candidates, FIRST.candidates[0])
    ),
    "unknown_candidate": lambda: at(PLAN, 0, candidates=("无此人", *FIRST.candidates[1:])),
    "not_in_sitting": lambda: at(PLAN, 0, sitting="不存在"),
    "unknown_room": lambda: at(PLAN, 0, room="077"),
    "wrong_pool": lambda: at(PLAN, 0, site="S2", room="001"),
    "several_sites": lambda: replace(
        PLAN, rooms=(*PLAN.rooms, RoomSeating("all", "S2", "001", (1,), (FIRST.candidates[0],)))
    ),
    "kept_room_used": lambda: at(PLAN, 0, room="010"),
    "spare_rooms_short": lambda: replace(
        PLAN,
        rooms=(
            *PLAN.rooms,
            *(
                RoomSeating("all", "S1", room, (1,), (FIRST.candidates[0],))
                for room in ("001", "002", "003", "004", "005", "006", "007", "008", "009", "010")
            ),
        ),
    ),
    "seat_twice": lambda: at(PLAN, 0, seats=(*FIRST.seats[:-1], 1)),
    "unknown_seat": lambda: at(PLAN, 0, seats=(*FIRST.seats[:-1], 31)),
    "seats_left_out": lambda: at(PLAN, 0, seats=(*FIRST.seats[:-1], 30)),
    "over_capacity": lambda: _crowded(),
    "mixed_never": lambda: swapped(first("甲-英语-史地政"), first("甲-日语")),
    "mixed_group": lambda: swapped(first("甲-英语-史地政"), first("甲-英语-物化生")),
    "not_alone": lambda: swapped(
        next(r.candidates[0] for r in PLAN.rooms if len(r.seats) == 1), first("甲-英语-物化生")
    ),
    "separate_mixed": lambda: swapped("丁-英语-物化生-0005", first("甲-英语-物化生")),
    "no_step_free_room": lambda: at(PLAN, find(first("丙")), room="009"),
    "not_at_the_door": lambda: swapped(first("丙"), PLAN.rooms[find(first("丙"))].candidates[5]),
    "neighbours": neighbours_of_one_school,
    "reason_without_room": lambda: replace(PLAN, reasons=(_reason(room="010"),)),
    "reason_does_not_hold": lambda: replace(
        neighbours_of_one_school(),
        reasons=(_reason(room=PLAN.rooms[find(first("乙-英语-物化生"))].room),),
    ),
    "reason_miscounts": lambda: replace(
        PLAN, reasons=(_reason(room=FIRST.room, remedy="fewest_pairs", pairs=3),)
    ),
}


def _reason(room: str, remedy: str = "fewest_pairs", pairs: int = 1) -> Reason:
    return Reason("too_many_of_one", "all", "S1", room, "school", "乙", 16, 30, 15, 4, remedy, pairs)


def _crowded() -> SeatPlan:
    one, two = (
        n
        for n, room in enumerate(PLAN.rooms)
        if "英语-物化生" in room.candidates[1 % len(room.candidates)] and len(room.seats) > 20
    )
    names = (*PLAN.rooms[one].candidates, *PLAN.rooms[two].candidates)
    rest = [room for n, room in enumerate(PLAN.rooms) if n not in (one, two)]
    crowd = replace(PLAN.rooms[one], seats=tuple(range(1, len(names) + 1)), candidates=names)
    return replace(PLAN, rooms=(crowd, *rest))


def test_a_clean_plan_is_accepted():
    assert PLAN.reasons == ()
    assert verify(PROBLEM, PLAN, SEED) == []


@pytest.mark.parametrize("code", sorted(PLANTED))
def test_a_planted_break_is_found_and_named(code):
    found = verify(PROBLEM, PLANTED[code](), SEED)
    assert code in {one.code for one in found}
    assert all(one.sentence.zh and one.sentence.en for one in found)


def test_another_seed_is_noticed():
    assert [one.code for one in verify(PROBLEM, PLAN, seed(9))] == ["another_seed"]


def test_a_named_reason_does_not_excuse_a_bad_composition():
    """18 of one school in a room are too many, but only because the other room holds too few."""
    problem = exam([*school("甲", 24), *school("乙", 36)], rooms(2))
    people = {name: [p for p in problem.candidates.ids if p.startswith(name)] for name in "甲乙"}
    halves = [
        people["甲"][:18] + people["乙"][:12],
        people["甲"][18:] + people["乙"][12:],
    ]
    seatings = [
        RoomSeating("all", "S1", f"{n:03d}", tuple(range(1, 31)), tuple(names))
        for n, names in enumerate(halves, start=1)
    ]
    plan = SeatPlan(problem.digest, PLAN.seed_digest, "by hand", tuple(seatings))
    reasons = [
        Reason("too_many_of_one", "all", "S1", "001", "school", "甲", 18, 30, 15, 4, "fewest_pairs", pairs)
        for pairs in range(60)
    ]
    found = [{b.code for b in verify(problem, replace(plan, reasons=(reason,)))} for reason in reasons]
    assert all("reason_avoidable" in codes for codes in found)


def test_gaps_that_would_have_helped_are_noticed():
    problem = exam(school("甲", 3), rooms(1))
    seats = RoomSeating("all", "S1", "001", (1, 2, 3), problem.candidates.ids)
    reason = Reason("too_many_of_one", "all", "S1", "001", "school", "甲", 3, 3, 2, 4, "fewest_pairs", 2)
    plan = SeatPlan(problem.digest, PLAN.seed_digest, "by hand", (seats,), (reason,))
    assert [one.code for one in verify(problem, plan)] == ["gaps_would_help"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=5).map(tuple), st.sampled_from([4, 8]), st.data())
def test_the_verifier_counts_seats_apart_on_its_own_and_agrees(columns, reach, data):
    grid = SeatGrid(columns)
    people = data.draw(st.integers(1, grid.seats))
    assert _most_apart(grid, people, reach) == largest_apart(grid, range(1, people + 1), reach)


def test_the_verifier_shares_no_code_with_the_solver():
    import ast
    import inspect

    from kaowu.engines.seating import verify as package

    source = ast.parse(inspect.getsource(inspect.getmodule(package)))
    imported = {node.module for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
    assert {name for name in imported if name and name.startswith("kaowu.engines")} == {
        "kaowu.engines.seating.plan",
        "kaowu.engines.seating.problem",
    }
    assert "numpy" not in imported

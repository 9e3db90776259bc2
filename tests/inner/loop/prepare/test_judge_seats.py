"""A changed plan around what must stay: rooms with entries, locked seats; and changes by hand judged at their sites."""

import pytest
from tests.inner.loop.prepare.test_seatings_apart import gaokao, site

from kaowu.basics.errors import Refused
from kaowu.engines.seating import Placement, solve, verify
from kaowu.loop.prepare.arrange_seats import seating_problem
from kaowu.loop.prepare.judge_seats import by_hand, replanned
from kaowu.loop.prepare.roster_table import RosterRow

SEED = bytes(32)


def rows(count=90, schools=5):
    return [
        RosterRow(
            f"R{n:04d}", "", "", "", "", "", "", f"学校{n % schools}", "语文", "英语", "370402", "", "", ""
        )
        for n in range(count)
    ]


def problem(people=None, rooms=7, closed=()):
    lines = gaokao(spare_rooms_minimum=1)
    return seating_problem(
        "gk",
        lines,
        people or rows(),
        [site(rooms)],
        ("语文",),
        (),
        frozenset(("0402", room) for room in closed),
    )


@pytest.fixture(scope="module")
def before():
    asked = problem()
    return asked, solve(asked, SEED)


def where(plan):
    return {row.candidate: (row.site, row.room, row.seat) for row in plan.rows()}


def test_only_the_people_of_a_closed_room_move(before):
    asked, plan = before
    found = replanned(asked, plan, problem(closed=["002"]), SEED)
    was, now = where(plan), where(found.plan)
    inside = {name for name, desk in was.items() if desk[1] == "002"}
    assert {name for name in was if was[name] != now[name]} == inside and found.moved == found.bound == 30
    assert verify(problem(closed=["002"]), found.plan) == []
    assert {found.reasons[name].zh for name in inside} == {"考场停用"}


def test_nobody_is_sent_to_a_room_where_somebody_has_entered(before):
    """Two withdraw, so two seats are free in room 001; people of a closed desk would otherwise take them."""
    asked, plan = before
    here = [name for name, desk in where(plan).items() if desk[1] == "001"]
    left = [row for row in rows() if row.number not in here[:2]]
    busy = frozenset({("0402", "001")})
    found = replanned(asked, plan, problem([*left, *late()]), SEED, busy)
    now = where(found.plan)
    assert {name for name, desk in now.items() if desk[1] == "001"} == set(here[2:])
    assert {"R9000", "R9001"} <= now.keys() and found.kept == busy
    free = replanned(asked, plan, problem([*left, *late()]), SEED)
    assert {desk[1] for name, desk in where(free.plan).items() if name.startswith("R9")} == {"001"}


def late():
    return [
        RosterRow(f"R900{n}", "", "", "", "", "", "", f"外校{n}", "语文", "英语", "370402", "", "", "")
        for n in range(2)
    ]


@pytest.mark.parametrize(
    ("busy", "locked", "code"),
    [({("0402", "002")}, set(), "room_has_begun"), (set(), "all", "seat_locked")],
)
def test_what_must_stay_cannot_be_closed_and_the_refusal_says_why(before, busy, locked, code):
    asked, plan = before
    names = {name for name, desk in where(plan).items() if desk[1] == "002"} if locked else set()
    with pytest.raises(Refused, match=code):
        replanned(asked, plan, problem(closed=["002"]), SEED, frozenset(busy), frozenset(names))


def test_a_locked_seat_is_left_alone_by_a_replan(before):
    asked, plan = before
    was = where(plan)
    locked = frozenset(name for name, desk in was.items() if desk[1] == "001" and desk[2] <= 3)
    found = replanned(asked, plan, problem([*rows(), *late()]), SEED, locked=locked)
    now = where(found.plan)
    assert all(now[name] == was[name] for name in locked) and len(now) == 92


def test_a_change_by_hand_is_judged_only_by_what_it_adds(before):
    asked, plan = before
    was = where(plan)
    one = next(name for name, desk in was.items() if desk[1:] == ("001", 1))
    taken = by_hand(asked, plan, {("all", one): Placement(one, "all", "0402", "001", 2)}, {"0402"})
    assert {each.code for each in taken.breaks} >= {"seat_twice"}
    same = by_hand(asked, plan, {("all", one): Placement(one, "all", *was[one])}, {"0402"})
    assert same.breaks == () and where(same.plan) == was


def test_neighbours_of_one_school_are_named_with_both_seats(before):
    asked, plan = before
    was = where(plan)
    school = {row.number: row.school for row in rows()}
    at = {desk[2]: name for name, desk in was.items() if desk[1] == "001"}
    one, other = next(
        (at[1], at[seat]) for seat in range(3, 31) if school[at[seat]] != school[at[1]]
        and any(school[at[n]] == school[at[1]] for n in (seat - 1, seat + 1) if n in at and n != 1)
    )  # fmt: skip
    moved = {
        ("all", one): Placement(one, "all", *was[other]),
        ("all", other): Placement(other, "all", *was[one]),
    }
    judged = by_hand(asked, plan, moved, {"0402"})
    assert any(
        each.code in ("neighbours", "pair_is_new") and "相邻" in each.sentence.zh for each in judged.breaks
    )

"""Somebody does not come: a legal replacement at once, with as few others moved as possible."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.inner.engines.draw.small_draws import SEED, exam, people, rooms

from kaowu.engines.draw import Line, NoReplacement, Per, Post, Repeats, repair, solve, verify

POSTS = (Post("chief", years=2), Post("assistant"), Post("reserve", waits=True))
LINES = (Line("chief"), Line("assistant"), Line("reserve", 15, Per.PERCENT))
STRICT = {"repeated_room": Repeats.NEVER, "repeated_pair": Repeats.NEVER}
PROBLEM = exam(people(48, 9), rooms(20, 4), 4, posts=POSTS, staffing=LINES, **STRICT)
PLAN = solve(PROBLEM, SEED)


def test_everybody_who_may_be_missing_is_replaced_and_every_rule_is_kept():
    for duty in PLAN.duties:
        done = repair(PROBLEM, PLAN, SEED, duty.person, duty.sitting)
        assert verify(PROBLEM, done.plan, SEED, gone=[(duty.person, duty.sitting)]) == []
        assert done.moved <= 2
        assert done.before == PLAN.digest
        same = {d for d in PLAN.duties if d.sitting != duty.sitting}
        assert same == {d for d in done.plan.duties if d.sitting != duty.sitting}


def test_several_missing_people_are_replaced_one_after_another():
    plan, gone = PLAN, []
    for duty in [d for d in PLAN.duties if d.sitting == "T1" and d.room][:5]:
        plan = repair(PROBLEM, plan, SEED, duty.person, "T1", [name for name, _ in gone]).plan
        gone.append((duty.person, "T1"))
        assert verify(PROBLEM, plan, SEED, gone=gone) == []


def test_where_no_reserve_fits_a_colleague_moves():
    """Reserves are women of school S0 only; the place of a man is filled by moving others."""
    waiting = {d.person for d in PLAN.duties if d.sitting == "T0" and d.post == "reserve"}
    chief = next(d for d in PLAN.duties if d.sitting == "T0" and d.post == "chief")
    untried = tuple(replace(p, years=0) if p.id in waiting else p for p in PROBLEM.people)
    problem = replace(PROBLEM, people=untried)
    done = repair(problem, PLAN, SEED, chief.person, "T0")
    assert 1 <= done.moved <= 2
    codes = {one.code for one in verify(problem, done.plan, gone=[(chief.person, "T0")])}
    assert codes <= {"another_problem", "too_few_years"}  # planted years count in other sittings too
    first = [d for d in done.taken if d.post == "chief"]
    assert all(p.years >= 2 for p in problem.people for d in first if d.person == p.id)


def test_without_anybody_left_it_says_so():
    problem = exam(people(8, 4), rooms(4, 1), 1)
    plan = solve(problem, SEED)
    with pytest.raises(NoReplacement):
        repair(problem, plan, SEED, plan.duties[0].person, "T0")

"""The problem list of rehearsals: what is said to be solved waits; only a rehearsal no smaller closes it."""

import pytest

from kaowu.exam.rehearsals import OPEN, PASSED, SOLVED, Rehearsals, Said
from kaowu.facts.rehearsal import RehearsalProblemFound, RehearsalProblemSolved, SoftwareRehearsed


def told(*records):
    """The list after these records, in order; each is `(id, fact)`."""
    held = Rehearsals()
    for at, (id, fact) in enumerate(records):
        held = held.after(Said(id, fact, at, f"by-{id}"))
    return held


def held(id, *passed, people=900, terminals=8):
    fact = SoftwareRehearsed(
        begun_at=0, program="0.1.0", rooms=30, candidates=people, terminals=terminals, acts=1, lost=0,
        problems=0, passed=passed, figures="{}",
    )  # fmt: skip
    return id, fact


def found(id, check="lost", rehearsal="r1", figure="3/900"):
    return id, RehearsalProblemFound(rehearsal=rehearsal, check=check, figure=figure, limit="0")


def solved(id, problem="p1", check="lost"):
    return id, RehearsalProblemSolved(problem=problem, check=check, done="换了固态硬盘")


def states(*records):
    return {one.check: one.state for one in told(*records).problems}


def test_a_problem_stands_open_until_somebody_says_what_was_done_and_then_waits_for_a_rehearsal():
    assert states(held("r1"), found("p1")) == {"lost": OPEN}
    assert states(held("r1"), found("p1"), solved("s1")) == {"lost": SOLVED}
    [problem] = told(held("r1"), found("p1"), solved("s1"), held("r2", "lost")).problems
    assert (problem.state, problem.passed.id, problem.passed.by) == (PASSED, "r2", "by-r2")
    assert problem.solved.fact.done == "换了固态硬盘", "who mended it, and how, stays to be read"


def test_a_rehearsal_closes_what_it_passes_and_nothing_else():
    first = (held("r1"), found("p1"), found("p2", "entry_slow"))
    assert states(*first, held("r2", "entry_slow")) == {"lost": OPEN, "entry_slow": PASSED}


@pytest.mark.parametrize(("people", "terminals"), [(30, 8), (900, 1), (30, 1)])
def test_a_smaller_rehearsal_closes_nothing(people, terminals):
    small = held("r2", "lost", people=people, terminals=terminals)
    assert states(held("r1"), found("p1"), solved("s1"), small) == {"lost": SOLVED}


def test_what_is_found_again_stands_open_again_under_its_first_date_and_its_largest_size():
    again = held("r2", people=1_800), found("p2", rehearsal="r2", figure="1/1800")
    [problem] = told(held("r1"), found("p1"), solved("s1"), *again).problems
    assert (problem.state, problem.id, problem.since.at, problem.latest.fact.figure) == (
        OPEN,
        "p1",
        1,
        "1/1800",
    )
    assert states(held("r1"), found("p1"), *again, held("r3", "lost")) == {"lost": OPEN}
    assert states(held("r1"), found("p1"), *again, held("r3", "lost", people=1_800)) == {"lost": PASSED}


def test_what_was_passed_and_comes_back_is_a_new_problem():
    [old, new] = told(
        held("r1"), found("p1"), held("r2", "lost"), held("r3"), found("p3", rehearsal="r3")
    ).problems
    assert (old.state, new.state, new.id) == (PASSED, OPEN, "p3")


def test_a_passed_problem_takes_no_more_answers():
    record = (held("r1"), found("p1"), held("r2", "lost"))
    assert told(*record).problem("p1") is None
    assert told(*record, solved("s1")).problems == told(*record).problems

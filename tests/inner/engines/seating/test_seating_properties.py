"""What every seat plan keeps, whatever the exam looks like."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.seating.small_exams import SEED, exam, rooms, school, seed

from kaowu.basics.errors import Refused
from kaowu.engines.seating import (
    Apart,
    Candidate,
    Infeasible,
    Remainder,
    RoomKind,
    SeatingProblem,
    SeatPlan,
    Sitting,
    solve,
    verify,
)

LAYOUTS = ["7-8-8-7", "8-7-7-8", "5x6", "8877", "3x3", "2-3-2"]


@st.composite
def small_exams(draw):
    people = [
        Candidate(
            f"{number:04d}",
            "P",
            {
                "school": draw(st.sampled_from("甲乙丙丁戊")),
                "language": draw(st.sampled_from(["英语", "英语", "英语", "日语"])),
                "electives": draw(st.sampled_from(["物化生", "史地政"])),
            },
            draw(st.sampled_from([()] * 40 + [("accessible",), ("single",), ("separate:extra_time_30",)])),
        )
        for number in range(draw(st.integers(1, 70)))
    ]
    halls = []
    for layout in draw(st.lists(st.sampled_from(LAYOUTS), min_size=2, max_size=4)):
        halls += rooms(10, layout, first=len(halls) + 1, step_free=True)
    halls += rooms(1, first=901, kind=RoomKind.SPARE)
    return exam(
        people,
        halls,
        capacity=draw(st.integers(5, 30)),
        never_mix=("language",),
        group_by=("electives",),
        remainder=draw(st.sampled_from(Remainder)),
        apart=(Apart("school", draw(st.sampled_from([4, 8]))),),
        spare_rooms_per_site=draw(st.integers(0, 2)),
        gaps=draw(st.booleans()),
    )


@settings(max_examples=60, deadline=None)
@given(small_exams(), st.integers(0, 2**64))
def test_a_plan_keeps_every_rule_or_rooms_are_short_and_it_says_so(problem, number):
    try:
        plan = solve(problem, seed(number))
    except Infeasible as refused:
        assert refused.explanation.conflicts
        return
    proved = [reason for reason in plan.reasons if reason.code == "too_many_of_one"]
    codes = {found.code for found in verify(problem, plan, seed(number))}
    assert codes <= ({"reason_does_not_hold"} if len(proved) < len(plan.reasons) else set())
    seats = Counter((row.sitting, row.site, row.room, row.seat) for row in plan.rows())
    assert sorted(row.candidate for row in plan.rows()) == list(problem.candidates.ids)
    assert max(seats.values()) == 1


@settings(max_examples=15, deadline=None)
@given(small_exams())
def test_a_problem_and_a_plan_are_the_same_after_writing_and_reading(problem):
    again = SeatingProblem.from_bytes(problem.to_bytes())
    assert again.digest == problem.digest
    try:
        plan = solve(problem, SEED)
    except Infeasible:
        return
    assert SeatPlan.from_bytes(plan.to_bytes()).to_bytes() == plan.to_bytes()
    assert solve(again, SEED).digest == plan.digest


def city() -> list[Candidate]:
    return [
        *school("甲", 31, language="英语"),
        *school("乙", 25, language="英语"),
        *school("丙", 17, language="英语"),
        *school("甲", 4, language="日语"),
        *school("丁", 6, language="日语"),
    ]


def test_the_same_seed_gives_the_same_plan_and_another_seed_another():
    problem = exam(city(), rooms(5), never_mix=("language",))
    shuffled = exam(city()[::-1], rooms(5), never_mix=("language",))
    assert solve(problem, SEED).to_bytes() == solve(shuffled, SEED).to_bytes()
    assert solve(problem, seed(1)).digest != solve(problem, SEED).digest


def test_the_published_plan_of_a_published_seed_never_changes():
    """A change of this digest is a new engine version: old plans could not be recomputed."""
    plan = solve(exam(city(), rooms(5), never_mix=("language",)), SEED)
    assert plan.engine == "seating/2"
    assert plan.digest == PUBLISHED


PUBLISHED = "f9d78d2d531272abeaba1bed7a9dfcc3532973463db00a5745f77e2bc4716d75"


def test_a_late_candidate_changes_nobody_elses_ticket():
    from kaowu.basics.seeds import key, tickets

    name = key(SEED, "seating/ticket", "all")
    before = tickets(name, ["0001", "0002"])
    after = tickets(name, ["0001", "00015", "0002"])
    assert before.tolist() == after[[0, 2]].tolist()


def test_a_short_seed_and_a_candidate_given_twice_are_refused():
    with pytest.raises(ValueError, match="seed"):
        solve(exam(city(), rooms(5)), b"123456")
    with pytest.raises(Refused, match="candidate_twice"):
        exam(city() + city()[:1], rooms(5))


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b'{"format":"kaowu.seating-problem/1"}', b'{"format":"other"}'],
)
def test_a_file_that_is_no_problem_or_plan_is_refused_with_a_sentence(content):
    for reader in (SeatingProblem.from_bytes, SeatPlan.from_bytes):
        with pytest.raises(Refused) as refused:
            reader(content)
        assert refused.value.sentence.zh


@pytest.mark.feature("SITE-14")
def test_several_sittings_seat_the_same_people_anew_at_the_same_site():
    takes = {"甲": ("语文", "物理"), "乙": ("语文", "历史"), "丙": ("语文",)}
    people = [person for name, papers in takes.items() for person in school(name, 40, sittings=papers)]
    problem = exam(people, rooms(9), (Sitting("语文"), Sitting("物理"), Sitting("历史")))
    plan = solve(problem, SEED)
    assert plan.placements == 120 + 40 + 40
    assert [found for found in verify(problem, plan) if found.code != "reason_does_not_hold"] == []
    seats = {(row.sitting, row.candidate): (row.room, row.seat) for row in plan.rows()}
    again = sum(seats["语文", p.id] == seats["物理", p.id] for p in people if "物理" in p.sittings)
    assert again < 10


def test_progress_is_told_and_may_stop_the_work():
    stages = []
    solve(exam(city(), rooms(5)), SEED, lambda stage, done, of: stages.append((stage, done, of)))
    assert stages[0] == ("deal", 0, 83)
    assert stages[-1][0] == "seats"
    assert stages[-1][1] == stages[-1][2]

    class Cancelled(Exception):
        pass

    def cancel(stage: str, done: int, of: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        solve(exam(city(), rooms(5)), SEED, cancel)

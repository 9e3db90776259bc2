"""为什么排不出来: the conflict is named by counting and every relaxation keeps its promise."""

from __future__ import annotations

import pytest
from tests.inner.engines.seating.small_exams import SEED, RoomKind, exam, rooms, school

from kaowu.engines.seating import Infeasible, Remainder, Sitting, explain, solve, verify


def streams_that_do_not_fill_rooms():
    return [
        person
        for electives in ("物化生", "史地政", "物化地", "生地政")
        for name in "甲乙丙"
        for person in school(name, 4, electives=electives)
    ]


def test_too_few_rooms_for_small_groups_are_named_and_merging_is_offered():
    problem = exam(streams_that_do_not_fill_rooms(), rooms(3), group_by=("electives",))
    with pytest.raises(Infeasible) as refused:
        solve(problem, SEED)
    explanation = refused.value.explanation
    (conflict,) = explanation.conflicts
    assert (conflict.code, conflict.pool, conflict.people) == ("rooms_short", "P", 12)
    assert conflict.rooms_missing == conflict.groups == 1
    assert conflict.sentence.zh.startswith("P：缺1个考场")
    assert "12人排不下（每场30人，普通考场3个，其中留空0个）" in conflict.sentence.zh
    assert "1 rooms are missing: 12 of" in conflict.sentence.en
    assert "merge_remainders" in {relaxation.code for relaxation in explanation.relaxations}
    assert refused.value.sentence == conflict.sentence


def test_a_relaxation_that_promises_a_plan_gives_one():
    problem = exam(
        streams_that_do_not_fill_rooms(), rooms(4), group_by=("electives",), spare_rooms_per_site=2
    )
    explanation = explain(problem)
    promised = [relaxation for relaxation in explanation.relaxations if relaxation.remaining == 0]
    assert {"merge_remainders", "no_grouping", "fewer_spare_rooms"} <= {one.code for one in promised}
    for relaxation in promised:
        relaxed = problem.with_rules(**relaxation.changes)
        assert verify(relaxed, solve(relaxed, SEED)) == []
    assert any("2个考场为混合考场" in one.sentence.zh for one in promised)


def test_more_people_than_seats_can_only_be_helped_by_denser_rooms():
    people = [*school("甲", 40), *school("乙", 40), *school("丙", 20)]
    denser = exam(people, rooms(4), capacity=24)
    explanation = explain(denser)
    assert explanation.conflicts[0].people == 100
    assert next(one.changes for one in explanation.relaxations if one.remaining == 0) == {"capacity": 25}
    hopeless = exam(people, rooms(3), remainder=Remainder.MERGE)
    assert explain(hopeless).relaxations == ()


def test_a_wheelchair_without_a_room_without_steps_is_named():
    problem = exam([*school("甲", 10), *school("乙", 1, needs=("accessible",))], rooms(2))
    with pytest.raises(Infeasible) as refused:
        solve(problem, SEED)
    (conflict,) = refused.value.explanation.conflicts
    assert conflict.code == "no_step_free_room"
    assert "无障碍考场" in conflict.sentence.zh


def test_rooms_that_suffice_leave_nothing_to_explain():
    problem = exam([*school("甲", 15), *school("乙", 15)], rooms(1))
    assert explain(problem).conflicts == ()
    assert explain(problem).relaxations == ()


def test_a_site_too_small_for_one_paper_is_named_although_the_pool_has_rooms():
    people = [
        *school("甲", 15, form="1班", sittings=("语文", "美术")),
        *school("乙", 15, form="2班", sittings=("语文", "美术")),
    ]
    sittings = (Sitting("语文"), Sitting("美术", never_mix=("form",)))
    halls = rooms(1) + rooms(1, first=2, kind=RoomKind.SPARE)
    problem = exam(people, halls, sittings)
    with pytest.raises(Infeasible) as refused:
        solve(problem, SEED)
    assert refused.value.explanation.conflicts[0].people == 15

"""Questions about a draw and changes by hand: the answers agree with the verifier, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.draw.small_draws import SEED, exam, people, rooms

from kaowu.basics.errors import Refused
from kaowu.engines.draw import (
    Line,
    Per,
    Post,
    Repeats,
    Sex,
    called,
    changed,
    differences,
    judged,
    offer,
    placed,
    quality,
    repair,
    solve,
    swapped,
    verify,
    why_not,
    why_not_drawn,
    why_not_sent,
)
from kaowu.engines.draw.quality import Quality, together

POSTS = (Post("chief", years=2), Post("assistant"), Post("reserve", waits=True))
LINES = (Line("chief"), Line("assistant"), Line("reserve", 15, Per.PERCENT))
STAFF = tuple(
    replace(
        one,
        years=(0, 5, 5)[n % 3],
        recused=("school:S1",) if n % 7 == 0 else ("room:A/002",) if n % 7 == 1 else (),
        certified=n != 13,
    )
    for n, one in enumerate(people(40, 8))
)
HALLS = tuple(
    replace(room, schools=("S1", "S9") if int(room.room) % 4 == 1 else ("S9",)) for room in rooms(12, 3)
)
PROBLEM = exam(
    STAFF,
    HALLS,
    3,
    apart=[("P002", "P009")],
    posts=POSTS,
    staffing=LINES,
    repeated_room=Repeats.NEVER,
    repeated_pair=Repeats.NEVER,
)
PLAN = solve(PROBLEM, SEED)
NUMBERS = {"post_short", "post_over"}


def test_the_draw_that_the_questions_are_about_is_legal():
    assert verify(PROBLEM, PLAN, SEED) == []


@settings(max_examples=150, deadline=None)
@given(place=st.sampled_from(PLAN.duties), person=st.sampled_from(STAFF))
def test_what_why_not_forbids_the_verifier_forbids_and_nothing_else(place, person):
    answer = why_not(PROBLEM, PLAN, person.id, place)
    without = [d for d in PLAN.duties if d != place and (d.person, d.sitting) != (person.id, place.sitting)]
    there = replace(PLAN, duties=tuple(sorted([*without, place._replace(person=person.id)])))
    found = {one.code for one in verify(PROBLEM, there) if one.code not in NUMBERS}
    assert {reason.code for reason in answer.reasons} == found
    assert answer.stands == (place._replace(person=person.id) in PLAN.duties)
    assert answer.by_lot == (not found and not answer.stands)


@settings(max_examples=60, deadline=None)
@given(place=st.sampled_from(PLAN.duties), person=st.sampled_from(STAFF))
def test_where_the_lots_fell_otherwise_the_place_can_be_given_by_hand(place, person):
    """Unless the two who change places disturb the room that is left."""
    if not why_not(PROBLEM, PLAN, person.id, place).by_lot:
        return
    after = placed(PLAN, place, person.id)
    assert place._replace(person=person.id) in after.duties
    assert Counter((d.sitting, d.site, d.room, d.post) for d in after.duties) == Counter(
        (d.sitting, d.site, d.room, d.post) for d in PLAN.duties
    )
    for one in judged(PROBLEM, PLAN, after).new:
        assert one.room != place.room or one.sitting != place.sitting or one.person != person.id


def test_reasons_say_whether_they_hold_for_good_or_beside_this_partner():
    closed = next(d for d in PLAN.duties if d.room == "002" and d.post == "assistant")
    lasting = why_not(PROBLEM, PLAN, "P001", closed)
    assert ("recused_room", True) in {(r.code, r.lasting) for r in lasting.reasons}
    team = [d for d in PLAN.duties if d.sitting == "T0" and d.room == "003"]
    partner = next(d for d in team if d.post == "chief")
    unit = next(p.unit for p in STAFF if p.id == partner.person)
    same = next(p for p in STAFF if p.unit == unit and p.id != partner.person)
    place = next(d for d in team if d.post == "assistant")
    beside = {r.code: r.lasting for r in why_not(PROBLEM, PLAN, same.id, place).reasons}
    assert beside["one_unit"] is False


def test_who_was_not_drawn_learns_which_rule_or_that_the_lots_fell_otherwise():
    barred = replace(STAFF[0], id="Q1", recused=("exam",))
    paperless = replace(STAFF[0], id="Q2", certified=False)
    spare = replace(STAFF[0], id="Q3", site="", pool="elsewhere")
    problem = replace(PROBLEM, people=(*STAFF, barred, paperless, spare))
    plan = replace(PLAN, sent=(*PLAN.sent, ("Q2", "A")))
    assert [r.code for r in why_not_drawn(problem, plan, "Q1").reasons] == ["recused_exam"]
    assert "not_certified" in [r.code for r in why_not_drawn(problem, plan, "Q2").reasons]
    assert why_not_drawn(problem, plan, "Q3").by_lot
    assert [r.code for r in why_not_drawn(problem, plan, "nobody").reasons] == ["not_on_roster"]
    assert why_not_drawn(problem, plan, PLAN.duties[0].person).stands
    assert "wrong_pool" in [r.code for r in why_not_sent(problem, plan, "Q3", "A").reasons]
    assert why_not_sent(problem, plan, "P001", "A").stands


def test_a_swap_by_hand_names_both_places_and_is_judged_like_the_draw():
    one, other = [d for d in PLAN.duties if d.sitting == "T1" and d.post == "chief"][:2]
    after = swapped(PLAN, one, other)
    assert {(d.room, d.before, d.after) for d in differences(PLAN, after)} == {
        (one.room, (one.person,), (other.person,)),
        (other.room, (other.person,), (one.person,)),
    }
    assert {(b.code, b.room, b.person) for b in judged(PROBLEM, PLAN, after).new} == {
        (b.code, b.room, b.person) for b in verify(PROBLEM, after)
    }


def test_a_change_of_a_list_that_was_changed_meanwhile_is_refused():
    gone = PLAN.duties[0]
    after = changed(PLAN, [gone], [])
    with pytest.raises(Refused) as refused:
        changed(after, [gone], [])
    assert refused.value.code == "duty_not_in_plan"


def test_breaks_that_stood_before_a_change_are_told_apart_from_new_ones():
    first, *others = [d for d in PLAN.duties if d.sitting == "T0" and d.post == "chief"]
    broken = changed(PLAN, [first], [])
    after = swapped(broken, others[0], others[1])
    found = judged(PROBLEM, broken, after)
    assert [b.code for b in found.standing] == ["post_short"]
    assert "post_short" not in [b.code for b in found.new]


def test_somebody_whose_place_is_locked_is_not_moved_for_another():
    place = next(d for d in PLAN.duties if d.sitting == "T0" and d.post == "assistant")
    first = repair(PROBLEM, PLAN, SEED, place.person, "T0")
    came = first.taken[0].person
    second = repair(PROBLEM, PLAN, SEED, place.person, "T0", fixed=[came])
    assert came not in {d.person for d in second.taken} | {d.person for d in second.gone}
    assert verify(PROBLEM, second.plan, SEED, gone=[(place.person, "T0")]) == []


def test_two_missing_from_one_room_are_replaced_although_both_are_known_to_be_missing():
    room = [d for d in PLAN.duties if d.sitting == "T0" and d.room == "004"]
    names = [d.person for d in room]
    first = repair(PROBLEM, PLAN, SEED, names[0], "T0", gone=names[1:])
    second = repair(PROBLEM, first.plan, SEED, names[1], "T0", gone=names[:1])
    assert verify(PROBLEM, second.plan, SEED, gone=[(name, "T0") for name in names]) == []


def test_where_nobody_may_step_in_the_count_is_the_proof_and_ways_out_are_worked_out():
    """All who wait are women, a man is missing, and every man has a room."""
    staff = [replace(p, sex=Sex.MAN if n < 4 else Sex.WOMAN) for n, p in enumerate(people(10, 5))]
    problem = exam(staff, rooms(4, 1), 1, posts=(*POSTS[:1], *POSTS[1:]), staffing=LINES)
    plan = solve(problem, SEED)
    man = next(d for d in plan.duties if d.person == "P001")
    found = offer(problem, plan, SEED, man.person, "T0")
    assert found.repair is None
    assert found.sentence is not None and f"共{len(found.nobody)}人" in found.sentence.zh
    assert found.nobody and all(one.reasons for one in found.nobody)
    assert "both_sexes" in [way.code for way in found.ways]
    for way in found.ways:
        relaxed = problem.with_rules(**way.changes)
        codes = {b.code for b in verify(relaxed, way.repair.plan, gone=[(man.person, "T0")])}
        assert codes <= {"another_problem"}


def test_somebody_called_from_outside_is_sent_first_and_then_judged_by_the_same_rules():
    staff = [replace(p, sex=Sex.MAN if n < 4 else Sex.WOMAN) for n, p in enumerate(people(10, 5))]
    problem = exam(staff, rooms(4, 1), 1, posts=POSTS, staffing=LINES)
    plan = solve(problem, SEED)
    helper = replace(staff[0], id="Z9", unit="S77", site="")
    wider, sent = called(problem, plan, [helper], "A")
    found = offer(wider, sent, SEED, "P001", "T0")
    assert found.repair is not None
    assert [d.person for d in found.repair.taken if d.post == found.duty.post] == ["Z9"]
    assert verify(wider, found.repair.plan, SEED, gone=[("P001", "T0")]) == []


def test_quality_counts_what_a_reader_can_count_again():
    figures = quality(PROBLEM, PLAN, experienced=2)["A"]
    teams: dict[tuple[str, str], list[str]] = {}
    for duty in PLAN.duties:
        if duty.room:
            teams.setdefault((duty.sitting, duty.room), []).append(duty.person)
    assert figures.teams == len(teams) == 36
    assert (figures.both_sexes, figures.one_sex) == (36, 0)
    assert (figures.units_apart, figures.one_unit) == (36, 0)
    assert (figures.room_again, figures.pair_again, figures.new_alone) == (0, 0, 0)
    years = {p.id: p.years for p in STAFF}
    fresh = sum(any(years[name] < 2 for name in team) for team in teams.values())
    assert figures.new_beside_experienced == fresh > 0
    assert together([figures, figures]).teams == 72
    assert together([]) == Quality()

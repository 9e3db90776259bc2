"""The staffing formula by rooms, entrances and needs; posts one is meant for; sittings drawn one at a time."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from tests.inner.engines.draw.small_draws import SEED, TWO_LINES, TWO_POSTS, exam, people, rooms, seed
from tests.inner.engines.draw.test_second_verifier import VERIFIER, same_draw

from kaowu.basics.errors import Refused
from kaowu.engines.draw import DrawProblem, Line, Per, Post, Site, shortage, solve, verify

GATE = Post("gate", certified=False)


def posts_of(plan) -> Counter:
    return Counter((duty.room, duty.post) for duty in plan.duties)


@pytest.mark.parametrize(
    ("line", "site", "wanted"),
    [
        (Line("gate", 2, Per.ENTRANCES), Site("A", entrances=3, lanes=5), 6),
        (Line("gate", 2, Per.LANES), Site("A", entrances=3, lanes=5), 10),
        (Line("gate", 4, Per.SITE), Site("A"), 4),
        (Line("gate", 2, Per.LANES), Site("A"), 0),  # no entrance is registered: nobody is needed there
    ],
)
def test_a_gate_is_staffed_by_its_entrances_or_lanes(line, site, wanted):
    problem = exam(people(30), rooms(4, 1), 1, [site], posts=(*TWO_POSTS, GATE), staffing=(*TWO_LINES, line))
    plan = solve(problem, SEED)
    assert posts_of(plan)["", "gate"] == wanted
    assert verify(problem, plan, SEED) == []
    same_draw(problem, SEED)


def test_a_room_for_special_needs_gets_one_more():
    halls = [replace(room, special=room.room == "002") for room in rooms(4, 2)]
    problem = exam(people(16), halls, 2, staffing=(*TWO_LINES, Line("assistant", 1, Per.SPECIAL)))
    plan = solve(problem, SEED)
    assert {room for (room, post), count in posts_of(plan).items() if post == "assistant" and count == 4} == {
        "002"
    }
    assert verify(problem, plan, SEED) == []
    same_draw(problem, SEED)
    fewer = replace(plan, duties=tuple(duty for duty in plan.duties if duty.room != "002"))
    assert "post_short" in {one.code for one in verify(problem, fewer)}


def test_nobody_gets_a_post_that_is_not_theirs():
    staff = people(20)
    screeners = {person.id for person in staff[-4:]}
    staff = [
        replace(person, takes=("gate",) if person.id in screeners else ("chief", "assistant"))
        for person in staff
    ]
    problem = exam(
        staff, rooms(5, 2), 2, posts=(*TWO_POSTS, GATE), staffing=(*TWO_LINES, Line("gate", 4, Per.SITE))
    )
    plan = solve(problem, SEED)
    assert {duty.person for duty in plan.duties if duty.post == "gate"} == screeners
    same_draw(problem, SEED)
    wrong = [duty._replace(person=staff[-1].id) if duty.room == "000" else duty for duty in plan.duties]
    assert "another_post" in {one.code for one in verify(problem, replace(plan, duties=tuple(wrong)))}


def test_people_short_in_one_post_are_named_though_there_are_enough_in_all():
    staff = [replace(person, takes=("assistant",)) for person in people(20)]
    [conflict] = shortage(exam(staff, rooms(5, 1), 1)).conflicts
    assert conflict.posts == ("chief",) and conflict.needed == 5 and conflict.available == 0


def test_a_post_that_does_not_exist_is_refused():
    with pytest.raises(Refused):
        exam([replace(person, takes=("driver",)) for person in people(4)], rooms(1, 1), 1)


def carried(problem: DrawProblem, plan) -> DrawProblem:
    """The same people with what they did in a plan behind them."""
    waits = {post.id for post in problem.rules.posts if post.waits}
    ends = {one.id: one.ends for one in problem.sittings}
    own = {}
    for duty in plan.duties:
        own.setdefault(duty.person, []).append(duty)
    teams = {}
    for duty in plan.duties:
        teams.setdefault((duty.sitting, duty.room), []).append(duty.person)
    pairs = [(a, b) for team in teams.values() for a in team for b in team if a < b]
    staff = [
        replace(
            person,
            duties=person.duties + sum(duty.post not in waits for duty in own.get(person.id, ())),
            waited=person.waited + sum(duty.post in waits for duty in own.get(person.id, ())),
            had=(*person.had, *(duty.post for duty in own.get(person.id, ()))),
            former_rooms=tuple({*person.former_rooms, *(f"A/{d.room}" for d in own.get(person.id, ()))}),
            busy_until=max([person.busy_until, *(ends[duty.sitting] for duty in own.get(person.id, ()))]),
        )
        for person in problem.people
    ]
    return replace(problem, people=tuple(staff), former_pairs=(*problem.former_pairs, *pairs))


def only(problem: DrawProblem, sitting: str) -> DrawProblem:
    """One sitting of a problem."""
    return replace(
        problem,
        sittings=tuple(one for one in problem.sittings if one.id == sitting),
        rooms=tuple(room for room in problem.rooms if room.sitting == sitting),
    )


def test_sittings_drawn_one_at_a_time_with_seeds_of_their_own_repeat_no_room_and_no_partner():
    whole = exam(people(26, 9), rooms(10, 4), 4)
    behind, together = whole, []
    for number, sitting in enumerate(whole.sittings):
        problem = only(behind, sitting.id)
        plan = solve(problem, seed(number))
        assert verify(problem, plan, seed(number)) == []
        same_draw(problem, seed(number))
        together += plan.duties
        behind = carried(behind, plan)
    one_plan = replace(solve(whole, SEED), duties=tuple(sorted(together)), reasons=())
    assert verify(whole, one_plan) == [], "all sittings together keep every rule of one draw"
    loads = Counter(duty.person for duty in together)
    assert max(loads.values()) - min(loads[person.id] for person in whole.people) <= 1


def test_nobody_is_drawn_who_is_still_at_an_earlier_sitting():
    staff = [replace(person, busy_until=160 if n < 4 else -1) for n, person in enumerate(people(24))]
    problem = exam(staff, rooms(8, 1), 1)
    late = {person.id for person in staff[:4]}
    plan = solve(problem, SEED)
    assert not late & {duty.person for duty in plan.duties}
    wrong = [plan.duties[0]._replace(person=staff[0].id), *plan.duties[1:]]
    assert "times_overlap" in {one.code for one in verify(problem, replace(plan, duties=tuple(wrong)))}


def test_the_published_program_knows_the_new_columns_of_the_files():
    problem = exam(people(8), rooms(2, 1), 1)
    plain = json.loads(problem.to_bytes())
    assert {"takes", "duties", "waited", "had", "busy_until"} <= set(plain["people"]["columns"])
    assert {"entrances", "lanes"} <= set(plain["sites"]["columns"]) and "special" in plain["rooms"]["columns"]
    assert VERIFIER["Draw"](plain, SEED).plan(["A"])["duties"]


def test_words_in_any_order_are_one_problem():
    staff = [
        replace(person, takes=("chief", "assistant"), recused=("site:B", "exam")) for person in people(4)
    ]
    problem = exam(staff, rooms(1, 1, schools=("乙", "甲")), 1)
    assert DrawProblem.from_bytes(problem.to_bytes()).digest == problem.digest

"""The verifier catches every kind of planted break, and only breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.inner.engines.draw.small_draws import SEED, exam, people, rooms

from kaowu.engines.draw import DrawPlan, DrawProblem, Duty, Post, Repeats, Site, Sitting, solve, verify

STAFF = people(40, 9)
PROBLEM = replace(
    exam(
        STAFF,
        rooms(8, 3),
        3,
        posts=(Post("chief", years=2), Post("assistant")),
        repeated_room=Repeats.NEVER,
        repeated_pair=Repeats.NEVER,
        own_subject=False,
        sites=(Site("A"), Site("B")),
    ),
    sittings=(Sitting("T0", 0, 150, ("数学",)), Sitting("T1", 300, 450), Sitting("T2", 600, 750)),
)
PLAN = solve(PROBLEM, SEED)
FIRST = next(duty for duty in PLAN.duties if duty.room and duty.post == "chief" and duty.sitting == "T0")
MATE = next(
    duty for duty in PLAN.duties if (duty.sitting, duty.room) == ("T0", FIRST.room) and duty.post != "chief"
)


def person(name: str, **changes: object) -> DrawProblem:
    """The problem with one of the people changed."""
    changed = (replace(p, **changes) if p.id == name else p for p in PROBLEM.people)
    return replace(PROBLEM, people=tuple(changed))


def room(**changes: object) -> DrawProblem:
    """The problem with the room of the first duty changed."""
    changed = (
        replace(r, **changes) if (r.sitting, r.room) == (FIRST.sitting, FIRST.room) else r
        for r in PROBLEM.rooms
    )
    return replace(PROBLEM, rooms=tuple(changed))


def duties(change: Callable[[Duty], Duty | None]) -> DrawPlan:
    """The plan with duties changed or left out."""
    changed = (change(duty) for duty in PLAN.duties)
    return replace(PLAN, duties=tuple(duty for duty in changed if duty is not None))


def instead(one: Duty, **changes: str) -> DrawPlan:
    """The plan with one duty changed."""
    return duties(lambda duty: duty._replace(**changes) if duty == one else duty)


def of_sitting(name: str) -> dict[str, Duty]:
    return {duty.room: duty for duty in PLAN.duties if duty.sitting == name and duty.post == "chief"}


NEXT = of_sitting("T1")
AGAIN_ROOM = instead(NEXT[FIRST.room], person=FIRST.person)
UNIT = {p.id: p.unit for p in STAFF}
SEX = {p.id: p.sex for p in STAFF}
BUSY = {duty.person for duty in PLAN.duties if duty.sitting == "T0"}
SAME_SEX = next(p.id for p in STAFF if p.id not in BUSY and SEX[p.id] == SEX[MATE.person])


@pytest.mark.parametrize(
    ("code", "problem", "plan"),
    [
        ("not_certified", person(FIRST.person, certified=False), PLAN),
        ("not_pledged", person(FIRST.person, pledged=False), PLAN),
        ("too_few_years", person(FIRST.person, years=1), PLAN),
        ("recused_exam", person(FIRST.person, recused=("exam",)), PLAN),
        ("recused_room", person(FIRST.person, recused=(f"room:A/{FIRST.room}",)), PLAN),
        (
            "recused_school",
            replace(room(schools=("X",)), people=person(FIRST.person, recused=("school:X",)).people),
            PLAN,
        ),
        ("own_pupils", room(schools=(UNIT[FIRST.person],)), PLAN),
        ("own_subject", person(FIRST.person, subjects=("数学",)), PLAN),
        ("sent_elsewhere", person(FIRST.person, site="B"), PLAN),
        ("one_unit", person(FIRST.person, unit=UNIT[MATE.person]), PLAN),
        ("one_sex", PROBLEM, instead(FIRST, person=SAME_SEX)),
        ("never_together", replace(PROBLEM, never_together=((MATE.person, FIRST.person),)), PLAN),
        ("pair_again", replace(PROBLEM, former_pairs=((MATE.person, FIRST.person),)), PLAN),
        ("room_again", person(FIRST.person, former_rooms=(f"A/{FIRST.room}",)), PLAN),
        ("room_again", PROBLEM, AGAIN_ROOM),
        ("same_sitting_twice", PROBLEM, instead(MATE, person=FIRST.person)),
        ("times_overlap", room(more_minutes=200), AGAIN_ROOM),
        ("post_short", PROBLEM, duties(lambda duty: None if duty == MATE else duty)),
        ("post_over", PROBLEM, instead(MATE, room="", post="chief")),
        ("unknown_person", PROBLEM, instead(FIRST, person="nobody")),
        ("unknown_post", PROBLEM, instead(FIRST, post="king")),
        ("unknown_room", PROBLEM, instead(FIRST, room="999")),
        ("not_sent_here", PROBLEM, replace(PLAN, sent=tuple(s for s in PLAN.sent if s[0] != FIRST.person))),
        ("sent_twice", PROBLEM, replace(PLAN, sent=(*PLAN.sent, PLAN.sent[0]))),
        ("unknown_sent", PROBLEM, replace(PLAN, sent=(*PLAN.sent, ("nobody", "A")))),
        ("another_problem", replace(PROBLEM, exam="other"), PLAN),
    ],
)
def test_a_planted_break_is_caught_and_named(code, problem, plan):
    assert verify(PROBLEM, PLAN, SEED) == []
    found = verify(problem, plan)
    assert code in {one.code for one in found}
    assert all(one.sentence.zh and one.sentence.en for one in found)


def test_people_sent_against_pool_home_or_recusal_are_caught():
    staff = people(12, 5, "")
    problem = exam(staff, rooms(4, 1), 1, [Site("A", unit="S9")])
    plan = solve(problem, SEED)
    name = plan.duties[0].person
    for code, changes in (
        ("wrong_pool", {"pool": "elsewhere"}),
        ("home_site", {"unit": "S9"}),
        ("recused_site", {"recused": ("site:A",)}),
    ):
        changed = tuple(replace(p, **changes) if p.id == name else p for p in problem.people)
        assert code in {one.code for one in verify(replace(problem, people=changed), plan)}


def test_another_seed_than_the_named_one_is_caught():
    assert [one.code for one in verify(PROBLEM, PLAN, bytes(32))] == ["another_seed"]

"""Changes of a sealed plan on record: each names the plan before it, two sign, and nothing is changed after the last paper."""

import pytest
from tests.inner.loop.prepare.test_seat_attempts import ROSTER, SECOND_OFFICER, figures
from tests.small_exam import CITY, ENDS, SITE_CHIEF, STARTS, desk_over, intent

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.basics.errors import Refused
from kaowu.exam.plan import ExamPlan
from kaowu.facts.roster import RosterCorrected, RosterImported
from kaowu.facts.seating import (
    PlaceClosed,
    PlaceReopened,
    SeatPlanReplanned,
    SeatPlanSealed,
    SeatsChangedByHand,
)
from kaowu.store.memory import MemoryBook

SEALED, NEXT, LATER, NEW_ROSTER = b"p" * 32, b"n" * 32, b"l" * 32, b"R" * 32
TWO = (CITY, SECOND_OFFICER)


@pytest.fixture
def clock():
    return SetClock(minutes_after(STARTS, -60))


@pytest.fixture
def desk(clock):
    desk = desk_over(MemoryBook(), clock)
    roster = RosterImported(
        roster=ROSTER, file=b"f" * 32, file_name="a.csv", candidates=10, rejected=0, flagged=0
    )
    desk.submit(intent(roster, CITY, at=clock.now()))
    desk.submit(intent(SeatPlanSealed(**figures()), CITY, at=clock.now()))
    return desk


def by_hand(**changes):
    given = {
        "before": SEALED, "plan": NEXT, "problem": b"q" * 32, "solution": b"s" * 32, "moves": b"m" * 32,
        "roster": ROSTER, "source": "page", "moved": 2, "same_school_pairs": 0, "reason": "家长申请",
    }  # fmt: skip
    return SeatsChangedByHand(**given | changes)


def replan(**changes):
    given = {
        "before": SEALED, "plan": NEXT, "problem": b"q" * 32, "solution": b"s" * 32, "moves": b"m" * 32,
        "roster": ROSTER, "engine": "seating/1", "candidates": 10, "rooms": 1, "same_school_pairs": 0,
        "moved": 3, "bound": 2, "reason": "进水",
    }  # fmt: skip
    return SeatPlanReplanned(**given | changes)


def corrected(**changes):
    given = {
        "before": ROSTER, "roster": NEW_ROSTER, "candidates": 9, "withdrawn": ("R1",), "reason": "退考",
    }  # fmt: skip
    return RosterCorrected(**given | changes)


def submit(desk, clock, fact, *actors):
    return desk.submit(intent(fact, *(actors or TWO), at=clock.now()))


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        (by_hand(before=LATER), "another_plan_in_force"),
        (by_hand(roster=NEW_ROSTER), "plan_of_another_roster"),
        (by_hand(moved=0), "nothing_changed"),
        (by_hand(moved=0, unlocked=("R1",)), "not_locked"),
        (replan(before=LATER), "another_plan_in_force"),
        (replan(candidates=9), "plan_of_another_roster"),
        (replan(moved=1), "fewer_moves_than_possible"),
        (corrected(before=NEW_ROSTER), "another_roster"),
        (corrected(candidates=10), "roster_counts_differ"),
        (corrected(withdrawn=(), candidates=10), "nothing_changed"),
        (PlaceReopened(site="0402", reason="水退"), "not_closed"),
    ],
)
def test_a_change_that_does_not_fit_what_stands_is_refused(desk, clock, fact, code):
    with pytest.raises(Refused, match=code):
        submit(desk, clock, fact)


@pytest.mark.parametrize("fact", [by_hand(), replan(), corrected(), PlaceClosed(site="0402", reason="进水")])
@pytest.mark.parametrize(
    ("actors", "code"), [((CITY,), "second_person_missing"), ((CITY, SITE_CHIEF), "post_not_entitled")]
)
def test_two_of_the_office_sign_every_change(desk, clock, fact, actors, code):
    with pytest.raises(Refused, match=code):
        submit(desk, clock, fact, *actors)
    submit(desk, clock, fact)


def test_changes_form_a_chain_and_the_same_link_does_not_fit_twice(desk, clock):
    submit(desk, clock, by_hand())
    with pytest.raises(Refused, match="another_plan_in_force"):
        submit(desk, clock, replan())
    submit(desk, clock, replan(before=NEXT, plan=LATER))


def test_after_the_last_paper_no_seat_is_changed(desk, clock):
    clock.at = minutes_after(ENDS, 1)
    with pytest.raises(Refused, match="exam_is_over"):
        submit(desk, clock, by_hand())


def folded(*facts):
    plan = ExamPlan.begin("gk")
    for number, fact in enumerate(facts):
        plan = plan.after(fact, number.to_bytes(16, "big"))
    return plan


def test_the_plan_knows_the_seats_in_force_the_locks_and_the_closed_rooms():
    roster = RosterImported(
        roster=ROSTER, file=b"f" * 32, file_name="a.csv", candidates=10, rejected=0, flagged=0
    )
    plan = folded(
        roster,
        SeatPlanSealed(**figures()),
        corrected(),
        PlaceClosed(site="0402", rooms=("001",), reason="进水"),
        PlaceClosed(site="0403", reason="停电"),
        replan(roster=NEW_ROSTER, candidates=9),
        by_hand(before=NEXT, plan=LATER, locked=("R2", "R3")),
        by_hand(before=LATER, plan=LATER, moved=0, unlocked=("R2",)),
        PlaceReopened(site="0403", reason="来电"),
    )
    assert plan.seats_now == LATER and plan.seat_plan.plan == SEALED
    assert plan.roster.roster == NEW_ROSTER and plan.roster.candidates == 9
    assert plan.locked_seats == {"R3"}
    assert (
        plan.is_closed("0402", "001")
        and not plan.is_closed("0402", "002")
        and not plan.is_closed("0403", "001")
    )
    assert len(plan.seat_changes) == 3

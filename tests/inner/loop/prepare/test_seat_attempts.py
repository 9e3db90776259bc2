"""Attempts at a seat plan: two see the seed, numbers run on, what is sealed is what was shown."""

import pytest
from tests.small_exam import CITY, STARTS, desk_over, intent

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.basics.errors import Refused
from kaowu.facts.envelope import Actor
from kaowu.facts.roster import RosterImported
from kaowu.facts.seating import SeatPlanSealed, SeatsArranged
from kaowu.store.memory import MemoryBook

SECOND_OFFICER = Actor("city-2", "city_officer")
ROSTER, OTHER = b"r" * 32, b"o" * 32


@pytest.fixture
def clock():
    return SetClock(minutes_after(STARTS, -60 * 24))


@pytest.fixture
def desk(clock):
    desk = desk_over(MemoryBook(), clock)
    roster = RosterImported(
        roster=ROSTER, file=b"f" * 32, file_name="a.csv", candidates=10, rejected=0, flagged=0
    )
    desk.submit(intent(roster, CITY, at=clock.now()))
    return desk


def figures(**changes):
    given = {
        "plan": b"p" * 32, "problem": b"q" * 32, "roster": ROSTER, "seed": "ab" * 16, "engine": "seating/1",
        "candidates": 10, "rooms": 1, "same_school_pairs": 0, "attempt": 1,
    }  # fmt: skip
    return given | changes


def arranged(clock, *actors, **changes):
    return intent(
        SeatsArranged(**figures(solution=b"s" * 32, **changes)),
        *(actors or (CITY, SECOND_OFFICER)),
        at=clock.now(),
    )


def sealed(clock, **changes):
    return intent(SeatPlanSealed(**figures(**changes)), CITY, at=clock.now())


def test_an_attempt_needs_two_persons(desk, clock):
    with pytest.raises(Refused, match="second_person_missing"):
        desk.submit(arranged(clock, CITY))
    desk.submit(arranged(clock))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"roster": OTHER}, "plan_of_another_roster"),
        ({"attempt": 2}, "another_attempt_needs_reason"),
    ],
)
def test_a_first_attempt_that_does_not_fit_is_refused(desk, clock, change, code):
    with pytest.raises(Refused, match=code):
        desk.submit(arranged(clock, **change))


def test_a_second_attempt_says_why_and_takes_the_next_number(desk, clock):
    desk.submit(arranged(clock))
    with pytest.raises(Refused, match="another_attempt_needs_reason"):
        desk.submit(arranged(clock, attempt=2))
    with pytest.raises(Refused, match="attempt_out_of_order"):
        desk.submit(arranged(clock, attempt=1, plan=OTHER, reason="唱号有误"))
    desk.submit(arranged(clock, attempt=2, plan=OTHER, reason="唱号有误"))


@pytest.mark.parametrize(
    ("change", "code"),
    [({"plan": OTHER}, "another_plan_was_shown"), ({"attempt": 2}, "attempt_out_of_order")],
)
def test_what_is_sealed_is_what_was_shown(desk, clock, change, code):
    desk.submit(arranged(clock))
    with pytest.raises(Refused, match=code):
        desk.submit(sealed(clock, **change))
    desk.submit(sealed(clock))
    with pytest.raises(Refused, match="seats_already_sealed"):
        desk.submit(arranged(clock, attempt=2, reason="太迟了"))


def test_a_new_roster_sets_an_attempt_aside_and_its_number_stays_used(desk, clock):
    desk.submit(arranged(clock))
    newer = RosterImported(
        roster=OTHER, file=b"g" * 32, file_name="b.csv", candidates=10, rejected=0, flagged=0
    )
    desk.submit(intent(newer, CITY, at=clock.now()))
    with pytest.raises(Refused, match="plan_of_another_roster"):
        desk.submit(sealed(clock))
    desk.submit(sealed(clock, roster=OTHER, attempt=2))

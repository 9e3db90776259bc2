"""After a draw is sealed: reporting, replacing, changing by hand and locking, as the desk takes them."""

from __future__ import annotations

import pytest
from tests.small_exam import CITY, ENDS, SECOND, SITE, SITE_CHIEF, STARTS, desk_over, intent, seats

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.basics.errors import Refused
from kaowu.basics.ids import digest
from kaowu.facts.envelope import Actor
from kaowu.facts.lots import DrawSealed, InputCommitted, LotsDrawn, RandomnessGiven
from kaowu.facts.staffing import DutiesChanged, DutyLocked, DutyTaken, PersonReplaced
from kaowu.facts.subjects import DrawKey
from kaowu.store.memory import MemoryBook

KEY = DrawKey("rooms", SITE, "S1")
DEPUTY = Actor("deputy-1", "deputy_site_chief")
PROBLEM, FIRST, NEXT, THIRD = (digest(bytes([n])) for n in range(4))


@pytest.fixture
def clock():
    return SetClock(minutes_after(STARTS, -600))


@pytest.fixture
def desk(clock):
    desk = desk_over(MemoryBook(seats()), clock)
    sealing(desk, clock, 1, FIRST)
    return desk


def sealing(desk, clock, attempt, plan):
    committed = InputCommitted(
        attempt=attempt, problem=PROBLEM, root=PROBLEM, leaves=1, salts=PROBLEM, engine="draw/2",
        rules=PROBLEM, reason="" if attempt == 1 else "重抽",
    )  # fmt: skip
    hand = RandomnessGiven(
        attempt=attempt, hand=1, method="dice", symbols=60, bits=155, commitment=PROBLEM, witness="某"
    )
    drawn = LotsDrawn(
        attempt=attempt,
        problem=PROBLEM,
        plan=plan,
        seed_digest=PROBLEM,
        engine="draw/2",
        people=4,
        duties=4,
        breaks=0,
    )
    for fact in (committed, hand, drawn, DrawSealed(attempt=attempt, plan=plan, sealed_file=PROBLEM)):
        submit(desk, clock, fact, CITY, Actor("city-2", "city_officer"))


def submit(desk, clock, fact, *actors):
    return desk.submit(intent(fact, *actors, at=clock.now(), subject=str(KEY), site=SITE))


def state(desk):
    return desk.known["gk2027", str(KEY)].state


def replaced(before=FIRST, after=NEXT, absent="P1", came="P9", **more):
    return PersonReplaced(
        sitting="S1", site=SITE, room="001", post="assistant_invigilator", absent=absent, came=came,
        outcome="replaced", problem=PROBLEM, before=before, after=after, **more,
    )  # fmt: skip


def by_hand(before=FIRST, after=NEXT, people=("P1", "P2")):
    return DutiesChanged(
        way="swap",
        sittings=("S1",),
        places=2,
        people=people,
        problem=PROBLEM,
        before=before,
        after=after,
        reason="换人",
    )


def test_a_replacement_takes_the_place_of_the_list_and_names_the_one_before(desk, clock):
    submit(desk, clock, replaced(), SITE_CHIEF)
    assert state(desk).plan == NEXT
    assert state(desk).since_sealed.gone("S1") == ["P1"]
    submit(desk, clock, replaced(NEXT, THIRD, absent="P2", came="P8"), SITE_CHIEF)
    assert [change.after for change in state(desk).since_sealed.changes] == [NEXT, THIRD]


def test_a_change_of_a_list_that_somebody_else_changed_meanwhile_is_refused(desk, clock):
    submit(desk, clock, replaced(), SITE_CHIEF)
    for late in (replaced(absent="P2"), by_hand()):
        with pytest.raises(Refused) as refused:
            submit(desk, clock, late, SITE_CHIEF, DEPUTY)
        assert refused.value.code == "list_changed_meanwhile"
    assert state(desk).plan == NEXT


def test_an_absence_is_recorded_once(desk, clock):
    submit(desk, clock, replaced(), SITE_CHIEF)
    with pytest.raises(Refused) as refused:
        submit(desk, clock, replaced(NEXT, THIRD), SITE_CHIEF)
    assert refused.value.code == "absence_on_record"


def test_only_an_office_sends_people_from_outside(desk, clock):
    with pytest.raises(Refused) as refused:
        submit(desk, clock, replaced(called=True), SITE_CHIEF)
    assert refused.value.code == "site_cannot_appoint"
    submit(desk, clock, replaced(called=True), CITY)
    assert state(desk).plan == NEXT


def test_two_persons_change_by_hand_and_only_before_the_sitting_begins(desk, clock):
    with pytest.raises(Refused) as refused:
        submit(desk, clock, by_hand(), SITE_CHIEF)
    assert refused.value.code == "second_person_missing"
    clock.at = minutes_after(STARTS, 1)
    with pytest.raises(Refused) as refused:
        submit(desk, clock, by_hand(), SITE_CHIEF, DEPUTY)
    assert refused.value.code == "sitting_has_begun"


def test_who_is_locked_is_moved_neither_by_a_replacement_nor_by_hand(desk, clock):
    submit(desk, clock, DutyLocked(person="P2", sitting="S1", locked=True, reason="护送特殊考生"), SITE_CHIEF)
    for fact in (by_hand(), replaced(moved=("P2",)), replaced(came="P2")):
        with pytest.raises(Refused) as refused:
            submit(desk, clock, fact, SITE_CHIEF, DEPUTY)
        assert refused.value.code == "duty_locked"
    submit(desk, clock, DutyLocked(person="P2", sitting="S1", locked=False, reason="不再需要"), SITE_CHIEF)
    submit(desk, clock, by_hand(), SITE_CHIEF, DEPUTY)


def test_a_locked_person_who_does_not_come_can_still_be_replaced(desk, clock):
    submit(desk, clock, DutyLocked(person="P1", sitting="S1", locked=True, reason="护送"), SITE_CHIEF)
    submit(desk, clock, replaced(), SITE_CHIEF)
    assert state(desk).since_sealed.locked == frozenset()


def test_who_reports_has_reported_until_they_are_found_missing(desk, clock):
    taken = DutyTaken(sitting="S1", site=SITE, person="P1", post="assistant_invigilator", way="number")
    submit(desk, clock, taken, SITE_CHIEF)
    submit(desk, clock, taken, SECOND)
    assert set(state(desk).since_sealed.taken) == {("S1", "P1")}
    submit(desk, clock, replaced(), SITE_CHIEF)
    assert not state(desk).since_sealed.taken


def test_another_sealed_attempt_begins_a_new_chain_and_keeps_the_locks(desk, clock):
    submit(desk, clock, DutyLocked(person="P2", sitting="S1", locked=True, reason="护送"), SITE_CHIEF)
    submit(desk, clock, replaced(), SITE_CHIEF)
    sealing(desk, clock, 2, THIRD)
    assert (state(desk).plan, state(desk).problem) == (THIRD, PROBLEM)
    assert state(desk).since_sealed.changes == ()
    assert state(desk).since_sealed.locked == {("S1", "P2")}


def test_an_invigilator_replaces_nobody(desk, clock):
    with pytest.raises(Refused) as refused:
        submit(desk, clock, replaced(), SECOND)
    assert refused.value.code == "post_not_entitled"
    assert minutes_after(ENDS, 0) > clock.now()

"""The ceremony of a draw: in its order, in public, and nothing is ever taken back."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from tests.small_exam import CHIEF, CITY, ENDS, SITE, SITE_CHIEF, STARTS, VAULT, desk_over, intent

from kaowu.basics.clock import Instant, SetClock, instant
from kaowu.basics.errors import Refused
from kaowu.exam.draw import Draw
from kaowu.facts.envelope import Actor
from kaowu.facts.lots import (
    DrawFailed,
    DrawPublished,
    DrawSealed,
    InputCommitted,
    LotsDrawn,
    RandomnessGiven,
)
from kaowu.facts.subjects import DrawKey
from kaowu.store.memory import MemoryBook

MORNING = instant(datetime.datetime(2027, 6, 6, 8, 0))
SECOND = Actor("city-2", "city_officer")
COUNTY = Actor("county-1", "county_officer")
DEPUTY = Actor("deputy-1", "deputy_site_chief")
AUDITOR = Actor("auditor-1", "auditor")
PAIR = (CITY, SECOND)
ROOMS = f"rooms/{SITE}"
A, B, PLAN, OTHER_PLAN = (bytes([n]) * 32 for n in range(1, 5))


def committed(attempt: int = 1, **more: Any) -> InputCommitted:
    usual = {"problem": A, "root": B, "leaves": 9, "salts": A, "engine": "draw/2", "rules": A}
    return InputCommitted(attempt=attempt, **(usual | more))


def hand(number: int, bits: int = 70, attempt: int = 1, method: str = "dice") -> RandomnessGiven:
    return RandomnessGiven(
        attempt=attempt, hand=number, method=method, symbols=9, bits=bits, commitment=A, witness="见证人"
    )


def drawn(attempt: int = 1, **more: Any) -> LotsDrawn:
    usual = {
        "problem": A,
        "plan": PLAN,
        "seed_digest": A,
        "engine": "draw/2",
        "people": 4,
        "duties": 4,
        "breaks": 0,
    }
    return LotsDrawn(attempt=attempt, **(usual | more))  # fmt: skip


def sealed(attempt: int = 1, plan: bytes = PLAN) -> DrawSealed:
    return DrawSealed(attempt=attempt, plan=plan, sealed_file=A)


def published(attempt: int = 1, reason: str = "", root: bytes = B) -> DrawPublished:
    return DrawPublished(attempt=attempt, plan=PLAN, root=root, seed="ab", ceremony=A, reason=reason)


DRAWN = [committed(), hand(1), hand(2), drawn()]
SEALED = [*DRAWN, sealed()]


class Ceremony:
    """A desk at which one draw is held."""

    def __init__(self, subject: str = "sent", at: Instant = MORNING) -> None:
        self.book, self.clock, self.subject = MemoryBook(), SetClock(at), subject
        self.desk = desk_over(self.book, self.clock)

    def do(self, *facts: Any, actors: tuple[Actor, ...] = PAIR) -> None:
        """Each fact in turn; raises Refused."""
        site = DrawKey.read(self.subject).site or None
        for fact in facts:
            self.desk.submit(intent(fact, *actors, at=self.clock.now(), subject=self.subject, site=site))

    def refused(self, fact: Any, actors: tuple[Actor, ...] = PAIR) -> str:
        with pytest.raises(Refused) as refusal:
            self.do(fact, actors=actors)
        return refusal.value.code

    def draw(self) -> Draw:
        """The draw as everything on record makes it."""
        found = Draw.begin(DrawKey.read(self.subject))
        for recorded in self.book.records:
            if recorded.envelope.subject == self.subject:
                found = found.after(recorded.envelope.fact(dict(recorded.personal)), recorded.envelope.id)
        return found


@pytest.mark.parametrize(
    ("before", "fact", "code"),
    [
        ([], hand(1), "attempt_not_latest"),
        ([], drawn(), "attempt_not_latest"),
        ([], sealed(), "attempt_not_latest"),
        ([], committed(2, reason="重来"), "attempt_out_of_order"),
        ([committed()], hand(2), "hand_out_of_order"),
        ([committed(), hand(1)], hand(1), "hand_out_of_order"),
        ([committed()], hand(1, method="beacon"), "beacon_not_named"),
        ([committed(), hand(1)], drawn(), "too_little_chance"),
        ([committed(beacon="drand 5"), hand(1), hand(2)], drawn(), "beacon_missing"),
        ([committed(), hand(1), hand(2)], drawn(problem=B), "not_the_committed_input"),
        ([committed(), hand(1), hand(2)], drawn(engine="draw/1"), "not_the_committed_input"),
        ([committed(), hand(1), hand(2)], drawn(breaks=1), "plan_not_accepted"),
        ([committed(), hand(1), hand(2)], sealed(), "another_plan_was_drawn"),
        (DRAWN, hand(3), "attempt_ended"),
        (DRAWN, drawn(), "attempt_ended"),
        (DRAWN, sealed(plan=OTHER_PLAN), "another_plan_was_drawn"),
        (DRAWN, published(), "draw_not_sealed"),
        (DRAWN, committed(2), "another_attempt_needs_reason"),
        (SEALED, sealed(), "draw_already_sealed"),
        (SEALED, published(root=A, reason="决定"), "draw_not_sealed"),
        (SEALED, published(), "papers_not_over"),
        ([*SEALED, published(reason="决定公开")], published(reason="再次"), "draw_published"),
        ([*SEALED, published(reason="决定公开")], committed(2, reason="重来"), "draw_published"),
    ],
)  # fmt: skip
def test_steps_out_of_order_are_refused_and_say_why(before, fact, code):
    held = Ceremony()
    held.do(*before)
    assert held.refused(fact) == code
    assert held.book.records[-1].envelope.kind == "attempt_refused", "the trying is on record"


def test_a_second_attempt_needs_a_reason_and_a_witness_and_the_first_stays_on_record():
    held = Ceremony()
    held.do(committed(), hand(1))
    assert held.refused(committed(2)) == "another_attempt_needs_reason"
    assert held.refused(committed(2, reason="漏报三人"), actors=(CITY,)) == "second_person_missing"
    held.do(committed(2, reason="漏报三人"), hand(1, attempt=2), hand(2, attempt=2), drawn(2), sealed(2))
    draw = held.draw()
    assert [attempt.number for attempt in draw.attempts.values()] == [1, 2]
    assert (draw.attempts[1].bits, draw.attempts[1].sealed) == (70, None)
    assert draw.attempts[2].committed.reason == "漏报三人" and draw.plan == PLAN
    assert held.refused(hand(2, attempt=1)) == "attempt_not_latest", "what was given up does not go on"


def test_a_failed_draw_is_an_attempt_on_record_after_which_only_another_can_begin():
    held = Ceremony()
    held.do(committed(), hand(1), hand(2), DrawFailed(attempt=1, code="draw_not_found", sentence="没有抽法"))
    assert held.refused(drawn()) == "attempt_ended"
    held.do(committed(2, reason="放宽同校限制后重抽"))
    assert held.draw().latest.number == 2


def test_a_beacon_named_beforehand_comes_in_once_and_gives_no_chance_by_itself():
    held = Ceremony()
    held.do(committed(beacon="drand 123456"), hand(1, 128), hand(2, 0, method="beacon"))
    assert held.refused(hand(3, 0, method="beacon")) == "beacon_not_named"
    held.do(drawn())


@pytest.mark.parametrize("fact", [committed(), drawn(), sealed(), published(reason="决定")])
def test_one_person_alone_does_none_of_it(fact):
    assert Ceremony().refused(fact, actors=(CITY,)) == "second_person_missing"
    assert Ceremony().refused(fact, actors=(CITY, CITY)) == "second_person_missing"


@pytest.mark.parametrize(
    ("subject", "actors", "code"),
    [
        ("sent", PAIR, None),
        ("sent", (CITY, AUDITOR), None),
        ("sent", (COUNTY, CITY), None),
        ("sent", (SITE_CHIEF, DEPUTY), "site_cannot_appoint"),
        ("sent", (AUDITOR, VAULT), "site_cannot_appoint"),
        ("sent", (CITY, CHIEF), "post_not_entitled"),
        ("seats", (SITE_CHIEF, DEPUTY), "site_cannot_appoint"),
        (ROOMS, (SITE_CHIEF, DEPUTY), None),
        (ROOMS, (SITE_CHIEF, VAULT), None),
        (ROOMS, (VAULT, AUDITOR), "site_cannot_appoint"),
        (ROOMS, (CITY, SITE_CHIEF), None),
    ],
)
def test_the_city_sends_and_a_site_only_draws_its_own_rooms(subject, actors, code):
    held = Ceremony(subject)
    if code is None:
        held.do(committed(), actors=actors)
    else:
        assert held.refused(committed(), actors=actors) == code


def test_where_the_whole_city_sends_a_county_does_not_hold_that_draw():
    from kaowu.loop.profile_of_exam import profile_of

    held = Ceremony()
    held.desk.profile_of = profile_of
    assert held.refused(committed(), actors=(COUNTY, Actor("county-2", "county_officer"))) == "city_sends"
    held.do(committed(), actors=(COUNTY, CITY))


def test_nothing_is_drawn_or_sealed_once_the_sitting_has_begun():
    held = Ceremony(at=STARTS)
    assert held.refused(committed()) == "sitting_has_begun"
    held = Ceremony()
    held.do(*DRAWN)
    held.clock.at = STARTS
    assert held.refused(sealed()) == "sitting_has_begun"


def test_after_the_last_paper_it_is_published_without_a_decision():
    held = Ceremony()
    held.do(*SEALED)
    held.clock.at = ENDS
    held.do(published())
    assert held.draw().latest.published is not None


def test_seats_are_published_at_once():
    held = Ceremony("seats")
    held.do(*SEALED, published())


def test_the_witness_is_personal_and_not_in_the_entry():
    held = Ceremony()
    held.do(committed(), hand(1))
    recorded = held.book.records[-1]
    assert (
        "见证人" not in recorded.entry.decode("utf-8", "replace") and recorded.personal["witness"] == "见证人"
    )


@pytest.mark.parametrize("subject", ["nothing", "rooms", "rooms/a/b/c", "sent/x", "rooms//01"])
def test_a_draw_that_does_not_exist_is_refused(subject):
    held = Ceremony()
    with pytest.raises(Refused) as refusal:
        held.desk.submit(intent(committed(), *PAIR, at=MORNING, subject=subject))
    assert refusal.value.code == "draw_unknown"

"""A packet comes back short: the count is recorded as it is, and said aloud."""

import pytest
from tests.small_exam import CHIEF, EXAM, ROOM, SECOND, STARTS, VAULT, desk_over, in_room, seats, tickets

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.basics.errors import Severity
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.papers import PacketHandedOut, SheetsCounted
from kaowu.loop.desk import Desk
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.registry import judge
from kaowu.store.memory import MemoryBook


@pytest.fixture
def clock():
    return SetClock(minutes_after(STARTS, -30))


@pytest.fixture
def book():
    return MemoryBook(seats())


@pytest.fixture
def desk(book, clock):
    """A room of five: four came, one is absent, six sheets were handed out."""
    desk_over(book, clock)
    desk = Desk(book, clock, lambda k, f, s, a: judge(k, f, s, a.profile, a.circumstances), profile_of)
    out = PacketHandedOut(packet="P1", seal="A1", sheets=6, subject="语文")
    desk.submit(in_room(out, VAULT, CHIEF, at=clock.now()))
    for ticket in tickets(ROOM)[1:]:
        entry = CandidateAdmitted(admission_number=ticket, identity="matched")
        desk.submit(in_room(entry, CHIEF, at=clock.now()))
    clock.advance(minutes=50)
    desk.submit(in_room(CandidateAbsent(admission_number=tickets(ROOM)[0]), CHIEF, at=clock.now()))
    clock.advance(minutes=140)
    return desk


def counted(desk, clock, **figures):
    fact = SheetsCounted(**({"issued": 6, "used": 4, "absent": 1, "spare": 1, "void": 0} | figures))
    return desk.submit(in_room(fact, CHIEF, SECOND, at=clock.now()))


def test_a_full_count_closes_without_a_finding(desk, book, clock):
    assert counted(desk, clock).findings == ()
    assert book.figures[EXAM, ROOM].balances


@pytest.mark.feature("PAP-14")
def test_one_sheet_short_is_recorded_with_the_figures_and_what_to_do(desk, book, clock):
    receipt = counted(desk, clock, used=3)
    assert receipt.findings
    worst = max(receipt.findings, key=lambda finding: finding.severity)
    assert worst.severity == Severity.URGENT or worst.severity == Severity.ACT
    assert any("6" in finding.sentence.zh and "5" in finding.sentence.zh for finding in receipt.findings)
    assert all(finding.clause and finding.remedy for finding in receipt.findings)
    assert not book.figures[EXAM, ROOM].balances


def test_a_second_count_that_closes_puts_the_room_in_order(desk, book, clock):
    counted(desk, clock, used=3)
    assert counted(desk, clock).findings == ()
    assert book.figures[EXAM, ROOM].balances

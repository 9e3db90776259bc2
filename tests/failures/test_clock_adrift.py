"""Clocks disagree: the record keeps both times, the order is the journal's, and the drift is said."""

from tests.small_exam import CHIEF, ROOM, STARTS, desk_over, in_room, seats, tickets

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.facts.entry import CandidateAdmitted
from kaowu.loop.desk import Desk
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.registry import judge
from kaowu.store.memory import MemoryBook


def node(clock):
    book = MemoryBook(seats())
    desk_over(book, clock)
    return book, Desk(book, clock, lambda k, f, s, a: judge(k, f, s, a.profile, a.circumstances), profile_of)


def admitted(seat, at):
    fact = CandidateAdmitted(admission_number=tickets(ROOM)[seat], identity="matched")
    return in_room(fact, CHIEF, at=at, device=f"gate-{seat}")


def test_a_terminal_that_runs_ahead_is_recorded_and_named():
    clock = SetClock(minutes_after(STARTS, -25))
    book, desk = node(clock)
    right = desk.submit(admitted(0, clock.now()))
    ahead = desk.submit(admitted(1, minutes_after(clock.now(), 5)))
    assert [finding.code for finding in right.findings] == []
    assert any(finding.code.startswith("clocks.") for finding in ahead.findings)
    record = book.records[ahead.index]
    assert record.envelope.stamped_at == minutes_after(clock.now(), 5)
    assert record.recorded_at == clock.now()


def test_the_order_is_the_order_of_recording_whatever_the_terminals_say():
    clock = SetClock(minutes_after(STARTS, -25))
    _book, desk = node(clock)
    later = desk.submit(admitted(0, minutes_after(clock.now(), 1)))
    earlier = desk.submit(admitted(1, minutes_after(clock.now(), -1)))
    assert later.index < earlier.index


def test_a_node_whose_clock_jumps_back_goes_on_from_its_latest_time():
    clock = SetClock(minutes_after(STARTS, -25))
    _book, desk = node(clock)
    before = desk.submit(admitted(0, clock.now()))
    clock.advance(minutes=-60)
    after = desk.submit(admitted(1, clock.now()))
    assert after.recorded_at == before.recorded_at
    assert after.index == before.index + 1


def test_what_is_recorded_after_the_clock_jumped_back_is_judged_by_the_time_that_is_recorded():
    clock = SetClock(minutes_after(STARTS, -25))
    _book, desk = node(clock)
    desk.submit(admitted(0, clock.now()))
    clock.advance(minutes=-60)
    stamped = clock.now()
    late = desk.submit(admitted(1, stamped))
    assert late.recorded_at - stamped >= 3_600_000
    assert "clocks.recorded_late" in {finding.code for finding in late.findings}, (
        "as every node above will find"
    )

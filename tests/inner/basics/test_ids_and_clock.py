"""Fact ids and exam time."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.clock import Instant, SetClock, exam_time, instant, minutes_after
from kaowu.basics.ids import fact_id, new_fact_id


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_fact_id_is_a_uuid_of_version_7_with_its_time_in_front(at, chance):
    made = new_fact_id(Instant(at), chance)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == at
    assert fact_id(str(made)) == made


def test_the_same_chance_gives_the_same_id_and_other_chance_another():
    assert new_fact_id(Instant(5), b"0123456789") == new_fact_id(Instant(5), b"0123456789")
    assert new_fact_id(Instant(5), b"0123456789") != new_fact_id(Instant(5), b"0123456780")


def test_exam_time_is_eight_hours_ahead_of_utc_the_whole_year():
    for month in (1, 7):
        at = instant(datetime(2027, month, 7, 1, 0, tzinfo=UTC))
        assert exam_time(at).hour == 9
        assert instant(datetime(2027, month, 7, 9, 0)) == at


@given(st.integers(0, 2**42))
def test_an_instant_keeps_its_milliseconds(at):
    assert instant(exam_time(Instant(at))) == at


def test_a_set_clock_moves_only_when_told():
    clock = SetClock(Instant(1_000))
    assert clock.now() == clock.now() == 1_000
    assert clock.advance(minutes=1.5) == minutes_after(Instant(1_000), 1) + 30_000

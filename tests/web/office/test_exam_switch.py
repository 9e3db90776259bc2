"""The words beside the exam's name in the top bar: its phase, and the days that are left."""

from datetime import datetime
from types import SimpleNamespace

import pytest

from kaowu.basics.clock import instant
from kaowu.web.office import exam_here

STARTS, ENDS = instant(datetime(2027, 6, 7, 9)), instant(datetime(2027, 6, 10, 17))


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 11, 25, 4, 42), "考前筹备 · 距首场 194 天"),
        (datetime(2027, 6, 6, 23, 59), "考前筹备 · 距首场 1 天"),
        (datetime(2027, 6, 7, 8, 30), "考中实施"),
        (datetime(2027, 6, 10, 17), "考中实施"),
        (datetime(2027, 6, 10, 17, 1), "考后收尾"),
    ],
)
def test_days_are_counted_by_the_calendar_and_the_first_day_is_exam_time(monkeypatch, now, words):
    monkeypatch.setattr(exam_here, "exam_time_now", lambda _exam: SimpleNamespace(now=instant(now)))
    line = SimpleNamespace(code="gk", archived=False, starts_at=STARTS, ends_at=ENDS)
    assert exam_here.phase_in_words(line) == words

"""Exam time: Asia/Shanghai, fixed at +08:00, counted in whole milliseconds.

China keeps one time and no summer time, so exam time is a fixed offset and
never a look-up in a zone table. Inner floors get a clock as an argument; only
the roof makes a `SystemClock`.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import NewType, Protocol

EXAM_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z."""


class Clock(Protocol):
    """Whoever can tell the time."""

    source: str
    """Where the time comes from, as recorded with each fact: `node`, `ntp`, `script`."""

    def now(self) -> Instant:
        """The present instant."""
        ...


class SystemClock:
    """The clock of this machine."""

    source = "node"

    def now(self) -> Instant:
        """Milliseconds of the machine's wall clock."""
        return Instant(time.time_ns() // 1_000_000)


@dataclass
class SetClock:
    """A clock that stands where it was set: for tests, replays and rehearsals."""

    at: Instant
    source: str = "script"

    def now(self) -> Instant:
        """The instant it was set to."""
        return self.at

    def advance(self, *, minutes: float = 0, seconds: float = 0) -> Instant:
        """Move the hands forward (or back, with a negative length)."""
        self.at = Instant(self.at + round((minutes * 60 + seconds) * 1000))
        return self.at


def instant(moment: datetime) -> Instant:
    """The instant of a datetime; one without a zone is read as exam time."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=EXAM_ZONE)
    return Instant((moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1))


def exam_time(at: Instant) -> datetime:
    """The instant on the exam's clock, +08:00."""
    return datetime.fromtimestamp(at // 1000, EXAM_ZONE) + timedelta(milliseconds=at % 1000)


def minutes_after(at: Instant, minutes: int) -> Instant:
    """The instant so many minutes later (earlier when negative)."""
    return Instant(at + minutes * 60_000)

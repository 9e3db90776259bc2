"""What time it is for an exam: the node's time, or the played time while the exam is rehearsed."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant, SystemClock
from kaowu.store import bulk


@dataclass(frozen=True, slots=True)
class ExamTime:
    """The exam's clock at one moment: what it shows, how fast it runs, whether it is played."""

    now: Instant
    real_now: Instant
    speed: float = 1.0
    is_exercise: bool = False

    @property
    def source(self) -> str:
        """The time source as facts record it: `script` while the exam is played."""
        return "script" if self.is_exercise else SystemClock.source


def exam_time_now(exam: str, real_now: Instant | None = None) -> ExamTime:
    """The exam's clock now."""
    real = SystemClock().now() if real_now is None else real_now
    # Asked for every fact and every look at a wall, so past the object mapper.
    rows = bulk.rows("SELECT played_at, real_at, speed FROM store_playedclock WHERE exam = %s", [exam])
    for played_at, real_at, speed in rows:
        played = Instant(played_at + round((real - real_at) * speed))
        return ExamTime(played, real, speed, is_exercise=True)
    return ExamTime(real, real)

"""What time it is for an exam: the node's time, or the played time while the exam is rehearsed."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant, SystemClock
from kaowu.store.models import PlayedClock


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
    row = PlayedClock.objects.filter(exam=exam).first()
    if row is None:
        return ExamTime(real, real)
    played = Instant(row.played_at + round((real - row.real_at) * row.speed))
    return ExamTime(played, real, row.speed, is_exercise=True)

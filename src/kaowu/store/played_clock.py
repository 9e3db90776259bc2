"""Setting the played clock: a demonstration or rehearsal says which time it plays, and how fast."""

from kaowu.basics.clock import Instant, SystemClock
from kaowu.store.models import PlayedClock


def play(exam: str, played_at: Instant, speed: float = 1.0) -> None:
    """From now on the exam's clock shows this time and runs at this speed; 0 stands still."""
    now = SystemClock().now()
    PlayedClock.objects.update_or_create(
        exam=exam, defaults={"played_at": played_at, "real_at": now, "speed": speed}
    )


def stop(exam: str) -> None:
    """The exam's clock is the node's own again."""
    PlayedClock.objects.filter(exam=exam).delete()

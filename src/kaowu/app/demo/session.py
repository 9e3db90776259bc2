"""One demonstration from beginning to end: the example is there, a day is played, the archive is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kaowu.app import example
from kaowu.app.demo.doors import Door, InProcess, OverHttp
from kaowu.app.demo.people import close_cast, open_cast
from kaowu.app.demo.play import Player, Progress
from kaowu.basics.clock import SystemClock
from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.envelope import Actor


def play_day(
    *,
    exam: str,
    seed: int,
    day: int,
    speed: float | None,
    server: str,
    archive: Path | None,
    tell: Progress,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Play one day; returns counts of outcomes and findings, and where the archive is."""
    from django.conf import settings

    exam = exam or example.EXAM
    door: Door
    if speed is None:
        _open_node(say)
        door = InProcess()
    else:
        door = OverHttp(server or f"http://127.0.0.1:{settings.PORT}")
    _require_unplayed(exam, seed)
    player = Player(door, exam, open_cast(exam), _clock_of(exam), tell)
    try:
        played = player.play(seed, day=day - 1, speed=speed)
    finally:
        close_cast()
        _clock_back(exam)
    result: dict[str, Any] = {
        "exam": exam,
        "seed": seed,
        "sittings": list(played.sittings),
        "requests": played.requests,
        "outcomes": dict(played.outcomes),
        "findings": dict(played.findings),
        "refusals": dict(played.refusals),
        "sites_signed": played.signed,
    }
    if archive is not None:
        result |= _archive(exam, archive)
    return result


def _open_node(say: Callable[[str], None]) -> None:
    """A new data folder becomes a node with the example exam, as the first start does it."""
    from kaowu.app import first_start
    from kaowu.app.run import prepare_database

    prepare_database()
    first_start.prepare(say)


def _clock_of(exam: str) -> Callable[[int, float], None]:
    from kaowu.store.models import PlayedClock

    def set_clock(at: int, speed: float) -> None:
        PlayedClock.objects.update_or_create(
            exam=exam, defaults={"played_at": at, "real_at": SystemClock().now(), "speed": speed}
        )

    return set_clock


def _clock_back(exam: str) -> None:
    """The played clock stands where the day ended, so that the screens keep showing that day."""
    from kaowu.store.models import PlayedClock
    from kaowu.store.queries.exam_clock import exam_time_now

    now = exam_time_now(exam)
    if now.is_exercise:
        PlayedClock.objects.filter(exam=exam).update(played_at=now.now, real_at=now.real_now, speed=0.0)


def _require_unplayed(exam: str, seed: int) -> None:
    from django.db import connection

    from kaowu.store.models import RoomSitting
    from kaowu.store.queries import exams

    is_new = RoomSitting._meta.db_table not in connection.introspection.table_names()
    if is_new or exams.exam(exam) is None or not exams.sites(exam):
        raise Refused(
            "nothing_to_play",
            Sentence(
                f"不能演示：没有已编排座位的考试“{exam}”。", f"Cannot play: no exam {exam} with sealed seats."
            ),
        )
    if RoomSitting.objects.filter(exam_id=exam, entered__gt=0, packets=0).exists():
        raise Refused(
            "exam_already_begun",
            Sentence("不能演示：这场考试已有真实记录。", "Cannot play: this exam holds real records."),
        )


def _archive(exam: str, path: Path) -> dict[str, Any]:
    from kaowu.web.node_key import verifying_key
    from kaowu.web.works.archive import close_archive

    closed = close_archive(exam, path, Actor("city", "city_officer"))
    return {
        "archive": str(path),
        "key": verifying_key().to_text(),
        "facts": closed.sealed.size,
        "root": closed.sealed.root.hex(),
    }

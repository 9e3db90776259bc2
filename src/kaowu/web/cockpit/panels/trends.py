"""Three trends: entries per five minutes, rooms unsealed, rooms that gave their packets back."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from kaowu.basics.clock import Instant, exam_time, minutes_after
from kaowu.store.queries.flow import BUCKET_MS
from kaowu.web.cockpit.board import Board
from kaowu.web.cockpit.charts import Bar, bars, line
from kaowu.web.cockpit.panels import panel

ENTRY_FROM, ENTRY_TO = -60, 30  # minutes around the start


@panel(
    zh="入场流量　条 / 5 分钟",
    en="Entries recorded per 5 minutes",
    level="area",
    place="trend",
    order=10,
)
def entry_flow(board: Board) -> str:
    """Bars of entries; the running five minutes in the accent colour."""
    start = minutes_after(board.sitting.starts_at, ENTRY_FROM)
    start = Instant(start - start % BUCKET_MS)
    count = (ENTRY_TO - ENTRY_FROM) * 60_000 // BUCKET_MS
    items = []
    for number in range(count):
        at = start + number * BUCKET_MS
        is_now = at <= board.clock.now < at + BUCKET_MS
        word = f"{exam_time(Instant(at)):%H:%M}" if number % 6 == 0 else ""
        items.append(Bar(board.flow.entries.get(at, 0), is_now, word))
    largest = max((item.value for item in items), default=0)
    said = _("Entries per five minutes; the most was %(n)d.") % {"n": largest}
    return bars(items, said)


@panel(zh="已启封考场　间", en="Rooms unsealed", level="area", place="trend", order=20)
def rooms_unsealed(board: Board) -> str:
    """How many rooms have unsealed, around the start."""
    begin = minutes_after(board.sitting.starts_at, -30)
    end = minutes_after(board.sitting.starts_at, 30)
    return _rising(board, board.flow.unsealed_at, begin, end, _("Rooms unsealed"))


@panel(zh="已回收考场　间", en="Rooms collected", level="area", place="trend", order=30)
def rooms_collected(board: Board) -> str:
    """How many rooms have given packets back, around the end."""
    begin = minutes_after(board.sitting.ends_at, -15)
    end = minutes_after(board.sitting.ends_at, 45)
    return _rising(board, board.flow.collected_at, begin, end, _("Rooms collected"))


def _rising(board: Board, times: Sequence[Instant], begin: Instant, end: Instant, name: str) -> str:
    length = end - begin
    points = [(min(1.0, max(0.0, (at - begin) / length)), number) for number, at in enumerate(times, 1)]
    words = [
        (share, f"{exam_time(Instant(begin + round(length * share))):%H:%M}") for share in (0.0, 0.5, 1.0)
    ]
    passed = (board.clock.now - begin) / length
    now = min(1.0, passed) if passed > 0 or points else None
    said = _("%(name)s: %(done)d of %(all)d.") % {"name": name, "done": len(times), "all": board.rooms_total}
    return line(points, board.rooms_total, words, now, said)

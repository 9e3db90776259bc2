"""The minute script at the foot of the wall: what was last, what is now, what comes."""

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from kaowu.web.cockpit.board import Board
from kaowu.web.cockpit.panels import panel
from kaowu.web.permissions import POSTS

SHOWN = 5
COUNTED_DOWN_MS = 24 * 3_600_000  # before that the status bar counts the days


@panel(zh="分钟脚本", en="Minute script", level="area", place="foot", order=10)
def minutes(board: Board) -> str:
    """The running step in the accent colour, one before it, three after it."""
    rows, now = board.minutes, board.clock.now
    past = sum(at <= now for at, _step in rows)
    start = max(0, min(past - 2, len(rows) - SHOWN))
    shown = [
        {
            "at": at,
            "label": step.label,
            "post": POSTS.get(step.post, _("Site office") if step.post == "site_office" else step.post),
            "is_past": number < past - 1,
            "is_now": number == past - 1,
            "is_counted_down": now < at <= now + COUNTED_DOWN_MS,
        }
        for number, (at, step) in enumerate(rows)
        if start <= number < start + SHOWN
    ]
    return render_to_string("kaowu/cockpit/panels/minutes.html", {"steps": shown})

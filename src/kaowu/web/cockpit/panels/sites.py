"""The sites of the sitting, worst first; the quiet rest folded into one row with its sum."""

from collections import Counter

from django.template.loader import render_to_string

from kaowu.store.queries import day
from kaowu.web.cockpit.board import Board, SiteRow
from kaowu.web.cockpit.panels import panel

MOST = 8


@panel(zh="考点，问题在前", en="Sites, worst first", level="area", place="main", order=10)
def sites(board: Board) -> str:
    """As many as fit on the wall; what is right comes last and is summed up."""
    shown, rest = board.sites[:MOST], board.sites[MOST:]
    if len(rest) == 1:
        shown, rest = board.sites, ()
    marked = Counter(row.condition.mark for row in board.sites)
    context = {
        "board": board,
        "rows": shown,
        "rest": _sum(rest) if rest else None,
        "marks": [(mark, marked[mark]) for mark in ("3", "2", "1", "unknown", "ok")],
    }
    return render_to_string("kaowu/cockpit/panels/sites.html", context)


def _sum(rows: tuple[SiteRow, ...]) -> dict[str, object]:
    return {
        "sites": len(rows),
        "figures": day.total(row.line.figures for row in rows),
        "rooms": sum(row.line.rooms for row in rows),
        "unsealed": sum(row.line.rooms_unsealed for row in rows),
        "counted": sum(row.line.rooms_counted for row in rows),
    }

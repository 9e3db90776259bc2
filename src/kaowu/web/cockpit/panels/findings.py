"""Open findings, worst first, each with how long it stands."""

from django.template.loader import render_to_string

from kaowu.store.queries import places
from kaowu.web.cockpit.board import Board
from kaowu.web.cockpit.panels import panel

MOST = 5


@panel(zh="未结发现", en="Open findings", level="area", place="column", order=10)
def findings(board: Board) -> str:
    """The worst few; how many more there are stands below."""
    names = places.short_names({found.site for found in board.findings[:MOST]})
    shown = [{"found": found, "site": names.get(found.site, found.site)} for found in board.findings[:MOST]]
    context = {"shown": shown, "total": len(board.findings), "more": max(0, len(board.findings) - MOST)}
    return render_to_string("kaowu/cockpit/panels/findings.html", context)

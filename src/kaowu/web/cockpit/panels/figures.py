"""The six figures of the wall, each with its denominator."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from kaowu.web.cockpit.board import Board
from kaowu.web.cockpit.panels import panel


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: label with its unit, value of base, a line below with its state."""

    label: str
    value: int
    base: int | None
    below: str = ""
    level: str = ""  # 1, 2, 3 for abnormal


@panel(zh="数目", en="Figures", level="area site", place="figures", order=10)
def figures(board: Board) -> str:
    """Persons, rooms and packets never share a figure."""
    return render_to_string("kaowu/cockpit/panels/figures.html", {"figures": six_figures(board)})


def six_figures(board: Board) -> list[Figure]:
    """People entered, absent, in doubt; rooms unsealed and balanced; packets back."""
    sums = board.figures
    begun = board.clock.now >= board.sitting.starts_at
    waiting = sums.expected - sums.entered - sums.absent
    missing = board.rooms_total - board.rooms_unsealed
    unbalanced = sum(row.unbalanced for row in board.sites)
    percent = f"{100 * sums.entered / sums.expected:.1f}%" if sums.expected >= 100 else ""
    return [
        Figure(_("Entered / expected, persons"), sums.entered, sums.expected, percent),
        Figure(
            _("Absent, persons"),
            sums.absent,
            sums.expected,
            _("%(n)s not yet decided") % {"n": f"{waiting:,}"} if waiting > 0 else _("all decided"),
        ),
        Figure(
            _("In doubt, persons"),
            sums.in_doubt,
            sums.entered,
            _("to be settled in this sitting") if sums.in_doubt else "",
            "1" if sums.in_doubt else "",
        ),
        Figure(
            _("Unsealed, rooms"),
            board.rooms_unsealed,
            board.rooms_total,
            _("%(n)d begun without unsealing") % {"n": missing} if begun and missing else "",
            "2" if begun and missing else "",
        ),
        Figure(
            _("Counted, rooms"),
            board.rooms_counted,
            board.rooms_total,
            _("%(n)d do not close") % {"n": unbalanced} if unbalanced else "",
            "3" if unbalanced else "",
        ),
        Figure(_("Collected, packets"), sums.collected, sums.packets, _("of those handed out")),
    ]

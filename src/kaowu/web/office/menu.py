"""The left menu: built from the `MENU` entries that page modules declare, nothing listed by hand.

    MENU = MenuEntry("prepare", _("Seat plans"), view="seats", permission="seats.see", order=50)

`MENU` may also be a tuple of entries. An entry is shown to those who have its permission.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaowu.web.access import scope_of
from kaowu.web.pages import page_modules

PHASES: dict[str, Promise] = {
    "prepare": _("Prepare"),
    "conduct": _("Conduct"),
    "settle": _("Settle"),
    "improve": _("Improve"),
}
PARTS: dict[str, Promise] = {"registry": _("Registers"), "node": _("This node")}


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """One line of the menu. `part` is a phase of the loop, "registry" or "node"."""

    part: str
    label: Promise
    view: str
    permission: str
    order: int = 50
    icon: str = ""  # shown outside the phases
    count: Callable[[HttpRequest], int] | None = None  # what waits there; 0 shows nothing
    whole: bool = False  # acts on the whole exam: shown to those whose area of duty holds the exam itself


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as one person sees it now."""

    label: str
    address: str
    icon: str
    current: bool
    count: int


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase of the loop with its lines; only the open one shows them."""

    label: str
    icon: str
    address: str
    open: bool
    lines: tuple[Line, ...]


@functools.cache
def entries() -> tuple[MenuEntry, ...]:
    """All declared entries in their order."""
    found: list[MenuEntry] = []
    for module in page_modules():
        declared = getattr(module, "MENU", ())
        found.extend((declared,) if isinstance(declared, MenuEntry) else declared)
    return tuple(sorted(found, key=lambda entry: (entry.order, entry.view)))


def phases(request: HttpRequest, exam_path: str) -> tuple[Phase, ...]:
    """The four phases, without those in which this account has nothing to do; the exam shown lies at `exam_path`."""
    built = []
    for name, label in PHASES.items():
        lines = _lines(request, name, exam_path)
        if lines:
            is_open = any(line.current for line in lines)
            built.append(Phase(str(label), name, lines[0].address, is_open, lines))
    return tuple(built)


def parts(request: HttpRequest) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """Registers and node: heading and lines."""
    built = ((str(label), _lines(request, name)) for name, label in PARTS.items())
    return tuple((label, lines) for label, lines in built if lines)


def _lines(request: HttpRequest, part: str, exam_path: str = "") -> tuple[Line, ...]:
    built = []
    for entry in entries():
        scope = scope_of(request.user, entry.permission)
        if entry.part == part and (scope.covers(exam_path) if entry.whole else scope.paths):
            address = reverse(entry.view)
            current = request.path == address or request.path.startswith(address.rstrip("/") + "/")
            count = entry.count(request) if entry.count else 0
            built.append(Line(str(entry.label), address, entry.icon or "right", current, count))
    longest = max((len(line.address) for line in built if line.current), default=0)
    return tuple(line if not line.current or len(line.address) == longest else _quiet(line) for line in built)


def _quiet(line: Line) -> Line:
    return Line(line.label, line.address, line.icon, False, line.count)

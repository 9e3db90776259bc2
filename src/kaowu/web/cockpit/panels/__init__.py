"""Panels of the cockpit: one file each, placed by its declaration, found by walking this package.

    @panel(zh="入场流量", en="Entry flow", level="area", place="trend", order=10)
    def entry_flow(board: Board) -> str:
        return ...                     # the HTML inside the panel

A province adds panels in `<its package>.web.cockpit.panels` and names the package in KAOWU_EXTENSIONS.
`level` is "area" or "site", or both with a space between. `place` is "figures", "column", "trend", "main"
or "foot"; panels of one place stand in the order of `order`. A panel is told nothing personal and must show
nothing personal.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from kaowu.basics.errors import Sentence
from kaowu.basics.extensions import packages_of
from kaowu.web.cockpit.board import Board

PLACES = ("figures", "column", "trend", "main", "foot")

Draw = Callable[[Board], str]


@dataclass(frozen=True)
class Panel:
    """One panel: its names, where it stands, how it is drawn."""

    name: str
    title: Sentence
    levels: tuple[str, ...]
    place: str
    order: int
    draw: Draw


def panel(*, zh: str, en: str, level: str, place: str, order: int = 50) -> Callable[[Draw], Panel]:
    """Declare a panel."""
    if place not in PLACES:
        raise ValueError(f"a panel stands in one of {', '.join(PLACES)}, not in {place!r}")

    def declare(draw: Draw) -> Panel:
        return Panel(draw.__name__, Sentence(zh, en), tuple(level.split()), place, order, draw)

    return declare


def panels(level: str) -> tuple[Panel, ...]:
    """The panels of a level in their order, of this house and of the extensions."""
    found = _gathered(packages_of("web.cockpit.panels")).values()
    shown = [one for one in found if level in one.levels]
    return tuple(sorted(shown, key=lambda one: (PLACES.index(one.place), one.order, one.name)))


@cache
def _gathered(packages: tuple[str, ...]) -> Mapping[str, Panel]:
    found: dict[str, Panel] = {}
    for package in packages:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            for item in vars(importlib.import_module(module.name)).values():
                if isinstance(item, Panel) and found.setdefault(item.name, item) is not item:
                    raise ValueError(f"two panels are called {item.name}")
    return found

"""The whole print pack: cover, papers of every room, and the tickets, site by site.

The size counts candidates: 30 to a room, 50 rooms to a site, one sitting.
"""

from pathlib import Path
from typing import Any

from benchmarks import _print_input

NAME = "print-pack"
SIZES = (1_500, 42_000)


def make_input(size: int, folder: Path) -> None:
    _print_input.write(size, folder)


def set_up(folder: Path) -> Any:
    return _print_input.set_up()


def run(state: Any, size: int, folder: Path) -> dict[str, object]:
    return _print_input.print_sites(state, size, folder, None)

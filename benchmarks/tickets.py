"""Admission tickets with photograph, QR code and Chinese names, set and bound site by site.

Every ticket has a name, a number and a photograph (480 x 640) of its own, so
nothing is remembered from one ticket to the next but what real tickets share.
"""

from pathlib import Path
from typing import Any

from benchmarks import _print_input

NAME = "tickets"
SIZES = (1_000, 5_000, 42_000)


def make_input(size: int, folder: Path) -> None:
    _print_input.write(size, folder)


def set_up(folder: Path) -> Any:
    return _print_input.set_up()


def run(state: Any, size: int, folder: Path) -> dict[str, object]:
    from kaowu.reports.admission_ticket import document

    return _print_input.print_sites(state, size, folder, [document])

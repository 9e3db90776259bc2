"""Reading answer sheets: A4 of 522 bubbles at 300 dpi, from the bytes of the file to answers, on one core."""

from pathlib import Path
from typing import Any

from benchmarks import _scans

NAME = "sheet-read-300"
SIZES = (50, 200, 800)


def make_input(size: int, folder: Path) -> None:
    _scans.make(folder, 300)


def set_up(folder: Path) -> Any:
    return _scans.reader(folder)


def run(state: Any, size: int, folder: Path) -> dict[str, Any]:
    return _scans.read(state, size, folder)

"""Reading answer sheets: A4 of 522 bubbles at 200 dpi, from its file to what is written of it, in one reading process."""

from pathlib import Path
from typing import Any

from benchmarks import _scans

NAME = "sheet-read"
SIZES = (50, 200, 800)


def make_input(size: int, folder: Path) -> None:
    _scans.make(folder, 200)


def set_up(folder: Path) -> None:
    _scans.begin(folder)


def run(state: None, size: int, folder: Path) -> dict[str, Any]:
    return _scans.read(size, folder)

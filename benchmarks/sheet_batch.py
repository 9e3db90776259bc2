"""A folder of answer sheets (A4, 200 dpi) on all cores: sheets a minute, and whether memory stays level.

The same two dozen scans are read again and again under new names. `rss_first_mb` and `rss_last_mb`
are the memory of the whole process tree after the first tenth and at the end.
"""

import os
from pathlib import Path
from typing import Any

from benchmarks import _scans

NAME = "sheet-batch"
SIZES = (200, 1_000, 20_000)


def make_input(size: int, folder: Path) -> None:
    _scans.make(folder, 200)
    (folder / "batch").mkdir()
    for number in range(size):
        os.link(folder / f"{number % _scans.DISTINCT:02}.jpg", folder / "batch" / f"{number:06}.jpg")


def set_up(folder: Path) -> Any:
    import cv2

    from kaowu.engines.omr.layout import Layout

    layout = Layout.from_bytes((folder / "layout.json").read_bytes())
    return layout, cv2.imread(str(folder / "blank.png"), cv2.IMREAD_GRAYSCALE)


def run(state: Any, size: int, folder: Path) -> dict[str, Any]:
    from kaowu.cli._process_tree import tree_mb
    from kaowu.engines.omr.batch import read_batch
    from kaowu.engines.omr.files import Source

    layout, blank = state
    pages = [Source(path, 1, 1) for path in sorted((folder / "batch").iterdir())]
    cores = len(os.sched_getaffinity(0))
    rejected = first = 0.0
    for done, (_name, entry) in enumerate(
        read_batch(layout, blank, pages, cores, folder / "kept.part"), start=1
    ):
        rejected += entry["error"] is not None
        if done == max(1, size // 10):
            first = tree_mb(os.getpid())
        last = tree_mb(os.getpid()) if done == size else 0.0
    return {"rejected": rejected, "rss_first_mb": round(first, 1), "rss_last_mb": round(last, 1)}

"""Scanned sheets for the benchmarks: some dozen marked and scanned by computation, taken in turn."""

import datetime
from pathlib import Path
from typing import Any

DISTINCT = 24
SHEET = "a4-100"


def make(folder: Path, dpi: int, distinct: int = DISTINCT) -> None:
    """Layout, blank and so many scans into a folder."""
    import cv2
    from numpy.random import PCG64, Generator

    from kaowu.engines.omr.trial.run import marked
    from kaowu.engines.omr.trial.scanner import TYPICAL, scan_bytes
    from kaowu.reports.sheets import blank
    from kaowu.reports.sheets.designs import DESIGNS

    spec = DESIGNS[SHEET]
    printed = blank.pdf(spec, datetime.datetime(2027, 6, 7, tzinfo=datetime.UTC))
    layout = blank.layouts(spec)[0]
    (folder / "layout.json").write_bytes(layout.to_bytes())
    cv2.imwrite(str(folder / "blank.png"), blank.raster(printed, 0, 200))
    image = blank.raster(printed, 0, dpi)
    for number in range(distinct):
        chance = Generator(PCG64(number))
        sheet, _ = marked(layout, image, dpi, chance)
        (folder / f"{number:02}.jpg").write_bytes(scan_bytes(sheet, dpi, TYPICAL, chance))


def reader(folder: Path) -> Any:
    """A reader of these sheets on one core, warmed up."""
    import cv2

    from kaowu.engines.omr.layout import Layout
    from kaowu.engines.omr.read import Reader

    cv2.setNumThreads(1)
    found = Reader(
        Layout.from_bytes((folder / "layout.json").read_bytes()),
        cv2.imread(str(folder / "blank.png"), cv2.IMREAD_GRAYSCALE),
    )
    found.read_bytes((folder / "00.jpg").read_bytes())
    return found


def read(state: Any, size: int, folder: Path) -> dict[str, Any]:
    """Read so many pages from their files on."""
    rejected = flagged = 0
    for number in range(size):
        reading = state.read_bytes((folder / f"{number % DISTINCT:02}.jpg").read_bytes())
        rejected += reading.error is not None
        flagged += sum(answer.flag for answer in reading.answers)
    return {"rejected": rejected, "flagged_fields": flagged, "fields": len(state.layout.fields) * size}

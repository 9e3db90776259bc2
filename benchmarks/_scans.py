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


def begin(folder: Path) -> None:
    """Make this process one that reads these sheets, as `kaowu sheet read` has them, warmed up."""
    import cv2

    from kaowu.engines.omr import batch

    blank = cv2.imread(str(folder / "blank.png"), cv2.IMREAD_GRAYSCALE)
    batch.begin((folder / "layout.json").read_bytes(), blank)
    batch.read_one(_source(folder, 0))


def read(size: int, folder: Path) -> dict[str, Any]:
    """Read so many pages, from their files to what is written of them."""
    from kaowu.engines.omr import batch

    rejected = flagged = fields = 0
    for number in range(size):
        entry = batch.read_one(_source(folder, number))
        rejected += entry["error"] is not None
        flagged += sum(field["flag"] for field in entry["fields"].values())
        fields += len(entry["fields"])
    return {"rejected": rejected, "flagged_fields": flagged, "fields": fields}


def _source(folder: Path, number: int) -> Any:
    from kaowu.engines.omr.files import Source

    return Source(folder / f"{number % DISTINCT:02}.jpg", 1, 1)

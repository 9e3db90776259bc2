"""Sheets for the tests of the reader: one small layout, its blank, and readers of both."""

import datetime
from functools import cache

from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey
from kaowu.engines.omr.read import Reader
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.spec import Questions, SheetSpec

SPEC = SheetSpec(
    name="test-30",
    title="测试卡",
    parts=(Questions(1, 20), Questions(21, 10, options=5, multiple=True)),
    number_digits=8,
    paper_types=("A", "B"),
)
AT = datetime.datetime(2027, 6, 7, tzinfo=datetime.UTC)


@cache
def printed(spec: SheetSpec = SPEC) -> bytes:
    return blank.pdf(spec, AT)


@cache
def layout(spec: SheetSpec = SPEC) -> Layout:
    return blank.layouts(spec)[0]


@cache
def blank_at(dpi: int, spec: SheetSpec = SPEC) -> Grey:
    return blank.raster(printed(spec), 0, dpi)


@cache
def reader(spec: SheetSpec = SPEC) -> Reader:
    return Reader(layout(spec), blank_at(200, spec))

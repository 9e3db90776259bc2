"""Typesetting: pages of data and one layout go in, a PDF comes out.

Layouts are constant Typst source; what is printed reaches them as JSON and
pictures, never as source, so no name can become a command. The same input
gives the same bytes: the document's date is the time of printing it was given.
"""

import datetime
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy
import pikepdf
import typst
import zxingcpp

from kaowu.basics.clock import EXAM_ZONE
from kaowu.reports import fonts
from kaowu.reports.photographs import Picture, decodes
from kaowu.reports.stand_ins import StandIns

_LIBRARY = Path(__file__).parent / "paper.typ"
_BLANKS = 4
_MAIN = """\
#import "paper.typ": *
{imports}
#let layouts = ({names})
#let job = json("job.json")
#show: paper.with(job)
#for sheet in job.sheets {{
  page(..sizes.at(sheet.paper), margin: 0mm, layouts.at(sheet.layout)(sheet.data + (imprint: job.imprint)))
}}
"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page to be set: its layout (Typst source), its paper, its data."""

    layout: str
    paper: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Imprint:
    """What the foot of every page says about its origin."""

    title: str
    printed_at: datetime.datetime
    digest: str

    def as_dict(self) -> dict[str, str]:
        """The imprint as the layouts read it."""
        when = self.printed_at.astimezone(EXAM_ZONE)
        groups = " ".join(self.digest[i : i + 4] for i in range(0, min(len(self.digest), 8), 4))
        return {
            "title": self.title,
            "printed": f"{when.year}年{when.month}月{when.day}日 {when:%H:%M}",
            "digest": groups,
        }


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code to be shown; its text holds identifiers only."""

    text: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A Code 128 to be shown; it is stretched to its place."""

    text: str


class LayoutOverflow(RuntimeError):
    """A page did not fit its sheet: the file would have more pages than were counted."""


def typeset(sheets: Sequence[Sheet], imprint: Imprint) -> bytes:
    """Set the sheets into one PDF, one page each, in their order.

    A photograph that turns out to be damaged in its middle leaves an empty
    frame; it does not cost the others their papers.
    """
    try:
        return _set(sheets, imprint, keeps=lambda picture: True)
    except typst.TypstError:
        damaged = {picture for picture in _pictures(sheets) if not decodes(picture.content)}
        if not damaged:
            raise
        return _set(sheets, imprint, keeps=lambda picture: picture not in damaged)


def forget() -> None:
    """Let the setter drop what it remembers of pages that were set a while ago.

    It keeps everything for ten compilations. A few blank ones make it older at
    little cost, and a process that sets chunk after chunk stays at its size.
    """
    for _ in range(_BLANKS):
        typst.compile(b"", font_paths=_typst_fonts(), ignore_system_fonts=True)


def _set(sheets: Sequence[Sheet], imprint: Imprint, keeps: Callable[[Picture], bool]) -> bytes:
    layouts = list(dict.fromkeys(sheet.layout for sheet in sheets))
    stand_ins, codes = StandIns(), bytearray()
    with tempfile.TemporaryDirectory(prefix="kaowu-press-") as folder:
        desk = Path(folder)  # Typst reads files inside its root and nothing else

        def place(value: object) -> object:
            if isinstance(value, Picture):
                return _place_picture(value, stand_ins, desk) if keeps(value) else None
            if isinstance(value, Code):
                return _place_code(value, codes)
            if isinstance(value, Bars):
                return _place_bars(value, codes)
            raise TypeError(f"no JSON form for {type(value).__name__}")

        job = {
            "imprint": imprint.as_dict(),
            "sheets": [
                {"layout": layouts.index(sheet.layout), "paper": sheet.paper, "data": sheet.data}
                for sheet in sheets
            ],
        }
        (desk / "job.json").write_text(json.dumps(job, ensure_ascii=False, default=place), encoding="utf-8")
        (desk / "codes").write_bytes(codes)  # one file: opening many costs more than setting
        (desk / "main.typ").write_text(_main(len(layouts)), encoding="utf-8")
        (desk / "paper.typ").write_bytes(_library())
        for number, layout in enumerate(layouts):
            (desk / f"layout{number}.typ").write_text(layout, encoding="utf-8")
        content = typst.compile(
            str(desk / "main.typ"),
            root=folder,
            font_paths=_typst_fonts(),
            ignore_system_fonts=True,
            timestamp=imprint.printed_at,
            pdf_tags=False,
        )
    return _finished(content, stand_ins, len(sheets))


def _finished(content: bytes, stand_ins: StandIns, pages: int) -> bytes:
    """The file with its photographs, once it has exactly the pages that were counted."""
    with pikepdf.open(BytesIO(content)) as pdf:
        if len(pdf.pages) != pages:
            raise LayoutOverflow(f"{len(pdf.pages)} pages for {pages} sheets")
        if not stand_ins.photographs:
            return content
        stand_ins.exchange(pdf)
        finished = BytesIO()
        pdf.save(finished, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return finished.getvalue()


def _pictures(value: object) -> Iterator[Picture]:
    """Every photograph anywhere in the data."""
    if isinstance(value, Picture):
        yield value
    elif isinstance(value, Sheet):
        yield from _pictures(value.data)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _pictures(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _pictures(part)


def _main(layouts: int) -> str:
    """The frame that calls each sheet's layout; only numbers vary, never data."""
    imports = "\n".join(f'#import "layout{i}.typ" as layout{i}' for i in range(layouts))
    names = " ".join(f"layout{i}.page-of," for i in range(layouts))
    return _MAIN.format(imports=imports, names=names)


def _place_picture(picture: Picture, stand_ins: StandIns, desk: Path) -> dict[str, object]:
    number = stand_ins.take(picture)
    if number is not None:
        return {"stand_in": list(number)}
    name = hashlib.sha256(picture.content).hexdigest()[:24]
    (desk / name).write_bytes(picture.content)
    return {"file": f"/{name}"}


def _place_code(code: Code, points: bytearray) -> dict[str, int]:
    """A QR code with error correction M, one byte for each module, among all the codes."""
    barcode = zxingcpp.create_barcode(code.text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = numpy.asarray(barcode.to_image(scale=1, add_quiet_zones=False))
    start = len(points)
    points += modules.tobytes()
    return {"start": start, "modules": modules.shape[0]}


def _place_bars(bars: Bars, points: bytearray) -> dict[str, int]:
    """One row of a Code 128, one byte for each module, among all the codes."""
    barcode = zxingcpp.create_barcode(bars.text, zxingcpp.BarcodeFormat.Code128)
    modules = numpy.asarray(barcode.to_image(scale=1, add_quiet_zones=False, add_hrt=False))
    row = modules[modules.shape[0] // 2]
    start = len(points)
    points += row.tobytes()
    return {"start": start, "modules": len(row)}


@cache
def _library() -> bytes:
    return _LIBRARY.read_bytes()


@cache
def _typst_fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(fonts.unpacked())],
    )

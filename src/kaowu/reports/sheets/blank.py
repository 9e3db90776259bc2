"""The print of an answer sheet: from composed pages to PDF, and to the grey image of a blank.

What drops out is printed pale: 40 % grey, or pale red. Corner marks, tracks and
codes are black. Nothing is scaled: a millimetre of the layout is a millimetre
on paper.
"""

import datetime
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy
import pypdfium2
from numpy.typing import NDArray

from kaowu.engines.omr.layout import MM_PER_INCH, Box, Layout
from kaowu.reports.lettering import written
from kaowu.reports.sheets.compose import SheetPage, compose
from kaowu.reports.sheets.spec import Ink, SheetSpec
from kaowu.reports.typesetting import Bars, Code, Imprint, Sheet, typeset

QR_MARK = "KW1"
DIGEST_DIGITS = 16
MAC_DIGITS = 12

LAYOUT = r"""
#import "paper.typ": *

#let at(b, body) = place(top + left, dx: b.at(0) * 1mm, dy: b.at(1) * 1mm, body)
#let page-of(d) = {
  let pale = if d.ink == "red" { rgb("#e88a8a") } else { luma(60%) }
  for f in d.frames {
    let colour = if f.pale { pale } else { luma(30%) }
    at(f.box, rect(width: f.box.at(2) * 1mm, height: f.box.at(3) * 1mm, radius: if f.bubble { 0.4mm } else { 0mm },
      stroke: (paint: colour, thickness: 0.2mm, dash: if f.dashed { "dashed" } else { none })))
  }
  for w in d.words {
    at(w.box, box(width: w.box.at(2) * 1mm, height: w.box.at(3) * 1mm, align(eval-align.at(w.align) + horizon,
      text(size: w.size * 1pt, weight: if w.bold { "bold" } else { "regular" },
        fill: if w.pale { pale } else if d.ink == "red" and w.small { rgb("#c03a3a") } else { black }, say(w.text)))))
  }
  for b in d.black { at(b, rect(width: b.at(2) * 1mm, height: b.at(3) * 1mm, fill: black, stroke: none)) }
  for c in d.codes {
    if c.kind == "qr" { at(c.box, qr(c.code, c.box.at(2) * 1mm)) }
    else { at(c.box, bars(c.code, c.box.at(2) * 1mm, c.box.at(3) * 1mm)) }
  }
}
""".replace("#let at(", '#let eval-align = ("left": left, "center": center, "right": right)\n#let at(', 1)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose sheet this is; a blank sheet is nobody's."""

    exam: str = ""
    subject: str = ""
    room: str = ""
    seat: str = ""
    admission_number: str = ""
    serial: str = ""


NOBODY = Bearer()


def code_text(layout: Layout, bearer: Bearer = NOBODY, key: bytes = b"") -> str:
    """What the QR code says: `KW1|exam|subject|room|seat|page|serial|layout|mac`.

    `layout` is the beginning of the layout's digest; `mac` a keyed HMAC-SHA-256
    over all before it, empty without a key.
    """
    parts = [
        QR_MARK,
        bearer.exam,
        bearer.subject,
        bearer.room,
        bearer.seat,
        str(layout.page),
        bearer.serial,
        layout.digest[:DIGEST_DIGITS],
    ]
    said = "|".join(parts)
    mac = hmac.digest(key, said.encode(), "sha256").hex()[:MAC_DIGITS] if key else ""
    return f"{said}|{mac}"


def layouts(spec: SheetSpec, bearer: Bearer = NOBODY, key: bytes = b"") -> list[Layout]:
    """The layouts of all pages, with what their codes carry."""
    return [_carrying(page.layout, bearer, key) for page in compose(spec)]


def pdf(
    spec: SheetSpec,
    printed_at: datetime.datetime,
    bearers: Sequence[Bearer] = (NOBODY,),
    key: bytes = b"",
) -> bytes:
    """The printed sheets of these bearers, all pages of one after another."""
    pages = compose(spec)
    sheets = [
        Sheet(LAYOUT, spec.paper.value, _data(spec, page, bearer, key))
        for bearer in bearers
        for page in pages
    ]
    return typeset(sheets, Imprint(spec.title, printed_at, pages[0].layout.digest))


def raster(document: bytes, page: int, dpi: int) -> NDArray[numpy.uint8]:
    """One page as a grey image: uncropped, upright, at 100 % of `dpi`."""
    with_pages = pypdfium2.PdfDocument(document)
    try:
        bitmap = with_pages[page].render(scale=dpi / 72, grayscale=True)
        return (
            numpy.array(bitmap.to_numpy())[:, :, 0]
            if bitmap.to_numpy().ndim == 3
            else bitmap.to_numpy().copy()
        )
    finally:
        with_pages.close()


def pixels(layout: Layout, dpi: int) -> tuple[int, int]:
    """Width and height of a page at so many dots an inch."""
    return round(layout.width / MM_PER_INCH * dpi), round(layout.height / MM_PER_INCH * dpi)


def _carrying(layout: Layout, bearer: Bearer, key: bytes) -> Layout:
    texts = {"qr": code_text(layout, bearer, key), "code128": bearer.admission_number}
    return replace(layout, codes=tuple(replace(code, text=texts[code.type]) for code in layout.codes))


def _data(spec: SheetSpec, page: SheetPage, bearer: Bearer, key: bytes) -> Mapping[str, object]:
    layout = _carrying(page.layout, bearer, key)
    black = [one.box for one in layout.fiducials] + [mark for track in layout.timing for mark in track.marks]
    bubbles = {_hundredths(option.box) for option in layout.options}
    return {
        "ink": Ink(spec.ink).value,
        "black": [_list(box) for box in black],
        "frames": [
            {
                "box": _list(frame.box),
                "pale": frame.pale,
                "dashed": frame.dashed,
                "bubble": _hundredths(frame.box) in bubbles,
            }
            for frame in page.frames
        ],
        "words": [
            {
                "text": written(word.text),
                "box": _list(word.box),
                "size": word.size,
                "bold": word.bold,
                "align": word.align,
                "pale": word.pale,
                "small": word.size < 9,
            }
            for word in page.words
        ],
        "codes": [
            {
                "kind": code.type,
                "box": _list(code.box),
                "code": Code(code.text) if code.type == "qr" else Bars(code.text),
            }
            for code in layout.codes
            if code.text
        ],
    }


def _hundredths(box: Box) -> tuple[int, int]:
    x, y = box.centre
    return round(x * 100), round(y * 100)


def _list(box: Box) -> list[float]:
    return [box.x, box.y, box.w, box.h]

"""Pictures of fields and writing areas for those who judge them: nothing on them says whose sheet it is."""

import tempfile
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
from django.conf import settings
from numpy.typing import NDArray

from kaowu.engines.omr.codes import MARGIN_MM, window_image
from kaowu.engines.omr.files import Source, load
from kaowu.engines.omr.layout import Box, CodeWindow, Layout
from kaowu.engines.omr.page import Grey, Page, Rejected, decode
from kaowu.engines.omr.read import Registered
from kaowu.exam.sheet_bag import IDENTITY
from kaowu.exam.sheet_readings import NUMBER, PageRead
from kaowu.store import artefacts
from kaowu.store.queries import exams
from kaowu.store.queries.sheet_bags import BagView
from kaowu.web.works.sheet_scans import reader_of

SCALE, AREA_SCALE, PAGE_SCALE = 9.0, 6.0, 5.0  # pixels a millimetre
BESIDE_MM, ABOVE_MM, HEADING_MM = 9.0, 6.5, 3.0
WHOLE_WIDTH = 1_000
_BLUE = (192, 96, 24)
_COVER = 200
IDENTITY_AREA = "identity"
"""The name of a keep-out that holds name, number or label: no picture for a reviewer shows it."""


def crop(view: BagView, page: PageRead, field: str) -> bytes | None:
    """A PNG of one field with its neighbours, the field framed; None if the page cannot be laid flat."""
    layout, laid = _laid(view, page)
    box = _box(layout, field)
    if laid is None or box is None:
        return None
    beside, above = BESIDE_MM - MARGIN_MM, ABOVE_MM - MARGIN_MM
    window = Box(box.x - beside, box.y - above, box.w + 2 * beside, box.h + 2 * above)
    flat = _flat(laid, window, SCALE)
    if field != IDENTITY:
        whole = flat.copy()
        _cover(flat, window, SCALE, identity_areas(layout))
        _uncover(flat, whole, window, SCALE, _options(layout, field))
    picture = cv2.cvtColor(flat, cv2.COLOR_GRAY2BGR)
    left, top = BESIDE_MM - 1.2, ABOVE_MM - 1.2
    corners = [(left, top), (left + box.w + 2.4, top + box.h + 2.4)]
    first, last = ((round(x * SCALE), round(y * SCALE)) for x, y in corners)
    cv2.rectangle(picture, first, last, _BLUE, 2)
    return _png(picture)


def area(view: BagView, page: PageRead, box: Box) -> bytes | None:
    """A PNG of a writing area with the heading above it; None if the page cannot be laid flat."""
    layout, laid = _laid(view, page)
    if laid is None:
        return None
    window = Box(box.x, box.y - HEADING_MM, box.w, box.h + HEADING_MM)
    flat = _flat(laid, window, AREA_SCALE)
    _cover(flat, window, AREA_SCALE, identity_areas(layout))
    return _png(flat)


def identity_areas(layout: Layout) -> list[Box]:
    """Where a form printed elsewhere says whose it is, as those who described it have drawn it."""
    return [one.box for one in layout.keepout if one.id == IDENTITY_AREA]


def hides_identity(layout: Layout) -> bool:
    """Is it known where a page says whose it is? The house's own sheets have it above the end of their codes."""
    return bool(layout.codes or identity_areas(layout))


def below_identity(view: BagView, page: PageRead) -> bytes | None:
    """A PNG of a page on which everything that says whose it is is covered; None if that is not known, or it does not lie flat."""
    layout, laid = _laid(view, page)
    if laid is None or not hides_identity(layout):
        return None
    inner = Box(MARGIN_MM, MARGIN_MM, layout.width - 2 * MARGIN_MM, layout.height - 2 * MARGIN_MM)
    flat = _flat(laid, inner, PAGE_SCALE)
    grid = [one.box for field in layout.fields if field.id.startswith(NUMBER) for one in field.options]
    if layout.codes:
        head = [one.box for one in layout.codes] + grid
        flat[: round((max(box.bottom for box in head) + MARGIN_MM) * PAGE_SCALE)] = _COVER
    _cover(flat, inner, PAGE_SCALE, identity_areas(layout) + grid)
    return _png(flat)


def whole(page: PageRead) -> bytes | None:
    """A small picture of a whole page, for whoever has the bag in hand; None if it is no image."""
    try:
        grey = _page(page.file, _kind(page), page.number, page.of).grey
    except Rejected:
        return None
    high = round(grey.shape[0] * WHOLE_WIDTH / grey.shape[1])
    return _png(cv2.resize(grey, (WHOLE_WIDTH, high), interpolation=cv2.INTER_AREA))


def options_of(view: BagView, page: PageRead, field: str) -> tuple[str, ...]:
    """What a field may say; for an identity the seats of the bag."""
    if field == IDENTITY:
        return tuple(sorted(view.seats.values()))
    approved = exams.plan(view.exam).sheets[view.subject]
    layout = reader_of(approved.design, page.side).layout
    return tuple(option.value for one in layout.fields if one.id == field for option in one.options)


def fields_of(view: BagView, side: int) -> tuple[str, ...]:
    """Every field of one side, in the order of its layout."""
    approved = exams.plan(view.exam).sheets[view.subject]
    return tuple(one.id for one in reader_of(approved.design, side).layout.fields)


def _box(layout: Layout, field: str) -> Box | None:
    """What a crop is about: the bubbles of a field, or the number grid with what is written above it."""
    wanted = _options(layout, field)
    if not wanted:
        return None
    left, top = min(box.x for box in wanted), min(box.y for box in wanted)
    if field == IDENTITY:
        top -= 8
    right, bottom = max(box.right for box in wanted), max(box.bottom for box in wanted)
    return Box(left, top, right - left, bottom - top)


def _options(layout: Layout, field: str) -> list[Box]:
    """The bubbles of a field, or of the number grid."""
    return [
        option.box
        for one in layout.fields
        if one.id == field or (field == IDENTITY and one.id.startswith(NUMBER))
        for option in one.options
    ]


def _cover(flat: Grey, window: Box, scale: float, boxes: Iterable[Box]) -> None:
    """Paint over what lies in these boxes, with a margin: handwriting leaves its line."""
    left, top = window.x - MARGIN_MM, window.y - MARGIN_MM
    for box in boxes:
        x, y = (max(0, round((at - MARGIN_MM) * scale)) for at in (box.x - left, box.y - top))
        right, bottom = ((at + MARGIN_MM) * scale for at in (box.right - left, box.bottom - top))
        flat[y : max(0, round(bottom)), x : max(0, round(right))] = _COVER


def _uncover(flat: Grey, whole: Grey, window: Box, scale: float, boxes: Iterable[Box]) -> None:
    """Put back what is to be judged: the margin around a covered area may reach into bubbles beside it."""
    left, top = window.x - MARGIN_MM, window.y - MARGIN_MM
    for box in boxes:
        x, y, right, bottom = (
            max(0, round(mm * scale))
            for mm in (box.x - left, box.y - top, box.right - left, box.bottom - top)
        )
        flat[y:bottom, x:right] = whole[y:bottom, x:right]


def _laid(view: BagView, page: PageRead) -> tuple[Layout, Registered | None]:
    """The layout of a page, and the page laid over it."""
    design = exams.plan(view.exam).sheets[view.subject].design
    laid = _registered(page.file, _kind(page), page.number, page.of, page.side, design)
    return reader_of(design, page.side).layout, laid


def _flat(laid: Registered, box: Box, scale: float) -> Grey:
    """A part of the page upright, with the margin of a code's window around it."""
    return window_image(laid.page.grey, laid.mapping, CodeWindow("crop", "qr", box), scale)


@lru_cache(maxsize=12)
def _registered(file: bytes, kind: str, number: int, of: int, side: int, design: bytes) -> Registered | None:
    """The page laid over its layout; kept, since the fields of a page are asked for one after another."""
    return reader_of(design, side).read(_page(file, kind, number, of)).registered


def _page(file: bytes, kind: str, number: int, of: int) -> Page:
    content = artefacts.read(file)
    if of == 1:
        return decode(content) if kind != ".pdf" else _from_folder(content, kind, number, of)
    return _from_folder(content, kind, number, of)


def _from_folder(content: bytes, kind: str, number: int, of: int) -> Page:
    with tempfile.TemporaryDirectory(dir=settings.DATA.uploads) as folder:
        path = Path(folder) / f"file{kind}"
        path.write_bytes(content)
        return load(Source(path, number, of))


def _kind(page: PageRead) -> str:
    return Path(page.name).suffix.lower()


def _png(picture: NDArray[Any]) -> bytes:
    _ok, made = cv2.imencode(".png", picture)
    return made.tobytes()

"""Where everything stands on one printed page (版式): the single source for the blank, the reader and the crops.

One JSON file a page, `kaowu.layout/1`. Millimetres with two decimals at most,
origin at the page's top left, y downwards; x, y is the top left corner of a
box. The digest names a layout: SHA-256 of its JSON without the codes' texts,
UTF-8, keys sorted, no spaces.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy
from numpy.typing import NDArray

from kaowu.basics.errors import Refused, Sentence

FORMAT = "kaowu.layout/1"
FIELD_TYPES = ("single", "multiple", "digit", "invigilator")
MM_PER_INCH = 25.4
LARGEST_MM = 1200


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in millimetres."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def centre(self) -> tuple[float, float]:
        return self.x + self.w / 2, self.y + self.h / 2

    def meets(self, other: "Box") -> bool:
        """Whether the two share any area."""
        return (
            self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Option:
    """One bubble of a field."""

    value: str
    box: Box


@dataclass(frozen=True, slots=True)
class Field:
    """One question, one digit of a number, or one box of the invigilators."""

    id: str
    type: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A rectangle with a name: a corner mark, a handwriting area, an anchor, a keep-out."""

    id: str
    box: Box


@dataclass(frozen=True, slots=True)
class Track:
    """A row of timing marks (定位点) along one edge."""

    id: str
    marks: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class CodeWindow:
    """Where a code stands, of which kind, and what this blank carries."""

    id: str
    type: str  # qr | code128
    box: Box
    text: str = ""


@dataclass(frozen=True)
class Layout:
    """One page of a sheet."""

    id: str
    page: int
    pages: int
    width: float
    height: float
    fiducials: tuple[Named, ...]
    timing: tuple[Track, ...]
    fields: tuple[Field, ...]
    keepout: tuple[Named, ...] = ()
    codes: tuple[CodeWindow, ...] = ()
    areas: tuple[Named, ...] = ()
    anchors: tuple[Named, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The layout's name in hexadecimal; the texts of codes do not count."""
        plain = self.to_plain()
        for code in plain["codes"]:
            code.pop("text", None)
        return hashlib.sha256(_canonical(plain)).hexdigest()

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """Every bubble of the page, field by field."""
        return tuple(option for field in self.fields for option in field.options)

    @cached_property
    def edges(self) -> NDArray[numpy.float64]:
        """Left, top, right and bottom of every bubble: options × 4."""
        boxes = [option.box for option in self.options]
        return numpy.array([(box.x, box.y, box.right, box.bottom) for box in boxes]).reshape(-1, 4)

    @cached_property
    def solid(self) -> NDArray[numpy.float64]:
        """Middles of what is printed solid: the corner marks, and every third mark of each track."""
        boxes = [one.box for one in self.fiducials] + [
            mark for track in self.timing for mark in track.marks[::3]
        ]
        return numpy.array([box.centre for box in boxes]).reshape(-1, 2)

    @classmethod
    def from_bytes(cls, content: bytes) -> "Layout":
        """A layout from JSON; raises Refused naming what is wrong with it."""
        try:
            plain = json.loads(content)
            if not isinstance(plain, dict) or plain.get("format") != FORMAT:
                raise ValueError(f"format is not {FORMAT}")
            layout = _layout(plain)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise Refused(
                "layout_unreadable",
                Sentence(f"版式文件无法读懂：{error}", f"The layout cannot be read: {error}"),
                remedy=Sentence(
                    "请按 docs/reference/sheet-layout.md 的格式改正。",
                    "Correct it by docs/reference/sheet-layout.md.",
                ),
            ) from error
        for fault in faults(layout):
            raise Refused("layout_faulty", fault)
        return layout

    def to_bytes(self) -> bytes:
        """The layout as JSON, one spelling."""
        return _canonical(self.to_plain())

    def to_plain(self) -> dict[str, Any]:
        """The layout as JSON values, in the order of the format's description."""
        plain: dict[str, Any] = {
            "format": FORMAT,
            "id": self.id,
            "page": self.page,
            "pages": self.pages,
            "page_mm": [_mm(self.width), _mm(self.height)],
            "fiducials": [{"id": one.id, **_plain_box(one.box)} for one in self.fiducials],
            "timing": [
                {"id": track.id, "marks": [_plain_box(mark) for mark in track.marks]} for track in self.timing
            ],
            "fields": [
                {
                    "id": field.id,
                    "type": field.type,
                    "options": [
                        {"value": option.value, **_plain_box(option.box)} for option in field.options
                    ],
                }
                for field in self.fields
            ],
            "keepout": [{**_plain_box(one.box), "why": one.id} for one in self.keepout],
            "codes": [
                {"id": code.id, "type": code.type, **_plain_box(code.box)}
                | ({"text": code.text} if code.text else {})
                for code in self.codes
            ],
        }
        if self.areas:
            plain["areas"] = [{"id": one.id, **_plain_box(one.box)} for one in self.areas]
        if self.anchors:
            plain["anchors"] = [{"id": one.id, **_plain_box(one.box)} for one in self.anchors]
        return plain


def faults(layout: Layout) -> Iterator[Sentence]:
    """What makes a layout unusable: outside the page, over a keep-out, named twice."""
    page = Box(0, 0, layout.width, layout.height)
    if not (0 < layout.width <= LARGEST_MM and 0 < layout.height <= LARGEST_MM):
        yield Sentence("页面尺寸不合理", "The size of the page makes no sense")
        return
    seen: set[str] = set()
    for field in layout.fields:
        if field.id in seen:
            yield Sentence(f"题号“{field.id}”重复", f"Field {field.id!r} is given twice")
        seen.add(field.id)
        if field.type not in FIELD_TYPES:
            yield Sentence(
                f"“{field.id}”的类型不认识：{field.type}", f"{field.id!r} has an unknown type {field.type!r}"
            )
        if not field.options:
            yield Sentence(f"“{field.id}”没有选项", f"{field.id!r} has no options")
        values = [option.value for option in field.options]
        if len(set(values)) != len(values):
            yield Sentence(f"“{field.id}”的选项重复", f"{field.id!r} has the same option twice")
        for option in field.options:
            where = f"{field.id} {option.value}"
            if not _inside(option.box, page):
                yield Sentence(f"选项 {where} 超出页面", f"Option {where} leaves the page")
            for zone in layout.keepout:
                if option.box.meets(zone.box):
                    yield Sentence(
                        f"选项 {where} 落在禁涂区（{zone.id}）",
                        f"Option {where} lies in a keep-out ({zone.id})",
                    )
    for code in layout.codes:
        if code.type not in ("qr", "code128"):
            yield Sentence(f"条码类型不认识：{code.type}", f"Unknown type of code {code.type!r}")


def _inside(box: Box, page: Box) -> bool:
    return box.x >= 0 and box.y >= 0 and box.right <= page.w + 1e-6 and box.bottom <= page.h + 1e-6


def _layout(plain: Mapping[str, Any]) -> Layout:
    width, height = (_number(value) for value in plain["page_mm"])
    return Layout(
        id=_text(plain["id"]),
        page=_whole(plain.get("page", 1)),
        pages=_whole(plain.get("pages", 1)),
        width=width,
        height=height,
        fiducials=tuple(Named(_text(one["id"]), _box(one)) for one in plain.get("fiducials", ())),
        timing=tuple(
            Track(_text(one["id"]), tuple(_box(mark) for mark in one["marks"]))
            for one in plain.get("timing", ())
        ),
        fields=tuple(
            Field(
                _text(one["id"]),
                _text(one["type"]),
                tuple(Option(_text(option["value"]), _box(option)) for option in one["options"]),
            )
            for one in plain["fields"]
        ),
        keepout=tuple(Named(str(one.get("why", "")), _box(one)) for one in plain.get("keepout", ())),
        codes=tuple(
            CodeWindow(_text(one["id"]), _text(one["type"]), _box(one), str(one.get("text", "")))
            for one in plain.get("codes", ())
        ),
        areas=tuple(Named(_text(one["id"]), _box(one)) for one in plain.get("areas", ())),
        anchors=tuple(
            Named(str(one.get("id", f"a{number}")), _box(one))
            for number, one in enumerate(plain.get("anchors", ()), start=1)
        ),
    )


def _box(plain: Mapping[str, Any]) -> Box:
    box = Box(*(_number(plain[name]) for name in ("x", "y", "w", "h")))
    if box.w <= 0 or box.h <= 0:
        raise ValueError("a box has no size")
    return box


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"not a measure in millimetres: {value!r}")
    return float(value)


def _whole(value: Any) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"not a page number: {value!r}")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"not a name: {value!r}")
    return value


def _plain_box(box: Box) -> dict[str, float | int]:
    return {"x": _mm(box.x), "y": _mm(box.y), "w": _mm(box.w), "h": _mm(box.h)}


def _mm(value: float) -> float | int:
    """Two decimals at most; whole millimetres without a point."""
    short = round(value, 2)
    return int(short) if short == int(short) else short


def _canonical(plain: Any) -> bytes:
    return json.dumps(
        plain, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    ).encode()

"""What scanners make of a sheet: feed, light, dirt, compression."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from kaowu.engines.omr.page import Grey, decode

KNOT = 16  # pixels between the places at which a distortion is worked out
BANK = 1 << 24

Light = NDArray[numpy.float32]
Grid = NDArray[numpy.floating[Any]]


@dataclass(frozen=True, slots=True)
class Condition:
    """How badly a sheet is scanned; every number is the most that chance may choose."""

    name: str
    turn: float = 0.4  # degrees
    shift_mm: float = 1.0
    scale: float = 0.003
    stretch_mm: float = 0.15  # uneven feed over the page
    shear: float = 0.001
    blur: float = 0.5  # pixels at 200 dpi
    noise: float = 2.0
    shade: float = 0.02
    paper: tuple[float, float] = (235, 252)
    black: tuple[float, float] = (10, 45)
    quality: tuple[int, int] = (85, 95)
    streaks: float = 0.0
    specks: int = 4
    fold: float = 0.0
    torn: float = 0.0
    upside_down: float = 0.0
    perspective: float = 0.0


CLEAN = Condition("clean")
TYPICAL = Condition(
    "typical",
    turn=1.2,
    shift_mm=2.0,
    scale=0.008,
    stretch_mm=0.4,
    shear=0.004,
    blur=0.8,
    noise=5.0,
    shade=0.06,
    paper=(215, 250),
    black=(15, 70),
    quality=(70, 92),
    streaks=0.05,
    specks=20,
    upside_down=0.1,
)
BAD = Condition(
    "bad",
    turn=3.0,
    shift_mm=3.5,
    scale=0.012,
    stretch_mm=0.8,
    shear=0.01,
    blur=1.3,
    noise=9.0,
    shade=0.15,
    paper=(185, 245),
    black=(25, 95),
    quality=(45, 80),
    streaks=0.3,
    specks=80,
    fold=0.25,
    torn=0.05,
    upside_down=0.3,
    perspective=0.004,
)
CONDITIONS = {one.name: one for one in (CLEAN, TYPICAL, BAD)}


def scan(sheet: Grey, dpi: float, condition: Condition, chance: Generator) -> Grey:
    """The sheet as the scanner delivers it, decoded again."""
    content = scan_bytes(sheet, dpi, condition, chance)
    return decode(content).grey


def scan_bytes(sheet: Grey, dpi: float, condition: Condition, chance: Generator) -> bytes:
    """The bytes of the scanner's JPEG."""
    page = _lit(_fed(sheet, dpi, condition, chance), condition, chance)
    page = _soiled(page, dpi, condition, chance)
    blur = float(chance.uniform(0.2, condition.blur)) * dpi / 200
    page = cv2.GaussianBlur(page, (0, 0), max(blur, 0.2))
    strength = float(condition.noise * chance.uniform(0.3, 1))
    grey = _as_grey(cv2.scaleAdd(_grain(page.shape, chance), strength, page))
    if chance.random() < condition.upside_down:
        grey = numpy.ascontiguousarray(numpy.rot90(grey, 2))
    quality = int(chance.integers(condition.quality[0], condition.quality[1] + 1))
    _, content = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return content.tobytes()


def _fed(sheet: Grey, dpi: float, condition: Condition, chance: Generator) -> Grey:
    """The sheet turned, shifted, stretched unevenly on a page of its own size."""
    height, width = sheet.shape
    mm = dpi / 25.4
    turn = math.radians(float(chance.uniform(-condition.turn, condition.turn)))
    across, down = (1 + float(chance.uniform(-condition.scale, condition.scale)) for _ in range(2))
    shear = float(chance.uniform(-condition.shear, condition.shear))
    dx, dy = (float(chance.uniform(-condition.shift_mm, condition.shift_mm)) * mm for _ in range(2))
    middle = numpy.array([width / 2, height / 2])
    matrix = numpy.array(
        [
            [across * math.cos(turn), -math.sin(turn) + shear, 0],
            [math.sin(turn), down * math.cos(turn), 0],
            [0, 0, 1],
        ]
    )
    matrix[:2, 2] = middle - matrix[:2, :2] @ middle + (dx, dy)
    if condition.perspective:
        matrix[2, :2] = chance.uniform(-condition.perspective, condition.perspective, 2) / max(width, height)
    back = numpy.linalg.inv(matrix)
    waves, phase = float(chance.uniform(0.5, 2.0)), float(chance.uniform(0, 2 * math.pi))
    uneven = condition.stretch_mm * mm * float(chance.uniform(0, 1))

    def source(xs: Grid, ys: Grid) -> tuple[Grid, Grid]:
        weight = back[2, 0] * xs + back[2, 1] * ys + back[2, 2]
        from_x = (back[0, 0] * xs + back[0, 1] * ys + back[0, 2]) / weight
        from_y = (back[1, 0] * xs + back[1, 1] * ys + back[1, 2]) / weight
        return from_x, from_y + uneven * numpy.sin(2 * math.pi * waves * ys / height + phase)

    return moved(sheet, source)


def moved(sheet: Grey, source: Callable[[Grid, Grid], tuple[Grid, Grid]]) -> Grey:
    """The sheet with every pixel taken from where `source` says.

    `source` is asked at every sixteenth pixel only; what it says must be smooth.
    """
    height, width = sheet.shape
    columns, rows = (side // KNOT + 2 for side in (width, height))
    # A knot is the middle of a cell: enlarged, its value lies at that pixel.
    knots = [numpy.arange(count) * float(KNOT) for count in (columns, rows)]
    maps = [
        cv2.resize(one.astype(numpy.float32), (columns * KNOT, rows * KNOT), interpolation=cv2.INTER_LINEAR)
        for one in source(*numpy.meshgrid(*knots))
    ]
    first = KNOT // 2
    from_x, from_y = (one[first : first + height, first : first + width] for one in maps)
    return cv2.remap(
        sheet, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255.0,)
    ).astype(numpy.uint8, copy=False)


def _lit(page: Grey, condition: Condition, chance: Generator) -> Light:
    """Paper and black as this lamp shows them, unevenly."""
    paper = float(chance.uniform(*condition.paper))
    black = min(float(chance.uniform(*condition.black)), paper - 110)
    height, width = page.shape
    slope = chance.uniform(-condition.shade, condition.shade, 2)
    xs = numpy.linspace(-1, 1, width, dtype=numpy.float32)[None, :]
    ys = numpy.linspace(-1, 1, height, dtype=numpy.float32)[:, None]
    light = float(slope[0]) * xs + (1 + float(slope[1]) * ys)
    shown = cv2.LUT(page, numpy.linspace(black, paper, 256, dtype=numpy.float32))
    return cv2.multiply(shown, light).astype(numpy.float32, copy=False)


@cache
def _grain_bank() -> Light:
    """Normal noise, made once; pages take theirs from different places of it."""
    return Generator(PCG64(20270607)).standard_normal(BANK, dtype=numpy.float32)


def _grain(shape: tuple[int, ...], chance: Generator) -> Light:
    size = shape[0] * shape[1]
    bank = _grain_bank()
    if size > BANK // 2:
        return chance.standard_normal(shape, dtype=numpy.float32)
    first = int(chance.integers(0, BANK - size))
    return bank[first : first + size].reshape(shape)


def _as_grey(page: Light) -> Grey:
    # Rounded and cut off at 0 and 255.
    return cv2.add(page, 0.0, dtype=cv2.CV_8U).astype(numpy.uint8, copy=False)


def _soiled(page: Light, dpi: float, condition: Condition, chance: Generator) -> Light:
    height, width = page.shape
    for _ in range(int(chance.integers(0, condition.specks + 1))):
        centre = (int(chance.integers(width)), int(chance.integers(height)))
        size = max(1, round(float(chance.uniform(0.05, 0.16)) * dpi / 25.4))
        cv2.circle(page, centre, size, float(chance.uniform(60, 180)), -1, cv2.LINE_AA)
    if chance.random() < condition.streaks:
        column = int(chance.integers(width))
        wide = int(chance.integers(1, 3))
        page[:, column : column + wide] *= float(chance.uniform(0.55, 0.9))
    if chance.random() < condition.fold:
        row = int(chance.integers(height // 8, height * 7 // 8))
        page[row : row + 2] *= float(chance.uniform(0.75, 0.95))
    if chance.random() < condition.torn:
        corner = int(chance.integers(4))
        side = round(float(chance.uniform(8, 22)) * dpi / 25.4)
        at = numpy.array([[0, 0], [side, 0], [0, side]], numpy.int32)
        if corner % 2:
            at[:, 0] = width - 1 - at[:, 0]
        if corner // 2:
            at[:, 1] = height - 1 - at[:, 1]
        cv2.fillPoly(page, [at], 30.0)
    return page

"""What befalls sheets and their scans beyond the scanner's own habits: each a function of a grey page.

None of these was looked at while the limits of the reader were chosen; they
stand apart from `scanner` so that they stay a test of it.
"""

import math

import cv2
import numpy
from numpy.random import Generator
from PIL import Image

from kaowu.engines.omr.page import Grey, decode
from kaowu.engines.omr.trial.scanner import Grid, moved


def jpeg_blocks(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Saved far too small."""
    quality = int(chance.integers(9, 25))
    _, content = cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return decode(content.tobytes()).grey


def moire(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Two fine gratings that beat with each other."""
    xs, ys = _axes(page)
    waves = numpy.zeros(page.shape, numpy.float32)
    for _ in range(2):
        turn = float(chance.uniform(0, math.pi))
        step = float(chance.uniform(2.1, 5.0)) * dpi / 200
        waves += numpy.sin((xs * math.cos(turn) + ys * math.sin(turn)) * (2 * math.pi / step))
    return _grey(page + waves * float(chance.uniform(4, 12)))


def bleed_through(page: Grey, dpi: float, chance: Generator) -> Grey:
    """The marked reverse of thin paper shows, mirrored."""
    reverse = cv2.GaussianBlur(cv2.flip(page, 1), (0, 0), 0.25 * dpi / 25.4)
    ink = 255 - reverse.astype(numpy.float32)
    return _grey(page - ink * float(chance.uniform(0.06, 0.16)))


def gradient_light(page: Grey, dpi: float, chance: Generator) -> Grey:
    """One side in the shade, as under a lid that does not close."""
    xs, ys = _axes(page)
    turn = float(chance.uniform(0, 2 * math.pi))
    along = (xs / page.shape[1] - 0.5) * math.cos(turn) + (ys / page.shape[0] - 0.5) * math.sin(turn)
    return _grey(page * (0.8 + float(chance.uniform(0.2, 0.55)) * along))


def staple_shadow(page: Grey, dpi: float, chance: Generator) -> Grey:
    """A staple and its shadow near the upper edge."""
    mm = dpi / 25.4
    layer = numpy.zeros(page.shape, numpy.float32)
    x, y = chance.uniform(15, 180) * mm, chance.uniform(2, 14) * mm
    turn = float(chance.uniform(-0.9, 0.9))
    end = (round(x + 12 * mm * math.cos(turn)), round(y + 12 * mm * math.sin(turn)))
    cv2.line(layer, (round(x), round(y)), end, 1.0, max(2, round(0.6 * mm)))
    shadow = cv2.GaussianBlur(layer, (0, 0), 0.9 * mm)
    return _grey(page * (1 - 0.8 * layer) * (1 - numpy.minimum(0.6 * shadow, 0.5)))


def wavy_feed(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Fed by fits and starts, the sheet wavering to both sides."""
    mm, height = dpi / 25.4, page.shape[0]
    down, across = (float(one) * mm for one in chance.uniform((0.4, 0.1), (1.2, 0.6)))
    waves, phase = chance.uniform(1, 4, 2), chance.uniform(0, 2 * math.pi, 2)

    def source(xs: Grid, ys: Grid) -> tuple[Grid, Grid]:
        turn = 2 * math.pi * ys / height
        return (
            xs + across * numpy.sin(waves[0] * turn + phase[0]),
            ys + down * numpy.sin(waves[1] * turn + phase[1]) / waves[1],
        )

    return moved(page, source)


def coffee(page: Grey, dpi: float, chance: Generator) -> Grey:
    """A ring and a few drops."""
    mm = dpi / 25.4
    layer = numpy.zeros(page.shape, numpy.float32)
    centre = tuple(round(float(one) * mm) for one in chance.uniform((40, 60), (170, 240)))
    cv2.circle(layer, centre, round(38 * mm), 0.35, -1)
    cv2.circle(layer, centre, round(38 * mm), 1.0, max(2, round(float(chance.uniform(1.5, 4)) * mm)))
    for _ in range(int(chance.integers(1, 6))):
        at = (int(chance.integers(page.shape[1])), int(chance.integers(page.shape[0])))
        cv2.circle(layer, at, round(float(chance.uniform(0.8, 3)) * mm), 0.8, -1)
    layer = cv2.GaussianBlur(layer, (0, 0), 0.3 * mm)
    return _grey(page * (1 - float(chance.uniform(0.1, 0.3)) * layer))


def dirty_glass(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Several dark stripes from top to bottom."""
    shown = page.astype(numpy.float32)
    for _ in range(int(chance.integers(2, 7))):
        column, wide = int(chance.integers(page.shape[1])), int(chance.integers(1, 5))
        shown[:, column : column + wide] *= float(chance.uniform(0.45, 0.9))
    return _grey(shown)


def pepper(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Single pixels black or white."""
    spoilt = page.copy()
    for value in (0, 255):
        count = int(page.size * float(chance.uniform(0.001, 0.006)))
        spoilt.ravel()[chance.integers(0, page.size, count)] = value
    return spoilt


def motion(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Moved while the light passed."""
    length = max(2, round(float(chance.uniform(0.2, 0.6)) * dpi / 25.4))
    kernel = (1, length) if chance.random() < 0.5 else (length, 1)
    return _grey(cv2.blur(page, kernel))


def faded(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Too much light: the paper is white and ink is grey."""
    return _grey(page.astype(numpy.float32) * 0.55 + float(chance.uniform(100, 125)))


def washed_out(page: Grey, dpi: float, chance: Generator) -> Grey:
    """So much light that pale print is going, and light marks with it."""
    return _grey(page.astype(numpy.float32) * float(chance.uniform(1.1, 1.5)) + float(chance.uniform(0, 50)))


def pale(page: Grey, dpi: float, chance: Generator) -> Grey:
    """A toner that is running out: black is a middle grey."""
    return _grey(page.astype(numpy.float32) * float(chance.uniform(0.3, 0.45)) + 110)


def dithered(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Greys made of black dots."""
    return numpy.asarray(Image.fromarray(page).convert("1").convert("L"), dtype=numpy.uint8)


def curled(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Bent up between its long edges, so that lines are bows there."""
    rise = float(chance.uniform(1, 6)) * dpi / 25.4 * (1 if chance.random() < 0.5 else -1)
    return moved(page, lambda xs, ys: (xs, ys + rise * numpy.sin(math.pi * xs / page.shape[1])))


def under_another(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Another sheet of the same form lies over one end, shifted along."""
    deep, along = (round(float(one) * dpi / 25.4) for one in chance.uniform((2, 20), (7, 90)))
    spoilt = page.copy()
    spoilt[:deep] = numpy.roll(page, along, axis=0)[:deep]
    spoilt[deep : deep + 2] //= 2
    return spoilt


def dark(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Too little light."""
    return _grey(page.astype(numpy.float32) * float(chance.uniform(0.4, 0.6)))


def one_bit(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Black and white only, at the scanner's own or a fixed level."""
    level, otsu = float(chance.uniform(90, 190)), chance.random() < 0.5
    kind = cv2.THRESH_BINARY | (cv2.THRESH_OTSU if otsu else 0)
    return _grey(cv2.threshold(page, level, 255, kind)[1])


def hundred_dpi(page: Grey, dpi: float, chance: Generator) -> Grey:
    """Scanned at 100 dpi."""
    return _grey(cv2.resize(page, None, fx=100 / dpi, fy=100 / dpi, interpolation=cv2.INTER_AREA))


def upside_down(page: Grey, dpi: float, chance: Generator) -> Grey:
    return numpy.ascontiguousarray(page[::-1, ::-1])


def mirrored(page: Grey, dpi: float, chance: Generator) -> Grey:
    """As no scanner should, but some software does."""
    return numpy.ascontiguousarray(page[:, ::-1])


def torn_edge(page: Grey, dpi: float, chance: Generator) -> Grey:
    """A ragged piece of one long edge is gone; behind it the dark lid."""
    mm = dpi / 25.4
    top, deep = float(chance.uniform(0, 220)) * mm, float(chance.uniform(4, 16)) * mm
    long = float(chance.uniform(25, 70)) * mm
    steps = numpy.linspace(0, 1, 14)
    xs = deep * numpy.sin(math.pi * steps) * chance.uniform(0.75, 1.0, 14)
    at = numpy.stack([xs, top + long * steps], axis=1)
    if chance.random() < 0.5:
        at[:, 0] = page.shape[1] - at[:, 0]
    spoilt = page.copy()
    cv2.fillPoly(spoilt, [at.astype(numpy.int32)], float(chance.uniform(20, 90)))
    return spoilt


def folded_corner(page: Grey, dpi: float, chance: Generator) -> Grey:
    """A corner folded over: its white back lies on the sheet, with a shadow at the crease."""
    side = round(float(chance.uniform(12, 45)) * dpi / 25.4)
    far = [(0, 0), (1, 0), (1, 1), (0, 1)][int(chance.integers(4))]
    height, width = page.shape
    x, y = far[0] * (width - 1), far[1] * (height - 1)
    dx, dy = (1 - 2 * far[0]) * side, (1 - 2 * far[1]) * side
    spoilt = page.copy()
    cv2.fillPoly(spoilt, [numpy.array([[x, y], [x + dx, y], [x, y + dy]], numpy.int32)], 40.0)
    flap = numpy.array([[x + dx, y], [x, y + dy], [x + dx, y + dy]], numpy.int32)
    cv2.fillPoly(spoilt, [flap], 238.0)
    cv2.polylines(spoilt, [flap], True, 150.0, 2, cv2.LINE_AA)
    return spoilt


def cut_short(page: Grey, dpi: float, chance: Generator) -> Grey:
    """The scanner stopped early."""
    spoilt = page.copy()
    spoilt[round(page.shape[0] * float(chance.uniform(0.45, 0.93))) :] = 255
    return spoilt


def _axes(page: Grey) -> tuple[Grid, Grid]:
    height, width = page.shape
    xs = numpy.arange(width, dtype=numpy.float32)[None, :]
    return xs, numpy.arange(height, dtype=numpy.float32)[:, None]


def _grey(page: numpy.typing.NDArray[numpy.generic]) -> Grey:
    return numpy.clip(page, 0, 255).astype(numpy.uint8)

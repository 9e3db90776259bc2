"""Finding a sheet by its corner marks: orientation first, then the matrix.

Four windows at the corners of the image are searched for solid rectangles. Each
of the turns that fit the image's shape is tried; the longer mark tells which way
is up, and the tracks have the last word.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.geometry import fit, plausible, project
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey, Page

WINDOW = 0.27  # share of the image searched in each corner
FARTHEST_MM = 34.0
SOLID = 0.72
LONGER = 1.3
KEPT = 4  # candidates considered for each mark


@dataclass(frozen=True, slots=True)
class Guess:
    """One way the sheet may lie on the page."""

    matrix: NDArray[numpy.float64]
    marks: int
    cost: float
    mirrored: bool = False
    """Whether the longer mark is at another corner: no turn of the sheet brings it there."""


@dataclass(frozen=True, slots=True)
class _Blob:
    x: float
    y: float
    w: float
    h: float


def guesses(page: Page, layout: Layout) -> list[Guess]:
    """Every way in which at least three corner marks fit, the most likely first."""
    if len(layout.fiducials) < 3:
        return []
    work, shrink = page.small
    beside = (shrink - 1) / 2
    blobs = [
        _Blob(b.x * shrink + beside, b.y * shrink + beside, b.w * shrink, b.h * shrink)
        for b in _blobs(work, _expected(work, layout))
    ]
    found = [guess for turn in turns(page.grey, layout) for guess in _fits(turn, blobs, layout)]
    return sorted(found, key=lambda guess: (-guess.marks, guess.cost))


def turns(grey: Grey, layout: Layout) -> Iterator[NDArray[numpy.float64]]:
    """Matrices from millimetres to pixels if the page filled the image, for each possible turn."""
    height, width = grey.shape[:2]
    corners = numpy.array([[0, 0], [width, 0], [width, height], [0, height]], numpy.float32)
    sheet = numpy.array(
        [[0, 0], [layout.width, 0], [layout.width, layout.height], [0, layout.height]], numpy.float32
    )
    ratio = (width / height) / (layout.width / layout.height)
    upright = 0.75 < ratio < 1.33
    lying = 0.75 < ratio * (layout.width / layout.height) ** 2 < 1.33
    for quarter in range(4):
        if (quarter % 2 == 0 and upright) or (quarter % 2 == 1 and lying):
            yield cv2.getPerspectiveTransform(sheet, numpy.roll(corners, -quarter, axis=0)).astype(
                numpy.float64
            )


def _expected(work: Grey, layout: Layout) -> tuple[float, float]:
    """The least and largest side of a corner mark in pixels of the image searched."""
    scale = max(work.shape[:2]) / max(layout.width, layout.height)
    sides = [side for one in layout.fiducials for side in (one.box.w, one.box.h)]
    return min(sides) * scale * 0.55, max(sides) * scale * 1.7


def _blobs(work: Grey, sides: tuple[float, float]) -> list[_Blob]:
    """Solid dark rectangles in the four corners."""
    height, width = work.shape
    wide, high = int(width * WINDOW), int(height * WINDOW)
    found = []
    for left, top in itertools.product((0, width - wide), (0, height - high)):
        window = work[top : top + high, left : left + wide]
        level, _ = cv2.threshold(window, 0, 255, cv2.THRESH_OTSU)
        sample = window[::4, ::4].ravel()
        paper = float(numpy.partition(sample, int(0.8 * sample.size))[int(0.8 * sample.size)])
        level = min(level, 0.72 * paper)
        _, dark = cv2.threshold(window, level, 255, cv2.THRESH_BINARY_INV)
        found += [_Blob(x + left, y + top, w, h) for x, y, w, h in _solid(dark, sides)]
    return found


def _solid(dark: Grey, sides: tuple[float, float]) -> Iterator[tuple[float, float, float, float]]:
    """Middle and size of every solid rectangle of dark pixels; only where an outline is large enough it is looked for."""
    outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    for outline in outlines:
        left, top, wide, high = cv2.boundingRect(outline)
        if wide < sides[0] or high < sides[0]:
            continue
        own = numpy.zeros((high, wide), numpy.uint8)
        cv2.drawContours(own, [outline], 0, 255, cv2.FILLED, offset=(-left, -top))
        own &= dark[top : top + high, left : left + wide]
        _, _, stats, centres = cv2.connectedComponentsWithStatsWithAlgorithm(
            own, 4, cv2.CV_16U, cv2.CCL_DEFAULT
        )
        for (_, _, w, h, area), (x, y) in zip(stats.tolist()[1:], centres.tolist()[1:], strict=True):
            if sides[0] <= w <= sides[1] and sides[0] <= h <= sides[1] and area > SOLID * w * h:
                yield x + left, y + top, w, h


def _fits(turn: NDArray[numpy.float64], blobs: Sequence[_Blob], layout: Layout) -> Iterator[Guess]:
    """The best choice of blobs for one turn."""
    mm = numpy.array([one.box.centre for one in layout.fiducials])
    places = project(turn, mm)
    scale = math.sqrt(abs(float(numpy.linalg.det(turn[:2, :2]))))
    lying = abs(turn[0, 0]) < abs(turn[0, 1])
    choices: list[list[tuple[float, _Blob] | None]] = []
    for one, place in zip(layout.fiducials, places, strict=True):
        w, h = (one.box.h, one.box.w) if lying else (one.box.w, one.box.h)
        near = []
        for blob in blobs:
            far = math.hypot(blob.x - place[0], blob.y - place[1]) / scale
            odd = abs(math.log(blob.w / (w * scale))) + abs(math.log(blob.h / (h * scale)))
            if far < FARTHEST_MM and odd < 0.9:
                near.append((odd + far / FARTHEST_MM, blob))
        near.sort(key=lambda pair: pair[0])
        choices.append([*near[:KEPT], None])
    best: Guess | None = None
    for chosen in itertools.product(*choices):
        taken = [(at, pair) for at, pair in enumerate(chosen) if pair is not None]
        if len(taken) < 3 or len({id(pair[1]) for _, pair in taken}) < len(taken):
            continue
        least = sum(pair[0] for _, pair in taken) / len(taken) + 0.8 * (4 - len(taken))
        if best is not None and least >= best.cost:
            continue
        at = [index for index, _ in taken]
        pixels = numpy.array([[pair[1].x, pair[1].y] for _, pair in taken])
        skew = _skew(mm[at], pixels, scale)
        if skew > 9 or (best is not None and least + skew / 3 >= best.cost):
            continue
        matrix = fit(mm[at], pixels)
        if matrix is None or not plausible(matrix, layout.width, layout.height):
            continue
        cost = least + skew / 3
        if best is None or cost < best.cost:
            shapes = [(pair[1].h / pair[1].w) if lying else (pair[1].w / pair[1].h) for _, pair in taken]
            best = Guess(matrix, len(taken), cost, _mirrored(layout, at, shapes))
    if best is not None:
        yield best


def _mirrored(layout: Layout, at: Sequence[int], shapes: Sequence[float]) -> bool:
    """Whether the one mark that should be longer is plainly not, and another one plainly is."""
    if len(at) < 4:
        return False
    should = [layout.fiducials[index].box.w / layout.fiducials[index].box.h for index in at]
    order = sorted(range(len(at)), key=should.__getitem__)
    if should[order[-1]] < LONGER * should[order[-2]]:
        return False
    long = shapes[order[-1]]
    return max(shapes) > math.sqrt(should[order[-1]] / should[order[-2]]) * long


def _skew(mm: NDArray[numpy.float64], pixels: NDArray[numpy.float64], scale: float) -> float:
    """How far from a turned and evenly scaled sheet the marks lie, in millimetres."""
    matrix, _ = cv2.estimateAffinePartial2D(mm, pixels, method=cv2.LMEDS)
    if matrix is None:
        return math.inf
    off = pixels - (mm @ matrix[:, :2].T + matrix[:, 2])
    return float(numpy.sqrt((off**2).sum(axis=1)).max() / scale)

"""The grid of bubbles inside a rectangle that somebody drew on a blank: rows, columns, size, corner bubbles.

Bubbles are alike and stand in rows and columns; letters inside them, lines and
headings are of other sizes. What is no whole grid is not guessed.
"""

from dataclasses import dataclass

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.page import Grey

ALIKE = 0.3  # by so much the sides of two bubbles may differ
LEAST_SIDE = 5.0  # pixels
MOST_SHARE = 0.8  # of the rectangle's shorter side
UNEVEN = 0.25  # of the distance between two lines
FULL = 0.7  # of the places of a grid must be seen
MOST_BUBBLES = 2000

Numbers = NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows and columns, a bubble's size, and the middles of the corner bubbles, in pixels of the image."""

    rows: int
    columns: int
    size: tuple[float, float]
    first: tuple[float, float]
    last: tuple[float, float]


def guess_grid(image: Grey, left: float, top: float, wide: float, high: float) -> Grid | None:
    """The grid in a rectangle; None if there is none."""
    x0, y0 = max(0, round(left)), max(0, round(top))
    part = image[y0 : y0 + max(0, round(high)), x0 : x0 + max(0, round(wide))]
    if min(part.shape) < 2 * LEAST_SIDE:
        return None
    shapes = _shapes(part)
    best: tuple[int, Grid] | None = None
    for seed in _sizes(shapes):
        alike = shapes[(numpy.abs(shapes[:, 2:] - seed) <= ALIKE * seed).all(axis=1)]
        found = _grid(alike)
        if found is not None and (best is None or len(alike) > best[0]):
            best = (len(alike), found)
    if best is None:
        return None
    grid = best[1]
    return Grid(
        grid.rows,
        grid.columns,
        grid.size,
        (grid.first[0] + x0, grid.first[1] + y0),
        (grid.last[0] + x0, grid.last[1] + y0),
    )


def _shapes(part: Grey) -> Numbers:
    """Middle and size of everything that stands by itself; what touches the edge is left out."""
    block = max(15, min(part.shape) // 3 | 1)
    dark = cv2.adaptiveThreshold(
        cv2.GaussianBlur(part, (3, 3), 0), 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 8
    )
    outlines, _ = cv2.findContours(dark, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    boxes = numpy.array([cv2.boundingRect(one) for one in outlines], numpy.float64).reshape(-1, 4)
    x, y, w, h = boxes.T
    inside = (x > 0) & (y > 0) & (x + w < part.shape[1]) & (y + h < part.shape[0])
    inside &= (numpy.minimum(w, h) >= LEAST_SIDE) & (numpy.maximum(w, h) <= MOST_SHARE * max(part.shape))
    kept = numpy.stack([x + (w - 1) / 2, y + (h - 1) / 2, w, h], axis=1)[inside]
    return kept[:MOST_BUBBLES]


def _sizes(shapes: Numbers) -> list[Numbers]:
    """The sizes that many shapes share, the largest first: a bubble is larger than its letter."""
    found: list[Numbers] = []
    for size in sorted(shapes[:, 2:], key=lambda one: -float(one.prod())):
        if not any((numpy.abs(size - one) <= ALIKE / 2 * one).all() for one in found):
            found.append(size)
    return found[:40]


def _grid(alike: Numbers) -> Grid | None:
    """The grid that shapes of one size form, if they fill one."""
    if len(alike) < 2:
        return None
    size = numpy.median(alike[:, 2:], axis=0)
    columns, at_column = _lines(alike[:, 0], float(size[0]))
    rows, at_row = _lines(alike[:, 1], float(size[1]))
    seen = {(int(r), int(c)) for r, c in zip(at_row, at_column, strict=True)}
    if not (_even(columns) and _even(rows)):
        return None
    if len(columns) * len(rows) < 2 or len(seen) < FULL * len(columns) * len(rows):
        return None
    return Grid(
        len(rows),
        len(columns),
        (float(size[0]), float(size[1])),
        (float(columns[0]), float(rows[0])),
        (float(columns[-1]), float(rows[-1])),
    )


def _even(middles: Numbers) -> bool:
    """Whether lines stand at like distances, as those of a grid do and letters of a word do not."""
    steps = numpy.diff(middles)
    return len(steps) < 2 or bool(
        numpy.abs(steps - numpy.median(steps)).max() <= UNEVEN * numpy.median(steps)
    )


def _lines(places: Numbers, size: float) -> tuple[Numbers, NDArray[numpy.intp]]:
    """Places that lie together, as the middle of each heap, and to which heap each belongs."""
    order = numpy.argsort(places)
    heap = numpy.concatenate([[0], numpy.cumsum(numpy.diff(places[order]) > size / 2)])
    middles = numpy.array([numpy.median(places[order][heap == one]) for one in range(int(heap[-1]) + 1)])
    at = numpy.empty(len(places), numpy.intp)
    at[order] = heap
    return middles, at

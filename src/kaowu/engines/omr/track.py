"""The tracks (定位点): how much of them is there, and what they correct: feed stretch, skew, bends.

Each mark is looked for about its place with a box filter: dark inside, light
around. Marks that nothing confirms are left out; the rest are smoothed along
each track.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.geometry import Bend, Mapping, project
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey

STEP_MM = 0.2
REACH_X, REACH_Y = 1.6, 1.2  # mm to each side
SURROUND = 0.4  # mm of paper about a mark
FOUND = 0.30  # least contrast of a mark, as a share of paper to ink; on a pale page less:
PALE = 0.9  # half of what this share of the marks do not pass, and
LEAST_FOUND = 0.15
SMOOTH = 5
ODD_MM = 0.7

Places = NDArray[numpy.float64]


@dataclass(frozen=True, slots=True)
class Tracks:
    """The share of timing marks that were found, how black they are, and the bend that follows."""

    share: float
    least_share: float
    bend: Bend | None


def follow(grey: Grey, layout: Layout, matrix: Places) -> Tracks:
    """Find every timing mark of a page under a matrix."""
    columns, heights, moves, shares = [], [], [], []
    found_marks = marks = 0
    for where, shift, found in _sought(grey, layout, matrix):
        marks += len(where)
        found_marks += int(found.sum())
        shares.append(float(found.mean()))
        if found.sum() >= 3:
            ys, smooth = _smoothed(where[found], shift[found])
            kept = numpy.hypot(*(smooth - shift[found]).T) < ODD_MM
            ys, smooth = _smoothed(where[found][kept], shift[found][kept])
            if len(ys) >= 3:
                at = numpy.stack([numpy.full(len(ys), float(where[0, 0])), ys], axis=1)
                columns.append(float(where[0, 0]))
                heights.append(ys)
                moves.append(project(matrix, at + smooth) - project(matrix, at))
    share = found_marks / marks if marks else 1.0
    bend = Bend(tuple(columns), tuple(heights), tuple(moves)) if columns else None
    return Tracks(share, min(shares, default=1.0), bend)


def _sought(
    grey: Grey, layout: Layout, matrix: Places
) -> Iterator[tuple[Places, Places, NDArray[numpy.bool_]]]:
    """For each track its marks, their shifts and which were found; tracks of equal marks are sought at once."""
    for size, same in itertools.groupby(layout.timing, lambda track: (track.marks[0].w, track.marks[0].h)):
        tracks = [numpy.array([mark.centre for mark in track.marks]) for track in same]
        ends = numpy.cumsum([len(where) for where in tracks])[:-1]
        shift, found = _find(grey, matrix, numpy.concatenate(tracks), size)
        yield from zip(tracks, numpy.split(shift, ends), numpy.split(found, ends), strict=True)


def _find(
    grey: Grey, matrix: Places, where: Places, size: tuple[float, float]
) -> tuple[Places, NDArray[numpy.bool_]]:
    """For each mark its shift in millimetres, and whether it was found."""
    wide, high = (round(side / STEP_MM) for side in size)
    rim = round(SURROUND / STEP_MM)
    reach_x, reach_y = round(REACH_X / STEP_MM), round(REACH_Y / STEP_MM)
    span_x, span_y = wide + 2 * (rim + reach_x), high + 2 * (rim + reach_y)
    xs = (numpy.arange(span_x) - (span_x - 1) / 2) * STEP_MM
    ys = (numpy.arange(span_y) - (span_y - 1) / 2) * STEP_MM
    values = cv2.remap(
        grey,
        *Mapping(matrix).patches(where, xs, ys),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255.0,),
    )
    seen = values.reshape(len(where), -1).astype(numpy.float32)
    at = int(0.9 * seen.shape[1])
    paper = numpy.maximum(numpy.partition(seen, at, axis=1)[:, at], 1)
    # All marks below one another, one integral image over all: each reaches to the first row of the next.
    total = cv2.integral(values.reshape(-1, span_x))
    down, across = total.strides
    each = numpy.lib.stride_tricks.as_strided(
        total, (len(where), span_y + 1, span_x + 1), (span_y * down, down, across), writeable=False
    )
    inner = _boxes(each, high, wide)[:, rim:-rim, rim:-rim]
    outer = _boxes(each, high + 2 * rim, wide + 2 * rim)
    around = (outer - inner) / ((high + 2 * rim) * (wide + 2 * rim) - high * wide)
    contrast = (around - inner / (high * wide)) / paper[:, None, None]
    flat = contrast.reshape(len(where), -1)
    best = flat.argmax(axis=1)
    row, column = numpy.divmod(best, contrast.shape[2])
    strength = flat[numpy.arange(len(where)), best]
    shift = numpy.stack(
        [
            (column + _vertex(contrast, row, column, 2) - reach_x) * STEP_MM,
            (row + _vertex(contrast, row, column, 1) - reach_y) * STEP_MM,
        ],
        axis=1,
    )
    return shift, strength > min(FOUND, max(LEAST_FOUND, 0.5 * float(numpy.quantile(strength, PALE))))


def _boxes(total: NDArray[numpy.int32], high: int, wide: int) -> NDArray[numpy.int32]:
    """Sums over all boxes of a size, by integral images."""
    return (
        total[:, high:, wide:] - total[:, :-high, wide:] - total[:, high:, :-wide] + total[:, :-high, :-wide]
    )


def _vertex(contrast: Places, row: NDArray[numpy.intp], column: NDArray[numpy.intp], axis: int) -> Places:
    """Where between the steps the contrast is largest: the vertex of a parabola through three values."""
    every = numpy.arange(len(contrast))
    last = contrast.shape[axis] - 1
    at = row if axis == 1 else column
    low, high = numpy.maximum(at - 1, 0), numpy.minimum(at + 1, last)

    def value(place: NDArray[numpy.intp]) -> Places:
        return contrast[every, place, column] if axis == 1 else contrast[every, row, place]

    before, here, after = value(low), value(at), value(high)
    bend = before - 2 * here + after
    ends = (at == 0) | (at == last) | (numpy.abs(bend) < 1e-9)
    return numpy.where(ends, 0.0, numpy.clip(0.5 * (before - after) / numpy.where(ends, 1, bend), -0.5, 0.5))


def _smoothed(where: Places, shift: Places) -> tuple[Places, Places]:
    """Shifts along a track with single odd ones taken out: a running median."""
    if len(where) < 3:
        return where[:, 1], shift
    half = SMOOTH // 2
    about = numpy.arange(len(where))[:, None] + numpy.arange(-half, half + 1)
    windows = shift[numpy.clip(about, 0, len(where) - 1)]
    return where[:, 1], numpy.sort(windows, axis=1)[:, half]

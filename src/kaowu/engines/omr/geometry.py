"""From millimetres on the sheet to pixels of a page: a homography and what the tracks correct in it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy
from numpy.typing import NDArray

Points = NDArray[numpy.float64]
"""n × 2: x, y."""
Line = NDArray[numpy.floating[Any]]
Map = NDArray[numpy.float32]


@dataclass(frozen=True)
class Bend:
    """What is left after the homography: pixel shifts known at some places, smooth between them.

    `columns` are the x (mm) of vertical lines of knots; along each, `ys` (mm)
    ascending and `shifts` (pixels, x and y) at them.
    """

    columns: tuple[float, ...]
    ys: tuple[NDArray[numpy.float64], ...]
    shifts: tuple[Points, ...]

    def at(self, mm: Points) -> Points:
        """The shift at each place, in pixels."""
        along = [
            numpy.stack([numpy.interp(mm[:, 1], ys, shift[:, axis]) for axis in (0, 1)], axis=1)
            for ys, shift in zip(self.ys, self.shifts, strict=True)
        ]
        if len(along) == 1:
            return along[0]
        return _between(mm[:, 0], numpy.asarray(self.columns), numpy.stack(along, axis=1))


@dataclass(frozen=True)
class Mapping:
    """Where every point of the sheet lies on the page."""

    matrix: NDArray[numpy.float64]  # 3 × 3, millimetres to pixels
    bend: Bend | None = None

    def pixels(self, mm: Points) -> Points:
        """n × 2 millimetres to n × 2 pixels."""
        found = project(self.matrix, mm)
        return found + self.bend.at(mm) if self.bend is not None else found

    def frames(self, centres: Points) -> tuple[Points, Points, Points]:
        """Each centre in pixels, and which way and how far a millimetre across and down leads there."""
        around = numpy.concatenate(
            [centres, centres + numpy.array([1.0, 0.0]), centres + numpy.array([0.0, 1.0])]
        )
        middle, right, below = numpy.split(self.pixels(around), 3)
        return middle, right - middle, below - middle

    def patches(self, centres: Points, xs: Line, ys: Line) -> tuple[Map, Map]:
        """The same grid of places about each centre, in pixels: one row a centre, all x and all y.

        `xs` and `ys` are the columns and rows of the grid in millimetres from the
        centre. Over these few millimetres the mapping is taken to be affine, so
        that a place is a sum of a part of its column and a part of its row.
        """
        middle, across, down = self.frames(centres)
        x, y = (
            (
                (down[:, axis, None] * ys)[:, :, None].astype(numpy.float32)
                + (middle[:, axis, None] + across[:, axis, None] * xs)[:, None, :].astype(numpy.float32)
            ).reshape(len(centres), -1)
            for axis in (0, 1)
        )
        return x, y

    def scale_at(self, x: float, y: float) -> float:
        """Pixels a millimetre about a place."""
        around = project(self.matrix, numpy.array([[x, y], [x + 1, y], [x, y + 1]]))
        area = abs(_cross(around[1] - around[0], around[2] - around[0]))
        return float(numpy.sqrt(area))


def project(matrix: NDArray[numpy.float64], points: Points) -> Points:
    """Points through a homography."""
    flat = numpy.asarray(points, dtype=numpy.float64).reshape(-1, 1, 2)
    return cv2.perspectiveTransform(flat, matrix).reshape(-1, 2)


def fit(mm: Points, pixels: Points) -> NDArray[numpy.float64] | None:
    """The matrix that takes three points (affine) or more (homography) to where they were found."""
    if len(mm) < 3:
        return None
    if len(mm) == 3:
        affine = cv2.getAffineTransform(mm.astype(numpy.float32), pixels.astype(numpy.float32))
        return numpy.vstack([affine, [0, 0, 1]]).astype(numpy.float64)
    matrix, _ = cv2.findHomography(mm, pixels, 0)
    return None if matrix is None else numpy.asarray(matrix, dtype=numpy.float64)


def plausible(matrix: NDArray[numpy.float64], width: float, height: float) -> bool:
    """Whether a matrix maps the page to a convex quadrilateral that is not mirrored or crushed."""
    corners: Any = project(matrix, numpy.array([[0, 0], [width, 0], [width, height], [0, height]], float))
    if not numpy.isfinite(corners).all():
        return False
    turns = [
        _cross(corners[(i + 1) % 4] - corners[i], corners[(i + 2) % 4] - corners[(i + 1) % 4])
        for i in range(4)
    ]
    if min(turns) <= 0:
        return False
    sides = [float(numpy.hypot(*(corners[(i + 1) % 4] - corners[i]))) for i in range(4)]
    across, down = (sides[0] + sides[2]) / 2 / width, (sides[1] + sides[3]) / 2 / height
    return 0.6 < across / down < 1.7 and min(sides[0], sides[2]) > 0.5 * max(sides[0], sides[2])


def _cross(a: Points, b: Points) -> float:
    return float(a[0] * b[1] - a[1] * b[0])


def _between(x: Line, columns: Line, values: Line) -> Points:
    """Linear between the columns, level outside them, for each point its own values: points × columns × axes."""
    at = numpy.clip(numpy.searchsorted(columns, x) - 1, 0, len(columns) - 2)
    left, right = columns[at], columns[at + 1]
    share = numpy.clip((x - left) / (right - left), 0.0, 1.0)[:, None]
    rows = numpy.arange(len(x))
    found: Points = values[rows, at] * (1 - share) + values[rows, at + 1] * share
    return found

"""Finding a sheet by what is printed on it: for forms without marks, and for photographs.

Features of the blank are matched with those of the page; then small patches of
the blank are looked for about their places, and what they say is smoothed over
the page. Slower than corner marks by far, and taken only where these fail.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.geometry import Bend, Mapping, plausible, project
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey

SIDE = 1100  # pixels of the longer side while matching features
MOST_FEATURES = 4000
LEAST_MATCHES = 24
PATCH_SCALE = 4.0  # pixels a millimetre while looking for patches
PATCH_MM = 12.0
GRID = (5, 8)  # columns and rows of patches
ALIKE = 0.45


@dataclass(frozen=True)
class Form:
    """A blank and its features, made once for many pages."""

    layout: Layout
    blank: Grey

    @property
    def matrix(self) -> NDArray[numpy.float64]:
        """Millimetres to pixels of the blank, which fills its image. A pixel's number is that of its middle."""
        across, down = self.blank.shape[1] / self.layout.width, self.blank.shape[0] / self.layout.height
        return numpy.array([[across, 0, -0.5], [0, down, -0.5], [0, 0, 1]])

    @cached_property
    def features(self) -> tuple[NDArray[numpy.float64], NDArray[numpy.float32]]:
        """Places in millimetres and descriptors."""
        points, words = _features(self.blank)
        return project(numpy.linalg.inv(self.matrix).astype(numpy.float64), points), words

    @cached_property
    def flat(self) -> Grey:
        """The blank at the scale of the patches."""
        size = (round(self.layout.width * PATCH_SCALE), round(self.layout.height * PATCH_SCALE))
        return cv2.resize(self.blank, size, interpolation=cv2.INTER_AREA).astype(numpy.uint8)


def find(grey: Grey, form: Form) -> NDArray[numpy.float64] | None:
    """The matrix of a page by its features, or None if nothing fits."""
    mm, words = form.features
    points, seen = _features(grey)
    if len(mm) < LEAST_MATCHES or len(points) < LEAST_MATCHES:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(words, seen, k=2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < 0.8 * pair[1].distance]
    if len(good) < LEAST_MATCHES:
        return None
    a = numpy.array([mm[match.queryIdx] for match in good], numpy.float64)
    b = numpy.array([points[match.trainIdx] for match in good], numpy.float64)
    near = 1.2 * max(grey.shape) / max(form.layout.width, form.layout.height)
    cv2.setRNGSeed(1)
    matrix, inside = cv2.findHomography(a, b, cv2.RANSAC, near, maxIters=4000, confidence=0.999)
    if matrix is None or int(inside.sum()) < LEAST_MATCHES:
        return None
    matrix = numpy.asarray(matrix, numpy.float64)
    return matrix if plausible(matrix, form.layout.width, form.layout.height) else None


def refine(grey: Grey, form: Form, matrix: NDArray[numpy.float64]) -> Mapping:
    """The same with small patches put right: first the matrix, then what remains as a bend."""
    for reach in (4.0, 1.5):
        mm, shift, alike = _patches(grey, form, matrix, reach)
        kept = alike > ALIKE
        if kept.sum() < 8:
            break
        target = project(matrix, mm[kept] + shift[kept])
        cv2.setRNGSeed(1)
        better, _ = cv2.findHomography(mm[kept], target, cv2.RANSAC, 0.8 * _scale(matrix, form))
        if better is None or not plausible(better, form.layout.width, form.layout.height):
            break
        matrix = numpy.asarray(better, numpy.float64)
    return Mapping(matrix, _bend(grey, form, matrix))


def _bend(grey: Grey, form: Form, matrix: NDArray[numpy.float64]) -> Bend | None:
    mm, shift, alike = _patches(grey, form, matrix, 1.5)
    columns, ys, shifts = [], [], []
    for column in range(GRID[0]):
        at = slice(column * GRID[1], (column + 1) * GRID[1])
        kept = (alike[at] > ALIKE) & (numpy.hypot(*shift[at].T) < 1.4)
        if kept.sum() >= 2:
            places = mm[at][kept]
            columns.append(float(places[:, 0].mean()))
            ys.append(places[:, 1])
            shifts.append(project(matrix, places + shift[at][kept]) - project(matrix, places))
    return Bend(tuple(columns), tuple(ys), tuple(shifts)) if columns else None


def _patches(
    grey: Grey, form: Form, matrix: NDArray[numpy.float64], reach: float
) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64], NDArray[numpy.float64]]:
    """For each patch of a grid its centre, its shift in millimetres, and how alike it was found."""
    to_flat = numpy.diag([1 / PATCH_SCALE, 1 / PATCH_SCALE, 1.0])
    flat = cv2.warpPerspective(
        grey,
        matrix @ to_flat,
        (form.flat.shape[1], form.flat.shape[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255.0,),
    )
    half, more = round(PATCH_MM / 2 * PATCH_SCALE), round(reach * PATCH_SCALE)
    centres, shifts, alike = [], [], []
    for x, y in _centres(form, half):
        blank = form.flat[y - half : y + half, x - half : x + half]
        top, left = max(0, y - half - more), max(0, x - half - more)
        seen = flat[top : y + half + more, left : x + half + more]
        centres.append((x / PATCH_SCALE, y / PATCH_SCALE))
        if float(blank.std()) < 8 or seen.shape[0] < 2 * half or seen.shape[1] < 2 * half:
            shifts.append((0.0, 0.0))
            alike.append(0.0)
            continue
        found = cv2.matchTemplate(seen, blank, cv2.TM_CCOEFF_NORMED)
        _, best, _, (column, row) = cv2.minMaxLoc(found)
        shifts.append(((column + left + half - x) / PATCH_SCALE, (row + top + half - y) / PATCH_SCALE))
        alike.append(best)
    return numpy.array(centres), numpy.array(shifts), numpy.array(alike)


def _centres(form: Form, half: int) -> list[tuple[int, int]]:
    """The centres of the patches, column by column."""
    height, width = form.flat.shape
    xs = numpy.linspace(half + 4, width - half - 4, GRID[0])
    ys = numpy.linspace(half + 4, height - half - 4, GRID[1])
    return [(round(x), round(y)) for x in xs for y in ys]


def _features(grey: Grey) -> tuple[NDArray[numpy.float64], NDArray[numpy.float32]]:
    shrink = max(1.0, max(grey.shape) / SIDE)
    small = cv2.resize(grey, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA)
    keys, words = cv2.SIFT.create(nfeatures=MOST_FEATURES).detectAndCompute(small, None)
    if words is None:
        return numpy.zeros((0, 2)), numpy.zeros((0, 128), numpy.float32)
    points = numpy.array([key.pt for key in keys]) * (grey.shape[1] / small.shape[1])
    return points, numpy.asarray(words, numpy.float32)


def _scale(matrix: NDArray[numpy.float64], form: Form) -> float:
    return Mapping(matrix).scale_at(form.layout.width / 2, form.layout.height / 2)

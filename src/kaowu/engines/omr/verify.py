"""A second look by another way: a smaller image of the page, and an integral image over it.

Shares neither sampling nor normalising with `score`: a clear field about which
the two disagree is sent to a person. It knows no bands, only "plainly marked"
and "plainly empty".
"""

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.geometry import Mapping
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey, Page

PLAINLY_MARKED = 0.30
PLAINLY_EMPTY = 0.06
INSET_MM = 0.5
ROUGHER = 4  # times once more, to look for paper
PAPER_MM = 2.0  # beside an option, where the lightest place is its paper


def levels(page: Page, mapping: Mapping, layout: Layout) -> NDArray[numpy.float64]:
    """The mean darkness inside each option, 0 the paper about it and 1 black, print included."""
    small, shrink = page.small
    total = cv2.integral(small)
    boxes = layout.edges
    sides = numpy.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1])
    inset = numpy.minimum(INSET_MM, 0.2 * sides)
    inner = boxes + numpy.stack([inset, inset, -inset, -inset], axis=1)
    at = _upright(inner, mapping, shrink)
    about = float(numpy.median(sides)) + 2 * PAPER_MM
    paper = _paper(small, at, about * mapping.scale_at(*layout.options[0].box.centre) / shrink)
    sample = small[::5, ::5].ravel()
    black = float(numpy.partition(sample, sample.size // 200)[sample.size // 200])
    return (paper - _means(total, at)) / numpy.maximum(paper - numpy.minimum(black, 0.5 * paper), 10)


def disagrees(
    marked: NDArray[numpy.bool_], empty: NDArray[numpy.bool_], levels: NDArray[numpy.float64]
) -> NDArray[numpy.bool_]:
    """For each option whether this way says the plain opposite of what the reader says."""
    rest = float(numpy.median(levels[empty])) if empty.any() else 0.0
    lifted = levels - rest
    found: NDArray[numpy.bool_] = (marked & (lifted < PLAINLY_EMPTY)) | (empty & (lifted > PLAINLY_MARKED))
    return found


def _upright(boxes: NDArray[numpy.float64], mapping: Mapping, shrink: int) -> NDArray[numpy.intp]:
    """For each box the upright one of the smaller image about the middles of its four sides."""
    middle, across, down = mapping.frames((boxes[:, :2] + boxes[:, 2:]) / 2)
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    reach = numpy.maximum(numpy.abs(across) * half[:, :1], numpy.abs(down) * half[:, 1:])
    # The middle of a pixel of the page has a whole number, its edges have not; boxes go by edges.
    ends = numpy.concatenate([middle - reach, middle + reach], axis=1) + 0.5
    return numpy.rint(ends / shrink).astype(numpy.intp)


def _paper(small: Grey, at: NDArray[numpy.intp], size: float) -> NDArray[numpy.float64]:
    """How light the paper is about each option."""
    height, width = (side // ROUGHER for side in small.shape)
    whole = small[: height * ROUGHER, : width * ROUGHER]
    rough = cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)
    side = max(3, round(size / ROUGHER))
    light = cv2.blur(cv2.dilate(rough, numpy.ones((side, side), numpy.uint8)), (side, side))
    columns = numpy.clip((at[:, 0] + at[:, 2]) // (2 * ROUGHER), 0, width - 1)
    rows = numpy.clip((at[:, 1] + at[:, 3]) // (2 * ROUGHER), 0, height - 1)
    return light[rows, columns].astype(numpy.float64)


def _means(total: NDArray[numpy.int32], at: NDArray[numpy.intp]) -> NDArray[numpy.float64]:
    x0, x1 = (numpy.clip(at[:, i], 0, total.shape[1] - 1) for i in (0, 2))
    y0, y1 = (numpy.clip(at[:, i], 0, total.shape[0] - 1) for i in (1, 3))
    area = numpy.maximum((x1 - x0) * (y1 - y0), 1)
    found: NDArray[numpy.float64] = (total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]) / area
    return found

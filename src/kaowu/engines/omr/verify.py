"""A second look by another way: the whole page made flat, and an integral image over it.

Shares neither sampling nor normalising with `score`: a clear field about which
the two disagree is sent to a person. It knows no bands, only "plainly marked"
and "plainly empty".
"""

import itertools

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.geometry import Mapping
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey

SCALE = 3.0  # pixels a millimetre
MESH = (4, 14)  # columns and rows of the mesh by which a page is made flat
PLAINLY_MARKED = 0.30
PLAINLY_EMPTY = 0.06
INSET_MM = 0.5


def levels(grey: Grey, mapping: Mapping, layout: Layout) -> NDArray[numpy.float64]:
    """The mean darkness inside each option, 0 the paper about it and 1 black, print included."""
    flat = _flat(grey, mapping, layout)
    total = cv2.integral(flat).astype(numpy.float64)
    boxes = numpy.array([(o.box.x, o.box.y, o.box.right, o.box.bottom) for o in layout.options])
    inset = numpy.minimum(INSET_MM, 0.2 * numpy.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))
    inner = boxes + numpy.stack([inset, inset, -inset, -inset], axis=1)
    paper = _paper(flat, boxes)
    black = float(numpy.percentile(flat[::5, ::5], 0.5))
    mean = _means(total, inner, flat.shape)
    return (paper - mean) / numpy.maximum(paper - numpy.minimum(black, 0.5 * paper), 10)


def disagrees(
    marked: NDArray[numpy.bool_], empty: NDArray[numpy.bool_], levels: NDArray[numpy.float64]
) -> NDArray[numpy.bool_]:
    """For each option whether this way says the plain opposite of what the reader says."""
    rest = float(numpy.median(levels[empty])) if empty.any() else 0.0
    lifted = levels - rest
    found: NDArray[numpy.bool_] = (marked & (lifted < PLAINLY_EMPTY)) | (empty & (lifted > PLAINLY_MARKED))
    return found


def _flat(grey: Grey, mapping: Mapping, layout: Layout) -> Grey:
    """The page at 4 pixels a millimetre, by a mesh of its places."""
    wide, high = round(layout.width * SCALE), round(layout.height * SCALE)
    xs = numpy.rint(numpy.linspace(0, wide, MESH[0] + 1)).astype(int)
    ys = numpy.rint(numpy.linspace(0, high, MESH[1] + 1)).astype(int)
    knots = numpy.stack(numpy.meshgrid(xs, ys), axis=-1)
    at = mapping.pixels(knots.reshape(-1, 2) / SCALE).reshape(*knots.shape).astype(numpy.float32)
    flat = numpy.empty((high, wide), numpy.uint8)
    for row, (top, bottom) in enumerate(itertools.pairwise(ys)):
        for column, (left, right) in enumerate(itertools.pairwise(xs)):
            target = numpy.array([[0, 0], [right - left, 0], [0, bottom - top]], numpy.float32)
            source = numpy.array([at[row, column], at[row, column + 1], at[row + 1, column]])
            flat[top:bottom, left:right] = cv2.warpAffine(
                grey,
                cv2.getAffineTransform(target, source),
                (int(right - left), int(bottom - top)),
                flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                borderMode=cv2.BORDER_CONSTANT,
                borderValue=(255.0,),
            )
    return flat


def _paper(flat: Grey, boxes: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """How light the paper is about each option."""
    small = cv2.resize(flat, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    light = cv2.GaussianBlur(cv2.dilate(small, numpy.ones((7, 7), numpy.uint8)), (0, 0), 4)
    rows = numpy.clip(((boxes[:, 1] + boxes[:, 3]) / 2 * SCALE / 4).astype(int), 0, light.shape[0] - 1)
    columns = numpy.clip(((boxes[:, 0] + boxes[:, 2]) / 2 * SCALE / 4).astype(int), 0, light.shape[1] - 1)
    return light[rows, columns].astype(numpy.float64)


def _means(
    total: NDArray[numpy.float64], boxes: NDArray[numpy.float64], shape: tuple[int, ...]
) -> NDArray[numpy.float64]:
    at = numpy.rint(boxes * SCALE).astype(int)
    x0, x1 = (numpy.clip(at[:, i], 0, shape[1]) for i in (0, 2))
    y0, y1 = (numpy.clip(at[:, i], 0, shape[0]) for i in (1, 3))
    area = numpy.maximum((x1 - x0) * (y1 - y0), 1)
    return (total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]) / area

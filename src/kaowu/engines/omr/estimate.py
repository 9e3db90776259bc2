"""A blank where none is at hand: what most sheets of a batch show at each place."""

from collections.abc import Sequence

import cv2
import numpy

from kaowu.engines.omr import corners, features
from kaowu.engines.omr.geometry import Mapping
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey, Page, Rejected

MOST_PAGES = 15
SCALE = 8.0  # pixels a millimetre
LIGHTER = 70  # percentile: of every three sheets two may be marked at a place


def estimated_blank(layout: Layout, pages: Sequence[Page]) -> Grey:
    """The blank of a batch; of a single page the page itself. Raises Rejected without any page.

    Forms without corner marks are taken to fill the image of the first page,
    and the others are laid over it by what is printed.
    """
    if not pages:
        raise Rejected("no_blank")
    flat = [page for page in (_by_marks(layout, page) for page in pages[:MOST_PAGES]) if page is not None]
    if not flat:
        flat = _by_print(layout, pages[:MOST_PAGES])
    if len(flat) == 1:
        return flat[0]
    # Each page by its own paper: a dark scan must not darken the blank.
    even = [
        numpy.clip(one * (245 / max(1.0, float(numpy.percentile(one[::8, ::8], 80)))), 0, 255) for one in flat
    ]
    return numpy.percentile(numpy.stack(even).astype(numpy.uint8), LIGHTER, axis=0).astype(numpy.uint8)


def _by_marks(layout: Layout, page: Page) -> Grey | None:
    found = corners.guesses(page, layout)
    return _flat(layout, page.grey, Mapping(found[0].matrix)) if found else None


def _by_print(layout: Layout, pages: Sequence[Page]) -> list[Grey]:
    form = features.Form(layout, pages[0].grey)
    flat = [_flat(layout, pages[0].grey, Mapping(form.matrix))]
    for page in pages[1:]:
        matrix = features.find(page.grey, form)
        if matrix is not None:
            flat.append(_flat(layout, page.grey, features.refine(page.grey, form, matrix)))
    return flat


def _flat(layout: Layout, grey: Grey, mapping: Mapping) -> Grey:
    """The page as if the sheet filled it, at one scale."""
    size = (round(layout.width * SCALE), round(layout.height * SCALE))
    to_mm = numpy.array([[1 / SCALE, 0, 0.5 / SCALE], [0, 1 / SCALE, 0.5 / SCALE], [0, 0, 1]])
    return cv2.warpPerspective(
        grey,
        mapping.matrix @ to_mm,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255.0,),
    ).astype(numpy.uint8)

"""A picture of every stage of a reading: page, registered, scored, decided. For the eye, not for the record."""

from enum import StrEnum

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.decide import Band
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Page
from kaowu.engines.omr.read import Reading

WIDE = 900

Colour = tuple[int, int, int]
_BLUE: Colour = (190, 110, 20)
_OF_BAND: dict[Band, Colour] = {Band.OFF: (170, 170, 170), Band.LOOK: (0, 130, 240), Band.ON: (60, 150, 30)}


class Stage(StrEnum):
    """The stages of a reading in their order."""

    PAGE = "page"
    REGISTERED = "registered"
    SCORED = "scored"
    DECIDED = "decided"


def picture(page: Page, layout: Layout, reading: Reading, stage: Stage) -> bytes | None:
    """One stage as PNG; None if the reading ended before it."""
    shown = cv2.cvtColor(page.grey, cv2.COLOR_GRAY2BGR).astype(numpy.uint8)
    if stage is not Stage.PAGE:
        if reading.registered is None:
            return None
        corners = _corners(layout, reading)
        thick = max(1, round(page.size[0] / WIDE * 1.5))
        for colour, box in _boxes(reading, corners, stage):
            cv2.polylines(shown, [box], True, colour, thick, cv2.LINE_AA)
    scale = WIDE / page.size[0]
    small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".png", small)[1].tobytes()


def _corners(layout: Layout, reading: Reading) -> NDArray[numpy.int32]:
    """Options × four corners on the page."""
    assert reading.registered is not None
    found = numpy.array(
        [
            [
                (o.box.x, o.box.y),
                (o.box.right, o.box.y),
                (o.box.right, o.box.bottom),
                (o.box.x, o.box.bottom),
            ]
            for o in layout.options
        ],
        float,
    ).reshape(-1, 2)
    return numpy.rint(reading.registered.mapping.pixels(found)).astype(numpy.int32).reshape(-1, 4, 2)


def _boxes(
    reading: Reading, corners: NDArray[numpy.int32], stage: Stage
) -> list[tuple[Colour, NDArray[numpy.int32]]]:
    """Colour and outline of each option."""
    if stage is Stage.REGISTERED:
        return [(_BLUE, box) for box in corners]
    if stage is Stage.SCORED and reading.scores is not None:
        # The darker a bubble was found, the redder its outline.
        shares = numpy.clip(reading.scores.ink, 0, 1)
        return [
            ((200 - int(180 * s), 90, 60 + int(180 * s)), box) for s, box in zip(shares, corners, strict=True)
        ]
    bands = [band for answer in reading.answers for band in answer.bands]
    return [(_OF_BAND[band], box) for band, box in zip(bands, corners, strict=True)]

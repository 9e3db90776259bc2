"""Codes of a page, read in their windows only."""

from typing import Any

import cv2
import numpy
import zxingcpp

from kaowu.engines.omr.geometry import Mapping
from kaowu.engines.omr.layout import CodeWindow, Layout
from kaowu.engines.omr.page import Grey

MARGIN_MM = 3.0
SCALES = (8.0, 12.0, 5.0)  # pixels a millimetre, one after another until a code is read
LEAST_INK = 0.04  # of a window; a code has nine times as much, the outline of a place for a label half
INK = 0.8  # of the paper's grey
_FORMATS: dict[str, Any] = {"qr": zxingcpp.BarcodeFormat.QRCode, "code128": zxingcpp.BarcodeFormat.Code128}


def read_codes(grey: Grey, mapping: Mapping, layout: Layout) -> dict[str, str]:
    """What each code says, by the id of its window; a code that is not read is left out."""
    found = {}
    for window in layout.codes:
        text = _read(grey, mapping, window)
        if text is not None:
            found[window.id] = text
    return found


def _read(grey: Grey, mapping: Mapping, window: CodeWindow) -> str | None:
    for scale in SCALES:
        flat = window_image(grey, mapping, window, scale)
        if not _inked(flat):
            return None
        read = zxingcpp.read_barcodes(
            flat,
            formats=_FORMATS[window.type],
            try_rotate=False,
            try_downscale=False,
            try_invert=False,
            is_pure=False,
            return_errors=False,
        )
        texts = {code.text for code in read}
        if len(texts) == 1:
            return texts.pop()
        if len(texts) > 1:
            return None
    return None


def _inked(flat: Grey) -> bool:
    """Whether a window shows more than paper and the outline of a place for a label."""
    sample = flat[::3, ::3].ravel()
    paper = numpy.partition(sample, int(0.8 * sample.size))[int(0.8 * sample.size)]
    return bool((sample < INK * paper).mean() >= LEAST_INK)


def window_image(grey: Grey, mapping: Mapping, window: CodeWindow, scale: float) -> Grey:
    """The window of a code, upright, at so many pixels a millimetre."""
    box = window.box
    left, top, right, bottom = (
        box.x - MARGIN_MM,
        box.y - MARGIN_MM,
        box.right + MARGIN_MM,
        box.bottom + MARGIN_MM,
    )
    corners = numpy.array([[left, top], [right, top], [right, bottom], [left, bottom]])
    wide, high = round((right - left) * scale), round((bottom - top) * scale)
    flat = numpy.array([[0, 0], [wide, 0], [wide, high], [0, high]], numpy.float32)
    matrix = cv2.getPerspectiveTransform(flat, mapping.pixels(corners).astype(numpy.float32))
    return cv2.warpPerspective(
        grey,
        matrix,
        (wide, high),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255.0,),
    ).astype(numpy.uint8)

"""From the bytes of an image to a grey page; hostile and broken files are refused with a code.

The bytes themselves are never changed: their SHA-256 names what was read.
"""

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[numpy.uint8]

MOST_PIXELS = 150_000_000
LEAST_SIDE = 200
MOST_BETWEEN = 0.05  # of the dark pixels: as many middle greys a 1-bit page may have
WORK_SIDE = 830  # pixels of the shorter side of the smaller page, about
MOST_SCANS = 100  # of a progressive JPEG: each passes over the whole image, and ten are usual
START_OF_SCAN = b"\xff\xda"
_FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF")


class Rejected(Exception):
    """A page that is not read; the code says why, in a word that the outer floors explain."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Page:
    """One image as it came."""

    grey: Grey
    digest: str
    bilevel: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.grey.shape[1], self.grey.shape[0]

    @cached_property
    def small(self) -> tuple[Grey, int]:
        """The page by a whole factor smaller, where a rough look is enough, and the factor."""
        shrink = max(1, round(min(self.grey.shape) / WORK_SIDE))
        if shrink == 1:
            return self.grey, 1
        height, width = (side // shrink * shrink for side in self.grey.shape)
        whole = self.grey[:height, :width]
        if shrink == 3:  # of 300 dpi: the same means, in two thirds of the time
            small = numpy.ascontiguousarray(cv2.blur(whole, (3, 3))[1::3, 1::3])
        else:
            small = cv2.resize(whole, (width // shrink, height // shrink), interpolation=cv2.INTER_AREA)
        return small.astype(numpy.uint8, copy=False), shrink


def decode(content: bytes) -> Page:
    """The page of an image file. Raises Rejected: `not_an_image`, `image_too_large`, `image_too_small`."""
    try:
        with Image.open(io.BytesIO(content)) as head:
            width, height = head.size
            kind, mode, progressive = head.format, head.mode, "progressive" in head.info
    except Exception as error:  # a picture library fails in as many ways as there are broken files
        raise Rejected("not_an_image", type(error).__name__) from None
    if kind not in _FORMATS:
        raise Rejected("not_an_image", str(kind))
    if width * height > MOST_PIXELS:
        raise Rejected("image_too_large", f"{width} x {height}")
    if min(width, height) < LEAST_SIDE:
        raise Rejected("image_too_small", f"{width} x {height}")
    many = progressive or mode != "L"  # else the first scan ends the image
    if kind == "JPEG" and many and content.count(START_OF_SCAN) > MOST_SCANS:
        raise Rejected("image_too_large", "scans")
    grey = None
    if kind != "GIF":
        grey = cv2.imdecode(numpy.frombuffer(content, numpy.uint8), cv2.IMREAD_GRAYSCALE)
    if grey is None or min(grey.shape[:2]) < LEAST_SIDE:
        grey = _by_pillow(content)
    return page_of(grey, hashlib.sha256(content).hexdigest(), bilevel=mode == "1")


def page_of(grey: Grey, digest: str = "", bilevel: bool | None = None) -> Page:
    """A page from a grey image; a 1-bit scan, also one saved as a JPEG later, has nearly nothing but ends."""
    if not bilevel:
        sample = grey[:: max(1, grey.shape[0] // 800)]
        middle = cv2.countNonZero(cv2.inRange(sample, 64, 191))
        dark = cv2.countNonZero(cv2.threshold(sample, 63, 255, cv2.THRESH_BINARY_INV)[1])
        # About a photographed sheet much may be black.
        bilevel = middle <= MOST_BETWEEN * min(dark, 0.1 * sample.size)
    return Page(numpy.ascontiguousarray(grey), digest, bool(bilevel))


def _by_pillow(content: bytes) -> Grey:
    """What OpenCV does not decode, such as TIFF in G4."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            return numpy.asarray(image.convert("L"), dtype=numpy.uint8)
    except Exception as error:
        raise Rejected("not_an_image", type(error).__name__) from None

"""Reads finished papers back: their text, their pages, their codes."""

import datetime
from pathlib import Path

import numpy
import pypdfium2
import zxingcpp

from kaowu.basics.clock import EXAM_ZONE

PRINTED_AT = datetime.datetime(2027, 6, 6, 15, 20, tzinfo=EXAM_ZONE)
DIGEST = "b6d208f5aa11"


def texts(pdf: bytes | Path) -> list[str]:
    """The text of each page, in the order a reader would copy it."""
    opened = pypdfium2.PdfDocument(pdf)
    try:
        return [page.get_textpage().get_text_range() for page in opened]
    finally:
        opened.close()


def joined(text: str) -> str:
    """The text without the blanks and line ends that lie between its letters."""
    return "".join(text.split())


def codes(pdf: bytes, page: int = 0) -> list[str]:
    """What a scanner reads on the page as it would be printed."""
    opened = pypdfium2.PdfDocument(pdf)
    try:
        picture = numpy.asarray(opened[page].render(scale=3, grayscale=True).to_numpy())
        return [found.text for found in zxingcpp.read_barcodes(picture.squeeze())]
    finally:
        opened.close()


def points(pdf: bytes, page: int = 0, scale: float = 2) -> numpy.ndarray:
    """The page as grey points."""
    opened = pypdfium2.PdfDocument(pdf)
    try:
        return numpy.array(opened[page].render(scale=scale, grayscale=True).to_numpy()).squeeze()
    finally:
        opened.close()

"""Files that hold sheets: single images, TIFF of many pages, PDF. Each page becomes one image."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy
import pypdfium2
from PIL import Image, ImageSequence

from kaowu.engines.omr.page import LEAST_SIDE, MOST_PIXELS, Page, Rejected, decode, page_of

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".gif", ".tif", ".tiff")
MOST_PAGES = 20_000
PDF_DPI = 200


@dataclass(frozen=True, slots=True)
class Source:
    """One page of one file. `page` counts from 1; its name carries it only where a file has several."""

    path: Path
    page: int
    of: int

    @property
    def name(self) -> str:
        return self.path.name if self.of == 1 else f"{self.path.name}#{self.page}"


def is_sheet_file(path: Path) -> bool:
    """Whether a file looks like one that may hold sheets, by its name."""
    return path.is_file() and not path.name.startswith(".") and path.suffix.lower() in (*IMAGES, ".pdf")


def sources(path: Path) -> Iterator[Source]:
    """The pages of a file; a broken one has one page, whose reading says what is wrong."""
    count = _pages(path)
    for page in range(1, count + 1):
        yield Source(path, page, count)


def load(source: Source) -> Page:
    """The page of a source; raises Rejected."""
    if source.path.suffix.lower() == ".pdf":
        return _pdf_page(source)
    if source.of == 1:
        return decode(source.path.read_bytes())
    try:
        image = _opened(source.path, source.path.stat().st_mtime_ns)
        image.seek(source.page - 1)
        if image.width * image.height > MOST_PIXELS:
            raise Rejected("image_too_large")
        return page_of(numpy.asarray(image.convert("L"), dtype=numpy.uint8), bilevel=image.mode == "1")
    except (Rejected, OSError):
        raise
    except Exception as error:  # a picture library fails in as many ways as there are broken files
        raise Rejected("not_an_image", type(error).__name__) from None


def _pages(path: Path) -> int:
    try:
        if path.suffix.lower() == ".pdf":
            document = pypdfium2.PdfDocument(path)
            try:
                return max(1, min(len(document), MOST_PAGES))
            finally:
                document.close()
        if path.suffix.lower() in (".tif", ".tiff"):
            with Image.open(path) as image:
                # A file may hold its directories in a ring, or millions of empty ones.
                return max(1, sum(1 for _ in islice(ImageSequence.Iterator(image), MOST_PAGES)))
    except Exception:
        return 1
    return 1


@lru_cache(maxsize=1)
def _opened(path: Path, changed: int) -> Image.Image:
    """The file last read from: pages of one file come one after another, and to seek anew takes long."""
    return Image.open(path)


@lru_cache(maxsize=1)
def _document(path: Path, changed: int) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(path)


def _pdf_page(source: Source) -> Page:
    try:
        page = _document(source.path, source.path.stat().st_mtime_ns)[source.page - 1]
        try:
            width, height = page.get_size()
            if width * height * (PDF_DPI / 72) ** 2 > MOST_PIXELS:
                raise Rejected("image_too_large")
            bitmap = page.render(scale=PDF_DPI / 72, grayscale=True)
            pixels = bitmap.to_numpy()
            grey = numpy.array(pixels[:, :, 0] if pixels.ndim == 3 else pixels, dtype=numpy.uint8)
            bitmap.close()
        finally:
            page.close()
        if min(grey.shape) < LEAST_SIDE:
            raise Rejected("image_too_small")
        return page_of(grey)
    except (Rejected, OSError):
        raise
    except Exception as error:
        raise Rejected("not_an_image", type(error).__name__) from None

"""Files that hold sheets: single images, TIFF of many pages, PDF. Each page becomes one image."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy
import pypdfium2
from PIL import Image, ImageSequence

from kaowu.engines.omr.page import MOST_PIXELS, Page, Rejected, decode, page_of

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
    suffix = source.path.suffix.lower()
    if suffix == ".pdf":
        return _pdf_page(source)
    content = source.path.read_bytes()
    if source.of == 1:
        return decode(content)
    try:
        with Image.open(io.BytesIO(content)) as image:
            image.seek(source.page - 1)
            if image.width * image.height > MOST_PIXELS:
                raise Rejected("image_too_large")
            return page_of(numpy.asarray(image.convert("L"), dtype=numpy.uint8), bilevel=image.mode == "1")
    except Rejected:
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
                return max(1, min(sum(1 for _ in ImageSequence.Iterator(image)), MOST_PAGES))
    except Exception:
        return 1
    return 1


def _pdf_page(source: Source) -> Page:
    try:
        document = pypdfium2.PdfDocument(source.path)
    except Exception as error:
        raise Rejected("not_an_image", type(error).__name__) from None
    try:
        page = document[source.page - 1]
        width, height = page.get_size()
        if width * height * (PDF_DPI / 72) ** 2 > MOST_PIXELS:
            raise Rejected("image_too_large")
        bitmap = page.render(scale=PDF_DPI / 72, grayscale=True).to_numpy()
        grey = bitmap[:, :, 0] if bitmap.ndim == 3 else bitmap
        return page_of(numpy.array(grey, dtype=numpy.uint8))
    except Rejected:
        raise
    except Exception as error:
        raise Rejected("not_an_image", type(error).__name__) from None
    finally:
        document.close()

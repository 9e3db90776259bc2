"""Files that mean harm: refused by a code before they cost time or memory."""

import io
import struct
import zlib
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from tests.inner.engines.omr.sheets import blank_at

from kaowu.engines.omr.files import MOST_PAGES, Source, load, sources
from kaowu.engines.omr.page import MOST_SCANS, Rejected, decode

SIDE = 100_000


def png_head(width: int, height: int) -> bytes:
    """A PNG that says how large it is and holds nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def bmp_head(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def tiff(directories: list[tuple[int, int, int]]) -> bytes:
    """TIFF of directories (width, height, number of the next one or 0), all without pixels."""
    size = 2 + 12 * 4 + 4
    out = struct.pack("<2sHI", b"II", 42, 8)
    for width, height, following in directories:
        tags = [(256, width), (257, height), (258, 8), (262, 1)]
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, v) for tag, v in tags)
        out += struct.pack("<I", 8 + size * (following - 1) if following else 0)
    return out


def gif_head(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0) + b";"


@pytest.mark.parametrize(
    "content",
    [
        png_head(SIDE, SIDE),
        png_head(2**31 - 1, 2**31 - 1),
        bmp_head(SIDE, SIDE),
        bmp_head(2**31 - 1, -(2**31)),
        tiff([(SIDE, SIDE, 0)]),
        gif_head(65_535, 65_535),
        png_head(1000, 1000),
        tiff([(1000, 1000, 0)]),
    ],
    ids=["png", "png-most", "bmp", "bmp-most", "tiff", "gif", "png-empty", "tiff-empty"],
)
def test_a_head_that_promises_more_than_there_is_is_refused(content: bytes):
    with pytest.raises(Rejected) as rejected:
        decode(content)
    assert rejected.value.code in ("image_too_large", "not_an_image")


def test_a_jpeg_that_is_passed_over_hundreds_of_times_is_refused():
    out = io.BytesIO()
    Image.fromarray(blank_at(100)).save(out, "JPEG", progressive=True)
    content = out.getvalue()
    assert decode(content).grey.shape == blank_at(100).shape
    scan = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(Rejected) as rejected:
        decode(content[:-2] + scan * MOST_SCANS + content[-2:])
    assert rejected.value.code == "image_too_large"


@pytest.mark.parametrize("ring", [[(300, 300, 1)], [(300, 300, 2), (300, 300, 1)]], ids=["itself", "two"])
def test_a_tiff_whose_pages_form_a_ring_has_an_end(tmp_path: Path, ring: list[tuple[int, int, int]]):
    (tmp_path / "ring.tif").write_bytes(tiff(ring))
    pages = list(sources(tmp_path / "ring.tif"))
    assert 1 <= len(pages) <= MOST_PAGES
    with pytest.raises((Rejected, OSError)):
        load(pages[-1])


def test_a_pdf_page_of_kilometres_is_refused(tmp_path: Path):
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    pdf.pages[0].MediaBox = [0, 0, 3_000_000, 3_000_000]
    pdf.save(tmp_path / "large.pdf")
    with pytest.raises(Rejected) as rejected:
        load(next(sources(tmp_path / "large.pdf")))
    assert rejected.value.code in ("image_too_large", "not_an_image")


def test_a_pdf_of_very_many_pages_is_counted_up_to_a_limit_and_its_pages_are_read(tmp_path: Path):
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(595, 842))
    page = pdf.pages[0]
    for _ in range(2999):
        pdf.pages.append(page)
    pdf.save(tmp_path / "many.pdf")
    pages = list(sources(tmp_path / "many.pdf"))
    assert len(pages) == 3000
    assert load(pages[-1]).grey.min() == 255


def test_a_broken_pdf_is_one_page_that_is_refused(tmp_path: Path):
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.7\n%%EOF")
    (page,) = sources(path)
    assert page == Source(path, 1, 1)
    with pytest.raises(Rejected):
        load(page)


def test_a_page_that_is_not_there_any_more_is_refused(tmp_path: Path):
    first = Image.fromarray(blank_at(100))
    first.save(tmp_path / "two.tif", save_all=True, append_images=[first])
    pages = list(sources(tmp_path / "two.tif"))
    first.save(tmp_path / "two.tif")
    with pytest.raises((Rejected, OSError)):
        load(pages[1])

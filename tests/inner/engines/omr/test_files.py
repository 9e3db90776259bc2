"""Image files of every sort, and such as mean harm."""

import io
import struct
import zlib
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.inner.engines.omr.sheets import blank_at, layout, printed, reader

from kaowu.engines.omr.batch import read_batch
from kaowu.engines.omr.files import is_sheet_file, load, sources
from kaowu.engines.omr.page import Rejected, decode


def as_bytes(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(blank_at(100)).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF"])
def test_every_usual_kind_of_image_is_read(kind: str):
    assert reader().read_bytes(as_bytes(kind)).error is None


def test_a_tiff_in_g4_is_decoded():
    out = io.BytesIO()
    Image.fromarray(blank_at(200)).convert("1").save(out, "TIFF", compression="group4")
    assert decode(out.getvalue()).bilevel


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_an_image"),
        (b"GIF89a", "not_an_image"),
        (as_bytes("JPEG")[:400], "not_an_image"),
        (b"%PDF-1.7 nothing", "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
    ],
)
def test_a_file_that_is_no_image_is_rejected_by_code(content: bytes, code: str):
    assert reader().read_bytes(content).error in (code, "corners", "track", "self_check")


def test_an_image_of_a_billion_pixels_is_refused_before_it_is_decoded():
    whole = as_bytes("PNG")
    decode(whole)
    # The same file, but for what its head says of its size.
    head = b"IHDR" + struct.pack(">II", 40_000, 30_000) + whole[24:29]
    with pytest.raises(Rejected) as rejected:
        decode(whole[:12] + head + struct.pack(">I", zlib.crc32(head)) + whole[33:])
    assert rejected.value.code in ("image_too_large", "not_an_image")


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_damaged_image_is_read_or_rejected_and_never_breaks_the_reader(data: st.DataObject):
    content = bytearray(as_bytes(data.draw(st.sampled_from(["JPEG", "PNG", "TIFF"]))))
    for _ in range(data.draw(st.integers(1, 12))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    reading = reader().read_bytes(bytes(content[: data.draw(st.integers(1, len(content)))]))
    assert reading.error is not None or len(reading.answers) == len(layout().fields)


def test_pages_of_tiff_and_pdf_are_read_one_by_one(tmp_path: Path):
    first = Image.fromarray(blank_at(100))
    first.save(tmp_path / "many.tif", save_all=True, append_images=[first, first])
    (tmp_path / "one.pdf").write_bytes(printed())
    (tmp_path / "notes.txt").write_text("x")
    files = [path for path in sorted(tmp_path.iterdir()) if is_sheet_file(path)]
    pages = [page for path in files for page in sources(path)]
    assert [page.name for page in pages] == ["many.tif#1", "many.tif#2", "many.tif#3", "one.pdf"]
    assert all(reader().read(load(page)).error is None for page in pages)


def test_a_stopped_batch_goes_on_where_it_stopped(tmp_path: Path):
    for number in range(3):
        Image.fromarray(blank_at(100)).save(tmp_path / f"{number}.png")
    (tmp_path / "broken.jpg").write_bytes(b"nothing")
    pages = [page for path in sorted(tmp_path.glob("*.*g")) for page in sources(path)]
    kept = tmp_path / "kept.part"
    begun = read_batch(layout(), blank_at(200), pages, 1, kept)
    first = [next(begun), next(begun)]
    begun.close()
    with kept.open("a", encoding="utf-8") as file:
        file.write('["2.png", {"fields"')  # the power went while this line was written
    (tmp_path / "0.png").write_bytes(b"gone")
    again = dict(read_batch(layout(), blank_at(200), pages, 1, kept))
    assert again["0.png"] == first[0][1]
    assert again["0.png"]["error"] is None
    assert again["2.png"]["error"] is None
    assert again["broken.jpg"]["error"] == "not_an_image"
    assert set(again) == {"0.png", "1.png", "2.png", "broken.jpg"}


def test_workers_read_what_one_process_reads(tmp_path: Path):
    for number in range(3):
        Image.fromarray(numpy.rot90(blank_at(100), number)).save(tmp_path / f"{number}.png")
    pages = [page for path in sorted(tmp_path.iterdir()) for page in sources(path)]
    alone = dict(read_batch(layout(), blank_at(200), pages, 1, tmp_path / "a.part"))
    together = dict(read_batch(layout(), blank_at(200), pages, 2, tmp_path / "b.part"))
    assert alone == together

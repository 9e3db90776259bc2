"""Broken and hostile files: one sentence in two languages, never a traceback, in bounded time."""

import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.inner.engines.roster import messy as m
from tests.inner.engines.roster import messy_layout as layout

from kaowu.engines.roster import RosterExam, RosterUnreadable, check, read_tables

EXAM = RosterExam.from_json(m.EXAM)
PEOPLE = m.make_people(3, 12)
GRID = layout.lay_out(3, PEOPLE)
PLAIN = layout.lay_out(4, PEOPLE, plain=True)
FILES = {
    "xlsx": layout.as_xlsx([GRID], style="xlsxwriter"),
    "xls": layout.as_xls([GRID]),
    "dbf": layout.as_dbf(PLAIN, "gb18030")[0],
    "csv": layout.as_text(PLAIN, ",", "gb18030"),
    "html": layout.as_html(GRID),
    "xml": layout.as_xml2003([GRID]),
    "ods": layout.as_ods([GRID]),
}
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


def refusal(data: bytes) -> str:
    with pytest.raises(RosterUnreadable) as caught:
        check(read_tables(data, "坏文件"), EXAM)
    assert caught.value.sentence.zh
    assert caught.value.sentence.en
    assert caught.value.remedy is not None
    return caught.value.code


def repacked(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return out.getvalue()


def in_sheet(change: Callable[[bytes], bytes]) -> bytes:
    return repacked(FILES["xlsx"], lambda name, part: change(part) if "sheet1.xml" in name else part)


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, part in parts.items():
            package.writestr(name, part)
    return out.getvalue()


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n\0", "file_empty"),
        (b"%PDF-1.7 ...", "not_a_table"),
        (b"\x89PNG\r\n\x1a\n....", "not_a_table"),
        (b"Rar!\x1a\x07", "not_a_table"),
        (zipped(readme=b"hello"), "not_a_table"),
        (zipped(**{"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"}), "not_a_table"),
        (zipped(**{"xl/workbook.bin": b"x"}), "format_unsupported"),
        (OLE + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 900, "password"),
        (OLE + random.Random(1).randbytes(3000), "file_corrupt"),
        (b"PK\x03\x04" + b"\0" * 100, "file_corrupt"),
        ("你好，这不是名单\n第二行".encode(), "no_roster"),
        (b'{"rows": [1, 2, 3]}', "no_roster"),
        (random.Random(2).randbytes(4000), "no_roster"),
        (LAUGHS + b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">&b;</Workbook>', "hostile_xml"),
        (in_sheet(lambda part: LAUGHS + part.split(b"?>", 1)[-1]), "hostile_xml"),
        (in_sheet(lambda part: part.replace(b"<sheetData>", b'<sheetData><row r="1"><c r="A1" t="s"><v>9999999</v></c></row>')), "file_corrupt"),
        (in_sheet(lambda part: part.replace(b"<sheetData>", b'<sheetData><row r="99999999"><c r="A1"><v>1</v></c></row>')), "file_too_large"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_why(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_a_zip_bomb_is_stopped_early() -> None:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(FILES["xlsx"])) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for name in source.namelist():
            if "sheet1.xml" not in name:
                target.writestr(name, source.read(name))
        with target.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(200):
                sheet.write(b" " * 1_000_000)
    assert refusal(out.getvalue()) == "zip_bomb"


@pytest.mark.parametrize(
    "change",
    [
        lambda part: part.replace(
            b"<sheetData>", b'<sheetData><row r="1"><c r="XFD1" t="str"><v>x</v></c></row>'
        ),
        lambda part: part.replace(
            b"</sheetData>",
            b'</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/><mergeCell ref="B2:A1"/></mergeCells>',
        ),
        lambda part: part.replace(
            b"<sheetData>", b'<sheetData><row r="1"><c r="B1" s="99"><v>-1e400</v></c></row>'
        ),
        lambda part: part.replace(b"<sheetData>", b"<!-- a remark --><sheetData>"),
    ],
)
def test_strange_cells_do_no_harm(change: Callable[[bytes], bytes]) -> None:
    try:
        check(read_tables(in_sheet(change), "odd.xlsx"), EXAM)
    except RosterUnreadable as refused:
        assert refused.code == "no_roster"


def test_a_sheet_without_numbers_is_named_in_the_refusal() -> None:
    with pytest.raises(RosterUnreadable) as caught:
        check(read_tables("姓名,学校,语种\n张三,豫章市第一中学,英语\n".encode(), "x.csv"), EXAM)
    assert "证件号码" in caught.value.sentence.zh


@pytest.mark.parametrize("kind", FILES)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_bytes_never_break_the_reader(kind: str, data: st.DataObject) -> None:
    whole = bytearray(FILES[kind])
    for place, value in data.draw(
        st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=8)
    ):
        whole[place] = value
    cut = data.draw(st.integers(0, len(whole)))
    for damaged in (bytes(whole), bytes(whole[:cut])):
        try:
            check(read_tables(damaged, kind), EXAM)
        except RosterUnreadable as refused:
            assert refused.sentence.zh


def test_a_missing_file_is_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(RosterUnreadable):
        read_tables(tmp_path / "没有.xlsx")


@pytest.mark.parametrize(
    "exam",
    [{}, {"subjects": []}, {"subjects": [{}], "exam_date": "2027-06-07"}, {"exam_date": "x", "subjects": []}],
)
def test_a_broken_exam_description_is_a_refusal(exam: dict[str, object]) -> None:
    with pytest.raises(RosterUnreadable) as caught:
        RosterExam.from_json(exam)
    assert caught.value.code == "exam_invalid"

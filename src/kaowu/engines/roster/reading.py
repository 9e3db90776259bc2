"""Reads any file that offices send as a roster; the bytes say what it is, not its name.

Web systems hand out HTML and text under the name .xls, and people rename what
they do not understand. So the suffix is never believed.
"""

from __future__ import annotations

from pathlib import Path

from kaowu.basics.errors import Sentence
from kaowu.engines.roster.collector import collector_resting
from kaowu.engines.roster.package import MAX_FILE, Package
from kaowu.engines.roster.read_dbf import looks_like_dbf, read_dbf
from kaowu.engines.roster.read_html import html_of_mht, looks_like_html, looks_like_mht, read_html
from kaowu.engines.roster.read_ods import read_ods
from kaowu.engines.roster.read_text import read_text
from kaowu.engines.roster.read_xls import read_xls
from kaowu.engines.roster.read_xlsx import read_xlsx
from kaowu.engines.roster.read_xml2003 import looks_like_xml2003, read_xml2003
from kaowu.engines.roster.unreadable import damage_becomes_a_sentence, unreadable
from kaowu.engines.roster.workbook import Sheet, Workbook

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
BARE_BIFF = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
FOREIGN = {
    b"%PDF": "PDF",
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG": "PNG",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
    b"{\\rtf": "RTF",
    b"MZ": "EXE",
    b"\0\1\0\0Standard Jet DB": "Access",
    b"\0\1\0\0Standard ACE DB": "Access",
    b"SQLite format 3": "SQLite",
}


def read_tables(source: str | Path | bytes, name: str = "") -> Workbook:
    """The file as sheets of cells, or `RosterUnreadable` with a sentence that says why not.

    `name` is the file's name for messages; a path brings its own, and the memo
    file that may lie beside a .dbf.
    """
    memo = b""
    if isinstance(source, bytes):
        data = source
    else:
        path = Path(source)
        name = name or path.name
        data = _load(path)
        memo = _memo_beside(path)
    if len(data) > MAX_FILE:
        raise unreadable("file_too_large")
    if not data.strip(b"\0 \r\n\t\x1a"):
        raise unreadable("file_empty")
    with damage_becomes_a_sentence(name), collector_resting():
        kind, sheets = _read(data, memo)
    return Workbook(name, kind, tuple(sheets))


def _load(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_FILE:
            raise unreadable("file_too_large")
        return path.read_bytes()
    except OSError as error:
        detail = Sentence(path.name, path.name)
        missing = isinstance(error, FileNotFoundError | IsADirectoryError)
        raise unreadable("file_missing" if missing else "file_corrupt", detail) from error


def _memo_beside(path: Path) -> bytes:
    if path.suffix.lower() != ".dbf":
        return b""
    for beside in path.parent.iterdir():
        same_stem = beside.stem.lower() == path.stem.lower()
        if same_stem and beside.suffix.lower() in {".fpt", ".dbt"} and beside.stat().st_size < MAX_FILE:
            return beside.read_bytes()
    return b""


def _read(data: bytes, memo: bytes) -> tuple[str, list[Sheet]]:
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _read_package(Package(data))
    if data.startswith(OLE):
        return _read_ole(data)
    if data[:2] in BARE_BIFF and data[2:4] in {b"\x04\0", b"\x06\0", b"\x08\0", b"\x10\0"}:
        return "xls", read_xls(data)
    if looks_like_dbf(data):
        return "dbf", [read_dbf(data, memo)]
    for magic, what in FOREIGN.items():
        if data.startswith(magic) and not (magic in {b"BM", b"MZ"} and data[:64].isascii()):
            raise unreadable("not_a_table", Sentence(what, what))
    if looks_like_xml2003(data):
        return "xml", read_xml2003(data)
    if looks_like_mht(data):
        return "html", [read_html(html_of_mht(data))]
    if looks_like_html(data):
        return "html", [read_html(data)]
    return "csv", [read_text(data)]


def _read_package(package: Package) -> tuple[str, list[Sheet]]:
    if package.has("xl/workbook.bin"):
        raise unreadable("format_unsupported", Sentence("二进制工作簿 .xlsb", "binary workbook .xlsb"))
    if package.has("content.xml"):
        if b"spreadsheet" not in package.read("mimetype"):
            raise unreadable("not_a_table", Sentence("OpenDocument 文档", "OpenDocument text"))
        return "ods", read_ods(package)
    if package.has("[Content_Types].xml"):
        if package.has("word/document.xml") or package.has("ppt/presentation.xml"):
            raise unreadable(
                "not_a_table", Sentence("Word 或 PowerPoint 文档", "a Word or PowerPoint document")
            )
        return "xlsx", read_xlsx(package)
    if package.has("xl/workbook.xml"):
        return "xlsx", read_xlsx(package)
    raise unreadable(
        "not_a_table", Sentence("压缩包，请解压后逐个上传", "an archive; unpack it and send the files")
    )


def _read_ole(data: bytes) -> tuple[str, list[Sheet]]:
    if _utf16(b"EncryptedPackage") in data or _utf16(b"EncryptionInfo") in data:
        raise unreadable("password")
    if _utf16(b"WordDocument") in data:
        raise unreadable("not_a_table", Sentence("Word 文档", "a Word document"))
    return "xls", read_xls(data)


def _utf16(text: bytes) -> bytes:
    return text.decode().encode("utf-16-le")

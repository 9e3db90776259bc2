"""Reads .dbf of dBASE, FoxPro and Visual FoxPro.

The code page mark in the header is often missing or wrong, so all text is
decoded in the one encoding that fits the bytes of the whole file. Records that
carry the deletion mark do not exist. A file cut off in the middle of a record
gives the records it holds. A text that fills its field to the last byte may
have been cut when it was written, so such cells are remembered.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from kaowu.engines.roster.text_encoding import best_encoding
from kaowu.engines.roster.unreadable import unreadable
from kaowu.engines.roster.workbook import MAX_COLUMNS, Cell, DateCell, NumberCell, Row, Sheet

VERSIONS = frozenset(
    {
        0x02,
        0x03,
        0x04,
        0x05,
        0x07,
        0x30,
        0x31,
        0x32,
        0x43,
        0x63,
        0x7B,
        0x83,
        0x8B,
        0x8C,
        0xCB,
        0xE5,
        0xF5,
        0xFB,
    }
)
END_OF_FIELDS = 0x0D
DELETED = 0x2A
MemoOf = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class _Field:
    name: bytes
    kind: str
    start: int
    width: int


def looks_like_dbf(data: bytes) -> bool:
    """A version byte, a possible date, and fields that add up to the record length."""
    if len(data) < 66 or data[0] not in VERSIONS or data[2] > 12 or data[3] > 31:
        return False
    header, record = struct.unpack("<HH", data[8:12])
    if header < 65 or record < 2 or header > len(data) + 1:
        return False
    fields = _fields(data, header)
    return bool(fields) and 1 + sum(field.width for field in fields) <= record + 1


def read_dbf(data: bytes, memo: bytes = b"") -> Sheet:
    """The records as one sheet; row 0 holds the field names."""
    header, record = struct.unpack("<HH", data[8:12])
    fields = _fields(data, header)[:MAX_COLUMNS]
    if not fields:
        raise unreadable("file_corrupt")
    declared = struct.unpack("<I", data[4:8])[0]
    present = -(-max(len(data) - header, 0) // record)
    count = min(declared, present) if declared else present
    encoding = _encoding(data, header, record, count, fields)
    sheet = Sheet("", has_letters=False, has_header_names=True)
    sheet.add(0, [_decode(field.name, encoding, "ignore") for field in fields])
    memo_of = _memo_reader(memo)
    for number in range(1, count + 1):
        at = header + (number - 1) * record
        raw = data[at : at + record]
        if not raw or raw[0] == 0x1A:
            break
        if raw[0] == DELETED or len(raw) < min(record, 2):
            continue
        row: Row = []
        for column, field in enumerate(fields):
            value = raw[field.start : field.start + field.width]
            row.append(_cell(value, field, encoding, memo_of))
            if field.kind == "C" and len(value) == field.width and value[-1:] not in b" \0":
                sheet.filled.add((number, column))
        sheet.add(number, row)
    return sheet


def _fields(data: bytes, header: int) -> list[_Field]:
    fields: list[_Field] = []
    at, start = 32, 1
    while at + 32 <= min(header + 1, len(data)) and data[at] not in {END_OF_FIELDS, 0}:
        kind = chr(data[at + 11])
        width = data[at + 16] + (data[at + 17] << 8 if kind == "C" else 0)
        if not kind.isalnum() and kind not in "@+":
            return []
        name = data[at : at + 11].split(b"\0")[0].strip()
        if kind != "0":
            fields.append(_Field(name, kind, start, width))
        start += width
        at += 32
    return fields


def _encoding(data: bytes, header: int, record: int, count: int, fields: list[_Field]) -> str:
    """Decided on names and texts of up to some thousand records."""
    step = max(count // 2000, 1)
    texts = [field.name for field in fields]
    for number in range(0, count, step):
        at = header + number * record
        for field in fields:
            if field.kind == "C":
                value = data[at + field.start : at + field.start + field.width].rstrip(b" \0")
                if not value.isascii() and len(value) < field.width:
                    texts.append(value)
    return best_encoding(b"\n".join(texts), allow_utf16=False)


def _decode(value: bytes, encoding: str, errors: str = "replace") -> str:
    return value.decode(encoding, errors)


def _cell(value: bytes, field: _Field, encoding: str, memo_of: MemoOf) -> Cell:
    if field.kind in "CVW":
        text = value.rstrip(b" \0")
        return (text.decode("ascii") if text.isascii() else _decode(text, encoding)) or None
    if field.kind in "NF":
        text = value.strip(b" \0")
        return _digits(text.decode("ascii", "replace"))
    if field.kind == "D":
        text = value.strip(b" \0")
        return text.decode("ascii", "replace") or None if text.strip(b"0") else None
    if field.kind == "L":
        return {"T": "TRUE", "Y": "TRUE", "F": "FALSE", "N": "FALSE"}.get(
            value[:1].decode("ascii", "replace").upper()
        )
    if field.kind in "MGP":
        return _memo(value, memo_of, encoding)
    return _binary(value, field.kind)


def _digits(text: str) -> Cell:
    """Decimal digits as written; `12.00` is 12. Nothing is lost here, whatever the length."""
    if not text or set(text) <= set("*"):
        return None
    whole, _, part = text.partition(".")
    return whole if part and not part.strip("0") and whole.lstrip("-").isdigit() else text


def _binary(value: bytes, kind: str) -> Cell:
    if kind in "I+" and len(value) == 4:
        return str(struct.unpack("<i", value)[0])
    if kind == "Y" and len(value) == 8:
        return _digits(f"{struct.unpack('<q', value)[0] / 10000:.4f}")
    if kind in "BO" and len(value) == 8:
        return NumberCell(format(struct.unpack("<d", value)[0], ".15g"))
    if kind in "T@" and len(value) == 8:
        days = struct.unpack("<I", value[:4])[0]
        return (
            DateCell((date(1970, 1, 1) + timedelta(days=days - 2440588)).isoformat())
            if 0 < days < 5_000_000
            else None
        )
    return None


def _memo(value: bytes, memo_of: MemoOf, encoding: str) -> Cell:
    text = value.strip(b" \0")
    if len(value) == 4:
        block = struct.unpack("<I", value)[0]
    else:
        block = int(text) if text.isdigit() else 0
    found = memo_of(block) if block else b""
    return _decode(found, encoding).strip() or None


def _memo_reader(memo: bytes) -> MemoOf:
    """Texts by block number, from a .fpt (FoxPro) or .dbt (dBASE) file; nothing if it is missing."""
    if len(memo) < 512:
        return lambda _: b""
    size = struct.unpack(">H", memo[6:8])[0]

    def fox(block: int) -> bytes:
        at = block * size
        if at + 8 > len(memo):
            return b""
        length = struct.unpack(">I", memo[at + 4 : at + 8])[0]
        return memo[at + 8 : at + 8 + min(length, 65536)]

    def dbase(block: int) -> bytes:
        at = block * 512
        if memo[at : at + 4] == b"\xff\xff\x08\x00":
            length = struct.unpack("<I", memo[at + 4 : at + 8])[0]
            return memo[at + 8 : at + min(length, 65536)]
        return memo[at : at + 65536].split(b"\x1a")[0]

    return fox if size and memo[8:16].strip(b"\0") == b"" and memo[16:17] != b"\x03" else dbase

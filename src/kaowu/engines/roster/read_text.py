"""Reads text tables: .csv, .txt, .tsv, whatever the separator and the encoding.

A row's number is the physical line on which its record begins. Quotes are
believed only as far as they make sense: one that never closes must not swallow
the rest of the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter

from kaowu.engines.roster.text_encoding import decode_text
from kaowu.engines.roster.unreadable import unreadable
from kaowu.engines.roster.workbook import MAX_CELL_LENGTH, MAX_COLUMNS, MAX_ROWS, Sheet

SEPARATORS = (",", "\t", ";", "|", "，", "；", "^", "~", "\x1f", "¦", "｜")
MAX_LINES_OF_A_RECORD = 30
_DIRECTIVE = re.compile(r"\s*\"?sep=(.)\"?\s*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1e]")
_WIDE_GAP = re.compile(r"[ \u3000]{2,}|\t+")


def read_text(data: bytes) -> Sheet:
    """The records of a separated text as one sheet."""
    text, _ = decode_text(data)
    if _is_binary(text):
        raise unreadable("not_a_table")
    lines = list(io.StringIO(text.replace("\0", "").rstrip("\x1a"), newline=""))
    if len(lines) > 2 * MAX_ROWS:
        raise unreadable("file_too_large")
    sheet = Sheet("", has_letters=False)
    first = 0
    separator = ""
    if lines and (match := _DIRECTIVE.fullmatch(lines[0].rstrip("\r\n"))):
        separator, first = match[1], 1
    separator = separator or _separator(lines)
    at = first
    while at < len(lines):
        number, record, at = at + 1, *_record(lines, at, separator)
        sheet.add(number, [cell[:MAX_CELL_LENGTH] or None for cell in record[:MAX_COLUMNS]])
    return sheet


def _is_binary(text: str) -> bool:
    sample = text[:65536]
    return len(_CONTROL.findall(sample)) + sample.count("\ufffd") > max(8, len(sample) // 20)


def _separator(lines: list[str]) -> str:
    """The one that cuts most lines into the same number of pieces, and into the most."""
    sample = [line for line in lines[:400] if line.strip()]
    best, best_score = "", 0.0
    for separator in SEPARATORS:
        counts = Counter(_unquoted(line, separator) for line in sample)
        counts.pop(0, None)
        if not counts:
            continue
        most, times = counts.most_common(1)[0]
        score = times / len(sample) * min(most, 12) ** 0.5
        if score > best_score:
            best, best_score = separator, score
    return best


def _unquoted(line: str, separator: str) -> int:
    if '"' in line:
        line = re.sub(r'"[^"]*"', "", line)
    return line.count(separator)


def _record(lines: list[str], at: int, separator: str) -> tuple[list[str], int]:
    """The record that begins on a line, and the line after it."""
    line = lines[at]
    if not separator:
        return [cell for cell in _WIDE_GAP.split(line.strip("\r\n")) if cell], at + 1
    if '"' not in line:
        return line.rstrip("\r\n").split(separator), at + 1
    if line.count('"') % 2 == 0 or not _opens_a_quote(line, separator):
        return _parse([line], separator), at + 1
    quotes = line.count('"')
    for end in range(at + 1, min(at + MAX_LINES_OF_A_RECORD, len(lines))):
        quotes += lines[end].count('"')
        if quotes % 2 == 0:
            return _parse(lines[at : end + 1], separator), end + 1
    return [cell.strip('"') for cell in line.rstrip("\r\n").split(separator)], at + 1


def _opens_a_quote(line: str, separator: str) -> bool:
    return re.search(rf'(?:^|{re.escape(separator)})\s*"', line) is not None


def _parse(lines: list[str], separator: str) -> list[str]:
    csv.field_size_limit(1 << 24)
    try:
        rows = list(csv.reader(lines, delimiter=separator, skipinitialspace=False))
    except csv.Error:
        return "".join(lines).rstrip("\r\n").split(separator)
    return [cell for row in rows for cell in row]

"""Takes the disguises off a cell: wrappers, apostrophes, spaces, full width.

Excel and the programs that feed it hide texts in `="…"`, behind an apostrophe
or between tabs, so that digits stay as they are. What is under the disguise is
what was meant; nothing else about it is changed.
"""

from __future__ import annotations

import re

from kaowu.basics.names import half_width, without_spaces
from kaowu.engines.roster.workbook import Cell, ErrorCell, NumberCell

_WRAPPER = re.compile(r"\s*=\s*[\"“”＂'](?P<inner>.*)[\"“”＂']\s*", re.DOTALL)
_QUOTES = re.compile(r"\s*[\"“＂](?P<inner>[^\"“”＂]*)[\"”＂]\s*", re.DOTALL)
_APOSTROPHE = re.compile(r"^[\s\u200b\ufeff\u00a0\u3000]*['’‘＇`](?=.)")
_ERRORS = re.compile(
    r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|GETTING_DATA|UNKNOWN!)|ERR:\d{3}",
    re.IGNORECASE,
)
_WHOLE_NUMBER = re.compile(r"-?\d+\.0+")

PLACEHOLDERS = frozenset(
    [
        "无",
        "待定",
        "暂无",
        "/",
        "//",
        "\\",
        "不详",
        "待补",
        "待补充",
        "无身份证",
        "无证件",
        "没有身份证",
        "未办理",
        "办理中",
        "正在办理",
        "补办中",
        "未选",
        "待选",
        "—",
        "——",
        "――",
        "-",
        "--",
        "---",
        "–",
        "–",
        "_",
        "__",
        "0",
        "空",
        "(空)",
        "空白",
        "未填",
        "没有",
        "(无)",
        "暂缺",
        "缺",
        "缺失",
        "未定",
        "未知",
        "待查",
        "待核",
        "待核实",
        "待确认",
        "待填",
        "待录",
        "待录入",
        "待报",
        "未提供",
        "未录入",
        "无此项",
        "N/A",
        "NA",
        "NULL",
        "(NULL)",
        "NONE",
        "NIL",
        "TBD",
        ".",
        "。",
        "…",
        "……",
        "...",
    ]
)
"""What people write when they have nothing to write."""


def is_blank(cell: Cell) -> bool:
    """True for nothing, or nothing visible."""
    if cell and cell[0].isalnum():
        return False
    return not cell or not without_spaces(cell) or not unwrapped(cell)


def is_error(cell: Cell) -> bool:
    """True for a formula error, stored as such or as its text."""
    if not cell:
        return False
    if isinstance(cell, ErrorCell):
        return True
    return (
        len(cell) < 20
        and cell.lstrip()[:1] in {"#", "E", "e"}
        and (_ERRORS.fullmatch(cell.strip()) is not None)
    )


def unwrapped(text: str) -> str:
    """Without `="…"`, quotes around the whole, or a leading apostrophe."""
    if match := _WRAPPER.fullmatch(text) or _QUOTES.fullmatch(text):
        text = match["inner"].replace('""', '"')
    return _APOSTROPHE.sub("", text)


def compact(cell: Cell) -> str:
    """Unwrapped, half width, without any space or zero-width character."""
    if not cell:
        return ""
    return half_width(without_spaces(unwrapped(cell)))


def compact_code(cell: Cell) -> str:
    """As `compact`; a number that came with decimals of zero loses them."""
    text = compact(cell)
    return text.partition(".")[0] if _WHOLE_NUMBER.fullmatch(text) else text


def is_placeholder(text: str) -> bool:
    """True if a compact text stands for nothing."""
    return text.upper() in PLACEHOLDERS


def digits_are_lost(cell: Cell) -> bool:
    """A number of more than fifteen digits, or the text of one with decimals."""
    if isinstance(cell, NumberCell):
        return cell.has_lost_digits
    return cell is not None and re.fullmatch(r"\d{16,}\.0+", compact(cell)) is not None

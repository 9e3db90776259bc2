"""How spreadsheets store numbers and dates, and how a person sees them.

A number has fifteen digits; more are zeros. A date is a number with a date
format: days since 1899-12-31 with the leap day that 1900 never had, or days
since 1904-01-01 in files from old Macintosh programs. A format of nothing but
zeros ("00000") shows leading zeros that the number does not have.
"""

import re
from datetime import date, timedelta
from functools import lru_cache

from kaowu.engines.roster.workbook import DateCell, NumberCell

BUILT_IN_DATES = frozenset({14, 15, 16, 17, 22, *range(27, 32), 36, *range(50, 55), 57, 58})
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_ALL_ZEROS = re.compile(r"0{2,}")
EPOCH_1904 = date(1904, 1, 1)


@lru_cache(maxsize=4096)
def is_date_format(code: str) -> bool:
    """True if a number format shows a day, a month or a year."""
    bare = _NOT_CODE.sub("", code.split(";")[0]).lower()
    if bare in {"general", "@", ""}:
        return False
    return ("y" in bare or ("e" in bare and "m" in bare) or "d" in bare) and not set("#0?") & set(bare)


def zeros_of(code: str) -> int:
    """How many digits a format of nothing but zeros shows, or 0."""
    return len(code) if _ALL_ZEROS.fullmatch(code) else 0


def from_serial(serial: float, *, from_1904: bool = False) -> date | None:
    """The day of a serial number, or None outside the calendar."""
    day = int(serial)
    if not 0 < day <= 2_958_465:
        return None
    if from_1904:
        return EPOCH_1904 + timedelta(days=day) if day < 2_957_003 else None
    return date(1899, 12, 31 if day < 60 else 30) + timedelta(days=day)


def date_cell(serial: float, *, from_1904: bool = False) -> DateCell | None:
    """A date cell's text."""
    day = from_serial(serial, from_1904=from_1904)
    return DateCell(day.isoformat()) if day else None


def number_cell(text: str, zeros: int = 0) -> NumberCell:
    """A number as a person sees its digits: no exponent, no needless decimals."""
    if not text.isdigit() or len(text) > 15:
        text = _plain(text)
    return NumberCell(text.zfill(zeros) if zeros else text)


def _plain(text: str) -> str:
    try:
        value = float(text)
    except ValueError:
        return text
    if value != value or abs(value) >= 1e21:
        return text
    shown = format(value, ".15g")
    if "e" in shown:
        shown = format(float(shown), ".20f").rstrip("0").rstrip(".") if abs(value) < 1 else str(_whole(shown))
    return shown


def _whole(shown: str) -> int:
    """Digits of `3.70481200907123e+17` with zeros after the fifteenth."""
    mantissa, exponent = shown.split("e")
    sign = -1 if mantissa.startswith("-") else 1
    whole, _, part = mantissa.lstrip("-").partition(".")
    digits = (whole + part).ljust(int(exponent) + 1, "0")
    return sign * int(digits)

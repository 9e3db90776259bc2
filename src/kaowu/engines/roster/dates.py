"""Dates of birth as people and programs write them.

A writing may allow several readings (3/4/2009); all of them are kept. Whether
one of them is the date in the document number is easy to tell; where the
column is the only source, a writing with two readings says nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from kaowu.basics.names import half_width
from kaowu.engines.roster.cleaning import unwrapped
from kaowu.engines.roster.numbers import from_serial
from kaowu.engines.roster.workbook import Cell, DateCell, NumberCell

_NUMERALS = str.maketrans("〇○零Ｏ一二三四五六七八九", "0000123456789")
_MONTHS = {
    month: number
    for number, names in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
    for month in [names]
}
_BREAK = r"\s*[-/.,、年月—–_\\~·:]\s*|\s+"
_TAIL = r"(?:\s*[日号])?(?:[\sT(].*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})(?:{_BREAK})(\d{{1,2}})(?:{_BREAK})(\d{{1,2}}){_TAIL}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})(?:{_BREAK})(\d{{1,2}})(?:{_BREAK})(\d{{4}}){_TAIL}")
_SHORT_YEAR = re.compile(rf"(\d{{1,2}})(?:{_BREAK})(\d{{1,2}})(?:{_BREAK})(\d{{1,2}}){_TAIL}")
_EIGHT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:0{6}|[\sT].*|\.0+)?")
_SIX = re.compile(r"(\d{2})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_MONTH_ONLY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?|((?:19|20)\d{2})(0[1-9]|1[0-2])")
_ENGLISH = re.compile(r"[A-Za-z]+|\d+")
_ORACLE = re.compile(r"(\d{1,2})\s*-\s*(\d{1,2})月\s*-\s*(\d{2}|\d{4})")
_CHINESE_DAY = re.compile(r"[二三]?十[一二三四五六七八九]?")


@dataclass(frozen=True, slots=True)
class DateReading:
    """All dates that a writing may mean; or a month, if it says no day."""

    days: frozenset[date] = frozenset()
    months: frozenset[tuple[int, int]] = frozenset()

    @property
    def is_clear(self) -> bool:
        """True if exactly one day can be meant."""
        return len(self.days) == 1

    @property
    def day(self) -> date | None:
        """The day, if only one can be meant."""
        return next(iter(self.days)) if self.is_clear else None

    def agrees_with(self, day: date, *, month_is_enough: bool) -> bool:
        """True if the writing can mean this day."""
        return day in self.days or (month_is_enough and (day.year, day.month) in self.months)


def read_date(cell: Cell, *, latest: date, from_1904: bool = False) -> DateReading:
    """Every date up to `latest` that the cell can mean; none if it cannot be read."""
    text = half_width(unwrapped((cell or "")[:200])).strip()
    if isinstance(cell, DateCell):
        return _days([_iso(text)], latest)
    text = _arabic(text.removeprefix("公元"))
    if match := _YEAR_FIRST.fullmatch(text) or _EIGHT.fullmatch(text):
        return _days([_day(*map(int, match.groups()[:3]))], latest)
    if match := _YEAR_LAST.fullmatch(text):
        first, second, year = map(int, match.groups()[:3])
        return _days([_day(year, first, second), _day(year, second, first)], latest)
    if match := _ORACLE.fullmatch(text):
        return _days([_day(year, int(match[2]), int(match[1])) for year in _years(match[3], latest)], latest)
    if match := _SHORT_YEAR.fullmatch(text):
        return _short(match.groups()[:3], latest)
    if match := _SERIAL.fullmatch(text):
        number_is_1904 = from_1904 and isinstance(cell, NumberCell)
        return _days([from_serial(float(match[1]), from_1904=number_is_1904)], latest)
    if match := _MONTH_ONLY.fullmatch(text):
        return _months(match, isinstance(cell, NumberCell), text, latest)
    if match := _SIX.fullmatch(text):
        return _days([_day(y, int(match[2]), int(match[3])) for y in _years(match[1], latest)], latest)
    return _english(text, latest)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _days(days: list[date | None], latest: date) -> DateReading:
    return DateReading(frozenset(day for day in days if day and date(1900, 1, 1) <= day <= latest))


def _years(text: str, latest: date) -> list[int]:
    """09 is 2009 or 1909."""
    year = int(text)
    return (
        [year]
        if len(text) == 4
        else [year + century for century in (1900, 2000) if year + century <= latest.year]
    )


def _short(parts: tuple[str, ...], latest: date) -> DateReading:
    first, second, third = parts
    days = []
    if len(first) == 2:
        days += [_day(year, int(second), int(third)) for year in _years(first, latest)]
    if len(third) == 2:
        for year in _years(third, latest):
            days += [_day(year, int(first), int(second)), _day(year, int(second), int(first))]
    return _days(days, latest)


def _months(match: re.Match[str], is_number: bool, text: str, latest: date) -> DateReading:
    year, month = (int(part) for part in match.groups() if part)
    months = {(year, month)} if 1 <= month <= 12 and 1900 <= year <= latest.year else set()
    if is_number and text.endswith(".1"):
        months.add((year, 10))  # the number 2009.10 is stored as 2009.1
    days: list[date | None] = []
    if text.isdigit():
        days = [_day(y, int(text[2:4]), int(text[4:6])) for y in _years(text[:2], latest)]
    return DateReading(_days(days, latest).days, frozenset(months))


def _arabic(text: str) -> str:
    """二〇〇九年三月十四日 in digits."""
    if not re.search("[〇○零一二三四五六七八九十]", text) or "年" not in text:
        return text

    def tens(match: re.Match[str]) -> str:
        before, _, after = match[0].partition("十")
        return (before or "一").translate(_NUMERALS) + (after or "0").translate(_NUMERALS)

    return _CHINESE_DAY.sub(tens, text).translate(_NUMERALS)


def _english(text: str, latest: date) -> DateReading:
    """14-Mar-09, March 14, 2009, Sat Mar 14 00:00:00 CST 2009."""
    words = _ENGLISH.findall(re.sub(r"\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?", " ", text))
    months = [_MONTHS[word[:3].lower()] for word in words if word.isalpha() and word[:3].lower() in _MONTHS]
    numbers = [word for word in words if word.isdigit()]
    if len(months) != 1 or len(numbers) != 2:
        return DateReading()
    first, second = numbers
    day, year = (second, first) if len(first) == 4 else (first, second)
    if len(year) not in {2, 4} or len(day) > 2:
        return DateReading()
    return _days([_day(y, months[0], int(day)) for y in _years(year, latest)], latest)

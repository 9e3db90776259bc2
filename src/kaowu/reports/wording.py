"""Wording: dates, times, numbers and masks as Chinese office paper writes them."""

import datetime
from collections.abc import Sequence

_WEEKDAYS = "一二三四五六日"


def day(at: datetime.date) -> str:
    """2026年6月7日."""
    return f"{at.year}年{at.month}月{at.day}日"


def short_day(at: datetime.date) -> str:
    """6月7日　周日."""
    return f"{at.month}月{at.day}日　周{_WEEKDAYS[at.weekday()]}"


def clock(at: datetime.time | datetime.datetime | None) -> str:
    """9:00, as paper writes it; nothing if there is no such time."""
    return "" if at is None else f"{at.hour}:{at.minute:02}"


def span(start: datetime.datetime, end: datetime.datetime) -> str:
    """9:00—11:30."""
    return f"{clock(start)}—{clock(end)}"


def masked_number(number: str) -> str:
    """370402********0417: the birth date stays hidden."""
    if len(number) < 12:
        return number[:2] + "*" * max(len(number) - 4, 0) + number[-2:] if len(number) > 4 else number
    return f"{number[:6]}{'*' * (len(number) - 10)}{number[-4:]}"


def masked_name(name: str) -> str:
    """欧○○: only the first letter stays."""
    return name[:1] + "○" * min(len(name) - 1, 2)


def grouped(number: str, groups: Sequence[int]) -> list[str]:
    """The digits in the groups people read them by; one group if the lengths do not match."""
    if sum(groups) != len(number):
        return [number]
    parts, start = [], 0
    for length in groups:
        parts.append(number[start : start + length])
        start += length
    return parts


def thousands(count: int) -> str:
    """13,507."""
    return f"{count:,}"


def yuan(cents: int) -> str:
    """1,350.00 yuan from whole cents; paper never sees a fraction that was rounded."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02}"

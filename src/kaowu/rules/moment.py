"""Moments of an exam day as the offices write them: `T-40`, `E`, `D-1`, `unseal-5`.

T is the start of the sitting, E its end, D the first day of the exam (in whole
days), and any other word is a step of the minute script. What is added or
taken away is a number of minutes (days after D) or the name of a profile line
that holds them: `T+late_limit_minutes` moves when an authority changes the line.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from kaowu.rules.toml_table import Wrong

START, END, DAY = "T", "E", "D"
_FORM = re.compile(
    r"(?P<anchor>T|E|D|[a-z][a-z_0-9]{2,})(?:(?P<sign>[+-])(?P<amount>\d{1,4}|[a-z][a-z_0-9]*))?\Z"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """An anchor and what is added to it: minutes, or a profile line that holds minutes."""

    anchor: str
    minutes: int = 0
    line: str = ""
    sign: int = 1

    @property
    def is_step(self) -> bool:
        """Does it hang on a step of the minute script?"""
        return self.anchor not in (START, END, DAY)

    def offset(self, number: Callable[[str], int]) -> int:
        """What is added, with the profile's numbers at hand."""
        return self.sign * (number(self.line) if self.line else self.minutes)

    def __str__(self) -> str:
        if not self.line and not self.minutes:
            return self.anchor
        return f"{self.anchor}{'+' if self.sign > 0 else '-'}{self.line or self.minutes}"


def read_moment(text: str) -> Moment:
    """The moment of its written form; raises `Wrong`."""
    found = _FORM.match(text)
    if not found:
        raise Wrong(
            f"“{text}”不是时刻：请写 T-40、E、D-1、unseal-5 或 T+late_limit_minutes 这样的形式",
            f"“{text}” is no moment: write T-40, E, D-1, unseal-5 or T+late_limit_minutes",
        )
    amount = found["amount"] or "0"
    sign = -1 if found["sign"] == "-" else 1
    if amount.isdigit():
        return Moment(found["anchor"], minutes=int(amount), sign=sign)
    return Moment(found["anchor"], line=amount, sign=sign)

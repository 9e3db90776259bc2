"""Counties (县区) by code or name, alone, inside a longer text, or in a sheet's name."""

from __future__ import annotations

import re

from kaowu.engines.roster.cleaning import compact_code, is_placeholder
from kaowu.engines.roster.exam import RosterExam, key_of
from kaowu.engines.roster.workbook import Cell

_SIX_DIGITS = re.compile(r"(?<!\d)(\d{6})(?:0{6})?(?!\d)")
_SUFFIX = re.compile(r"(?:自治县|自治旗|新区|开发区|[区县市旗])$")


class CountyReader:
    """Reads counties of one exam; every distinct writing is read once."""

    def __init__(self, exam: RosterExam) -> None:
        self._codes = {key_of(county.code) for county in exam.counties}
        self._names: dict[str, str] = {}
        self._short: dict[str, str] = {}
        for county in exam.counties:
            for text in (county.name, *county.aliases):
                key = key_of(text)
                self._names[key] = county.code
                short = _SUFFIX.sub("", key)
                if len(short) >= 2:
                    self._short[short] = county.code
        self._known: dict[str, tuple[str, bool]] = {}

    def read(self, cell: Cell) -> str:
        """The six-digit code, or "" if the cell names no county of this exam."""
        return self.reading(cell)[0] if cell else ""

    def reading(self, cell: str) -> tuple[str, bool]:
        """The code, and whether the cell says anything at all."""
        try:
            return self._known[cell]
        except KeyError:
            text = compact_code(cell)
            said = bool(text) and not is_placeholder(text)
            found = self._known[cell] = (self._read(text), said)
            return found

    def in_text(self, text: str) -> str:
        """The one county that a sheet's name or a longer text speaks of."""
        return self._read(compact_code(text))

    def _read(self, text: str) -> str:
        key = key_of(text)
        for digits in _SIX_DIGITS.findall(key):
            if digits in self._codes:
                return str(digits)
        if key in self._names:
            return self._names[key]
        return self._only(key, self._names) or self._only(key, self._short)

    @staticmethod
    def _only(text: str, names: dict[str, str]) -> str:
        """The county whose name is inside the text, if no other one's is outside that name."""
        inside = [name for name in names if name in text]
        whole = [name for name in inside if not any(name != other and name in other for other in inside)]
        codes = {names[name] for name in whole}
        return codes.pop() if len(codes) == 1 else ""

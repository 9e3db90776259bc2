"""Points as whole hundredths."""

import re

from kaowu.basics.errors import Refused, Sentence

POINT = 100
"""Hundredths in one point."""

_WRITTEN = re.compile(r"\d{1,5}(?:\.\d{1,2})?\Z", re.ASCII)


def points(text: str) -> int:
    """Points as people write them, "12.5"; raises Refused for anything else, also for signs and spaces inside."""
    written_down = text.strip()
    if not _WRITTEN.match(written_down):
        raise Refused(
            "points_unreadable",
            Sentence(
                f"“{text[:20]}”不是分数：应为 0 以上、最多两位小数的数。",
                f"{text[:20]!r} is no number of points: 0 or more, two decimals at most.",
            ),
        )
    whole, _, part = written_down.partition(".")
    return int(whole) * POINT + int(part.ljust(2, "0") or 0)


def written(hundredths: int) -> str:
    """Points for people: no needless decimals."""
    whole, part = divmod(hundredths, POINT)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".")

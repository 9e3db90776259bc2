"""A sampling audit: how many fields to draw, which ones by a public seed, and what rate of errors remains possible.

Drawing is without replacement from a list of known length, so every figure is
exact (hypergeometric), not an approximation. The *upper bound* is the largest
number of errors in the whole list under which so few errors in the sample
would still come about with a chance of more than 1 − confidence.
"""

import math
from hashlib import sha256

from kaowu.basics.seeds import IntegerStream, key

PURPOSE = "kaowu/sheet audit"


def most_errors(total: int, sampled: int, found: int, confidence: int) -> int:
    """The upper bound on errors among all `total`, after `found` of them in a sample; confidence in percent."""
    _require(total, sampled, found)
    risk = 1 - confidence / 100
    low, high = found, total - sampled + found
    while low < high:
        middle = (low + high + 1) // 2
        if _at_most(total, middle, sampled, found) > risk:
            low = middle
        else:
            high = middle - 1
    return low


def sample_size(total: int, bound_ppm: int, confidence: int) -> int:
    """The smallest sample that, if no error is found in it, shows at most `bound_ppm` in a million."""
    tolerated = total * bound_ppm // 1_000_000
    if tolerated >= total:
        return 1
    risk = 1 - confidence / 100
    low, high = 1, total
    while low < high:
        middle = (low + high) // 2
        if _at_most(total, tolerated + 1, middle, 0) <= risk:
            high = middle
        else:
            low = middle + 1
    return low


def ppm(errors: int, total: int) -> int:
    """Errors in a million, rounded up: a bound is never said to be smaller than it is."""
    return -(-errors * 1_000_000 // total)


def draw(frame: bytes, seed: str, total: int, count: int) -> list[int]:
    """Places 0 … total − 1 in the order drawn, each at most once: Floyd would be quicker, this is easier to redo."""
    stream = IntegerStream(key(sha256(seed.encode()).digest(), PURPOSE, frame))
    drawn: dict[int, None] = {}
    while len(drawn) < min(count, total):
        drawn.setdefault(stream.below(total))
    return list(drawn)


def _require(total: int, sampled: int, found: int) -> None:
    if not 0 <= found <= sampled <= total:
        raise ValueError(f"{found} of {sampled} of {total} is no sample")


def _at_most(total: int, wrong: int, sampled: int, found: int) -> float:
    """The chance of at most `found` errors in the sample if `wrong` of all are errors."""
    least = max(0, sampled - (total - wrong))
    return math.fsum(
        math.exp(
            _log_choices(wrong, hits)
            + _log_choices(total - wrong, sampled - hits)
            - _log_choices(total, sampled)
        )
        for hits in range(least, min(found, wrong, sampled) + 1)
    )


def _log_choices(of: int, taken: int) -> float:
    return math.lgamma(of + 1) - math.lgamma(taken + 1) - math.lgamma(of - taken + 1)

"""Distributions by room and site, and rooms that differ from their kind: leads for people, proof of nothing."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

LEAST_CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Outlier:
    """A group whose mean is far from what groups of its size show by chance."""

    group: str
    candidates: int
    mean: float
    deviations: float
    """How many standard errors from the mean of all; positive is high."""


def distribution(points: Iterable[int], width: int) -> dict[int, int]:
    """How many scores lie in each band of `width` hundredths, by the band's lower limit; empty bands between too."""
    counted = Counter(one // width * width for one in points)
    if not counted:
        return {}
    return {low: counted.get(low, 0) for low in range(min(counted), max(counted) + width, width)}


def outliers(groups: Mapping[str, Sequence[int]], deviations: float = 4.0) -> list[Outlier]:
    """Groups whose mean lies more than so many standard errors from that of all others, the farthest first.

    Each group is held against the others, not against a whole that it is part
    of. Small groups say nothing and are left out.
    """
    counts = {name: len(scores) for name, scores in groups.items()}
    sums = {name: sum(scores) for name, scores in groups.items()}
    squares = {name: sum(one * one for one in scores) for name, scores in groups.items()}
    people, points, square = sum(counts.values()), sum(sums.values()), sum(squares.values())
    found = []
    for name, count in counts.items():
        others = people - count
        if count < LEAST_CANDIDATES or others < LEAST_CANDIDATES:
            continue
        mean = (points - sums[name]) / others
        variance = max((square - squares[name]) / others - mean * mean, 0.0)
        error = math.sqrt(variance * (1 / count + 1 / others))
        own = sums[name] / count
        if error == 0:
            far = 0.0 if own == mean else math.copysign(math.inf, own - mean)
        else:
            far = (own - mean) / error
        if abs(far) >= deviations:
            found.append(Outlier(name, count, own, far))
    return sorted(found, key=lambda one: (-abs(one.deviations), one.group))

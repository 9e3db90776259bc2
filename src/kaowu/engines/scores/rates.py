"""Rates by group, and groups whose count is more than chance would let one expect: leads, proof of nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cluster:
    """A group with more cases than its size lets one expect."""

    group: str
    cases: int
    people: int
    expected: float
    chance: float
    """How likely so many cases or more are, if cases fell on people evenly."""


def clusters(
    cases: Mapping[str, int], people: Mapping[str, int], *, at_least: int, chance: float
) -> list[Cluster]:
    """Groups with at least so many cases whose number has less than this chance, the least likely first.

    The rate is that of all other groups together, so that a group is not held
    against itself. With no case elsewhere, several in one group always stand out.
    """
    all_cases, all_people = sum(cases.values()), sum(people.values())
    found = []
    for group, count in cases.items():
        here = people.get(group, 0)
        others = all_people - here
        if count < at_least or not here:
            continue
        rate = (all_cases - count) / others if others else 0.0
        expected = rate * here
        likely = _at_least(count, expected)
        if likely < chance:
            found.append(Cluster(group, count, here, expected, likely))
    return sorted(found, key=lambda one: (one.chance, one.group))


def _at_least(count: int, expected: float) -> float:
    """The Poisson chance of `count` cases or more."""
    if expected <= 0:
        return 0.0 if count else 1.0
    term, below = math.exp(-expected), 0.0
    for number in range(count):
        below += term
        term *= expected / (number + 1)
    return max(1.0 - below, 0.0)

"""Answers alike (雷同筛查): pairs in one room that share more wrong answers than chance lets one expect; leads, proof of nothing.

Only questions that both got wrong speak: right answers agree because they are right. How often two who are
both wrong choose the same is taken from all who were wrong, question by question.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

AT_LEAST = 6


@dataclass(frozen=True, slots=True)
class Alike:
    """Two candidates of one group."""

    group: str
    first: str
    second: str
    shared: int
    """Wrong answers that are the same."""
    both_wrong: int
    expected: float
    chance: float


def same_by_chance(
    answers: Iterable[Mapping[str, str]], right: Mapping[str, frozenset[str]]
) -> dict[str, float]:
    """For each question, how likely two who are both wrong answer the same; blanks are no answers."""
    wrong: dict[str, Counter[str]] = defaultdict(Counter)
    for given in answers:
        for field, good in right.items():
            said = given.get(field, "")
            if said and said not in good:
                wrong[field][said] += 1
    found = {}
    for field in right:
        count = wrong[field].total()
        found[field] = sum(n * n for n in wrong[field].values()) / count**2 if count else 1.0
    return found


def pairs_alike(
    groups: Mapping[str, Sequence[tuple[str, Mapping[str, str]]]],
    right: Mapping[str, frozenset[str]],
    chance: float,
) -> list[Alike]:
    """Pairs inside a group whose shared wrong answers have less than this chance, the least likely first."""
    likely = same_by_chance((given for people in groups.values() for _, given in people), right)
    found = []
    for group, people in groups.items():
        wrong = [(name, _wrong(given, right)) for name, given in people]
        for (first, one), (second, two) in combinations(wrong, 2):
            both = one.keys() & two.keys()
            shared = sum(one[field] == two[field] for field in both)
            if shared < AT_LEAST:
                continue
            odds = _at_least(shared, [likely[field] for field in both])
            if odds < chance:
                expected = sum(likely[field] for field in both)
                found.append(Alike(group, first, second, shared, len(both), expected, odds))
    return sorted(found, key=lambda pair: (pair.chance, pair.group, pair.first))


def _wrong(given: Mapping[str, str], right: Mapping[str, frozenset[str]]) -> dict[str, str]:
    return {
        field: said for field, good in right.items() if (said := given.get(field, "")) and said not in good
    }


def _at_least(count: int, odds: Sequence[float]) -> float:
    """The chance that at least so many of independent events happen, each with its own odds."""
    below = [1.0] + [0.0] * (count - 1)
    reached = 0.0
    for one in odds:
        reached += below[-1] * one
        below = [below[at] * (1 - one) + (below[at - 1] * one if at else 0.0) for at in range(count)]
    return min(max(reached, 0.0), 1.0) if math.isfinite(reached) else 1.0

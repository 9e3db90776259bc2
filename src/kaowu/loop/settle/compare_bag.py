"""Comparing a bag (两遍比对): what both entries agree on, what a third has settled, what is still open."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kaowu.basics.errors import Refused
from kaowu.engines.scores import Difference, Entry, compare, points
from kaowu.exam.score_bag import Points, ScoreBag

NOTHING = "-"
"""Typed where nothing stands on the script (漏填): it brings nothing, and is not a forgotten entry."""

Values = dict[str, dict[str, int | None]]


@dataclass(frozen=True, slots=True)
class Compared:
    """A bag after comparison: points by bearer and item, and what a third person must still look at."""

    points: Values
    open: tuple[Difference, ...]
    settled: tuple[Difference, ...]

    @property
    def complete(self) -> bool:
        """Both entries are there and nothing is open."""
        return not self.open


@lru_cache(maxsize=4096)
def value_of(typed: str) -> int | None:
    """What was typed as hundredths; None for “nothing on the script”. Raises Refused."""
    return None if typed == NOTHING else points(typed)


def compare_bag(
    bag: ScoreBag, bearers: Collection[str], items: Mapping[str, int], absent: Collection[str]
) -> Compared:
    """Judge both entries; before the second one is there everything due is open."""
    first, second = (dict(bag.entries.get(turn, {})) for turn in (1, 2))
    found: Values = {}
    for bearer in bearers:
        if bearer not in absent:
            same = first.get(bearer, {}) == second.get(bearer, {})
            found[bearer] = _whole(first.get(bearer, {}), items) if same else {}
    for bearer, values in found.items():
        if values:
            del first[bearer], second[bearer]
    left = [bearer for bearer, values in found.items() if not values]
    agreed, differences = compare(_entries(first), _entries(second), left, items, absent)
    for (bearer, item), value in agreed.items():
        found[bearer][item] = value
    still, done = [], []
    for one in differences:
        settled = bag.settled.get(one.bearer, {}).get(one.item)
        if settled is None:
            still.append(one)
            continue
        done.append(one)
        if one.bearer in found and one.item in items:
            found[one.bearer][one.item] = value_of(settled)
    return Compared(found, tuple(still), tuple(done))


def require_possible(
    typed: Points, bearers: Collection[str], items: Mapping[str, int]
) -> list[tuple[str, str]]:
    """Places that hold no points at all; too many points are recorded as typed and found by the comparison."""
    return [
        (bearer, item)
        for bearer, values in typed.items()
        for item, value in values.items()
        if bearer not in bearers or item not in items or not _is_points(value)
    ]


def _whole(typed: Mapping[str, str], items: Mapping[str, int]) -> dict[str, int | None]:
    """What both typed alike, if it is every item and may be: nearly all scripts, and nothing is left to compare."""
    if typed.keys() != items.keys():
        return {}
    values = {item: value_of(typed[item]) for item in items}
    return values if all((value or 0) <= items[item] for item, value in values.items()) else {}


def _entries(typed: Points) -> Iterable[Entry]:
    for bearer, values in typed.items():
        for item, value in values.items():
            yield Entry(bearer, item, value_of(value))


def _is_points(value: str) -> bool:
    try:
        value_of(value)
    except Refused:
        return False
    return True

"""Double entry (两人录入): what two people typed, held against each other and against what may be.

Nothing is decided here: where the two agree and the value may be, it stands;
anything else is a difference for a third look at the original (漏填、涂改).
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kaowu.basics.errors import Sentence


class Entry(NamedTuple):
    """One value as typed: whose, of which item, and the points; None is typed as “none on the paper”."""

    bearer: str
    item: str
    points: int | None


Entries = Mapping[tuple[str, str], int | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """A place that a third person must look at."""

    bearer: str
    item: str
    code: str  # one of those in `_SAID`
    first: int | None
    second: int | None

    @property
    def sentence(self) -> Sentence:
        """The difference for people."""
        zh, en = _SAID[self.code]
        return Sentence(f"{self.bearer} {self.item}：{zh}", f"{self.bearer} {self.item}: {en}")


_SAID = {
    "differs": ("两人录入不一致", "the two entries differ"),
    "first_missing": ("第一人漏录", "missing in the first entry"),
    "second_missing": ("第二人漏录", "missing in the second entry"),
    "both_missing": ("两人都没有录入", "missing in both entries"),
    "too_many": ("超过该题满分", "more than the item is worth"),
    "unknown_item": ("没有这一题", "there is no such item"),
    "unknown_bearer": ("名册中没有这个人", "not on the roster"),
    "absent_with_points": ("标记缺考，却录入了分数", "marked absent, but points were entered"),
    "entered_twice": ("同一人录入了两次且不一致", "entered twice by one person, differently"),
}


def compare(
    first: Iterable[Entry],
    second: Iterable[Entry],
    bearers: Iterable[str],
    items: Mapping[str, int],
    absent: Container[str] = (),
) -> tuple[dict[tuple[str, str], int | None], list[Difference]]:
    """What both agree on, and every difference, by bearer and item.

    `bearers` are those of whom marks are due, `items` the most that each item
    can bring; of the `absent` nothing is due and nothing may be there.
    """
    one, found = _table(first)
    two, again = _table(second)
    due = set(bearers)
    differences = {place: Difference(*place, "entered_twice", None, None) for place in found | again}
    for place in one.keys() | two.keys():
        if place[0] in absent:
            if one.get(place) is not None or two.get(place) is not None:
                differences[place] = Difference(*place, "absent_with_points", one.get(place), two.get(place))
        elif place[0] not in due:
            differences[place] = Difference(*place, "unknown_bearer", one.get(place), two.get(place))
        elif place[1] not in items:
            differences[place] = Difference(*place, "unknown_item", one.get(place), two.get(place))
    agreed: dict[tuple[str, str], int | None] = {}
    for bearer in due:
        for item, most in items.items():
            place = (bearer, item)
            if place in differences:
                continue
            code = _code(place, one, two, most)
            if code:
                differences[place] = Difference(*place, code, one.get(place), two.get(place))
            else:
                agreed[place] = one[place]
    return agreed, [differences[place] for place in sorted(differences)]


def _code(place: tuple[str, str], one: Entries, two: Entries, most: int) -> str:
    """Why a place cannot stand; empty if it can."""
    if place not in one or place not in two:
        if place in one:
            return "second_missing"
        return "first_missing" if place in two else "both_missing"
    if one[place] != two[place]:
        return "differs"
    value = one[place]
    return "too_many" if value is not None and value > most else ""


def _table(entries: Iterable[Entry]) -> tuple[dict[tuple[str, str], int | None], set[tuple[str, str]]]:
    """Entries by place, and the places entered twice with different values."""
    found: dict[tuple[str, str], int | None] = {}
    twice = set()
    for bearer, item, value in entries:
        place = (bearer, item)
        if found.setdefault(place, value) != value:
            twice.add(place)
    return found, twice

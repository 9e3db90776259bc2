"""Objective questions by their key: single, multiple, and what a part of the right answer is worth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import getitem

from kaowu.basics.errors import Refused, Sentence


class Partial(StrEnum):
    """What a multiple choice is worth when some right options are missing; a wrong one makes it nothing."""

    NONE = "none"  # all or nothing
    FIXED = "fixed"  # `part` for any right part
    EACH = "each"  # the points shared evenly among the right options
    BY_COUNT = "by_count"  # `parts[n - 1]` for n right options


@dataclass(frozen=True, slots=True)
class Key:
    """The right answer of one question. Several `answers` are all right, as after an error in the paper."""

    field: str
    answers: tuple[frozenset[str], ...]
    worth: int
    partial: Partial = Partial.NONE
    part: int = 0
    parts: tuple[int, ...] = ()
    given_to_all: bool = False

    @property
    def answers_as_typed(self) -> frozenset[str]:
        """The right answers as sheets are read: options side by side."""
        return frozenset("".join(sorted(answer)) for answer in self.answers)

    def __post_init__(self) -> None:
        faulty = self.worth < 0 or not 0 <= self.part <= self.worth
        faulty |= any(not 0 <= one <= self.worth for one in self.parts)
        faulty |= not self.given_to_all and (not self.answers or frozenset() in self.answers)
        faulty |= self.partial is Partial.EACH and any(self.worth % len(one) for one in self.answers if one)
        if faulty:
            raise Refused(
                "key_faulty",
                Sentence(
                    f"第 {self.field} 题的答案或分值不合理。",
                    f"The key of question {self.field} makes no sense.",
                ),
            )


@dataclass(frozen=True, slots=True)
class Item:
    """What one question brought."""

    field: str
    points: int
    right: bool


def score(keys: Iterable[Key], answers: Mapping[str, Iterable[str]]) -> list[Item]:
    """Every question of the key. A question without an answer brings nothing; one that was not read is refused.

    `answers` must hold every field of the key: a field that is missing was not
    read, which is not the same as left empty.
    """
    found = []
    for key in keys:
        if key.field not in answers:
            raise Refused(
                "answer_not_read",
                Sentence(
                    f"第 {key.field} 题没有识读结果，不能判分。",
                    f"Question {key.field} was not read and cannot be scored.",
                ),
                remedy=Sentence("先完成识读或裁定。", "Finish reading or deciding it first."),
            )
        chosen = frozenset(answers[key.field])
        best = max((_worth(key, right, chosen) for right in key.answers), default=0)
        if key.given_to_all:
            best = key.worth
        found.append(Item(key.field, best, best == key.worth))
    return found


class Marker:
    """Scores many sheets by one key: what an answer is worth is worked out once for each that occurs."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._keys = {key.field: key for key in keys}
        self._worth: dict[str, dict[str, int]] = {field: {} for field in self._keys}
        self._tables: dict[tuple[str, ...], tuple[dict[str, int], ...]] = {}

    def points(self, fields: tuple[str, ...], answers: Mapping[str, str]) -> int | None:
        """The points of these fields together; None if one of them was not read. "AC" is A and C."""
        tables = self._tables.get(fields)
        if tables is None:
            tables = self._tables[fields] = tuple(self._worth[field] for field in fields)
        try:
            return sum(map(getitem, tables, map(answers.__getitem__, fields)))
        except KeyError:  # not read, or an answer that occurs for the first time
            return self._learned(fields, answers)

    def _learned(self, fields: tuple[str, ...], answers: Mapping[str, str]) -> int | None:
        found = 0
        for field in fields:
            chosen, known = answers.get(field), self._worth[field]
            if chosen is None:
                return None
            if chosen not in known:
                known[chosen] = score([self._keys[field]], {field: chosen})[0].points
            found += known[chosen]
        return found


def _worth(key: Key, right: frozenset[str], chosen: frozenset[str]) -> int:
    if chosen == right:
        return key.worth
    if not chosen or not chosen < right:
        return 0
    match key.partial:
        case Partial.FIXED:
            return key.part
        case Partial.EACH:
            return key.worth // len(right) * len(chosen)
        case Partial.BY_COUNT:
            return key.parts[len(chosen) - 1] if len(chosen) <= len(key.parts) else 0
        case _:
            return 0

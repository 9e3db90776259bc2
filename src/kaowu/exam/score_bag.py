"""One bag of scripts (一袋试卷) as its facts have made it: two entries, and what a third person settled."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kaowu.facts.catalogue import Fact
from kaowu.facts.scores import DifferencesSettled, PointsEntered
from kaowu.facts.subjects import ScoreKey

Points = Mapping[str, Mapping[str, str]]
"""Admission number → item → points as typed; a dash says that nothing stands on the script."""


def spoken(points: Points) -> str:
    """Points as the facts keep them: JSON, one spelling."""
    return json.dumps(points, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def read(kept: str) -> dict[str, dict[str, str]]:
    """Points from a fact; nothing once they were erased."""
    found: dict[str, dict[str, str]] = json.loads(kept) if kept else {}
    return found


@dataclass(frozen=True)
class ScoreBag:
    """What was typed of one bag, and by whom."""

    key: ScoreKey
    entries: Mapping[int, Points] = field(default_factory=dict)
    who: Mapping[int, str] = field(default_factory=dict)
    """Which account made which entry."""
    settled: Points = field(default_factory=dict)
    causes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    withheld: frozenset[int] = frozenset()
    """Entries that are on record while their points are not here: they come up later, or were erased. 0: a settlement."""

    @classmethod
    def begin(cls, key: ScoreKey) -> "ScoreBag":
        """Before the first fact."""
        return cls(key)

    @property
    def due(self) -> int:
        """Which entry comes next; 0 once both are there."""
        return next((turn for turn in (1, 2) if turn not in self.entries and turn not in self.withheld), 0)

    @property
    def comparable(self) -> bool:
        """Both entries were made, and everything that was typed is here."""
        return not self.due and not self.withheld

    @property
    def not_here(self) -> bool:
        """Both entries are on record, but not all that was typed is here."""
        return not self.due and bool(self.withheld)

    def after(self, fact: Fact, id: object = None) -> "ScoreBag":
        """The bag once this fact has happened; a new entry makes what was settled before it void."""
        match fact:
            case PointsEntered():
                return self._entered(fact)
            case DifferencesSettled() if fact.values and not fact.settled:
                return replace(self, withheld=self.withheld | {0})
            case DifferencesSettled():
                found = read(fact.settled)
                settled = {name: {**self.settled.get(name, {}), **items} for name, items in found.items()}
                causes = {(name, item): fact.cause for name, items in found.items() for item in items}
                return replace(self, settled={**self.settled, **settled}, causes={**self.causes, **causes})
        return self

    def _entered(self, fact: PointsEntered) -> "ScoreBag":
        entries = {turn: typed for turn, typed in self.entries.items() if turn != fact.turn}
        withheld = self.withheld - {0, fact.turn}
        if fact.values and not fact.typed:
            withheld |= {fact.turn}
        else:
            entries[fact.turn] = read(fact.typed)
        who = {**self.who, fact.turn: fact.by}
        return replace(self, entries=entries, withheld=withheld, who=who, settled={}, causes={})

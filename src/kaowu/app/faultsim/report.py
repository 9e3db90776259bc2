"""What was played and what came of it (仿真报告): parts that are merged, and say which program they were played with.

A part is one run of the command; it adds schedules as they end, so a part that is
broken off keeps what it had. Seeds are kept as ranges for each suite.
"""

import hashlib
import json
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import kaowu
from kaowu.app.faultsim.schedule import Outcome

_PACKAGE = Path(kaowu.__file__).parent


@dataclass
class Part:
    """One run: with which code, how much, how long."""

    code: str
    schedules: int = 0
    facts: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    not_played: str = ""
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[dict[str, Any]] = field(default_factory=list)
    seeds: dict[str, list[list[int]]] = field(default_factory=dict)
    _begun: float = field(default_factory=time.monotonic)

    def add(self, outcome: Outcome) -> None:
        """One more schedule has ended."""
        self.schedules += 1
        self.facts += outcome.facts
        self.faults += outcome.happened
        self.cpu_s = round(self.cpu_s + outcome.cpu_s, 2)
        self.wall_s = round(time.monotonic() - self._begun, 1)
        ranges = self.seeds.setdefault(outcome.suite, [])
        if ranges and ranges[-1][1] + 1 == outcome.seed:
            ranges[-1][1] = outcome.seed
        elif ranges and len(ranges[-1]) == 2 and ranges[-1][1] + 2 == outcome.seed:
            # Every second seed belongs to the other suite.
            ranges[-1] = [ranges[-1][0], outcome.seed, 2]
        elif ranges and len(ranges[-1]) == 3 and ranges[-1][1] + 2 == outcome.seed:
            ranges[-1][1] = outcome.seed
        else:
            ranges.append([outcome.seed, outcome.seed])
        if outcome.violation:
            said = {"seed": outcome.seed, "suite": outcome.suite}
            self.violations.append({**said, "violation": outcome.violation, "acts": outcome.acts})

    def has(self, seed: int, suite: str) -> bool:
        """Whether a seed was played in this part."""
        return any(seed in range(one[0], one[1] + 1, *one[2:]) for one in self.seeds.get(suite, []))

    def as_dict(self) -> dict[str, Any]:
        """As the file keeps it."""
        kept = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return kept | {"faults": dict(sorted(self.faults.items()))}


@dataclass
class Report:
    """All parts together."""

    parts: list[Part] = field(default_factory=list)

    @classmethod
    def read(cls, file: Path) -> "Report":
        """The report in a file; an empty one where there is none."""
        if not file.exists():
            return cls()
        parts = json.loads(file.read_text("utf-8"))["parts"]
        return cls([Part(**{**one, "faults": Counter(one["faults"])}) for one in parts])

    def write(self, file: Path) -> None:
        """Keep the report; the file is whole or as it was."""
        draft = file.with_name(f".{file.name}.{os.getpid()}")
        text = json.dumps(
            self.as_dict() | {"parts": [one.as_dict() for one in self.parts if one.schedules]}, indent=1
        )
        draft.write_text(text + "\n", "utf-8")
        draft.replace(file)

    def begin_part(self, not_played: str) -> Part:
        """A new part, with the code as it is now."""
        self.parts.append(Part(code_digest(), not_played=not_played))
        return self.parts[-1]

    def has(self, seed: int, suite: str) -> bool:
        """Whether a seed was played already."""
        return any(part.has(seed, suite) for part in self.parts)

    @property
    def violations(self) -> list[dict[str, Any]]:
        """Every broken promise."""
        return [one for part in self.parts for one in part.violations]

    def as_dict(self) -> dict[str, Any]:
        """The sums over all parts."""
        faults: Counter[str] = sum((part.faults for part in self.parts), Counter())
        by_suite: Counter[str] = Counter()
        for part in self.parts:
            for suite, ranges in part.seeds.items():
                by_suite[suite] += sum(len(range(one[0], one[1] + 1, *one[2:])) for one in ranges)
        return {
            "schedules": sum(part.schedules for part in self.parts),
            "by_suite": dict(sorted(by_suite.items())),
            "facts": sum(part.facts for part in self.parts),
            "faults": dict(sorted(faults.items())),
            "violations": self.violations,
            "cpu_s": round(sum(part.cpu_s for part in self.parts), 1),
            "wall_s": round(sum(part.wall_s for part in self.parts), 1),
        }


def code_digest() -> str:
    """The program that was played: a digest over its modules."""
    named = hashlib.sha256()
    for file in sorted(_PACKAGE.rglob("*.py")):
        named.update(file.relative_to(_PACKAGE).as_posix().encode() + b"\0" + file.read_bytes())
    return named.hexdigest()[:16]

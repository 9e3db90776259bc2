"""What comes out: the opened sites, how many of each school go where, and what proves it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.opening.problem import Flow
from kaowu.engines.allocation.problem import canonical_json

FORMAT = "kaowu.opening/1"


@dataclass(frozen=True)
class OpeningPlan:
    """Opened places, flows of people, and worths: a certificate that anybody can check.

    `worths` say what a seat is worth to each group, in metres; `lower_bound`
    turns them into a total below which no plan within the limits can come.
    """

    problem: str
    engine: str
    opened: tuple[str, ...]
    flows: tuple[Flow, ...]
    worths: tuple[tuple[str, int], ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)

    @property
    def within(self) -> int:
        """The maximum under which it was made, stated or found, in metres."""
        return self.figures["within_metres"]

    def load(self) -> dict[str, int]:
        """How many sit at each opened site."""
        load = dict.fromkeys(self.opened, 0)
        for _, place, people in self.flows:
            load[place] = load.get(place, 0) + people
        return load

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal: the artefact's name."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The canonical bytes: JSON, UTF-8, keys sorted, no spaces."""
        return canonical_json(
            {
                "format": FORMAT,
                "problem": self.problem,
                "engine": self.engine,
                "opened": list(self.opened),
                "flows": [list(flow) for flow in self.flows],
                "worths": [list(one) for one in self.worths],
                "figures": dict(self.figures),
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "OpeningPlan":
        """A plan from JSON, its own or anybody's; raises Refused if it has another form."""
        try:
            plain = json.loads(content)
            if plain["format"] != FORMAT:
                raise ValueError(f"format is not {FORMAT}")
            return cls(
                str(plain["problem"]),
                str(plain["engine"]),
                tuple(str(place) for place in plain["opened"]),
                tuple((str(group), str(place), int(people)) for group, place, people in plain["flows"]),
                tuple((str(group), int(worth)) for group, worth in plain["worths"]),
                {str(name): int(value) for name, value in plain["figures"].items()},
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "opening_unreadable",
                Sentence(f"考点布局文件无法读懂：{error}", f"The plan of sites cannot be read: {error}"),
            ) from error

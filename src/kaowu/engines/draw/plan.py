"""What comes out: the draw (抽签结果), its named reasons and its figures.

A sealed artefact like the seat plan: `to_bytes` is its one canonical form. It
names problem and seed by digest and does not hold the seed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw.problem import canonical_json

FORMAT = "kaowu.draw-plan/1"


class Duty(NamedTuple):
    """One person at one post in one sitting; `room` is empty for posts of the site."""

    sitting: str
    site: str
    room: str
    post: str
    person: str


class Reason(NamedTuple):
    """Why repeats were allowed at a site in a sitting: no draw without them was found.

    Codes: `room_again`, `pair_again` (rooms may come again too).
    """

    code: str
    sitting: str
    site: str

    @property
    def sentence(self) -> Sentence:
        """The reason for people."""
        zh, en = {
            "room_again": ("允许重复考场", "the same room may come again"),
            "pair_again": ("允许重复考场和搭档", "the same room or partner may come again"),
        }[self.code]
        return Sentence(
            f"{self.site}考点{self.sitting}：未找到完全轮换的抽法，{zh}",
            f"Site {self.site}, {self.sitting}: no draw without repeats was found, {en}",
        )


@dataclass(frozen=True)
class DrawPlan:
    """A whole draw: who is sent where, and every duty, sorted."""

    problem: str  # digest of the problem
    seed_digest: str
    engine: str
    sent: tuple[tuple[str, str], ...]  # person, site
    duties: tuple[Duty, ...]
    reasons: tuple[Reason, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)

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
                "seed_digest": self.seed_digest,
                "engine": self.engine,
                "sent": [list(one) for one in self.sent],
                "duties": [list(one) for one in self.duties],
                "reasons": [list(one) for one in self.reasons],
                "figures": dict(self.figures),
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> "DrawPlan":
        """A draw from JSON, its own or anybody's; raises Refused if it has another form."""
        try:
            return _plan(json.loads(content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "draw_plan_unreadable",
                Sentence(f"抽签结果文件无法读懂：{error}", f"The draw cannot be read: {error}"),
            ) from error


def _plan(plain: Mapping[str, Any]) -> DrawPlan:
    if plain["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    rows = [*plain["sent"], *plain["duties"], *plain["reasons"]]
    if any(not isinstance(word, str) for row in rows for word in row):
        raise ValueError("every value of a duty is text")
    reasons = tuple(Reason(*row) for row in plain["reasons"])
    if any(reason.code not in ("room_again", "pair_again") for reason in reasons):
        raise ValueError("a reason is room_again or pair_again")
    return DrawPlan(
        str(plain["problem"]),
        str(plain["seed_digest"]),
        str(plain["engine"]),
        tuple((person, site) for person, site in plain["sent"]),
        tuple(Duty(*row) for row in plain["duties"]),
        reasons,
        {str(name): int(value) for name, value in plain["figures"].items()},
    )

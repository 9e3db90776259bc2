"""What comes out: the seat plan (座位编排结果), its named reasons and its figures.

The plan is a sealed artefact: `to_bytes` is its one canonical form, to be
bound by a fact with its digest. It says which problem and which seed it
belongs to, but does not hold the seed, so that it may be sealed first and
opened later.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.seating.problem import canonical_json, quoted

FORMAT = "kaowu.seat-plan/1"


class Placement(NamedTuple):
    """One seat of one candidate; the room is named within its site."""

    candidate: str
    sitting: str
    site: str
    room: str
    seat: int


@dataclass(frozen=True, slots=True)
class RoomSeating:
    """One room in one sitting: seat numbers ascending, with the candidate of each."""

    sitting: str
    site: str
    room: str
    seats: Sequence[int]
    candidates: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the rule could not hold in a room, as a counting sentence.

    `of` people sit in the room, `holds` of them share the value `value` of
    `key`, and at most `apart` desks can be taken without two being neighbours
    (`reach` 4 or 8). Codes: `too_many_of_one` (proved by that count),
    `not_found` (no count forbids it, but the search found nothing), `kept`
    (in a re-plan: the pairs stood in the plan before and nobody of them moved).
    `remedy` says what was done: `gaps`, `next_rung`, `fewest_pairs`, `kept`.
    """

    code: str
    sitting: str
    site: str
    room: str
    key: str
    value: str
    holds: int
    of: int
    apart: int
    reach: int
    remedy: str
    pairs: int

    @property
    def sentence(self) -> Sentence:
        """The reason for people."""
        zh = f"{self.site}考点{self.room}考场"
        en = f"Room {self.room} of site {self.site}"
        if self.code == "too_many_of_one":
            zh += f"：{self.of}人中{self.holds}人同属“{self.value}”，最多{self.apart}人能互不相邻"
            en += f": {self.holds} of {self.of} share {self.value!r}, at most {self.apart} can sit apart"
        elif self.code == "kept":
            zh += f"：{self.of}人，按原编排就座"
            en += f": {self.of} people sit as in the plan before"
        else:
            zh += f"：{self.of}人，人数上并非不可能，但未找到互不相邻的排法"
            en += f": {self.of} people; no count forbids it, but no seating apart was found"
        done_zh, done_en = _REMEDIES[self.remedy]
        return Sentence(
            f"{zh}；{done_zh.format(pairs=self.pairs)}", f"{en}; {done_en.format(pairs=self.pairs)}"
        )


_REMEDIES = {
    "gaps": ("已在其间留空座位", "empty seats were left between them"),
    "next_rung": ("已按下一级规则排开", "they were kept apart by the next rule of the ladder"),
    "fewest_pairs": (
        "保留同组相邻{pairs}对，为所试排法中最少",
        "{pairs} neighbouring pairs remain, the fewest of all tried",
    ),
    "kept": (
        "原有同组相邻{pairs}对，双方座位均未变动",
        "{pairs} neighbouring pairs stood before and keep their seats",
    ),
}


@dataclass(frozen=True)
class SeatPlan:
    """A whole plan: rooms in the order of sittings, sites and rooms."""

    problem: str  # digest of the problem
    seed_digest: str  # SHA-256 of the seed, in hexadecimal
    engine: str
    rooms: tuple[RoomSeating, ...]
    reasons: tuple[Reason, ...] = ()
    figures: Mapping[str, int] = field(default_factory=dict)
    follows: str = ""  # digest of the plan that this one re-plans

    @property
    def placements(self) -> int:
        """How many seats are taken, over all sittings."""
        return sum(len(room.seats) for room in self.rooms)

    def rows(self) -> Iterator[Placement]:
        """Every taken seat: room by room, seats ascending."""
        for room in self.rooms:
            for seat, candidate in zip(room.seats, room.candidates, strict=True):
                yield Placement(candidate, room.sitting, room.site, room.room, seat)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical bytes, in hexadecimal: the artefact's name."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The canonical bytes: JSON, UTF-8, keys sorted, no spaces; `follows` only where there is one."""
        head = {
            "engine": self.engine,
            "figures": dict(self.figures),
            **({"follows": self.follows} if self.follows else {}),
            "format": FORMAT,
            "problem": self.problem,
            "reasons": [_plain_reason(reason) for reason in self.reasons],
        }
        rooms = ",".join(map(_room_text, self.rooms)).encode()
        seed = canonical_json({"seed_digest": self.seed_digest})
        return b"".join([canonical_json(head)[:-1], b',"rooms":[', rooms, b"],", seed[1:]])

    @classmethod
    def from_bytes(cls, content: bytes) -> "SeatPlan":
        """A plan from JSON, its own or anybody's; raises Refused if it has another form."""
        try:
            return _plan(json.loads(content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "seat_plan_unreadable",
                Sentence(f"座位编排文件无法读懂：{error}", f"The seat plan cannot be read: {error}"),
            ) from error


def _room_text(room: RoomSeating) -> str:
    """One room as canonical JSON; written by hand, because a nation has 433,000 of them."""
    plain = "".join(room.candidates).isalnum()  # as nearly all are; then quoting is two marks
    names = tuple(room.candidates) if plain else tuple(map(quoted, room.candidates))
    seats = _seats_to_name(tuple(room.seats), '[%d,"%%s"]' if plain else "[%d,%%s]") % names
    where = quoted(room.room), seats, quoted(room.site), quoted(room.sitting)
    return '{{"room":{},"seats":[{}],"site":{},"sitting":{}}}'.format(*where)


@lru_cache(maxsize=4096)
def _seats_to_name(seats: tuple[int, ...], form: str) -> str:
    """Seats as JSON with a place for each name: nearly all rooms of a plan take the same first seats."""
    return ",".join([form % seat for seat in seats])


def _plain_reason(reason: Reason) -> dict[str, Any]:
    return {name: getattr(reason, name) for name in Reason.__slots__}


def _plan(plain: Mapping[str, Any]) -> SeatPlan:
    if plain["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    return SeatPlan(
        str(plain["problem"]),
        str(plain["seed_digest"]),
        str(plain["engine"]),
        tuple(_room(room) for room in plain["rooms"]),
        tuple(Reason(**reason) for reason in plain.get("reasons", ())),
        {str(name): int(value) for name, value in plain.get("figures", {}).items()},
        str(plain.get("follows", "")),
    )


def _room(plain: Mapping[str, Any]) -> RoomSeating:
    pairs = plain["seats"]
    if any(type(seat) is not int or not isinstance(name, str) for seat, name in pairs):
        raise ValueError("a seat is a number and a candidate's id")
    return RoomSeating(
        str(plain["sitting"]),
        str(plain["site"]),
        str(plain["room"]),
        tuple(seat for seat, _ in pairs),
        tuple(name for _, name in pairs),
    )

"""Dispatches as they stand: to whom one is addressed, who has it, who has signed, and who is late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kaowu.basics.clock import Instant, minutes_after
from kaowu.facts.dispatches import DispatchSent

LEVELS = {"cities": "city", "counties": "county", "sites": "site"}

SIGNED, DELIVERED, ON_THE_WAY, SENT = "signed", "delivered", "on_the_way", "sent"
"""How far a dispatch has come to a unit: signed for; at the unit's node; at a node between; not heard of anywhere."""


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """A unit of the tree: its path of codes, each with a stroke behind it, and its level."""

    path: str
    level: str

    @property
    def code(self) -> str:
        """The last code of the path."""
        return self.path.rstrip("/").rpartition("/")[2]


def is_addressed(sent: DispatchSent, unit: Unit) -> bool:
    """Whether this unit itself has to sign."""
    if sent.to == "named":
        return unit.code in sent.named
    below = unit.path.startswith(sent.sender) and unit.path != sent.sender
    return below and LEVELS.get(sent.to, unit.level) == unit.level


def passes_through(sent: DispatchSent, unit: Unit, named: Iterable[str]) -> bool:
    """Whether this unit's node must have it: for the unit, or for one below. `named` are the paths of the named units."""
    if unit.path == sent.sender or sent.sender.startswith(unit.path):
        return False  # it came from there
    if sent.to == "named":
        return any(path.startswith(unit.path) for path in named)
    level = LEVELS.get(sent.to)
    order = ("province", "city", "county", "site")
    deep_enough = level is None or order.index(unit.level) <= order.index(level)
    return unit.path.startswith(sent.sender) and deep_enough


@dataclass(frozen=True, slots=True)
class Mark:
    """That a unit has or has signed for a dispatch, and when."""

    unit: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a dispatch has come to one unit, since when, and whether its signature is late."""

    unit: Unit
    reached: str
    at: Instant | None
    where: str
    is_late: bool


def first_of(marks: Iterable[Mark]) -> dict[str, Instant]:
    """When each unit was marked first."""
    found: dict[str, Instant] = {}
    for mark in marks:
        found[mark.unit] = min(mark.at, found.get(mark.unit, mark.at))
    return found


def standing(
    sent: DispatchSent,
    sent_at: Instant,
    unit: Unit,
    delivered: Mapping[str, Instant],
    signed: Mapping[str, Instant],
    now: Instant,
) -> Standing:
    """Where it stands for one unit; `delivered` are the units at whose nodes it is known to be.

    A unit without a node of its own reads it on the screens of another, so the node
    nearest to it on the way from the sender is named.
    """
    due = minutes_after(sent_at, sent.sign_within) if sent.sign_within else None
    at = signed.get(unit.path)
    if at is not None:
        return Standing(unit, SIGNED, at, unit.path, due is not None and at > due)
    late = due is not None and now > due
    nearest = next((path for path in _way_back(unit.path, sent.sender) if path in delivered), None)
    if nearest is None:
        return Standing(unit, SENT, None, "", late)
    reached = DELIVERED if nearest == unit.path else ON_THE_WAY
    return Standing(unit, reached, delivered[nearest], nearest, late)


def _way_back(receiver: str, sender: str) -> list[str]:
    """The units from the receiver back to the sender, of whom one lies above the other."""
    high, low = sorted((receiver, sender), key=len)
    if not low.startswith(high):
        return []
    steps = [low[: end + 1] for end, sign in enumerate(low) if sign == "/" and end + 1 >= len(high)]
    return steps if high == receiver else steps[::-1]

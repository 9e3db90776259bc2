"""Dispatches as they stand: to whom one is addressed, who has it, who has signed, and who is late."""

from collections.abc import Iterable, Sequence
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


def standing(
    sent: DispatchSent,
    sent_at: Instant,
    unit: Unit,
    delivered: Sequence[Mark],
    signed: Sequence[Mark],
    now: Instant,
) -> Standing:
    """Where it stands for one unit; `delivered` are the units at whose nodes it is known to be.

    A unit without a node of its own reads it on the screens of another, so the node
    nearest to it on the way from the sender is named. The first of several marks counts.
    """
    due = minutes_after(sent_at, sent.sign_within) if sent.sign_within else None
    own = [mark for mark in signed if mark.unit == unit.path]
    if own:
        first = min(own, key=lambda mark: mark.at)
        return Standing(unit, SIGNED, first.at, unit.path, due is not None and first.at > due)
    late = due is not None and now > due
    way = [mark for mark in delivered if _lies_between(mark.unit, sent.sender, unit.path)]
    if not way:
        return Standing(unit, SENT, None, "", late)
    nearest = min(way, key=lambda mark: (abs(len(mark.unit) - len(unit.path)), mark.at))
    reached = DELIVERED if nearest.unit == unit.path else ON_THE_WAY
    return Standing(unit, reached, nearest.at, nearest.unit, late)


def _lies_between(unit: str, sender: str, receiver: str) -> bool:
    """Whether a unit lies on the way down or up the tree, its ends included."""
    down = receiver.startswith(unit) and unit.startswith(sender)
    return down or (unit.startswith(receiver) and sender.startswith(unit))

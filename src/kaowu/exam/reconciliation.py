"""Do the figures of a sitting balance (数目平衡)? Sums over room-sittings, with the gaps named."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from kaowu.exam.room_sitting import Figures
from kaowu.facts.subjects import RoomSittingKey


@dataclass(frozen=True, slots=True)
class Gap:
    """One room-sitting whose figures do not close, and which equation fails."""

    key: RoomSittingKey
    equation: str
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The sums of one sitting at one site (or above), and what does not balance."""

    rooms: int
    total: Figures
    gaps: tuple[Gap, ...]

    @property
    def balances(self) -> bool:
        """True when every room-sitting closes."""
        return not self.gaps


def reconcile(rooms: Iterable[tuple[RoomSittingKey, Figures]]) -> Reconciliation:
    """Add up room-sittings and name each that does not close.

    Three equations per room-sitting: expected = entered + absent (people),
    issued = used + absent + spare + void (sheets), and packets out = packets
    back.
    """
    gaps: list[Gap] = []
    sums = dict.fromkeys((item.name for item in fields(Figures) if item.name != "counted"), 0)
    counted = True
    number = 0
    for key, room in rooms:
        number += 1
        counted = counted and room.counted
        for name in sums:
            sums[name] += getattr(room, name)
        checks = (
            ("people", room.expected, room.entered + room.absent),
            ("sheets", room.issued, room.used + room.absent_sheets + room.spare + room.void),
            ("packets", room.packets, room.collected),
        )
        gaps += [Gap(key, name, left, right) for name, left, right in checks if left != right]
    return Reconciliation(number, Figures(counted=counted, **sums), tuple(gaps))

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


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many room-sittings had their papers given out and collected exactly (分发回收准确率), and which not."""

    exact: int
    of: int
    short: tuple[tuple[RoomSittingKey, str], ...]
    """Each room-sitting that is not exact, with the first link of the chain that is missing."""

    @property
    def hundredths(self) -> int | None:
        """Hundredths of a per cent, rounded down, so that 100 % means every one; None if there are none."""
        return self.exact * 10_000 // self.of if self.of else None

    def __add__(self, other: "Accuracy") -> "Accuracy":
        return Accuracy(self.exact + other.exact, self.of + other.of, self.short + other.short)


def paper_accuracy(rooms: Iterable[tuple[RoomSittingKey, Figures]]) -> Accuracy:
    """Judge each room-sitting by its chain of facts alone; nobody types this figure in.

    Exact is: a packet was handed out, unsealed, counted and collected again, no packet is missing,
    and every sheet that was issued is accounted for.
    """
    short: list[tuple[RoomSittingKey, str]] = []
    number = 0
    for key, room in rooms:
        number += 1
        missing = _missing_link(room)
        if missing:
            short.append((key, missing))
    return Accuracy(number - len(short), number, tuple(short))


def _missing_link(room: Figures) -> str:
    links = (
        ("handed_out", room.packets > 0),
        ("unsealed", room.unsealed > 0),
        ("counted", room.counted),
        ("collected", room.collected == room.packets),
        ("sheets", room.balances),
    )
    return next((name for name, holds in links if not holds), "")

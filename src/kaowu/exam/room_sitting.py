"""What one room holds in one sitting: who is expected, who came, where the packets are.

A fold: `begin` with the seats of the sealed plan, then `after` each fact. A
fact that was withdrawn no longer counts, so the state is folded again without
it; a room-sitting is small enough for that.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from kaowu.basics.clock import Instant
from kaowu.exam.plan import Sitting
from kaowu.exam.sheet_bag import BAG_FACTS, SheetBag
from kaowu.facts.catalogue import Fact
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted, DoubtSettled
from kaowu.facts.papers import PacketCollected, PacketHandedOut, PacketUnsealed, SheetsCounted
from kaowu.facts.sheet_bags import SheetCodeChecked
from kaowu.facts.subjects import RoomSittingKey
from kaowu.facts.violations import ViolationRecorded


class Seat(NamedTuple):
    """One expected candidate: admission number and seat number, both text."""

    admission_number: str
    seat_number: str


class PacketState(StrEnum):
    """Where a packet stands (试卷袋状态)."""

    HANDED_OUT = "handed_out"
    UNSEALED = "unsealed"
    COLLECTED = "collected"


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet as the room knows it."""

    packet: str
    state: PacketState
    seal: str
    sheets: int
    subject: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One candidate's entry."""

    at: Instant
    identity: str


@dataclass(frozen=True)
class RoomSitting:
    """The state of one room-sitting (考场场次)."""

    key: RoomSittingKey
    sitting: Sitting
    seats: Mapping[str, Seat]
    entries: Mapping[str, Entry] = field(default_factory=dict)
    in_doubt: frozenset[str] = frozenset()
    """Those admitted whose identity is still to be settled (存疑)."""
    absent: frozenset[str] = frozenset()
    packets: Mapping[str, Packet] = field(default_factory=dict)
    count: SheetsCounted | None = None
    violations: tuple[ViolationRecorded, ...] = ()
    codes: Mapping[str, SheetCodeChecked] = field(default_factory=dict)
    """The latest check of the sheet's code at each seat."""
    bags: Mapping[str, SheetBag] = field(default_factory=dict)
    """The bag of answer sheets of each subject, once somebody has had it in hand."""

    @classmethod
    def begin(cls, key: RoomSittingKey, sitting: Sitting, seats: Iterable[Seat]) -> "RoomSitting":
        """Before the first fact, with the seats of the sealed plan."""
        return cls(key=key, sitting=sitting, seats={s.admission_number: s for s in seats})

    @property
    def issued(self) -> int:
        """Sheets handed out to this room in all packets."""
        return sum(packet.sheets for packet in self.packets.values())

    def after(self, fact: Fact, at: Instant) -> "RoomSitting":
        """The room-sitting once this fact has happened at that instant."""
        match fact:
            case CandidateAdmitted():
                return self._admitted(fact, at)
            case DoubtSettled():
                return self._settled(fact)
            case CandidateAbsent():
                return self._with(absent=self.absent | {fact.admission_number} - self.entries.keys())
            case PacketHandedOut():
                packet = Packet(fact.packet, PacketState.HANDED_OUT, fact.seal, fact.sheets, fact.subject)
                return self._with(packets={**self.packets, fact.packet: packet})
            case PacketUnsealed():
                return self._moved(fact.packet, PacketState.UNSEALED, fact.seal, fact.subject)
            case PacketCollected():
                return self._moved(fact.packet, PacketState.COLLECTED, fact.seal, "")
            case SheetsCounted():
                return self._with(count=fact)
            case ViolationRecorded():
                return self._with(violations=(*self.violations, fact))
            case SheetCodeChecked():
                return self._with(codes={**self.codes, fact.seat: fact})
            case _ if isinstance(fact, BAG_FACTS):
                bag = self.bag(fact.subject).after(fact)
                return self._with(bags={**self.bags, bag.subject: bag})
        return self

    def bag(self, subject: str) -> SheetBag:
        """The bag of answer sheets of one subject; an empty one before its first fact."""
        return self.bags.get(subject) or SheetBag(self.key, subject)

    def _with(self, **changed: object) -> "RoomSitting":
        """`replace` in a quarter of its time: a day is folded at every node that it reaches."""
        room = object.__new__(RoomSitting)
        vars(room).update(vars(self), **changed)
        return room

    def _admitted(self, fact: CandidateAdmitted, at: Instant) -> "RoomSitting":
        number = fact.admission_number
        if number in self.entries:
            return self  # a second entry of the same ticket leaves the first as it was
        entries = dict(self.entries)
        entries[number] = Entry(Instant(fact.written_at or at), fact.identity)
        changed = self._with(entries=entries, absent=self.absent - {number})
        return changed._with(in_doubt=self.in_doubt | {number}) if fact.identity == "in_doubt" else changed

    def _settled(self, fact: DoubtSettled) -> "RoomSitting":
        entry = self.entries.get(fact.admission_number)
        if entry is None:
            return self
        identity = "matched" if fact.is_candidate else "impostor"
        entries = {**self.entries, fact.admission_number: replace(entry, identity=identity)}
        return self._with(entries=entries, in_doubt=self.in_doubt - {fact.admission_number})

    def _moved(self, packet: str, state: PacketState, seal: str, subject: str) -> "RoomSitting":
        # An unknown packet may be opened before the fact that handed it out arrives.
        known = self.packets.get(packet) or Packet(packet, state, seal, 0, subject)
        return self._with(packets={**self.packets, packet: replace(known, state=state, seal=seal)})


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one room-sitting, as screens and sums use them."""

    expected: int
    entered: int
    absent: int
    in_doubt: int
    violations: int
    packets: int
    unsealed: int
    collected: int
    issued: int
    used: int
    absent_sheets: int
    spare: int
    void: int
    counted: bool

    @property
    def balances(self) -> bool:
        """Does issued = used + absent + spare + void hold?"""
        return self.counted and self.issued == self.used + self.absent_sheets + self.spare + self.void

    def in_order(self) -> tuple[int, ...]:
        """All counts, in the order of their fields."""
        return _IN_ORDER(self)


_IN_ORDER = attrgetter(*(one.name for one in fields(Figures)))


def figures(room: RoomSitting) -> Figures:
    """Count a room-sitting. Entries of people not expected here count as entered."""
    states = [packet.state for packet in room.packets.values()]
    count = room.count
    return Figures(
        expected=len(room.seats),
        entered=len(room.entries),
        absent=len(room.absent),
        in_doubt=len(room.in_doubt),
        violations=len(room.violations),
        packets=len(states),
        unsealed=sum(state is not PacketState.HANDED_OUT for state in states),
        collected=sum(state is PacketState.COLLECTED for state in states),
        issued=room.issued,
        used=count.used if count else 0,
        absent_sheets=count.absent if count else 0,
        spare=count.spare if count else 0,
        void=count.void if count else 0,
        counted=count is not None,
    )

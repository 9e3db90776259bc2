"""The flow of an exam day, read from the journal by cursor: what happened in which five minutes.

A live screen asks every second; only what is new since the last question is read. Times are the facts' own,
records that were withdrawn are taken out again.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from kaowu.basics.clock import Instant
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.envelope import Envelope
from kaowu.facts.papers import PacketCollected, PacketUnsealed
from kaowu.facts.record import FactWithdrawn
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store import bulk, records
from kaowu.store.models import Arrival, JournalEntry, JournalHead

BUCKET_MS = 300_000

_ADMITTED, _UNSEALED = CandidateAdmitted.kind.name, PacketUnsealed.kind.name
_COLLECTED, _WITHDRAWN = PacketCollected.kind.name, FactWithdrawn.kind.name

Place = tuple[str, str]
"""Sitting and site."""


@dataclass(frozen=True)
class Flow:
    """What happened when in one sitting at some sites."""

    entries: Mapping[int, int] = field(default_factory=dict)
    """Start of five minutes → entries recorded in them."""
    unsealed_at: tuple[Instant, ...] = ()
    """When each room first unsealed a packet, in order."""
    collected_at: tuple[Instant, ...] = ()
    """When each room first gave a packet back, in order."""
    last_at: Mapping[str, Instant] = field(default_factory=dict)
    """The latest fact of each site."""


class FlowReader:
    """The flow of one exam, kept up to date; safe to ask from several threads."""

    def __init__(self, exam: str) -> None:
        self._exam = exam
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._next = 0
        self._arrived = 0
        self._entries: dict[Place, Counter[int]] = defaultdict(Counter)
        self._unsealed: dict[Place, dict[str, dict[UUID, int]]] = defaultdict(lambda: defaultdict(dict))
        self._collected: dict[Place, dict[str, dict[UUID, int]]] = defaultdict(lambda: defaultdict(dict))
        self._last: dict[Place, int] = {}

    def flow(self, sitting: str, sites: Iterable[str]) -> Flow:
        """The flow of a sitting over these sites up to now."""
        with self._lock:
            self._read_on()
            places = [(sitting, site) for site in sites]
            entries: Counter[int] = Counter()
            for place in places:
                entries.update(self._entries[place])
            return Flow(
                entries={bucket: number for bucket, number in sorted(entries.items()) if number > 0},
                unsealed_at=_firsts(self._unsealed, places),
                collected_at=_firsts(self._collected, places),
                last_at={site: Instant(self._last[_, site]) for _, site in places if (_, site) in self._last},
            )

    def _read_on(self) -> None:
        if _own_size() < self._next:  # another journal took its place: a restored node
            self._begin()
        arrived = Arrival.objects.filter(exam=self._exam, number__gt=self._arrived).order_by("number")
        for number, *what in arrived.values_list(
            "number", "kind", "subject", "stamped_at", "fact_id"
        ).iterator():
            self._arrived = number
            self._note(*what)
        rows = JournalEntry.objects.filter(exam=self._exam, index__gte=self._next).order_by("index")
        columns = ("index", "kind", "subject", "stamped_at", "fact_id")
        for index, kind, subject, at, id in rows.values_list(*columns).iterator():
            self._next = index + 1
            self._note(kind, subject, at, id)

    def _note(self, kind: str, subject: str, at: int, id: UUID) -> None:
        if kind == _WITHDRAWN:
            self._withdraw(id)
        else:
            self._take(kind, subject, at, id, 1)

    def _take(self, kind: str, subject: str, at: int, id: UUID, sign: int) -> None:
        try:
            key = RoomSittingKey.read(subject)
        except ValueError:
            return
        place = (key.sitting, key.site)
        if kind == _ADMITTED:
            self._entries[place][at - at % BUCKET_MS] += sign
        for wanted, kept in ((_UNSEALED, self._unsealed), (_COLLECTED, self._collected)):
            if kind == wanted and sign > 0:
                kept[place][key.room][id] = at
            elif kind == wanted:
                kept[place][key.room].pop(id, None)
        self._last[place] = max(self._last.get(place, 0), at)

    def _withdraw(self, id: UUID) -> None:
        correction = records.find(id)
        named = Envelope.from_bytes(bytes(correction.entry)).corrects if correction else None
        wrong = records.find(named) if named else None
        if named is not None and wrong is not None:
            self._take(wrong.kind, wrong.subject, wrong.stamped_at, named, -1)


def journal_size() -> int:
    """How many records this node has, own and arrived: what a live screen looks at to see whether anything is new."""
    found = bulk.rows("SELECT size + arrived FROM store_journalhead", [])
    return int(found[0][0]) if found else 0


def _own_size() -> int:
    return JournalHead.objects.values_list("size", flat=True).first() or 0


def _firsts(kept: dict[Place, dict[str, dict[UUID, int]]], places: list[Place]) -> tuple[Instant, ...]:
    firsts = [min(times.values()) for place in places for times in kept[place].values() if times]
    return tuple(Instant(at) for at in sorted(firsts))

"""The flow of an exam day, read from the journal by cursor: what happened in which five minutes.

A live screen asks every second; only what is new since the last question is read. Times are the facts' own,
records that were withdrawn are taken out again.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from kaowu.basics.clock import Instant
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.envelope import Envelope
from kaowu.facts.papers import PacketCollected, PacketUnsealed
from kaowu.facts.record import FactWithdrawn
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store import bulk, records

BUCKET_MS = 300_000

_ADMITTED, _UNSEALED = CandidateAdmitted.kind.name, PacketUnsealed.kind.name
_COLLECTED, _WITHDRAWN = PacketCollected.kind.name, FactWithdrawn.kind.name

_AT_ONCE = 10_000
_WHAT = "kind, subject, stamped_at, fact_id"
_ARRIVED = (
    f"SELECT number, {_WHAT} FROM store_arrival WHERE exam = %s AND number > %s ORDER BY number LIMIT %s"
)
_WRITTEN = (
    f'SELECT "index", {_WHAT} FROM store_journalentry'
    ' WHERE exam = %s AND "index" > %s ORDER BY "index" LIMIT %s'
)

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
        self._written = -1
        self._arrived = 0
        self._entries: dict[Place, Counter[int]] = defaultdict(Counter)
        self._unsealed: dict[Place, dict[str, dict[UUID, int]]] = defaultdict(lambda: defaultdict(dict))
        self._collected: dict[Place, dict[str, dict[UUID, int]]] = defaultdict(lambda: defaultdict(dict))
        self._last: dict[Place, int] = {}

    def flow(self, sitting: str, sites: Iterable[str]) -> Flow:
        """The flow of a sitting over these sites up to now."""
        with self._lock:
            self._read_on()
            # Only places from which something came; early in the day that is few of a thousand.
            places = [place for site in sites if (place := (sitting, site)) in self._last]
            entries: Counter[int] = Counter()
            for place in places:
                entries.update(self._entries.get(place, {}))
            return Flow(
                entries={bucket: number for bucket, number in sorted(entries.items()) if number > 0},
                unsealed_at=_firsts(self._unsealed, places),
                collected_at=_firsts(self._collected, places),
                last_at={place[1]: Instant(self._last[place]) for place in places},
            )

    def _read_on(self) -> None:
        if _own_size() <= self._written:  # another journal took its place: a restored node
            self._begin()
        for number, *what in self._since(_ARRIVED, self._arrived):
            self._arrived = number
            self._note(*what)
        for index, *what in self._since(_WRITTEN, self._written):
            self._written = index
            self._note(*what)

    def _since(self, sql: str, place: int) -> Iterator[tuple[int, str, str, int, Any]]:
        while rows := bulk.rows(sql, [self._exam, place, _AT_ONCE]):
            yield from rows  # type: ignore[misc]
            place = rows[-1][0]
            if len(rows) < _AT_ONCE:
                return

    def _note(self, kind: str, subject: str, at: int, id: Any) -> None:
        if kind == _WITHDRAWN:
            self._withdraw(bulk.read_uuid(id))
        else:
            self._take(kind, subject, at, bulk.read_uuid(id), 1)

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
    found = bulk.rows("SELECT size FROM store_journalhead", [])
    return int(found[0][0]) if found else 0


def _firsts(kept: dict[Place, dict[str, dict[UUID, int]]], places: list[Place]) -> tuple[Instant, ...]:
    firsts = [min(times.values()) for place in places for times in kept.get(place, {}).values() if times]
    return tuple(Instant(at) for at in sorted(firsts))

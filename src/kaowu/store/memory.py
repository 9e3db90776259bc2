"""The book in memory: the twin of the real store, for tests and for replays.

It keeps the same promises (one writer, all or nothing, unique ids, order by
index) and passes the same contract suite.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from kaowu.basics import canonical
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Finding
from kaowu.basics.ids import FactId, digest
from kaowu.engines.ledger.tree import CompactRange, leaf_hash
from kaowu.exam.room_sitting import Figures, Seat
from kaowu.facts.envelope import NO_PREVIOUS, Envelope
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Recorded


class MemoryBook:
    """A journal that lasts as long as the process (`kaowu.loop.desk.Book`)."""

    def __init__(self, seats: Mapping[tuple[str, RoomSittingKey], Sequence[Seat]] | None = None) -> None:
        self.records: list[Recorded] = []
        self.expected = dict(seats or {})
        self.figures: dict[tuple[str, RoomSittingKey], Figures] = {}
        self._lock = threading.Lock()

    @contextmanager
    def writing(self) -> Iterator["MemoryPage"]:
        """Open the book; what is written joins it only when the page closes without error."""
        with self._lock:
            page = MemoryPage(self)
            yield page
            self.records = page.records
            self.figures |= page.figures

    def root(self) -> bytes:
        """The RFC 6962 root over all that is recorded."""
        tree = CompactRange()
        for recorded in self.records:
            tree.append(leaf_hash(canonical.encode([recorded.recorded_at, recorded.entry])))
        return tree.root()


class MemoryPage:
    """The open book (`kaowu.loop.desk.Page`)."""

    def __init__(self, book: MemoryBook) -> None:
        self.records = list(book.records)
        self.figures: dict[tuple[str, RoomSittingKey], Figures] = {}
        self._book = book
        self._by_id = {recorded.envelope.id: recorded for recorded in self.records}
        self._by_subject: dict[tuple[str, str], list[Recorded]] = defaultdict(list)
        self._devices: dict[str, tuple[int, bytes]] = {}
        for recorded in self.records:
            self._index(recorded)

    def find(self, id: FactId) -> Recorded | None:
        """The fact of that id, if the journal holds it."""
        return self._by_id.get(id)

    def facts_about(self, exam: str, subject: str, since: int) -> Sequence[Recorded]:
        """The facts about a subject from index `since` on, in order."""
        return [recorded for recorded in self._by_subject[exam, subject] if recorded.index >= since]

    def seats(self, exam: str, key: RoomSittingKey) -> Sequence[Seat]:
        """Who is expected in a room-sitting."""
        return self._book.expected.get((exam, key), ())

    def rooms(self, exam: str, sitting: str, site: str) -> Sequence[tuple[RoomSittingKey, Figures]]:
        """The figures of every room-sitting of a site in a sitting."""
        figures = self._book.figures | self.figures
        return sorted(
            (key, counted)
            for (of, key), counted in figures.items()
            if of == exam and key.sitting == sitting and key.site == site
        )

    def device_head(self, device: str) -> tuple[int, bytes]:
        """Sequence and digest of the device's latest entry; (0, zeros) if none."""
        return self._devices.get(device, (0, NO_PREVIOUS))

    def last_recorded_at(self) -> Instant:
        """When the latest fact was recorded; 0 if there is none."""
        return self.records[-1].recorded_at if self.records else Instant(0)

    def write(
        self,
        envelope: Envelope,
        recorded_at: Instant,
        personal: Mapping[str, Any],
        salt: bytes,
        findings: Sequence[Finding],
    ) -> Recorded:
        """Append one fact; a second one of the same id or device sequence is a defect."""
        if envelope.id in self._by_id:
            raise ValueError(f"the journal already holds {envelope.id}")
        if envelope.device_seq != self.device_head(envelope.device)[0] + 1:
            raise ValueError(f"{envelope.device} already wrote entry {envelope.device_seq}")
        entry = envelope.to_bytes()
        recorded = Recorded(len(self.records), recorded_at, entry, envelope, personal, salt, tuple(findings))
        self.records.append(recorded)
        self._by_id[envelope.id] = recorded
        self._index(recorded)
        return recorded

    def arrived(self) -> int:
        """Nothing comes in from elsewhere."""
        return 0

    def project_room(self, exam: str, key: RoomSittingKey, counted: Figures) -> None:
        """Keep the figures of a room-sitting."""
        self.figures[exam, key] = counted

    def _index(self, recorded: Recorded) -> None:
        envelope = recorded.envelope
        self._by_subject[envelope.exam, envelope.subject].append(recorded)
        self._devices[envelope.device] = (envelope.device_seq, digest(recorded.entry))

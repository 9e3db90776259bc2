"""The book in memory: the twin of the real store, for tests and for replays.

It keeps the same promises (one writer, all or nothing, unique ids, order by
index) and passes the same contract suite.
"""

import threading
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Finding
from kaowu.basics.ids import FactId, digest
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.persons import PersonKey, PersonKeys
from kaowu.engines.ledger.runs import Office, Proven, Written, office_proofs
from kaowu.engines.ledger.tree import CompactRange, leaf_hash
from kaowu.exam.room_sitting import Figures, Seat
from kaowu.facts.devices import DeviceEnrolled, DeviceRevoked
from kaowu.facts.envelope import NO_PREVIOUS, Envelope
from kaowu.facts.person_keys import PersonKeyEnrolled, PersonKeyRevoked
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Recorded
from kaowu.loop.signed import Enrolled

KEY_KINDS = tuple(
    made.kind.name for made in (DeviceEnrolled, DeviceRevoked, PersonKeyEnrolled, PersonKeyRevoked)
)


class MemoryBook:
    """A journal that lasts as long as the process (`kaowu.loop.desk.Book`)."""

    def __init__(
        self,
        seats: Mapping[tuple[str, RoomSittingKey], Sequence[Seat]] | None = None,
        office: Office | None = None,
    ) -> None:
        self.records: list[Recorded] = []
        self.proofs: list[bytes | None] = []
        self.office = office
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
            self.proofs = page.proofs()
            self.figures |= page.figures

    def root(self) -> bytes:
        """The RFC 6962 root over all that is recorded."""
        suite = deployed()
        tree = CompactRange(suite)
        for recorded, proof in zip(self.records, self.proofs, strict=True):
            tree.append(leaf_hash(leaf_of(recorded.recorded_at, recorded.entry, proof), suite))
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
        self._signed_by: list[bytes | tuple[Proven, ...]] = []
        self._enrolled: dict[str, Enrolled] = {}
        self._persons = PersonKeys()
        for recorded in self.records:
            self._index(recorded)

    def expect(self, ids: Sequence[FactId], devices: Collection[str]) -> None:
        """All is at hand."""

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

    def enrolled(self, device: str) -> Enrolled | None:
        """The device's enrolment; None for a counter of the node itself."""
        return self._enrolled.get(device)

    def person_key(self, credential: str) -> PersonKey | None:
        """The person's own key of that name."""
        return self._persons.find(credential)

    def holds_key(self, account: str, exam: str) -> bool:
        """Whether the account holds a key of its own that counts in the exam."""
        return self._persons.has_key(account, exam)

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
        signed_by: bytes | tuple[Proven, ...] = (),
        entry: bytes | None = None,
    ) -> Recorded:
        """Append one fact; a second one of the same id or device sequence is a defect."""
        if envelope.id in self._by_id:
            raise ValueError(f"the journal already holds {envelope.id}")
        if envelope.device_seq != self.device_head(envelope.device)[0] + 1:
            raise ValueError(f"{envelope.device} already wrote entry {envelope.device_seq}")
        entry = entry or envelope.to_bytes()
        recorded = Recorded(len(self.records), recorded_at, entry, envelope, personal, salt, tuple(findings))
        self.records.append(recorded)
        self._signed_by.append(signed_by)
        self._by_id[envelope.id] = recorded
        self._index(recorded)
        return recorded

    def arrived(self) -> int:
        """Nothing comes in from elsewhere."""
        return 0

    def project_room(self, exam: str, key: RoomSittingKey, counted: Figures) -> None:
        """Keep the figures of a room-sitting."""
        self.figures[exam, key] = counted

    def proofs(self) -> list[bytes | None]:
        """What stands beside each entry, once the page closes."""
        first = len(self._book.proofs)
        fresh = list(enumerate(zip(self.records[first:], self._signed_by, strict=True), start=first))
        proofs = [
            *self._book.proofs,
            *(by or None if isinstance(by, bytes) else None for _, (_, by) in fresh),
        ]
        if self._book.office is not None:
            waiting = [
                (place, Written(one.envelope.device, digest(one.entry), len(one.envelope.actors) > 1, by))
                for place, (one, by) in fresh
                if not isinstance(by, bytes)
            ]
            for place, proof in office_proofs(self._book.office, waiting).items():
                proofs[place] = proof
        return proofs

    def _index(self, recorded: Recorded) -> None:
        envelope = recorded.envelope
        match envelope.fact(dict(recorded.personal)) if envelope.kind in KEY_KINDS else None:
            case DeviceEnrolled(device=device, key=key, site=site):
                self._enrolled[device] = Enrolled(key, envelope.exam, site, False)
            case DeviceRevoked(device=device) if device in self._enrolled:
                self._enrolled[device] = replace(self._enrolled[device], revoked=True)
            case PersonKeyEnrolled(person=person, key=key, possession=held):
                self._persons.enrol(person, key, held, envelope.exam, deployed())
            case PersonKeyRevoked(credential=credential):
                self._persons.revoke(credential)
        self._by_subject[envelope.exam, envelope.subject].append(recorded)
        self._devices[envelope.device] = (envelope.device_seq, digest(recorded.entry))

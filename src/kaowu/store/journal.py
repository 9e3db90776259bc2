"""The book on a database: journal and projections in one transaction.

One writer at a time: opening the book locks its head row (SQLite begins its
transaction as a writer, PostgreSQL locks the row), so entries, leaf hashes,
tree and projections are kept together or not at all. The hot statements are
written by hand, in plain SQL that SQLite and PostgreSQL both take.
"""

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any, NamedTuple

from django.db import connection, transaction

from kaowu.basics import canonical
from kaowu.basics.clock import Clock, Instant
from kaowu.basics.errors import Finding, Refused, Sentence, Severity
from kaowu.basics.ids import FactId
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.persons import PersonKey
from kaowu.engines.ledger.runs import Office, Proven, Written, office_proofs
from kaowu.engines.ledger.tree import CompactRange, leaf_hash
from kaowu.exam.room_sitting import Figures, Seat
from kaowu.facts.envelope import NO_PREVIOUS, Envelope
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Recorded
from kaowu.loop.signed import Enrolled
from kaowu.store import bulk, person_keys, projections, records
from kaowu.store.models import Arrival, FindingRow, JournalHead, MirroredPersonal
from kaowu.store.personal import read_fields, seal_fields

CHECKPOINT_FACTS = 256
CHECKPOINT_MS = 2_000

SignCheckpoint = Callable[[str, int, bytes], str]
"""Makes the signed note of (origin, size, root)."""

_FIGURES = [item.name for item in fields(Figures)]
_SET_FIGURES = ", ".join(f"{name} = %s" for name in _FIGURES)
_READ_FIGURES = ", ".join(_FIGURES)
_HEAD = ", ".join(field.attname for field in JournalHead._meta.concrete_fields)
_READ_ENTRY = 'SELECT "index", recorded_at, entry, personal, key_slot FROM store_journalentry'


class DjangoBook:
    """The journal of this node (`kaowu.loop.desk.Book`)."""

    def __init__(self, clock: Clock, sign: SignCheckpoint, office: Office | None = None) -> None:
        """`office` signs what the node itself writes; a book without one keeps it unsigned."""
        self._clock = clock
        self._sign = sign
        self._office = office

    @contextmanager
    def writing(self) -> Iterator["DjangoPage"]:
        """Open the book for one transaction; checkpoints are signed when they are due."""
        with transaction.atomic():
            head = _locked_head()
            if head.closed_because:
                raise journal_closed(head.closed_because)
            page = DjangoPage(head, self._office)
            yield page
            page.close(self._clock.now(), self._sign)

    def checkpoint(self) -> str:
        """Sign the journal as it stands now; returns the note."""
        with transaction.atomic():
            head = _locked_head()
            return DjangoPage(head, self._office).sign_checkpoint(self._clock.now(), self._sign)


class _Pending(NamedTuple):
    """An entry that is written when the page closes, once it is known who signs it."""

    row: tuple[Any, ...]
    recorded_at: Instant
    entry: bytes
    envelope: Envelope
    digest: bytes
    signed_by: bytes | tuple[Proven, ...]


class DjangoPage:
    """The open book: reads see what was written before in the same transaction."""

    def __init__(self, head: JournalHead, office: Office | None = None) -> None:
        self._head = head
        self._office = office
        self._suite = deployed()
        self._keeps_uuids = connection.vendor == "postgresql"
        self._tree = (
            CompactRange.from_bytes(bytes(head.tree), self._suite) if head.size else CompactRange(self._suite)
        )
        self._devices: dict[str, tuple[int, bytes]] = {}
        self._enrolled: dict[str, Enrolled | None] = {}
        self._new: set[FactId] = set()
        self._entries: list[_Pending] = []
        self._pending: dict[FactId, Recorded] = {}
        self._findings: list[FindingRow] = []

    # ---- reading ----

    def expect(self, ids: Sequence[FactId], devices: Collection[str]) -> None:
        """Ask the database once for all that is about to be looked up one by one."""
        held = bulk.present("store_journalentry", ids)
        if self._head.arrived:
            held |= bulk.present("store_arrival", ids)
        self._new.update(set(ids) - held)
        self._look_up([device for device in devices if device not in self._enrolled])

    def find(self, id: FactId) -> Recorded | None:
        """The fact of that id, if the journal holds it."""
        if id in self._pending:
            return self._pending[id]
        if id in self._new:
            return None
        found = _query(f"{_READ_ENTRY} WHERE fact_id = %s", [_uuid(id)])
        if not found and self._head.arrived:
            return _arrived(id)
        return self._with_findings(_recorded(found[0])) if found else None

    def facts_about(self, exam: str, subject: str, since: int) -> Sequence[Recorded]:
        """The facts about a subject from index `since` on, in order."""
        if any(pending.envelope.subject == subject for pending in self._pending.values()):
            self._flush()
        where = 'WHERE exam = %s AND subject = %s AND "index" >= %s ORDER BY "index"'
        own = [_recorded(row) for row in _query(f"{_READ_ENTRY} {where}", [exam, subject, since])]
        if since or not self._head.arrived:
            return own
        return [*_elsewhere(exam, subject, self._head.size), *own]

    def arrived(self) -> int:
        """How many records of other nodes were read."""
        return self._head.arrived

    def seats(self, exam: str, key: RoomSittingKey) -> Sequence[Seat]:
        """Who is expected in a room-sitting by the sealed plan."""
        return projections.seats(exam, key)

    def rooms(self, exam: str, sitting: str, site: str) -> Sequence[tuple[RoomSittingKey, Figures]]:
        """The figures of every room-sitting of a site in a sitting."""
        rows = _query(
            f"SELECT room, {_READ_FIGURES} FROM store_roomsitting"
            " WHERE exam_id = %s AND sitting = %s AND site = %s ORDER BY room",
            [exam, sitting, site],
        )
        return [(RoomSittingKey(sitting, site, row[0]), Figures(*row[1:-1], bool(row[-1]))) for row in rows]

    def device_head(self, device: str) -> tuple[int, bytes]:
        """Sequence and digest of the device's latest entry; (0, zeros) if none."""
        if device not in self._devices:
            self._look_up([device])
        return self._devices[device]

    def enrolled(self, device: str) -> Enrolled | None:
        """The device's enrolment; None for a counter of the node itself."""
        if device not in self._enrolled:
            self._look_up([device])
        return self._enrolled[device]

    def person_key(self, credential: str) -> PersonKey | None:
        """The person's own key of that name."""
        return person_keys.find(credential)

    def holds_key(self, account: str, exam: str) -> bool:
        """Whether the account holds a key of its own that counts in the exam."""
        return person_keys.holds_key(account, exam)

    def last_recorded_at(self) -> Instant:
        """When the latest fact was recorded; 0 if there is none."""
        return Instant(self._head.last_recorded_at)

    # ---- writing ----

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
        """Append one fact to the journal, with its projections."""
        if entry is None:
            entry = envelope.to_bytes()
        digest = self._suite.hash(entry)
        index = self._head.size
        sealed, slot = seal_fields(canonical.encode(dict(personal)), salt) if personal else (None, None)
        row = (
            index,
            envelope.id if self._keeps_uuids else envelope.id.hex,
            envelope.kind,
            envelope.exam,
            envelope.site,
            envelope.subject,
            envelope.stamped_at,
            recorded_at,
            envelope.device,
            envelope.device_seq,
            entry,
            sealed,
            slot,
        )
        self._new.discard(envelope.id)
        self._entries.append(_Pending(row, recorded_at, entry, envelope, digest, signed_by))
        self._head.size += 1
        self._head.last_recorded_at = recorded_at
        self._devices[envelope.device] = (envelope.device_seq, digest)
        if findings:
            self._findings += [finding_row(envelope, finding, entry_id=index) for finding in findings]
        recorded = Recorded(index, recorded_at, entry, envelope, personal, salt, tuple(findings))
        self._pending[envelope.id] = recorded
        if projections.changes_lists(envelope.kind):
            self._flush()  # a list may speak of what was written a moment ago
            projections.apply(recorded)
            self._enrolled.clear()
            self._new.clear()
            self._head.arrived += projections.brings_records_of_others(envelope.kind)
        return recorded

    def project_room(self, exam: str, key: RoomSittingKey, counted: Figures) -> None:
        """Keep the figures of a room-sitting for the screens."""
        project_room(exam, key, counted, self._head.last_recorded_at)

    def close(self, now: Instant, sign: SignCheckpoint) -> None:
        """Write what is pending and sign a checkpoint when one is due."""
        self._flush()
        fresh = self._head.size - self._head.checkpointed_size
        if fresh >= CHECKPOINT_FACTS or (fresh and now - self._head.checkpointed_at >= CHECKPOINT_MS):
            self.sign_checkpoint(now, sign)
        else:
            self._save_head()

    def sign_checkpoint(self, now: Instant, sign: SignCheckpoint) -> str:
        """Sign (size, root) and keep the note; the same size is signed once."""
        note = sign(self._head.origin, self._head.size, self._tree.root())
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO store_checkpoint (size, note, made_at) VALUES (%s, %s, %s)"
                " ON CONFLICT (size) DO NOTHING",
                [self._head.size, note, now],
            )
        self._head.checkpointed_size = self._head.size
        self._head.checkpointed_at = now
        self._save_head()
        return note

    def _look_up(self, devices: Sequence[str]) -> None:
        if not devices:
            return
        self._enrolled.update(dict.fromkeys(devices))
        places = ", ".join(["%s"] * len(devices))
        for device, seq, digest, key, exam, site, revoked in _query(
            "SELECT device, seq, digest, key, exam, site, revoked_index FROM store_devicehead"
            f" WHERE device IN ({places})",
            devices,
        ):
            self._devices.setdefault(device, (seq, bytes(digest) if seq else NO_PREVIOUS))
            self._enrolled[device] = Enrolled(key, exam, site, revoked is not None) if key else None
        for device in devices:
            self._devices.setdefault(device, (0, NO_PREVIOUS))

    def _flush(self) -> None:
        if not self._entries:
            return
        proofs = self._proofs()
        leaves = [
            leaf_hash(leaf_of(one.recorded_at, one.entry, proof), self._suite)
            for one, proof in zip(self._entries, proofs, strict=True)
        ]
        self._tree.extend(leaves)
        with connection.cursor() as cursor:
            cursor.executemany(
                'INSERT INTO store_journalentry ("index", fact_id, kind, exam, site, subject, stamped_at,'
                " recorded_at, device, device_seq, entry, personal, key_slot, leaf_hash, proof)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    (*one.row, leaf, proof)
                    for one, leaf, proof in zip(self._entries, leaves, proofs, strict=True)
                ],
            )
            cursor.executemany(
                "INSERT INTO store_devicehead (device, seq, digest, key, exam, site, revoked_because)"
                " VALUES (%s, %s, %s, '', '', '', '')"
                " ON CONFLICT (device) DO UPDATE SET seq = excluded.seq, digest = excluded.digest",
                [(device, seq, named) for device, (seq, named) in self._devices.items() if seq],
            )
        if self._findings:
            FindingRow.objects.bulk_create(self._findings)
        self._entries, self._findings, self._pending = [], [], {}

    def _proofs(self) -> list[bytes | None]:
        """What stands beside each pending entry: the device's own proof, the office's, or nothing."""
        proofs = [
            one.signed_by or None if isinstance(one.signed_by, bytes) else None for one in self._entries
        ]
        if self._office is not None:
            waiting = [
                (place, Written(one.envelope.device, one.digest, len(one.envelope.actors) > 1, one.signed_by))
                for place, one in enumerate(self._entries)
                if not isinstance(one.signed_by, bytes)
            ]
            for place, proof in office_proofs(self._office, waiting).items():
                proofs[place] = proof
        return proofs

    def _save_head(self) -> None:
        self._head.tree = self._tree.to_bytes()
        self._head.root = self._tree.root()
        bulk.execute(
            "UPDATE store_journalhead SET size = %s, tree = %s, root = %s, last_recorded_at = %s,"
            " checkpointed_size = %s, checkpointed_at = %s, arrived = %s WHERE id = 1",
            [
                self._head.size,
                self._head.tree,
                self._head.root,
                self._head.last_recorded_at,
                self._head.checkpointed_size,
                self._head.checkpointed_at,
                self._head.arrived,
            ],
        )

    def _with_findings(self, recorded: Recorded) -> Recorded:
        rows = FindingRow.objects.filter(entry_id=recorded.index).order_by("id")
        return Recorded(
            recorded.index,
            recorded.recorded_at,
            recorded.entry,
            recorded.envelope,
            recorded.personal,
            recorded.salt,
            tuple(finding_of(row) for row in rows),
        )


def facts_about(exam: str, subject: str) -> list[Recorded]:
    """Every fact about a subject, in order, for reading; with the personal fields that are here."""
    where = 'WHERE exam = %s AND subject = %s ORDER BY "index"'
    own = [_recorded(row) for row in _query(f"{_READ_ENTRY} {where}", [exam, subject])]
    others = _elsewhere(exam, subject, 0)
    committed = [one.envelope.id for one in others if one.envelope.commitment]
    rows = MirroredPersonal.objects.filter(fact_id__in=committed) if committed else ()
    beside = {row.fact_id: read_fields(row.sealed, row.key_slot) for row in rows}
    for at, one in enumerate(others):
        if found := beside.get(one.envelope.id):
            others[at] = replace(one, personal=found[0], salt=found[1])
    return [*others, *own]


def project_room(exam: str, key: RoomSittingKey, counted: Figures, at: int) -> None:
    """Keep the figures of a room-sitting for the screens, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE store_roomsitting SET {_SET_FIGURES}, changed_at = %s"
            " WHERE exam_id = %s AND sitting = %s AND site = %s AND room = %s",
            [*counted.in_order(), at, exam, key.sitting, key.site, key.room],
        )


def close_journal(reason: str) -> None:
    """Nothing may be added any more: the node above holds what this one lost. What is held stays readable."""
    JournalHead.objects.filter(pk=1, closed_because="").update(closed_because=reason[:200])


def journal_closed(reason: str) -> Refused:
    """Why nothing is recorded, and what to do."""
    return Refused(
        "journal_closed",
        Sentence(
            f"本机流水已停用，不能再记录：{reason}。请先在纸上登记。",
            f"The journal of this machine is closed, nothing can be recorded: {reason}. Write on paper for now.",
        ),
        remedy=Sentence(
            "按“重建节点”操作：kaowu node rebuild；重建后补录纸面记录。",
            "Rebuild the node (kaowu node rebuild), then enter what was written on paper.",
        ),
    )


def _locked_head() -> JournalHead:
    """The head row for whoever writes; every other writer waits. Every fact asks for it, so past the mapper."""
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    found = bulk.rows(f"SELECT {_HEAD} FROM store_journalhead WHERE id = 1{lock}", [])
    if not found:
        raise JournalHead.DoesNotExist("the journal of this node was not opened")
    return JournalHead.from_db("default", _HEAD.split(", "), found[0])


def open_book(origin: str) -> None:
    """Make the head row of a new node's journal; nothing happens if it is there."""
    JournalHead.objects.get_or_create(pk=1, defaults={"origin": origin})


def finding_of(row: FindingRow) -> Finding:
    """A finding as a value again."""
    remedy = Sentence(row.remedy_zh, row.remedy_en) if row.remedy_zh else None
    return Finding(row.code, Sentence(row.zh, row.en), Severity(row.severity), row.clause, remedy)


def finding_row(envelope: Envelope, finding: Finding, **beside: Any) -> FindingRow:
    """A finding as a row beside an entry or an arrival."""
    return FindingRow(
        **beside,
        exam=envelope.exam,
        site=envelope.site or "",
        subject=envelope.subject,
        code=finding.code,
        severity=int(finding.severity),
        zh=finding.sentence.zh,
        en=finding.sentence.en,
        clause=finding.clause,
        remedy_zh=finding.remedy.zh if finding.remedy else "",
        remedy_en=finding.remedy.en if finding.remedy else "",
    )


def _recorded(row: Sequence[Any]) -> Recorded:
    index, recorded_at, entry, sealed, slot = row
    personal, salt = ({}, b"") if sealed is None else read_fields(sealed, slot)
    return Recorded(
        index=index,
        recorded_at=Instant(recorded_at),
        entry=bytes(entry),
        envelope=Envelope.from_bytes(bytes(entry)),
        personal=personal,
        salt=salt,
    )


def _query(sql: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()


def _elsewhere(exam: str, subject: str, size: int) -> list[Recorded]:
    """Records of other nodes; whoever folds them reads this journal on from its present end."""
    return [
        Recorded(size - 1, known.recorded_at, known.entry, known.envelope, {}, b"")
        for known in records.from_elsewhere(exam, subject)
    ]


def _arrived(id: FactId) -> Recorded | None:
    row = Arrival.objects.filter(fact_id=id).first()
    if row is None:
        return None
    found = tuple(finding_of(one) for one in row.findings.order_by("id"))
    entry = bytes(row.entry)
    beside = MirroredPersonal.objects.filter(fact_id=id).first()
    personal, salt = read_fields(beside.sealed, beside.key_slot) if beside else ({}, b"")
    return Recorded(
        row.index, Instant(row.recorded_at), entry, Envelope.from_bytes(entry), personal, salt, found
    )


def _uuid(id: uuid.UUID) -> Any:
    # SQLite keeps a UUID as 32 hexadecimal digits, PostgreSQL as its own type.
    return id if connection.vendor == "postgresql" else id.hex

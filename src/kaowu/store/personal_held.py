"""What the node above keeps beside its copy of a log: personal fields, and the readings of answer sheets.

Each is compared with the entry that is held: fields with its commitment, readings
with the digest that it binds. What comes for a record that was erased meanwhile
is passed over, however it comes, in the same moment too; what is held already is
not written twice.
"""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.basics.suites import SealBroken, Suite, deployed
from kaowu.engines.ledger.entries import COMMITTED, ID, EntryRefused, read_entry, read_leaf, require_committed
from kaowu.engines.sync.judge import Status
from kaowu.exam import sheet_readings
from kaowu.facts.envelope import Envelope
from kaowu.facts.sheet_bags import SheetsScanned
from kaowu.store import artefacts
from kaowu.store.models import (
    Arrival,
    Artefact,
    ErasedRecord,
    MirroredEntry,
    MirroredLog,
    MirroredPersonal,
    Organisation,
    Site,
)
from kaowu.store.personal import open_fields, seal_fields

SCANS = SheetsScanned.kind.name
"""The facts whose artefact goes up with them: without it nobody above could score what was scanned."""
LARGEST_READINGS = 16_000_000
"""Unpacked; a bag of two thousand pages has some 3 MB, a tenth of it packed."""


class BesideRefused(Refused):
    """Something of what was sent does not belong to the entry; nothing of it was kept."""

    def __init__(self, code: str, sentence: Sentence, status: Status = Status.UNPROVEN) -> None:
        super().__init__(code, sentence)
        self.status = status


def keep_personal(
    log: MirroredLog, fields: Sequence[tuple[int, bytes, bytes]], suite: Suite | None = None
) -> int:
    """Keep personal fields of entries that are held, each compared with its commitment. Raises BesideRefused."""
    entries = _entries(log, [seq for seq, _, _ in fields])
    for seq, personal, salt in fields:
        try:
            require_committed(entries[seq][COMMITTED], personal, salt, suite or deployed())
        except (KeyError, EntryRefused) as error:
            raise personal_unproven(seq) from error
    ids = {seq: UUID(bytes=entry[ID]) for seq, entry in entries.items()}
    if not ids:
        return 0  # and nobody waits for the journal's head because of it
    with transaction.atomic():
        erased = _erased_for_good(ids.values())
        held = set(MirroredPersonal.objects.filter(log=log, seq__in=ids).values_list("seq", flat=True))
        kept = []
        for seq, personal, salt in fields:
            if ids[seq] not in erased and seq not in held:
                sealed, slot = seal_fields(personal, salt)
                kept.append(
                    MirroredPersonal(log=log, seq=seq, fact_id=ids[seq], sealed=sealed, key_slot=slot)
                )
        MirroredPersonal.objects.bulk_create(kept, ignore_conflicts=True)
    return len(kept)


def personal_of(log: MirroredLog, seq: int) -> tuple[bytes, bytes] | None:
    """The personal fields of one entry of a copy, and their salt; None if there are none here."""
    row = MirroredPersonal.objects.filter(log=log, seq=seq).first()
    try:
        return open_fields(row.sealed, row.key_slot) if row else None
    except SealBroken:
        return None


def keep_readings(log: MirroredLog, readings: Sequence[tuple[int, bytes]], at: Instant) -> int:
    """Keep the packed readings of scans that are held, each compared with the digest in its fact. Raises BesideRefused."""
    entries = _entries(log, [seq for seq, _ in readings])
    scans = {seq: Envelope.from_map(entry) for seq, entry in entries.items()}
    # One after another, twice: never do all lie unpacked in memory, whoever packed them.
    for seq, content in readings:
        if seq not in scans or not _is_bound(content, scans[seq]):
            raise readings_unproven(seq)
    fresh = 0
    with transaction.atomic():
        erased = _erased_for_good(scan.id for scan in scans.values()) if readings else set()
        for seq, content in readings:
            scan, read = scans[seq], _unpacked(content)
            if scan.id not in erased:
                fresh += not artefacts.holds(digest(read))
                # Even if the bytes lie here: they outlive a transaction that was undone, their row does not.
                artefacts.keep(read, kind=sheet_readings.KIND, at=at, exam=scan.exam, name=scan.subject)
    return fresh


def readings_bound_by(envelope: Envelope) -> list[bytes]:
    """The readings that a scan binds, packed, as far as they lie here undamaged: those of that very bag.

    A log may name any digest as its attachment, and what it is given must be its own.
    """
    found = []
    for named in envelope.attachments if envelope.kind == SCANS else ():
        row = Artefact.objects.filter(digest=named, kind=sheet_readings.KIND).first()
        if row is None or (row.exam, row.name.split(" ")[0]) != (envelope.exam, envelope.subject):
            continue
        try:
            found.append(zlib.compress(artefacts.read(named)))
        except (KeyError, artefacts.ArtefactDamaged):
            continue  # nobody above may take for whole what is not
    return found


def readings_of(log: MirroredLog, size: int) -> list[tuple[int, bytes]]:
    """The readings held beside the first entries of a copy, packed, with the place of their scans, of sites of its unit."""
    rows = Arrival.objects.filter(log=log, seq__lt=size, kind=SCANS).order_by("seq")
    scans = [(seq, Envelope.from_bytes(bytes(entry))) for seq, entry in rows.values_list("seq", "entry")]
    gone = erased_among(scan.id for _, scan in scans)
    path = Organisation.objects.filter(code=log.organisation).values_list("path", flat=True).first() or "-"
    sites = set(Site.objects.filter(organisation__path__startswith=path).values_list("code", flat=True))
    own = [(seq, scan) for seq, scan in scans if scan.id not in gone and sites & set(scan.subject.split("/"))]
    return [(seq, one) for seq, scan in own for one in readings_bound_by(scan)]


def erased_among(ids: Iterable[UUID]) -> set[UUID]:
    """Which of these records were erased."""
    return set(ErasedRecord.objects.filter(fact_id__in=list(ids)).values_list("fact_id", flat=True))


def _erased_for_good(ids: Iterable[UUID]) -> set[UUID]:
    """Which of these records were erased; until this transaction ends, no other is.

    Whoever erases holds the journal's head, which PostgreSQL lets nobody take meanwhile; on SQLite one
    transaction writes at a time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM store_journalhead WHERE id = 1 FOR SHARE")
    return erased_among(ids)


def personal_unproven(seq: int) -> BesideRefused:
    """Why no personal fields were taken."""
    return BesideRefused(
        "personal_unproven",
        Sentence(
            f"第 {seq} 条的个人信息与记录的承诺不符，本次一项也没有收下。",
            f"The personal fields of entry {seq} do not fit its commitment; nothing of this was kept.",
        ),
    )


def readings_unproven(seq: int) -> BesideRefused:
    """Why no readings were taken."""
    return BesideRefused(
        "readings_unproven",
        Sentence(
            f"第 {seq} 条的答题卡识别结果与记录所载摘要不符，本次一项也没有收下。",
            f"The readings of answer sheets of entry {seq} do not have the digest in their fact; nothing of this was kept.",
        ),
    )


def _is_bound(content: bytes, scan: Envelope) -> bool:
    try:
        return scan.kind == SCANS and digest(_unpacked(content)) in scan.attachments
    except zlib.error:
        return False


def _unpacked(content: bytes) -> bytes:
    """No more than agreed, whatever it says; what is cut short does not have its digest."""
    return zlib.decompressobj().decompress(content, LARGEST_READINGS)


def _entries(log: MirroredLog, seqs: Sequence[int]) -> dict[int, dict[int, Any]]:
    """Those of some entries that are held and can be read."""
    found = {}
    for seq, leaf in MirroredEntry.objects.filter(log=log, seq__in=seqs).values_list("seq", "leaf"):
        try:
            found[seq] = read_entry(read_leaf(bytes(leaf))[1])
        except EntryRefused:
            continue
    return found

"""Dispatches on their way down (联动消息下达): what this node gives to nodes below, and what it got from above.

An entry goes down as the node that recorded it wrote it, with its personal
fields beside it; the node below compares them with the commitment and keeps
them sealed at rest. A number is a place in this node's list: whoever asks says
up to where it has read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from kaowu.basics.clock import Instant
from kaowu.basics.suites import SealBroken, deployed
from kaowu.engines.ledger.entries import COMMITTED, EntryRefused, read_entry, require_committed
from kaowu.exam.dispatches import Unit, passes_through
from kaowu.facts.dispatches import DispatchSent, DispatchSigned
from kaowu.facts.envelope import Envelope
from kaowu.store.lives import own_unit
from kaowu.store.models import (
    Arrival,
    ErasedRecord,
    Exam,
    JournalEntry,
    JournalHead,
    MirroredPersonal,
    Organisation,
    SentDown,
)
from kaowu.store.personal import open_fields, seal_fields

MOST = 200
KINDS = (DispatchSent.kind.name, DispatchSigned.kind.name)


@dataclass(frozen=True, slots=True)
class Carried:
    """One entry with its personal fields and their salt; both are empty where it has none, or they were erased."""

    entry: bytes
    personal: bytes = b""
    salt: bytes = b""


def list_own(record: UUID, exam: str) -> None:
    """One of this node's own, in the transaction in which it is recorded."""
    SentDown.objects.get_or_create(fact_id=record, defaults={"exam": exam})


def list_again() -> None:
    """Where this node goes on from an earlier life: what that had recorded is given out again. Twice is harmless."""
    before = Arrival.objects.filter(log__in=own_unit(), kind__in=KINDS).order_by("number")
    with transaction.atomic():
        JournalHead.objects.select_for_update().get(pk=1)
        for record, exam in before.values_list("fact_id", "exam"):
            list_own(record, exam)


def given_to(organisation: str, since: int) -> tuple[int, list[Carried]]:
    """What the node of a unit has to get after a place in the list, and up to where the list was looked through.

    A place beyond the end is one of a list that was lost: such a node is given everything again.
    """
    last = SentDown.objects.aggregate(last=Max("number"))["last"] or 0
    rows = list(SentDown.objects.filter(number__gt=since if since <= last else 0).order_by("number")[:MOST])
    row = Organisation.objects.filter(code=organisation).first()
    if not rows or row is None:
        return since, []
    unit = Unit(row.path, row.level)
    ids = [row.fact_id for row in rows if row.entry is None]
    own: dict[UUID, JournalEntry | Arrival] = {
        one.fact_id: one
        for some in (Arrival.objects.filter(fact_id__in=ids), JournalEntry.objects.filter(fact_id__in=ids))
        for one in some
    }
    kept = [own.get(row.fact_id, row) for row in rows]
    carried = [
        Carried(bytes(one.entry), *_fields(one))
        for one in kept
        if one.entry and _concerns(Envelope.from_bytes(bytes(one.entry)), unit)
    ]
    return rows[-1].number, carried


def take(carried: Sequence[Carried], at: Instant) -> int:
    """Keep what came from above; returns how many were new. Raises ValueError, then nothing is kept."""
    suite = deployed()
    read: list[tuple[Envelope, Carried]] = []
    for one in carried:
        try:
            entry = read_entry(one.entry)
            if one.personal:
                require_committed(entry[COMMITTED], one.personal, one.salt, suite)
        except EntryRefused as error:
            raise ValueError(str(error)) from error
        envelope = Envelope.from_map(entry)
        if envelope.kind not in KINDS:
            raise ValueError(f"{envelope.kind} is no dispatch")
        try:
            envelope.fact()
        except TypeError as error:
            raise ValueError(str(error)) from error
        read.append((envelope, one))
    with transaction.atomic():
        JournalHead.objects.select_for_update().get(pk=1)
        return sum(_keep(envelope, one, at) for envelope, one in read)


def not_on_record() -> Iterator[tuple[SentDown, Envelope]]:
    """What came and whose delivery is not on record yet, as far as its exam is known here."""
    rows = SentDown.objects.filter(on_record=False, exam__in=Exam.objects.values("code")).order_by("number")
    for row in rows:
        assert row.entry is not None
        yield row, Envelope.from_bytes(bytes(row.entry))


def is_on_record(row: SentDown) -> None:
    """Its delivery was recorded."""
    SentDown.objects.filter(pk=row.pk).update(on_record=True)


def _fields(row: JournalEntry | Arrival | SentDown) -> tuple[bytes, bytes]:
    """Personal fields and salt; none where they were erased, or do not open, which the scrub names."""
    beside = MirroredPersonal.objects.filter(fact_id=row.fact_id).first() if isinstance(row, Arrival) else row
    if beside is None:
        return b"", b""
    sealed = beside.sealed if isinstance(beside, MirroredPersonal) else beside.personal
    try:
        return open_fields(sealed, beside.key_slot) or (b"", b"")
    except SealBroken:
        return b"", b""


def _keep(envelope: Envelope, one: Carried, at: Instant) -> bool:
    record = UUID(str(envelope.id))
    here = JournalEntry.objects.filter(fact_id=record).exists()
    if here or SentDown.objects.filter(fact_id=record).exists():
        return False
    erased = ErasedRecord.objects.filter(fact_id=record).exists()
    sealed, slot = seal_fields(one.personal, one.salt) if one.personal and not erased else (None, None)
    SentDown.objects.create(
        fact_id=record,
        exam=envelope.exam,
        entry=one.entry,
        personal=sealed,
        key_slot=slot,
        came_at=at,
        on_record=False,
    )
    return True


def _concerns(envelope: Envelope, unit: Unit) -> bool:
    """Whether the unit's node has to have it: it, or one below, has to sign, or had asked for the signature."""
    fact = envelope.fact()
    if isinstance(fact, DispatchSigned):
        return fact.sender.startswith(unit.path) and not fact.unit.startswith(unit.path)
    assert isinstance(fact, DispatchSent)
    paths = Organisation.objects.filter(code__in=fact.named).values_list("path", flat=True)
    return passes_through(fact, unit, list(paths))

"""Records that contradict each other (记录矛盾): what facts say of one thing is kept beside them and compared.

Nothing is merged and nobody is believed more. Each of two records that differ
gets a finding, and people settle it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from kaowu.basics.errors import Finding, Refused
from kaowu.exam.claims import Claim as Said
from kaowu.exam.claims import claims, contradiction
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Envelope
from kaowu.store import bulk, records
from kaowu.store.journal import finding_row
from kaowu.store.models import Arrival, Claim, FindingRow, JournalEntry, JournalHead

Beside = Mapping[str, Any]
"""Which record a finding stands beside: `entry_id` of this node's own, `arrival_id` of another's."""
_COLUMNS = {"exam": "varchar", "key": "varchar", "value": "varchar", "fact_id": "uuid"}

Thing = tuple[str, str]
"""Exam and key."""


def compare(read: Sequence[tuple[Beside, Envelope, Fact | None]]) -> None:
    """Compare facts with each other and with all that was compared before, in the caller's transaction."""
    withdrawn = {envelope.corrects for _, envelope, _ in read if envelope.corrects}
    if withdrawn:
        Claim.objects.filter(fact_id__in=withdrawn).delete()
    said = [
        (beside, envelope, claim)
        for beside, envelope, fact in read
        if fact is not None and not (withdrawn and envelope.id in withdrawn)
        for claim in claims(fact, envelope.subject)
    ]
    known = _known({(envelope.exam, claim.key) for _, envelope, claim in said})
    fresh: list[tuple[str, str, str, UUID]] = []
    for beside, envelope, claim in said:
        facts = known.setdefault((envelope.exam, claim.key), [])
        is_new = True
        for other, value in facts:
            if other == envelope.id:
                is_new = False
            elif value != claim.value:
                _contradict(beside, envelope, claim, other, value)
        if is_new:
            facts.append((envelope.id, claim.value))
            fresh.append((envelope.exam, claim.key, claim.value, envelope.id))
    bulk.insert("store_claim", _COLUMNS, fresh)


def compare_own(at_once: int) -> int:
    """Compare this node's own facts, once there is anything to compare them with; returns how many."""
    [(size, compared)] = JournalHead.objects.filter(pk=1).values_list("size", "claimed")
    if compared >= size or not Arrival.objects.exists():
        return 0
    with transaction.atomic():
        head = JournalHead.objects.select_for_update().get(pk=1)
        rows = list(JournalEntry.objects.filter(index__gte=head.claimed).order_by("index")[:at_once])
        compare([_read(row) for row in rows])
        if rows:
            head.claimed = rows[-1].index + 1
            head.save(update_fields=["claimed"])
    return len(rows)


def _read(row: JournalEntry) -> tuple[Beside, Envelope, Fact | None]:
    envelope = Envelope.from_bytes(bytes(row.entry))
    try:
        return {"entry_id": row.index}, envelope, envelope.fact()
    except (Refused, TypeError):
        return {"entry_id": row.index}, envelope, None  # a kind that this program does not know yet


def _known(things: Iterable[Thing]) -> dict[Thing, list[tuple[UUID, str]]]:
    """What is said of some things: by which fact, and what."""
    keys: dict[str, list[str]] = defaultdict(list)
    for exam, key in things:
        keys[exam].append(key)
    found: dict[Thing, list[tuple[UUID, str]]] = {}
    for exam, wanted in keys.items():
        named, argument = bulk.among("key", wanted)
        sql = f"SELECT key, fact_id, value FROM store_claim WHERE exam = %s AND {named}"
        for key, id, value in bulk.rows(sql, [exam, argument]):
            found.setdefault((exam, key), []).append((bulk.read_uuid(id), value))
    return found


def _contradict(beside: Beside, envelope: Envelope, claim: Said, other: UUID, value: str) -> None:
    """A finding beside each of the two; the same pair is found once."""
    _add_finding(beside, envelope, contradiction(claim, value))
    row = records.find(other)
    if row is None:
        return
    there = {"arrival_id": row.number} if isinstance(row, Arrival) else {"entry_id": row.index}
    mirrored = Said(claim.key, value)
    _add_finding(there, Envelope.from_bytes(bytes(row.entry)), contradiction(mirrored, claim.value))


def _add_finding(beside: Beside, envelope: Envelope, finding: Finding) -> None:
    if not FindingRow.objects.filter(**beside, code=finding.code, zh=finding.sentence.zh).exists():
        finding_row(envelope, finding, **beside).save()

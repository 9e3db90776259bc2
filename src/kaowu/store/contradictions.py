"""Records that contradict each other (记录矛盾): what facts say of one thing is kept beside them and compared.

Nothing is merged and nobody is believed more. Each of two records that differ
gets a finding, and people settle it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
_KEYS_AT_ONCE = 400
_COLUMNS = {"exam": "varchar", "key": "varchar", "value": "varchar", "fact_id": "uuid"}


@dataclass(slots=True)
class _Known:
    """What is said of some things: by which fact, and what."""

    by_key: dict[tuple[str, str], dict[UUID, str]]

    def others(self, exam: str, claim: Said, id: UUID) -> list[tuple[UUID, str]]:
        """Facts that say something else of the same thing."""
        said = self.by_key.get((exam, claim.key), {})
        return [(other, value) for other, value in said.items() if value != claim.value and other != id]


def compare(read: Sequence[tuple[Beside, Envelope, Fact | None]]) -> None:
    """Compare facts with each other and with all that was compared before, in the caller's transaction."""
    said = [
        (beside, envelope, claim)
        for beside, envelope, fact in read
        if fact is not None
        for claim in claims(fact, envelope.subject)
    ]
    known = _known({(envelope.exam, claim.key) for _, envelope, claim in said})
    withdrawn = {envelope.corrects for _, envelope, _ in read if envelope.corrects}
    if withdrawn:
        Claim.objects.filter(fact_id__in=withdrawn).delete()
        known = _Known({key: _without(facts, withdrawn) for key, facts in known.by_key.items()})
    fresh = []
    for beside, envelope, claim in said:
        if envelope.id in withdrawn:
            continue
        for other, value in known.others(envelope.exam, claim, envelope.id):
            _contradict(beside, envelope, claim, other, value)
        known.by_key.setdefault((envelope.exam, claim.key), {})[envelope.id] = claim.value
        fresh.append((envelope.exam, claim.key, claim.value, bulk.uuid_value(envelope.id)))
    bulk.insert_new("store_claim", _COLUMNS, fresh)


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


def _known(keys: set[tuple[str, str]]) -> _Known:
    found: dict[tuple[str, str], dict[UUID, str]] = {}
    by_exam: dict[str, list[str]] = {}
    for exam, key in keys:
        by_exam.setdefault(exam, []).append(key)
    for exam, wanted in by_exam.items():
        for first in range(0, len(wanted), _KEYS_AT_ONCE):
            share = wanted[first : first + _KEYS_AT_ONCE]
            places = ", ".join(["%s"] * len(share))
            sql = f"SELECT key, fact_id, value FROM store_claim WHERE exam = %s AND key IN ({places})"
            for key, id, value in bulk.rows(sql, [exam, *share]):
                found.setdefault((exam, key), {})[id if isinstance(id, UUID) else UUID(id)] = value
    return _Known(found)


def _without(facts: Mapping[UUID, str], withdrawn: set[UUID]) -> dict[UUID, str]:
    return {id: value for id, value in facts.items() if id not in withdrawn}


def _contradict(beside: Beside, envelope: Envelope, claim: Said, other: UUID, value: str) -> None:
    """A finding beside each of the two; the same pair is found once."""
    _add_finding(beside, envelope, contradiction(claim, value))
    row = records.find(other)
    if row is None:
        return
    there = {"arrival_id": row.number} if isinstance(row, Arrival) else {"entry_id": row.index}
    mirrored = Said(claim.key, value, claim.what)
    _add_finding(there, Envelope.from_bytes(bytes(row.entry)), contradiction(mirrored, claim.value))


def _add_finding(beside: Beside, envelope: Envelope, finding: Finding) -> None:
    if not FindingRow.objects.filter(**beside, code=finding.code, zh=finding.sentence.zh).exists():
        finding_row(envelope, finding, **beside).save()

"""Records that contradict each other (记录矛盾): what facts say of one thing is kept beside them and compared.

Nothing is merged and nobody is believed more. Each of two records that differ
gets a finding, and people settle it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from kaowu.basics.errors import Finding, Refused
from kaowu.exam.claims import Claim as Said
from kaowu.exam.claims import claims, contradiction
from kaowu.facts.envelope import Envelope
from kaowu.store import records
from kaowu.store.journal import finding_row
from kaowu.store.models import Arrival, Claim, FindingRow, JournalEntry, JournalHead

Row = Arrival | JournalEntry
_KEYS_AT_ONCE = 400


@dataclass(slots=True)
class _Known:
    """What is said of some things: by which fact, and what."""

    by_key: dict[tuple[str, str], dict[UUID, str]]

    def others(self, exam: str, claim: Said, id: UUID) -> list[tuple[UUID, str]]:
        """Facts that say something else of the same thing."""
        said = self.by_key.get((exam, claim.key), {})
        return [(other, value) for other, value in said.items() if value != claim.value and other != id]


def compare(read: Sequence[tuple[Row, Envelope]]) -> None:
    """Compare facts with each other and with all that was compared before, in the caller's transaction."""
    said = [(row, envelope, claim) for row, envelope in read for claim in _claims(envelope)]
    known = _known({(envelope.exam, claim.key) for _, envelope, claim in said})
    withdrawn = {envelope.corrects for _, envelope in read if envelope.corrects}
    if withdrawn:
        Claim.objects.filter(fact_id__in=withdrawn).delete()
        known = _Known({key: _without(facts, withdrawn) for key, facts in known.by_key.items()})
    rows = {envelope.id: row for row, envelope in read}
    fresh = []
    for row, envelope, claim in said:
        if envelope.id in withdrawn:
            continue
        for other, value in known.others(envelope.exam, claim, envelope.id):
            _contradict(row, envelope, claim, rows.get(other) or records.find(other), value)
        known.by_key.setdefault((envelope.exam, claim.key), {})[envelope.id] = claim.value
        fresh.append(Claim(exam=envelope.exam, key=claim.key, value=claim.value, fact_id=envelope.id))
    Claim.objects.bulk_create(fresh, batch_size=500, ignore_conflicts=True)


def compare_own(at_once: int) -> int:
    """Compare this node's own facts, once there is anything to compare them with; returns how many."""
    [(size, compared)] = JournalHead.objects.filter(pk=1).values_list("size", "claimed")
    if compared >= size or not Arrival.objects.exists():
        return 0
    with transaction.atomic():
        head = JournalHead.objects.select_for_update().get(pk=1)
        rows = list(JournalEntry.objects.filter(index__gte=head.claimed).order_by("index")[:at_once])
        compare([(row, Envelope.from_bytes(bytes(row.entry))) for row in rows])
        if rows:
            head.claimed = rows[-1].index + 1
            head.save(update_fields=["claimed"])
    return len(rows)


def _claims(envelope: Envelope) -> tuple[Said, ...]:
    try:
        return claims(envelope.fact(), envelope.subject)
    except (Refused, TypeError):
        return ()  # a kind that this program does not know yet


def _known(keys: set[tuple[str, str]]) -> _Known:
    found: dict[tuple[str, str], dict[UUID, str]] = {}
    by_exam: dict[str, list[str]] = {}
    for exam, key in keys:
        by_exam.setdefault(exam, []).append(key)
    for exam, wanted in by_exam.items():
        for first in range(0, len(wanted), _KEYS_AT_ONCE):
            rows = Claim.objects.filter(exam=exam, key__in=wanted[first : first + _KEYS_AT_ONCE])
            for key, id, value in rows.values_list("key", "fact_id", "value"):
                found.setdefault((exam, key), {})[id] = value
    return _Known(found)


def _without(facts: Mapping[UUID, str], withdrawn: set[UUID]) -> dict[UUID, str]:
    return {id: value for id, value in facts.items() if id not in withdrawn}


def _contradict(row: Row, envelope: Envelope, claim: Said, there: Row | None, value: str) -> None:
    """A finding beside each of the two; the same pair is found once."""
    _add_finding(row, envelope, contradiction(claim, value))
    if there is not None:
        mirrored = Said(claim.key, value, claim.what)
        _add_finding(there, Envelope.from_bytes(bytes(there.entry)), contradiction(mirrored, claim.value))


def _add_finding(row: Row, envelope: Envelope, finding: Finding) -> None:
    beside = {"arrival": row} if isinstance(row, Arrival) else {"entry": row}
    if not FindingRow.objects.filter(**beside, code=finding.code, zh=finding.sentence.zh).exists():
        finding_row(envelope, finding, **beside).save()

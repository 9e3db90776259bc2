"""Every record that this node knows about a subject, wherever it was written: packed, arrived, its own.

First what the plan package brought, then what came from other nodes in the
order of arrival, then this node's own. A node that was rebuilt reads the log
of its earlier life as an arrival like any other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from kaowu.basics import canonical
from kaowu.basics.clock import Instant
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Envelope
from kaowu.store import bulk
from kaowu.store.models import Arrival, JournalEntry
from kaowu.store.models.mirror import BEFORE_ALL_OWN


@dataclass(frozen=True, slots=True)
class Known:
    """One record: when its node recorded it, and what it says."""

    recorded_at: Instant
    entry: bytes
    envelope: Envelope


class Read(NamedTuple):
    """A record of another node in the moment when it is read in; `fact` is None for a kind unknown here."""

    number: int
    recorded_at: Instant
    envelope: Envelope
    fact: Fact | None


def from_elsewhere(exam: str, subject: str) -> list[Known]:
    """What other nodes recorded about a subject."""
    packed = bulk.rows(
        "SELECT fact.recorded_at, fact.entry FROM store_packedfact fact JOIN store_takenpackage package"
        " ON package.digest = fact.package_id WHERE package.exam = %s AND fact.subject = %s ORDER BY fact.position",
        [exam, subject],
    )
    arrived = "SELECT recorded_at, entry FROM store_arrival WHERE exam = %s AND subject = %s ORDER BY number"
    return _known([*packed, *bulk.rows(arrived, [exam, subject])])


def about(exam: str, subject: str) -> list[Known]:
    """All that is known about a subject."""
    own = (
        'SELECT recorded_at, entry FROM store_journalentry WHERE exam = %s AND subject = %s ORDER BY "index"'
    )
    return [*from_elsewhere(exam, subject), *_known(bulk.rows(own, [exam, subject]))]


def subjects_from_elsewhere(exam: str, subjects: Sequence[str], before: int) -> dict[str, list[Envelope]]:
    """What other nodes recorded about each of some subjects, in order; of what arrived only what did `before`."""
    named, argument = bulk.among("fact.subject", subjects)
    packed = bulk.rows(
        "SELECT fact.subject, fact.entry FROM store_packedfact fact JOIN store_takenpackage package"
        f" ON package.digest = fact.package_id WHERE package.exam = %s AND {named} ORDER BY fact.position",
        [exam, argument],
    )
    arrived = bulk.rows(
        "SELECT fact.subject, fact.entry FROM store_arrival fact"
        f" WHERE fact.exam = %s AND {named} AND fact.number < %s ORDER BY fact.number",
        [exam, argument, before],
    )
    return _by_subject([*packed, *arrived])


def subjects_here(exam: str, subjects: Sequence[str]) -> dict[str, list[Envelope]]:
    """What this node itself recorded about each of some subjects, in order."""
    named, argument = bulk.among("subject", subjects)
    own = f'SELECT subject, entry FROM store_journalentry WHERE exam = %s AND {named} ORDER BY "index"'
    return _by_subject(bulk.rows(own, [exam, argument]))


def find(id: UUID) -> Arrival | JournalEntry | None:
    """The record of that id, own or arrived."""
    own = JournalEntry.objects.filter(fact_id=id).first()
    return own or Arrival.objects.filter(fact_id=id).first()


def latest(before: int | None, limit: int, **wanted: Any) -> Sequence[Arrival | JournalEntry]:
    """The latest records that fit, own and arrived, by when they were recorded; `before` is a record's index."""
    own = JournalEntry.objects.filter(**wanted)
    arrived = Arrival.objects.filter(**wanted)
    if before is not None and before < 0:
        at = (
            Arrival.objects.filter(number=before + BEFORE_ALL_OWN)
            .values_list("recorded_at", flat=True)
            .first()
        )
        own = own.filter(recorded_at__lt=at or 0)
        arrived = arrived.filter(
            Q(recorded_at__lt=at or 0) | Q(recorded_at=at, number__lt=before + BEFORE_ALL_OWN)
        )
    elif before is not None:
        at = JournalEntry.objects.filter(index=before).values_list("recorded_at", flat=True).first()
        own = own.filter(index__lt=before)
        arrived = arrived.filter(recorded_at__lte=at) if at is not None else arrived
    found: list[Arrival | JournalEntry] = [*own.order_by("-index")[:limit]]
    found += arrived.order_by("-recorded_at", "-number")[:limit]
    return sorted(found, key=lambda row: (row.recorded_at, row.index), reverse=True)[:limit]


def _known(rows: Iterable[tuple[int, bytes]]) -> list[Known]:
    return [Known(Instant(at), bytes(entry), _envelope(entry)) for at, entry in rows]


def _by_subject(rows: Iterable[tuple[str, bytes]]) -> dict[str, list[Envelope]]:
    found: dict[str, list[Envelope]] = {}
    for subject, entry in rows:
        found.setdefault(subject, []).append(_envelope(entry))
    return found


def _envelope(entry: bytes) -> Envelope:
    # Its canonical form was judged before it came into any of these tables.
    return Envelope.from_map(canonical.decode_judged(bytes(entry)))

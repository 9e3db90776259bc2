"""Erasing personal fields (清除个人信息): in this journal and in every copy that this node keeps of the record.

A node's own officers erase what is recorded in their exam. A log below may
erase what it recorded itself, or what the log it goes on from recorded, or a unit
below its own; any other erasure stays on record as an attempt, with a finding, and
erases nothing.
What a node above has erased, the nodes below are told at the next contact. Of a
dispatch, whoever wrote it, a node below has a copy of its own to erase on order.

A node that was built anew answers for the erasures of its earlier lives: it keeps
to them, and goes on giving them out.
"""

from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from kaowu.basics.errors import Finding, Sentence, Severity
from kaowu.facts.envelope import Envelope
from kaowu.facts.record import PersonalDataErased, PersonalDataErasedOnOrder
from kaowu.store import sent_down
from kaowu.store.lives import lives_of, own_unit
from kaowu.store.models import (
    Arrival,
    ErasedRecord,
    JournalEntry,
    JournalHead,
    MirroredLog,
    MirroredPersonal,
    Organisation,
    SentDown,
)
from kaowu.store.personal import doom

MOST_ORDERS = 500
CODE = "privacy.erasure_not_entitled"
_FOREIGN = Finding(
    CODE,
    Sentence(
        "所称清除的记录不是该节点的记录，个人信息未清除。",
        "The record said to be erased is not one of that node's own; nothing was erased.",
    ),
    Severity.URGENT,
)


@dataclass(frozen=True, slots=True)
class Order:
    """One erasure that nodes below have to follow: its place in the list, the record, and the fact that erased it."""

    number: int
    record: UUID
    order: UUID


def erase(record: UUID) -> None:
    """Forget the personal fields of a record, own or copied, in the caller's transaction."""
    _forget(record, JournalHead.objects.values_list("origin", flat=True).get(pk=1))


def erase_as_told(arrival: Arrival, envelope: Envelope) -> Finding | None:
    """What a log below has erased is erased here too, if the record is its own; else the finding about it."""
    fact = envelope.fact()
    assert isinstance(fact, PersonalDataErased | PersonalDataErasedOnOrder)
    try:
        record = UUID(fact.record)
    except ValueError:
        return _FOREIGN
    there = Arrival.objects.filter(fact_id=record, exam=envelope.exam).select_related("log").first()
    if _is_own(arrival.log) or (there is not None and _answers_for(arrival.log, there.log)):
        _forget(record, arrival.log.origin)
        return None
    if there is None and _below(arrival.log).exists():
        return None  # of a unit whose log goes up to that node and no further
    on_order = isinstance(fact, PersonalDataErasedOnOrder)
    return None if on_order and _goes_down(record, there) else _FOREIGN


def orders_for(organisation: str, since: int) -> list[Order]:
    """What this node has erased of the records of a unit's nodes, and of what it had given down, after a place in the list.

    What an earlier life had erased may be of a log that has not come here again: anybody is told of that.
    """
    own = JournalHead.objects.values_list("origin", flat=True).get(pk=1)
    before = list(own_unit().values_list("origin", flat=True))
    # The unit's own before the limit: were it filled with others' records, the unit would never get past them.
    arrived = Arrival.objects.filter(fact_id=OuterRef("fact_id"))
    theirs = arrived.filter(log__organisation=organisation)
    given = SentDown.objects.filter(fact_id=OuterRef("fact_id"))
    here = JournalEntry.objects.filter(fact_id=OuterRef("fact_id"))
    nowhere = Q(erased_by__in=before) & ~Exists(arrived) & ~Exists(here)
    rows = ErasedRecord.objects.filter(Exists(theirs) | Exists(given) | nowhere, number__gt=since)
    rows = rows.filter(erased_by__in=[own, *before]).order_by("number")
    numbers = dict(rows.values_list("fact_id", "number")[:MOST_ORDERS])
    erased = _erasures(set(numbers))
    return [Order(number, one, erased[one]) for one, number in numbers.items() if one in erased]


def holds(record: UUID) -> str | None:
    """The exam of a record whose personal fields this node still holds, own or copied; None if it holds none."""
    own = JournalEntry.objects.filter(fact_id=record, personal__isnull=False)
    exam = own.values_list("exam", flat=True).first()
    if exam is None and MirroredPersonal.objects.filter(fact_id=record).exists():
        exam = Arrival.objects.filter(fact_id=record).values_list("exam", flat=True).first()
    if exam is None:
        came = SentDown.objects.filter(fact_id=record, personal__isnull=False)
        exam = came.values_list("exam", flat=True).first()
    return exam


def _forget(record: UUID, by: str) -> None:
    own = JournalEntry.objects.filter(fact_id=record)
    doom(own.values_list("key_slot", flat=True))
    own.update(personal=None, key_slot=None)
    copies = MirroredPersonal.objects.filter(fact_id=record)
    doom(copies.values_list("key_slot", flat=True))
    copies.delete()
    given = SentDown.objects.filter(fact_id=record)
    doom(given.values_list("key_slot", flat=True))
    given.update(personal=None, key_slot=None)
    ErasedRecord.objects.get_or_create(fact_id=record, defaults={"erased_by": by})


def _is_own(log: MirroredLog) -> bool:
    return own_unit().filter(pk=log.pk).exists()


def _answers_for(log: MirroredLog, of: MirroredLog) -> bool:
    """Whether what one log recorded is for the other to erase: it is that very one, is of a unit above, or went on from it."""
    # A whole log is looked through for where it went on, so that comes last.
    return of == log or _below(log).filter(code=of.organisation).exists() or of in lives_of(log)


def _below(log: MirroredLog) -> QuerySet[Organisation]:
    path = Organisation.objects.filter(code=log.organisation).values_list("path", flat=True).first()
    below = Organisation.objects.filter(path__startswith=path) if path else Organisation.objects.none()
    return below.exclude(code=log.organisation)


def _goes_down(record: UUID, there: Arrival | None) -> bool:
    """Whether nodes below are given copies of a record, by this node or by one that reports to it."""
    heard_of = there is not None and there.kind in sent_down.KINDS
    return heard_of or SentDown.objects.filter(fact_id=record).exists()


def _erasures(records: set[UUID]) -> dict[UUID, UUID]:
    """The facts by which this node erased these records, by its officers' hands or on an order from above."""
    if not records:
        return {}
    found: dict[UUID, UUID] = {}
    kinds = PersonalDataErased.kind.name, PersonalDataErasedOnOrder.kind.name
    before = Arrival.objects.filter(kind__in=kinds, log__in=own_unit()).values_list("fact_id", "entry")
    own = JournalEntry.objects.filter(kind__in=kinds).values_list("fact_id", "entry")
    for id, entry in chain(before, own):
        fact = Envelope.from_bytes(bytes(entry)).fact()
        assert isinstance(fact, PersonalDataErased | PersonalDataErasedOnOrder)
        if (record := UUID(fact.record)) in records:
            found[record] = id
    return found

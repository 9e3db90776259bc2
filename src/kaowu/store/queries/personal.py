"""Which records have personal fields beside them, own and copied: for those who have to erase some. The fields are not read."""

from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence
from kaowu.facts.catalogue import kind_named
from kaowu.facts.envelope import Envelope
from kaowu.facts.record import PersonalDataErased, PersonalDataErasedOnOrder
from kaowu.store.models import Arrival, JournalEntry, MirroredPersonal

ERASURES = (PersonalDataErased.kind.name, PersonalDataErasedOnOrder.kind.name)
MOST = 50


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """One record that could be erased: which, what it is, about whom or what, and where it was written."""

    id: str
    label: Sentence
    line: Sentence
    recorded_at: Instant
    node: str


def count_with_fields(exam: str) -> int:
    """How many records of an exam have personal fields at this node."""
    own = JournalEntry.objects.filter(exam=exam, personal__isnull=False).count()
    held = MirroredPersonal.objects.filter(fact_id__in=Arrival.objects.filter(exam=exam).values("fact_id"))
    return own + held.count()


def records_with_fields(exam: str, about: str) -> Sequence[HeldRecord]:
    """The latest of them; with `about` those whose open part names it, such as an admission number."""
    own = JournalEntry.objects.filter(exam=exam, personal__isnull=False).order_by("-index")
    copied = Arrival.objects.filter(exam=exam, fact_id__in=MirroredPersonal.objects.values("fact_id"))
    found: list[HeldRecord] = []
    for rows, own_one in ((own, True), (copied.select_related("log").order_by("-number"), False)):
        for row in rows.iterator(500):
            one = _held(row, "" if own_one else row.log.origin)
            if about in one.line.zh or about in one.id:
                found.append(one)
            if len(found) >= MOST * (1 if own_one else 2):
                break
    return sorted(found, key=lambda one: one.recorded_at, reverse=True)[:MOST]


def _held(row: JournalEntry | Arrival, node: str) -> HeldRecord:
    envelope = Envelope.from_bytes(bytes(row.entry))
    kind = kind_named(envelope.kind)
    return HeldRecord(str(envelope.id), kind.label, kind.say(envelope.fact()), Instant(row.recorded_at), node)

"""Dispatches of an exam as this node knows them: its own, those that came up from below, those that came down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from kaowu.basics.clock import Instant
from kaowu.engines.sync.cards import NodeCard
from kaowu.exam.dispatches import Mark
from kaowu.facts.dispatches import DispatchDelivered, DispatchSent, DispatchSigned
from kaowu.facts.envelope import Actor, Envelope
from kaowu.store.models import (
    Arrival,
    JournalEntry,
    MirroredPersonal,
    Organisation,
    RoomSitting,
    SentDown,
    Site,
    Upstream,
)
from kaowu.store.personal import read_fields

SUBJECT = "dispatches"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One dispatch; the text is empty where it was erased, or lies with its sender."""

    id: str
    fact: DispatchSent
    at: Instant
    actors: tuple[Actor, ...]
    text: str
    held: tuple[Mark, ...]
    """The units at whose nodes it lies, as far as this node knows that without a receipt."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A unit's signature under a dispatch, and what it replied."""

    id: str
    fact: DispatchSigned
    at: Instant
    actors: tuple[Actor, ...]
    reply: str


@dataclass(frozen=True, slots=True)
class Receipts:
    """What is known of one dispatch: at which nodes it is, and who signed."""

    delivered: list[Mark] = field(default_factory=list)
    signatures: list[Signature] = field(default_factory=list)

    @property
    def signed(self) -> list[Mark]:
        """Who signed when."""
        return [Mark(one.fact.unit, one.at) for one in self.signatures]


def receipts_of(number: str) -> str:
    """The subject of the receipts of one dispatch."""
    return f"{SUBJECT}/{number}"


def dispatches(exam: str) -> list[Dispatch]:
    """Every dispatch of an exam that is known here, the latest first."""
    found: dict[str, Dispatch] = {}
    for row, envelope in _rows(exam, (SUBJECT,)):
        fact = envelope.fact()
        if isinstance(fact, DispatchSent) and _is_from_below(row, fact.sender):
            text = str(_personal(row).get("body", ""))
            id = str(envelope.id)
            at = envelope.stamped_at
            found[id] = Dispatch(id, fact, at, envelope.actors, text, _held(row, fact.sender, at))
    return sorted(found.values(), key=lambda one: (one.at, one.fact.number), reverse=True)


def receipts(exam: str, of: Iterable[Dispatch]) -> Mapping[str, Receipts]:
    """The receipts of these dispatches by their id. A unit's receipt counts if its own node, or one above it, wrote it."""
    found = {one.id: Receipts() for one in of}
    subjects = sorted({receipts_of(one.fact.number) for one in of})
    seen: set[str] = set()
    for row, envelope in _rows(exam, subjects):
        fact, at, id = envelope.fact(), envelope.stamped_at, str(envelope.id)
        if id in seen:
            continue
        seen.add(id)
        if isinstance(fact, DispatchDelivered) and _is_from_below(row, fact.unit):
            if fact.delivered in found:
                found[fact.delivered].delivered.append(Mark(fact.unit, at))
        elif isinstance(fact, DispatchSigned) and fact.dispatch in found and _is_from_below(row, fact.unit):
            reply = str(_personal(row).get("reply", ""))
            found[fact.dispatch].signatures.append(Signature(id, fact, at, envelope.actors, reply))
    return found


def taking_part(exam: str) -> set[str] | None:
    """The paths of the sites that have rooms in the exam; None while no site has any."""
    sites = set(RoomSitting.objects.filter(exam_id=exam).values_list("site", flat=True).distinct())
    paths = set(Site.objects.filter(code__in=sites).values_list("organisation__path", flat=True))
    return paths or None


def _rows(exam: str, subjects: Iterable[str]) -> Iterable[tuple[Any, Envelope]]:
    """Rows about these subjects wherever they lie: own, arrived from below, come from above."""
    wanted = list(subjects)
    own = JournalEntry.objects.filter(exam=exam, subject__in=wanted).order_by("index")
    arrived = Arrival.objects.filter(exam=exam, subject__in=wanted).select_related("log").order_by("number")
    for row in (*own, *arrived):
        yield row, Envelope.from_bytes(bytes(row.entry))
    for row in SentDown.objects.filter(exam=exam, entry__isnull=False).order_by("number"):
        envelope = Envelope.from_bytes(bytes(row.entry or b""))
        if envelope.subject in wanted:
            yield row, envelope


def _is_from_below(row: Any, unit: str) -> bool:
    """A record that came up speaks only for the units of the node that wrote it."""
    if not isinstance(row, Arrival):
        return True
    path = Organisation.objects.filter(code=row.log.organisation).values_list("path", flat=True).first()
    return path is not None and unit.startswith(path)


def _held(row: Any, sender: str, at: Instant) -> tuple[Mark, ...]:
    """Where a dispatch lies: with its sender, at this node if it came up, and at the nodes above that vouch for it."""
    if isinstance(row, SentDown):
        return ()
    if isinstance(row, Arrival):
        return (Mark(sender, at), *_mark(settings.IDENTITY.organisation, row.arrived_at))
    above = Upstream.objects.filter(standby=False, cosigned_size__gt=row.index).exclude(card="")
    cards = [(NodeCard.from_text(one.card), one.cosigned_at) for one in above]
    return (Mark(sender, at), *(mark for card, then in cards for mark in _mark(card.organisation, then)))


def _mark(organisation: str, at: int) -> list[Mark]:
    paths = Organisation.objects.filter(code=organisation).values_list("path", flat=True)
    return [Mark(path, Instant(at)) for path in paths]


def _personal(row: Any) -> dict[str, Any]:
    if isinstance(row, Arrival):
        copy = MirroredPersonal.objects.filter(fact_id=row.fact_id).first()
        return read_fields(copy.sealed, copy.key_slot)[0] if copy else {}
    return read_fields(row.personal, row.key_slot)[0]

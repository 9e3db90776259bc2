"""Dispatches of an exam as this node knows them: its own, those that came up from below, those that came down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings

from kaowu.basics.clock import Instant
from kaowu.engines.sync.cards import NodeCard
from kaowu.exam.dispatches import Mark, first_of
from kaowu.facts.dispatches import DispatchDelivered, DispatchSent, DispatchSigned
from kaowu.facts.envelope import Actor, Envelope
from kaowu.store.models import (
    Arrival,
    JournalEntry,
    MirroredLog,
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
    def signed(self) -> dict[str, Instant]:
        """Which units signed, and when first."""
        return first_of(Mark(one.fact.unit, one.at) for one in self.signatures)


def receipts_of(number: str) -> str:
    """The subject of the receipts of one dispatch."""
    return f"{SUBJECT}/{number}"


def dispatches(exam: str) -> list[Dispatch]:
    """Every dispatch of an exam that is known here, the latest first."""
    found: dict[str, Dispatch] = {}
    own, nodes = _marked(settings.IDENTITY.organisation), _nodes()
    above = [
        (one.cosigned_size, Instant(one.cosigned_at), _marked(NodeCard.from_text(one.card).organisation))
        for one in _upstreams()
    ]
    rows = list(_rows(exam, (SUBJECT,)))
    beside = _beside(rows)
    for row, envelope in rows:
        fact, at, id = envelope.fact(), envelope.stamped_at, str(envelope.id)
        if not isinstance(fact, DispatchSent) or not _speaks_for(row, fact.sender, nodes):
            continue
        held = [] if isinstance(row, SentDown) else [Mark(fact.sender, at)]
        if isinstance(row, Arrival):
            held += [Mark(path, Instant(row.arrived_at)) for path in own]
        elif isinstance(row, JournalEntry):
            held += [Mark(path, then) for size, then, paths in above if size > row.index for path in paths]
        text = str(_personal(row, beside).get("body", ""))
        found[id] = Dispatch(id, fact, at, envelope.actors, text, tuple(held))
    return sorted(found.values(), key=lambda one: (one.at, one.fact.number), reverse=True)


def receipts(exam: str, of: Iterable[Dispatch]) -> Mapping[str, Receipts]:
    """The receipts of these dispatches by their id. A unit's receipt counts if its own node, or one above it, wrote it."""
    found = {one.id: Receipts() for one in of}
    subjects = sorted({receipts_of(one.fact.number) for one in of})
    seen: set[str] = set()
    nodes = _nodes()
    rows = list(_rows(exam, subjects))
    beside = _beside(rows)
    for row, envelope in rows:
        fact, at, id = envelope.fact(), envelope.stamped_at, str(envelope.id)
        if id in seen:
            continue
        seen.add(id)
        if isinstance(fact, DispatchDelivered) and _speaks_for(row, fact.unit, nodes):
            if fact.delivered in found:
                found[fact.delivered].delivered.append(Mark(fact.unit, at))
        elif (
            isinstance(fact, DispatchSigned) and fact.dispatch in found and _speaks_for(row, fact.unit, nodes)
        ):
            reply = str(_personal(row, beside).get("reply", ""))
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
    rows: list[Any] = [*own, *arrived]
    for row in rows:
        yield row, Envelope.from_bytes(bytes(row.entry))
    for row in SentDown.objects.filter(exam=exam, entry__isnull=False).order_by("number"):
        envelope = Envelope.from_bytes(bytes(row.entry or b""))
        if envelope.subject in wanted:
            yield row, envelope


def _nodes() -> dict[str, str]:
    """The paths of the units whose logs are held here, by code."""
    units = MirroredLog.objects.values("organisation")
    return dict(Organisation.objects.filter(code__in=units).values_list("code", "path"))


def _speaks_for(row: Any, unit: str, nodes: Mapping[str, str]) -> bool:
    """Whether a record counts for a unit: one that came up speaks only for the units of the node that wrote it."""
    if not isinstance(row, Arrival):
        return True
    path = nodes.get(row.log.organisation)
    return path is not None and unit.startswith(path)


def _upstreams() -> Iterable[Upstream]:
    return Upstream.objects.filter(standby=False).exclude(card="")


def _marked(organisation: str) -> list[str]:
    return list(Organisation.objects.filter(code=organisation).values_list("path", flat=True))


def _beside(rows: Iterable[tuple[Any, Envelope]]) -> dict[UUID, MirroredPersonal]:
    """The personal fields that came up beside what arrived, asked for at once."""
    wanted = [row.fact_id for row, envelope in rows if isinstance(row, Arrival) and envelope.commitment]
    found = MirroredPersonal.objects.filter(fact_id__in=wanted) if wanted else ()
    return {one.fact_id: one for one in found}


def _personal(row: Any, beside: Mapping[UUID, MirroredPersonal]) -> dict[str, Any]:
    if isinstance(row, Arrival):
        copy = beside.get(row.fact_id)
        return read_fields(copy.sealed, copy.key_slot)[0] if copy else {}
    return read_fields(row.personal, row.key_slot)[0]

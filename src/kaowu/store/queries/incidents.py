"""Incidents of an exam: every entry that was told under one number, in order."""

from dataclasses import dataclass
from typing import Any

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.incidents import IncidentTold
from kaowu.store.models import Arrival, Artefact, JournalEntry
from kaowu.store.personal import read_fields

KIND = "incident_attachment"


@dataclass(frozen=True, slots=True)
class File:
    """What shows an incident: a photograph, a slip, a recording."""

    digest: str
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Told:
    """One entry: who told what, when; the story is empty where it was erased, or lies at the site."""

    id: str
    index: int
    at: Instant
    actors: tuple[Actor, ...]
    fact: IncidentTold
    stage: Sentence
    story: str
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """All that was told of one incident."""

    number: str
    site: str
    told: tuple[Told, ...]

    @property
    def title(self) -> str:
        """As it was first called."""
        return self.told[0].fact.title

    @property
    def is_closed(self) -> bool:
        """Whether its handling was said to be over."""
        return any(one.fact.stage == "closed" for one in self.told)


def incidents(exam: str) -> list[Incident]:
    """Every incident of an exam, the latest first."""
    entries = list(JournalEntry.objects.filter(exam=exam, kind=IncidentTold.kind.name).order_by("index"))
    arrived = list(Arrival.objects.filter(exam=exam, kind=IncidentTold.kind.name).order_by("number"))
    found: dict[tuple[str, str], list[Told]] = {}
    rows: list[Any] = [*arrived, *entries]
    for row in rows:
        told = _told(row)
        found.setdefault((row.site or "", told.fact.incident), []).append(told)
    shown = [Incident(number, site, tuple(told)) for (site, number), told in found.items()]
    return sorted(shown, key=lambda one: one.told[0].at, reverse=True)


def _told(row: Any) -> Told:
    envelope = Envelope.from_bytes(bytes(row.entry))
    own = isinstance(row, JournalEntry)
    personal = read_fields(row.personal, row.key_slot)[0] if own else {}
    fact: Any = envelope.fact(personal)
    spec = next(one for one in IncidentTold.kind.fields if one.name == "stage")
    return Told(
        str(row.fact_id),
        row.index,
        Instant(row.recorded_at),
        envelope.actors,
        fact,
        dict(spec.choices)[fact.stage],
        str(personal.get("story", "")),
        tuple(map(_file, envelope.attachments)),
    )


def _file(digest: bytes) -> File:
    row = Artefact.objects.filter(digest=digest).first()
    return File(digest.hex(), row.name if row else "", row.size if row else 0)

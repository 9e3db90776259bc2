"""Rehearsals of the software: what each place held, and its problem list."""

import json
from dataclasses import dataclass
from typing import Any

from kaowu.basics.clock import Instant
from kaowu.exam.rehearsals import Rehearsals, Said
from kaowu.facts.envelope import Envelope
from kaowu.facts.rehearsal import RehearsalProblemFound, RehearsalProblemSolved, SoftwareRehearsed
from kaowu.store.models import Arrival, JournalEntry, Organisation
from kaowu.store.queries import places

_KINDS = tuple(one.kind.name for one in (SoftwareRehearsed, RehearsalProblemFound, RehearsalProblemSolved))


@dataclass(frozen=True, slots=True)
class Place:
    """A site or an office that may rehearse: its code, its name, its way down the tree."""

    code: str
    name: str
    path: str
    is_site: bool


def of_exam(exam: str) -> dict[str, Rehearsals]:
    """Every place that held one, with what it showed; sites below this node included."""
    found: dict[str, Rehearsals] = {}
    rows: list[Arrival | JournalEntry] = [
        *Arrival.objects.filter(exam=exam, kind__in=_KINDS).order_by("number"),
        *JournalEntry.objects.filter(exam=exam, kind__in=_KINDS).order_by("index"),
    ]
    # A site rehearses, an office above says what was done: only time puts the two in order.
    for row in sorted(rows, key=lambda row: row.recorded_at):
        envelope = Envelope.from_bytes(bytes(row.entry))
        said = Said(str(envelope.id), envelope.fact(), Instant(row.recorded_at), envelope.actors[0].account)
        found[envelope.subject] = found.get(envelope.subject, Rehearsals()).after(said)
    return found


def figures_of(held: Said) -> dict[str, Any]:
    """The figures of a rehearsal as they were kept."""
    read: dict[str, Any] = json.loads(held.fact.figures)
    return read


def place(code: str) -> Place | None:
    """The place of that code; None if there is none."""
    held = places.site(code)
    if held is not None:
        return Place(held.code, held.short_name, held.path, is_site=True)
    row = Organisation.objects.filter(code=code).first()
    return Place(row.code, row.name, row.path, is_site=False) if row is not None else None

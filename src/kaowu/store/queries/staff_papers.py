"""Which papers of the staff were made from which list of duties, and who received what."""

from dataclasses import dataclass, replace

from kaowu.basics.clock import Instant
from kaowu.facts.envelope import Envelope
from kaowu.facts.staff_papers import StaffPapersMade, StaffThingHandedOut, StaffThingReturned
from kaowu.store.models import JournalEntry


@dataclass(frozen=True, slots=True)
class MadeLine:
    """The latest file of one document for one site."""

    document: str
    paper: bytes
    duties: bytes
    pages: int
    people: int
    missing_glyphs: int
    made_at: Instant
    made_by: str


def made(exam: str, site: str) -> dict[str, MadeLine]:
    """The latest file of each document at a site."""
    rows = JournalEntry.objects.filter(exam=exam, subject=site, kind=StaffPapersMade.kind.name)
    found: dict[str, MadeLine] = {}
    for row in rows.order_by("index"):
        envelope = Envelope.from_bytes(bytes(row.entry))
        fact = envelope.fact()
        assert isinstance(fact, StaffPapersMade)
        found[fact.document] = MadeLine(
            fact.document,
            fact.paper,
            fact.duties,
            fact.pages,
            fact.people,
            fact.missing_glyphs,
            envelope.stamped_at,
            envelope.actors[0].account,
        )
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """What one person received of one kind, and when it came back."""

    received_at: Instant
    returned_at: Instant | None = None


def handed_out(exam: str, site: str) -> dict[tuple[str, str], Held]:
    """What everybody at a site received, by staff number and thing; a thing given again is held again."""
    kinds = (StaffThingHandedOut.kind.name, StaffThingReturned.kind.name)
    rows = JournalEntry.objects.filter(exam=exam, subject=site, kind__in=kinds).order_by("index")
    found: dict[tuple[str, str], Held] = {}
    for row in rows:
        envelope = Envelope.from_bytes(bytes(row.entry))
        match envelope.fact():
            case StaffThingHandedOut(person=person, thing=thing):
                known = found.get((person, thing))
                if known is None or known.returned_at is not None:
                    found[person, thing] = Held(envelope.stamped_at)
            case StaffThingReturned(person=person, thing=thing):
                known = found.get((person, thing))
                if known is not None and known.returned_at is None:
                    found[person, thing] = replace(known, returned_at=envelope.stamped_at)
    return found

"""Which papers of the staff were made, and from which list of duties."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.facts.envelope import Envelope
from kaowu.facts.staff_papers import StaffPapersMade
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

"""What was printed of an exam's answer sheets."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.facts.answer_sheet import SheetsPrinted
from kaowu.facts.envelope import Envelope
from kaowu.store.models import JournalEntry


@dataclass(frozen=True, slots=True)
class PrintedSheets:
    """The latest sheets of one subject at one site."""

    site: str
    fact: SheetsPrinted
    made_at: Instant


def printed(exam: str) -> dict[tuple[str, str], PrintedSheets]:
    """The latest print run by site and subject."""
    found = {}
    rows = JournalEntry.objects.filter(exam=exam, kind=SheetsPrinted.kind.name).order_by("index")
    for entry in rows.values_list("entry", flat=True):
        envelope = Envelope.from_bytes(bytes(entry))
        fact = envelope.fact()
        assert isinstance(fact, SheetsPrinted)
        found[(envelope.subject, fact.subject)] = PrintedSheets(
            envelope.subject, fact, Instant(envelope.stamped_at)
        )
    return found

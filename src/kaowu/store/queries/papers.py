"""What was printed of an exam, and what its roster brought along."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.facts.envelope import Envelope
from kaowu.facts.roster import RosterCorrected, RosterImported
from kaowu.facts.seating import PrintPackMade
from kaowu.store.models import Artefact, JournalEntry

PHOTOS = "roster_photos"


@dataclass(frozen=True, slots=True)
class PackLine:
    """The latest print pack of a site."""

    site: str
    pack: bytes
    plan: bytes
    pages: int
    rooms: int
    missing_glyphs: int
    made_at: Instant
    made_by: str
    size: int
    summary: bytes | None
    since: bytes | None = None
    """Of a supplement: the plan of the pack that it brings up to date."""


def attached_photos(exam: str) -> bytes | None:
    """The digest of the photographs that came with the present roster."""
    latest = JournalEntry.objects.filter(exam=exam, kind=RosterImported.kind.name).order_by("-index").first()
    if latest is None:
        return None
    attached = Envelope.from_bytes(bytes(latest.entry)).attachments
    found = Artefact.objects.filter(digest__in=attached, kind=PHOTOS).first()
    return bytes(found.digest) if found else None


def corrected_photos(exam: str) -> dict[str, bytes]:
    """Photographs that came after the roster, by candidate number: the latest of each."""
    found: dict[str, bytes] = {}
    kinds = (RosterImported.kind.name, RosterCorrected.kind.name)
    rows = JournalEntry.objects.filter(exam=exam, kind__in=kinds).order_by("index")
    for entry in rows.values_list("entry", flat=True):
        envelope = Envelope.from_bytes(bytes(entry))
        fact = envelope.fact()
        if isinstance(fact, RosterCorrected):
            found.update(zip(fact.photographs, envelope.attachments[1:], strict=True))
        else:
            found.clear()
    return found


def packs(exam: str) -> dict[str, PackLine]:
    """The latest whole pack of each site."""
    return {line.site: line for line in _made(exam) if line.since is None}


def supplements(exam: str) -> dict[str, PackLine]:
    """The latest supplement of each site, if it came after the whole pack."""
    latest = {line.site: line for line in _made(exam)}
    return {site: line for site, line in latest.items() if line.since is not None}


def _made(exam: str) -> list[PackLine]:
    """Every pack on record, in order."""
    found: list[PackLine] = []
    rows = JournalEntry.objects.filter(exam=exam, kind=PrintPackMade.kind.name).order_by("index")
    for row in rows:
        envelope = Envelope.from_bytes(bytes(row.entry))
        fact = envelope.fact()
        assert isinstance(fact, PrintPackMade)
        artefact = Artefact.objects.filter(digest=fact.pack).first()
        others = [named for named in envelope.attachments if named != fact.pack]
        found.append(
            PackLine(
                site=envelope.subject,
                pack=fact.pack,
                plan=fact.plan,
                pages=fact.pages,
                rooms=fact.rooms,
                missing_glyphs=fact.missing_glyphs,
                made_at=envelope.stamped_at,
                made_by=envelope.actors[0].account,
                size=artefact.size if artefact else 0,
                summary=others[0] if others else None,
                since=fact.since,
            )
        )
    return found

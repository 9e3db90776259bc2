"""Attempts at a plan of sites, and which of them were adopted, as the journal holds them."""

from dataclasses import dataclass, replace

from kaowu.basics.clock import Instant
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.sites_allocation import SitesAllocated, SitesOpened, SiteStandingDecided
from kaowu.store.models import JournalEntry


@dataclass(frozen=True, slots=True)
class SiteAttempt:
    """One attempt, who made it when, and who adopted it."""

    fact: SitesAllocated
    at: Instant
    by: tuple[Actor, ...]
    opened: SitesOpened | None = None
    opened_at: Instant | None = None
    opened_by: tuple[Actor, ...] = ()


def attempts(exam: str) -> list[SiteAttempt]:
    """Every attempt of an exam, first to last."""
    found: dict[int, SiteAttempt] = {}
    for envelope in _envelopes(exam, SitesAllocated.kind.name, SitesOpened.kind.name):
        fact = envelope.fact()
        if isinstance(fact, SitesAllocated):
            found[fact.attempt] = SiteAttempt(fact, envelope.stamped_at, envelope.actors)
        elif isinstance(fact, SitesOpened) and fact.attempt in found:
            found[fact.attempt] = replace(
                found[fact.attempt], opened=fact, opened_at=envelope.stamped_at, opened_by=envelope.actors
            )
    return list(found.values())


def reasons(exam: str) -> dict[str, str]:
    """Why the last decision about each site was taken."""
    facts = (envelope.fact() for envelope in _envelopes(exam, SiteStandingDecided.kind.name))
    return {fact.site: fact.reason for fact in facts if isinstance(fact, SiteStandingDecided)}


def journal_mark(exam: str) -> bytes:
    """Another value after every fact about the exam or the registers: what was worked out before is then stale."""
    last = JournalEntry.objects.filter(exam__in=(exam, "registry")).order_by("-index")
    return bytes(last.values_list("leaf_hash", flat=True).first() or b"")


def _envelopes(exam: str, *kinds: str) -> list[Envelope]:
    rows = JournalEntry.objects.filter(exam=exam, kind__in=kinds).order_by("index")
    return [Envelope.from_bytes(bytes(entry)) for entry in rows.values_list("entry", flat=True)]

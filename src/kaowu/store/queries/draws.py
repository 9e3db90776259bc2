"""Draws as the journal holds them: their state, and who did what in each attempt."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.exam.draw import Draw
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor
from kaowu.facts.lots import InputCommitted
from kaowu.facts.subjects import DrawKey
from kaowu.loop.desk import Recorded
from kaowu.store.journal import facts_about
from kaowu.store.models import JournalEntry, PackedFact


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of a draw: what, when, by whom."""

    fact: Fact
    at: Instant
    actors: tuple[Actor, ...]
    id: str
    attachments: tuple[bytes, ...] = ()


def draw(exam: str, key: DrawKey) -> Draw:
    """A draw as its facts have made it; without facts it has no attempts."""
    folded = Draw.begin(key)
    for recorded in facts_about(exam, str(key)):
        folded = folded.after(recorded.envelope.fact(dict(recorded.personal)), recorded.envelope.id)
    return folded


def steps(exam: str, key: DrawKey) -> list[Step]:
    """Everything on record about a draw, in order."""
    return [_step(recorded) for recorded in facts_about(exam, str(key))]


def keys(exam: str) -> list[DrawKey]:
    """The draws of an exam that were begun."""
    rows = JournalEntry.objects.filter(exam=exam, kind=InputCommitted.kind.name)
    packed = PackedFact.objects.filter(package__exam=exam).exclude(subject=exam)
    begun = {*rows.values_list("subject", flat=True), *packed.values_list("subject", flat=True)}
    return sorted(DrawKey.read(text) for text in begun)


def latest_fact(exam: str) -> str:
    """The id of the last fact about an exam or the registers: what was worked out before it is stale."""
    last = JournalEntry.objects.filter(exam__in=(exam, "registry")).order_by("-index")
    return str(last.values_list("fact_id", flat=True).first() or "")


def _step(recorded: Recorded) -> Step:
    envelope = recorded.envelope
    return Step(
        envelope.fact(dict(recorded.personal)),
        envelope.stamped_at,
        envelope.actors,
        str(envelope.id),
        envelope.attachments,
    )

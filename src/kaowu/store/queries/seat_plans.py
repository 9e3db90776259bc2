"""Attempts at a seat plan, sealed or not, as the journal holds them."""

from dataclasses import dataclass, replace

from kaowu.basics.clock import Instant
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.seating import SeatPlanSealed, SeatsArranged
from kaowu.store.models import JournalEntry


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: what went in, what came out, who saw it, whether it was sealed."""

    attempt: int
    seed: str
    engine: str
    problem: bytes
    solution: bytes
    seats: bytes
    roster: bytes
    candidates: int
    rooms: int
    same_school_pairs: int
    reason: str
    at: Instant
    actors: tuple[Actor, ...]
    sealed_at: Instant | None = None
    sealed_by: str = ""


def attempts(exam: str) -> list[Attempt]:
    """Every attempt of an exam, first to last."""
    kinds = (SeatsArranged.kind.name, SeatPlanSealed.kind.name)
    rows = JournalEntry.objects.filter(exam=exam, kind__in=kinds).order_by("index")
    found: dict[int, Attempt] = {}
    for entry in rows.values_list("entry", flat=True):
        envelope = Envelope.from_bytes(bytes(entry))
        fact = envelope.fact()
        assert isinstance(fact, SeatsArranged | SeatPlanSealed)
        shown = found.get(fact.attempt) or _attempt(envelope, fact)
        if isinstance(fact, SeatPlanSealed):
            shown = replace(shown, sealed_at=envelope.stamped_at, sealed_by=envelope.actors[0].account)
        found[fact.attempt] = shown
    return list(found.values())


def journal_length(exam: str) -> int:
    """Grows with every fact about the exam or the registers: what was worked out before is then stale."""
    last = JournalEntry.objects.filter(exam__in=(exam, "registry")).order_by("-index")
    index = last.values_list("index", flat=True).first()
    return 0 if index is None else index + 1


def _attempt(envelope: Envelope, fact: SeatsArranged | SeatPlanSealed) -> Attempt:
    problem, solution, seats = envelope.attachments
    return Attempt(
        attempt=fact.attempt,
        seed=fact.seed,
        engine=fact.engine,
        problem=problem,
        solution=solution,
        seats=seats,
        roster=fact.roster,
        candidates=fact.candidates,
        rooms=fact.rooms,
        same_school_pairs=fact.same_school_pairs,
        reason=fact.reason if isinstance(fact, SeatsArranged) else "",
        at=envelope.stamped_at,
        actors=envelope.actors,
    )

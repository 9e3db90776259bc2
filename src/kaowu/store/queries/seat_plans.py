"""Attempts at a seat plan, sealed or not, as the journal holds them."""

from dataclasses import dataclass, replace

from kaowu.basics.clock import Instant
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.seating import SeatPlanReplanned, SeatPlanSealed, SeatsArranged, SeatsChangedByHand
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
    sealed_by: tuple[Actor, ...] = ()
    root: bytes | None = None
    """The root over the sealed seats, from which each candidate's own seat is proved."""
    salts: bytes | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One link of the chain from the sealed plan to the seats in force."""

    number: int
    by_hand: bool
    source: str
    before: bytes
    seats: bytes
    problem: bytes
    solution: bytes
    moves: bytes
    roster: bytes
    moved: int
    bound: int | None
    candidates: int | None
    rooms: int | None
    spare_used: bool
    same_school_pairs: int
    locked: tuple[str, ...]
    unlocked: tuple[str, ...]
    reason: str
    at: Instant
    actors: tuple[Actor, ...]
    root: bytes | None
    salts: bytes | None


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
            salts = envelope.attachments[3] if len(envelope.attachments) > 3 else None
            shown = replace(
                shown,
                sealed_at=envelope.stamped_at,
                sealed_by=envelope.actors,
                root=fact.root,
                salts=salts,
            )
        found[fact.attempt] = shown
    return list(found.values())


def changes(exam: str) -> list[Change]:
    """What became of the sealed plan, first to last."""
    kinds = (SeatPlanReplanned.kind.name, SeatsChangedByHand.kind.name)
    rows = JournalEntry.objects.filter(exam=exam, kind__in=kinds).order_by("index")
    return [
        _change(number, Envelope.from_bytes(bytes(entry)))
        for number, entry in enumerate(rows.values_list("entry", flat=True), start=1)
    ]


def in_force(exam: str) -> Attempt | None:
    """The sealed attempt with whatever its changes made of it; None before sealing."""
    sealed = next((one for one in reversed(attempts(exam)) if one.sealed_at is not None), None)
    made = changes(exam)
    if sealed is None or not made:
        return sealed
    last = made[-1]
    counted = [change for change in made if change.candidates is not None]
    return replace(
        sealed,
        candidates=counted[-1].candidates if counted else sealed.candidates,
        rooms=counted[-1].rooms if counted else sealed.rooms,
        problem=last.problem,
        solution=last.solution,
        seats=last.seats,
        roster=last.roster,
        same_school_pairs=last.same_school_pairs,
        root=last.root,
        salts=last.salts,
    )


def shown(exam: str) -> Attempt | None:
    """What pages show of an exam's seats: those in force, or the latest attempt before sealing."""
    made = attempts(exam)
    return in_force(exam) or (made[-1] if made else None)


def journal_length(exam: str) -> int:
    """Grows with every fact about the exam or the registers: what was worked out before is then stale."""
    last = JournalEntry.objects.filter(exam__in=(exam, "registry")).order_by("-index")
    index = last.values_list("index", flat=True).first()
    return 0 if index is None else index + 1


def _attempt(envelope: Envelope, fact: SeatsArranged | SeatPlanSealed) -> Attempt:
    problem, solution, seats = envelope.attachments[:3]
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


def _change(number: int, envelope: Envelope) -> Change:
    fact = envelope.fact()
    assert isinstance(fact, SeatPlanReplanned | SeatsChangedByHand)
    others = (fact.problem, fact.solution, fact.plan, fact.moves)
    salts = next((named for named in envelope.attachments if named not in others), None)
    return Change(
        number=number,
        by_hand=isinstance(fact, SeatsChangedByHand),
        source=fact.source if isinstance(fact, SeatsChangedByHand) else "",
        before=fact.before,
        seats=fact.plan,
        problem=fact.problem,
        solution=fact.solution,
        moves=fact.moves,
        roster=fact.roster,
        moved=fact.moved,
        bound=fact.bound if isinstance(fact, SeatPlanReplanned) else None,
        candidates=fact.candidates if isinstance(fact, SeatPlanReplanned) else None,
        rooms=fact.rooms if isinstance(fact, SeatPlanReplanned) else None,
        spare_used=isinstance(fact, SeatPlanReplanned) and fact.spare_used,
        same_school_pairs=fact.same_school_pairs,
        locked=fact.locked if isinstance(fact, SeatsChangedByHand) else (),
        unlocked=fact.unlocked if isinstance(fact, SeatsChangedByHand) else (),
        reason=fact.reason,
        at=envelope.stamped_at,
        actors=envelope.actors,
        root=fact.root,
        salts=salts,
    )

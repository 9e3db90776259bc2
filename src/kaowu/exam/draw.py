"""One draw as its facts have made it: every attempt, and what is in force."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from kaowu.basics.ids import FactId
from kaowu.exam.after_draw import AfterDraw
from kaowu.facts.catalogue import Fact
from kaowu.facts.lots import (
    DrawFailed,
    DrawPublished,
    DrawSealed,
    InputCommitted,
    LotsDrawn,
    RandomnessGiven,
)
from kaowu.facts.staffing import DutiesChanged, DutyLocked, DutyTaken, PersonReplaced
from kaowu.facts.subjects import DrawKey


@dataclass(frozen=True, slots=True)
class Attempt:
    """One numbered attempt at a draw, with what has happened to it."""

    committed: InputCommitted
    hands: tuple[RandomnessGiven, ...] = ()
    drawn: LotsDrawn | None = None
    failed: DrawFailed | None = None
    sealed: DrawSealed | None = None
    published: DrawPublished | None = None

    @property
    def number(self) -> int:
        """Which attempt it is, from 1."""
        return self.committed.attempt

    @property
    def bits(self) -> int:
        """How much chance the hands have given."""
        return sum(hand.bits for hand in self.hands)

    @property
    def ended(self) -> bool:
        """Whether nothing more can be drawn in it."""
        return self.drawn is not None or self.failed is not None


@dataclass(frozen=True)
class Draw:
    """A draw up to now. `plan` is the digest of the plan in force, `since` the fact that put it there."""

    key: DrawKey
    attempts: Mapping[int, Attempt] = field(default_factory=dict)
    plan: bytes | None = None
    since: FactId | None = None
    since_sealed: AfterDraw = field(default_factory=AfterDraw)

    @classmethod
    def begin(cls, key: DrawKey) -> "Draw":
        """Before the first fact."""
        return cls(key)

    @property
    def latest(self) -> Attempt | None:
        """The attempt that is being made, or was made last."""
        return self.attempts[max(self.attempts)] if self.attempts else None

    @property
    def sealed(self) -> Attempt | None:
        """The attempt that was sealed last."""
        found = [attempt for attempt in self.attempts.values() if attempt.sealed]
        return found[-1] if found else None

    @property
    def problem(self) -> bytes | None:
        """What the list in force is judged by: the problem drawn, or that of the last change."""
        if self.since_sealed.problem is not None:
            return self.since_sealed.problem
        return self.sealed.committed.problem if self.sealed else None

    @property
    def due(self) -> int:
        """The number of the next attempt."""
        return len(self.attempts) + 1

    def after(self, fact: Fact, id: FactId) -> "Draw":
        """The draw once this fact has happened."""
        match fact:
            case InputCommitted():
                return self._with(Attempt(fact))
            case RandomnessGiven():
                attempt = self.attempts[fact.attempt]
                return self._with(replace(attempt, hands=(*attempt.hands, fact)))
            case LotsDrawn():
                return self._with(replace(self.attempts[fact.attempt], drawn=fact))
            case DrawFailed():
                return self._with(replace(self.attempts[fact.attempt], failed=fact))
            case DrawSealed():
                sealed = self._with(replace(self.attempts[fact.attempt], sealed=fact))
                fresh = self.since_sealed.redrawn(id)
                return replace(sealed, plan=fact.plan, since=id, since_sealed=fresh)
            case PersonReplaced() | DutiesChanged():
                folded = self.since_sealed.after(fact)
                return replace(self, plan=fact.after, since=id, since_sealed=folded)
            case DutyTaken() | DutyLocked():
                return replace(self, since_sealed=self.since_sealed.after(fact))
            case DrawPublished():
                return self._with(replace(self.attempts[fact.attempt], published=fact))
        return self

    def _with(self, attempt: Attempt) -> "Draw":
        return replace(self, attempts={**self.attempts, attempt.number: attempt})

"""The scores of an exam as their facts have made them: plans, decisions, freezes, releases, rechecks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kaowu.facts.catalogue import Fact
from kaowu.facts.scores import (
    CancellationLifted,
    PointsImported,
    QuestionRegraded,
    RecheckAnswered,
    RecheckAsked,
    ReleaseStopped,
    ScoreCancelled,
    ScoreCorrected,
    ScorePlanApproved,
    ScoresApproved,
    ScoresErased,
    ScoresFrozen,
    ScoresReleased,
)


@dataclass(frozen=True, slots=True)
class Recheck:
    """One request, and its answer once there is one."""

    asked: RecheckAsked
    answered: RecheckAnswered | None = None


@dataclass(frozen=True)
class Scores:
    """Everything about the scores of one exam that concerns more than one bag."""

    plans: Mapping[str, ScorePlanApproved] = field(default_factory=dict)
    regraded: tuple[QuestionRegraded, ...] = ()
    imports: Mapping[str, PointsImported] = field(default_factory=dict)
    cancelled: Mapping[str, tuple[ScoreCancelled, ...]] = field(default_factory=dict)
    frozen: ScoresFrozen | None = None
    freezes: int = 0
    approved: ScoresApproved | None = None
    releases: Mapping[int, ScoresReleased] = field(default_factory=dict)
    stopped: frozenset[int] = frozenset()
    rechecks: Mapping[str, Recheck] = field(default_factory=dict)
    corrections: Mapping[str, tuple[ScoreCorrected, ...]] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()

    @classmethod
    def begin(cls) -> "Scores":
        """Before the first fact."""
        return cls()

    def is_cancelled(self, candidate: str, subject: str) -> bool:
        """Has a decision taken this score?"""
        return any(not one.subjects or subject in one.subjects for one in self.cancelled.get(candidate, ()))

    def release_for(self, county: str, now: int) -> ScoresReleased | None:
        """The release by which a candidate of this county may see scores now."""
        open_ones = [
            release
            for number, release in self.releases.items()
            if number not in self.stopped
            and release.opens_at <= now
            and (not release.counties or county in release.counties)
        ]
        return max(open_ones, key=lambda one: one.recheck_until, default=None)

    def after(self, fact: Fact, id: Any = None) -> "Scores":
        """The scores once this fact has happened."""
        match fact:
            case ScorePlanApproved():
                return replace(self, plans={**self.plans, fact.subject: fact}, frozen=None)
            case QuestionRegraded():
                return replace(self, regraded=(*self.regraded, fact), frozen=None)
            case PointsImported():
                return replace(self, imports={**self.imports, fact.subject: fact}, frozen=None)
            case ScoreCancelled():
                held = (*self.cancelled.get(fact.candidate, ()), fact)
                return replace(self, cancelled={**self.cancelled, fact.candidate: held})
            case CancellationLifted():
                left = {who: held for who, held in self.cancelled.items() if who != fact.candidate}
                return replace(self, cancelled=left)
            case ScoresFrozen():
                return replace(self, frozen=fact, freezes=fact.freeze)
            case ScoresApproved():
                return replace(self, approved=fact)
            case ScoresReleased():
                return replace(self, releases={**self.releases, fact.release: fact})
            case ReleaseStopped():
                return replace(self, stopped=self.stopped | {fact.release})
            case RecheckAsked():
                return replace(self, rechecks={**self.rechecks, fact.request: Recheck(fact)})
            case RecheckAnswered():
                known = self.rechecks[fact.request]
                return replace(self, rechecks={**self.rechecks, fact.request: replace(known, answered=fact)})
            case ScoreCorrected():
                made = (*self.corrections.get(fact.candidate, ()), fact)
                return replace(self, corrections={**self.corrections, fact.candidate: made})
            case ScoresErased():
                return replace(self, erased=self.erased | {fact.candidate})
        return self

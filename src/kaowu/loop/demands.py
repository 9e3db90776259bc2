"""What the rules ask of the signatures under a fact, for whoever judges a log: nodes above, auditors.

The duty says how many persons and which posts, the profile of the exam within
how many minutes they sign. The same declarations that the desk goes by are so
applied again at every copy.
"""

from collections.abc import Callable
from functools import cache

from kaowu.engines.ledger.signers import Demand, DemandOf
from kaowu.exam.plan import ExamPlan
from kaowu.loop.duty import duty_that_records
from kaowu.loop.profile_of_exam import profile_of
from kaowu.loop.signed import WINDOW
from kaowu.rules.load import rulebook


def usual_demand(kind: str, exam: str) -> Demand | None:
    """By the duties of this program and the usual time; None for a kind that no duty here records."""
    usual = rulebook().lines[WINDOW].default
    return _demand(kind, usual if isinstance(usual, int) else 0)


def minutes_of(plan: ExamPlan) -> int | None:
    """Within how many minutes the persons of an act sign; None before the exam has a profile."""
    profile = profile_of(plan)
    return None if profile is None else profile.number(WINDOW)


def demands_by(plan_of: Callable[[str], ExamPlan]) -> DemandOf:
    """By the duties and by the profile of each exam, as far as its plan is known here."""
    return demands_within(cache(lambda exam: minutes_of(plan_of(exam))))


def demands_within(minutes: Callable[[str], int | None]) -> DemandOf:
    """By the duties, where the minutes of each exam are at hand already."""

    def demand(kind: str, exam: str) -> Demand | None:
        within = minutes(exam)
        return usual_demand(kind, exam) if within is None else _demand(kind, within)

    return demand


def _demand(kind: str, minutes: int) -> Demand | None:
    duty = duty_that_records(kind)
    if duty is None:
        return None
    return Demand(duty.persons, frozenset(duty.posts), minutes * 60_000, duty.may_be_refused)

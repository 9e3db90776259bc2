"""The profile of one exam: its kind's profile with the lines that were overridden by approved facts."""

from functools import lru_cache

from kaowu.exam.plan import ApprovedOverride, ExamPlan
from kaowu.rules.load import rulebook
from kaowu.rules.profile import Override, ResolvedProfile


def profile_of(plan: ExamPlan) -> ResolvedProfile | None:
    """The resolved profile; None before the exam is set up. Refused if a line does not fit."""
    return _resolved(plan.profile, plan.overrides) if plan.profile else None


@lru_cache(maxsize=64)
def _resolved(profile: str, overrides: tuple[ApprovedOverride, ...]) -> ResolvedProfile:
    return (
        rulebook()
        .profile(profile)
        .resolve(
            Override(
                key=approved.fact.line,
                value=approved.fact.value,
                reason=approved.fact.reason,
                approved_by=approved.fact.approved_by,
                fact_id=str(approved.id),
            )
            for approved in overrides
        )
    )

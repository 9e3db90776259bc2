"""改定配置行: one number of the profile is different for this exam, and who approved it."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.exam_setup import ProfileLineOverridden
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE
from kaowu.loop.profile_of_exam import profile_of


@duty(
    zh="改定配置行",
    en="Override a profile line",
    records=ProfileLineOverridden,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def override_profile_line(plan: ExamPlan, fact: ProfileLineOverridden, act: Act) -> ProfileLineOverridden:
    """Proposed by one, approved by another; the line and its bounds are checked by the profile."""
    profile_of(plan.after(fact, act.intent.id))
    return fact

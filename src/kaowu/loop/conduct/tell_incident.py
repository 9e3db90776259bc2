"""事件经过: whoever was at an incident tells it; nothing of it is edited, only added to."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.incidents import IncidentTold
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE, IN_OFFICE

_TELLERS = (*IN_OFFICE, *AT_SITE, "patrol", "video_invigilator", "resident_inspector")


@duty(zh="记录事件经过", en="Tell an incident", records=IncidentTold, posts=_TELLERS)
def tell_incident(plan: ExamPlan, fact: IncidentTold, act: Act) -> IncidentTold:
    """A story is a record of what somebody says; whether it is so, the review asks."""
    return fact

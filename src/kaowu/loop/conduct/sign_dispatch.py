"""签收联动消息: an officer of a unit answers for what the dispatch asks of it."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.dispatches import DispatchSigned
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE


@duty(zh="签收联动消息", en="Sign for a dispatch", records=DispatchSigned, posts=(*IN_OFFICE, *AT_SITE_HEAD))
def sign_dispatch(plan: ExamPlan, fact: DispatchSigned, act: Act) -> DispatchSigned:
    """A second signature of the same unit is no fault; the first one counts."""
    return fact

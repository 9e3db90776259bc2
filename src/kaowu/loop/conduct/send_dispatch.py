"""发联动消息: a unit tells others up or down the tree what they have to know, with receipt."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.dispatches import DispatchSent
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE


@duty(zh="发联动消息", en="Send a dispatch", records=DispatchSent, posts=(*IN_OFFICE, *AT_SITE_HEAD))
def send_dispatch(plan: ExamPlan, fact: DispatchSent, act: Act) -> DispatchSent:
    """Refused only where nobody would get it."""
    if (fact.to == "named") != bool(fact.named):
        raise Refused(
            "dispatch_to_nobody",
            Sentence(
                "不能发出：发往“指定单位”须选出单位；发往其他范围则不另选单位。",
                "Cannot send: choose units if it goes to named units, and none if it goes to anybody else.",
            ),
        )
    return fact

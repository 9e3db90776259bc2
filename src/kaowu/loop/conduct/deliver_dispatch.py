"""联动消息送达: the node's own machinery puts on record that a dispatch from above lies here to be read."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.dispatches import DispatchDelivered
from kaowu.loop.duty import Act, duty


@duty(
    zh="登记消息送达",
    en="Record that a dispatch was delivered",
    records=DispatchDelivered,
    posts=("system_administrator",),
)
def deliver_dispatch(plan: ExamPlan, fact: DispatchDelivered, act: Act) -> DispatchDelivered:
    """It says that the node has it, not that anybody has read it."""
    return fact

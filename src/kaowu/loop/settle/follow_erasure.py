"""奉通知清除: what officers of the node above have erased is erased here as well, by the node's own machinery.

Two officers answered for the erasure where it was decided; the list that names
it was signed by that node and proven before it reaches this duty.
"""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.record import PersonalDataErasedOnOrder
from kaowu.loop.duty import Act, duty


@duty(
    zh="奉通知清除个人信息",
    en="Erase personal data on order",
    records=PersonalDataErasedOnOrder,
    posts=("system_administrator",),
)
def follow_erasure(plan: ExamPlan, fact: PersonalDataErasedOnOrder, act: Act) -> PersonalDataErasedOnOrder:
    """Only what is there can be erased."""
    return fact

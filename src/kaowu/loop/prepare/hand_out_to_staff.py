"""发放监考物品: handbook, duty sheet, badge and vest go to each of the staff against a signature, and come back."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.staff_papers import StaffThingHandedOut, StaffThingReturned
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE

_GIVING = (*IN_OFFICE, *AT_SITE_OFFICE)


@duty(zh="发放监考物品", en="Hand out to staff", records=StaffThingHandedOut, posts=_GIVING)
def hand_out_to_staff(plan: ExamPlan, fact: StaffThingHandedOut, act: Act) -> StaffThingHandedOut:
    """It was received and signed for."""
    return fact


@duty(zh="收回监考物品", en="Take back from staff", records=StaffThingReturned, posts=_GIVING)
def take_back_from_staff(plan: ExamPlan, fact: StaffThingReturned, act: Act) -> StaffThingReturned:
    """It came back."""
    return fact

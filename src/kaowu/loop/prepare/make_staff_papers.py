"""制作监考材料: duty lists, sheets and badges of a site, made from the list of duties in force."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.staff_papers import StaffPapersMade
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE


@duty(
    zh="制作监考材料",
    en="Make papers of the staff",
    records=StaffPapersMade,
    posts=(*IN_OFFICE, *AT_SITE_OFFICE),
)
def make_staff_papers(plan: ExamPlan, fact: StaffPapersMade, act: Act) -> StaffPapersMade:
    """Which list the papers show is part of the record."""
    return fact

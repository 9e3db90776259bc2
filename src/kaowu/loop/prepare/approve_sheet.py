"""审定答题卡: two persons see the sheet that a subject is written on, and the sheets of a site are printed from it."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.answer_sheet import SheetApproved, SheetsPrinted
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE


@duty(
    zh="审定答题卡",
    en="Approve an answer sheet",
    records=SheetApproved,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def approve_sheet(plan: ExamPlan, fact: SheetApproved, act: Act) -> SheetApproved:
    """Of a subject of this exam, before it is examined."""
    held = [sitting for sitting in plan.in_order() if fact.subject in sitting.subjects]
    if not held:
        raise Refused(
            "subject_not_examined",
            Sentence(
                zh=f"不能审定：本次考试没有“{fact.subject}”这一科。",
                en=f"Cannot approve: this exam has no subject {fact.subject}.",
            ),
        )
    if held[0].starts_at <= act.now:
        raise Refused(
            "sitting_has_begun",
            Sentence(
                zh=f"不能审定：“{fact.subject}”（{held[0].id} 场）已经开考。",
                en=f"Cannot approve: {fact.subject} (sitting {held[0].id}) has begun.",
            ),
        )
    return fact


@duty(
    zh="印制答题卡",
    en="Print answer sheets",
    records=SheetsPrinted,
    posts=(*IN_OFFICE, *AT_SITE_OFFICE),
)
def print_sheets(plan: ExamPlan, fact: SheetsPrinted, act: Act) -> SheetsPrinted:
    """Bound to the design and to the seats they carry."""
    return fact

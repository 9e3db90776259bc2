"""经验教训: recorded after one exam, answered in the plan of the next, so that the loop closes."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.lessons import LessonAnswered, LessonRecorded
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE


@duty(
    zh="记录经验教训",
    en="Record a lesson",
    records=LessonRecorded,
    posts=(*IN_OFFICE, *AT_SITE_HEAD, "patrol"),
)
def record_lesson(plan: ExamPlan, fact: LessonRecorded, act: Act) -> LessonRecorded:
    """Whoever was there may say what it taught."""
    return fact


@duty(
    zh="处理经验教训",
    en="Answer a lesson",
    records=LessonAnswered,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def answer_lesson(plan: ExamPlan, fact: LessonAnswered, act: Act) -> LessonAnswered:
    """A change of the plan is shown by the record that made it; words alone change nothing."""
    if fact.outcome == "changed" and not fact.changed_in:
        raise Refused(
            "change_not_shown",
            Sentence(
                "不能登记“方案已改”：没有指出改在哪条记录。",
                "Cannot record that the plan was changed: the record that changed it is not named.",
            ),
            remedy=Sentence(
                "先在方案中改，再选中那条记录；或选“照旧”“不采纳”并说明理由。",
                "Change the plan first and choose that record, or say why it is kept or not taken up.",
            ),
        )
    return fact

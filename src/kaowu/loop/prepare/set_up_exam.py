"""建立考试: a name, a profile, an organising authority; then its sittings."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.exam_setup import ExamDescribed, ExamSetUp, SittingScheduled
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE


@duty(zh="建立考试", en="Set up an exam", records=ExamSetUp, posts=IN_OFFICE, may_be_refused=True)
def set_up_exam(plan: ExamPlan, fact: ExamSetUp, act: Act) -> ExamSetUp:
    """Once; a second exam needs a number of its own."""
    if plan.name:
        raise Refused(
            "exam_exists",
            Sentence(
                zh=f"不能建立：考试 {plan.exam} 已有，名称是“{plan.name}”。",
                en=f"Cannot set up: exam {plan.exam} exists and is called “{plan.name}”.",
            ),
        )
    return fact


@duty(
    zh="录入考试说明",
    en="Describe the exam",
    records=ExamDescribed,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def describe_exam(plan: ExamPlan, fact: ExamDescribed, act: Act) -> ExamDescribed:
    """Subjects, schools, kinds of documents; fixed once a roster was read by them."""
    _require_set_up(plan)
    if plan.roster is not None:
        raise Refused(
            "roster_already_read",
            Sentence(
                zh="不能改考试说明：名册已按现有说明写入。",
                en="Cannot change the description: the roster was read by the present one.",
            ),
        )
    return fact


@duty(
    zh="排定场次",
    en="Schedule a sitting",
    records=SittingScheduled,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def schedule_sitting(plan: ExamPlan, fact: SittingScheduled, act: Act) -> SittingScheduled:
    """Sittings do not overlap, end after they start, and are fixed once they began."""
    _require_set_up(plan)
    if fact.ends_at <= fact.starts_at:
        raise Refused(
            "sitting_ends_before_start",
            Sentence(
                zh=f"不能排定 {fact.sitting} 场：结束时间不晚于开考时间。",
                en=f"Cannot schedule sitting {fact.sitting}: it does not end after it starts.",
            ),
        )
    known = plan.sittings.get(fact.sitting)
    if known is not None and known.starts_at <= act.now:
        raise Refused(
            "sitting_has_begun",
            Sentence(
                zh=f"不能改 {fact.sitting} 场：已经开考。",
                en=f"Cannot change sitting {fact.sitting}: it has begun.",
            ),
        )
    for other in plan.sittings.values():
        if other.id != fact.sitting and fact.starts_at < other.ends_at and other.starts_at < fact.ends_at:
            raise Refused(
                "sittings_overlap",
                Sentence(
                    zh=f"不能排定 {fact.sitting} 场：与 {other.id} 场时间重叠。",
                    en=f"Cannot schedule sitting {fact.sitting}: it overlaps sitting {other.id}.",
                ),
            )
    return fact


def _require_set_up(plan: ExamPlan) -> None:
    if not plan.name:
        raise Refused(
            "exam_unknown",
            Sentence(zh=f"没有考试 {plan.exam}。", en=f"There is no exam {plan.exam}."),
        )

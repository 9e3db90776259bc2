"""封存编排: a seat plan that the verifier accepted is bound and no longer changes."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.seating import PrintPackMade, SeatPlanSealed
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE


@duty(
    zh="封存座位编排",
    en="Seal the seat plan",
    records=SeatPlanSealed,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def seal_seat_plan(plan: ExamPlan, fact: SeatPlanSealed, act: Act) -> SeatPlanSealed:
    """Of the present roster, with every candidate seated, before the first sitting begins."""
    roster = plan.roster
    if roster is None or fact.roster != roster.roster or fact.candidates != roster.candidates:
        raise Refused(
            "plan_of_another_roster",
            Sentence(
                zh=f"不能封存：编排了 {fact.candidates} 人，名册 {roster.candidates if roster else 0} 人，或不是同一份名册。",
                en=f"Cannot seal: the plan seats {fact.candidates}, the roster holds {roster.candidates if roster else 0}, or it is another roster.",
            ),
        )
    if fact.attempt != plan.seat_plan_attempts + 1:
        raise Refused(
            "attempt_out_of_order",
            Sentence(
                zh=f"不能封存：这应是第 {plan.seat_plan_attempts + 1} 次编排，提交的是第 {fact.attempt} 次。",
                en=f"Cannot seal: attempt {plan.seat_plan_attempts + 1} is due, not {fact.attempt}.",
            ),
        )
    begun = [sitting for sitting in plan.in_order() if sitting.starts_at <= act.now]
    if begun:
        raise Refused(
            "sitting_has_begun",
            Sentence(
                zh=f"不能封存：{begun[0].id} 场已经开考。",
                en=f"Cannot seal: sitting {begun[0].id} has begun.",
            ),
        )
    return fact


@duty(
    zh="制作打印包",
    en="Make a print pack",
    records=PrintPackMade,
    posts=(*IN_OFFICE, *AT_SITE_OFFICE),
)
def make_print_pack(plan: ExamPlan, fact: PrintPackMade, act: Act) -> PrintPackMade:
    """The paper that a site received, bound to the plan that it shows."""
    return fact

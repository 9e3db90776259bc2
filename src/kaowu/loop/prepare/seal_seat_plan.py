"""封存编排: a seat plan that the verifier accepted is bound and no longer changes."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.seating import PrintPackMade, SeatPlanSealed, SeatsArranged
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE


@duty(
    zh="编排座位",
    en="Arrange seats",
    records=SeatsArranged,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def arrange_seats(plan: ExamPlan, fact: SeatsArranged, act: Act) -> SeatsArranged:
    """Two see the seed; attempts are numbered; another attempt says why the one before does not stand."""
    roster = plan.roster
    if roster is None or fact.roster != roster.roster:
        raise Refused(
            "plan_of_another_roster",
            Sentence(
                zh="不能记录：编排用的不是现在这份名册。",
                en="Cannot record: the plan was made of another roster.",
            ),
            remedy=Sentence(zh="请重新编排。", en="Arrange again."),
        )
    if plan.seat_plan is not None:
        raise Refused(
            "seats_already_sealed",
            Sentence(zh="不能再编排：座位编排已封存。", en="Cannot arrange again: the seat plan is sealed."),
        )
    # Numbers run with the draw: an attempt from which nothing came has used its own.
    if fact.attempt <= plan.seat_plan_attempts:
        raise Refused(
            "attempt_out_of_order",
            Sentence(
                zh=f"不能记录：第 {plan.seat_plan_attempts} 次编排之后不能再记第 {fact.attempt} 次。",
                en=f"Cannot record attempt {fact.attempt} after attempt {plan.seat_plan_attempts}.",
            ),
        )
    if fact.attempt > 1 and not fact.reason:
        raise Refused(
            "another_attempt_needs_reason",
            Sentence(
                zh=f"不能再次编排：第 {fact.attempt} 次编排须写明理由。",
                en=f"Cannot arrange again: attempt {fact.attempt} needs a reason.",
            ),
        )
    return fact


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
    shown = plan.arranged
    due = shown.attempt if shown else plan.seat_plan_attempts + 1
    if fact.attempt != due:
        raise Refused(
            "attempt_out_of_order",
            Sentence(
                zh=f"不能封存：这应是第 {due} 次编排，提交的是第 {fact.attempt} 次。",
                en=f"Cannot seal: attempt {due} is due, not {fact.attempt}.",
            ),
        )
    if shown is not None and shown.plan != fact.plan:
        raise Refused(
            "another_plan_was_shown",
            Sentence(
                zh=f"不能封存：与第 {shown.attempt} 次编排记录的结果不同。",
                en=f"Cannot seal: it differs from the plan on record for attempt {shown.attempt}.",
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

"""改动座位: what happens to a sealed plan when something happens to the exam.

A sealed plan is never overwritten. Every change names the plan that it found
and the plan that it leaves, so that the plans form a chain from the draw to
the seats of the day. Two persons sign each link.
"""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.seating import PlaceClosed, PlaceReopened, SeatPlanReplanned, SeatsChangedByHand
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE


@duty(
    zh="停用考场",
    en="Close a place",
    records=PlaceClosed,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def close_place(plan: ExamPlan, fact: PlaceClosed, act: Act) -> PlaceClosed:
    """A room that is closed already is not closed again."""
    asked = {(fact.site, room) for room in fact.rooms or ("",)}
    if asked <= plan.closed_places:
        raise Refused(
            "closed_already",
            Sentence(
                f"{fact.site} 考点的这些考场已经停用。",
                f"These rooms of site {fact.site} are closed already.",
            ),
        )
    return fact


@duty(
    zh="恢复使用考场",
    en="Reopen a place",
    records=PlaceReopened,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def reopen_place(plan: ExamPlan, fact: PlaceReopened, act: Act) -> PlaceReopened:
    """Only what was closed in the same words."""
    asked = {(fact.site, room) for room in fact.rooms or ("",)}
    if not asked <= plan.closed_places:
        raise Refused(
            "not_closed", Sentence(f"{fact.site} 考点的这些考场没有停用。", "These rooms are not closed.")
        )
    return fact


@duty(
    zh="重排座位",
    en="Replan seats",
    records=SeatPlanReplanned,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def replan_seats(plan: ExamPlan, fact: SeatPlanReplanned, act: Act) -> SeatPlanReplanned:
    """From the plan in force, for the roster in force, with fewest moves stated beside those made."""
    _require_chained(plan, fact, act)
    roster = plan.roster
    if roster is None or fact.candidates != roster.candidates:
        raise Refused(
            "plan_of_another_roster",
            Sentence(
                f"不能记录：重排了 {fact.candidates} 人，名册 {roster.candidates if roster else 0} 人。",
                f"Cannot record: {fact.candidates} are seated, the roster holds {roster.candidates if roster else 0}.",
            ),
        )
    if fact.moved < fact.bound:
        raise Refused(
            "fewer_moves_than_possible",
            Sentence(
                f"不能记录：{fact.moved} 人换座，少于所称的下界 {fact.bound}。",
                f"Cannot record: {fact.moved} moves are fewer than the stated bound {fact.bound}.",
            ),
        )
    return fact


@duty(
    zh="人工调整座位",
    en="Change seats by hand",
    records=SeatsChangedByHand,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def change_seats_by_hand(plan: ExamPlan, fact: SeatsChangedByHand, act: Act) -> SeatsChangedByHand:
    """Something moves or is locked; what is locked by another decision stays where it is."""
    _require_chained(plan, fact, act)
    if not (fact.moved or fact.locked or fact.unlocked):
        raise Refused("nothing_changed", Sentence("没有任何改动。", "Nothing is changed."))
    if set(fact.unlocked) - plan.locked_seats:
        raise Refused(
            "not_locked", Sentence("不能解锁：座位没有锁定。", "Cannot unlock: the seat is not locked.")
        )
    return fact


def _require_chained(plan: ExamPlan, fact: SeatPlanReplanned | SeatsChangedByHand, act: Act) -> None:
    """The change begins at the plan and roster in force, and comes before the exam is over."""
    if plan.seat_plan is None:
        raise Refused(
            "seats_not_sealed",
            Sentence("不能改动：座位编排还没有封存。", "Cannot change: the seat plan is not sealed yet."),
            remedy=Sentence("封存前请重新编排。", "Arrange again; before sealing nothing needs changing."),
        )
    if fact.before != plan.seats_now:
        raise Refused(
            "another_plan_in_force",
            Sentence(
                "不能记录：座位在此期间已有别的改动。", "Cannot record: the seats were changed meanwhile."
            ),
            remedy=Sentence("请刷新后重新办理。", "Load the page again and repeat the change."),
        )
    if plan.roster is None or fact.roster != plan.roster.roster:
        raise Refused(
            "plan_of_another_roster",
            Sentence("不能记录：名册已有改动。", "Cannot record: the roster is another one now."),
            remedy=Sentence("请重排座位。", "Replan the seats."),
        )
    sittings = plan.in_order()
    if sittings and sittings[-1].ends_at <= act.now:
        raise Refused(
            "exam_is_over",
            Sentence("不能改动：最后一场已经结束。", "Cannot change: the last sitting is over."),
        )

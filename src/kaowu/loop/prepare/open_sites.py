"""考点布局与启用: what is decided beforehand, each attempt at a plan, and its adoption by two."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.plan import ExamPlan
from kaowu.facts.sites_allocation import RoadsMeasured, SitesAllocated, SitesOpened, SiteStandingDecided
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE


@duty(
    zh="设定考点启用",
    en="Decide the standing of a site",
    records=SiteStandingDecided,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def decide_site_standing(plan: ExamPlan, fact: SiteStandingDecided, act: Act) -> SiteStandingDecided:
    """As long as seats are not sealed; the last word on a site holds."""
    _require_unsealed(plan)
    return fact


@duty(
    zh="录入通行里程",
    en="Enter measured roads",
    records=RoadsMeasured,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def measure_roads(plan: ExamPlan, fact: RoadsMeasured, act: Act) -> RoadsMeasured:
    """A new table replaces the one before."""
    _require_unsealed(plan)
    return fact


@duty(
    zh="考点布局",
    en="Allocate sites",
    records=SitesAllocated,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def allocate_sites(plan: ExamPlan, fact: SitesAllocated, act: Act) -> SitesAllocated:
    """Attempts are numbered; another one says why the one before does not stand."""
    _require_unsealed(plan)
    _require_roster(plan, fact.roster)
    due = plan.allocation_attempts + 1
    if fact.attempt != due:
        raise Refused(
            "attempt_out_of_order",
            Sentence(
                f"不能记录：这应是第 {due} 次布局，提交的是第 {fact.attempt} 次。",
                f"Cannot record: attempt {due} is due, not {fact.attempt}.",
            ),
            remedy=Sentence("请看最近一次的结果。", "See the latest result."),
        )
    if plan.allocated is not None and not fact.reason:
        raise Refused(
            "another_attempt_needs_reason",
            Sentence(
                f"不能再次布局：第 {fact.attempt} 次布局须写明理由。",
                f"Cannot plan again: attempt {fact.attempt} needs a reason.",
            ),
        )
    return fact


@duty(
    zh="启用考点",
    en="Open sites",
    records=SitesOpened,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def open_sites(plan: ExamPlan, fact: SitesOpened, act: Act) -> SitesOpened:
    """The latest attempt, exactly as it was shown, by two who saw the seed after it was made."""
    _require_unsealed(plan)
    _require_roster(plan, fact.roster)
    shown = plan.allocated
    if shown is None or fact.attempt != shown.attempt or fact.plan != shown.plan:
        raise Refused(
            "another_plan_was_shown",
            Sentence(
                f"不能启用：第 {fact.attempt} 次布局不是最近一次的结果。",
                f"Cannot open: attempt {fact.attempt} is not the latest result.",
            ),
            remedy=Sentence("请看最近一次的结果。", "See the latest result."),
        )
    opened = plan.sites_opened
    if opened is not None and opened.plan == fact.plan:
        raise Refused(
            "sites_already_opened",
            Sentence("不能再次启用：这次布局已经启用。", "Cannot open again: this plan is in force."),
        )
    return fact


def _require_unsealed(plan: ExamPlan) -> None:
    if plan.seat_plan is not None:
        raise Refused(
            "seats_already_sealed",
            Sentence(
                "不能改变考点布局：座位编排已封存。", "Cannot change the plan of sites: seats are sealed."
            ),
        )


def _require_roster(plan: ExamPlan, roster: bytes) -> None:
    if plan.roster is None or plan.roster.roster != roster:
        raise Refused(
            "plan_of_another_roster",
            Sentence(
                "不能记录：布局用的不是现在这份名册。", "Cannot record: the plan was made of another roster."
            ),
            remedy=Sentence("请重新布局。", "Plan again."),
        )

"""人工调整监考安排: by hand or from a workbook, by two persons, checked like the draw itself."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.draw import Draw
from kaowu.facts.staffing import DutiesChanged, DutyLocked
from kaowu.loop.duty import Act, duty
from kaowu.loop.list_in_force import require_current, require_unlocked
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE


@duty(
    zh="人工调整监考安排",
    en="Change duties by hand",
    records=DutiesChanged,
    posts=(*AT_SITE_HEAD, *IN_OFFICE),
    persons=2,
    may_be_refused=True,
)
def change_duties(draw: Draw, fact: DutiesChanged, act: Act) -> DutiesChanged:
    """On the list in force, before the sittings concerned begin; locked people are left alone.

    An empty post may be filled as long as the sitting lasts.
    """
    require_current(draw, fact.before)
    begun = [
        one.id
        for one in act.plan.in_order()
        if one.id in fact.sittings and (one.ends_at if fact.way == "fill" else one.starts_at) <= act.now
    ]
    if begun:
        raise Refused(
            "sitting_has_begun",
            Sentence(
                zh=f"不能人工调整：{begun[0]} 场已经开考。",
                en=f"Cannot change by hand: sitting {begun[0]} has begun.",
            ),
            remedy=Sentence(zh="开考后缺岗请用替补。", en="Once it has begun, use the replacement."),
        )
    require_unlocked(draw, [(at, person) for at in fact.sittings for person in fact.people])
    return fact


@duty(
    zh="锁定岗位",
    en="Lock a duty",
    records=DutyLocked,
    posts=(*AT_SITE_HEAD, *IN_OFFICE),
    may_be_refused=True,
)
def lock_duty(draw: Draw, fact: DutyLocked, act: Act) -> DutyLocked:
    """A locked person is moved by no replacement and no change by hand, until unlocked with a reason."""
    if draw.plan is None:
        require_current(draw, b"")
    return fact

"""纸面锚定: a printed root goes to the discipline inspectors, and comes back to be compared."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.anchors import RootCompared, RootDeposited
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE

_POSTS = (*IN_OFFICE, "auditor")


@duty(zh="交存树根", en="Deposit a root", records=RootDeposited, posts=_POSTS)
def deposit_root(plan: ExamPlan, fact: RootDeposited, act: Act) -> RootDeposited:
    """What was printed is what a signed checkpoint says."""
    return fact


@duty(zh="比对树根", en="Compare a root", records=RootCompared, posts=_POSTS)
def compare_root(plan: ExamPlan, fact: RootCompared, act: Act) -> RootCompared:
    """Either outcome is recorded: one that differs is what the paper was kept for."""
    return fact

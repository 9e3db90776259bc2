"""联调演练: what a rehearsal of the software showed goes on record whole; its problems are answered one by one."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.rehearsal import RehearsalProblemFound, RehearsalProblemSolved, SoftwareRehearsed
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE

_HOLDING = (*IN_OFFICE, *AT_SITE_HEAD)


@duty(zh="记录联调演练", en="Record a rehearsal", records=SoftwareRehearsed, posts=_HOLDING)
def record_rehearsal(plan: ExamPlan, fact: SoftwareRehearsed, act: Act) -> SoftwareRehearsed:
    """What was measured stands, good or bad."""
    return fact


@duty(zh="记录联调问题", en="Record a rehearsal problem", records=RehearsalProblemFound, posts=_HOLDING)
def record_rehearsal_problem(plan: ExamPlan, fact: RehearsalProblemFound, act: Act) -> RehearsalProblemFound:
    """Each problem by itself, so that each can be answered."""
    return fact


@duty(zh="登记联调问题已解决", en="Say what was done", records=RehearsalProblemSolved, posts=_HOLDING)
def solve_rehearsal_problem(plan: ExamPlan, fact: RehearsalProblemSolved, act: Act) -> RehearsalProblemSolved:
    """Whoever did it says what was done; a rehearsal shows whether it helped."""
    return fact

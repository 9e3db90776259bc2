"""取消成绩: what a decision on a violation does to scores, and its undoing by a review or a court."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.scores import Scores
from kaowu.facts.scores import CancellationLifted, ScoreCancelled
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE
from kaowu.loop.settle.approved_scores import require_not_approved


@duty(
    zh="取消成绩",
    en="Cancel scores",
    records=ScoreCancelled,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def cancel_score(scores: Scores, fact: ScoreCancelled, act: Act) -> ScoreCancelled:
    """By a numbered decision; once scores are approved it is a correction."""
    require_not_approved(scores)
    return fact


@duty(
    zh="撤销成绩取消",
    en="Lift a cancellation",
    records=CancellationLifted,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def lift_cancellation(scores: Scores, fact: CancellationLifted, act: Act) -> CancellationLifted:
    """Only where a cancellation stands."""
    require_not_approved(scores)
    if fact.candidate not in scores.cancelled:
        raise Refused(
            "not_cancelled",
            Sentence(
                f"不能撤销：考生 {fact.candidate} 的成绩没有被取消。",
                f"Cannot lift: no score of candidate {fact.candidate} is cancelled.",
            ),
        )
    return fact

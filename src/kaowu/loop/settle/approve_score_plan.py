"""审定评分方案: keys, parts and formula of a subject; and what becomes of a question that turned out faulty."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.scores import Scores
from kaowu.facts.scores import QuestionRegraded, ScorePlanApproved
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE
from kaowu.loop.settle.approved_scores import require_not_approved


@duty(
    zh="审定评分方案",
    en="Approve a score plan",
    records=ScorePlanApproved,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def approve_score_plan(scores: Scores, fact: ScorePlanApproved, act: Act) -> ScorePlanApproved:
    """Of a subject of this exam, until its scores are approved."""
    if not any(fact.subject in sitting.subjects for sitting in act.plan.sittings.values()):
        raise Refused(
            "subject_not_examined",
            Sentence(
                f"不能审定：本次考试没有“{fact.subject}”这一科。",
                f"Cannot approve: this exam has no subject {fact.subject}.",
            ),
        )
    require_not_approved(scores)
    return fact


@duty(
    zh="试题改判",
    en="Regrade a question",
    records=QuestionRegraded,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def regrade_question(scores: Scores, fact: QuestionRegraded, act: Act) -> QuestionRegraded:
    """Only of a subject with a plan, and before its scores are approved."""
    if fact.subject not in scores.plans:
        raise Refused(
            "score_plan_missing",
            Sentence(
                f"不能改判：“{fact.subject}”还没有审定评分方案。",
                f"Cannot regrade: {fact.subject} has no score plan yet.",
            ),
        )
    if (fact.how == "also_right") != bool(fact.answer):
        raise Refused(
            "regrading_unclear",
            Sentence(
                "不能改判：“另一答案也对”须写明答案，其他办法不写。",
                "Cannot regrade: name the answer that is right, too; the other ways need none.",
            ),
        )
    require_not_approved(scores)
    return fact

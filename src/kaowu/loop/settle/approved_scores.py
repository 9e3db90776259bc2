"""What approved scores forbid: nothing changes them but a correction under two names."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.scores import Scores


def require_not_approved(scores: Scores) -> None:
    """Raises Refused once the scores were approved."""
    if scores.approved is not None:
        raise Refused(
            "scores_approved",
            Sentence("不能办理：成绩已审定。", "Not allowed: the scores have been approved."),
            remedy=Sentence(
                "需要改动的，逐人更正成绩，两人签认。",
                "What must change is corrected candidate by candidate, under two names.",
            ),
        )


def require_approved(scores: Scores) -> None:
    """Raises Refused as long as the scores were not approved."""
    if scores.approved is None:
        raise Refused(
            "scores_not_approved",
            Sentence("不能办理：成绩还没有审定。", "Not allowed: the scores are not approved yet."),
            remedy=Sentence("先冻结并由两人审定。", "Freeze them, then let two persons approve."),
        )

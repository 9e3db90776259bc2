"""成绩复核: a candidate asks within the time; two persons look and answer; a change is a correction of its own."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.scores import Scores
from kaowu.facts.scores import RECHECK_SCOPE, RecheckAnswered, RecheckAsked, ScoreCorrected, ScoresErased
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE
from kaowu.loop.settle.approved_scores import require_approved


@duty(
    zh="申请成绩复核",
    en="Ask for a recheck",
    records=RecheckAsked,
    posts=("candidate", *IN_OFFICE),
    may_be_refused=True,
)
def ask_recheck(scores: Scores, fact: RecheckAsked, act: Act) -> RecheckAsked:
    """Once for a subject, after it was released and before the time has passed."""
    until = max((one.recheck_until for one in scores.releases.values()), default=None)
    if until is None or act.now > until or min(o.opens_at for o in scores.releases.values()) > act.now:
        raise Refused(
            "recheck_not_open",
            Sentence(
                "不能申请：不在复核申请时间内。", "Cannot ask: this is not the time to ask for rechecks."
            ),
        )
    known = {code for code, _zh, _en in RECHECK_SCOPE}
    if not set(fact.scope) <= known:
        raise Refused(
            "recheck_scope",
            Sentence(
                "不能申请：复核只看是否漏评、漏计、加错，不复查评分宽严。",
                "Cannot ask: a recheck looks for what was left out or added wrongly, not at how strictly it was marked.",
            ),
        )
    for other in scores.rechecks.values():
        if fact.request == other.asked.request or (fact.candidate, fact.subject) == (
            other.asked.candidate,
            other.asked.subject,
        ):
            raise Refused(
                "recheck_asked_already",
                Sentence(
                    f"不能申请：“{fact.subject}”已申请过复核，申请号 {other.asked.request}。",
                    f"Cannot ask: a recheck of {fact.subject} was asked for already, number {other.asked.request}.",
                ),
            )
    return fact


@duty(
    zh="答复成绩复核",
    en="Answer a recheck",
    records=RecheckAnswered,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def answer_recheck(scores: Scores, fact: RecheckAnswered, act: Act) -> RecheckAnswered:
    """Once; “corrected” only where the correction is on record."""
    known = scores.rechecks.get(fact.request)
    if known is None or known.answered is not None:
        raise Refused(
            "recheck_unknown",
            Sentence(
                "不能答复：没有这项申请，或已经答复。",
                "Cannot answer: no such request, or it was answered already.",
            ),
        )
    made = [one for one in scores.corrections.get(known.asked.candidate, ()) if one.request == fact.request]
    if (fact.outcome == "corrected") != bool(made):
        raise Refused(
            "recheck_outcome",
            Sentence(
                "不能答复：结果与记录不符，“成绩更正”须先有更正，有更正的须答复“成绩更正”。",
                "Cannot answer: the outcome and the record differ; a correction must stand first, and must be named.",
            ),
        )
    return fact


@duty(
    zh="更正成绩",
    en="Correct a score",
    records=ScoreCorrected,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def correct_score(scores: Scores, fact: ScoreCorrected, act: Act) -> ScoreCorrected:
    """An approved score, from what stands now; the old value stays on record."""
    require_approved(scores)
    before = scores.corrections.get(fact.candidate, ())
    if before and before[-1].leaf != fact.leaf_before:
        raise Refused(
            "corrected_meanwhile",
            Sentence(
                "不能更正：这名考生的成绩刚被更正过。", "Cannot correct: it was corrected in the meantime."
            ),
            remedy=Sentence("刷新后再办。", "Reload, then go on."),
        )
    if fact.leaf == fact.leaf_before or fact.before == fact.after:
        raise Refused(
            "nothing_changes",
            Sentence("不能更正：新成绩与原成绩相同。", "Cannot correct: the new score is the old one."),
        )
    return fact


@duty(
    zh="清除成绩",
    en="Erase scores",
    records=ScoresErased,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def erase_scores(scores: Scores, fact: ScoresErased, act: Act) -> ScoresErased:
    """What is destroyed cannot be brought back; that is why two must want it."""
    require_approved(scores)
    if fact.candidate in scores.erased:
        raise Refused(
            "erased_already",
            Sentence("不能清除：已清除过。", "Cannot erase: it was erased already."),
        )
    return fact

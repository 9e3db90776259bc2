"""冻结与审定成绩: all scores under one root once nothing is open, then two other persons approve."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.scores import Scores
from kaowu.facts.scores import ScoresApproved, ScoresFrozen
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE
from kaowu.loop.settle.approved_scores import require_not_approved


@duty(
    zh="冻结成绩",
    en="Freeze scores",
    records=ScoresFrozen,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def freeze_scores(scores: Scores, fact: ScoresFrozen, act: Act) -> ScoresFrozen:
    """Every subject has a plan, nothing waits for a person; a second freeze says why."""
    require_not_approved(scores)
    examined = {subject for sitting in act.plan.sittings.values() for subject in sitting.subjects}
    missing = sorted(examined - scores.plans.keys())
    if missing:
        raise Refused(
            "score_plan_missing",
            Sentence(
                f"不能冻结：{'、'.join(missing)} 还没有审定评分方案。",
                f"Cannot freeze: no score plan for {', '.join(missing)}.",
            ),
        )
    if fact.waiting:
        raise Refused(
            "scores_undecided",
            Sentence(
                f"不能冻结：还有 {fact.waiting:,} 人次的成绩未决（未扫描、待裁定或未录入）。",
                f"Cannot freeze: {fact.waiting:,} entries are undecided (not scanned, in review or not entered).",
            ),
            remedy=Sentence("按各科清单逐项办完。", "Finish what the lists of the subjects name."),
        )
    if fact.freeze != scores.freezes + 1 or (scores.freezes and not fact.reason):
        raise Refused(
            "freeze_again_without_reason",
            Sentence("不能冻结：重新冻结须写明理由。", "Cannot freeze: a further freeze needs a reason."),
        )
    return fact


@duty(
    zh="审定成绩",
    en="Approve scores",
    records=ScoresApproved,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def approve_scores(scores: Scores, fact: ScoresApproved, act: Act) -> ScoresApproved:
    """What was frozen last, and nothing that came after it."""
    require_not_approved(scores)
    if scores.frozen is None or (scores.frozen.root, scores.frozen.freeze) != (fact.root, fact.freeze):
        raise Refused(
            "not_what_was_frozen",
            Sentence(
                "不能审定：这不是最近一次冻结的成绩，或冻结后又有改动。",
                "Cannot approve: this is not what was frozen last, or something changed since.",
            ),
            remedy=Sentence("重新冻结后再审定。", "Freeze again, then approve."),
        )
    return fact

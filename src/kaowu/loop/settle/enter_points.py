"""录入小题分: two persons, blind to each other; a third settles what differs; marking systems are taken over whole."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.score_bag import ScoreBag
from kaowu.exam.scores import Scores
from kaowu.facts.scores import DifferencesSettled, PointsEntered, PointsImported
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE, SCORING
from kaowu.loop.settle.approved_scores import require_not_approved


@duty(
    zh="录入小题分",
    en="Enter points",
    records=PointsEntered,
    posts=SCORING,
    may_be_refused=True,
)
def enter_points(bag: ScoreBag, fact: PointsEntered, act: Act) -> PointsEntered:
    """The first entry, then the second by somebody else; each person enters a bag once."""
    if bag.due == 0 or fact.turn != bag.due:
        raise Refused(
            "entry_not_due",
            Sentence(
                "不能录入：这一袋的录入已由别人完成。",
                "Cannot enter: somebody else has entered this bag meanwhile.",
            ),
            remedy=Sentence("回到袋列表，选下一袋。", "Go back to the list and take the next bag."),
        )
    account = act.intent.actors[0].account
    if fact.by != account or account in bag.who.values():
        raise Refused(
            "same_person_twice",
            Sentence(
                "不能录入：第一遍是您录入的，第二遍须由另一人录入。",
                "Cannot enter: you made the first entry, the second must be another person's.",
            ),
        )
    return fact


@duty(
    zh="裁定录入差异",
    en="Settle differences",
    records=DifferencesSettled,
    posts=SCORING,
    may_be_refused=True,
)
def settle_differences(bag: ScoreBag, fact: DifferencesSettled, act: Act) -> DifferencesSettled:
    """By a third person, once both entries are on record; whether they can be compared here, the desk does not see."""
    if bag.due:
        raise Refused(
            "entries_missing",
            Sentence("不能裁定：还没有录入两遍。", "Cannot settle: both entries are not there yet."),
        )
    if act.intent.actors[0].account in bag.who.values():
        raise Refused(
            "settled_by_a_third",
            Sentence(
                "不能裁定：差异须由没有录入过这一袋的人对照原卷裁定。",
                "Cannot settle: differences are settled by somebody who entered neither.",
            ),
        )
    return fact


@duty(
    zh="导入评卷成绩",
    en="Import points",
    records=PointsImported,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def import_points(scores: Scores, fact: PointsImported, act: Act) -> PointsImported:
    """Of a subject with a plan, until its scores are approved."""
    if fact.subject not in scores.plans:
        raise Refused(
            "score_plan_missing",
            Sentence(
                f"不能导入：“{fact.subject}”还没有审定评分方案。",
                f"Cannot import: {fact.subject} has no score plan yet.",
            ),
        )
    require_not_approved(scores)
    return fact

"""发布成绩: by counties or for all, open from an instant on; and stopped again if need be."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.scores import Scores
from kaowu.facts.scores import ReleaseStopped, ScoresReleased
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE
from kaowu.loop.settle.approved_scores import require_approved


@duty(
    zh="发布成绩",
    en="Release scores",
    records=ScoresReleased,
    posts=IN_OFFICE,
    persons=2,
    may_be_refused=True,
)
def release_scores(scores: Scores, fact: ScoresReleased, act: Act) -> ScoresReleased:
    """Approved scores, from a time that has not passed, with a time in which to ask for a recheck."""
    require_approved(scores)
    if scores.approved and scores.approved.root != fact.root:
        raise Refused(
            "not_what_was_approved",
            Sentence("不能发布：这不是审定过的成绩。", "Cannot release: these are not the approved scores."),
        )
    if fact.release != len(scores.releases) + 1:
        raise Refused(
            "release_number",
            Sentence("不能发布：批次号已被占用。", "Cannot release: that number is taken."),
            remedy=Sentence("刷新后再发布。", "Reload, then release."),
        )
    if fact.opens_at < act.now or fact.recheck_until <= fact.opens_at:
        raise Refused(
            "release_times",
            Sentence(
                "不能发布：开放时间不能早于现在，复核截止须晚于开放时间。",
                "Cannot release: it opens no earlier than now, and rechecks end after it opens.",
            ),
        )
    return fact


@duty(
    zh="暂停发布",
    en="Stop a release",
    records=ReleaseStopped,
    posts=IN_OFFICE,
    may_be_refused=True,
)
def stop_release(scores: Scores, fact: ReleaseStopped, act: Act) -> ReleaseStopped:
    """One officer is enough to shut the door; opening it again is another release, by two."""
    if fact.release not in scores.releases or fact.release in scores.stopped:
        raise Refused(
            "release_unknown",
            Sentence("不能暂停：没有这一批，或已暂停。", "Cannot stop: no such release, or stopped already."),
        )
    return fact

"""人工判读: two persons judge a doubtful mark without knowing of each other; where they differ a third decides."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.sheet_bags import CANNOT_TELL, FieldAdjudicated, MarkJudged
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, AT_SITE_OFFICE, IN_OFFICE

WHO = (*IN_OFFICE, *AT_SITE_OFFICE)


@duty(zh="判读填涂", en="Judge a mark", records=MarkJudged, posts=WHO, may_be_refused=True)
def judge_mark(room: RoomSitting, fact: MarkJudged, act: Act) -> MarkJudged:
    """Each person once, under their own name, about a page of a scanned bag."""
    _require_own_name(fact.reviewer, act)
    bag = room.bag(fact.subject)
    if not bag.scans:
        raise Refused(
            "bag_not_scanned",
            Sentence(zh="不能判读：本袋没有扫描。", en="Cannot judge: this bag has not been scanned."),
        )
    if not fact.says or bag.review(fact.page, fact.field).has(fact.reviewer):
        raise Refused(
            "judged_already",
            Sentence(
                zh="不能判读：没有判读内容，或您已判读过这一处。",
                en="Cannot judge: nothing is said, or you have judged this field before.",
            ),
        )
    return fact


@duty(
    zh="裁定填涂",
    en="Decide on a mark",
    records=FieldAdjudicated,
    posts=(*IN_OFFICE, *AT_SITE_HEAD),
    may_be_refused=True,
)
def adjudicate_field(room: RoomSitting, fact: FieldAdjudicated, act: Act) -> FieldAdjudicated:
    """Only where two have differed, and by neither of them; where a site scans by itself its head decides."""
    _require_own_name(fact.arbiter, act)
    review = room.bag(fact.subject).review(fact.page, fact.field)
    if not review.differs or review.has(fact.arbiter) or fact.says in ("", CANNOT_TELL):
        raise Refused(
            "not_for_you_to_decide",
            Sentence(
                zh="不能裁定：两人判读一致，或您是其中一人，或没有写明裁定。",
                en="Cannot decide: two agree, or you are one of them, or nothing is decided.",
            ),
        )
    return fact


def _require_own_name(person: str, act: Act) -> None:
    if [actor.account for actor in act.intent.actors] != [person]:
        raise Refused(
            "not_under_own_name",
            Sentence(
                zh="不能判读：须由本人以自己的账号判读。",
                en="Cannot judge: everybody judges under their own account.",
            ),
        )

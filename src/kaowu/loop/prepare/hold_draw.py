"""抽签仪式: commit, give randomness, draw, seal, publish, each in its order.

City and county hold the draws that send people to sites; a site holds only the
draw of its own rooms, from the people it was sent. A site cannot appoint
anybody itself.
"""

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.lots import BITS_AT_LEAST
from kaowu.exam.draw import Attempt, Draw
from kaowu.facts.lots import (
    DrawFailed,
    DrawPublished,
    DrawSealed,
    InputCommitted,
    LotsDrawn,
    RandomnessGiven,
)
from kaowu.facts.subjects import DrawKey
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_OFFICE

AT_SITE = ("site_chief", "deputy_site_chief")
HOLDERS = (*IN_OFFICE, *AT_SITE)
"""Who may hold a draw; sites only that of their own rooms."""
SIGNING = (*HOLDERS, "auditor", "patrol", "vault_keeper")
"""Who may sign as a second person beside a holder."""


@duty(
    zh="锁定抽签题目",
    en="Commit the input of a draw",
    records=InputCommitted,
    posts=SIGNING,
    persons=2,
    may_be_refused=True,
)
def commit_input(draw: Draw, fact: InputCommitted, act: Act) -> InputCommitted:
    """Attempts are numbered; another one says why. What is published, or has begun, is not drawn again."""
    _require_holder(draw, act)
    if fact.attempt != draw.due:
        raise _refused(
            "attempt_out_of_order",
            f"这应是第 {draw.due} 次抽签，提交的是第 {fact.attempt} 次",
            f"attempt {draw.due} is due, not {fact.attempt}",
        )
    if fact.attempt > 1 and not fact.reason:
        raise _refused(
            "another_attempt_needs_reason",
            f"第 {fact.attempt} 次抽签须写明理由",
            f"attempt {fact.attempt} needs a reason",
        )
    if any(attempt.published for attempt in draw.attempts.values()):
        raise _refused("draw_published", "抽签已经公开", "the draw is published")
    _require_before_sitting(draw.key, act)
    return fact


@duty(
    zh="录入现场随机数",
    en="Enter a hand of randomness",
    records=RandomnessGiven,
    posts=HOLDERS,
    may_be_refused=True,
)
def give_randomness(draw: Draw, fact: RandomnessGiven, act: Act) -> RandomnessGiven:
    """After the input is committed and before the draw; hands are numbered, the beacon only if it was named."""
    _require_holder(draw, act)
    attempt = _open_attempt(draw, fact.attempt)
    if fact.hand != len(attempt.hands) + 1:
        raise _refused(
            "hand_out_of_order",
            f"这应是第 {len(attempt.hands) + 1} 手，提交的是第 {fact.hand} 手",
            f"hand {len(attempt.hands) + 1} is due, not {fact.hand}",
        )
    if fact.method == "beacon" and (
        not attempt.committed.beacon or any(hand.method == "beacon" for hand in attempt.hands)
    ):
        raise _refused(
            "beacon_not_named",
            "锁定题目时没有预告公共信标，或已录入",
            "no beacon was named when the input was committed, or it was entered before",
        )
    return fact


@duty(
    zh="抽签",
    en="Draw lots",
    records=LotsDrawn,
    posts=SIGNING,
    persons=2,
    may_be_refused=True,
)
def draw_lots(draw: Draw, fact: LotsDrawn, act: Act) -> LotsDrawn:
    """From the committed input, with chance enough; a plan in which the verifier finds a break is refused."""
    _require_holder(draw, act)
    attempt = _open_attempt(draw, fact.attempt)
    require_chance(attempt)
    if fact.problem != attempt.committed.problem or fact.engine != attempt.committed.engine:
        raise _refused(
            "not_the_committed_input",
            "抽签用的不是锁定的题目或程序",
            "the draw was made from another input or program than the committed one",
        )
    if fact.breaks:
        raise _refused(
            "plan_not_accepted",
            f"核验发现 {fact.breaks} 处不符",
            f"the verifier found {fact.breaks} breaks",
        )
    return fact


@duty(
    zh="记录抽签未成",
    en="Record a failed draw",
    records=DrawFailed,
    posts=SIGNING,
    persons=2,
    may_be_refused=True,
)
def record_failed_draw(draw: Draw, fact: DrawFailed, act: Act) -> DrawFailed:
    """Nothing came of the attempt: it is on record with its reason."""
    _require_holder(draw, act)
    _open_attempt(draw, fact.attempt)
    return fact


@duty(
    zh="封存抽签结果",
    en="Seal a draw",
    records=DrawSealed,
    posts=SIGNING,
    persons=2,
    may_be_refused=True,
)
def seal_draw(draw: Draw, fact: DrawSealed, act: Act) -> DrawSealed:
    """Exactly the plan that was drawn, in the attempt made last, before its first sitting begins."""
    _require_holder(draw, act)
    attempt = _latest(draw, fact.attempt)
    if attempt.drawn is None or attempt.drawn.plan != fact.plan:
        raise _refused(
            "another_plan_was_drawn",
            "与本次抽签的结果不同",
            "it differs from what was drawn in this attempt",
        )
    if attempt.sealed is not None:
        raise _refused("draw_already_sealed", "本次抽签已封存", "this attempt is sealed already")
    _require_before_sitting(draw.key, act)
    return fact


@duty(
    zh="公开抽签",
    en="Publish a draw",
    records=DrawPublished,
    posts=SIGNING,
    persons=2,
    may_be_refused=True,
)
def publish_draw(draw: Draw, fact: DrawPublished, act: Act) -> DrawPublished:
    """Seats at once; who watches whom only after the last paper, or by a decision with its reason."""
    _require_holder(draw, act)
    attempt = _latest(draw, fact.attempt)
    if attempt.sealed is None or attempt.sealed.plan != fact.plan or attempt.committed.root != fact.root:
        raise _refused("draw_not_sealed", "封存后才能公开", "only what is sealed can be published")
    if attempt.published is not None:
        raise _refused("draw_published", "抽签已经公开", "the draw is published already")
    if not fact.reason and not may_be_published(draw.key, act):
        raise _refused(
            "papers_not_over",
            "最后一科考试还没有结束，提前公开须写明决定的理由",
            "the last paper is not over; publishing before it needs a decision with its reason",
        )
    return fact


def may_be_published(key: DrawKey, act: Act) -> bool:
    """Whether a draw may be opened to everybody without a decision."""
    return key.kind == "seats" or all(one.ends_at <= act.now for one in act.plan.sittings.values())


def require_chance(attempt: Attempt) -> None:
    """Refused while the hands give too little chance, or the beacon that was named is missing."""
    if attempt.bits < BITS_AT_LEAST:
        raise _refused(
            "too_little_chance",
            f"现场随机数只有 {attempt.bits} 位，至少 {BITS_AT_LEAST} 位",
            f"the hands give {attempt.bits} bits, at least {BITS_AT_LEAST} are needed",
        )
    if attempt.committed.beacon and all(hand.method != "beacon" for hand in attempt.hands):
        raise _refused(
            "beacon_missing",
            f"预告的公共信标（{attempt.committed.beacon}）还没有录入",
            f"the beacon that was named ({attempt.committed.beacon}) was not entered yet",
        )


def _open_attempt(draw: Draw, number: int) -> Attempt:
    attempt = _latest(draw, number)
    if attempt.ended:
        raise _refused("attempt_ended", f"第 {number} 次抽签已经结束", f"attempt {number} has ended")
    return attempt


def _latest(draw: Draw, number: int) -> Attempt:
    latest = draw.latest
    if latest is None or latest.number != number:
        raise _refused(
            "attempt_not_latest",
            f"第 {number} 次不是最近一次抽签，题目须先锁定",
            f"attempt {number} is not the latest; the input is committed first",
        )
    return latest


def _require_holder(draw: Draw, act: Act) -> None:
    """One of those who sign holds the draw: an office, or for its own rooms the site."""
    posts = {actor.post for actor in act.intent.actors}
    own_rooms = draw.key.kind == "rooms" and draw.key.site == act.intent.site
    whole_city = act.profile is not None and act.profile.choice("dispatch_area") == "city"
    if draw.key.kind == "sent" and whole_city and "city_officer" not in posts:
        raise Refused(
            "city_sends",
            Sentence(
                zh="不能办理：本次考试由市级统一派遣，须市级考务人员主持。",
                en="Not allowed: in this exam the city sends all staff; a city officer holds the draw.",
            ),
        )
    if not posts & set(IN_OFFICE) and not (own_rooms and posts & set(AT_SITE)):
        raise Refused(
            "site_cannot_appoint",
            Sentence(
                zh="不能办理：派遣由市、县招生考试机构抽签，考点只能抽本考点的考场。",
                en="Not allowed: people are sent by city and county; a site draws only its own rooms.",
            ),
        )


def _require_before_sitting(key: DrawKey, act: Act) -> None:
    sittings = [one for one in act.plan.in_order() if key.sitting in ("", one.id)]
    if sittings and sittings[0].starts_at <= act.now:
        raise _refused(
            "sitting_has_begun",
            f"{sittings[0].id} 场已经开考",
            f"sitting {sittings[0].id} has begun",
        )


def _refused(code: str, zh: str, en: str) -> Refused:
    return Refused(code, Sentence(zh=f"不能办理：{zh}。", en=f"Cannot be done: {en}."))

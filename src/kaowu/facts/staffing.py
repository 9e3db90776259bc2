"""What became of a sealed draw of staff: who reported, who was replaced, what was changed by hand.

The plans of a draw are chained: a change names the digest of the list that it
found and of the list that it left, so that no two changes can pass each other
unseen. What the changed list was judged by stands beside it as the problem.
"""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, identifiers, number, text, yes_no
from kaowu.facts.subjects import Subject


@fact(
    zh="到岗",
    en="Duty taken",
    about=Subject.DRAW,
    line_zh="{sitting} 场：{person} 到岗（{post} {room}）",
    line_en="Sitting {sitting}: {person} reported ({post} {room})",
)
class DutyTaken(Fact):
    """Somebody reported at the post; load and pay count what was done."""

    sitting: str = identifier(zh="场次", en="Sitting")
    site: str = identifier(zh="考点", en="Site")
    person: str = identifier(zh="工号", en="Staff number")
    post: str = identifier(zh="岗位", en="Post")
    room: str = identifier(zh="考场", en="Room", required=False)
    way: str = choice(
        ("number", "报工号", "by staff number"),
        ("scan", "扫码", "by scan"),
        ("list", "在名单上勾选", "ticked on the list"),
        zh="方式",
        en="Way",
    )


@fact(
    zh="缺岗替补",
    en="Person replaced",
    about=Subject.DRAW,
    line_zh="{sitting} 场：{post} {room} {absent} 未到，{outcome}：{came}，另调动 {moved}，名单 {before} → {after}",
    line_en="Sitting {sitting}: {post} {room}, {absent} did not come, {outcome}: {came}, moved {moved}, list {before} → {after}",
)
class PersonReplaced(Fact):
    """Somebody did not come; who stands there now, and who else changed place for it."""

    sitting: str = identifier(zh="场次", en="Sitting")
    site: str = identifier(zh="考点", en="Site")
    room: str = identifier(zh="考场", en="Room", required=False)
    post: str = identifier(zh="岗位", en="Post")
    absent: str = identifier(zh="未到岗", en="Did not come")
    outcome: str = choice(
        ("replaced", "已替补", "replaced"),
        ("reserve_missing", "候补未到，不需替补", "a reserve is missing, nobody is needed"),
        ("left_empty", "无人可替，岗位空缺", "nobody may replace them, the post is empty"),
        zh="处理",
        en="What was done",
    )
    came: str = identifier(zh="替补", en="Replacement", required=False)
    moved: tuple[str, ...] = identifiers(zh="另调动", en="Others moved", required=False)
    called: bool = yes_no(zh="由考点外调来", en="Called from outside the site")
    repeats: bool = yes_no(zh="允许重复考场或搭档", en="A room or partner may come again")
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    before: bytes = digest(zh="变更前名单摘要", en="Digest of the list before")
    after: bytes = digest(zh="变更后名单摘要", en="Digest of the list after")
    reason: str = text(zh="未到原因", en="Why they did not come", required=False, personal=True, longest=500)


@fact(
    zh="监考安排人工调整",
    en="Duties changed by hand",
    about=Subject.DRAW,
    line_zh="人工调整（{way}）{places} 处，涉及 {people}，名单 {before} → {after}：{reason}",
    line_en="{places} places changed by hand ({way}), people {people}, list {before} → {after}: {reason}",
)
class DutiesChanged(Fact):
    """A drawn list changed by two persons, judged by the same rules as the draw."""

    way: str = choice(
        ("swap", "两人对调", "two people swapped"),
        ("place", "指定到岗", "a person put into a place"),
        ("fill", "空岗补人", "an empty post filled"),
        ("workbook", "表格回传", "a workbook sent back"),
        zh="方式",
        en="Way",
    )
    sittings: tuple[str, ...] = identifiers(zh="涉及场次", en="Sittings concerned")
    places: int = number(zh="变更处数", en="Places changed", at_least=1)
    people: tuple[str, ...] = identifiers(zh="涉及人员", en="People concerned")
    relaxed: tuple[str, ...] = identifiers(
        zh="依批准放宽的规则", en="Rules relaxed by approval", required=False
    )
    problem: bytes = digest(zh="题目摘要", en="Digest of the problem")
    before: bytes = digest(zh="变更前名单摘要", en="Digest of the list before")
    after: bytes = digest(zh="变更后名单摘要", en="Digest of the list after")
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="岗位锁定",
    en="Duty locked",
    about=Subject.DRAW,
    line_zh="{person} {sitting} 场岗位锁定：{locked}，{reason}",
    line_en="Duty of {person} in sitting {sitting} locked: {locked}, {reason}",
)
class DutyLocked(Fact):
    """A person's place is kept: later replacements and changes by hand do not move them."""

    person: str = identifier(zh="工号", en="Staff number")
    sitting: str = identifier(zh="场次", en="Sitting")
    locked: bool = yes_no(zh="锁定", en="Locked")
    reason: str = text(zh="理由", en="Reason", longest=500)

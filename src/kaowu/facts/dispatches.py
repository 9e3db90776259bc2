"""Dispatches (联动消息): what a unit tells others up or down the tree, and who has it, and who has signed for it."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, identifiers, text
from kaowu.facts.spelling import number as count
from kaowu.facts.subjects import Subject


@fact(
    zh="联动消息发出",
    en="Dispatch sent",
    about=Subject.EXAM,
    line_zh="{number} {urgency}“{title}”，发往{to} {named}",
    line_en="{number} {urgency} “{title}” to {to} {named}",
)
class DispatchSent(Fact):
    """A unit tells units below or above something that they have to sign for. It is never edited; more is told in a further one."""

    number: str = identifier(zh="编号", en="Number", longest=40)
    sender: str = identifier(zh="发出单位", en="Sender, as a path of unit codes", longest=120)
    to: str = choice(
        ("below", "全部下级", "everybody below"),
        ("cities", "各市", "the cities"),
        ("counties", "各县（区）", "the counties"),
        ("sites", "各考点", "the sites"),
        ("named", "指定单位", "named units"),
        zh="发往",
        en="To",
    )
    named: tuple[str, ...] = identifiers(zh="指定的单位代码", en="Codes of the named units", required=False)
    urgency: str = choice(
        ("ordinary", "平件", "ordinary"),
        ("urgent", "急件", "urgent"),
        ("most_urgent", "特急", "most urgent"),
        zh="缓急",
        en="Urgency",
    )
    sign_within: int = count(
        zh="签收时限（分钟，0 为不限）", en="To be signed within, minutes; 0 for no limit", at_most=10_080
    )
    title: str = text(zh="事由", en="In short", longest=80)
    body: str = text(zh="内容", en="Text", longest=3000, personal=True)


@fact(
    zh="联动消息送达",
    en="Dispatch delivered",
    about=Subject.EXAM,
    line_zh="{number} 送达 {unit}",
    line_en="{number} delivered at {unit}",
)
class DispatchDelivered(Fact):
    """A unit's node has a dispatch, or the signature under one, from the node above; its officers can read it there."""

    number: str = identifier(zh="编号", en="Number", longest=40)
    delivered: str = identifier(zh="送达的记录", en="The record that was delivered")
    unit: str = identifier(zh="送达单位", en="Unit, as a path of unit codes", longest=120)


@fact(
    zh="联动消息签收",
    en="Dispatch signed for",
    about=Subject.EXAM,
    line_zh="{unit} 签收 {number}",
    line_en="{unit} signed for {number}",
)
class DispatchSigned(Fact):
    """An officer of a unit has read a dispatch and answers for its being carried out there."""

    number: str = identifier(zh="编号", en="Number", longest=40)
    dispatch: str = identifier(zh="消息的记录", en="The record of the dispatch")
    sender: str = identifier(zh="发出单位", en="Sender, as a path of unit codes", longest=120)
    unit: str = identifier(zh="签收单位", en="Unit, as a path of unit codes", longest=120)
    reply: str = text(zh="回复", en="Reply", longest=1000, required=False, personal=True)

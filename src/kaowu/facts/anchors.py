"""Paper anchors (纸面锚定): a root of the journal that lies on paper with somebody else, and is compared again."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="树根交存",
    en="Root deposited",
    about=Subject.EXAM,
    line_zh="{size} 条的树根印出，交 {holder} 收存",
    line_en="The root over {size} facts was printed and given to {holder}",
)
class RootDeposited(Fact):
    """A printed root left the office, in the hands of somebody who does not answer to it."""

    size: int = number(zh="条数", en="Facts")
    root: bytes = digest(zh="树根", en="Root")
    holder: str = text(zh="收存单位", en="Kept by", longest=60)


@fact(
    zh="树根比对",
    en="Root compared",
    about=Subject.EXAM,
    line_zh="{holder} 收存的 {size} 条的树根：{outcome}",
    line_en="The root over {size} facts kept by {holder}: {outcome}",
)
class RootCompared(Fact):
    """The root on paper was typed in and compared with the journal as it is now."""

    size: int = number(zh="条数", en="Facts")
    typed: str = identifier(zh="录入的树根", en="Root as typed", longest=64)
    outcome: str = choice(
        ("agrees", "一致", "agrees"),
        ("differs", "不一致", "differs"),
        ("too_long", "流水没有这么多条", "the journal is shorter"),
        zh="结果",
        en="Outcome",
    )
    holder: str = text(zh="收存单位", en="Kept by", longest=60)

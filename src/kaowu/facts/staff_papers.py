"""Papers of the staff: which were made from which list of duties, and who received what."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, number
from kaowu.facts.subjects import Subject


@fact(
    zh="监考材料制成",
    en="Papers of the staff made",
    about=Subject.SITE,
    line_zh="制成 {document} {pages} 页，名单 {duties}，文件摘要 {paper}",
    line_en="{document} of {pages} pages made from list {duties}, digest {paper}",
)
class StaffPapersMade(Fact):
    """One kind of paper for a whole site, bound to the list of duties it shows."""

    document: str = identifier(zh="材料", en="Document")
    paper: bytes = digest(zh="文件摘要", en="Digest of the file")
    duties: bytes = digest(zh="名单摘要", en="Digest of the list of duties")
    pages: int = number(zh="页数", en="Pages", at_least=1)
    people: int = number(zh="人数", en="People")
    missing_glyphs: int = number(zh="缺字", en="Missing glyphs")


THINGS: tuple[tuple[str, str, str], ...] = (
    ("handbook", "考务手册", "handbook"),
    ("duty_sheet", "岗位任务单", "duty sheet"),
    ("badge", "胸牌", "badge"),
    ("vest", "马甲", "vest"),
)
"""What each of the staff receives against a signature."""


@fact(
    zh="监考物品发放",
    en="Handed out to staff",
    about=Subject.SITE,
    line_zh="{person} 领取{thing}",
    line_en="{person} received the {thing}",
)
class StaffThingHandedOut(Fact):
    """Somebody received a handbook, a duty sheet, a badge or a vest, and signed for it."""

    person: str = identifier(zh="工号", en="Staff number")
    thing: str = choice(*THINGS, zh="物品", en="Thing")


@fact(
    zh="监考物品交回",
    en="Returned by staff",
    about=Subject.SITE,
    line_zh="{person} 交回{thing}",
    line_en="{person} returned the {thing}",
)
class StaffThingReturned(Fact):
    """Somebody gave it back."""

    person: str = identifier(zh="工号", en="Staff number")
    thing: str = choice(*THINGS, zh="物品", en="Thing")

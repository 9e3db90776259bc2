"""Incidents (突发事件): what happened, told by whoever was there, entry by entry, with what shows it."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, instant, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="事件经过",
    en="Incident told",
    about=Subject.EXAM,
    line_zh="事件 {incident}“{title}”：{stage}，附件 {files} 份",
    line_en="Incident {incident} “{title}”: {stage}, {files} attachments",
)
class IncidentTold(Fact):
    """One entry of an incident's story. What was told stays; more is told in a further entry of the same number."""

    incident: str = identifier(zh="事件编号", en="Incident", longest=32)
    title: str = text(zh="事件", en="Incident in short", longest=80)
    stage: str = choice(
        ("happened", "发生", "happened"),
        ("handled", "处置", "handled"),
        ("closed", "处置完毕", "closed"),
        ("added", "补充", "added"),
        zh="环节",
        en="Stage",
    )
    place: str = text(zh="地点", en="Place", longest=80)
    happened_at: int = instant(zh="时间", en="At")
    story: str = text(zh="经过", en="What happened", longest=3000, personal=True)
    files: int = number(zh="附件数", en="Attachments")

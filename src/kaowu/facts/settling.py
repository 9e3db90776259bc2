"""After the sitting: do the figures balance, and is everything filed?"""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import digest, identifier, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="场次核对完成",
    en="Sitting reconciled",
    about=Subject.SITE,
    line_zh="{sitting} 场核对：应到 {expected} = 实到 {entered} + 缺考 {absent}；领 {issued} = 用 {used} + 缺 {absent_sheets} + 备 {spare} + 废 {void}",
    line_en="Sitting {sitting}: expected {expected} = entered {entered} + absent {absent}; issued {issued} = used {used} + absent {absent_sheets} + spare {spare} + void {void}",
)
class SittingReconciled(Fact):
    """One site's figures for one sitting, computed from the facts, signed by the site chief."""

    sitting: str = identifier(zh="场次", en="Sitting", longest=16)
    rooms: int = number(zh="考场数", en="Rooms")
    expected: int = number(zh="应到", en="Expected")
    entered: int = number(zh="实到", en="Entered")
    absent: int = number(zh="缺考", en="Absent")
    issued: int = number(zh="领取", en="Issued")
    used: int = number(zh="使用", en="Used")
    absent_sheets: int = number(zh="缺考卷", en="Sheets of absentees")
    spare: int = number(zh="备用", en="Spare")
    void: int = number(zh="作废", en="Void")
    open_findings: int = number(zh="未结发现", en="Open findings")
    remark: str = text(zh="说明", en="Remark", required=False, longest=500)


@fact(
    zh="归档",
    en="Archive closed",
    about=Subject.EXAM,
    line_zh="归档 {facts} 条记录、{artefacts} 份材料",
    line_en="Archive closed with {facts} facts and {artefacts} artefacts",
)
class ArchiveClosed(Fact):
    """The exam's book was closed up to here and exported as one file."""

    facts: int = number(zh="记录数", en="Facts")
    artefacts: int = number(zh="材料数", en="Artefacts")
    root: bytes = digest(zh="流水根摘要", en="Root of the journal")

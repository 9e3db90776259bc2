"""Bags of answer sheets after a sitting: checked, scanned, reviewed, sealed, handed over; and codes checked before it.

What a candidate answered stays out of the journal. A scan binds its readings
by digest: they lie in the artefact store, and so do the images. Only a
person's opinion about one mark stands beside its fact, as a personal field.
"""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, digest, identifier, number, text
from kaowu.facts.subjects import Subject

BLANK, CANNOT_TELL = "-", "?"
"""What a person says of a field that is not marked, or not to be made out."""


@fact(
    zh="答题卡条码核对",
    en="Code of a sheet checked",
    about=Subject.ROOM_SITTING,
    line_zh="座位 {seat} 答题卡条码核对：{outcome}",
    line_en="Code of the sheet at seat {seat} checked: {outcome}",
)
class SheetCodeChecked(Fact):
    """Before the start: does the sheet at a seat belong to the seat, its candidate and this subject?"""

    seat: str = identifier(zh="座位号", en="Seat")
    outcome: str = choice(
        ("agrees", "相符", "agrees"),
        ("other_seat", "属于其他座位", "belongs to another seat"),
        ("other_room", "属于其他考场", "belongs to another room"),
        ("other_subject", "不是本科目", "is of another subject"),
        ("other_exam", "不是本次考试", "is of another exam"),
        ("altered", "校验值不符", "the check value is wrong"),
        ("unknown", "认不出", "is not known"),
        zh="结果",
        en="Outcome",
    )
    says: str = text(zh="条码内容", en="What the code says", personal=True, required=False, longest=300)


@fact(
    zh="答题卡袋三核对",
    en="Bag of answer sheets checked",
    about=Subject.ROOM_SITTING,
    line_zh="{subject} 答题卡袋三核对相符：考场 {room_number}、座位 {first_seat}—{last_seat}，点得 {sheets} 份，{state}",
    line_en="Bag of {subject} checked: room {room_number}, seats {first_seat}–{last_seat}, {sheets} counted, {state}",
)
class SheetBagChecked(Fact):
    """Room, seats and subject were read from the bag and agree (三核对); now it may be scanned."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    room_number: str = identifier(zh="袋上考场号", en="Room number on the bag")
    first_seat: str = identifier(zh="起始座位号", en="First seat")
    last_seat: str = identifier(zh="末尾座位号", en="Last seat")
    sheets: int = number(zh="清点份数", en="Sheets counted", at_most=500)
    state: str = choice(
        ("intact", "完好", "intact"),
        ("soiled", "有污损", "soiled"),
        ("incomplete", "有缺失", "incomplete"),
        zh="完整性",
        en="Integrity",
    )
    remark: str = text(zh="说明", en="Remark", required=False, longest=500)


@fact(
    zh="答题卡扫描",
    en="Answer sheets scanned",
    about=Subject.ROOM_SITTING,
    line_zh="{subject} 扫描 {pages} 页：读出 {read}、退回 {rejected}、待判读 {doubtful} 处，备份 {backed_up} 件，识别结果 {readings}",
    line_en="{pages} pages of {subject} scanned: {read} read, {rejected} rejected, {doubtful} marks in doubt, {backed_up} backed up, readings {readings}",
)
class SheetsScanned(Fact):
    """One run of the scanner over a bag; digests of the images, codes and decided fields stand in the readings."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    readings: bytes = digest(zh="识别结果摘要", en="Digest of the readings")
    pages: int = number(zh="页数", en="Pages")
    read: int = number(zh="读出", en="Read")
    rejected: int = number(zh="退回", en="Rejected")
    doubtful: int = number(zh="待判读处数", en="Marks in doubt")
    files: int = number(zh="原始图像文件", en="Original image files")
    backed_up: int = number(zh="已备份文件", en="Files backed up and verified")
    reader: str = identifier(zh="识别策略", en="Reading policy")


@fact(
    zh="答题卡状态认定",
    en="State of a sheet settled",
    about=Subject.ROOM_SITTING,
    line_zh="{subject} {target} 认定为{state}：{reason}",
    line_en="{subject} {target} settled as {state}: {reason}",
)
class SheetSettled(Fact):
    """A person says what a seat's sheet is, or what a page is that belongs to no seat; the last word counts."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    target: str = identifier(zh="座位或图像", en="Seat or page", longest=80)
    state: str = choice(
        ("present", "有效", "present"),
        ("absent", "缺考", "absent"),
        ("void", "作废", "void"),
        ("missing", "缺失", "missing"),
        ("spare", "备用", "spare"),
        ("aside", "不计", "set aside"),
        zh="认定",
        en="Settled as",
    )
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="填涂判读",
    en="Mark judged",
    about=Subject.ROOM_SITTING,
    line_zh="{subject} 图像 {page} 的 {field} 由 {reviewer} 独立判读",
    line_en="{field} of page {page}, {subject}, judged alone by {reviewer}",
)
class MarkJudged(Fact):
    """One reviewer's opinion about one field, given without knowing the reader's or anybody else's."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    page: bytes = digest(zh="图像", en="Page")
    field: str = identifier(zh="题号", en="Field")
    reviewer: str = identifier(zh="判读人", en="Reviewer")
    says: str = text(zh="判读", en="What it says", personal=True, required=False, longest=40)


@fact(
    zh="填涂裁定",
    en="Field adjudicated",
    about=Subject.ROOM_SITTING,
    line_zh="{subject} 图像 {page} 的 {field} 两人判读不一，由 {arbiter} 裁定",
    line_en="{field} of page {page}, {subject}, on which two differed, decided by {arbiter}",
)
class FieldAdjudicated(Fact):
    """A third person decided what two reviewers saw differently."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    page: bytes = digest(zh="图像", en="Page")
    field: str = identifier(zh="题号", en="Field")
    arbiter: str = identifier(zh="裁定人", en="Arbiter")
    says: str = text(zh="裁定", en="What it says", personal=True, required=False, longest=40)


@fact(
    zh="答题卡袋封存",
    en="Bag of answer sheets sealed",
    about=Subject.ROOM_SITTING,
    line_zh="{subject} 应有 {expected} ＝有效 {present}＋缺考 {absent}＋作废 {void}＋缺失 {missing}；备用 {spare}，图像 {files} 件、备份 {backed_up} 件",
    line_en="{subject}: expected {expected} = present {present} + absent {absent} + void {void} + missing {missing}; spare {spare}, {files} image files, {backed_up} backed up",
)
class SheetBagSealed(Fact):
    """Every seat is accounted for; signed by whoever scanned and by the leader of the collecting group."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    expected: int = number(zh="应有", en="Expected", at_most=500)
    present: int = number(zh="有效", en="Present", at_most=500)
    absent: int = number(zh="缺考", en="Absent", at_most=500)
    void: int = number(zh="作废", en="Void", at_most=500)
    missing: int = number(zh="缺失", en="Missing", at_most=500)
    spare: int = number(zh="备用", en="Spare", at_most=500)
    pages: int = number(zh="图像页数", en="Pages")
    files: int = number(zh="原始图像文件", en="Original image files")
    backed_up: int = number(zh="已备份文件", en="Files backed up and verified")
    counted: int = number(zh="装袋清点份数", en="Sheets counted in the bag", at_most=500)
    found: int = number(zh="扫描得份数", en="Sheets found by the scan", at_most=500)
    absent_with_answers: int = number(zh="缺考而有作答", en="Absent with answers", at_most=500)
    absence_differs: int = number(zh="缺考标记与记录不一", en="Absence mark and record differ", at_most=500)
    violation_differs: int = number(
        zh="违纪标记与记录不一", en="Violation mark and record differ", at_most=500
    )
    readings: bytes = digest(zh="各次识别结果摘要", en="Digest over all readings")
    remark: str = text(zh="说明", en="Remark", required=False, longest=500)


@fact(
    zh="答题卡袋移交",
    en="Bag of answer sheets handed over",
    about=Subject.ROOM_SITTING,
    line_zh="{subject} 答题卡袋移交{to}，{sheets} 份，封条 {seal}",
    line_en="Bag of {subject} handed over to {to}, {sheets} sheets, seal {seal}",
)
class SheetBagHandedOver(Fact):
    """Two parties: who gave it and who took it."""

    subject: str = text(zh="科目", en="Exam subject", longest=40)
    to: str = text(zh="接收单位", en="Receiving office", longest=80)
    seal: str = identifier(zh="封条号", en="Seal number")
    sheets: int = number(zh="份数", en="Sheets", at_most=500)

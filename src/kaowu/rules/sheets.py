"""Answer sheets after a sitting: codes at the seats, the integrity of a bag, absence and violation marks, copies.

These rules judge what is put on record. Whether a bag may be sealed at all is
decided at the counter (`loop/settle/seal_sheet_bag.py`).
"""

from collections.abc import Iterable

from kaowu.basics.errors import Sentence, Severity
from kaowu.facts.sheet_audit import AuditConcluded, AuditFrameFixed
from kaowu.facts.sheet_bags import SheetBagChecked, SheetBagSealed, SheetCodeChecked
from kaowu.rules.profile import Profile
from kaowu.rules.registry import Verdict, rule

_KEPT = "KAOWU-PRACTICE gaokao-work"


@rule(
    "sheets.code_at_seat",
    zh="座位上的答题卡与考生不符",
    en="The sheet at a seat is not its candidate's",
    cites=_KEPT,
    on=SheetCodeChecked,
    severity=Severity.URGENT,
    remedy=Sentence(
        "开考前换回本座位的答题卡；找不到的，启用备用卡并报告主考。",
        "Put the right sheet there before the start; if it is not found, use a spare one and tell the site chief.",
    ),
)
def code_at_seat(fact: SheetCodeChecked) -> Verdict:
    """Seat, candidate and subject of the sheet agree."""
    if fact.outcome == "agrees":
        return None
    said = next(s for code, s in _OUTCOMES if code == fact.outcome)
    return Sentence(f"座位 {fact.seat} 的答题卡{said.zh}。", f"The sheet at seat {fact.seat} {said.en}.")


_OUTCOMES = next(spec.choices for spec in SheetCodeChecked.kind.fields if spec.name == "outcome")


@rule(
    "sheets.bag_not_intact",
    zh="答题卡有污损或缺失",
    en="Sheets of a bag are soiled or incomplete",
    cites=_KEPT,
    on=SheetBagChecked,
    severity=Severity.URGENT,
    remedy=Sentence(
        "写明哪几张、什么样；报告主考，污损不能识别的由两人监督誊到新卡，原卡一并保存。",
        "Say which and how; tell the site chief; what cannot be read is copied to a new sheet under the eyes of two, and the old one is kept.",
    ),
)
def bag_not_intact(fact: SheetBagChecked) -> Verdict:
    """The collecting group found the bag whole and clean."""
    if fact.state == "intact":
        return None
    zh, en = ("有污损", "soiled") if fact.state == "soiled" else ("有缺失", "incomplete")
    return Sentence(
        f"{fact.subject} 答题卡袋{zh}：{fact.remark or '没有说明'}。",
        f"The bag of {fact.subject} is {en}: {fact.remark or 'no remark'}.",
    )


@rule(
    "sheets.missing",
    zh="答题卡缺失",
    en="Answer sheets are missing",
    cites=("count_tolerance", _KEPT),
    on=SheetBagSealed,
    severity=Severity.URGENT,
    remedy=Sentence(
        "立即查找考场、试卷袋和邻近考场的答题卡袋，逐级报告。",
        "Search the room, the packet and the neighbouring bags at once, and report upwards.",
    ),
)
def sheets_missing(fact: SheetBagSealed, profile: Profile) -> Verdict:
    """Nobody's sheet is lost."""
    if fact.missing <= profile.number("count_tolerance"):
        return None
    return Sentence(
        f"{fact.subject} 缺失答题卡 {fact.missing} 份。",
        f"{fact.missing} sheets of {fact.subject} are missing.",
    )


@rule(
    "sheets.count_differs",
    zh="扫描份数与清点份数不一致",
    en="The scan found another number of sheets than was counted",
    cites=("count_tolerance", _KEPT),
    on=SheetBagSealed,
    remedy=Sentence(
        "重新清点纸卡，再与图像逐张核对。", "Count the paper again and compare it with the images."
    ),
)
def count_differs(fact: SheetBagSealed, profile: Profile) -> Verdict:
    """Counted by hand equals found by the scanner."""
    if abs(fact.counted - fact.found) <= profile.number("count_tolerance"):
        return None
    return Sentence(
        f"{fact.subject} 清点 {fact.counted} 份，扫描得 {fact.found} 份。",
        f"{fact.counted} sheets of {fact.subject} were counted, the scan found {fact.found}.",
    )


@rule(
    "sheets.absence",
    zh="缺考标记与作答、记录不一致",
    en="Absence marks do not fit answers or records",
    cites=_KEPT,
    on=SheetBagSealed,
    severity=Severity.URGENT,
    remedy=Sentence(
        "调看录像和考场情况记录单，由主考查明是谁的卷，写明认定理由。",
        "Look at video and room record; the site chief finds out whose sheet it is and writes down why.",
    ),
)
def absence(fact: SheetBagSealed) -> Iterable[Sentence]:
    """Who is absent has no answers, and mark and record say the same."""
    if fact.absent_with_answers:
        n = fact.absent_with_answers
        yield Sentence(
            f"{fact.subject} 有 {n} 份缺考而有作答。",
            f"{n} sheets of {fact.subject} are absent yet have answers.",
        )
    if fact.absence_differs:
        n = fact.absence_differs
        yield Sentence(
            f"{fact.subject} 有 {n} 个座位的缺考填涂与缺考记录不一致。",
            f"At {n} seats of {fact.subject} the absence mark and the record differ.",
        )


@rule(
    "sheets.violation_marks",
    zh="违纪填涂与违规记录不一致",
    en="Violation marks do not fit the violation records",
    cites=("violation_signatures", _KEPT),
    on=SheetBagSealed,
    remedy=Sentence(
        "有标记而无记录的，由两名监考员补记或更正；有记录而无标记的，核对是否填错答题卡。",
        "A mark without a record: two invigilators write the record or correct it. A record without a mark: see whether another sheet was marked.",
    ),
)
def violation_marks(fact: SheetBagSealed) -> Verdict:
    """The mark on the sheet and the record signed by two go together."""
    if not fact.violation_differs:
        return None
    n = fact.violation_differs
    return Sentence(
        f"{fact.subject} 有 {n} 个座位的违纪填涂与违规记录不一致。",
        f"At {n} seats of {fact.subject} the violation mark and the record differ.",
    )


@rule(
    "sheets.not_backed_up",
    zh="原始图像没有备份",
    en="Original images are not backed up",
    cites=_KEPT,
    on=SheetBagSealed,
    remedy=Sentence(
        "在运行配置中设置 KAOWU_SHEET_BACKUP 为另一块盘上的文件夹，再按“补备份”。",
        "Set KAOWU_SHEET_BACKUP to a folder on another disk, then use “Back up now”.",
    ),
)
def not_backed_up(fact: SheetBagSealed) -> Verdict:
    """Every original image lies in a second place, verified by digest."""
    if fact.backed_up >= fact.files:
        return None
    return Sentence(
        f"{fact.subject} 原始图像 {fact.files} 件，已备份 {fact.backed_up} 件。",
        f"{fact.files} original image files of {fact.subject}, {fact.backed_up} backed up.",
    )


@rule(
    "sheets.misread",
    zh="抽查发现误读",
    en="The audit found a misreading",
    cites="audit_bound_ppm",
    on=AuditConcluded,
    severity=Severity.URGENT,
    remedy=Sentence(
        "涉及的答题卡袋整袋重读，查明原因后重新抽查，再评分。",
        "Read the bags concerned anew, find the cause, audit again, and only then score.",
    ),
)
def misread(fact: AuditConcluded, profile: Profile) -> Iterable[Sentence]:
    """No field was misread without a doubt, and the bound is the one aimed at."""
    if fact.errors:
        yield Sentence(
            f"{fact.subject} 抽查 {fact.sampled} 处，误读 {fact.errors} 处。",
            f"{fact.errors} of {fact.sampled} sampled fields of {fact.subject} were misread.",
        )
    aim = profile.number("audit_bound_ppm")
    if fact.bound_ppm > aim:
        yield Sentence(
            f"{fact.subject} 误读率上界百万分之 {fact.bound_ppm}，目标为百万分之 {aim}。",
            f"The bound for {fact.subject} is {fact.bound_ppm} in a million, {aim} was aimed at.",
        )


@rule(
    "sheets.audit_leaves_out",
    zh="抽查总体没有包括全部答题卡袋",
    en="The audit's list leaves bags out",
    cites=_KEPT,
    on=AuditFrameFixed,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "等全部封存、识别结果到齐后重新封存总体；考点机器已不能用的，在本机重新三核对、扫描移交来的袋。",
        "Fix a new list once all are sealed and their readings are here; where a site's machine is lost, check its bags anew here and scan them.",
    ),
)
def audit_leaves_out(fact: AuditFrameFixed) -> Verdict:
    """The bound covers every bag of the subject."""
    if not fact.outside:
        return None
    return Sentence(
        f"{fact.subject} 抽查总体有 {fact.bags} 袋，另有 {fact.outside} 袋没有列入，误读率上界不适用于它们。",
        f"{fact.bags} bags of {fact.subject} are in the list, {fact.outside} are not: the bound does not hold for these.",
    )

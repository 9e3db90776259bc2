"""Violations as they are found: what was seen, under which clause, signed by two."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, identifiers, text, yes_no
from kaowu.facts.subjects import Subject


@fact(
    zh="违规记录",
    en="Violation recorded",
    about=Subject.ROOM_SITTING,
    line_zh="准考证 {admission_number}：{clause}，来源 {found_by}，证据 {evidence}",
    line_en="Ticket {admission_number}: {clause}, {found_by}, evidence {evidence}",
)
class ViolationRecorded(Fact):
    """What two officials saw and told the candidate; the decision comes later."""

    admission_number: str = identifier(zh="准考证号", en="Admission number")
    clause: str = identifier(zh="条款", en="Clause")
    found_by: str = choice(
        ("in_room", "现场发现", "found in the room"),
        ("video", "审看录像", "found on video"),
        ("grading", "评卷发现", "found in grading"),
        zh="来源",
        en="Found by",
    )
    evidence: tuple[str, ...] = identifiers(
        ("seized_item", "暂扣物品或材料", "seized item or material"),
        ("seizure_receipt", "暂扣物品收据", "seizure receipt"),
        ("video", "考场录像", "room video"),
        ("photo", "现场照片", "photograph"),
        ("script", "试卷、答题卡或草稿纸原件", "original paper or answer sheet"),
        ("identity_comparison", "身份比对材料", "identity comparison"),
        ("expert_opinion", "专家组认定意见", "opinion of the experts"),
        ("document_check", "证件或证明材料核查结果", "result of checking the documents"),
        ("police_record", "公安机关出警记录", "police record"),
        zh="证据",
        en="Evidence",
        required=False,
    )
    reminded: bool = yes_no(zh="已先提醒", en="A reminder was given first")
    told: bool = yes_no(zh="已告知考生", en="The candidate was told")
    narrative: str = text(zh="经过", en="What was seen", personal=True, longest=2000)

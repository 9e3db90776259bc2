"""Violations as they are found: what was seen, under which clause, signed by two."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, identifiers, text, yes_no
from kaowu.facts.subjects import Subject


@fact(
    zh="违规记录",
    en="Violation recorded",
    about=Subject.ROOM_SITTING,
    line_zh="准考证 {admission_number}：{clause}，来源 {found_by}，证据 {evidence}",
    line_en="Ticket {admission_number}: {clause}, found by {found_by}, evidence {evidence}",
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
    evidence: tuple[str, ...] = identifiers(zh="证据", en="Evidence", required=False)
    reminded: bool = yes_no(zh="已先提醒", en="A reminder was given first")
    told: bool = yes_no(zh="已告知考生", en="The candidate was told")
    narrative: str = text(zh="经过", en="What was seen", personal=True, longest=2000)

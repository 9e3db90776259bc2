"""Violation records: is the record one that can bear a decision?

The record is proof only when two officials signed it, under a clause that this
exam lives by, with its evidence and, where the clause asks for it, a reminder
that was given first. Carrying a phone is cheating under JYB-33 6-4; under
RSB-31 it voids the subject after a reminder (6(1)), and only its use weighs
more (7(5)). The rules read that from the clauses.
"""

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Sentence, Severity
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.spelling import item_code
from kaowu.facts.violations import ViolationRecorded
from kaowu.rules.model import Clause
from kaowu.rules.profile import Profile
from kaowu.rules.registry import Verdict, rule

[_EVIDENCE] = [spec for spec in ViolationRecorded.kind.fields if spec.name == "evidence"]
_WITNESSES = frozenset(
    {
        "chief_invigilator",
        "assistant_invigilator",
        "roving_invigilator",
        "video_invigilator",
        "patrol",
        "supervisor",
        "resident_inspector",
        "site_chief",
        "deputy_site_chief",
    }
)
"""Posts whose signature makes a violation record proof (监考员、巡视员、督考员 and the site's heads)."""


@rule(
    "violations.signatures",
    zh="违规记录签字不足",
    en="Too few signatures under the violation record",
    cites="violation_signatures",
    on=ViolationRecorded,
    severity=Severity.URGENT,
    remedy=Sentence(
        "请另一名监考员或巡视员核对事实后签认；考生拒签的由两名工作人员注明。",
        "Let another invigilator or patrol check the facts and sign; if the candidate will not sign, two members of staff say so.",
    ),
)
def signatures(circumstances: Circumstances, profile: Profile) -> Verdict:
    """The record is proof when enough different officials signed it."""
    wanted = profile.number("violation_signatures")
    signed = {actor.account for actor in circumstances.actors if actor.post in _WITNESSES}
    if len(signed) >= wanted:
        return None
    return Sentence(
        f"违规记录由 {len(signed)} 名监考员或巡视员签认，应为 {wanted} 名。",
        f"The record was signed by {len(signed)} invigilators or patrols, {wanted} are needed.",
    )


@rule(
    "violations.clause_unknown",
    zh="条款不属于本考试",
    en="The clause is not one of this exam",
    cites=("JYB-33 18", "RSB-31 16"),
    on=ViolationRecorded,
    severity=Severity.URGENT,
    remedy=Sentence(
        "从本考试的条款表中重新选择，更正本条后重录。",
        "Choose from the clauses of this exam, withdraw this record and enter it again.",
    ),
)
def clause_unknown(fact: ViolationRecorded, profile: Profile) -> Verdict:
    """Another kind of exam has other clauses, terms and consequences."""
    if _clause(fact, profile) is not None:
        return None
    packs = "、".join(pack.id.upper() for pack in profile.packs)
    return Sentence(
        f"条款“{fact.clause}”不是本考试（{profile.title.zh}：{packs}）的违规行为条款。",
        f"“{fact.clause}” is no violation clause of this exam ({profile.title.en}: {packs.replace('、', ', ')}).",
    )


@rule(
    "violations.pack_not_in_force",
    zh="所引法规当日不在施行期",
    en="The regulation was not in force that day",
    cites=("JYB-33 18", "RSB-31 16"),
    on=ViolationRecorded,
    remedy=Sentence(
        "改用考试当日有效的法规条款。", "Cite the regulation that was in force on the day of the exam."
    ),
)
def pack_not_in_force(fact: ViolationRecorded, state: RoomSitting, profile: Profile) -> Verdict:
    """A clause is cited from the regulation that was law on the day."""
    clause = _clause(fact, profile)
    day = exam_time(state.sitting.starts_at).date()
    late = [pack for pack in profile.packs_not_in_force(day) if clause and pack.id == clause.pack]
    return [
        Sentence(f"{pack.title}在 {day} 不在施行期。", f"{pack.title_en} was not in force on {day}.")
        for pack in late
    ]


@rule(
    "violations.reminder_missing",
    zh="未先提醒",
    en="No reminder was given first",
    cites=("RSB-31 6(1)", "JYB-33 18"),
    on=ViolationRecorded,
    remedy=Sentence(
        "先提醒并记录提醒时间，经提醒仍不改正的再按本条记录；已提醒的补记。",
        "Remind and note the time; only what is not corrected then falls under this clause; if a reminder was given, say so.",
    ),
)
def reminder_missing(fact: ViolationRecorded, profile: Profile) -> Verdict:
    """Where a clause says “after a reminder”, the reminder is part of the deed."""
    clause = _clause(fact, profile)
    if clause is None or not clause.reminder_first or fact.reminded:
        return None
    return reminder_missing.finding(
        Sentence(
            f"{clause.citation}以“经提醒仍不改正”为前提，记录中没有提醒。",
            f"{clause.citation} holds only after a reminder; the record shows none.",
        ),
        profile,
        clause=clause.citation,
    )


@rule(
    "violations.evidence_missing",
    zh="证据清单不全",
    en="Evidence is missing",
    cites=("JYB-33 18", "RSB-31 16"),
    on=ViolationRecorded,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "补齐所列证据并登记编号；无法取得的写明原因。",
        "Add what is listed and number it; where it cannot be had say why.",
    ),
)
def evidence_missing(fact: ViolationRecorded, profile: Profile) -> Verdict:
    """Each clause lists what a decision will need. Evidence is written `video`, `video:CAM-12` or `考场录像：7 号机`."""
    clause = _clause(fact, profile)
    if clause is None:
        return None
    given = {item_code(_EVIDENCE, item) for item in fact.evidence}
    # The fact itself, with its signatures, is the violation record.
    missing = [
        said
        for code, said in clause.evidence
        if code != "violation_record" and given.isdisjoint({code, said.zh, said.en})
    ]
    if not missing:
        return None
    return evidence_missing.finding(
        Sentence(
            f"{clause.citation} 还缺证据：{'、'.join(said.zh for said in missing)}。",
            f"{clause.citation} still needs: {', '.join(said.en for said in missing)}.",
        ),
        profile,
        clause=clause.citation,
    )


@rule(
    "violations.not_told",
    zh="未告知考生",
    en="The candidate was not told",
    cites=("JYB-33 18", "RSB-31 16"),
    on=ViolationRecorded,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "将记录内容告知考生并请其签字；拒签的由两名工作人员注明。",
        "Tell the candidate the content and ask for a signature; on refusal two members of staff write it down.",
    ),
)
def not_told(fact: ViolationRecorded) -> Verdict:
    """Whoever is recorded in the room learns there and then what was recorded."""
    if fact.told or fact.found_by != "in_room":
        return None
    return Sentence(
        f"准考证 {fact.admission_number} 的记录尚未告知考生。",
        f"The candidate of ticket {fact.admission_number} was not told what was recorded.",
    )


@rule(
    "violations.source_unfit",
    zh="来源与条款不符",
    en="The source does not fit the clause",
    cites=("JYB-33 19", "RSB-31 11"),
    on=ViolationRecorded,
    remedy=Sentence("重新选择条款或来源。", "Choose the clause or the source again."),
)
def source_unfit(fact: ViolationRecorded, profile: Profile) -> Verdict:
    """Identical answers are found in grading, disorder is not."""
    clause = _clause(fact, profile)
    if clause is None or not clause.found_by or fact.found_by in clause.found_by:
        return None
    return source_unfit.finding(
        Sentence(
            f"{clause.citation}（{clause.behaviour.zh}）不能以“{_SOURCES[fact.found_by].zh}”认定。",
            f"{clause.citation} ({clause.behaviour.en}) cannot rest on being {_SOURCES[fact.found_by].en}.",
        ),
        profile,
        clause=clause.citation,
    )


@rule(
    "violations.candidate_not_here",
    zh="被记录的考生不在本考场",
    en="The candidate was not in this room",
    cites=("JYB-33 18", "RSB-31 16"),
    on=ViolationRecorded,
    remedy=Sentence(
        "核对准考证号；记错的更正本条。",
        "Check the admission number; withdraw this record if it was mistyped.",
    ),
)
def candidate_not_here(fact: ViolationRecorded, state: RoomSitting) -> Verdict:
    """Nobody is recorded for a deed in a room they were not in."""
    number = fact.admission_number
    if number in state.entries:
        return None
    if number in state.absent:
        zh, en = "已登记缺考", "is marked absent"
    elif number in state.seats:
        zh, en = "没有入场记录", "has no entry"
    else:
        zh, en = "不在本考场名单中", "is not on this room's list"
    return Sentence(f"准考证 {number} {zh}。", f"Ticket {number} {en}.")


_SOURCES = {
    "in_room": Sentence("现场发现", "found in the room"),
    "video": Sentence("审看录像", "found on video"),
    "grading": Sentence("评卷发现", "found in grading"),
}


def _clause(fact: ViolationRecorded, profile: Profile) -> Clause | None:
    clause = profile.clauses.get(fact.clause)
    return clause if clause is not None and clause.kind.is_violation else None

"""Entry: may this candidate be in this room now?

Nobody is turned away by a screen. A late or doubtful entry is recorded and
found; people at the door decide with the clause in front of them. The late
limit is 15 minutes in one kind of exam and 5 in another, so it is a line of the
profile and never a number here.
"""

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence, Severity
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted, DoubtSettled
from kaowu.rules.due import due, time_of_day
from kaowu.rules.profile import Profile
from kaowu.rules.registry import Verdict, rule


@rule(
    "entry.not_expected_here",
    zh="考生不在本考场",
    en="Not expected in this room",
    cites=("JYB-33 5-2", "RSB-31 6(4)"),
    on=CandidateAdmitted,
    remedy=Sentence(
        "核对准考证上的考点、考场和场次，由引导员送往正确考场；误扫的更正本条记录。",
        "Compare site, room and sitting on the ticket and let an usher take the candidate there; withdraw this record if it was a wrong scan.",
    ),
)
def not_expected_here(fact: CandidateAdmitted, state: RoomSitting) -> Verdict:
    """走错考场 is caught at the door, not by the empty seat next door."""
    if fact.admission_number in state.seats:
        return None
    return Sentence(
        f"准考证 {fact.admission_number} 不在 {state.key.site} 考点 {state.key.room} 考场第 {state.key.sitting} 场名单中。",
        f"Ticket {fact.admission_number} is not on the list of room {state.key.room}, site {state.key.site}, sitting {state.key.sitting}.",
    )


@rule(
    "entry.late",
    zh="超过迟到限制入场",
    en="Entered after the late limit",
    cites=("late_limit_minutes",),
    on=CandidateAdmitted,
    remedy=Sentence(
        "按规定不得入场：请考生离开考场并登记；特殊情况由主考报批，批准文号写入记录。",
        "Entry is closed: the candidate leaves and it is noted; for a special case the site chief asks for approval and records it.",
    ),
)
def late(
    fact: CandidateAdmitted, state: RoomSitting, profile: Profile, circumstances: Circumstances
) -> Verdict:
    """The late limit of this exam; the minute of the limit itself is still in time."""
    closes = due("entry_closed", state, profile, circumstances)
    at = _entered_at(fact, circumstances)
    if at <= closes:
        return None
    foreign = profile.occasion(state.sitting.subjects) == "foreign_language"
    line = "late_limit_foreign_language_minutes" if foreign else "late_limit_minutes"
    minutes = (at - state.sitting.starts_at) // 60_000
    return late.finding(
        Sentence(
            f"准考证 {fact.admission_number} 于 {time_of_day(at)} 入场（开考{'后' if minutes >= 0 else '前'} {abs(minutes)} 分钟），{time_of_day(closes)} 起停止入场。",
            f"Ticket {fact.admission_number} entered at {time_of_day(at)}, {abs(minutes)} min {'after' if minutes >= 0 else 'before'} the start; entry closed at {time_of_day(closes)}.",
        ),
        profile,
        clause=line,
    )


@rule(
    "entry.too_early",
    zh="早于规定时间入场",
    en="Entered before the doors open",
    cites="minute_script",
    on=CandidateAdmitted,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "核对终端时钟；考场开放前考生应在候考区等候。",
        "Check the terminal's clock; before the room opens candidates wait in the waiting area.",
    ),
)
def too_early(
    fact: CandidateAdmitted, state: RoomSitting, profile: Profile, circumstances: Circumstances
) -> Verdict:
    """Nobody is in the room before the step 入场."""
    opens = due("enter", state, profile, circumstances)
    at = _entered_at(fact, circumstances)
    if at >= opens:
        return None
    return Sentence(
        f"准考证 {fact.admission_number} 于 {time_of_day(at)} 入场，考场 {time_of_day(opens)} 开放。",
        f"Ticket {fact.admission_number} entered at {time_of_day(at)}; the room opens at {time_of_day(opens)}.",
    )


@rule(
    "entry.entered_before",
    zh="同一准考证重复入场",
    en="The same ticket entered twice",
    cites=("JYB-33 6-5", "RSB-31 8(2)"),
    on=CandidateAdmitted,
    remedy=Sentence(
        "当场核对座位上的考生与照片；如为重复登记，更正后一条；如非同一人，按替考处置。",
        "Compare the person in the seat with the photograph; withdraw the later record if it is a repeat, treat it as impersonation if it is another person.",
    ),
)
def entered_before(fact: CandidateAdmitted, state: RoomSitting) -> Verdict:
    """Two entries under one ticket are a slip or an impersonation; people look."""
    entry = state.entries.get(fact.admission_number)
    if entry is None:
        return None
    return Sentence(
        f"准考证 {fact.admission_number} 已于 {time_of_day(entry.at)} 入场，现又登记入场。",
        f"Ticket {fact.admission_number} entered at {time_of_day(entry.at)} and is entered again.",
    )


@rule(
    "entry.absent_then_entered",
    zh="已登记缺考的考生入场",
    en="Entered after being marked absent",
    cites="absent_marked_after_minutes",
    on=CandidateAdmitted,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "更正缺考登记，检查答题卡上的缺考标记。",
        "Withdraw the absence and look at the absence mark on the answer sheet.",
    ),
)
def absent_then_entered(fact: CandidateAdmitted, state: RoomSitting) -> Verdict:
    """The absence counts no longer, and its mark on paper has to follow."""
    if fact.admission_number not in state.absent:
        return None
    return Sentence(
        f"准考证 {fact.admission_number} 先前登记为缺考，现登记入场。",
        f"Ticket {fact.admission_number} was marked absent and has now entered.",
    )


@rule(
    "entry.absence_contradicted",
    zh="缺考登记与入场记录矛盾",
    en="Marked absent although entered",
    cites="absent_marked_after_minutes",
    on=CandidateAbsent,
    remedy=Sentence(
        "看座位：人在则更正缺考，人不在则查明离场时间并记录。",
        "Look at the seat: if the person is there withdraw the absence, if not find out when they left and record it.",
    ),
)
def absence_contradicted(fact: CandidateAbsent, state: RoomSitting) -> Verdict:
    """Absent is a state of its own; whoever entered and left is not absent."""
    entry = state.entries.get(fact.admission_number)
    if entry is None:
        return None
    return Sentence(
        f"准考证 {fact.admission_number} 已于 {time_of_day(entry.at)} 入场，却登记为缺考。",
        f"Ticket {fact.admission_number} entered at {time_of_day(entry.at)} but is marked absent.",
    )


@rule(
    "entry.absent_too_early",
    zh="停止入场前登记缺考",
    en="Marked absent before entry closed",
    cites="late_limit_minutes",
    on=CandidateAbsent,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "停止入场后再核对一次；考生到场的更正本条。",
        "Look again once entry is closed; withdraw this if the candidate came.",
    ),
)
def absent_too_early(state: RoomSitting, profile: Profile, circumstances: Circumstances) -> Verdict:
    """Until entry closes a candidate may still come."""
    closes = due("entry_closed", state, profile, circumstances)
    at = circumstances.stamped_at
    if at >= closes:
        return None
    return Sentence(
        f"{time_of_day(at)} 登记缺考，{time_of_day(closes)} 才停止入场。",
        f"Marked absent at {time_of_day(at)}; entry closes at {time_of_day(closes)}.",
    )


@rule(
    "entry.doubt_settled_by_two",
    zh="存疑须两人核定",
    en="A doubt is settled by two",
    cites="doubt_settled_by",
    on=DoubtSettled,
    remedy=Sentence(
        "请第二人比对证件照、报名照、入场照后签认。",
        "Let a second person compare card, registration and entry photographs and sign.",
    ),
)
def doubt_settled_by_two(circumstances: Circumstances, profile: Profile) -> Verdict:
    """No one decides alone who a person is."""
    wanted, there = profile.number("doubt_settled_by"), circumstances.persons
    if there >= wanted:
        return None
    return Sentence(
        f"存疑由 {there} 人核定，应为 {wanted} 人。",
        f"The doubt was settled by {there}, {wanted} are needed.",
    )


@rule(
    "entry.doubt_settled_late",
    zh="存疑未在本场内核定",
    en="A doubt settled after the sitting",
    cites="doubt_settled_by",
    on=DoubtSettled,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "写明延后核定的原因，保存比对材料。", "State why it was late and keep the material that was compared."
    ),
)
def doubt_settled_late(fact: DoubtSettled, state: RoomSitting, circumstances: Circumstances) -> Verdict:
    """In doubt means: admitted first, decided within the sitting."""
    if circumstances.stamped_at <= state.sitting.ends_at:
        return None
    return Sentence(
        f"准考证 {fact.admission_number} 的存疑在考试结束（{time_of_day(state.sitting.ends_at)}）后才核定。",
        f"The doubt about ticket {fact.admission_number} was settled after the end ({time_of_day(state.sitting.ends_at)}).",
    )


@rule(
    "entry.not_the_candidate",
    zh="核定为非本人",
    en="The person is not the candidate",
    cites=("JYB-33 6-5", "RSB-31 8(2)"),
    on=DoubtSettled,
    severity=Severity.URGENT,
    remedy=Sentence(
        "终止其考试，两人记录并留存比对材料，报主考并通知公安；另记违规记录。",
        "Stop the person, record it with two and keep the comparison, tell the site chief and the police; enter a violation record.",
    ),
)
def not_the_candidate(fact: DoubtSettled, profile: Profile) -> Verdict:
    """替考 leads to its clause in the packs of this exam."""
    if fact.is_candidate:
        return None
    clauses = "、".join(clause.citation for clause in profile.tagged("impersonation"))
    return Sentence(
        f"准考证 {fact.admission_number} 应试者核定为非本人，适用条款：{clauses}。",
        f"Whoever sits under ticket {fact.admission_number} is not the candidate; clauses: {clauses}.",
    )


def _entered_at(fact: CandidateAdmitted, circumstances: Circumstances) -> Instant:
    # What was written by hand during a power cut happened at the time on paper.
    return Instant(fact.written_at) if fact.written_at is not None else circumstances.stamped_at

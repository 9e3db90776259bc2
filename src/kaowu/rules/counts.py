"""Counts: the equations that have to close in a room and at a site.

People: expected = entered + absent. Sheets: issued = used + absent + spare +
void. Absentees and spare papers are part of every count; a paper that nobody
used is as secret as one that was.
"""

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Sentence, Severity
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.papers import PacketHandedOut, SheetsCounted
from kaowu.facts.settling import SittingReconciled
from kaowu.rules.profile import Profile
from kaowu.rules.registry import Verdict, rule

_AGAIN_ZH = "考生不得离场，两人重新清点；仍不平的写明差额并报告主考。"
_AGAIN_EN = "Nobody leaves; two persons count again; if it stays open write down the difference and tell the site chief."
_SHOWN = 5


@rule(
    "counts.sheets_equation",
    zh="清点不平：领取 ≠ 使用＋缺考＋备用＋作废",
    en="The count does not close: issued ≠ used + absent + spare + void",
    cites=("BM-2004 23", "count_tolerance"),
    on=SheetsCounted,
    severity=Severity.URGENT,
    remedy=Sentence(_AGAIN_ZH, _AGAIN_EN),
)
def sheets_equation(fact: SheetsCounted, profile: Profile) -> Verdict:
    """issued = used + absent + spare + void, within the tolerance of the profile."""
    total = fact.used + fact.absent + fact.spare + fact.void
    gap = total - fact.issued
    if abs(gap) <= profile.number("count_tolerance"):
        return None
    return Sentence(
        f"领取 {fact.issued} 份，使用 {fact.used}＋缺考 {fact.absent}＋备用 {fact.spare}＋作废 {fact.void}＝{total} 份，{'多' if gap > 0 else '少'} {abs(gap)} 份。",
        f"Issued {fact.issued}; used {fact.used} + absent {fact.absent} + spare {fact.spare} + void {fact.void} = {total}, {abs(gap)} {'more' if gap > 0 else 'fewer'}.",
    )


@rule(
    "counts.issued_differs",
    zh="清点的领取数与领卷记录不符",
    en="Issued differs from the hand-out",
    cites=("BM-2004 23", "count_tolerance"),
    on=SheetsCounted,
    remedy=Sentence(
        "对照交接单核对每袋份数，改正填错的一处。",
        "Compare with the handover slip packet by packet and correct the wrong one.",
    ),
)
def issued_differs(fact: SheetsCounted, state: RoomSitting) -> Verdict:
    """The room counts what the office says it gave."""
    if not state.packets or fact.issued == state.issued:
        return None
    return Sentence(
        f"清点填写领取 {fact.issued} 份，领卷记录为 {state.issued} 份。",
        f"The count says {fact.issued} issued, the hand-outs say {state.issued}.",
    )


@rule(
    "counts.used_differs",
    zh="使用份数与实到人数不符",
    en="Used differs from those present",
    cites=("BM-2004 23", "count_tolerance"),
    on=SheetsCounted,
    remedy=Sentence(_AGAIN_ZH, _AGAIN_EN),
)
def used_differs(fact: SheetsCounted, state: RoomSitting) -> Verdict:
    """One paper for each candidate in the room."""
    present = len(state.entries)
    if fact.used == present:
        return None
    return Sentence(
        f"使用 {fact.used} 份，实到 {present} 人，相差 {abs(fact.used - present)}。",
        f"{fact.used} sheets used, {present} candidates present: {abs(fact.used - present)} apart.",
    )


@rule(
    "counts.absent_differs",
    zh="缺考份数与缺考人数不符",
    en="Absentees' sheets differ from the absentees",
    cites="sheets_cover_absentees",
    on=SheetsCounted,
    remedy=Sentence(
        "核对缺考登记和缺考者试卷，改正填错的一处。",
        "Compare the absences with the absentees' papers and correct the wrong one.",
    ),
)
def absent_differs(fact: SheetsCounted, state: RoomSitting, profile: Profile) -> Verdict:
    """Bags, barcodes and counts cover the absent too, where the profile says so."""
    wanted = len(state.absent) if profile.yes_no("sheets_cover_absentees") else 0
    if fact.absent == wanted:
        return None
    return Sentence(
        f"缺考卷 {fact.absent} 份，缺考登记 {len(state.absent)} 人，应为 {wanted} 份。",
        f"{fact.absent} sheets of absentees, {len(state.absent)} marked absent: {wanted} expected.",
    )


@rule(
    "counts.everyone_accounted",
    zh="有考生既未入场也未登记缺考",
    en="Somebody neither entered nor is marked absent",
    cites="absent_marked_after_minutes",
    on=SheetsCounted,
    remedy=Sentence("逐座核对，补登入场或缺考。", "Go seat by seat and enter them as present or absent."),
)
def everyone_accounted(state: RoomSitting) -> Verdict:
    """expected = entered + absent: every seat of the plan has one of the two."""
    missing = sorted(set(state.seats) - set(state.entries) - state.absent)
    if not missing:
        return None
    named = "、".join(missing[:_SHOWN]) + ("…" if len(missing) > _SHOWN else "")
    return Sentence(
        f"应到 {len(state.seats)} 人中有 {len(missing)} 人无记录：{named}。",
        f"{len(missing)} of {len(state.seats)} expected have no record: {named.replace('、', ', ')}.",
    )


@rule(
    "counts.before_end",
    zh="考试结束前清点",
    en="Counted before the end",
    cites="minute_script",
    on=SheetsCounted,
    severity=Severity.ATTENTION,
    remedy=Sentence("结束后重新清点并登记。", "Count and enter it again after the end."),
)
def before_end(state: RoomSitting, circumstances: Circumstances) -> Verdict:
    """A count while candidates write counts nothing."""
    if circumstances.stamped_at >= state.sitting.ends_at:
        return None
    at, end = exam_time(circumstances.stamped_at), exam_time(state.sitting.ends_at)
    return Sentence(
        f"清点时间 {at:%H:%M}，考试 {end:%H:%M} 结束。",
        f"Counted at {at:%H:%M}; the exam ends at {end:%H:%M}.",
    )


@rule(
    "counts.too_few_sheets",
    zh="领卷份数少于应到人数",
    en="Fewer sheets than candidates",
    cites=("BM-2004 23", "sheets_per_packet"),
    on=PacketHandedOut,
    severity=Severity.URGENT,
    remedy=Sentence(
        "不要离开考务办公室，核对袋面份数；确实不足的报主考按备用卷程序处置。",
        "Do not leave the office; check the number on the packet; if it is short the site chief follows the spare-paper procedure.",
    ),
)
def too_few_sheets(fact: PacketHandedOut, state: RoomSitting) -> Verdict:
    """A shortage is found in the office, not at T−5 in the room."""
    of_subject = [p for p in state.packets.values() if p.subject == fact.subject]
    issued = fact.sheets + sum(packet.sheets for packet in of_subject)
    # Where a sitting holds several subjects a packet need not cover the whole room.
    if len(state.sitting.subjects) != 1 or issued >= len(state.seats):
        return None
    return Sentence(
        f"本考场应到 {len(state.seats)} 人，已领 {issued} 份，少 {len(state.seats) - issued} 份。",
        f"{len(state.seats)} candidates expected, {issued} sheets handed out: {len(state.seats) - issued} short.",
    )


@rule(
    "counts.sitting_open",
    zh="场次核对不平",
    en="The sitting does not close",
    cites=("JYB-33 20", "RSB-31 16"),
    on=SittingReconciled,
    remedy=Sentence(
        "逐考场查看不平的数目，更正或写明原因后由主考签字。",
        "Look at the rooms that do not close, correct them or write down why; the site chief signs.",
    ),
)
def sitting_open(fact: SittingReconciled) -> Verdict:
    """Both equations of a site's sitting, each named with its figures."""
    broken = []
    if fact.expected != fact.entered + fact.absent:
        broken.append(
            Sentence(
                f"应到 {fact.expected} 人 ≠ 实到 {fact.entered}＋缺考 {fact.absent}。",
                f"Expected {fact.expected} ≠ entered {fact.entered} + absent {fact.absent}.",
            )
        )
    total = fact.used + fact.absent_sheets + fact.spare + fact.void
    if fact.issued != total:
        broken.append(
            Sentence(
                f"领取 {fact.issued} 份 ≠ 使用 {fact.used}＋缺考 {fact.absent_sheets}＋备用 {fact.spare}＋作废 {fact.void}＝{total}。",
                f"Issued {fact.issued} ≠ used {fact.used} + absent {fact.absent_sheets} + spare {fact.spare} + void {fact.void} = {total}.",
            )
        )
    return broken


@rule(
    "counts.findings_open",
    zh="核对时仍有未结发现",
    en="Findings were open at the reconciliation",
    cites=("JYB-33 20", "RSB-31 16"),
    on=SittingReconciled,
    severity=Severity.ATTENTION,
    remedy=Sentence(
        "逐条处置或写明去向，列入考后复盘。", "Settle each or say where it goes, and take it into the review."
    ),
)
def findings_open(fact: SittingReconciled) -> Verdict:
    """A sitting may be signed with open findings, but not silently."""
    if fact.open_findings == 0:
        return None
    return Sentence(
        f"签认时仍有 {fact.open_findings} 条未结发现。",
        f"Findings still open when it was signed: {fact.open_findings}.",
    )

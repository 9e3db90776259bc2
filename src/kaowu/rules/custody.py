"""Custody of papers: who is present, when a packet may leave and be opened, which seal it bears.

Nobody is ever alone with papers, a packet is opened in its own room for its own
subject, not a minute early, and under the seal it left the office with. A room
once sat the wrong paper until the end because nobody compared; here every
opening is compared.
"""

from kaowu.basics.errors import Sentence, Severity
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.room_sitting import PacketState, RoomSitting
from kaowu.facts.papers import PacketCollected, PacketHandedOut, PacketUnsealed, SheetsCounted
from kaowu.rules.due import due, time_of_day
from kaowu.rules.profile import Profile
from kaowu.rules.registry import Verdict, rule

_TWO = ("handlers",)
_TWO_REMEDY = Sentence(
    "请第二人到场核对实物，各用自己的账号补签；主考查明单独接触的原因并写入考场情况记录。",
    "Let the second person check the packet and sign with an account of their own; the site chief finds out why one was alone and puts it into the room record.",
)


@rule(
    "custody.two_at_hand_out",
    zh="领卷须两人在场",
    en="Two persons at the hand-out",
    cites=_TWO,
    on=PacketHandedOut,
    severity=Severity.URGENT,
    remedy=_TWO_REMEDY,
)
def two_at_hand_out(circumstances: Circumstances, profile: Profile) -> Verdict:
    """A packet never leaves the office with one person."""
    return _enough_hands("领卷", "hand-out", circumstances, profile)


@rule(
    "custody.two_at_unsealing",
    zh="启封须两人在场",
    en="Two persons at the unsealing",
    cites=_TWO,
    on=PacketUnsealed,
    severity=Severity.URGENT,
    remedy=_TWO_REMEDY,
)
def two_at_unsealing(circumstances: Circumstances, profile: Profile) -> Verdict:
    """No one is alone with unsealed papers."""
    return _enough_hands("启封", "unsealing", circumstances, profile)


@rule(
    "custody.two_at_count",
    zh="清点须两人在场",
    en="Two persons at the count",
    cites=_TWO,
    on=SheetsCounted,
    remedy=_TWO_REMEDY,
)
def two_at_count(circumstances: Circumstances, profile: Profile) -> Verdict:
    """Both invigilators count together."""
    return _enough_hands("清点", "count", circumstances, profile)


@rule(
    "custody.two_at_collection",
    zh="回收须两人在场",
    en="Two persons at the collection",
    cites=_TWO,
    on=PacketCollected,
    severity=Severity.URGENT,
    remedy=_TWO_REMEDY,
)
def two_at_collection(circumstances: Circumstances, profile: Profile) -> Verdict:
    """Answer sheets are never alone with one person either."""
    return _enough_hands("回收", "collection", circumstances, profile)


@rule(
    "custody.hand_out_too_early",
    zh="早于规定时间领卷",
    en="Handed out before its time",
    cites="minute_script",
    on=PacketHandedOut,
    remedy=Sentence(
        "收回该袋，验明封条完好后按时重发；主考登记原因。",
        "Take the packet back, check that its seal is whole, hand it out on time; the site chief notes the reason.",
    ),
)
def hand_out_too_early(circumstances: Circumstances, state: RoomSitting, profile: Profile) -> Verdict:
    """The time lock of the hand-out: the step 领卷 of the minute script."""
    return _not_before("collect_papers", "领卷", "Hand-out", circumstances, state, profile)


@rule(
    "custody.unsealed_too_early",
    zh="早于规定时间启封",
    en="Unsealed before its time",
    cites="unseal_before_start",
    on=PacketUnsealed,
    severity=Severity.URGENT,
    remedy=Sentence(
        "立即报告主考；考场不得有人出入，已启封试卷由两人看守至规定时间。",
        "Tell the site chief at once; nobody leaves or enters the room, and two persons guard the open papers until the time.",
    ),
)
def unsealed_too_early(circumstances: Circumstances, state: RoomSitting, profile: Profile) -> Verdict:
    """The time lock of the unsealing: the step 启封 of the minute script."""
    return _not_before("unseal", "启封", "Unsealing", circumstances, state, profile)


@rule(
    "custody.collected_before_end",
    zh="考试结束前回收试卷",
    en="Collected before the end",
    cites="minute_script",
    on=PacketCollected,
    severity=Severity.URGENT,
    remedy=Sentence(
        "核对时钟；如提前收卷属实，立即报告主考，按补时程序报批。",
        "Check the clock; if it is true, tell the site chief at once and ask for approval to give the time back.",
    ),
)
def collected_before_end(circumstances: Circumstances, state: RoomSitting, profile: Profile) -> Verdict:
    """Papers collected early have taken time from candidates."""
    return _not_before("collect", "回收", "Collection", circumstances, state, profile)


@rule(
    "custody.not_handed_out",
    zh="启封或回收的试卷袋没有领卷记录",
    en="A packet without a hand-out",
    cites=("BM-2004 23", "handlers"),
    on=(PacketUnsealed, PacketCollected),
    remedy=Sentence(
        "核对袋号；确系本考场的，补录领卷；不是的，立即停止使用并报告主考。",
        "Check the number; if the packet is this room's, enter the hand-out; if not, stop and tell the site chief.",
    ),
)
def not_handed_out(fact: PacketUnsealed | PacketCollected, state: RoomSitting) -> Verdict:
    """The chain of a packet has no gap."""
    if fact.packet in state.packets:
        return None
    known = "、".join(state.packets) or "无"
    return Sentence(
        f"试卷袋 {fact.packet} 没有领卷记录；本考场已领：{known}。",
        f"Packet {fact.packet} has no hand-out; this room was handed: {', '.join(state.packets) or 'none'}.",
    )


@rule(
    "custody.seal_differs",
    zh="封条号与领卷时不符",
    en="The seal differs from the hand-out",
    cites=("BM-2004 22", "handlers"),
    on=PacketUnsealed,
    severity=Severity.URGENT,
    remedy=Sentence(
        "停止分发，两人复核封条；仍不符的按破损试卷袋报告、拍照并等待处置。",
        "Do not distribute; two persons read the seal again; if it still differs report it as a damaged packet, photograph it and wait.",
    ),
)
def seal_differs(fact: PacketUnsealed, state: RoomSitting) -> Verdict:
    """A packet is opened under the seal it left the office with."""
    packet = state.packets.get(fact.packet)
    if packet is None or packet.state is not PacketState.HANDED_OUT or packet.seal == fact.seal:
        return None
    return Sentence(
        f"试卷袋 {fact.packet} 领卷时封条号为 {packet.seal}，启封时为 {fact.seal}。",
        f"Packet {fact.packet} left under seal {packet.seal} and was opened under {fact.seal}.",
    )


@rule(
    "custody.unsealed_twice",
    zh="试卷袋重复启封",
    en="Unsealed twice",
    cites=("BM-2004 22", "handlers"),
    on=PacketUnsealed,
    remedy=Sentence(
        "核对是否重复登记；如属误记，更正其中一条。",
        "See whether it was entered twice; if so withdraw one record.",
    ),
)
def unsealed_twice(fact: PacketUnsealed, state: RoomSitting) -> Verdict:
    """A seal can be broken once."""
    packet = state.packets.get(fact.packet)
    if packet is None or packet.state is PacketState.HANDED_OUT:
        return None
    return Sentence(
        f"试卷袋 {fact.packet} 先前已启封或回收，本次又登记启封。",
        f"Packet {fact.packet} was unsealed or collected already and is entered as unsealed again.",
    )


@rule(
    "custody.wrong_subject",
    zh="试卷科目与本场不符",
    en="The packet's subject is not this sitting's",
    cites=("BM-2004 23", "handlers"),
    on=(PacketHandedOut, PacketUnsealed),
    severity=Severity.URGENT,
    remedy=Sentence(
        "不得分发；已启封的由两人封存看守，立即报告主考，按启错试卷预案处置。",
        "Do not distribute; if open, two persons keep it under seal; tell the site chief at once and follow the plan for a wrong paper.",
    ),
)
def wrong_subject(fact: PacketHandedOut | PacketUnsealed, state: RoomSitting) -> Verdict:
    """Room, seat and subject are compared at every opening (三核对)."""
    packet = state.packets.get(fact.packet)
    wanted = (packet.subject,) if packet and packet.subject else state.sitting.subjects
    if fact.subject in wanted and fact.subject in state.sitting.subjects:
        return None
    wanted = tuple(s for s in wanted if s in state.sitting.subjects) or state.sitting.subjects
    return Sentence(
        f"试卷袋 {fact.packet} 的科目是“{fact.subject}”，本场应为“{'、'.join(wanted)}”。",
        f"Packet {fact.packet} says “{fact.subject}”; this sitting needs “{', '.join(wanted)}”.",
    )


@rule(
    "custody.wrong_room",
    zh="试卷袋不属于本考场",
    en="The packet is another room's",
    cites="packet_number",
    on=(PacketHandedOut, PacketUnsealed),
    severity=Severity.URGENT,
    remedy=Sentence(
        "不得启封或分发，核对袋面考点、考场后退回换取。",
        "Do not open or distribute; compare site and room on the packet, return it and get the right one.",
    ),
)
def wrong_room(fact: PacketHandedOut | PacketUnsealed, state: RoomSitting, profile: Profile) -> Verdict:
    """Where packet numbers name their room, a packet is used in that room only."""
    if profile.line("packet_number").value is None:
        return None
    parts = profile.template_parts("packet_number", fact.packet)
    here = {"site": state.key.site, "room": state.key.room, "sitting": state.key.sitting}
    wrong = [name for name, value in parts.items() if name in here and value != here[name]]
    if not wrong:
        return None
    written = "/".join(parts[name] for name in wrong)
    actual = "/".join(here[name] for name in wrong)
    return Sentence(
        f"试卷袋 {fact.packet} 的编号指向 {written}，本考场是 {actual}。",
        f"Packet {fact.packet} is numbered for {written}; this is {actual}.",
    )


@rule(
    "custody.seal_witnesses",
    zh="验封考生不足",
    en="Too few candidates at the seal check",
    cites="seal_witnesses",
    on=PacketUnsealed,
    remedy=Sentence(
        "在考场情况记录单中补写验封考生及座位号，并说明未验封的原因。",
        "Enter the candidates and seats in the room record and say why the seal was not checked.",
    ),
)
def seal_witnesses(fact: PacketUnsealed, state: RoomSitting, profile: Profile) -> Verdict:
    """Candidates of this room check the seal and sign."""
    seats = {seat.seat_number for seat in state.seats.values()}
    strange = [seat for seat in fact.witnessed_by if seat not in seats]
    if strange:
        return Sentence(
            f"验封座位号 {'、'.join(strange)} 不在本考场。",
            f"The seats {', '.join(strange)} named at the seal check are not in this room.",
        )
    wanted, there = profile.number("seal_witnesses"), len(set(fact.witnessed_by))
    if there >= wanted:
        return None
    return Sentence(
        f"验封考生 {there} 名，应为 {wanted} 名。",
        f"{there} candidates checked the seal, {wanted} are needed.",
    )


@rule(
    "custody.seal_not_renewed",
    zh="回收时未换新封条",
    en="Collected without a new seal",
    cites=("BM-2004 6", "handlers"),
    on=PacketCollected,
    remedy=Sentence(
        "当面用新封条重新封装并登记新封条号。",
        "Reseal with a new seal before the receiver and note its number.",
    ),
)
def seal_not_renewed(fact: PacketCollected, state: RoomSitting) -> Verdict:
    """The seal that was broken cannot close the packet again."""
    packet = state.packets.get(fact.packet)
    if packet is None or packet.state is not PacketState.UNSEALED or packet.seal != fact.seal:
        return None
    return Sentence(
        f"试卷袋 {fact.packet} 回收时仍登记启封前的封条号 {fact.seal}。",
        f"Packet {fact.packet} came back under {fact.seal}, the seal that was broken.",
    )


@rule(
    "custody.damaged",
    zh="回收的试卷袋破损",
    en="A damaged packet came back",
    cites=("BM-2004 22", "handlers"),
    on=PacketCollected,
    remedy=Sentence(
        "报告并经批准后由指定的两人处理，拍照、清点、记录。",
        "Report it; with approval two named persons repair it, with photographs, a count and a record.",
    ),
)
def damaged(fact: PacketCollected) -> Verdict:
    """A damaged packet needs a report, an approval and two named persons."""
    if fact.state != "damaged":
        return None
    return Sentence(
        f"试卷袋 {fact.packet} 破损，份数 {fact.sheets}。",
        f"Packet {fact.packet} is damaged, {fact.sheets} sheets in it.",
    )


@rule(
    "custody.sheets_missing",
    zh="回收份数与领卷份数不符",
    en="Fewer or more sheets came back than went out",
    cites=("BM-2004 23", "count_tolerance"),
    on=PacketCollected,
    severity=Severity.URGENT,
    remedy=Sentence(
        "考生不得离开，两人重新清点，查看座位、桌斗和离场记录；仍不符的立即报告主考。",
        "Nobody leaves; two persons count again and look at desks and the list of those who left; if it stays, tell the site chief at once.",
    ),
)
def sheets_missing(fact: PacketCollected, state: RoomSitting, profile: Profile) -> Verdict:
    """What went out comes back, absentees' and spare papers included."""
    packet = state.packets.get(fact.packet)
    if packet is None or packet.sheets == 0:
        return None
    gap = fact.sheets - packet.sheets
    if abs(gap) <= profile.number("count_tolerance"):
        return None
    return Sentence(
        f"试卷袋 {fact.packet} 领出 {packet.sheets} 份，收回 {fact.sheets} 份，{'多' if gap > 0 else '少'} {abs(gap)} 份。",
        f"Packet {fact.packet} went out with {packet.sheets} sheets and came back with {fact.sheets}, {abs(gap)} {'more' if gap > 0 else 'fewer'}.",
    )


def _enough_hands(zh: str, en: str, circumstances: Circumstances, profile: Profile) -> Verdict:
    wanted, there = profile.number("handlers"), circumstances.persons
    if there < wanted:
        return Sentence(
            f"{zh}由 {there} 人签认，应为 {wanted} 人。",
            f"The {en} was signed by {there}, {wanted} are needed.",
        )
    if len({actor.post for actor in circumstances.actors}) < 2:
        return Sentence(
            f"{zh}的签认人同为一个岗位，应由不同岗位互相监督。",
            f"Those who signed the {en} hold one and the same post; different posts watch each other.",
        )
    return None


def _not_before(
    step: str, zh: str, en: str, circumstances: Circumstances, state: RoomSitting, profile: Profile
) -> Verdict:
    at, allowed = circumstances.stamped_at, due(step, state, profile, circumstances)
    if at >= allowed:
        return None
    minutes = -(-(allowed - at) // 60_000)
    return Sentence(
        f"{zh}时间 {time_of_day(at)}，规定不早于 {time_of_day(allowed)}，早了 {minutes} 分钟。",
        f"{en} at {time_of_day(at)}, not allowed before {time_of_day(allowed)}: {minutes} min early.",
    )

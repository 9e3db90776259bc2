"""Custody of papers on exam day: handed out, unsealed, counted, collected."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import choice, identifier, identifiers, number, text
from kaowu.facts.subjects import Subject


@fact(
    zh="试卷袋领出",
    en="Packet handed out",
    about=Subject.ROOM_SITTING,
    line_zh="试卷袋 {packet} 领出（{sheets} 份，封条 {seal}）",
    line_en="Packet {packet} handed out ({sheets} sheets, seal {seal})",
)
class PacketHandedOut(Fact):
    """A sealed packet left the site exam office for its room (领卷)."""

    packet: str = identifier(zh="试卷袋", en="Packet")
    seal: str = identifier(zh="封条号", en="Seal number")
    sheets: int = number(zh="份数", en="Sheets", at_most=500)
    subject: str = identifier(zh="科目", en="Subject")


@fact(
    zh="试卷袋启封",
    en="Packet unsealed",
    about=Subject.ROOM_SITTING,
    line_zh="试卷袋 {packet} 启封，封条 {seal}，考生 {witnessed_by} 验封",
    line_en="Packet {packet} unsealed, seal {seal}, checked by seats {witnessed_by}",
)
class PacketUnsealed(Fact):
    """The packet was opened in the room, before two candidates."""

    packet: str = identifier(zh="试卷袋", en="Packet")
    seal: str = identifier(zh="封条号", en="Seal number")
    subject: str = identifier(zh="核对科目", en="Subject on the packet")
    witnessed_by: tuple[str, ...] = identifiers(
        zh="验封考生座位号", en="Seats of the witnessing candidates", required=False
    )


@fact(
    zh="试卷清点",
    en="Sheets counted",
    about=Subject.ROOM_SITTING,
    line_zh="清点：领 {issued} = 用 {used} + 缺考 {absent} + 备用 {spare} + 作废 {void}",
    line_en="Count: issued {issued} = used {used} + absent {absent} + spare {spare} + void {void}",
)
class SheetsCounted(Fact):
    """The count equation of one room-sitting: issued = used + absent + spare + void."""

    issued: int = number(zh="领取", en="Issued", at_most=500)
    used: int = number(zh="使用", en="Used", at_most=500)
    absent: int = number(zh="缺考", en="Absent", at_most=500)
    spare: int = number(zh="备用", en="Spare", at_most=500)
    void: int = number(zh="作废", en="Void", at_most=500)


@fact(
    zh="试卷袋回收",
    en="Packet collected",
    about=Subject.ROOM_SITTING,
    line_zh="试卷袋 {packet} 封装回收，新封条 {seal}，{sheets} 份，{state}",
    line_en="Packet {packet} resealed and collected, new seal {seal}, {sheets} sheets, {state}",
)
class PacketCollected(Fact):
    """Resealed in front of the receiver and taken back to the site exam office."""

    packet: str = identifier(zh="试卷袋", en="Packet")
    seal: str = identifier(zh="新封条号", en="New seal number")
    sheets: int = number(zh="份数", en="Sheets", at_most=500)
    state: str = choice(
        ("intact", "完好", "intact"),
        ("damaged", "破损", "damaged"),
        zh="袋况",
        en="State",
    )
    remark: str = text(zh="说明", en="Remark", required=False, longest=500)

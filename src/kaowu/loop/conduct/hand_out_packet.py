"""领卷: a sealed packet goes from the site exam office to its room, two persons present."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.papers import PacketHandedOut
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_ROOM
from kaowu.rules.due import due, time_of_day


@duty(
    zh="发放试卷袋",
    en="Hand out a packet",
    records=PacketHandedOut,
    posts=(*AT_SITE_OFFICE, *IN_ROOM),
    persons=2,
    may_be_refused=True,
)
def hand_out_packet(room: RoomSitting, fact: PacketHandedOut, act: Act) -> PacketHandedOut:
    """Handing out is an intention: the packet still lies in the office, so it can be refused."""
    if fact.packet in room.packets:
        raise Refused(
            "packet_already_handed_out",
            Sentence(
                zh=f"不能领出：试卷袋 {fact.packet} 已经领出。",
                en=f"Cannot hand out: packet {fact.packet} was handed out already.",
            ),
            remedy=Sentence(zh="请核对袋号。", en="Check the number on the packet."),
        )
    if fact.subject not in room.sitting.subjects:
        wanted = "、".join(room.sitting.subjects)
        raise Refused(
            "packet_wrong_subject",
            Sentence(
                zh=f"不能领出：袋上科目是“{fact.subject}”，本场考“{wanted}”。",
                en=f"Cannot hand out: the packet says “{fact.subject}”, this sitting is “{wanted}”.",
            ),
            remedy=Sentence(
                zh="退回该袋，两人重新核对场次、考场、科目。",
                en="Return the packet; two persons check sitting, room and subject again.",
            ),
        )
    _require_not_early(room, act)
    return fact


def _require_not_early(room: RoomSitting, act: Act) -> None:
    """The time lock: a packet leaves the office at the minute of the script, not before (PAP-11)."""
    if act.profile is None:
        return
    opens = due("collect_papers", room, act.profile, act.circumstances)
    if act.intent.stamped_at < opens:
        raise Refused(
            "packet_too_early",
            Sentence(
                zh=f"不能领出：{time_of_day(opens)} 起才可领卷，现在 {time_of_day(act.intent.stamped_at)}。",
                en=f"Cannot hand out: papers are collected from {time_of_day(opens)} on, it is {time_of_day(act.intent.stamped_at)}.",
            ),
            clause=act.profile.cite("minute_script"),
            remedy=Sentence(
                zh=f"请在 {time_of_day(opens)} 后领卷。", en=f"Collect the papers after {time_of_day(opens)}."
            ),
        )

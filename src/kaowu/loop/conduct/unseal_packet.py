"""启封: the packet is opened in the room before two candidates."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.papers import PacketUnsealed
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_ROOM


@duty(zh="启封试卷袋", en="Unseal a packet", records=PacketUnsealed, posts=IN_ROOM, persons=2)
def unseal_packet(room: RoomSitting, fact: PacketUnsealed, act: Act) -> PacketUnsealed:
    """A deed: once the seal is broken it is recorded, with whatever the rules find."""
    return fact

"""回收: the packet is resealed before the receiver and comes back to the office."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.papers import PacketCollected
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_ROOM


@duty(
    zh="回收试卷袋",
    en="Collect a packet",
    records=PacketCollected,
    posts=(*AT_SITE_OFFICE, *IN_ROOM),
    persons=2,
)
def collect_packet(room: RoomSitting, fact: PacketCollected, act: Act) -> PacketCollected:
    """A deed: what came back is recorded as it came."""
    return fact

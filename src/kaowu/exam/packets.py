"""Which packets a room-sitting expects (应收试卷袋), as they were packed for the sealed plan: one for each room-sitting."""

from dataclasses import dataclass

from kaowu.facts.subjects import RoomSittingKey

SPARE_SHEETS = 1
"""A packet holds one paper more than there are candidates."""


@dataclass(frozen=True, slots=True)
class ExpectedPacket:
    """A packet that is to come to a room: its number, and how many papers are in it."""

    packet: str
    sheets: int


def packet_number(key: RoomSittingKey) -> str:
    """The number that stands on the packet and on every list."""
    return f"{key.site}-{key.room}-{key.sitting}-1"


def expected_packet(key: RoomSittingKey, candidates: int) -> ExpectedPacket:
    """The packet for a room-sitting in which so many are seated."""
    return ExpectedPacket(packet_number(key), candidates + SPARE_SHEETS)

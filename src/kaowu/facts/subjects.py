"""What a fact is about, and how that is written as one key.

The facts about one subject are folded together into one state, so the key is
also the unit of reading: a room-sitting of thirty candidates is some hundred
facts, never the whole exam.
"""

from dataclasses import dataclass
from enum import StrEnum


class Subject(StrEnum):
    """The kinds of subject."""

    EXAM = "exam"
    SITE = "site"
    ROOM_SITTING = "room_sitting"
    REGISTER = "register"


@dataclass(frozen=True, slots=True, order=True)
class RoomSittingKey:
    """One room in one sitting (考场场次), the unit of exam day."""

    sitting: str
    site: str
    room: str

    def __str__(self) -> str:
        return f"{self.sitting}/{self.site}/{self.room}"

    @classmethod
    def read(cls, text: str) -> "RoomSittingKey":
        """The key of its text form `sitting/site/room`; ValueError otherwise."""
        sitting, site, room = text.split("/")
        return cls(sitting, site, room)

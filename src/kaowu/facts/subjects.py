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
    DRAW = "draw"
    SCORES = "scores"


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


@dataclass(frozen=True, slots=True, order=True)
class DrawKey:
    """One draw (抽签) inside an exam: who sits where, who is sent where, who stands in which room.

    `seats` is the seat plan, `sent` sends people to sites, `rooms/<site>` draws a site's people to rooms for
    all sittings, `rooms/<site>/<sitting>` for one (一科一抽签).
    """

    kind: str
    site: str = ""
    sitting: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.kind, self.site, self.sitting) if part)

    @classmethod
    def read(cls, text: str) -> "DrawKey":
        """The key of its text form; ValueError otherwise."""
        kind, *place = text.split("/")
        wanted = {"seats": (0,), "sent": (0,), "rooms": (1, 2)}.get(kind, ())
        if len(place) not in wanted or not all(place):
            raise ValueError(f"{text!r} is not a draw")
        return cls(kind, *place)


@dataclass(frozen=True, slots=True, order=True)
class ScoreKey:
    """What belongs to scores (成绩): with nothing named the scores of the whole exam, else one bag of scripts.

    A bag holds what one room wrote in one subject; its points are entered by two persons.
    """

    subject: str = ""
    site: str = ""
    room: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in ("scores", self.subject, self.site, self.room) if part)

    @classmethod
    def read(cls, text: str) -> "ScoreKey":
        """The key of its text form; ValueError otherwise."""
        head, *place = text.split("/")
        if head != "scores" or len(place) not in (0, 3) or not all(place):
            raise ValueError(f"{text!r} is neither the scores nor a bag of scripts")
        return cls(*place)


SCORES = ScoreKey()
SEATS = DrawKey("seats")
SENT = DrawKey("sent")

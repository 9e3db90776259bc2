"""入场: one candidate enters the room."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.entry import CandidateAdmitted
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE


@duty(zh="考生入场", en="Admit a candidate", records=CandidateAdmitted, posts=AT_SITE)
def admit_candidate(room: RoomSitting, fact: CandidateAdmitted, act: Act) -> CandidateAdmitted:
    """A deed: nobody is turned away by a screen; doubt is written down and settled later."""
    return fact

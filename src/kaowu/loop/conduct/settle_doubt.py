"""存疑核定: two persons decide whether the person admitted in doubt is the candidate."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.entry import DoubtSettled
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE


@duty(
    zh="核定存疑考生",
    en="Settle a doubt",
    records=DoubtSettled,
    posts=AT_SITE,
    persons=2,
    may_be_refused=True,
)
def settle_doubt(room: RoomSitting, fact: DoubtSettled, act: Act) -> DoubtSettled:
    """A decision about a person: only for somebody admitted in doubt, never by one alone."""
    if fact.admission_number not in room.in_doubt:
        raise Refused(
            "not_in_doubt",
            Sentence(
                zh=f"不能核定：准考证 {fact.admission_number} 不在存疑名单。",
                en=f"Cannot settle: ticket {fact.admission_number} is not in doubt.",
            ),
        )
    return fact

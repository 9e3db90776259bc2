"""缺考登记: a candidate did not come."""

from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.entry import CandidateAbsent
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE


@duty(
    zh="登记缺考",
    en="Record an absence",
    records=CandidateAbsent,
    posts=AT_SITE,
    may_be_refused=True,
)
def record_absence(room: RoomSitting, fact: CandidateAbsent, act: Act) -> CandidateAbsent:
    """Refused only where the record itself says that the candidate is in the room."""
    entry = room.entries.get(fact.admission_number)
    if entry is not None:
        raise Refused(
            "absent_but_entered",
            Sentence(
                zh=f"不能登记缺考：准考证 {fact.admission_number} 已有入场记录。",
                en=f"Cannot record as absent: ticket {fact.admission_number} has entered.",
            ),
            remedy=Sentence(
                zh="如入场记录有误，先更正该记录，再登记缺考。",
                en="If the entry was recorded in error, withdraw that record first.",
            ),
        )
    if fact.admission_number not in room.seats:
        raise Refused(
            "not_expected_here",
            Sentence(
                zh=f"不能登记缺考：本考场本场没有准考证 {fact.admission_number}。",
                en=f"Cannot record as absent: ticket {fact.admission_number} is not expected in this room.",
            ),
            remedy=Sentence(zh="请核对准考证号。", en="Check the admission number."),
        )
    return fact

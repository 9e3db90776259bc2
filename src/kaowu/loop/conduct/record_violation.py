"""违规记录: what two officials saw, under which clause, told to the candidate."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.violations import ViolationRecorded
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE


@duty(
    zh="记录违规",
    en="Record a violation",
    records=ViolationRecorded,
    posts=(*AT_SITE, "video_invigilator", "patrol"),
    persons=2,
)
def record_violation(room: RoomSitting, fact: ViolationRecorded, act: Act) -> ViolationRecorded:
    """A deed was seen; an incomplete record is kept and the rules say what is missing."""
    return fact

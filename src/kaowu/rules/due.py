"""When a step of the minute script is due in a room-sitting, and how a time is written."""

from kaowu.basics.clock import Instant, exam_time
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.room_sitting import RoomSitting
from kaowu.rules.profile import Profile


def due(step: str, state: RoomSitting, profile: Profile, circumstances: Circumstances) -> Instant:
    """The instant of a step, with the minutes of this subject and of a first sitting."""
    sitting = state.sitting
    is_first = circumstances.plan.first_sitting == sitting.id
    return profile.step_at(step, sitting.starts_at, sitting.ends_at, sitting.subjects, is_first=is_first)


def time_of_day(at: Instant) -> str:
    """Hours and minutes on the exam's clock."""
    return f"{exam_time(at):%H:%M}"

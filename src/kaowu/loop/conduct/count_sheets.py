"""清点: the count equation of one room-sitting, by both invigilators."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.papers import SheetsCounted
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import IN_ROOM


@duty(zh="清点试卷", en="Count the sheets", records=SheetsCounted, posts=IN_ROOM, persons=2)
def count_sheets(room: RoomSitting, fact: SheetsCounted, act: Act) -> SheetsCounted:
    """The figures are recorded as counted, whether they balance or not."""
    return fact

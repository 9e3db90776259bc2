"""核对条形码: before the start, the sheet at each seat belongs to the seat, its candidate and the subject."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.sheet_bags import SheetCodeChecked
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_ROOM


@duty(
    zh="核对答题卡条码",
    en="Check the code of a sheet",
    records=SheetCodeChecked,
    posts=(*IN_ROOM, *AT_SITE_HEAD),
)
def check_sheet_code(room: RoomSitting, fact: SheetCodeChecked, act: Act) -> SheetCodeChecked:
    """What was found is recorded, whether it agrees or not."""
    return fact

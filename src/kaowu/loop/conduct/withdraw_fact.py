"""更正: an earlier record of this room-sitting was wrong and no longer counts."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.record import FactWithdrawn
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE


@duty(
    zh="更正记录",
    en="Withdraw a record",
    records=FactWithdrawn,
    posts=AT_SITE,
    persons=2,
    may_be_refused=True,
)
def withdraw_fact(room: RoomSitting, fact: FactWithdrawn, act: Act) -> FactWithdrawn:
    """Whether the named fact exists in this room-sitting is checked by the desk."""
    return fact

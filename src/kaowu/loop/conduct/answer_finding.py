"""销号: what was done about a finding; it is answered in words, never wiped."""

from kaowu.exam.room_sitting import RoomSitting
from kaowu.facts.record import FindingAnswered
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_OFFICE, IN_OFFICE


@duty(
    zh="发现销号",
    en="Answer a finding",
    records=FindingAnswered,
    posts=(*AT_SITE_OFFICE, *IN_OFFICE),
    may_be_refused=True,
)
def answer_finding(room: RoomSitting, fact: FindingAnswered, act: Act) -> FindingAnswered:
    """By the site's heads or the office; whether there is such a finding is checked by the desk."""
    return fact

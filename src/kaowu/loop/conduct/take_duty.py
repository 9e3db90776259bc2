"""到岗: who is drawn for a sitting reports at the post."""

from kaowu.exam.draw import Draw
from kaowu.facts.staffing import DutyTaken
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE, IN_OFFICE


@duty(
    zh="登记到岗",
    en="Report at the post",
    records=DutyTaken,
    posts=(*AT_SITE, *IN_OFFICE, "patrol"),
)
def take_duty(draw: Draw, fact: DutyTaken, act: Act) -> DutyTaken:
    """Whoever is there is there; saying it twice changes nothing."""
    return fact

"""驻点检查: the resident team signs in, goes through its list and writes down what it finds."""

from kaowu.exam.plan import ExamPlan
from kaowu.facts.inspection import InspectionFindingRecorded, SiteItemChecked, TeamMemberPresent
from kaowu.loop.duty import Act, duty
from kaowu.loop.posts import AT_SITE_HEAD, IN_OFFICE

_RECORDING = ("resident_inspector", *AT_SITE_HEAD, *IN_OFFICE)


@duty(zh="登记检查组到岗", en="Note a team member present", records=TeamMemberPresent, posts=_RECORDING)
def note_team_member(plan: ExamPlan, fact: TeamMemberPresent, act: Act) -> TeamMemberPresent:
    """Whoever was there is on record, whether of the team or not."""
    return fact


@duty(zh="核对检查项", en="Check an item of a site", records=SiteItemChecked, posts=_RECORDING)
def check_site_item(plan: ExamPlan, fact: SiteItemChecked, act: Act) -> SiteItemChecked:
    """It holds or it does not; the last look counts."""
    return fact


@duty(
    zh="登记检查发现",
    en="Record an inspection finding",
    records=InspectionFindingRecorded,
    posts=_RECORDING,
)
def record_inspection_finding(
    plan: ExamPlan, fact: InspectionFindingRecorded, act: Act
) -> InspectionFindingRecorded:
    """What was found stands as it was found."""
    return fact

"""Resident inspection teams (驻点检查组): which team stays at which site, who was there, what it saw."""

from kaowu.facts.catalogue import Fact, fact
from kaowu.facts.spelling import identifier, identifiers, instant, text, yes_no
from kaowu.facts.subjects import Subject


@fact(
    zh="驻点检查组派定",
    en="Inspection team assigned",
    about=Subject.EXAM,
    line_zh="考点 {site} 派驻检查组，组长 {leader}（{office}），组员 {members}",
    line_en="Team of {leader} ({office}) with {members} stays at site {site}",
)
class InspectionTeamAssigned(Fact):
    """One team, led by a leader of the bureau, stays at one site for the whole exam."""

    site: str = identifier(zh="考点", en="Site")
    leader: str = identifier(zh="组长工号", en="Staff number of the leader")
    office: str = text(zh="组长职务", en="Office of the leader", longest=60)
    members: tuple[str, ...] = identifiers(zh="组员工号", en="Staff numbers of the members", required=False)


@fact(
    zh="驻点检查组撤回",
    en="Inspection team withdrawn",
    about=Subject.EXAM,
    line_zh="考点 {site} 的驻点检查组撤回：{reason}",
    line_en="The team of site {site} is withdrawn: {reason}",
)
class InspectionTeamWithdrawn(Fact):
    """A site's team no longer goes there; another may be assigned."""

    site: str = identifier(zh="考点", en="Site")
    reason: str = text(zh="理由", en="Reason", longest=500)


@fact(
    zh="检查组到岗",
    en="Team member present",
    about=Subject.SITE,
    line_zh="{sitting} 场：检查组 {person} 到岗",
    line_en="Sitting {sitting}: {person} of the team is present",
)
class TeamMemberPresent(Fact):
    """Somebody of the team is at the site in a sitting."""

    sitting: str = identifier(zh="场次", en="Sitting")
    person: str = identifier(zh="工号", en="Staff number")
    written_at: int | None = instant(
        zh="纸面签到时间（补录）", en="Time on paper (entered later)", required=False
    )


@fact(
    zh="考点检查项核对",
    en="Site item checked",
    about=Subject.SITE,
    line_zh="检查项 {item} 符合：{holds}　{note}",
    line_en="Item {item} holds: {holds} {note}",
)
class SiteItemChecked(Fact):
    """An item of the team's list was looked at: it holds or it does not."""

    sitting: str = identifier(zh="场次", en="Sitting")
    item: str = identifier(zh="检查项", en="Item")
    holds: bool = yes_no(zh="符合", en="Holds")
    note: str = text(zh="说明", en="Note", required=False, longest=500)


@fact(
    zh="驻点检查发现",
    en="Inspection finding recorded",
    about=Subject.SITE,
    line_zh="{sitting} 场检查发现：{found}　已告知 {told}　建议 {advice}",
    line_en="Sitting {sitting}, found: {found} Told: {told} Advice: {advice}",
)
class InspectionFindingRecorded(Fact):
    """What the team found, whom it told at once, and what it advises."""

    sitting: str = identifier(zh="场次", en="Sitting")
    room: str = identifier(zh="考场", en="Room", required=False)
    found: str = text(zh="发现的问题", en="What was found", longest=1000)
    told: str = text(zh="当场告知（岗位）", en="Told at once (post)", longest=60)
    advice: str = text(zh="改进建议", en="Advice", required=False, longest=500)

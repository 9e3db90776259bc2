"""Resident inspection teams on record: assigned by the office, seen at the site, printed as a list."""

from collections.abc import Iterable, Sequence

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.facts.envelope import Actor
from kaowu.facts.inspection import (
    InspectionFindingRecorded,
    InspectionTeamAssigned,
    InspectionTeamWithdrawn,
    SiteItemChecked,
    TeamMemberPresent,
)
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.assign_inspection_team import require_free
from kaowu.loop.profile_of_exam import profile_of
from kaowu.reports.inspection_teams import InspectionTeams, TeamMember, TeamOfSite
from kaowu.reports.registry import document
from kaowu.rules.inspection import POST
from kaowu.rules.load import rulebook
from kaowu.rules.model import ChecklistItem
from kaowu.store.queries import duties, exams, inspection
from kaowu.store.queries.duties import StaffLine
from kaowu.web.counter import record
from kaowu.web.works.paper_heads import exam_head, printed_at


def assign(exam: str, site: str, leader: str, office: str, members: Sequence[str], actor: Actor) -> Receipt:
    """Send a team to a site. Refused if somebody is unknown, or has a place in this exam already."""
    people = [leader, *members]
    unknown = sorted(set(people) - duties.people(people).keys())
    if unknown:
        raise Refused(
            "person_unknown",
            Sentence(
                f"不能派驻：名录中没有工号 {'、'.join(unknown)}。",
                f"Cannot assign: no staff number {', '.join(unknown)} in the register.",
            ),
        )
    require_free(people, inspection.drawn_people(exam, people))
    fact = InspectionTeamAssigned(site=site, leader=leader, office=office, members=tuple(members))
    return record(fact, actor, exam=exam, subject=exam, site=site)


def withdraw(exam: str, site: str, reason: str, actor: Actor) -> Receipt:
    """Take a site's team back. Raises Refused."""
    return record(
        InspectionTeamWithdrawn(site=site, reason=reason), actor, exam=exam, subject=exam, site=site
    )


def note_present(exam: str, site: str, sitting: str, person: str, actor: Actor) -> Receipt:
    """Somebody of the team is there."""
    return _at_site(exam, site, TeamMemberPresent(sitting=sitting, person=person), actor)


def check_item(
    exam: str, site: str, sitting: str, item: str, holds: bool, note: str, actor: Actor
) -> Receipt:
    """An item of the team's list was looked at."""
    fact = SiteItemChecked(sitting=sitting, item=item, holds=holds, note=note)
    return _at_site(exam, site, fact, actor)


def note_finding(exam: str, site: str, fact: InspectionFindingRecorded, actor: Actor) -> Receipt:
    """What the team found."""
    return _at_site(exam, site, fact, actor)


def items() -> tuple[ChecklistItem, ...]:
    """The team's list, as rule data have it."""
    found = rulebook().checklists.get(POST)
    return found.items if found else ()


def people_of(teams: Iterable[InspectionTeamAssigned]) -> dict[str, StaffLine]:
    """Everybody on these teams, by staff number."""
    return duties.people(person for team in teams for person in (team.leader, *team.members))


def list_of(exam: str, sites: Sequence[tuple[str, str]]) -> bytes:
    """The list of teams as a PDF; its version is the digest of what it lists."""
    line, plan = exams.exam(exam), exams.plan(exam)
    profile = profile_of(plan)
    assert line is not None and profile is not None
    teams = {site: plan.inspection_teams.get(site) for site, _ in sites}
    known = people_of(team for team in teams.values() if team)
    told = InspectionTeams(
        exam_head(line, profile),
        tuple(_team(site, name, teams[site], known) for site, name in sites),
        checks=tuple(item.text.zh for item in items()),
    )
    version = digest(repr(sorted((s, t.leader, t.members) for s, t in teams.items() if t)).encode())
    return document("inspection-teams").render(told, printed_at(exam), version.hex())


def sites_of(exam: str) -> list[tuple[str, str]]:
    """The sites of an exam, by code and name."""
    return [(site, name) for site, name, *_rest in exams.sites(exam)]


def _team(
    site: str, name: str, team: InspectionTeamAssigned | None, known: dict[str, StaffLine]
) -> TeamOfSite:
    if team is None:
        return TeamOfSite(site, name)
    leader = known.get(team.leader)
    return TeamOfSite(
        site,
        name,
        TeamMember(leader.name if leader else team.leader, team.office, leader.phone if leader else ""),
        tuple(TeamMember(known[one].name if one in known else one) for one in team.members),
    )


def _at_site(
    exam: str,
    site: str,
    fact: TeamMemberPresent | SiteItemChecked | InspectionFindingRecorded,
    actor: Actor,
) -> Receipt:
    return record(fact, actor, exam=exam, subject=site, site=site)

"""驻点检查组名单 · resident inspection teams: one team for every site, led by somebody of the bureau.

Sites without a team stand first; the head says how many sites have one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kaowu.reports.contents import ExamHead
from kaowu.reports.document import Document, Page, Phase, Scope
from kaowu.reports.lettering import fitted, wrapped, written
from kaowu.reports.page_breaks import Row, broken
from kaowu.reports.samples import EXAM
from kaowu.reports.typesetting import Code

_PAGE_MM = 232.0


@dataclass(frozen=True, slots=True)
class TeamMember:
    """One of a team, with the office held."""

    name: str
    unit: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class TeamOfSite:
    """A site with its team; without a leader it has none."""

    site_code: str
    site: str
    leader: TeamMember | None = None
    members: tuple[TeamMember, ...] = ()


@dataclass(frozen=True, slots=True)
class InspectionTeams:
    """The teams of one exam, and what each checks at its site (Chinese sentences)."""

    exam: ExamHead
    teams: tuple[TeamOfSite, ...]
    checks: tuple[str, ...] = ()


LAYOUT = r"""
#import "paper.typ": *

#let columns = (46mm, 42mm, 26mm, 1fr, 22mm)
#let names-head(r) = table(columns: columns, rows: r.mm * 1mm, align: center + horizon, inset: (x: 1mm, y: 0mm), fill: shade,
  ..("考点", "组长", "电话", "组员", "签到").map(t => text(size: cell, t)))
#let team(r) = table(columns: columns, rows: r.mm * 1mm, align: (start + horizon, start + horizon, center + horizon, start + horizon, center), inset: (x: 1.2mm, y: 0mm),
  stack(spacing: 1mm, fitted(r.site), text(size: caption, r.code)), if r.leader == none { text(weight: "bold")[◆ 未派] } else { stack(spacing: 1mm, fitted(r.leader), fitted(r.unit, weight: "regular")) },
  text(size: cell, r.phone), fitted(r.members, weight: "regular"), [])
#let heading(r) = block(height: r.mm * 1mm, width: 100%, align(bottom, pad(bottom: 1.6mm, text(size: lead, weight: "bold", r.text))))
#let check(r) = block(height: r.mm * 1mm, width: 100%, grid(columns: (6mm, 1fr), tick, text(size: cell, r.lines.map(l => say(l)).join(linebreak()))))
#let kinds = (names-head: names-head, team: team, heading: heading, check: check)

#let page-of(d) = frame(d, left: [每个考点派驻一组，由局领导带队，考试全程在岗], {
  head("驻点检查组名单", d.exam, (
    field("组织", fitted-inline(d.authority)), field("已派", text(size: cell, weight: "bold", d.complete))), code: d.code, tracking: 0.1em)
  v(2mm)
  stack(spacing: 0mm, ..d.rows.map(r => kinds.at(r.kind)(r)))
  v(1fr)
  if d.last { signatures("制表人", "批准人", ("时间", 34mm)) }
})
"""


def pages(told: InspectionTeams) -> list[Page]:
    """The teams, and on the last page what they check."""
    sent = sum(team.leader is not None for team in told.teams)
    head = {
        "exam": fitted(told.exam.name, 50, 7.8, height_mm=6.6),
        "authority": fitted(told.exam.authority, 54, 10.5, height_mm=6),
        "complete": f"{sent:,}/{len(told.teams):,} 个考点",
        "code": Code(f"KW:inspection:{told.exam.exam_id}"),
    }
    parts = broken(list(_rows(told)), _PAGE_MM)
    return [{**head, "rows": rows, "last": at == len(parts)} for at, rows in enumerate(parts, start=1)]


def _rows(told: InspectionTeams) -> Iterator[Row[Page]]:
    yield _NAMES
    for team in sorted(told.teams, key=lambda one: (one.leader is not None, one.site_code)):
        yield _team(team)
    if told.checks:
        yield Row({"kind": "heading", "text": "到点检查", "mm": 11.0}, 11.0, with_next=True)
    for check in told.checks:
        lines = wrapped(check, 181, 9)
        height = 4.4 * len(lines) + 1.6
        yield Row({"kind": "check", "lines": [written(line) for line in lines], "mm": height}, height)


_NAMES: Row[Page] = Row({"kind": "names-head", "mm": 6.4}, 6.4, with_next=True)


def _team(team: TeamOfSite) -> Row[Page]:
    members = "、".join(member.name for member in team.members)
    leader = team.leader
    height = 11.5
    shown = {
        "kind": "team",
        "code": team.site_code,
        "site": fitted(team.site, 43, 10.5, height_mm=6.5),
        "leader": None if leader is None else fitted(leader.name, 39, 10.5, height_mm=5, lines=1),
        "unit": fitted(leader.unit if leader else "", 39, 8, height_mm=4, lines=1),
        "phone": leader.phone if leader else "",
        "members": fitted(members or "—", 49, 9.5, height_mm=10, lines=3),
        "mm": height,
    }
    return Row(shown, height, under=_NAMES)


def sample_teams() -> InspectionTeams:
    """Three sites, one of them without a team yet."""
    return InspectionTeams(
        EXAM,
        teams=(
            TeamOfSite("0301", "望川县第一中学考点", TeamMember("梁望舒", "澜州市教育局副局长", "0000-1112223"), (TeamMember("岑立行"), TeamMember("买买提依明·阿卜杜热合曼"))),
            TeamOfSite("0302", "澜州市实验中学（东校区）考点"),
            TeamOfSite("0303", "澜州师范学校附属中学考点", TeamMember("欧阳䶮", "澜州市教育局总督学", "0000-1112224"), (TeamMember("丁𬎆"),)),
        ),
        checks=("核对考务人员到岗、考场布置和通道封闭", "接待室已取消：考点内没有接待室和休息茶点"),
    )  # fmt: skip


document = Document(
    id="inspection-teams",
    zh="驻点检查组名单",
    en="Resident inspection teams",
    phase=Phase.PREPARE,
    scope=Scope.EXAM,
    pages=pages,
    layout=LAYOUT,
    sample=sample_teams,
)

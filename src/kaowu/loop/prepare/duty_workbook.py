"""监考安排表: a list of duties that came back as a workbook, read row by row.

The file holds one duty a row, as the house wrote it. Staff numbers count; a
name that belongs to another number is a fault of the row, so that a slip of a
line cannot move somebody silently. Every fault of every row is said at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kaowu.basics.errors import Sentence
from kaowu.engines.draw import DrawPlan, Duty
from kaowu.engines.roster.reading import read_tables
from kaowu.loop.prepare.register_table import Column, RegisterRow, RowIssue, find_table

HEADER = ("场次", "考点", "考场", "岗位", "岗位代码", "工号", "姓名", "性别", "单位", "锁定")
WIDTHS = (8, 10, 8, 18, 22, 14, 14, 6, 30, 6)

_COLUMNS = (
    Column("sitting", ("场次",), required=True),
    Column("site", ("考点", "考点代码"), required=True),
    Column("room", ("考场", "考场号"), required=True),
    Column("post_name", ("岗位",)),
    Column("post", ("岗位代码",), required=True),
    Column("person", ("工号", "人员编号"), required=True),
    Column("name", ("姓名",)),
    Column("sex", ("性别",)),
    Column("unit", ("单位",)),
    Column("locked", ("锁定",)),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What the rows may speak of."""

    sittings: frozenset[str]
    rooms: frozenset[str]
    posts: Mapping[str, Sentence]
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DutyWorkbook:
    """The duties of a workbook with the file's row of each, and what is wrong with rows."""

    duties: tuple[Duty, ...]
    rows: Mapping[Duty, int]
    issues: tuple[RowIssue, ...]


def read_duties(content: bytes, name: str, site: str, known: Known) -> DutyWorkbook:
    """Read a workbook of duties. Refused if it is no table; faults of rows are issues."""
    table = find_table(
        read_tables(content, name).sheets, _COLUMNS, Sentence("监考安排表", "the list of duties")
    )
    duties: list[Duty] = []
    rows: dict[Duty, int] = {}
    for row in table.rows():
        duty = _duty(row, site, known)
        if duty is None:
            continue
        if duty in rows:
            row.blame(
                "person", "duplicate",
                Sentence(f"与第 {rows[duty]} 行相同", f"the same as row {rows[duty]}"),
                Sentence("请删去一行", "delete one of them"),
            )  # fmt: skip
            continue
        duties.append(duty)
        rows[duty] = row.number
    issues = tuple(sorted(table.issues, key=lambda issue: issue.row))
    return DutyWorkbook(tuple(sorted(duties)), rows, issues)


def with_duties(plan: DrawPlan, duties: tuple[Duty, ...]) -> DrawPlan:
    """The list as the workbook has it; everything else of the plan stays."""
    return DrawPlan(
        plan.problem, plan.seed_digest, plan.engine, plan.sent, duties, plan.reasons, dict(plan.figures)
    )


def _duty(row: RegisterRow, site: str, known: Known) -> Duty | None:
    """The duty of one row; None (with its faults written down) if a code means nothing here."""
    sitting, room = row.text("sitting"), row.text("room")
    post, person = _post(row, known), row.required("person")
    before = len(row.table.issues)
    if sitting not in known.sittings:
        _unknown(row, "sitting", sitting, "场次", "sitting")
    if row.text("site") not in ("", site):
        _unknown(row, "site", row.text("site"), "考点（本表只含一个考点）", "site (this list is of one site)")
    if room and room not in known.rooms:
        _unknown(row, "room", room, "考场", "room")
    if post not in known.posts:
        _unknown(row, "post", post, "岗位", "post")
    if person and person not in known.names:
        _unknown(row, "person", person, "本考点人员的工号", "staff number of this site")
    elif person:
        _same_name(row, person, known)
    if len(row.table.issues) > before or not person:
        return None
    return Duty(sitting, site, room, post, person)


def _post(row: RegisterRow, known: Known) -> str:
    """The code; the name of the post where the code was left out."""
    code = row.text("post")
    if code:
        return code
    name = row.text("post_name")
    return next((post for post, title in known.posts.items() if name in (title.zh, title.en)), name)


def _same_name(row: RegisterRow, person: str, known: Known) -> None:
    name, registered = row.text("name"), known.names[person]
    if name and registered and name != registered:
        row.blame(
            "name", "name_of_another",
            Sentence(f"工号 {person} 的姓名不是“{name}”", f"staff number {person} is not named “{name}”"),
            Sentence("请核对这一行的工号和姓名", "check number and name of this row"),
        )  # fmt: skip


def _unknown(row: RegisterRow, field: str, value: str, zh: str, en: str) -> None:
    row.blame(
        field, "unknown_key",
        Sentence(f"没有这个{zh}：“{value}”", f"there is no such {en}: “{value}”"),
        Sentence("请按下载的表格填写", "use what stands in the file as it was downloaded"),
    )  # fmt: skip

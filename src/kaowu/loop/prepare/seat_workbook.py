"""座位编排表: a seat plan that came back as a workbook; what differs in it from the seats in force.

Candidate numbers count. Columns that the house wrote for people to read (name,
school) are compared, so that a slip of a line moves nobody silently. A row
that is missing leaves its candidate where he sits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaowu.basics.errors import Sentence
from kaowu.basics.seat_grid import seat_of_text
from kaowu.engines.roster.reading import read_tables
from kaowu.loop.prepare.register_table import Column, RegisterRow, RowIssue, find_table
from kaowu.loop.prepare.seat_table import SeatLine

HEADER = (
    "场次", "考点", "考点名称", "考场", "座位", "准考证号", "考生号", "姓名", "性别", "学校", "外语语种", "科目",
)  # fmt: skip
WIDTHS = (8, 10, 28, 8, 6, 20, 17, 14, 6, 28, 10, 40)

_COLUMNS = (
    Column("sitting", ("场次",)),
    Column("site", ("考点", "考点代码"), required=True),
    Column("site_name", ("考点名称",)),
    Column("room", ("考场", "考场号"), required=True),
    Column("seat", ("座位", "座位号"), required=True),
    Column("admission_number", ("准考证号",)),
    Column("candidate", ("考生号",), required=True),
    Column("name", ("姓名",)),
    Column("sex", ("性别",)),
    Column("school", ("学校",)),
    Column("language", ("外语语种",)),
    Column("subjects", ("科目",)),
)

Desk = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class SeatWorkbook:
    """The seats that differ (by seating and candidate), how many rows were read, what is wrong with rows."""

    targets: Mapping[tuple[str, str], Desk]
    rows: int
    issues: tuple[RowIssue, ...]


def read_seat_workbook(
    content: bytes,
    name: str,
    lines: Sequence[SeatLine],
    rooms: frozenset[tuple[str, str]],
    names: Mapping[str, str],
    over: frozenset[str] = frozenset(),
) -> SeatWorkbook:
    """Read a workbook against the seats that can still change. Refused if it is no table.

    Rows of sittings that have begun (`over`) are passed over.
    """
    table = find_table(
        read_tables(content, name).sheets, _COLUMNS, Sentence("座位编排表", "the list of seats")
    )
    sits = {(line.sitting, line.candidate): line for line in lines}
    only = {line.sitting for line in lines}
    targets: dict[tuple[str, str], Desk] = {}
    seen: dict[tuple[str, str], int] = {}
    for row in table.rows():
        said = row.text("sitting")
        if said and set(said.split(",")) <= over:
            continue
        seating = said or (next(iter(only)) if len(only) == 1 else "")
        key = (seating, row.required("candidate"))
        if key not in sits:
            _blame(
                row, "candidate", "unknown", f"没有座位的考生号：{key[1]}", f"{key[1]} has no seat to change"
            )
            continue
        if key in seen:
            _blame(row, "candidate", "duplicate", f"与第 {seen[key]} 行重复", f"the same as row {seen[key]}")
            continue
        seen[key] = row.number
        desk = _desk(row, rooms)
        if row.text("name") and row.text("name") != names.get(key[1], ""):
            _blame(
                row,
                "name",
                "another_name",
                "姓名与考生号不符，可能错行",
                "the name belongs to another number",
            )
        elif desk is not None and desk != _held(sits[key]):
            targets[key] = desk
    return SeatWorkbook(targets, len(seen), tuple(sorted(table.issues, key=lambda issue: issue.row)))


def _desk(row: RegisterRow, rooms: frozenset[tuple[str, str]]) -> Desk | None:
    site, room, seat = row.required("site"), row.required("room"), row.required("seat")
    # A spreadsheet may have eaten the zeros before a room's number.
    room = next((known for at, known in rooms if at == site and known.lstrip("0") == room.lstrip("0")), room)
    if (site, room) not in rooms:
        _blame(row, "room", "unknown", f"没有 {site} 考点 {room} 考场", f"there is no room {room} at {site}")
        return None
    try:
        return site, room, seat_of_text(seat)
    except ValueError:
        _blame(row, "seat", "unknown", f"“{seat}”不是座位号", f"{seat!r} is no seat number")
        return None


def _held(line: SeatLine) -> Desk:
    return line.site, line.room, seat_of_text(line.seat)


def _blame(row: RegisterRow, column: str, code: str, zh: str, en: str) -> None:
    row.blame(column, code, Sentence(zh, en), Sentence("请改正本行", "correct this row"))

"""导入考点考场: a workbook of sites, rooms, entrances and schools becomes register entries, all or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kaowu.basics.errors import Sentence
from kaowu.basics.seat_grid import columns_of_layout
from kaowu.engines.roster.reading import read_tables
from kaowu.engines.roster.workbook import Sheet
from kaowu.loop.prepare.register_table import (
    Column,
    RegisterRow,
    RegisterTable,
    RowIssue,
    find_table,
    known,
    unique,
)

_SITE = Sentence("考点代码", "site code")
_SCHOOL_CODE = Sentence("学校代码", "school code")
_ROOM_KINDS = {"标准考场": "standard", "普通考场": "standard", "备用考场": "spare", "隔离考场": "isolation"}
_CORNERS = {
    "前门左侧": "front_left",
    "前门右侧": "front_right",
    "后门左侧": "back_left",
    "后门右侧": "back_right",
}
_EQUIPMENT = {
    "有": "present",
    "正常": "present",
    "是": "present",
    "无": "absent",
    "否": "absent",
    "待修": "repair",
    "故障": "repair",
}

_SITES = (
    Column("code", ("考点代码", "考点编码", "考点编号"), required=True),
    Column("second_code", ("第二考点代码",)),
    Column("name", ("考点名称", "考点"), required=True),
    Column("school", ("所在学校代码", "学校代码")),
    Column("county", ("县区代码", "县（市、区）代码", "区县代码"), required=True),
    Column("county_name", ("县区", "县（市、区）", "区县")),
    Column("longitude", ("经度",)),
    Column("latitude", ("纬度",)),
    Column("buildings", ("教学楼数",)),
    Column("backup_power", ("备用电源",)),
    Column("jammers_per_floor", ("屏蔽器数量_每层", "每层屏蔽器数")),
    Column("medical_point", ("医疗点",)),
    Column("listening_systems", ("听力播放系统套数",)),
    Column("watch_phone", ("值班电话",)),
)
_ROOMS = (
    Column("site", ("考点代码", "考点编码", "考点编号"), required=True),
    Column("number", ("考场序号", "考场号", "考场编号"), required=True),
    Column("kind", ("场所类型", "考场类型", "考场类别")),
    Column("building", ("教学楼", "楼号", "楼名"), required=True),
    Column("floor", ("楼层",)),
    Column("door_number", ("门牌号", "教室")),
    Column("capacity", ("容量", "座位数"), required=True),
    Column("layout", ("座位布局", "布局")),
    Column("start_corner", ("一号座位", "1号座位")),
    Column("cameras", ("摄像机数",)),
    Column("clock", ("挂钟",)),
    Column("speaker", ("广播",)),
    Column("identity_terminal", ("身份验证终端",)),
    Column("jammer", ("信号屏蔽器",)),
    Column("air_conditioning", ("空调",)),
    Column("step_free", ("无障碍",)),
    Column("area_m2", ("面积_平方米", "面积")),
    Column("desk_distance_m", ("最小座距_米", "最小座距")),
)
_ENTRANCES = (
    Column("site", ("考点代码", "考点编码"), required=True),
    Column("number", ("入口序号",), required=True),
    Column("place", ("位置", "入口名称"), required=True),
    Column("screening_gates", ("智能安检门数",)),
    Column("metal_wands", ("手持金属探测器数",)),
    Column("face_terminals", ("人脸识别终端数",)),
    Column("lanes", ("安检通道数",)),
    Column("step_free", ("无障碍通道",)),
)
_SCHOOLS = (
    Column("code", ("学校代码",), required=True),
    Column("name", ("学校名称",), required=True),
    Column("county", ("县区代码", "区县代码"), required=True),
    Column("county_name", ("县区", "区县")),
    Column("longitude", ("经度",)),
    Column("latitude", ("纬度",)),
)


@dataclass(frozen=True, slots=True)
class NewCounty:
    """A county as sites and schools name it."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class NewSchool:
    """A school as the workbook gives it."""

    code: str
    name: str
    county: str
    longitude: Decimal | None
    latitude: Decimal | None


@dataclass(frozen=True, slots=True)
class NewSite:
    """A site as the workbook gives it."""

    code: str
    second_code: str
    name: str
    school: str
    county: str
    longitude: Decimal | None
    latitude: Decimal | None
    buildings: int
    backup_power: str
    jammers_per_floor: int
    medical_point: str
    listening_systems: int
    watch_phone: str


@dataclass(frozen=True, slots=True)
class NewRoom:
    """A room as the workbook gives it; `columns` is the layout with hyphens, empty without fixed desks."""

    site: str
    number: str
    kind: str
    building: str
    floor: int
    door_number: str
    capacity: int
    columns: str
    start_corner: str
    cameras: int
    clock: str
    speaker: str
    identity_terminal: str
    jammer: str
    air_conditioning: str
    step_free: bool
    area_m2: Decimal | None
    desk_distance_m: Decimal | None


@dataclass(frozen=True, slots=True)
class NewEntrance:
    """An entrance as the workbook gives it."""

    site: str
    number: int
    place: str
    screening_gates: int
    metal_wands: int
    face_terminals: int
    lanes: int
    step_free: bool


@dataclass(frozen=True, slots=True)
class Venues:
    """What a workbook of venues holds, and what is wrong with it."""

    counties: tuple[NewCounty, ...]
    schools: tuple[NewSchool, ...]
    sites: tuple[NewSite, ...]
    rooms: tuple[NewRoom, ...]
    entrances: tuple[NewEntrance, ...]
    issues: tuple[RowIssue, ...]
    ignored_columns: tuple[str, ...]

    @property
    def seats(self) -> int:
        """Seats of standard rooms."""
        return sum(room.capacity for room in self.rooms if room.kind == "standard")


def read_venues(
    content: bytes, name: str = "", *, school_exists: Callable[[str], bool] = lambda code: False,
    county_exists: Callable[[str], bool] = lambda code: True,
) -> Venues:  # fmt: skip
    """Read a workbook of venues. Refused if it is no table; faults of rows are issues.

    A site may name a school that the workbook does not hold, if the register knows it.
    """
    sheets = read_tables(content, name).sheets
    sites = find_table(_named(sheets, "考点"), _SITES, Sentence("考点表", "the list of sites"))
    rooms = find_table(_named(sheets, "考场"), _ROOMS, Sentence("考场表", "the list of rooms"))
    entrances = _optional(sheets, "入口", _ENTRANCES)
    schools = _optional(sheets, "学校", _SCHOOLS)
    tables = [table for table in (schools, sites, rooms, entrances) if table]

    school_rows = [(row, _school(row)) for row in schools.rows()] if schools else []
    site_rows = [(row, _site(row)) for row in sites.rows()]
    room_rows = [(row, _room(row)) for row in rooms.rows()]
    entrance_rows = [(row, _entrance(row)) for row in entrances.rows()] if entrances else []

    school_codes, site_codes = {item.code for _, item in school_rows}, {item.code for _, item in site_rows}
    unique([(row, item.code) for row, item in school_rows], "code", _SCHOOL_CODE)
    unique([(row, item.code) for row, item in site_rows], "code", _SITE)
    unique(
        [(row, f"{item.site}-{item.number}") for row, item in room_rows if item.number],
        "number",
        Sentence("考场", "room"),
    )
    unique(
        [(row, f"{item.site}-{item.number}") for row, item in entrance_rows],
        "number",
        Sentence("入口", "entrance"),
    )
    known(
        [(r, i.school) for r, i in site_rows],
        lambda c: c in school_codes or school_exists(c),
        "school",
        _SCHOOL_CODE,
    )
    known([(r, i.county) for r, i in site_rows], county_exists, "county", Sentence("县区代码", "county code"))
    known(
        [(r, i.county) for r, i in school_rows], county_exists, "county", Sentence("县区代码", "county code")
    )
    known([(row, item.site) for row, item in room_rows], site_codes.__contains__, "site", _SITE)
    known([(row, item.site) for row, item in entrance_rows], site_codes.__contains__, "site", _SITE)
    return Venues(
        _counties([row for row, _ in school_rows] + [row for row, _ in site_rows]),
        tuple(item for _, item in school_rows),
        tuple(item for _, item in site_rows),
        tuple(item for _, item in room_rows),
        tuple(item for _, item in entrance_rows),
        tuple(issue for table in tables for issue in sorted(table.issues, key=lambda issue: issue.row)),
        tuple(header for table in tables for header in table.unknown),
    )


def _named(sheets: Sequence[Sheet], name: str) -> Sequence[Sheet]:
    """The sheet of this name if there is one; otherwise whichever header fits."""
    return [sheet for sheet in sheets if sheet.name.strip() == name] or sheets


def _optional(sheets: Sequence[Sheet], name: str, columns: tuple[Column, ...]) -> RegisterTable | None:
    named = [sheet for sheet in sheets if sheet.name.strip() == name]
    return find_table(named, columns, Sentence(f"{name}表", f"the sheet {name}")) if named else None


def _counties(rows: Sequence[RegisterRow]) -> tuple[NewCounty, ...]:
    """Each county once; the first name that is written for its code holds."""
    names: dict[str, str] = {}
    for row in rows:
        code, name = row.text("county"), row.text("county_name", 100)
        if code and not names.get(code):
            names[code] = name
    return tuple(NewCounty(code, name or code) for code, name in sorted(names.items()))


def _school(row: RegisterRow) -> NewSchool:
    row.required("code")
    return NewSchool(
        row.code("code"), row.required("name", 100), _required_code(row, "county"),
        row.decimal("longitude", -180, 180, 6), row.decimal("latitude", -90, 90, 6),
    )  # fmt: skip


def _site(row: RegisterRow) -> NewSite:
    return NewSite(
        code=_required_code(row, "code", 6),
        second_code=row.code("second_code", 6),
        name=row.required("name", 100),
        school=row.code("school"),
        county=_required_code(row, "county", 6),
        longitude=row.decimal("longitude", -180, 180, 6),
        latitude=row.decimal("latitude", -90, 90, 6),
        buildings=row.integer("buildings", most=200, default=1),
        backup_power=row.choice("backup_power", _EQUIPMENT, "absent"),
        jammers_per_floor=row.integer("jammers_per_floor", most=1000),
        medical_point=row.choice("medical_point", _EQUIPMENT, "absent"),
        listening_systems=row.integer("listening_systems", most=100),
        watch_phone=row.text("watch_phone", 20),
    )


def _room(row: RegisterRow) -> NewRoom:
    kind = row.choice("kind", _ROOM_KINDS, "standard")
    capacity = row.integer("capacity", 1, 200, 0) if row.required("capacity") else 0
    return NewRoom(
        site=_required_code(row, "site", 6),
        number=_required_code(row, "number", 3),
        kind=kind,
        building=row.required("building", 50),
        floor=row.integer("floor", -5, 60, 1),
        door_number=row.text("door_number", 20),
        capacity=capacity,
        columns=_layout(row, capacity),
        start_corner=row.choice("start_corner", _CORNERS, "front_left"),
        cameras=row.integer("cameras", most=50),
        clock=row.choice("clock", _EQUIPMENT, "absent"),
        speaker=row.choice("speaker", _EQUIPMENT, "absent"),
        identity_terminal=row.choice("identity_terminal", _EQUIPMENT, "absent"),
        jammer=row.choice("jammer", _EQUIPMENT, "absent"),
        air_conditioning=row.choice("air_conditioning", _EQUIPMENT, "absent"),
        step_free=row.flag("step_free"),
        area_m2=row.decimal("area_m2", 1, 5000, 1),
        desk_distance_m=row.decimal("desk_distance_m", 0, 10, 2),
    )


def _layout(row: RegisterRow, capacity: int) -> str:
    text = row.text("layout")
    if text in {"", "-", "—", "无"}:
        return ""
    try:
        columns = columns_of_layout(text)
    except ValueError:
        row.blame(
            "layout", "layout_unreadable",
            Sentence(f"座位布局“{text}”读不懂", f"the layout “{text}” cannot be read"),
            Sentence("请写各列座位数，如 7-8-8-7 或 5x6", "write the lengths of the columns, such as 7-8-8-7 or 5x6"),
        )  # fmt: skip
        return ""
    if capacity and sum(columns) < capacity:
        row.blame(
            "layout", "layout_too_small",
            Sentence(f"座位布局共 {sum(columns)} 座，少于容量 {capacity}", f"the layout has {sum(columns)} desks, fewer than the capacity {capacity}"),
            Sentence("请核对布局或容量", "check the layout or the capacity"),
        )  # fmt: skip
    return "-".join(map(str, columns))


def _entrance(row: RegisterRow) -> NewEntrance:
    return NewEntrance(
        site=_required_code(row, "site", 6),
        number=row.integer("number", 1, 99, 0) if row.required("number") else 0,
        place=row.required("place", 50),
        screening_gates=row.integer("screening_gates", most=100),
        metal_wands=row.integer("metal_wands", most=500),
        face_terminals=row.integer("face_terminals", most=500),
        lanes=row.integer("lanes", most=100, default=1),
        step_free=row.flag("step_free"),
    )


def _required_code(row: RegisterRow, name: str, width: int = 0) -> str:
    return row.code(name, width) if row.required(name) else ""

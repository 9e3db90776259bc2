"""通行里程表: ways that differ from the straight line, school by site, in kilometres or in minutes."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import astuple, dataclass

from kaowu.basics import canonical
from kaowu.basics.errors import Sentence
from kaowu.engines.roster.reading import read_tables
from kaowu.loop.prepare.register_table import Column, RegisterRow, RowIssue, find_table, known, unique

_COLUMNS = (
    Column("school", ("学校名称", "学校", "school"), required=True),
    Column("site", ("考点代码", "考点编码", "site"), required=True),
    Column("km", ("里程_公里", "里程", "km")),
    Column("minutes", ("时间_分钟", "时间", "minutes")),
)
_HEADER = ["school", "site", "metres", "minutes"]


@dataclass(frozen=True, slots=True)
class Road:
    """From a school to a site: metres, or minutes where only the time was measured."""

    school: str
    site: str
    metres: int = 0
    minutes: int = 0

    def metres_by(self, per_minute: int) -> int:
        """The way in metres."""
        return self.metres or self.minutes * per_minute


@dataclass(frozen=True, slots=True)
class Roads:
    """What a file of roads holds, and what is wrong with it."""

    rows: tuple[Road, ...]
    issues: tuple[RowIssue, ...]


def read_road_file(content: bytes, name: str, schools: Collection[str], sites: Collection[str]) -> Roads:
    """A table of schools, sites and ways. Refused if it is no table; faults of rows are issues."""
    what = Sentence("通行里程表", "the table of roads")
    table = find_table(read_tables(content, name).sheets, _COLUMNS, what)
    rows = list(table.rows())
    named = [(row, row.required("school", 120)) for row in rows]
    placed = [(row, row.code("site", 6)) for row in rows]
    known(named, lambda school: school in schools, "school", Sentence("学校", "school"))
    known(placed, lambda site: site in sites, "site", Sentence("考点代码", "site code"))
    both = [(row, f"{school}—{site}") for (row, school), (_, site) in zip(named, placed, strict=True)]
    unique(both, "site", Sentence("学校与考点", "school and site"))
    roads = [_road(row, school, site) for (row, school), (_, site) in zip(named, placed, strict=True)]
    return Roads(tuple(roads), tuple(sorted(table.issues, key=lambda issue: issue.row)))


def write_roads(roads: Iterable[Road]) -> bytes:
    """The canonical bytes, sorted by school and site."""
    ordered = sorted(roads, key=lambda road: (road.school, road.site))
    return canonical.encode([_HEADER, *(list(astuple(road)) for road in ordered)])


def read_roads(content: bytes) -> Iterator[Road]:
    """The rows of a roads artefact; raises NotCanonical for anything else."""
    header, *rows = canonical.decode(content)
    if header != _HEADER:
        raise canonical.NotCanonical("no table of roads of this version")
    return (Road(*row) for row in rows)


def _road(row: RegisterRow, school: str, site: str) -> Road:
    km = row.decimal("km", 0, 1_000, 3)
    minutes = row.integer("minutes", 0, 1_440, 0)
    if km is None and not minutes:
        row.blame(
            "km",
            "missing_mandatory",
            Sentence("里程和时间都没有填", "neither distance nor time is given"),
            Sentence("请填里程（公里）或时间（分钟）", "give the distance in km or the time in minutes"),
        )
    return Road(school, site, 0 if km is None else int(km * 1_000), minutes)

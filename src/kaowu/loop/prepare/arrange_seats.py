"""编排: from roster, rooms and profile to a seating problem, and from its plan to numbered seats.

The duty puts the profile's lines into the problem; the engine knows nothing of
profiles. Candidates go to sites of the county they registered in. Streams are
kept apart as the line `room_grouping` says; leftovers share rooms as the line
`remainder_rule` says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.number_templates import NumberTemplate
from kaowu.basics.seat_grid import seat_text
from kaowu.engines.seating import (
    Apart,
    Candidates,
    Remainder,
    Room,
    RoomKind,
    Rules,
    SeatingProblem,
    SeatPlan,
    Site,
)
from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.loop.prepare.seat_table import SeatLine
from kaowu.registry.sites import RegisteredRoom, RegisteredSite
from kaowu.rules.profile import Profile

_NEEDS = {
    "wheelchair": "accessible",
    "ground_floor": "accessible",
    "mobility_aid": "accessible",
    "separate_room": "single",
    "extra_time_30": "separate:extra_time_30",
    "extra_time_50": "separate:extra_time_50",
    "braille": "separate:extra_time_50",
    "large_print": "separate:extra_time_30",
}
"""What an approved accommodation asks of the seat. Extra time ends later, so it sits apart."""

_REMAINDERS = {
    "own_room": Remainder.OWN_ROOM,
    "spread": Remainder.BALANCE,
    "last_room": Remainder.MERGE,
}
_KINDS = {"standard": RoomKind.ORDINARY, "spare": RoomKind.SPARE, "isolation": RoomKind.ISOLATION}


@dataclass(frozen=True, slots=True)
class Numbering:
    """What the number templates of an exam need beside site, room and seat."""

    year: int
    admission_number: NumberTemplate


def seating_problem(
    exam: str,
    profile: Profile,
    roster: Iterable[RosterRow],
    sites: Sequence[RegisteredSite],
    required: Sequence[str] = (),
) -> SeatingProblem:
    """The problem of this exam. `required` subjects are taken by all and make no stream.

    Raises Refused when candidates have no site in their county, or a room no grid.
    """
    rows = list(roster)
    _require_sites(rows, sites)
    keys = {
        "school": [row.school for row in rows],
        "stream": [_stream(row, required) for row in rows],
        "foreign_language": [row.foreign_language for row in rows],
        "county": [row.county for row in rows],
        "paper_language": [""] * len(rows),
        "pool": [row.county for row in rows],
        "needs": [_needs(row) for row in rows],
    }
    grouping = [key for key in profile.texts("room_grouping") if key in keys]
    return SeatingProblem(
        Candidates.of_columns([row.number for row in rows], keys),
        tuple(_site(site) for site in sites),
        Rules(
            capacity=profile.number("room_capacity"),
            never_mix=tuple(key for key in grouping if key == "foreign_language"),
            group_by=tuple(key for key in grouping if key not in ("foreign_language", "county")),
            remainder=_REMAINDERS[profile.choice("remainder_rule")],
            apart=_apart(profile),
            spare_rooms_per_site=profile.number("spare_rooms_minimum"),
        ),
        exam=exam,
    )


def numbered_seats(
    plan: SeatPlan,
    roster: Mapping[str, RosterRow],
    sites: Mapping[str, RegisteredSite],
    numbering: Numbering,
    required: Sequence[str] = (),
) -> list[SeatLine]:
    """The plan's seats with admission numbers; Refused if a number would be given twice."""
    streams = sorted({_stream(row, required) for row in roster.values()})
    group_of = {stream: number for number, stream in enumerate(streams, start=1)}
    lines = []
    for serial, placed in enumerate(plan.rows(), start=1):
        row = roster[placed.candidate]
        county = sites[placed.site].county
        number = numbering.admission_number.number(
            {
                "year": f"{numbering.year:04d}",
                "province": county[:2],
                "county": county,
                "site": placed.site,
                "group": group_of[_stream(row, required)],
                "room": placed.room,
                "seat": seat_text(placed.seat),
                "serial": serial,
            }
        )
        lines.append(SeatLine(placed.candidate, placed.site, placed.room, seat_text(placed.seat), number))
    _require_unique(lines, numbering.admission_number)
    return lines


def _stream(row: RosterRow, required: Sequence[str]) -> str:
    return "|".join(subject for subject in row.subjects.split("|") if subject not in required)


def _needs(row: RosterRow) -> str:
    asked = {_NEEDS[code] for code in row.accommodation.split("|") if code in _NEEDS}
    if "single" in asked:
        # A room of one's own already is a separate room, whatever else was asked.
        asked = {need for need in asked if not need.startswith("separate:")}
    return "|".join(sorted(asked))


def _apart(profile: Profile) -> tuple[Apart, ...]:
    reach = int(profile.choice("neighbour_mode"))
    return (Apart("school", 8), Apart("school", 4)) if reach == 8 else (Apart("school", 4),)


def _site(site: RegisteredSite) -> Site:
    return Site(site.code, site.county, tuple(_room(room) for room in site.rooms if room.grid))


def _room(room: RegisteredRoom) -> Room:
    assert room.grid is not None
    return Room(room.number, room.grid, room.capacity, _KINDS[room.kind], room.step_free)


def _require_sites(rows: Sequence[RosterRow], sites: Sequence[RegisteredSite]) -> None:
    served = {site.county for site in sites}
    without = sorted({row.county for row in rows} - served)
    if without:
        number = sum(row.county in without for row in rows)
        raise Refused(
            "county_without_site",
            Sentence(
                zh=f"不能编排：{number} 名考生的县区（{'、'.join(without) or '空'}）没有考点。",
                en=f"Cannot arrange: {number} candidates are of counties without a site ({', '.join(without)}).",
            ),
            remedy=Sentence(
                zh="登记该县区的考点，或更正考生的县区。", en="Register a site there, or correct the county."
            ),
        )


def _require_unique(lines: Sequence[SeatLine], template: NumberTemplate) -> None:
    seen: dict[str, SeatLine] = {}
    for line in lines:
        other = seen.setdefault(line.admission_number, line)
        if other is not line:
            raise Refused(
                "admission_number_twice",
                Sentence(
                    zh=f"不能编号：模板“{template.pattern}”给 {other.site} 考点 {other.room} 考场和 {line.site} 考点 {line.room} 考场的考生同一个号 {line.admission_number}。",
                    en=f"Cannot number: the template {template.pattern} gives {line.admission_number} twice, in room {other.room} of site {other.site} and in room {line.room} of site {line.site}.",
                ),
                remedy=Sentence(
                    zh="请在号码模板中加入考点代码 {site}。",
                    en="Put the site code {site} into the number template.",
                ),
            )

"""编排: from roster, rooms and profile to a seating problem.

The duty puts the profile's lines into the problem; the engine knows nothing of
profiles. Candidates go to sites of the county they registered in, or to the
one site that an adopted plan of sites gives them. Streams are
kept apart as the line `room_grouping` says; leftovers share rooms as the line
`remainder_rule` says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.seating import (
    Apart,
    Candidates,
    Remainder,
    Room,
    RoomKind,
    Rules,
    SeatingProblem,
    Site,
)
from kaowu.exam.plan import Sitting
from kaowu.loop.prepare.number_seats import elective_words
from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.loop.prepare.seatings import seatings_of
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


def seating_problem(
    exam: str,
    profile: Profile,
    roster: Iterable[RosterRow],
    sites: Sequence[RegisteredSite],
    required: Sequence[str] = (),
    sittings: Sequence[Sitting] = (),
    closed: frozenset[tuple[str, str]] = frozenset(),
    allocated: Mapping[str, str] | None = None,
) -> SeatingProblem:
    """The problem of this exam. `required` subjects are taken by all and make no stream.

    `sittings` matter where an exam seats them apart; `closed` rooms (with no
    room named, whole sites) are left out; `allocated` gives each candidate a
    site. Raises Refused when candidates have no site, or a room no grid.
    """
    rows = list(roster)
    pool = [row.county if allocated is None else allocated.get(row.number, "") for row in rows]
    sites = _open_sites(sites, closed)
    pool_of = {site.code: site.county if allocated is None else site.code for site in sites}
    used = set(pool)
    _require_sites(pool, set(pool_of.values()))
    apart = seatings_of(profile, sittings, required)
    keys = {
        "school": [row.school for row in rows],
        "stream": [elective_words(row, required) for row in rows],
        "foreign_language": [row.foreign_language for row in rows],
        "county": [row.county for row in rows],
        "paper_language": [""] * len(rows),
        "pool": pool,
        "needs": [_needs(row) for row in rows],
        **apart.columns(rows),
    }
    grouping = [key for key in profile.texts("room_grouping") if key in keys]
    never = profile.line("never_mixed").value or ()
    assert isinstance(never, tuple)
    return SeatingProblem(
        Candidates.of_columns([row.number for row in rows], keys),
        tuple(_site(site, pool_of[site.code]) for site in sites if allocated is None or site.code in used),
        Rules(
            capacity=profile.number("room_capacity"),
            never_mix=tuple(key for key in grouping if key in never),
            group_by=tuple(key for key in grouping if key not in (*never, "county")),
            remainder=_REMAINDERS[profile.choice("remainder_rule")],
            apart=_apart(profile),
            spare_rooms_per_site=profile.number("spare_rooms_minimum"),
        ),
        **apart.sittings(grouping, never),
        exam=exam,
    )


def _needs(row: RosterRow) -> str:
    asked = {_NEEDS[code] for code in row.accommodation.split("|") if code in _NEEDS}
    if "single" in asked:
        # A room of one's own already is a separate room, whatever else was asked.
        asked = {need for need in asked if not need.startswith("separate:")}
    return "|".join(sorted(asked))


def _apart(profile: Profile) -> tuple[Apart, ...]:
    reach = int(profile.choice("neighbour_mode"))
    return (Apart("school", 8), Apart("school", 4)) if reach == 8 else (Apart("school", 4),)


def _open_sites(sites: Sequence[RegisteredSite], closed: frozenset[tuple[str, str]]) -> list[RegisteredSite]:
    """The sites with the rooms that may be used; one that has none is left out whole."""
    found = [
        replace(site, rooms=tuple(room for room in site.rooms if (site.code, room.number) not in closed))
        for site in sites
        if (site.code, "") not in closed
    ]
    return [site for site in found if site.rooms]


def _site(site: RegisteredSite, pool: str) -> Site:
    return Site(site.code, pool, tuple(_room(room) for room in site.rooms if room.grid))


def _room(room: RegisteredRoom) -> Room:
    assert room.grid is not None
    return Room(room.number, room.grid, room.capacity, _KINDS[room.kind], room.step_free)


def _require_sites(pool: Sequence[str], served: set[str]) -> None:
    without = sorted(set(pool) - served)
    if without:
        number = sum(one in without for one in pool)
        raise Refused(
            "county_without_site",
            Sentence(
                zh=f"不能编排：{number} 名考生的县区或分到的考点（{'、'.join(without) or '空'}）没有可用考场。",
                en=f"Cannot arrange: {number} candidates are of counties or sites without a usable room ({', '.join(without)}).",
            ),
            remedy=Sentence(
                zh="登记该县区的考点，更正考生的县区，或重新布局考点。",
                en="Register a site there, correct the county, or plan the sites again.",
            ),
        )

"""考点布局: from roster, registers and profile lines to the question which sites to open.

The duty puts the profile's lines into the problem; the engine knows nothing of
profiles. Candidates set out from their school. What a site holds is what its
ordinary rooms hold once its spare rooms are set aside.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation import on_a_plane
from kaowu.engines.allocation.opening import (
    Flow,
    Group,
    Limits,
    OpeningProblem,
    OwnSchool,
    Place,
    Standing,
)
from kaowu.loop.prepare.road_table import Road
from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.registry.sites import Degrees, RegisteredSchool, RegisteredSite
from kaowu.rules.profile import Profile

LINES = (
    "site_farthest_km",
    "sites_at_most",
    "sites_as_few_as_possible",
    "site_fewest_schools",
    "site_least_party",
    "sites_per_school_at_most",
    "own_school_rule",
    "sites_within_county",
    "site_spare_seats_percent",
)
"""The profile lines that a plan of sites follows."""


@dataclass(frozen=True)
class Known:
    """What is known beside roster and registers: decisions about sites, measured roads, closed rooms."""

    standings: Mapping[str, str]
    roads: Sequence[Road] = ()
    closed: frozenset[tuple[str, str]] = frozenset()


def opening_problem(
    exam: str,
    profile: Profile,
    roster: Iterable[RosterRow],
    sites: Sequence[RegisteredSite],
    schools: Sequence[RegisteredSchool],
    known: Known,
    seated: Mapping[str, str] | None = None,
) -> OpeningProblem:
    """Which sites to open for this exam. Raises Refused where there is nobody or no site.

    `seated` says at which site candidates sit as things stand; without it they
    count as dealt over all sites of their county, as seats are arranged without a plan.
    """
    members = members_of(roster)
    if not members or not sites:
        raise Refused(
            "nothing_to_allocate",
            Sentence(
                "不能布局：没有考生或没有登记考点。", "Cannot plan: there are no candidates or no sites."
            ),
        )
    middle = _middle_latitude(sites, schools)
    at_school = {school.name: school.at for school in schools}
    groups = [
        Group(
            name,
            rows[0].school,
            rows[0].county,
            _on_plane(at_school.get(rows[0].school), middle),
            len(rows),
        )
        for name, rows in members.items()
    ]
    places = [
        Place(
            site.code,
            site.county,
            _on_plane(site.at, middle),
            seats_of(site, profile, known.closed),
            site.school,
            _standing(site, known),
        )
        for site in sites
    ]
    per_minute = profile.number("travel_metres_per_minute")
    roads = {(road.school, road.site): road.metres_by(per_minute) for road in known.roads}
    codes = {site.code for site in sites}
    return OpeningProblem(
        tuple(groups),
        tuple(places),
        limits_of(profile),
        tuple((school, site, metres) for (school, site), metres in roads.items() if site in codes),
        tuple(_before(members, places, seated)),
        exam,
    )


def members_of(roster: Iterable[RosterRow]) -> dict[str, list[RosterRow]]:
    """The candidates of each group: of one school and one county of registration."""
    members: dict[tuple[str, str], list[RosterRow]] = defaultdict(list)
    for row in roster:
        members[row.school, row.county].append(row)
    several = Counter(school for school, _ in members)
    return {
        # The county joins the name where candidates of one school registered in several.
        school if school and several[school] == 1 else f"{school or '未填学校'}（{county}）": rows
        for (school, county), rows in sorted(members.items())
    }


def limits_of(profile: Profile) -> Limits:
    """The limits as the exam's profile lines say them."""
    farthest = profile.number_or_none("site_farthest_km")
    return Limits(
        farthest=None if farthest is None else farthest * 1_000,
        most_sites=profile.number_or_none("sites_at_most"),
        fewest_sites=profile.yes_no("sites_as_few_as_possible"),
        fewest_schools=profile.number("site_fewest_schools"),
        least_party=profile.number("site_least_party"),
        most_sites_per_school=profile.number_or_none("sites_per_school_at_most"),
        own_school=OwnSchool(profile.choice("own_school_rule")),
        within_county=profile.yes_no("sites_within_county"),
        spare_percent=profile.number("site_spare_seats_percent"),
    )


def seats_of(site: RegisteredSite, profile: Profile, closed: frozenset[tuple[str, str]] = frozenset()) -> int:
    """What a site seats: its ordinary rooms, without those kept as spare rooms."""
    if (site.code, "") in closed:
        return 0
    usable = [room for room in site.rooms if room.grid and (site.code, room.number) not in closed]
    ordinary = sorted(
        min(profile.number("room_capacity"), room.capacity) for room in usable if room.kind == "standard"
    )
    spare = sum(room.kind == "spare" for room in usable)
    kept = max(0, profile.number("spare_rooms_minimum") - spare)
    return sum(ordinary[kept:])


def _standing(site: RegisteredSite, known: Known) -> Standing:
    if (site.code, "") in known.closed:
        return Standing.CLOSED
    return Standing(known.standings.get(site.code, "may"))


def _middle_latitude(sites: Sequence[RegisteredSite], schools: Sequence[RegisteredSchool]) -> float:
    """The mean latitude of the sites, else of the schools, to a hundredth of a degree."""
    known = [site.at[1] for site in sites if site.at] or [school.at[1] for school in schools if school.at]
    return round(sum(known) / len(known), 2) if known else 0.0


def _on_plane(at: Degrees | None, middle: float) -> tuple[int, int] | None:
    return None if at is None else on_a_plane(*at, middle)


def _before(
    members: Mapping[str, Sequence[RosterRow]], places: Sequence[Place], seated: Mapping[str, str] | None
) -> Iterable[Flow]:
    for group, rows in members.items():
        if seated is not None:
            counted = Counter(seated[row.number] for row in rows if row.number in seated)
            yield from ((group, place, people) for place, people in sorted(counted.items()))
        else:
            here = [place for place in places if place.county == rows[0].county]
            yield from ((group, place, people) for place, people in _dealt(len(rows), here) if people)


def _dealt(people: int, places: Sequence[Place]) -> list[tuple[str, int]]:
    """People over places in proportion to their seats, the largest remainders first."""
    seats = sum(place.seats for place in places)
    if not seats:
        return []
    shares = [(place.id, *divmod(people * place.seats, seats)) for place in places]
    left = people - sum(whole for _, whole, _ in shares)
    favoured = sorted(shares, key=lambda share: (-share[2], share[0]))[:left]
    more = {name for name, _, _ in favoured}
    return [(name, whole + (name in more)) for name, whole, _ in shares]

"""To whom a dispatch is addressed, through which nodes it goes, and how far it has come."""

import pytest

from kaowu.basics.clock import Instant
from kaowu.exam.dispatches import Mark, Unit, first_of, is_addressed, passes_through, standing
from kaowu.facts.dispatches import DispatchSent

PROVINCE, CITY, OTHER_CITY = (
    Unit("37/", "province"),
    Unit("37/3704/", "city"),
    Unit("37/3705/", "city"),
)
COUNTY, SITE, OTHER_SITE = (
    Unit("37/3704/370402/", "county"),
    Unit("37/3704/370402/040201/", "site"),
    Unit("37/3704/370403/040301/", "site"),
)
MINUTE = 60_000


def sent(sender, to, *named, sign_within=0):
    return DispatchSent(
        number="N-1",
        sender=sender.path,
        to=to,
        named=named,
        urgency="urgent",
        sign_within=sign_within,
        title="试听提前",
        body="按新时间试听。",
    )


@pytest.mark.parametrize(
    ("sender", "to", "named", "signs", "carries"),
    [
        (CITY, "below", (), {COUNTY, SITE, OTHER_SITE}, {COUNTY, SITE, OTHER_SITE}),
        (CITY, "counties", (), {COUNTY}, {COUNTY}),
        (CITY, "sites", (), {SITE, OTHER_SITE}, {COUNTY, SITE, OTHER_SITE}),
        (CITY, "named", ("040201",), {SITE}, {COUNTY, SITE}),
        (PROVINCE, "cities", (), {CITY, OTHER_CITY}, {CITY, OTHER_CITY}),
        (PROVINCE, "named", ("3705",), {OTHER_CITY}, {OTHER_CITY}),
        (COUNTY, "sites", (), {SITE}, {SITE}),
        (SITE, "named", ("3704",), {CITY}, set()),
    ],
)
def test_whom_it_asks_to_sign_and_whose_nodes_are_given_it(sender, to, named, signs, carries):
    one = sent(sender, to, *named)
    units = {PROVINCE, CITY, OTHER_CITY, COUNTY, SITE, OTHER_SITE}
    assert {unit for unit in units if is_addressed(one, unit)} == signs
    paths = [unit.path for unit in units if unit.code in named]
    assert {unit for unit in units if passes_through(one, unit, paths)} == carries


@pytest.mark.parametrize(
    ("delivered", "signed", "minute", "expected"),
    [
        ((), (), 5, ("sent", "", False)),
        ((), (), 11, ("sent", "", True)),
        (((CITY, 0),), (), 5, ("on_the_way", CITY.path, False)),
        (((CITY, 0), (COUNTY, 2)), (), 5, ("on_the_way", COUNTY.path, False)),
        (((CITY, 0), (SITE, 3), (COUNTY, 2)), (), 11, ("delivered", SITE.path, True)),
        (((OTHER_SITE, 1),), (), 5, ("sent", "", False)),
        (((SITE, 3),), ((SITE, 10),), 60, ("signed", SITE.path, False)),
        ((), ((SITE, 12), (SITE, 11)), 60, ("signed", SITE.path, True)),
        ((), ((OTHER_SITE, 1),), 5, ("sent", "", False)),
    ],
)
def test_how_far_it_has_come_to_a_site_by_what_was_heard(delivered, signed, minute, expected):
    marks = [
        first_of(Mark(unit.path, Instant(at * MINUTE)) for unit, at in some) for some in (delivered, signed)
    ]
    found = standing(sent(CITY, "sites", sign_within=10), Instant(0), SITE, *marks, Instant(minute * MINUTE))
    assert (found.reached, found.where, found.is_late) == expected


def test_what_a_site_tells_the_city_is_seen_to_lie_at_the_county_on_its_way():
    up = sent(SITE, "named", "3704")
    found = standing(up, Instant(0), CITY, {SITE.path: Instant(0), COUNTY.path: Instant(5)}, {}, Instant(9))
    assert (found.reached, found.where, found.at) == ("on_the_way", COUNTY.path, 5)

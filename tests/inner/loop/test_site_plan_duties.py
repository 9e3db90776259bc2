"""The question which sites to open, from roster, registers and profile; and who may answer it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kaowu.basics.errors import Refused
from kaowu.basics.seat_grid import SeatGrid
from kaowu.engines.allocation.opening import OwnSchool, Standing
from kaowu.exam.plan import ExamPlan
from kaowu.facts.roster import RosterImported
from kaowu.facts.sites_allocation import SitesAllocated, SitesOpened
from kaowu.loop.duty import duties
from kaowu.loop.prepare.allocate_sites import Known, members_of, opening_problem, seats_of
from kaowu.loop.prepare.road_table import Road, read_road_file, read_roads, write_roads
from kaowu.loop.prepare.roster_table import RosterRow
from kaowu.loop.prepare.site_table import read_site_table, write_site_table
from kaowu.registry.sites import RegisteredRoom, RegisteredSchool, RegisteredSite
from kaowu.rules.load import rulebook
from kaowu.rules.profile import Override


def profile(**lines):
    """The gaokao profile with lines overridden."""
    overrides = [Override(key, value, "测试", "somebody", "") for key, value in lines.items()]
    return rulebook().profile("gaokao").resolve(overrides)


def candidate(number, school, county="370402"):
    values = {"number": number, "registration_number": number, "school": school, "county": county}
    blank = dict.fromkeys(
        ("id_type", "id_number", "name", "sex", "birth_date", "subjects", "foreign_language", "phone", "accommodation", "name_raw"), ""
    )  # fmt: skip
    return RosterRow(**blank, **values)


def room(number, kind="standard", capacity=30):
    return RegisteredRoom(number, kind, "楼", 1, "", capacity, SeatGrid((7, 8, 8, 7)), False)


def site(code, county="370402", rooms=6, school="", at=None, kinds=()):
    numbered = [room(f"{n:03d}", (*kinds, *["standard"] * rooms)[n]) for n in range(rooms)]
    return RegisteredSite(code, "", f"{code}考点", county, tuple(numbered), school, at)


SCHOOLS = [RegisteredSchool("1", "甲中", "370402", (117.5, 34.8)), RegisteredSchool("2", "乙中", "370402")]
ROSTER = [candidate(f"R{n:03d}", "甲中" if n % 3 else "乙中") for n in range(60)]
SITES = [site("01", school="甲中", at=(117.5, 34.8)), site("02", at=(117.6, 34.8))]


def problem(**lines):
    known = Known({"02": "open"}, (Road("乙中", "02", 0, 30),))
    return opening_problem("gk", profile(**lines), ROSTER, SITES, SCHOOLS, known)


def test_the_lines_of_the_profile_become_the_limits():
    asked = problem(
        site_farthest_km="15", sites_at_most="2", site_fewest_schools="3", site_least_party="10",
        sites_per_school_at_most="2", own_school_rule="other", sites_within_county="否", site_spare_seats_percent="8",
    ).limits  # fmt: skip
    assert (asked.farthest, asked.most_sites, asked.fewest_schools, asked.least_party) == (15_000, 2, 3, 10)
    assert (asked.most_sites_per_school, asked.own_school, asked.within_county, asked.spare_percent) == (
        2,
        OwnSchool.OTHER,
        False,
        8,
    )


def test_groups_places_and_measured_ways_come_from_roster_and_registers():
    found = problem(travel_metres_per_minute="400")
    assert [(group.id, group.people, group.at is None) for group in found.groups] == [
        ("乙中", 20, True),
        ("甲中", 40, False),
    ]
    assert [(place.id, place.school, place.standing) for place in found.places] == [
        ("01", "甲中", Standing.MAY),
        ("02", "", Standing.OPEN),
    ]
    assert found.roads == (("乙中", "02", 12_000),)
    assert sum(people for _, _, people in found.before) == 60
    # A tenth of a degree of longitude is some nine kilometres here.
    assert 9_000 < found.metres[1, 1] < 9_300


def test_candidates_of_one_school_registered_in_two_counties_are_two_groups():
    rows = [candidate("1", "甲中"), candidate("2", "甲中", "370403"), candidate("3", "")]
    assert sorted(members_of(rows)) == ["未填学校（370402）", "甲中（370402）", "甲中（370403）"]


def test_rooms_kept_spare_and_closed_rooms_seat_nobody():
    asked = profile(spare_rooms_minimum="2", room_capacity="25")
    assert seats_of(site("01"), asked) == 4 * 25
    assert seats_of(site("01", kinds=("spare", "isolation")), asked) == 3 * 25, (
        "one spare room is there already"
    )
    assert seats_of(site("01"), asked, frozenset({("01", "005")})) == 3 * 25
    assert seats_of(site("01"), asked, frozenset({("01", "")})) == 0


def test_nobody_and_no_site_are_nothing_to_plan():
    for rows, places in (([], SITES), (ROSTER, [])):
        with pytest.raises(Refused) as refused:
            opening_problem("gk", profile(), rows, places, SCHOOLS, Known({}))
        assert refused.value.code == "nothing_to_allocate"


def test_tables_of_ways_and_of_sites_keep_their_bytes():
    roads = [Road("乙", "02", 0, 7), Road("甲", "01", 1_500)]
    assert list(read_roads(write_roads(reversed(roads)))) == roads
    assert read_site_table(write_site_table({"R2": "02", "R1": "01"})) == {"R1": "01", "R2": "02"}
    content = "学校名称,考点代码,里程_公里\n甲,01,2.5\n甲,01,3\n".encode()
    found = read_road_file(content, "里程.csv", {"甲"}, {"01"})
    assert found.rows[0] == Road("甲", "01", 2_500)
    assert [issue.code for issue in found.issues] == ["duplicate"]


ROSTER_FACT = RosterImported(
    file_name="a.csv", file=bytes(32), roster=bytes(32), candidates=60, rejected=0, flagged=0
)
ATTEMPT = SitesAllocated(
    plan=b"p" * 32, problem=b"q" * 32, roster=bytes(32), engine="opening/1", candidates=60, opened=2, mean_before=2,
    mean_after=1, farthest_before=4, farthest_after=3, attempt=1,
)  # fmt: skip
OPENED = SitesOpened(
    plan=b"p" * 32, problem=b"q" * 32, pools=b"r" * 32, roster=bytes(32), seed="0" * 32, sites=("01", "02"),
    candidates=60, attempt=1,
)  # fmt: skip


def folded(*facts):
    plan = ExamPlan.begin("gk")
    for fact in facts:
        plan = plan.after(fact, None)
    return plan


@pytest.mark.parametrize(
    ("before", "duty", "fact", "code"),
    [
        ([], "allocate_sites", ATTEMPT, "plan_of_another_roster"),
        ([ROSTER_FACT], "allocate_sites", replace(ATTEMPT, attempt=2), "attempt_out_of_order"),
        (
            [ROSTER_FACT, ATTEMPT],
            "allocate_sites",
            replace(ATTEMPT, attempt=2),
            "another_attempt_needs_reason",
        ),
        ([ROSTER_FACT], "open_sites", OPENED, "another_plan_was_shown"),
        ([ROSTER_FACT, ATTEMPT], "open_sites", replace(OPENED, plan=b"x" * 32), "another_plan_was_shown"),
        ([ROSTER_FACT, ATTEMPT, OPENED], "open_sites", OPENED, "sites_already_opened"),
    ],
)
def test_intentions_out_of_order_are_refused_with_their_reason(before, duty, fact, code):
    with pytest.raises(Refused) as refused:
        duties()[duty].decide(folded(*before), fact, None)
    assert refused.value.code == code


def test_a_plan_of_sites_is_adopted_once_by_two_and_falls_with_its_roster():
    assert duties()["open_sites"].persons == 2
    plan = folded(ROSTER_FACT, ATTEMPT)
    assert duties()["open_sites"].decide(plan, OPENED, None) is OPENED
    adopted = plan.after(OPENED, None)
    assert adopted.sites_opened is OPENED
    assert adopted.after(replace(ROSTER_FACT, roster=b"n" * 32), None).sites_opened is None

"""From profile, registers and seats to a draw problem: who takes part, for what, and why not."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from kaowu.basics.clock import instant
from kaowu.basics.errors import Refused
from kaowu.engines.draw import Per, Repeats, Sex, shortage, solve, verify
from kaowu.exam.plan import Sitting
from kaowu.facts.subjects import SENT, DrawKey
from kaowu.loop.prepare.draw_inputs import Inputs, OnRoster, PastDuty, SeatedAt
from kaowu.loop.prepare.draw_problem import draw_problem, keys_at, sittings_drawn
from kaowu.loop.prepare.drawn_posts import ASSISTANT, CHIEF, RESERVE, ROVING, SCREENER, VIDEO
from kaowu.registry.people import RegisteredPerson
from kaowu.registry.sites import RegisteredSite
from kaowu.rules.load import rulebook
from kaowu.rules.profile import Override

COUNTY, NEXT_COUNTY = "370405", "370404"
OWN, OTHER = "光华高级中学", "榴花中学"
SEED = bytes(range(32))


def day(number: int, hour: int) -> int:
    return instant(datetime.datetime(2027, 6, 6 + number, hour, 0))


SITTINGS = [
    Sitting("01", ("语文",), day(1, 9), day(1, 11)),
    Sitting("02", ("数学",), day(1, 15), day(1, 17)),
    Sitting("03", ("外语",), day(2, 15), day(2, 17)),
]
SITE = RegisteredSite("040501", "", "光华考点", COUNTY, (), school=OWN, entrances=2, lanes=3)


def profile(**lines: str) -> Any:
    usual = {"patrols_per_site": "0", "resident_inspectors_per_site": "0", "special_room_more": "0"} | lines
    overrides = [Override(key, value, "试", "city2", f"f{n}") for n, (key, value) in enumerate(usual.items())]
    return rulebook().profile("gaokao").resolve(overrides)


def person(number: str, **more: Any) -> RegisteredPerson:
    usual = {
        "sex": "female",
        "county": NEXT_COUNTY,
        "school": f"外校{number[-1]}",
        "subject": "物理",
        "grade": "高一",
        "years": 5,
        "intended_post": "监考员",
    }
    return RegisteredPerson(number, **(usual | more))


def seats(rooms: int = 2, each: int = 3, school: str = OWN, **more: Any) -> list[SeatedAt]:
    return [
        SeatedAt(sitting.id, "040501", f"{room:03d}", f"K{room}{seat}", school, **more)
        for sitting in SITTINGS
        for room in range(1, rooms + 1)
        for seat in range(each)
    ]


def inputs(*people: RegisteredPerson, **more: Any) -> Inputs:
    usual: dict[str, Any] = {
        "people": people,
        "sites": [SITE],
        "sittings": SITTINGS,
        "seated": seats(),
        "roster": [OnRoster("K11", "13900001111", "370405200901010011", COUNTY)],
    }
    return Inputs(**(usual | more))


@pytest.mark.parametrize(
    ("more", "lines", "takes", "codes"),
    [
        ({}, {}, {CHIEF, ASSISTANT, RESERVE, VIDEO, ROVING}, []),
        ({"intended_post": "安检员"}, {}, {SCREENER}, []),
        ({"intended_post": "引导员"}, {}, None, ["other_post"]),
        ({"sex": ""}, {}, None, ["sex_unknown"]),
        # declared and detected relatives
        ({"relative_in_exam": True}, {}, None, ["relative_declared"]),
        ({"relative_number": "K11"}, {}, None, ["relative_listed"]),
        ({"relative_number": "K99"}, {}, {CHIEF, ASSISTANT, RESERVE, VIDEO, ROVING}, []),  # of another exam
        ({"phone": "13900001111"}, {}, None, ["same_phone"]),
        ({"phone": "1111"}, {}, {CHIEF, ASSISTANT, RESERVE, VIDEO, ROVING}, []),  # an extension says nothing
        ({"id_number": "370405200901010011"}, {}, None, ["same_document"]),
        # the year of the breach counts: two years from 2026 end with 2027
        ({"breach_on": datetime.date(2026, 12, 31)}, {}, None, ["barred"]),
        ({"breach_on": datetime.date(2025, 1, 1)}, {}, {CHIEF, ASSISTANT, RESERVE, VIDEO, ROVING}, []),
        ({"breach_on": datetime.date(2025, 1, 1)}, {"staff_bar_years": "3"}, None, ["barred"]),
        # the certificate must be valid on the day of the exam
        ({"certified": False}, {}, {VIDEO, ROVING}, ["no_certificate"]),
        ({"certified_until": datetime.date(2027, 6, 6)}, {}, {VIDEO, ROVING}, ["no_certificate"]),
        ({"certified_until": datetime.date(2027, 6, 7)}, {}, {CHIEF, ASSISTANT, RESERVE, VIDEO, ROVING}, []),
        # final-year teachers of the candidates' own county only
        ({"county": COUNTY, "grade": "高三"}, {}, {VIDEO, ROVING}, ["final_year"]),
        ({"grade": "高三"}, {}, {CHIEF, ASSISTANT, RESERVE, VIDEO, ROVING}, []),
        # nobody is sent to the own school, and there is no other site
        ({"school": OWN}, {}, None, ["own_site_only"]),
        # every room holds candidates of this school
        ({"school": OWN}, {"serve_at_home": "yes"}, {VIDEO, ROVING}, ["few_rooms"]),
        ({"school": OWN}, {"serve_at_home": "yes", "open_rooms_percent": "0"}, {CHIEF, ASSISTANT, RESERVE, VIDEO, ROVING}, []),
    ],
)  # fmt: skip
def test_who_takes_part_and_for_which_posts(more, lines, takes, codes):
    prepared = draw_problem("e", profile(**lines), inputs(person("P1", **more)), SENT)
    found = {one.id: set(one.takes) for one in prepared.problem.people}
    assert found == ({} if takes is None else {"P1": takes})
    assert [one.code for one in prepared.left_out] == codes
    assert all(one.altogether == (takes is None) for one in prepared.left_out)


def test_a_relative_bars_only_the_room_where_the_profile_does_not_bar_the_exam():
    lines = {"recusals": "own_school、not_qualified", "open_rooms_percent": "0"}
    given = inputs(person("P1", relative_number="K11"))
    [one] = draw_problem("e", profile(**lines), given, SENT).problem.people
    assert one.recused == ("room:040501/001",)


def test_spouses_and_colleagues_with_one_telephone_never_share_a_room():
    staff = [
        person("P1", spouse_number="P2"),
        person("P2"),
        person("P3", phone="13700000001"),
        person("P4", phone="13700000001"),
        person("P5", spouse_number="P9"),  # not of this draw
    ]
    problem = draw_problem("e", profile(), inputs(*staff), SENT).problem
    assert problem.never_together == (("P1", "P2"), ("P3", "P4"))


@pytest.mark.parametrize(
    ("lines", "post", "per", "count"),
    [
        ({}, CHIEF, Per.ROOM, 1),
        ({"invigilators_per_room": "3"}, ASSISTANT, Per.ROOM, 2),
        ({"special_room_more": "2"}, ASSISTANT, Per.SPECIAL, 2),
        ({}, VIDEO, Per.ROOMS, 1),
        ({"screeners_per_entrance": "4"}, SCREENER, Per.ENTRANCES, 4),
        ({"screeners_per_lane": "2"}, SCREENER, Per.LANES, 2),
        ({"patrols_per_site": "3"}, "patrol", Per.SITE, 3),
        ({"resident_inspectors_per_site": "2"}, "resident_inspector", Per.SITE, 2),
        ({"reserve_percent": "15"}, RESERVE, Per.PERCENT, 15),
        ({"reserve_percent": "0"}, RESERVE, Per.PERCENT, 0),
        ({"rooms_per_roving_invigilator": "none"}, ROVING, Per.ROOMS, 0),
    ],
)
def test_every_line_of_the_formula_is_a_line_of_the_profile(lines, post, per, count):
    rules = draw_problem("e", profile(**lines), inputs(person("P1")), SENT).problem.rules
    found = [line.count for line in rules.staffing if (line.post, line.per) == (post, per)]
    assert sum(found) == count


def test_a_large_room_gets_one_more():
    given = inputs(person("P1"), seated=[*seats(1, 31), *[replace(one, room="002") for one in seats(1, 30)]])
    problem = draw_problem("e", profile(large_room_above="30"), given, SENT).problem
    [line] = [one for one in problem.rules.staffing if one.above]
    assert (line.post, line.above) == (ASSISTANT, 30)
    assert [room.room for room in problem.rooms if room.candidates > line.above] == ["001"] * 3


@pytest.mark.parametrize(
    ("lines", "field", "value"),
    [
        ({"one_man_one_woman": "yes"}, "both_sexes", True),
        ({"units_per_room": "1"}, "units_apart", False),
        ({"units_per_room": "2"}, "units_apart", True),
        ({"units_per_room": "1", "recusals": "same_unit_pair"}, "units_apart", True),
        ({"recusals": "barred"}, "own_pupils", True),
        ({}, "own_pupils", False),
        ({"recusals": "own_subject"}, "own_subject", False),
        ({"serve_at_home": "yes"}, "home_site", True),
        ({"repeated_room": "never"}, "repeated_room", Repeats.NEVER),
        ({"repeated_pair": "free"}, "repeated_pair", Repeats.FREE),
        ({"more_sent_percent": "7"}, "more_sent_percent", 7),
    ],
)
def test_rules_come_from_the_profile(lines, field, value):
    rules = draw_problem("e", profile(**lines), inputs(person("P1")), SENT).problem.rules
    assert getattr(rules, field) == value


@pytest.mark.parametrize(
    ("accommodation", "minutes", "special"),
    [
        ("", 0, False),
        ("wheelchair", 0, False),
        ("extra_time_30", 36, True),  # 30 % of 120 minutes
        ("wheelchair|extra_time_50", 60, True),
        ("braille", 60, True),  # the profile says 50 %
        ("separate_room", 0, True),
    ],
)
def test_accommodations_make_a_room_end_later_and_be_special(accommodation, minutes, special):
    given = inputs(person("P1"), seated=[*seats(1), *seats(1, 1, accommodation=accommodation)])
    room = draw_problem("e", profile(), given, SENT).problem.rooms[0]
    assert (room.more_minutes, room.special) == (minutes, special)


def test_a_teacher_of_the_subject_is_known_under_the_name_of_the_timetable():
    given = inputs(person("P1", subject="英语"), subject_names={"英语": "外语"})
    [one] = draw_problem("e", profile(recusals="own_subject"), given, SENT).problem.people
    assert one.subjects == ("外语",)


def test_people_of_one_county_or_of_the_whole_city():
    staff = [person("P1"), person("P2", county=COUNTY)]
    whole = draw_problem("e", profile(dispatch_area="city"), inputs(*staff), SENT).problem
    assert {one.id for one in whole.people} == {"P1", "P2"} and {one.pool for one in whole.people} == {""}
    own = draw_problem("e", profile(dispatch_area="county"), inputs(*staff), SENT).problem
    assert [(one.id, one.pool) for one in own.people] == [("P2", COUNTY)]


@pytest.mark.parametrize(
    ("interval", "keys", "drawn"),
    [
        ("per_exam", ["rooms/A"], ["01", "02", "03"]),
        ("per_subject", ["rooms/A/01", "rooms/A/02", "rooms/A/03"], ["01"]),
        ("per_day", ["rooms/A/01", "rooms/A/03"], ["01", "02"]),
    ],
)
def test_the_profile_says_how_often_a_site_draws(interval, keys, drawn):
    found = keys_at("A", SITTINGS, interval)
    assert [str(key) for key in found] == keys
    assert [one.id for one in sittings_drawn(found[0], SITTINGS, interval)] == drawn


def test_the_rooms_of_a_site_are_drawn_from_the_people_sent_there_with_what_they_did_before():
    staff = [person(f"P{n}", sex=("male", "female")[n % 2]) for n in range(9)]
    drawn = [
        PastDuty("e", "01", "040501", "001", CHIEF, "P1"),
        PastDuty("e", "01", "040501", "001", ASSISTANT, "P2"),
        PastDuty("e", "01", "040501", "", RESERVE, "P3"),
    ]
    former = [
        PastDuty("before", "01", "040501", "002", CHIEF, "P4"),
        PastDuty("before", "01", "040501", "002", ASSISTANT, "P5"),
    ]
    lines = {"screeners_per_lane": "0", "rooms_per_roving_invigilator": "none"}
    given = inputs(
        *staff, sent=dict.fromkeys([f"P{n}" for n in range(8)], "040501"), drawn=drawn, former=former
    )
    problem = draw_problem("e", profile(**lines), given, DrawKey("rooms", "040501", "02")).problem
    people = {one.id: one for one in problem.people}
    assert set(people) == {f"P{n}" for n in range(8)}, "P8 was sent elsewhere"
    assert [one.id for one in problem.sittings] == ["02"]
    assert (people["P1"].duties, people["P1"].had, people["P1"].former_rooms) == (
        1,
        (CHIEF,),
        ("040501/001",),
    )
    assert (people["P3"].duties, people["P3"].waited) == (0, 1)
    assert people["P1"].busy_until == 120 and people["P4"].busy_until == -1
    assert people["P4"].former_rooms == ("040501/002",)
    assert problem.former_pairs == (("P1", "P2"), ("P4", "P5"))
    assert {one.sex for one in problem.people} == {Sex.MAN, Sex.WOMAN}
    assert shortage(problem).conflicts == ()
    plan = solve(problem, SEED)
    assert verify(problem, plan, SEED) == []
    pairs = {frozenset(d.person for d in plan.duties if d.room == room) for room in ("001", "002")}
    assert not pairs & {frozenset(("P1", "P2")), frozenset(("P4", "P5"))}, "no pair comes again"


@pytest.mark.parametrize(
    ("given", "key", "code"),
    [
        (inputs(seated=[]), SENT, "seats_not_sealed"),
        (inputs(), DrawKey("rooms", "040501", "01"), "nobody_sent"),
        (inputs(sent={"P1": "040501"}), DrawKey("rooms", "040501", "99"), "sitting_unknown"),
    ],
)
def test_what_cannot_be_asked_yet_is_refused(given, key, code):
    with pytest.raises(Refused) as refused:
        draw_problem("e", profile(), given, key)
    assert refused.value.code == code

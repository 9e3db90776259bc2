"""Traps that seat plans have fallen into."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from tests.inner.engines.seating.small_exams import SEED, RoomKind, exam, rooms, school, seed

from kaowu.basics.seat_grid import SeatGrid
from kaowu.engines.seating import (
    Apart,
    Candidates,
    Infeasible,
    Remainder,
    Room,
    Rules,
    SeatingProblem,
    SeatPlan,
    Site,
    Sitting,
    solve,
    verify,
)


def sizes(plan: SeatPlan) -> list[int]:
    return [len(room.seats) for room in plan.rooms]


def shares(problem: SeatingProblem, plan: SeatPlan, key: str = "school") -> list[Counter[str]]:
    people = {person.id: person for person in problem.candidates.rows()}
    return [Counter(people[name].keys[key] for name in room.candidates) for room in plan.rooms]


@pytest.mark.feature("SITE-14")
@pytest.mark.parametrize("layout", ["5x6", "7-8-8-7", "8-7-7-8", "8877"])
def test_no_two_of_a_school_touch_on_the_real_grid(layout):
    problem = exam([*school("甲", 40), *school("乙", 30), *school("丙", 20)], rooms(3, layout))
    plan = solve(problem, SEED)
    grid = SeatGrid.from_layout(layout)
    people = {person.id: person.keys["school"] for person in problem.candidates.rows()}
    for room in plan.rooms:
        at = dict(zip(room.seats, room.candidates, strict=True))
        touching = [(a, b) for a, b in grid.pairs(4) if people[at[a]] == people[at[b]]]
        assert touching == []


def test_layouts_may_differ_within_a_site():
    halls = rooms(2, "5x6") + rooms(2, "7-8-8-7", first=3) + rooms(1, "5x5", first=5)
    problem = exam([*school("甲", 60), *school("乙", 50), *school("丙", 35)], halls)
    plan = solve(problem, SEED)
    assert sizes(plan) == [30, 30, 30, 30, 25]
    assert verify(problem, plan) == []


@pytest.mark.parametrize(
    ("people", "remainder", "expected"),
    [
        (81, Remainder.BALANCE, [27, 27, 27]),
        (80, Remainder.BALANCE, [27, 27, 26]),
        (61, Remainder.BALANCE, [21, 20, 20]),
        (61, Remainder.OWN_ROOM, [30, 30, 1]),
        (90, Remainder.BALANCE, [30, 30, 30]),
        (5, Remainder.BALANCE, [5]),
    ],
)
def test_the_last_few_people_are_spread_or_get_a_room_as_the_rule_says(people, remainder, expected):
    third = people // 3
    crowd = [*school("甲", third), *school("乙", third), *school("丙", people - 2 * third)]
    problem = exam(crowd, rooms(4), remainder=remainder)
    plan = solve(problem, SEED)
    assert sizes(plan) == expected
    assert verify(problem, plan) == []


@pytest.mark.parametrize("rest", [1, 2, 3, 4, 5])
def test_rests_of_one_to_five_people_share_a_room_under_the_merging_rule(rest):
    people = [
        person
        for electives in ("物化生", "史地政", "物化地")
        for name in "甲乙丙"
        for person in school(name, 10 + (rest if name == "甲" else 0), electives=electives)
    ]
    problem = exam(people, rooms(4), group_by=("electives",), remainder=Remainder.MERGE)
    plan = solve(problem, SEED)
    mixed = [len(share) for share in shares(problem, plan, "electives")]
    assert sum(count > 1 for count in mixed) == 1
    assert max(sizes(plan)) - min(sizes(plan)) <= 1
    assert verify(problem, plan) == []


def test_languages_never_share_a_room_and_the_rule_against_mixing_is_kept():
    people = [*school("甲", 33, language="英语"), *school("乙", 29, language="英语")]
    people += [*school("甲", 2, language="俄语"), *school("乙", 2, language="俄语")]
    problem = exam(people, rooms(5), never_mix=("language",), remainder=Remainder.MERGE)
    plan = solve(problem, SEED)
    assert all(len(share) == 1 for share in shares(problem, plan, "language"))


def test_seven_of_a_school_over_four_rooms_are_two_two_two_and_one():
    problem = exam([*school("甲", 7), *school("乙", 15), *school("丙", 10)], rooms(4, "2-2-2-2"), capacity=8)
    plan = solve(problem, SEED)
    assert sorted(share["甲"] for share in shares(problem, plan)) == [1, 2, 2, 2]
    assert verify(problem, plan) == []


def test_a_school_of_30_percent_makes_no_room_impossible():
    """Random composition made 63 of 9,455 such rooms impossible; quotas make none."""
    people = [*school("甲", 900), *[p for n in range(7) for p in school(f"乙{n}", 300)]]
    problem = exam(people, rooms(100))
    for number in range(3):
        plan = solve(problem, seed(number))
        assert max(share["甲"] for share in shares(problem, plan)) == 9
        assert plan.reasons == ()
        assert plan.figures["neighbouring_pairs"] == 0


def test_a_school_of_45_percent_is_kept_apart_in_every_room():
    people = [*school("甲", 405), *school("乙", 250), *school("丙", 145), *school("丁", 100)]
    problem = exam(people, rooms(30))
    plan = solve(problem, SEED)
    assert max(share["甲"] for share in shares(problem, plan)) <= 14
    assert verify(problem, plan) == []


def test_one_school_of_more_than_half_a_room_is_named_with_its_count():
    problem = exam([*school("甲", 18), *school("乙", 12)], rooms(1))
    plan = solve(problem, SEED)
    (reason,) = plan.reasons
    assert (reason.holds, reason.of, reason.apart, reason.remedy) == (18, 30, 15, "fewest_pairs")
    assert "30人中18人同属“甲”，最多15人能互不相邻" in reason.sentence.zh
    assert "18 of 30" in reason.sentence.en
    assert 0 < reason.pairs == plan.figures["neighbouring_pairs"] <= 9
    assert verify(problem, plan) == []


def test_a_small_group_with_one_large_school_gets_a_further_room_if_that_helps():
    people = [*school("甲", 16), *school("乙", 13)]
    plan = solve(exam(people, rooms(2)), SEED)
    assert (sizes(plan), plan.figures["neighbouring_pairs"]) == ([15, 14], 0)
    # A county of one school stays in as few rooms as ever: no room more would do.
    assert sizes(solve(exam(school("甲", 58), rooms(4)), SEED)) == [29, 29]


def majority_in_a_stream() -> SeatingProblem:
    """甲 has 45 % of the site, but 55 % of the 60 who chose 史地政."""
    people = [*school("甲", 33, electives="史地政"), *school("乙", 27, electives="史地政")]
    people += [p for n in range(6) for p in school(f"{n}校", 8 + n, electives="物化生")]
    people += [*school("甲", 21, electives="物化生"), *school("乙", 2, electives="物化地")]
    return exam(people, rooms(8), group_by=("electives",), remainder=Remainder.MERGE)


def test_a_stream_in_which_one_school_has_the_majority_gets_rooms_of_its_own_wide_enough():
    problem = majority_in_a_stream()
    plan = solve(problem, SEED)
    assert plan.figures["neighbouring_pairs"] == 0
    assert verify(problem, plan) == []
    of_stream = [share for share in shares(problem, plan, "electives") if "史地政" in share]
    assert [share["史地政"] for share in of_stream] == [20, 20, 20]


def test_empty_seats_are_left_between_three_people_of_one_school():
    problem = exam(school("甲", 3), rooms(1))
    plan = solve(problem, SEED)
    assert plan.figures["neighbouring_pairs"] == 0
    assert [reason.remedy for reason in plan.reasons] == ["gaps"]
    assert verify(problem, plan) == []


def test_in_a_one_school_county_the_next_rule_of_the_ladder_separates_classes():
    people = [p for n in range(4) for p in school("甲", 15, start=15 * n, form=f"{n}班")]
    ladder = (Apart("school", 4), Apart("form", 4))
    problem = exam(people, rooms(2), apart=ladder, gaps=False)
    plan = solve(problem, SEED)
    assert {reason.remedy for reason in plan.reasons} == {"next_rung"}
    by_class = exam(people, rooms(2), apart=ladder[1:], gaps=False)
    assert [b.code for b in verify(by_class, plan) if b.code == "neighbours"] == []
    assert verify(problem, plan) == []


def test_eight_neighbours_are_stricter_than_four():
    people = [p for n in range(6) for p in school(f"{n}校", 5)]
    strict = exam(people, rooms(1), apart=(Apart("school", 8),))
    assert verify(strict, solve(strict, SEED)) == []
    loose = exam(people, rooms(1), apart=(Apart("school", 4),))
    diagonal = 0
    for number in range(5):
        found = solve(loose, seed(number))
        plan = SeatPlan(strict.digest, found.seed_digest, found.engine, found.rooms)
        diagonal += len(verify(strict, plan))
    assert diagonal


@pytest.mark.feature("SITE-14")
def test_spare_and_isolation_rooms_stay_empty_and_more_are_kept_where_the_rule_asks():
    halls = rooms(5) + rooms(1, first=901, kind=RoomKind.SPARE) + rooms(1, first=902, kind=RoomKind.ISOLATION)
    problem = exam([*school("甲", 50), *school("乙", 40)], halls, spare_rooms_per_site=3)
    plan = solve(problem, SEED)
    assert [room.room for room in plan.rooms] == ["001", "002", "003"]
    assert plan.figures["rooms_kept_empty"] == 4
    assert verify(problem, plan) == []


def test_a_wheelchair_gets_a_room_without_steps_and_the_seat_at_the_door():
    people = [*school("甲", 30), *school("乙", 29), *school("丙", 1, needs=("accessible",))]
    halls = rooms(2) + rooms(1, first=3, step_free=True)
    problem = exam(people, halls)
    plan = solve(problem, SEED)
    (row,) = [row for row in plan.rows() if row.candidate.startswith("丙")]
    assert (row.room, row.seat) == ("003", 1)
    assert verify(problem, plan) == []


def test_extra_time_sits_in_rooms_of_its_own_and_single_candidates_alone():
    people = [*school("甲", 30), *school("乙", 30)]
    people += school("丙", 3, needs=("separate:extra_time_30",), start=0)
    people += school("丙", 2, needs=("separate:extra_time_50",), start=10)
    people += school("丙", 2, needs=("single",), start=20)
    problem = exam(people, rooms(8) + rooms(1, "1x2", first=9, kind=RoomKind.SINGLE))
    plan = solve(problem, SEED)
    together = defaultdict(set)
    for row in plan.rows():
        together[row.room].add(row.candidate)
    assert sorted(len(inside) for inside in together.values()) == [1, 1, 2, 3, 30, 30]
    assert verify(problem, plan) == []


def test_rooms_are_numbered_as_text_beyond_99():
    people = [*school("甲", 1500), *school("乙", 1500), *school("丙", 330)]
    problem = exam(people, rooms(111))
    plan = solve(problem, SEED)
    assert plan.rooms[0].room == "001"
    assert plan.rooms[-1].room == "111"


def test_a_site_beyond_99_rooms_may_have_a_second_code_and_candidates_stay_with_one_of_them():
    """Numbers of two digits: the hundredth room belongs to a second site code."""
    grid = SeatGrid.from_layout("7-8-8-7")
    first = Site("01", "P", tuple(Room(f"{n:02d}", grid, 30) for n in range(1, 100)))
    second = Site("02", "P", tuple(Room(f"{n:02d}", grid, 30) for n in range(1, 13)))
    both = ("语文", "外语")
    people = [p for name in "甲乙丙" for p in school(name, 1100, sittings=both)]
    sittings = (Sitting("语文"), Sitting("外语"))
    problem = SeatingProblem(Candidates.of(people), (first, second), Rules(), sittings)
    plan = solve(problem, SEED)
    assert {(room.site, len(room.room)) for room in plan.rooms} == {("01", 2), ("02", 2)}
    assert len({(row.candidate, row.site) for row in plan.rows()}) == len(people)
    assert verify(problem, plan, SEED) == []


def test_each_sitting_has_rooms_of_its_own_at_one_site_and_seats_are_drawn_anew():
    people = [
        p
        for n, taken in enumerate([("语文", "物理"), ("语文", "历史"), ("语文", "物理", "化学")])
        for name in "甲乙丙"
        for p in school(name, 20, sittings=taken, start=100 * n)
    ]
    sittings = (Sitting("语文"), Sitting("物理"), Sitting("历史"), Sitting("化学"))
    problem = exam(people, rooms(7), sittings)
    plan = solve(problem, SEED)
    inside = {
        name: {row.candidate for row in plan.rows() if row.sitting == name}
        for name in ("语文", "物理", "历史", "化学")
    }
    assert [len(of) for of in inside.values()] == [180, 120, 60, 60]
    seats = {(row.sitting, row.candidate): (row.room, row.seat) for row in plan.rows()}
    again = [seats["语文", name] == seats["物理", name] for name in inside["物理"]]
    assert sum(again) < len(again) / 4
    assert verify(problem, plan, SEED) == []


def test_a_class_of_one_school_or_siblings_may_be_what_is_kept_apart():
    """Social candidates are one centre of thousands: their class, not the centre, keeps them apart."""
    people = [p for n in range(6) for p in school("社会考生", 20, start=20 * n, form=f"{n}班")]
    by_class = exam(people, rooms(4), apart=(Apart("form", 4),))
    plan = solve(by_class, SEED)
    assert (plan.reasons, verify(by_class, plan)) == ((), [])


@pytest.mark.parametrize(("people", "expected"), [(30, (15, 15)), (29, (15, 14)), (1, (1, 0))])
def test_papers_by_seat_number_fill_bags_of_fifteen_and_fifteen(people, expected):
    third = people // 3
    crowd = [*school("甲", third), *school("乙", third), *school("丙", people - 2 * third)]
    (room,) = solve(exam(crowd, rooms(1, "5x6")), SEED).rooms
    odd = sum(seat % 2 for seat in room.seats)
    assert (odd, len(room.seats) - odd) == expected


def test_odd_and_even_differ_along_a_column_but_not_across_the_aisle_of_7_8_8_7():
    """Why A and B by number part neighbours in columns only: 15 stands beside 1."""
    for layout, across_alike in (("5x6", 0), ("7-8-8-7", 14)):
        grid = SeatGrid.from_layout(layout)
        alike = [(a, b) for a, b in grid.pairs(4) if a % 2 == b % 2]
        assert all(grid.desk(a).column != grid.desk(b).column for a, b in alike)
        assert len(alike) == across_alike


def test_letting_languages_mix_is_offered_with_its_consequence_and_then_seats_everybody():
    people = [*school("甲", 20, language="英语"), *school("乙", 19, language="英语")]
    people += [*school("丙", 2, language="俄语"), *school("丁", 2, language="日语")]
    problem = exam(people, rooms(3), never_mix=("language",))
    with pytest.raises(Infeasible) as refused:
        solve(problem, SEED)
    offered = {one.code: one for one in refused.value.explanation.relaxations}
    assert offered["may_mix"].remaining == 0
    relaxed = problem.with_rules(**offered["may_mix"].changes)
    assert verify(relaxed, solve(relaxed, SEED)) == []


def test_a_candidate_alone_sits_in_a_single_room_even_when_also_in_need_of_no_steps():
    people = [*school("甲", 15), *school("乙", 15), *school("丙", 1, needs=("single", "accessible"))]
    halls = rooms(1) + rooms(1, "1x1", first=7, kind=RoomKind.SINGLE)
    halls += rooms(1, "1x1", first=8, kind=RoomKind.SINGLE, step_free=True)
    problem = exam(people, halls)
    plan = solve(problem, SEED)
    assert [row.room for row in plan.rows() if row.candidate.startswith("丙")] == ["008"]
    assert verify(problem, plan) == []

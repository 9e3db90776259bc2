"""Everybody has one site within the limits, nobody could be sent better, and the prices prove it."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import permutations

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.draw.test_draw_shortage import ROSTERS

from kaowu.basics.errors import Refused
from kaowu.engines.allocation import (
    Allocation,
    AllocationProblem,
    Person,
    Site,
    bound,
    compare,
    lower_bound,
    on_a_plane,
    solve,
    verify,
)


def city(people: int, sites: int, chance: random.Random, spare: float = 1.1, **more) -> AllocationProblem:
    """People of eight schools around sites of different size."""
    spot = lambda: (chance.randrange(20_000), chance.randrange(20_000))  # noqa: E731
    sizes = [chance.uniform(0.6, 1.4) for _ in range(sites)]
    return AllocationProblem(
        tuple(Person(f"P{n:05d}", f"S{n % 8}", "city", spot()) for n in range(people)),
        tuple(
            Site(f"A{n:02d}", "city", spot(), int(people * spare * z / sum(sizes)) + 1)
            for n, z in enumerate(sizes)
        ),
        **more,
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 400), st.integers(1, 12), st.integers(0, 1 << 32))
def test_the_allocation_keeps_the_limits_and_equals_its_own_bound(people, sites, number):
    problem = city(people, sites, random.Random(number))
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert plan.figures["total_metres"] == lower_bound(problem, dict(plan.prices))
    assert Allocation.from_bytes(plan.to_bytes()) == plan
    assert AllocationProblem.from_bytes(problem.to_bytes()).digest == problem.digest


def test_on_a_tiny_map_trying_everything_finds_nothing_shorter():
    for number in range(12):
        chance = random.Random(number)
        problem = replace(
            city(6, 3, chance),
            sites=tuple(
                Site(f"A{n}", "city", (chance.randrange(20_000), chance.randrange(20_000)), 2)
                for n in range(3)
            ),
        )
        ways = (
            sum(
                _metres(person.at, problem.sites[seat // 2].at)
                for person, seat in zip(problem.people, way, strict=True)
            )
            for way in permutations(range(6))
        )
        assert solve(problem).figures["total_metres"] == min(ways)


def _metres(one, two):
    from math import isqrt

    return isqrt((one[0] - two[0]) ** 2 + (one[1] - two[1]) ** 2)


def test_a_larger_city_is_solved_exactly_and_both_bounds_agree():
    problem = city(6_000, 40, random.Random(5), 1.08)
    plan = solve(problem)
    assert verify(problem, plan) == []
    least = bound(problem, dict(plan.prices))
    assert least == lower_bound(problem, dict(plan.prices))
    assert plan.figures["total_metres"] <= least * 1.005
    assert solve(problem).to_bytes() == plan.to_bytes()


def test_the_stated_maximum_is_kept_though_the_mean_grows():
    problem = city(500, 6, random.Random(3), 1.3)
    free = solve(problem)
    stated = free.figures["farthest_metres"] - 500
    limited = solve(replace(problem, farthest=stated))
    assert verify(replace(problem, farthest=stated), limited) == []
    assert limited.figures["farthest_metres"] <= stated < free.figures["farthest_metres"]
    assert limited.figures["total_metres"] >= free.figures["total_metres"]


def test_what_cannot_be_is_named_with_its_count():
    problem = city(100, 4, random.Random(1))
    with pytest.raises(Refused) as far:
        solve(replace(problem, farthest=300))
    assert far.value.code == "allocation_too_far" and "300米" in far.value.sentence.zh
    small = replace(problem, sites=tuple(replace(site, capacity=20) for site in problem.sites))
    with pytest.raises(Refused) as short:
        solve(small)
    assert short.value.code == "allocation_places_short" and "共80个座位" in short.value.sentence.zh
    with pytest.raises(Refused) as few:
        solve(replace(problem, fewest_schools=9))
    assert few.value.code == "allocation_few_schools"


def test_each_site_has_enough_schools_where_neighbours_would_not_mix():
    """Two schools far apart, each beside its own site: somebody must travel."""
    left = [Person(f"L{n}", "left", "city", (0, n)) for n in range(10)]
    right = [Person(f"R{n}", "right", "city", (9_000, n)) for n in range(10)]
    sites = (Site("A", "city", (0, 0), 11), Site("B", "city", (9_000, 0), 11))
    apart = AllocationProblem((*left, *right), sites)
    assert "few_schools" in {one.code for one in verify(replace(apart, fewest_schools=2), solve(apart))}
    mixed = replace(apart, fewest_schools=2)
    plan = solve(mixed)
    assert verify(mixed, plan) == []
    assert plan.figures["swapped_for_schools"] == 2


def test_each_planted_break_is_caught():
    problem = replace(city(60, 4, random.Random(2)), farthest=40_000)
    plan = solve(problem)
    name, site = plan.sites[0]
    elsewhere = next(one.id for one in problem.sites if one.id != site)
    planted = {
        "another_problem": (replace(problem, exam="x"), plan),
        "not_one_site": (problem, replace(plan, sites=plan.sites[1:])),
        "unknown_person": (problem, replace(plan, sites=(*plan.sites, ("nobody", site)))),
        "wrong_pool": (
            replace(problem, people=(replace(problem.people[0], pool="x"), *problem.people[1:])),
            plan,
        ),
        "too_far": (replace(problem, farthest=10), plan),
        "over_capacity": (
            problem,
            replace(plan, sites=tuple((person, elsewhere) for person, _ in plan.sites)),
        ),
        "few_schools": (replace(problem, fewest_schools=9), plan),
    }
    for code, (asked, given_) in planted.items():
        assert code in {one.code for one in verify(asked, given_)}, code
    assert name and verify(problem, plan) == []


def test_the_schools_of_the_real_city_travel_less_and_unknown_addresses_are_counted():
    book = openpyxl.load_workbook(ROSTERS / "zaozhuang_venues.xlsx", read_only=True)
    sites = list(book["考点"].iter_rows(min_row=2, values_only=True))
    schools = list(book["学校"].iter_rows(min_row=2, values_only=True))
    people = [
        Person(f"{row[0]}-{n:04d}", row[0], "枣庄", on_a_plane(row[4], row[5], 34.8) if at else None)
        for at, row in enumerate(schools)
        for n in range(row[6] // 10)
    ]
    problem = AllocationProblem(
        tuple(people),
        tuple(Site(row[0], "枣庄", on_a_plane(row[7], row[8], 34.8), row[12] // 10) for row in sites),
        None,
        3,
    )
    plan = solve(problem)
    assert verify(problem, plan) == []
    assert plan.figures["without_coordinates"] == schools[0][6] // 10
    # Before: schools in the order of the list fill the sites in the order of the list.
    seats = [site.id for site in problem.sites for _ in range(site.capacity)]
    before = {person.id: seat for person, seat in zip(problem.people, seats, strict=False)}
    told = compare(problem, before, dict(plan.sites))
    assert told.mean_after < told.mean_before and "人更近" in told.sentence.zh

"""The schematic map: north is up, every point lies on the paper, labels stand clear, and only what is asked for is drawn."""

import random

from kaowu.engines.allocation.opening import Group, OpeningPlan, OpeningProblem, Place, Standing, solve
from kaowu.web.site_map import site_map


def town(count=20, sites=8):
    chance = random.Random(4)
    spot = lambda: (chance.randrange(40_000), chance.randrange(30_000))  # noqa: E731
    return OpeningProblem(
        tuple(
            Group(f"学校{n:02d}", f"学校{n:02d}", "C", spot(), chance.randint(5, 400)) for n in range(count)
        ),
        tuple(
            Place(f"{n:02d}", "C", spot(), 2_000, standing=Standing.CLOSED if n == 0 else Standing.MAY)
            for n in range(sites)
        ),
    )


def drawn(problem, plan, groups=None, places=None):
    everybody = {group.id for group in problem.groups} if groups is None else groups
    everywhere = {place.id for place in problem.places} if places is None else places
    return site_map(
        problem, plan, {place.id: f"第{place.id}中学" for place in problem.places}, everybody, everywhere
    )


def test_every_spot_lies_on_the_paper_and_every_flow_is_a_line():
    problem = town()
    plan = solve(problem)
    shown = drawn(problem, plan)
    assert len(shown.schools) == 20 and len(shown.sites) == 8 and len(shown.strokes) == len(plan.flows)
    for spot in (*shown.schools, *shown.sites):
        assert 0 <= spot.x <= shown.width and 0 <= spot.y <= shown.height
    assert {spot.kind for spot in shown.sites} == {"opened", "closed"}
    assert shown.scale_km in (1, 2, 5, 10, 20, 50) and 0 < shown.scale_width < shown.width


def test_north_is_up_and_east_is_right():
    groups = (
        Group("南", "南", "C", (0, 0), 5),
        Group("北", "北", "C", (0, 9_000), 5),
        Group("东", "东", "C", (9_000, 0), 5),
    )
    problem = OpeningProblem(groups, (Place("1", "C", (4_000, 4_000), 50),))
    at = {spot.title[0]: spot for spot in drawn(problem, solve(problem)).schools}
    assert at["北"].y < at["南"].y and at["东"].x > at["南"].x


def test_only_what_may_be_seen_is_drawn_and_nothing_where_nothing_is_known():
    problem = town()
    plan = solve(problem)
    group, place, _ = plan.flows[0]
    shown = drawn(problem, plan, {group}, {place})
    assert len(shown.schools) == len(shown.sites) == 1 and len(shown.strokes) == 1
    blind = OpeningProblem((Group("甲", "甲", "C", None, 5),), (Place("1", "C", None, 9),))
    assert drawn(blind, OpeningPlan("", "", (), ())) is None


def test_labels_of_neighbouring_sites_stand_clear_of_each_other():
    problem = OpeningProblem(
        (Group("甲", "甲", "C", (0, 0), 30), Group("乙", "乙", "C", (30_000, 20_000), 30)),
        (Place("1", "C", (1_000, 0), 40), Place("2", "C", (1_600, 0), 40)),
    )
    plan = OpeningPlan("", "", ("1", "2"), (("甲", "1", 30), ("乙", "2", 30)))
    one, two = drawn(problem, plan).sites
    assert one.beside != two.beside

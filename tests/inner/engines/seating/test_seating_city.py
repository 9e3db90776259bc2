"""The 42,000 of a whole city over its 13 sites and 1,574 rooms."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from pathlib import Path

import fastexcel
import pytest
from tests.inner.engines.seating.small_exams import SEED

from kaowu.basics.seat_grid import Corner, SeatGrid
from kaowu.engines.seating import (
    Candidates,
    Infeasible,
    Remainder,
    Room,
    RoomKind,
    Rules,
    SeatingProblem,
    Site,
    Sitting,
    solve,
    verify,
)

ROSTERS = Path(__file__).parents[3] / "data" / "rosters"
KINDS = {"标准考场": RoomKind.ORDINARY, "备用考场": RoomKind.SPARE, "隔离考场": RoomKind.ISOLATION}
CORNERS = {"前门左侧": Corner.FRONT_LEFT, "前门右侧": Corner.FRONT_RIGHT}


def city_sites() -> tuple[Site, ...]:
    workbook = fastexcel.read_excel(ROSTERS / "zaozhuang_venues.xlsx")
    rooms = defaultdict(list)
    for row in workbook.load_sheet("考场").to_polars().iter_rows(named=True):
        capacity, start = int(row["容量"]), CORNERS[row["一号座位"]]
        plain = row["座位布局"] == "-"
        grid = SeatGrid.for_capacity(capacity) if plain else SeatGrid.from_layout(row["座位布局"], start)
        kind, flat = KINDS[row["场所类型"]], row["无障碍"] == "是"
        rooms[row["考点代码"]].append(Room(row["考场序号"], grid, capacity, kind, flat))
    sites = workbook.load_sheet("考点").to_polars().iter_rows(named=True)
    return tuple(Site(s["考点代码"], s["县区代码"], tuple(rooms[s["考点代码"]])) for s in sites)


def needs(accommodation: str) -> str:
    asked = set(accommodation.split("|"))
    found = ["accessible"] if asked & {"wheelchair", "mobility_aid"} else []
    found += [f"separate:{word}" for word in ("extra_time_30", "extra_time_50") if word in asked]
    return "|".join(found)


def city(remainder: Remainder) -> SeatingProblem:
    with gzip.open(ROSTERS / "zaozhuang_candidates.truth.csv.gz", "rt", encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    columns = {
        "pool": [p["county"] for p in people],
        "school": [p["school"] for p in people],
        "foreign_language": [p["foreign_language"] for p in people],
        "electives": ["".join(p["subjects"].split("|")[3:]) for p in people],
        "needs": [needs(p["accommodation"]) for p in people],
    }
    rules = Rules(30, ("foreign_language",), ("electives",), remainder)
    ids = [p["registration_number"] for p in people]
    return SeatingProblem(Candidates.of_columns(ids, columns), city_sites(), rules)


@pytest.mark.feature("SITE-14")
def test_a_city_is_seated_with_no_two_of_a_school_beside_each_other():
    problem = city(Remainder.MERGE)
    plan = solve(problem, SEED)
    assert plan.placements == 42_000
    assert len(Counter(row.candidate for row in plan.rows())) == 42_000
    assert plan.figures["neighbouring_pairs"] == 0
    assert 1_420 <= plan.figures["rooms_used"] <= 1_440
    # Only rooms of a rare language, where one school holds more than half, need empty seats.
    assert all(reason.remedy == "gaps" and reason.of < 30 for reason in plan.reasons)
    assert verify(problem, plan, SEED) == []


def test_without_merged_rooms_the_city_lacks_rooms_and_merging_is_what_helps():
    with pytest.raises(Infeasible) as refused:
        solve(city(Remainder.BALANCE), SEED)
    explanation = refused.value.explanation
    assert {conflict.pool for conflict in explanation.conflicts} <= {
        "370402", "370403", "370404", "370405", "370406", "370481",
    }  # fmt: skip
    best = explanation.relaxations[0]
    assert (best.code, best.remaining) == ("merge_remainders", 0)


def test_candidates_keep_their_site_when_papers_are_seated_one_by_one():
    problem = city(Remainder.MERGE)
    papers = problem.candidates.columns["electives"].labels[:2]
    sittings = (Sitting("统考"), *map(Sitting, papers))
    people = list(problem.candidates.rows())[:6_000]
    taken = [p.keys["electives"] for p in people]
    columns = {
        "pool": [p.pool for p in people],
        "school": [p.keys["school"] for p in people],
        "foreign_language": [p.keys["foreign_language"] for p in people],
        "electives": taken,
        "sittings": [f"统考|{paper}" if paper in papers else "统考" for paper in taken],
    }
    several = SeatingProblem(
        Candidates.of_columns([p.id for p in people], columns), problem.sites, problem.rules, sittings
    )
    plan = solve(several, SEED)
    assert verify(several, plan) == []
    sites = defaultdict(set)
    for row in plan.rows():
        sites[row.candidate].add(row.site)
    assert {len(of_one) for of_one in sites.values()} == {1}
    assert len({row.site for row in plan.rows()}) > 1

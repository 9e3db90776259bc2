"""A nation is seated county by county, and it is the plan of the whole."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from tests.inner.engines.seating.small_exams import SEED, rooms, school

from kaowu.engines.seating import (
    Candidates,
    Remainder,
    Rules,
    SeatingProblem,
    SeatPlan,
    Site,
    Sitting,
    by_pools,
    solve,
    solve_stream,
    verify,
)


def nation(sittings: Sequence[str] = ("all",)) -> SeatingProblem:
    """Five counties; the second has two sites, the third a school of 45 % and rests of three streams."""
    people, sites = [], []
    for number in range(5):
        pool = f"县{number}"
        for name, count in (("甲", 41), ("乙", 33 + number), ("丙", 17)):
            for electives, share in (("物化生", 1), ("史地政", 2), ("物化地", 3)):
                part = school(f"{name}{number}", count // share, pool=pool, electives=electives)
                takes = tuple(sittings) if share < 3 or len(sittings) == 1 else sittings[:1]
                people += [
                    type(p)(p.id, p.pool, p.keys, p.needs, takes if len(sittings) > 1 else ()) for p in part
                ]
        halls = rooms(7, "7-8-8-7") + rooms(4, "5x6", first=8)
        sites.append(Site(f"{number}1", pool, tuple(halls)))
        if number == 1:
            sites.append(Site("12", pool, tuple(rooms(6, "8-7-7-8"))))
    rules = Rules(30, (), ("electives",), Remainder.MERGE)
    return SeatingProblem(
        Candidates.of(people), tuple(sites), rules, tuple(Sitting(name) for name in sittings)
    )


@pytest.mark.parametrize("sittings", [("all",), ("语文", "物理")])
@pytest.mark.parametrize("at_once", [1, 400, 10**9])
def test_parts_of_whole_pools_give_the_plan_of_the_whole_room_by_room(sittings, at_once):
    whole = nation(sittings)
    plan = solve(whole, SEED)
    parts = list(by_pools(whole, at_once))
    assert len(parts) == {1: 5, 400: 3, 10**9: 1}[at_once]
    plans = list(solve_stream(iter(parts), SEED))
    assert all(verify(part, found, SEED) == [] for part, found in zip(parts, plans, strict=True))

    def by_name(found: SeatPlan) -> list[object]:
        return [(room.sitting, room.site, room.room, room.seats, room.candidates) for room in found.rooms]

    together = [room for found in plans for room in by_name(found)]
    assert sorted(together) == sorted(by_name(plan))
    reasons = [reason for found in plans for reason in found.reasons]
    assert sorted(map(repr, reasons)) == sorted(map(repr, plan.reasons))
    assert sum(found.figures["rooms_used"] for found in plans) == plan.figures["rooms_used"]


def test_a_stream_asks_for_the_next_problem_only_when_the_plan_before_is_taken():
    asked = []

    def problems():
        for part in by_pools(nation(), 1):
            asked.append(part)
            yield part

    plans = solve_stream(problems(), SEED)
    next(plans)
    assert len(asked) == 1
    next(plans)
    assert len(asked) == 2


def test_quickly_written_files_are_canonical_json():
    problem = nation()
    odd = next(iter(problem.candidates.rows()))
    people = [
        *problem.candidates.rows(),
        type(odd)('迟"\\\n1\x7f㐂', odd.pool, {**odd.keys, "school": 'a"b\\c'}),
    ]
    problem = SeatingProblem(Candidates.of(people), problem.sites, problem.rules)
    for content in (problem.to_bytes(), solve(problem, SEED).to_bytes()):
        again = json.dumps(json.loads(content), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert again.encode() == content
    assert SeatingProblem.from_bytes(problem.to_bytes()).digest == problem.digest

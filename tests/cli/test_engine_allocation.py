"""Allocation on files: solve with a comparison, judge, explain."""

from __future__ import annotations

import json

from click.testing import CliRunner

from kaowu.cli.main import group
from kaowu.engines.allocation import AllocationProblem, Person, Site


def kaowu(*arguments: object):
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def problem_of(capacity: int) -> AllocationProblem:
    people = tuple(Person(f"P{n}", f"S{n % 2}", "city", (1_000 * n, 0)) for n in range(10))
    return AllocationProblem(
        people, (Site("A", "city", (0, 0), capacity), Site("B", "city", (9_000, 0), capacity))
    )


def test_an_allocation_is_made_compared_judged_and_proved(tmp_path):
    problem, plan, before = (tmp_path / name for name in ("problem.json", "plan.json", "before.json"))
    problem.write_bytes(problem_of(5).to_bytes())
    before.write_text(json.dumps({f"P{n}": "BA"[n // 5] for n in range(10)}))
    solved = kaowu("engine", "allocation", "solve", problem, "--before", before, "--out", plan, "--json")
    assert solved.exit_code == 0, solved.output
    told = json.loads(solved.stdout)
    assert told["figures"]["total_metres"] == 20_000 and "10人更近" in told["compared"]["zh"]
    judged = kaowu("engine", "allocation", "verify", problem, plan, "--json")
    assert json.loads(judged.stdout)["lower_bound_metres"] == 20_000
    broken = json.loads(plan.read_bytes())
    broken["sites"][0][1] = "B"
    plan.write_text(json.dumps(broken))
    assert kaowu("engine", "allocation", "verify", problem, plan).exit_code == 1


def test_missing_places_are_told(tmp_path):
    problem = tmp_path / "problem.json"
    problem.write_bytes(problem_of(4).to_bytes())
    done = kaowu("engine", "allocation", "solve", problem)
    assert done.exit_code == 1 and "共8个座位" in done.output

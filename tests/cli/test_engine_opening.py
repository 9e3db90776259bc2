"""Sites to open, on files: solve, judge with the bound, and say why there is no plan."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from kaowu.cli.main import group
from kaowu.engines.allocation.opening import Group, Limits, OpeningProblem, Place

PROBLEM = OpeningProblem(
    (Group("甲", "甲", "C", (0, 0), 30), Group("乙", "乙", "C", (12_000, 0), 20)),
    (Place("1", "C", (0, 0), 40), Place("2", "C", (11_000, 0), 40)),
)


def kaowu(*arguments: object):
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def test_sites_are_opened_judged_and_proved_and_standard_output_is_one_value(tmp_path):
    problem, plan = tmp_path / "problem.json", tmp_path / "plan.json"
    problem.write_bytes(PROBLEM.to_bytes())
    program = Path(sys.executable).with_name("kaowu")
    done = subprocess.run(
        [program, "engine", "opening", "solve", problem, "--out", plan, "--json"],
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert told["opened"] == ["1", "2"] and told["figures"]["total_metres"] == 20_000
    judged = json.loads(kaowu("engine", "opening", "verify", problem, plan, "--json").stdout)
    assert judged["accepted"] and judged["lower_bound_metres"] == 20_000
    broken = json.loads(plan.read_bytes())
    broken["flows"][0][2] += 1
    plan.write_text(json.dumps(broken))
    assert kaowu("engine", "opening", "verify", problem, plan).exit_code == 1


def test_why_there_is_no_plan_is_told_with_what_would_help(tmp_path):
    problem = tmp_path / "problem.json"
    problem.write_bytes(replace(PROBLEM, limits=Limits(most_sites=1)).to_bytes())
    done = kaowu("engine", "opening", "solve", problem)
    assert done.exit_code == 1
    assert "至少要启用2个考点，规定最多1个" in done.output and "最多启用2个考点" in done.output

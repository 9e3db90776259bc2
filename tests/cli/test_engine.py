"""Engines on files: solve, judge, explain."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests.inner.engines.seating.small_exams import SEED, exam, rooms, school

from kaowu.cli.main import group


def kaowu(*arguments: object):
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


@pytest.fixture
def files(tmp_path):
    problem = exam([*school("甲", 35), *school("乙", 30), *school("丙", 22)], rooms(3))
    (tmp_path / "problem.json").write_bytes(problem.to_bytes())
    return tmp_path / "problem.json", tmp_path / "plan.json"


def test_a_problem_is_solved_and_its_plan_accepted(files):
    problem, plan = files
    solved = kaowu("engine", "seating", "solve", problem, "--seed", SEED.hex(), "--out", plan, "--json")
    assert solved.exit_code == 0
    told = json.loads(solved.stdout)
    assert told["figures"]["neighbouring_pairs"] == 0
    judged = kaowu("engine", "seating", "verify", problem, plan, "--seed", SEED.hex(), "--json")
    assert judged.exit_code == 0
    verdict = json.loads(judged.stdout)
    assert (verdict["accepted"], verdict["breaks"], verdict["placements"]) == (True, [], 87)
    assert verdict["digest"] == told["digest"]


def test_the_result_may_be_named_after_the_problem(files):
    problem, plan = files
    assert kaowu("engine", "seating", "solve", problem, plan, "--seed", SEED.hex(), "--json").exit_code == 0
    assert kaowu("engine", "seating", "verify", problem, plan, "--json").exit_code == 0


def test_a_broken_plan_is_refused_with_a_sentence(files):
    problem, plan = files
    kaowu("engine", "seating", "solve", problem, "--seed", SEED.hex(), "--out", plan)
    broken = json.loads(plan.read_bytes())
    broken["rooms"][0]["seats"][0][0] = 2
    plan.write_text(json.dumps(broken), encoding="utf-8")
    judged = kaowu("engine", "seating", "verify", problem, plan, "--json")
    assert judged.exit_code == 1
    verdict = json.loads(judged.stdout)
    assert "seat_twice" in {one["code"] for one in verdict["breaks"]}
    human = kaowu("engine", "seating", "verify", problem, plan)
    assert human.exit_code == 1
    assert "核查不通过" in human.output


def test_missing_rooms_are_explained_and_exit_is_not_zero(tmp_path):
    crowd = exam([*school("甲", 40), *school("乙", 40)], rooms(2), spare_rooms_per_site=1)
    (tmp_path / "problem.json").write_bytes(crowd.to_bytes())
    solved = kaowu("engine", "seating", "solve", tmp_path / "problem.json", "--json")
    assert solved.exit_code == 1
    told = json.loads(solved.stdout)
    assert told["solved"] is False
    assert told["conflicts"][0]["people"] == 80


@pytest.mark.parametrize("seed", ["zz", "00ff"])
def test_a_seed_that_is_no_seed_or_too_short_is_refused(files, seed):
    solved = kaowu("engine", "seating", "solve", files[0], "--seed", seed)
    assert solved.exit_code == 2


def test_a_file_of_another_kind_is_refused_as_one_json_value(files):
    judged = kaowu("engine", "seating", "verify", files[0], files[0], "--json")
    assert judged.exit_code == 1
    assert json.loads(judged.stdout)["code"] == "seat_plan_unreadable"


def test_a_folder_of_problems_is_seated_file_by_file(tmp_path):
    for name in ("东", "西"):
        problem = exam([*school(f"{name}甲", 35), *school(f"{name}乙", 30)], rooms(3))
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.json").write_bytes(problem.to_bytes())
    out = tmp_path / "out"
    solved = kaowu(
        "engine", "seating", "solve", tmp_path / "in", "--seed", SEED.hex(), "--out", out, "--json"
    )
    assert solved.exit_code == 0
    assert [plan["file"] for plan in json.loads(solved.stdout)["plans"]] == ["东.json", "西.json"]
    for name in ("东.json", "西.json"):
        assert kaowu("engine", "seating", "verify", tmp_path / "in" / name, out / name).exit_code == 0


def test_a_changed_problem_is_re_planned_and_the_re_plan_judged(files, tmp_path):
    problem, plan = files
    kaowu("engine", "seating", "solve", problem, "--seed", SEED.hex(), "--out", plan)
    changed, follows = tmp_path / "changed.json", tmp_path / "follows.json"
    people = [*school("甲", 35), *school("乙", 29), *school("丙", 22), *school("丁", 1)]
    changed.write_bytes(exam(people, rooms(3)).to_bytes())
    options = ("--seed", SEED.hex(), "--out", follows)
    told = kaowu("engine", "seating", "replan", problem, plan, changed, *options, "--json")
    assert told.exit_code == 0
    found = json.loads(told.stdout)
    assert (found["moved"], found["moved_at_least"]) == (0, 0)
    assert {(move["candidate"], move["code"]) for move in found["moves"]} == {
        ("乙-0029", "withdrawn"),
        ("丁-0000", "added"),
    }
    before = ("--before", problem, plan)
    assert kaowu("engine", "seating", "verify", changed, follows, *before).exit_code == 0
    assert kaowu("engine", "seating", "verify", changed, follows, "--before", problem, follows).exit_code == 1
    assert "至少须移动0人次" in kaowu("engine", "seating", "replan", problem, plan, changed).stdout


def test_fairness_is_examined_on_request():
    told = kaowu("engine", "seating", "fairness", "--seeds", "8", "--seed", SEED.hex(), "--json")
    assert told.exit_code == 0
    found = json.loads(told.stdout)
    assert (found["fair"], found["seeds"], len(found["answers"])) == (True, 8, 7)

"""The draw on files: shortage, draw, verdict, replacement."""

from __future__ import annotations

import json
from dataclasses import replace

from click.testing import CliRunner
from tests.inner.engines.draw.small_draws import SEED, exam, people, rooms

from kaowu.cli.main import group
from kaowu.engines.draw import Line, Per, Post, solve
from kaowu.engines.lots import Ceremony, GivenHand, hand_commitment, root_of, rows_of, seed_from

POSTS = (Post("chief"), Post("assistant"), Post("reserve", waits=True))
LINES = (Line("chief"), Line("assistant"), Line("reserve", 15, Per.PERCENT))


def kaowu(*arguments: object):
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def test_a_draw_is_made_judged_broken_and_repaired(tmp_path):
    problem, plan, mended = (tmp_path / name for name in ("problem.json", "plan.json", "mended.json"))
    problem.write_bytes(exam(people(30), rooms(12, 2), 2, posts=POSTS, staffing=LINES).to_bytes())
    solved = kaowu("engine", "draw", "solve", problem, plan, "--seed", SEED.hex(), "--json")
    assert solved.exit_code == 0, solved.output
    judged = kaowu("engine", "draw", "verify", problem, plan, "--seed", SEED.hex(), "--json")
    assert judged.exit_code == 0
    assert json.loads(judged.stdout)["digest"] == json.loads(solved.stdout)["digest"]
    absent = next(duty for duty in json.loads(plan.read_bytes())["duties"] if duty[2])
    asked = ("--person", absent[4], "--sitting", absent[0], "--seed", SEED.hex(), "--out", mended, "--json")
    repaired = kaowu("engine", "draw", "repair", problem, plan, *asked)
    assert repaired.exit_code == 0 and json.loads(repaired.stdout)["moved"] <= 2
    gone = ("--gone", absent[4], absent[0])
    assert kaowu("engine", "draw", "verify", problem, mended, *gone).exit_code == 0
    refused = kaowu("engine", "draw", "verify", problem, plan, *gone)
    assert refused.exit_code == 1 and "核查不通过" in refused.output


def test_missing_people_are_told_before_a_lot_is_drawn(tmp_path):
    problem = tmp_path / "problem.json"
    problem.write_bytes(exam(people(9), rooms(12, 1), 1).to_bytes())
    done = kaowu("engine", "draw", "solve", problem, "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["solved"] is False and told["conflicts"][0]["needed"] > told["conflicts"][0]["available"]
    assert "缺" in kaowu("engine", "draw", "solve", problem).output


def test_a_published_ceremony_is_checked_from_the_commitment_to_the_draw(tmp_path):
    problem, plan, ceremony = (tmp_path / name for name in ("problem.json", "plan.json", "ceremony.json"))
    asked = exam(people(30), rooms(12, 2), 2, posts=POSTS, staffing=LINES)
    throws, salt, secret = "314625" * 10, bytes(16), bytes(32)
    root, leaves = root_of(rows_of(asked.to_bytes()), secret)
    seed = seed_from(root, 1, [throws])
    drawn = solve(asked, seed)
    hand = GivenHand(1, "dice", throws, salt.hex(), hand_commitment(salt, throws).hex())
    held = Ceremony(
        exam="E", draw="rooms/A", attempt=1, problem=asked.digest, root=root.hex(), leaves=leaves,
        salts=secret.hex(), hands=(hand,), beacon="", beacon_value="", seed=seed.hex(), plan=drawn.digest,
        engine="draw/2",
    )  # fmt: skip
    problem.write_bytes(asked.to_bytes())
    plan.write_bytes(drawn.to_bytes())
    ceremony.write_bytes(held.to_bytes())
    command = ("engine", "draw", "verify", problem, plan, "--ceremony", ceremony, "--json")
    done = kaowu(*command)
    assert done.exit_code == 0 and json.loads(done.stdout)["ceremony"] == [], done.output
    ceremony.write_bytes(replace(held, hands=(replace(hand, digits="1" * 60),)).to_bytes())
    done = kaowu(*command)
    assert done.exit_code == 1
    assert {one["code"] for one in json.loads(done.stdout)["ceremony"]} == {"hand", "seed"}
    assert "仪式不符" in kaowu(*command[:-1]).output

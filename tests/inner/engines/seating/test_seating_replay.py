"""A plan is worked out again by a program that shares no line with the engine."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.seating.small_exams import SEED, exam, rooms, school, seed
from tests.inner.engines.seating.test_seating_properties import small_exams
from tests.inner.engines.seating.test_seating_traps import majority_in_a_stream
from tools import verify_draw

from kaowu.engines.seating import (
    Apart,
    Candidates,
    Infeasible,
    Remainder,
    Rules,
    SeatingProblem,
    Site,
    Sitting,
    solve,
)

PROGRAM = Path(__file__).parents[4] / "tools" / "verify_draw.py"


def differences(problem: SeatingProblem, number: int) -> list[int]:
    """The places of the rooms in which the second program seats people otherwise."""
    theirs = json.loads(solve(problem, seed(number)).to_bytes())["rooms"]
    mine = verify_draw.Seating(json.loads(problem.to_bytes()), seed(number)).plan()
    assert len(mine) == len(theirs)
    return [place for place, (one, other) in enumerate(zip(mine, theirs, strict=True)) if one != other]


@settings(max_examples=25, deadline=None)
@given(small_exams(), st.integers(0, 2**64))
def test_the_published_files_and_the_seed_give_the_same_plan_bit_for_bit(problem, number):
    try:
        assert differences(problem, number) == []
    except Infeasible:
        return


@pytest.mark.parametrize("gaps", [False, True])
def test_levelling_between_merged_rooms_is_replayed(gaps):
    people = [
        person
        for number in range(24)
        for person in [
            *school("甲", 4 if number % 2 else 6, electives=f"{number:02d}"),
            *school("乙", 3, electives=f"{number:02d}"),
            *school("丙", 1 + number % 3, electives=f"{number:02d}"),
        ]
    ]
    problem = exam(people, rooms(12), group_by=("electives",), remainder=Remainder.MERGE, gaps=gaps)
    moved = 0
    for number in range(4):
        moved += solve(problem, seed(number)).figures["exchanged_by_levelling"]
        assert differences(problem, number) == []
    assert moved


def test_rooms_made_wider_for_a_large_school_are_replayed():
    assert differences(majority_in_a_stream(), 1) == []
    assert differences(exam([*school("甲", 16), *school("乙", 13)], rooms(2)), 2) == []


@pytest.mark.parametrize("reach", [4, 8])
def test_tight_rooms_and_the_ladder_are_replayed(reach):
    ladder = (Apart("school", reach), Apart("form", 4))
    crowds = [
        [*school("甲", 15), *school("乙", 15)],
        [*school("甲", 18, form="1"), *school("乙", 12, form="2")],
        [p for n, size in enumerate((8, 8, 7, 7)) for p in school(f"{n}校", size)],
        [*school("甲", 5, form="1"), *school("甲", 5, form="2", start=5), *school("乙", 2)],
    ]
    for number, crowd in enumerate(crowds):
        named = [replace(person, keys={"form": "", **person.keys}) for person in crowd]
        assert differences(exam(named, rooms(1), apart=ladder), number) == []


def test_several_sittings_over_several_sites_are_replayed():
    people = [
        person
        for n, name in enumerate("甲乙丙丁")
        for person in [
            *school(name, 20, sittings=("语文", "物理")),
            *school(name, 13 + n, sittings=("语文",), start=50),
        ]
    ]
    sites = (Site("S1", "P", tuple(rooms(3, "5x6"))), Site("S2", "P", tuple(rooms(4, "8877"))))
    sittings = (Sitting("语文"), Sitting("物理"))
    problem = SeatingProblem(Candidates.of(people), sites, Rules(), sittings)
    assert differences(problem, 3) == []


def test_the_program_stands_alone_and_finds_one_exchanged_seat(tmp_path):
    problem = exam([*school("甲", 35), *school("乙", 30), *school("丙", 22)], rooms(3))
    plan = solve(problem, SEED)
    (tmp_path / "problem.json").write_bytes(problem.to_bytes())
    (tmp_path / "plan.json").write_bytes(plan.to_bytes())

    def run(file: str, by: bytes = SEED) -> subprocess.CompletedProcess[str]:
        # -I -S: neither this project nor any installed package can be reached.
        command = [sys.executable, "-I", "-S", str(PROGRAM), "problem.json", by.hex(), file]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run("plan.json").returncode == 0
    assert run("plan.json", seed(1)).returncode == 1
    room = plan.rooms[1]
    one, two, *rest = room.candidates
    changed = replace(room, candidates=(two, one, *rest))
    forged = replace(plan, rooms=(plan.rooms[0], changed, plan.rooms[2]))
    (tmp_path / "forged.json").write_bytes(forged.to_bytes())
    found = run("forged.json")
    assert found.returncode == 1
    assert "rooms：第2项起不同 · differs from entry 2 on" in found.stdout
    assert run("missing.json").returncode == 2

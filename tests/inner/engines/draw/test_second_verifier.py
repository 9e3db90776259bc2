"""The published verifier, which shares no code with the engines, arrives at the same bits."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.draw.small_draws import SEED, exam, people, rooms, seed
from tests.inner.engines.draw.test_draw_properties import problems as draw_problems
from tests.inner.engines.seating import small_exams

from kaowu.basics.errors import Refused
from kaowu.engines import draw, seating
from kaowu.engines.draw import DrawProblem, Site
from kaowu.engines.seating import Apart, Remainder, RoomKind, SeatingProblem, Sitting

TOOL = Path(__file__).parents[4] / "tools" / "verify_draw.py"


def test_it_uses_nothing_but_the_standard_library():
    names = set()
    for node in ast.walk(ast.parse(TOOL.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    assert names <= sys.stdlib_module_names


def check(
    folder: Path, problem: bytes, result: bytes, seed_hex: str, *sites: str
) -> subprocess.CompletedProcess[str]:
    (folder / "problem.json").write_bytes(problem)
    (folder / "result.json").write_bytes(result)
    command = [sys.executable, "-I", TOOL, folder / "problem.json", seed_hex, folder / "result.json", *sites]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def module() -> dict[str, object]:
    found: dict[str, object] = {"__name__": "verify_draw"}
    exec(compile(TOOL.read_text(), str(TOOL), "exec"), found)
    return found


VERIFIER = module()


def same_draw(problem: DrawProblem, chosen: bytes) -> None:
    plan = json.loads(draw.solve(problem, chosen).to_bytes())
    mine = VERIFIER["Draw"](json.loads(problem.to_bytes()), chosen).plan([site.id for site in problem.sites])
    assert mine == {name: plan[name] for name in ("sent", "duties", "reasons")}


def same_seats(problem: SeatingProblem, chosen: bytes) -> None:
    plan = json.loads(seating.solve(problem, chosen).to_bytes())
    assert VERIFIER["Seating"](json.loads(problem.to_bytes()), chosen).plan() == plan["rooms"]


@settings(max_examples=10, deadline=None)
@given(draw_problems(), st.integers(0, 1 << 32))
def test_it_draws_the_same_bits(problem, number):
    try:
        draw.solve(problem, seed(number))
    except Refused:
        return
    same_draw(problem, seed(number))


def test_it_draws_the_same_bits_when_rooms_and_partners_must_come_again():
    problem = exam(people(4, 2), rooms(2, 4), 4)
    assert draw.solve(problem, SEED).reasons
    same_draw(problem, SEED)


def test_it_draws_a_larger_site_alike():
    sites = [Site("A", unit="S0"), Site("B", unit="S1")]
    halls = [*rooms(20, 3, "A"), *rooms(15, 3, "B", more_minutes=20)]
    same_draw(exam(people(110, 9, ""), halls, 3, sites, more_sent_percent=5), SEED)


def merged_with_needs() -> SeatingProblem:
    school = small_exams.school
    crowd = [
        *school("甲", 47, language="英"),
        *school("乙", 31, language="英"),
        *school("丙", 22, language="英", electives="物"),
        *school("丁", 9, language="日", start=500),
        *school("甲", 1, needs=("accessible",), language="英", start=900),
        *school("乙", 1, needs=("single",), language="英", start=901),
        *school("丙", 2, needs=("separate:extra_time_30",), language="英", start=902),
    ]
    halls = [
        *small_exams.rooms(6),
        *small_exams.rooms(2, "5x6", 20, step_free=True),
        *small_exams.rooms(1, "8-7-7-8", 30, kind=RoomKind.ACCESSIBLE, step_free=True),
        *small_exams.rooms(1, "7-8-8-7", 40, kind=RoomKind.SPARE),
    ]
    return small_exams.exam(
        crowd, halls, never_mix=("language",), group_by=("electives",), remainder=Remainder.MERGE
    )


SEATINGS = {
    "merged, with needs": merged_with_needs(),
    "one school over half, gaps and ladder": small_exams.exam(
        [*small_exams.school("甲", 20), *small_exams.school("乙", 6)],
        small_exams.rooms(1),
        apart=(Apart("school", 8), Apart("school", 4)),
    ),
    "two schools of fifteen: constructed": small_exams.exam(
        [*small_exams.school("甲", 15), *small_exams.school("乙", 15)], small_exams.rooms(1)
    ),
    "fewest pairs": small_exams.exam(small_exams.school("甲", 28), small_exams.rooms(1), gaps=False),
    "two sittings": small_exams.exam(
        [*small_exams.school("甲", 40, class_="1"), *small_exams.school("乙", 30, class_="2")],
        small_exams.rooms(4),
        [Sitting("am"), Sitting("pm", group_by=("class_",))],
        remainder=Remainder.OWN_ROOM,
    ),
}


@pytest.mark.parametrize("name", SEATINGS)
def test_it_seats_the_same_bits(name):
    for number in range(3):
        same_seats(SEATINGS[name], seed(number))


def test_a_changed_result_is_refused_with_the_entry_named(tmp_path):
    problem = exam(people(16), rooms(8, 2), 2)
    plan = draw.solve(problem, SEED)
    assert check(tmp_path, problem.to_bytes(), plan.to_bytes(), SEED.hex()).returncode == 0
    one, two = plan.duties[0].person, plan.duties[1].person
    swapped = (
        plan.to_bytes()
        .replace(one.encode(), b"@")
        .replace(two.encode(), one.encode())
        .replace(b"@", two.encode())
    )
    done = check(tmp_path, problem.to_bytes(), swapped, SEED.hex())
    assert done.returncode == 1 and "differs from entry" in done.stdout
    assert check(tmp_path, problem.to_bytes(), plan.to_bytes(), bytes(32).hex()).returncode == 1
    assert check(tmp_path, b"{}", plan.to_bytes(), SEED.hex()).returncode == 2


def test_a_site_left_out_of_the_result_is_noticed(tmp_path):
    halls = [*rooms(4, 1, "A"), *rooms(4, 1, "B")]
    problem = exam(people(24, 9, ""), halls, 1, [Site("A"), Site("B")])
    part = draw.solve(problem, SEED, sites=["A"])
    assert check(tmp_path, problem.to_bytes(), part.to_bytes(), SEED.hex()).returncode == 1
    assert check(tmp_path, problem.to_bytes(), part.to_bytes(), SEED.hex(), "A").returncode == 0

"""A no-show in a drawn city of 10,133 room-sittings: how long until a legal replacement is named.

A thousand places all over the city become empty, one at a time, each in the
whole draw. Sized in room-sittings of the draw.
"""

import random
import time
from pathlib import Path

NAME = "draw-repair"
SIZES = (1_000, 10_133)

_SEED = bytes(range(32))
_TIMES = 200


def make_input(size: int, folder: Path) -> None:
    """Write the problem of the city."""
    from benchmarks.draw import make_input as make_city

    make_city(size, folder)


def set_up(folder: Path) -> object:
    """The problem and its draw."""
    from kaowu.engines.draw import DrawProblem, solve

    problem = DrawProblem.from_bytes((folder / "problem.json").read_bytes())
    plan = solve(problem, _SEED)
    assert plan.digest
    return problem, plan


def run(state: object, size: int, folder: Path) -> dict[str, object]:
    """Repair many single no-shows."""
    from kaowu.engines.draw import DrawPlan, DrawProblem, NoReplacement, repair

    assert isinstance(state, tuple)
    problem, plan = state
    assert isinstance(problem, DrawProblem) and isinstance(plan, DrawPlan)
    inside = [duty for duty in plan.duties if duty.room]
    spent, moved, nobody = [], [], 0
    for duty in random.Random(1).sample(inside, _TIMES):
        began = time.process_time()
        try:
            moved.append(repair(problem, plan, _SEED, duty.person, duty.sitting).moved)
        except NoReplacement:
            nobody += 1
        spent.append(time.process_time() - began)
    spent.sort()
    return {
        "repairs": _TIMES,
        "p50_ms": round(spent[_TIMES // 2] * 1000, 2),
        "p99_ms": round(spent[_TIMES * 99 // 100] * 1000, 2),
        "max_ms": round(spent[-1] * 1000, 2),
        "most_moved": max(moved, default=0),
        "without_replacement": nobody,
    }

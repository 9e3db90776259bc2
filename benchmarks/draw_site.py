"""One site of 30 rooms in one sitting and more: what waits for the draw on the morning itself.

Sized in room-sittings of 30 rooms: 30 is one sitting, 240 eight.
"""

import time
from pathlib import Path

NAME = "draw-site"
SIZES = (30, 240)

_SEED = bytes(range(32))
_ROOMS = 30


def make_input(size: int, folder: Path) -> None:
    """Write the problem of one site."""
    from benchmarks.draw import write_problem

    write_problem(size, folder / "problem.json", 1, size // _ROOMS)


def set_up(folder: Path) -> object:
    """The problem as loaded, with its digest."""
    from kaowu.engines.draw import DrawProblem, solve

    problem = DrawProblem.from_bytes((folder / "problem.json").read_bytes())
    assert problem.digest and solve
    return problem


def run(state: object, size: int, folder: Path) -> dict[str, object]:
    """Draw the site."""
    from kaowu.engines.draw import DrawProblem, solve, verify

    assert isinstance(state, DrawProblem)
    began = time.process_time()
    plan = solve(state, _SEED)
    spent = time.process_time() - began
    return {
        "solve_cpu_s": round(spent, 4),
        **plan.figures,
        "repeats_allowed": len(plan.reasons),
        "breaks": len(verify(state, plan, _SEED)),
    }

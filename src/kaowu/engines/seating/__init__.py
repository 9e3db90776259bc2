"""Who sits where (考场编排、座位编排): problem in, seat plan out, verifier beside it.

`solve` works out a plan from a problem and a public seed; `verify` judges
anybody's plan without it; `explain` says why none exists and what would help.
`replan` lets everybody stay who can when the problem changes; `swap` and
`place` are changes by hand, judged by `judge_changes` like the engine's own.
The exact method is published in docs/reference/draw-specification.md.
"""

from kaowu.engines.seating.changes import changes, judge_changes, place, swap, verify_changes
from kaowu.engines.seating.explain import Explanation, Relaxation, explain
from kaowu.engines.seating.moves import Move, Replan
from kaowu.engines.seating.plan import Placement, Reason, RoomSeating, SeatPlan
from kaowu.engines.seating.problem import (
    Apart,
    Candidate,
    Candidates,
    Column,
    Remainder,
    Room,
    RoomKind,
    Rules,
    SeatingProblem,
    Site,
    Sitting,
)
from kaowu.engines.seating.replan import replan
from kaowu.engines.seating.solve import ENGINE_VERSION, Infeasible, solve
from kaowu.engines.seating.stream import by_pools, solve_stream
from kaowu.engines.seating.verify import Break, verify

__all__ = [
    "ENGINE_VERSION",
    "Apart",
    "Break",
    "Candidate",
    "Candidates",
    "Column",
    "Explanation",
    "Infeasible",
    "Move",
    "Placement",
    "Reason",
    "Relaxation",
    "Remainder",
    "Replan",
    "Room",
    "RoomKind",
    "RoomSeating",
    "Rules",
    "SeatPlan",
    "SeatingProblem",
    "Site",
    "Sitting",
    "by_pools",
    "changes",
    "explain",
    "judge_changes",
    "place",
    "replan",
    "solve",
    "solve_stream",
    "swap",
    "verify",
    "verify_changes",
]

"""Who watches whom (监考抽签): problem in, draw out, verifier beside it.

`shortage` counts before a lot is drawn; `solve` draws from a problem and a
public seed; `verify` judges anybody's draw without it; `repair` replaces
somebody who did not come. The exact method is published in
docs/reference/draw-specification.md.
"""

from kaowu.engines.draw.plan import DrawPlan, Duty, Reason
from kaowu.engines.draw.problem import (
    DrawProblem,
    Line,
    Per,
    Person,
    Post,
    Repeats,
    Room,
    Rules,
    Sex,
    Site,
    Sitting,
)
from kaowu.engines.draw.repair import NoReplacement, Repair, repair
from kaowu.engines.draw.shortage import Conflict, Explanation, Relaxation, shortage
from kaowu.engines.draw.solve import ENGINE_VERSION, solve
from kaowu.engines.draw.verify import Break, verify

__all__ = [
    "ENGINE_VERSION",
    "Break",
    "Conflict",
    "DrawPlan",
    "DrawProblem",
    "Duty",
    "Explanation",
    "Line",
    "NoReplacement",
    "Per",
    "Person",
    "Post",
    "Reason",
    "Relaxation",
    "Repair",
    "Repeats",
    "Room",
    "Rules",
    "Sex",
    "Site",
    "Sitting",
    "repair",
    "shortage",
    "solve",
    "verify",
]

"""Who watches whom (监考抽签): problem in, draw out, verifier beside it.

`shortage` counts before a lot is drawn; `solve` draws from a problem and a
public seed; `verify` judges anybody's draw without it; `repair` replaces
somebody who did not come, `offer` says what helps if nobody can; `why_not`
answers a question, `changed` and `judged` serve changes by hand. The exact
method is published in docs/reference/draw-specification.md.
"""

from kaowu.engines.draw.change import (
    Difference,
    Judgement,
    breaks_of,
    changed,
    differences,
    judged,
    placed,
    swapped,
)
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
from kaowu.engines.draw.quality import Quality, quality, together
from kaowu.engines.draw.repair import NoReplacement, Repair, repair
from kaowu.engines.draw.replacement import Offer, Way, called, duty_of, offer
from kaowu.engines.draw.shortage import Conflict, Explanation, Relaxation, shortage
from kaowu.engines.draw.solve import ENGINE_VERSION, solve
from kaowu.engines.draw.verify import Break, verify
from kaowu.engines.draw.why_not import Because, WhyNot, why_not, why_not_drawn, why_not_sent

__all__ = [
    "ENGINE_VERSION",
    "Because",
    "Break",
    "Conflict",
    "Difference",
    "DrawPlan",
    "DrawProblem",
    "Duty",
    "Explanation",
    "Judgement",
    "Line",
    "NoReplacement",
    "Offer",
    "Per",
    "Person",
    "Post",
    "Quality",
    "Reason",
    "Relaxation",
    "Repair",
    "Repeats",
    "Room",
    "Rules",
    "Sex",
    "Site",
    "Sitting",
    "Way",
    "WhyNot",
    "breaks_of",
    "called",
    "changed",
    "differences",
    "duty_of",
    "judged",
    "offer",
    "placed",
    "quality",
    "repair",
    "shortage",
    "solve",
    "swapped",
    "together",
    "verify",
    "why_not",
    "why_not_drawn",
    "why_not_sent",
]

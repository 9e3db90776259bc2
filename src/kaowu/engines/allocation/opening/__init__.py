"""Which sites to open, and how many of each school go where: a plan, its proof, and why there is none."""

from kaowu.engines.allocation.opening.explain import Conflict, Explanation, explain
from kaowu.engines.allocation.opening.plan import OpeningPlan
from kaowu.engines.allocation.opening.problem import (
    Flow,
    Group,
    Limits,
    OpeningProblem,
    OwnSchool,
    Place,
    Standing,
)
from kaowu.engines.allocation.opening.relax import Relaxation
from kaowu.engines.allocation.opening.solve import (
    ENGINE_VERSION,
    NoPlan,
    bound,
    certify,
    fits,
    least_farthest,
    most_sites,
    solve,
)
from kaowu.engines.allocation.opening.split import split
from kaowu.engines.allocation.opening.travel import Travel, travel
from kaowu.engines.allocation.opening.verify import lower_bound, verify
from kaowu.engines.allocation.opening.why import Choice, why

__all__ = [
    "ENGINE_VERSION",
    "Choice",
    "Conflict",
    "Explanation",
    "Flow",
    "Group",
    "Limits",
    "NoPlan",
    "OpeningPlan",
    "OpeningProblem",
    "OwnSchool",
    "Place",
    "Relaxation",
    "Standing",
    "Travel",
    "bound",
    "certify",
    "explain",
    "fits",
    "least_farthest",
    "lower_bound",
    "most_sites",
    "solve",
    "split",
    "travel",
    "verify",
    "why",
]

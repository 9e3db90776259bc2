"""Who is examined where (考点分布): least travel within a stated maximum, with its proof."""

from kaowu.engines.allocation.plan import Allocation
from kaowu.engines.allocation.problem import AllocationProblem, Person, Site, on_a_plane
from kaowu.engines.allocation.solve import ENGINE_VERSION, bound, solve
from kaowu.engines.allocation.verify import Break, Comparison, compare, lower_bound, verify

__all__ = [
    "ENGINE_VERSION",
    "Allocation",
    "AllocationProblem",
    "Break",
    "Comparison",
    "Person",
    "Site",
    "bound",
    "compare",
    "lower_bound",
    "on_a_plane",
    "solve",
    "verify",
]

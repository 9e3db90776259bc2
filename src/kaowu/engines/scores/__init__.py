"""From answers and marks to scores (成绩): keys, double entry, totals, distributions; pure and in whole numbers.

Points are hundredths of a point, so that halves and thirds of a rule add up on
every machine. A score that is not there has a state, never a zero.
"""

from kaowu.engines.scores.distribution import Outlier, distribution, outliers
from kaowu.engines.scores.double_entry import Difference, Entries, Entry, compare
from kaowu.engines.scores.objective import Item, Key, Marker, Partial, score
from kaowu.engines.scores.points import POINT, points, written
from kaowu.engines.scores.rates import Cluster, clusters
from kaowu.engines.scores.totals import UNDECIDED, Component, Formula, Mark, State, total

__all__ = [
    "POINT",
    "UNDECIDED",
    "Cluster",
    "Component",
    "Difference",
    "Entries",
    "Entry",
    "Formula",
    "Item",
    "Key",
    "Mark",
    "Marker",
    "Outlier",
    "Partial",
    "State",
    "clusters",
    "compare",
    "distribution",
    "outliers",
    "points",
    "score",
    "total",
    "written",
]

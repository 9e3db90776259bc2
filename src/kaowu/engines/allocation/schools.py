"""At least so many schools at each site: people change places pairwise, the cheapest first."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.flow import FAR, Roads, cheapest_to
from kaowu.engines.allocation.problem import AllocationProblem

Ints = NDArray[np.int64]


def mix_schools(problem: AllocationProblem, roads: Roads, site: Ints) -> int:
    """Exchange people in place until every used site has enough schools; returns how many changed."""
    if problem.fewest_schools <= 1 or not len(site):
        return 0
    labels = sorted({person.school for person in problem.people})
    code = {label: number for number, label in enumerate(labels)}
    school = np.array([code[person.school] for person in problem.people])
    here: dict[int, Counter[int]] = {}
    for place, one in zip(site.tolist(), school.tolist(), strict=True):
        here.setdefault(place, Counter())[one] += 1
    changed = 0
    for place in sorted(here):
        while len(here[place]) < problem.fewest_schools:
            pair = _cheapest(roads, site, school, here, place, problem.fewest_schools)
            if pair is None:
                name = problem.sites[place].id
                raise Refused(
                    "allocation_few_schools",
                    Sentence(
                        f"{name}考点只有{len(here[place])}所学校的考生，要求{problem.fewest_schools}所，无人可换",
                        f"Site {name} has {len(here[place])} schools, {problem.fewest_schools} are asked, "
                        "and nobody can change places",
                    ),
                )
            for at, new in zip(pair, (int(site[pair[1]]), place), strict=True):
                old, one = int(site[at]), int(school[at])
                here[old][one] -= 1
                if not here[old][one]:
                    del here[old][one]
                here[new][one] += 1
                site[at] = new
            changed += 2
    return changed


def _cheapest(
    roads: Roads, site: Ints, school: Ints, here: dict[int, Counter[int]], place: int, fewest: int
) -> tuple[int, int] | None:
    """Somebody here and somebody of a new school elsewhere whose change costs least."""
    rows, columns = np.nonzero((roads.to == place) & (roads.metres < FAR))
    coming = ~np.isin(school[rows], list(here[place])) & (site[rows] != place)
    rows, columns = rows[coming], columns[coming]
    cost = roads.metres[rows, columns] - _to(roads, rows, site[rows])
    leavers = np.flatnonzero(site == place)
    leavers = leavers[[here[place][one] > 1 for one in school[leavers].tolist()]]
    away, who = cheapest_to(roads, leavers, _to(roads, leavers, site[leavers]), int(roads.to.max()) + 1)
    total = cost + away[site[rows]]
    for at in np.argsort(total, kind="stable").tolist():
        row, other = int(rows[at]), int(site[rows[at]])
        if total[at] >= FAR // 2:
            return None
        # The site that gives somebody up must keep enough schools itself.
        if here[other][int(school[row])] > 1 or len(here[other]) > fewest:
            return int(who[other]), row
    return None


def _to(roads: Roads, people: Ints, sites: Ints) -> Ints:
    """How far people are from one site each, which they can reach."""
    match = roads.to[people] == sites[:, None]
    found: Ints = np.where(match, roads.metres[people], FAR).min(axis=1, initial=FAR)
    return found

"""Allocate people to sites: problem in, allocation and its certificate out.

roads (sites of the pool within the stated maximum) → flow (least total
distance) → schools (no site with too few of them). No chance takes part; among
equally short allocations the order of ids decides.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.flow import FAR, Crowded, Roads, flow
from kaowu.engines.allocation.plan import Allocation
from kaowu.engines.allocation.problem import AllocationProblem, Person, distances
from kaowu.engines.allocation.schools import mix_schools

ENGINE_VERSION = "allocation/1"

Ints = NDArray[np.int64]
_NEAREST = 24
_AT_ONCE = 8_192


def solve(problem: AllocationProblem) -> Allocation:
    """The least mean distance within the stated maximum; raises Refused where it cannot be kept."""
    capacity = np.array([site.capacity for site in problem.sites], np.int64)
    for nearest in (_NEAREST, len(problem.sites)):
        roads = roads_of(problem, nearest)
        try:
            site, prices = flow(roads, capacity)
            break
        except Crowded as crowded:
            if nearest >= len(problem.sites):
                raise _too_crowded(problem, roads, crowded) from crowded
    swapped = mix_schools(problem, roads, site)
    metres = _metres(roads, site)
    ids = [one.id for one in problem.sites]
    return Allocation(
        problem.digest,
        ENGINE_VERSION,
        tuple((p.id, ids[at]) for p, at in zip(problem.people, site.tolist(), strict=True)),
        tuple(zip(ids, prices.tolist(), strict=True)),
        {
            "people": len(site),
            "total_metres": int(metres.sum()),
            "farthest_metres": int(metres.max(initial=0)),
            "nearest_total_metres": int(roads.metres[:, 0].sum()),  # if every site held everybody
            "swapped_for_schools": swapped,
            "without_coordinates": sum(person.at is None for person in problem.people),
            "sites_used": len(np.unique(site)),
        },
    )


def roads_of(problem: AllocationProblem, nearest: int) -> Roads:
    """For everybody the nearest sites of the pool within the maximum; refuses people without one."""
    sites = problem.site_points
    pools = {pool: code for code, pool in enumerate(sorted({site.pool for site in problem.sites}))}
    of_site = np.array([pools[site.pool] for site in problem.sites])
    of_person = np.array([pools.get(person.pool, -1) for person in problem.people])
    count = min(nearest, len(sites))
    to = np.zeros((len(problem.people), count), np.int64)
    metres = np.zeros((len(problem.people), count), np.int64)
    for start in range(0, len(problem.people), _AT_ONCE):
        rows = slice(start, start + _AT_ONCE)
        far = distances(problem.points[rows], sites)
        if problem.farthest is not None:
            far[far > problem.farthest] = FAR
        if len(pools) > 1 or (of_person[rows] < 0).any():
            far[of_person[rows, None] != of_site[None, :]] = FAR
        # A unique key per site makes the order of equal distances the order of ids.
        ordered = far * len(sites) + np.arange(len(sites))
        chosen = np.partition(ordered, count - 1, axis=1)[:, :count] if count < len(sites) else ordered
        chosen.sort(axis=1)
        to[rows], metres[rows] = chosen % len(sites), chosen // len(sites)
    _refuse_unreachable(problem, metres)
    return Roads(to, metres)


def _refuse_unreachable(problem: AllocationProblem, metres: Ints) -> None:
    lost = np.flatnonzero(metres[:, 0] >= FAR) if len(metres) else np.zeros(0, np.int64)
    if not len(lost):
        return
    people = [problem.people[at] for at in lost.tolist()]
    schools = sorted({person.school for person in people})
    raise Refused(
        "allocation_too_far",
        Sentence(
            f"{len(people)}名考生（{'、'.join(schools[:3])}等{len(schools)}所学校）在{problem.farthest}米内没有考点",
            f"{len(people)} people of {len(schools)} schools ({', '.join(schools[:3])} …) have no site "
            f"within {problem.farthest} metres",
        ),
        remedy=Sentence("放宽最远距离或增设考点", "State a larger maximum or open a site"),
    )


def _too_crowded(problem: AllocationProblem, roads: Roads, crowded: Crowded) -> Refused:
    """A Hall-type witness: these people reach only these sites, which hold fewer."""
    inside = np.isin(roads.to, crowded.sites) | (roads.metres >= FAR)
    people = int(inside.all(axis=1).sum())
    places = sum(problem.sites[site].capacity for site in crowded.sites)
    names = "、".join(problem.sites[site].id for site in crowded.sites[:5])
    return Refused(
        "allocation_places_short",
        Sentence(
            f"{people}名考生只能去{len(crowded.sites)}个考点（{names}…），共{places}个座位",
            f"{people} people can reach only {len(crowded.sites)} sites ({names} …) with {places} places",
        ),
        remedy=Sentence(
            "放宽最远距离、增加座位或增设考点", "State a larger maximum, add places or open a site"
        ),
    )


def _metres(roads: Roads, site: Ints) -> Ints:
    column = (roads.to == site[:, None]).argmax(axis=1)
    found: Ints = roads.metres[np.arange(len(site)), column]
    return found


def bound(problem: AllocationProblem, prices: Mapping[str, int]) -> int:
    """No allocation has a smaller total distance, whatever the prices (at least 0) are."""
    worth = np.array([prices[site.id] for site in problem.sites], np.int64)
    total = -sum(prices[site.id] * site.capacity for site in problem.sites)
    roads = roads_of(problem, len(problem.sites))
    least = (roads.metres + worth[roads.to]).min(axis=1)
    return total + int(least.sum())


__all__ = ["ENGINE_VERSION", "Person", "bound", "roads_of", "solve"]

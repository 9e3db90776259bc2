"""A nation county by county (分批编排): problems in, plans out, nothing kept in between.

A plan of the whole and the plans of its parts are the same plan. Every number
that is drawn hangs on the seed and on names alone (candidate, site, room,
stream and school), never on who else is in the problem; groups, rooms and
levelling never reach beyond a pool. So pools may be seated in any parts, on any
machines, under one seed. What a part does have of its own is its digest: each
part is a problem that is committed and published like any other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from kaowu.engines.seating.plan import SeatPlan
from kaowu.engines.seating.problem import Candidates, SeatingProblem
from kaowu.engines.seating.solve import Progress, solve

AT_ONCE = 300_000
"""Candidates seated together: enough to keep the processor busy, few enough for any memory."""


def solve_stream(
    problems: Iterable[SeatingProblem], seed: bytes, progress: Progress | None = None
) -> Iterator[SeatPlan]:
    """The plan of each problem in turn; the next problem is not asked for before."""
    for problem in problems:
        yield solve(problem, seed, progress)


def by_pools(problem: SeatingProblem, at_once: int = AT_ONCE) -> Iterator[SeatingProblem]:
    """The problem in parts of whole pools, each of about so many candidates (one pool at least)."""
    if not len(problem.candidates):
        yield problem
        return
    pools = problem.candidates.columns["pool"]
    sizes = np.bincount(pools.codes, minlength=len(pools.labels))
    together: list[int] = []
    people = 0
    for pool, size in enumerate(sizes.tolist()):
        if together and people + size > at_once:
            yield _part(problem, together)
            together, people = [], 0
        together.append(pool)
        people += size
    yield _part(problem, together)


def _part(problem: SeatingProblem, pools: list[int]) -> SeatingProblem:
    column = problem.candidates.columns["pool"]
    names = {column.labels[pool] for pool in pools}
    rows = np.flatnonzero(np.isin(column.codes, pools))
    ids = problem.candidates.ids
    candidates = Candidates(
        tuple([ids[row] for row in rows.tolist()]),
        {name: column.part(rows) for name, column in problem.candidates.columns.items()},
    )
    sites = tuple(site for site in problem.sites if site.pool in names)
    return replace(problem, candidates=candidates, sites=sites)

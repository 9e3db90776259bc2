"""100,000 candidates to 200 sites: schools in towns, homes around schools, 8 % spare places.

The measured part is `solve`; the certificate (prices against all sites) and the
comparison with the nearest free site are timed apart.
"""

import random
import time
from bisect import bisect
from itertools import accumulate
from pathlib import Path

NAME = "site-allocation"
SIZES = (10_000, 100_000)

_SPARE = 1.08


def make_input(size: int, folder: Path) -> None:
    """Write the problem."""
    from kaowu.engines.allocation import AllocationProblem, Person, Site

    chance = random.Random(size)
    site_count, school_count = max(10, size // 500), max(15, size * 3 // 1000)
    towns = [(chance.randrange(100_000), chance.randrange(100_000)) for _ in range(12)]

    def near(point: tuple[int, int], spread: int) -> tuple[int, int]:
        return round(chance.gauss(point[0], spread)), round(chance.gauss(point[1], spread))

    schools = sorted(near(chance.choice(towns), 6_000) for _ in range(school_count))
    weights = [chance.randint(1, 8) for _ in schools]
    chosen = chance.choices(range(school_count), weights, k=size)
    people = [
        Person(f"{row:06d}", f"S{school:03d}", "city", near(schools[school], 2_500))
        for row, school in enumerate(chosen)
    ]
    # As offices do, sites are opened where the candidates are: evenly along the list of schools.
    reached = list(accumulate(weights))
    hosts = [bisect(reached, (2 * n + 1) * reached[-1] // (2 * site_count)) for n in range(site_count)]
    sizes = [chance.uniform(0.7, 1.3) for _ in hosts]
    sites = [
        Site(f"{n:03d}", "city", near(schools[host], 1_000), int(size * _SPARE * share / sum(sizes)) + 1)
        for n, (host, share) in enumerate(zip(hosts, sizes, strict=True))
    ]
    problem = AllocationProblem(tuple(people), tuple(sites), None, 3)
    (folder / "problem.json").write_bytes(problem.to_bytes())


def set_up(folder: Path) -> object:
    """The problem as loaded, with its digest and points."""
    from kaowu.engines.allocation import AllocationProblem

    problem = AllocationProblem.from_bytes((folder / "problem.json").read_bytes())
    assert problem.digest and len(problem.points)
    return problem


def run(state: object, size: int, folder: Path) -> dict[str, object]:
    """Allocate, then prove it."""
    from kaowu.engines.allocation import AllocationProblem, bound, solve

    assert isinstance(state, AllocationProblem)
    began = time.process_time()
    plan = solve(state)
    solved = time.process_time()
    least = bound(state, dict(plan.prices))
    proved = time.process_time()
    total = plan.figures["total_metres"]
    return {
        "solve_cpu_s": round(solved - began, 3),
        "certificate_cpu_s": round(proved - solved, 3),
        "above_bound_percent": round(100 * (total - least) / least, 4),
        "mean_m": total // size,
        "farthest_m": plan.figures["farthest_metres"],
        "swapped_for_schools": plan.figures["swapped_for_schools"],
    }

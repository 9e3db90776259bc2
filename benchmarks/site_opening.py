"""20,000 candidates of 300 schools, 100 places of which at most 60 may open: which ones, and who goes where.

The measured part is `solve`; the certificate (prices that bound every other
plan) is timed apart. The stated maximum is the least that is possible plus a tenth.
"""

import random
import time
from pathlib import Path

NAME = "site-opening"
SIZES = (2_000, 20_000)


def make_input(size: int, folder: Path) -> None:
    """Write the problem: schools in towns, places near schools, seats for twice the candidates."""
    from dataclasses import replace

    from kaowu.engines.allocation.opening import Group, Limits, OpeningProblem, Place, least_farthest

    chance = random.Random(size)
    schools, places = size * 3 // 200, size // 200
    towns = [(chance.randrange(100_000), chance.randrange(100_000)) for _ in range(12)]

    def near(point: tuple[int, int], spread: int) -> tuple[int, int]:
        return round(chance.gauss(point[0], spread)), round(chance.gauss(point[1], spread))

    at = [near(chance.choice(towns), 6_000) for _ in range(schools)]
    people = [0] * schools
    for school in chance.choices(range(schools), [chance.randint(1, 8) for _ in at], k=size):
        people[school] += 1
    hosts = chance.sample(range(schools), places)
    seats = [int(2 * size / places * chance.uniform(0.6, 1.4)) for _ in hosts]
    problem = OpeningProblem(
        tuple(Group(f"S{n:03d}", f"S{n:03d}", "city", at[n], people[n]) for n in range(schools) if people[n]),
        tuple(
            Place(f"{n:03d}", "city", near(at[host], 800), seats[n], f"S{host:03d}")
            for n, host in enumerate(hosts)
        ),
        Limits(most_sites=places * 3 // 5, fewest_schools=3, least_party=10, spare_percent=5),
    )
    plain = replace(problem, limits=replace(problem.limits, fewest_schools=1, least_party=1))
    least = least_farthest(plain, problem.limits.most_sites)
    assert least is not None
    stated = replace(problem, limits=replace(problem.limits, farthest=least * 11 // 10))
    (folder / "problem.json").write_bytes(stated.to_bytes())


def set_up(folder: Path) -> object:
    """The problem as loaded, with its digest and distances."""
    from kaowu.engines.allocation.opening import OpeningProblem

    problem = OpeningProblem.from_bytes((folder / "problem.json").read_bytes())
    assert problem.digest and problem.allowed.any()
    return problem


def run(state: object, size: int, folder: Path) -> dict[str, object]:
    """Open sites and assign, then prove it."""
    from kaowu.engines.allocation.opening import OpeningProblem, certify, solve, verify

    assert isinstance(state, OpeningProblem)
    began = time.process_time()
    plan = solve(state)
    solved = time.process_time()
    proved = certify(state, plan)
    certified = time.process_time()
    breaks = verify(state, proved)
    total, least = proved.figures["total_metres"], proved.figures["bound_metres"]
    return {
        "solve_cpu_s": round(solved - began, 3),
        "certificate_cpu_s": round(certified - solved, 3),
        "verify_cpu_s": round(time.process_time() - certified, 3),
        "breaks": len(breaks),
        "above_bound_percent": round(100 * (total - least) / least, 4),
        "opened": len(plan.opened),
        "mean_m": total // size,
        "farthest_m": plan.figures["farthest_metres"],
        "schools_split": plan.figures["schools_split"],
    }

"""Invigilators for a city: 13 sites, seven sittings, two to a room, video, corridor, reserve.

Sized in room-sittings; 10,133 is the record of a city's year. Schools of
different size, one man and one woman to a room, nobody with own pupils, no
room and no partner twice. Reading the problem and its digest belong to the
set-up.
"""

import random
import time
from pathlib import Path

NAME = "draw"
SIZES = (1_000, 10_133)

_SEED = bytes(range(32))
_SITES = 13
_SITTINGS = 7
_UNITS = 54


def make_input(size: int, folder: Path) -> None:
    """Write the problem as JSON."""
    write_problem(size, folder / "problem.json", _SITES if size >= _SITES * _SITTINGS * 8 else 1)


def write_problem(size: int, path: Path, site_count: int, sitting_count: int = _SITTINGS) -> None:
    """A problem of `size` room-sittings over so many sites and sittings."""
    from kaowu.engines.draw import DrawProblem, Person, Room, Sex, Site, Sitting

    chance = random.Random(size)
    units = [f"S{number:02d}" for number in range(_UNITS)]
    weights = [chance.randint(1, 12) for _ in units]
    sites = [Site(f"{number:02d}", "city", units[number]) for number in range(site_count)]
    sittings = [Sitting(f"T{n}", n * 300, n * 300 + 150) for n in range(sitting_count)]
    per_site = size / site_count / sitting_count
    rooms = []
    for number in range(size):
        place, sitting = divmod(number, sitting_count)
        site = min(site_count - 1, int(place / per_site))
        schools = tuple(sorted(set(chance.choices(units, weights, k=3))))
        rooms.append(Room(f"T{sitting}", f"{site:02d}", f"{place:04d}", 30, schools))
    staff = round(size / sitting_count * 2.75) + 6 * site_count
    people = [
        Person(
            f"P{number:05d}",
            Sex.MAN if chance.random() < 0.48 else Sex.WOMAN,
            chance.choices(units, weights)[0],
            "city",
            years=chance.randint(0, 12),
        )
        for number in range(staff)
    ]
    problem = DrawProblem(tuple(people), tuple(sites), tuple(sittings), tuple(rooms))
    path.write_bytes(problem.to_bytes())


def set_up(folder: Path) -> object:
    """The problem as loaded, with its digest."""
    from kaowu.engines.draw import DrawProblem

    problem = DrawProblem.from_bytes((folder / "problem.json").read_bytes())
    assert problem.digest
    return problem


def run(state: object, size: int, folder: Path) -> dict[str, object]:
    """Draw everything."""
    from kaowu.engines.draw import DrawProblem, solve

    assert isinstance(state, DrawProblem)
    began = time.process_time()
    plan = solve(state, _SEED)
    return {
        "solve_cpu_s": round(time.process_time() - began, 3),
        **plan.figures,
        "repeats_allowed": len(plan.reasons),
        "digest": plan.digest,
    }

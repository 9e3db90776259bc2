"""Seats for a city: 20 elective combinations, six languages, no school beside itself.

The input resembles a real roster: counties of some 7,000 candidates with nine
schools of very different size (the largest holds 30 % of its county), two sites each, four kinds of desk layout, and about 8 % spare seats; in every
fifth county the largest school holds 45 %. The measured part is the whole of
`solve` and the digest of the plan; reading the problem and its digest belong to
the set-up. `tools/verify_draw.py` and `kaowu engine seating verify`
judge the plans elsewhere.
"""

import random
from pathlib import Path

NAME = "seating"
SIZES = (10_000, 42_000, 283_647)

_SEED = bytes(range(32))
_COUNTY = 7_000
_LAYOUTS = ("7-8-8-7",) * 7 + ("8-7-7-8", "5x6", "8-8-7-7")
_SCHOOLS = (30, 20, 14, 10, 8, 6, 5, 4, 3)
_ONE_LARGE = (45, 16, 11, 8, 6, 5, 4, 3, 2)
_LANGUAGES = {"英语": 930, "日语": 45, "俄语": 14, "法语": 4, "德语": 4, "西班牙语": 3}


def make_input(size: int, folder: Path) -> None:
    """Write the problem as JSON."""
    from itertools import combinations

    from kaowu.basics.seat_grid import SeatGrid
    from kaowu.engines.seating import Candidates, Remainder, Room, RoomKind, Rules, SeatingProblem, Site

    chance = random.Random(size)
    electives = ["".join(three) for three in combinations("物化生政史地", 3)]
    weights = [chance.randint(4, 100) for _ in electives]
    counties = max(1, round(size / _COUNTY))
    names = [f"{number:04d}" for number in range(counties)]
    county = [names[row * counties // size] for row in range(size)]
    columns = {
        "pool": county,
        "school": [f"{place}{_school(place, chance):02d}" for place in county],
        "electives": chance.choices(electives, weights, k=size),
        "foreign_language": chance.choices(list(_LANGUAGES), list(_LANGUAGES.values()), k=size),
    }
    grids = [SeatGrid.from_layout(layout) for layout in _LAYOUTS]
    rooms = round(size / counties / 30 * 1.08)
    sites = []
    for name in names:
        kept = Room("901", grids[0], 30, RoomKind.SPARE)
        first, rest = rooms // 2, rooms - rooms // 2
        for part, count in enumerate((first, rest), start=1):
            ordinary = [Room(f"{n:03d}", chance.choice(grids), 30) for n in range(1, count + 1)]
            sites.append(Site(f"{name}{part:02d}", name, (*ordinary, kept)))
    ids = [f"27{place}{row:08d}" for row, place in enumerate(county)]
    rules = Rules(30, ("foreign_language",), ("electives",), Remainder.MERGE)
    problem = SeatingProblem(Candidates.of_columns(ids, columns), tuple(sites), rules)
    (folder / "problem.json").write_bytes(problem.to_bytes())


def _school(county: str, chance: random.Random) -> int:
    shares = _SCHOOLS if int(county) % 5 else _ONE_LARGE
    return chance.choices(range(len(shares)), shares)[0]


def set_up(folder: Path) -> object:
    """The problem as loaded, with its digest; the collector is off, as in the command."""
    import gc

    from kaowu.engines.seating import SeatingProblem

    gc.disable()
    problem = SeatingProblem.from_bytes((folder / "problem.json").read_bytes())
    assert problem.digest
    return problem


def run(state: object, size: int, folder: Path) -> dict[str, object]:
    """Seat everybody; the plan's figures stand beside the time."""
    from kaowu.engines.seating import SeatingProblem, solve

    assert isinstance(state, SeatingProblem)
    plan = solve(state, _SEED)
    figures = plan.figures
    return {
        "rooms": figures["rooms_used"],
        "rooms_merged": figures["rooms_merged"],
        "rooms_with_gaps": figures["rooms_with_gaps"],
        "neighbouring_pairs": figures["neighbouring_pairs"],
        "digest": plan.digest,
    }

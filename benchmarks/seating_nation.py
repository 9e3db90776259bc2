"""Seats for a nation: 13,000,000 candidates, streamed in parts of some eighty counties.

Each county of some 7,000 candidates has nine schools, two sites with rooms in
four desk layouts, twenty elective combinations and six languages; in every
fifth county the largest school holds 45 % of its site, elsewhere 30 %. The
input lies on disk as compact columns (numbers of schools, electives, languages;
layouts of rooms) with the digest under which each part was committed. Measured
is everything from those columns to sealed plans: building each problem, the
whole of `solve`, and the digest of each plan. The collector of cyclic garbage
is off, as in the command, because nothing here is cyclic.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NAME = "seating-nation"
SIZES = (1_000_000, 3_000_000, 13_000_000)

_SEED = bytes(range(32))
_COUNTY = 7_000
_COUNTIES_AT_ONCE = 80
_LAYOUTS = ("7-8-8-7", "8-7-7-8", "5x6", "8-8-7-7")
_LAYOUT_SHARES = (0.7, 0.1, 0.1, 0.1)
_SCHOOLS = (30, 20, 14, 10, 8, 6, 5, 4, 3)
_ONE_LARGE = (45, 16, 11, 8, 6, 5, 4, 3, 2)
_LANGUAGES = {"俄语": 14, "德语": 4, "日语": 45, "法语": 4, "英语": 930, "西班牙语": 3}


def make_input(size: int, folder: Path) -> None:
    """Write the columns of each part; whoever commits a part works out its digest."""
    import numpy as np

    chance = np.random.default_rng(size)
    weights = chance.integers(4, 101, 20)
    language = np.array(list(_LANGUAGES.values()))
    counties = max(1, round(size / _COUNTY))
    ends = [(number + 1) * size // counties for number in range(counties)]
    sizes = np.diff([0, *ends])
    parts = -(-counties // _COUNTIES_AT_ONCE)
    for part in range(parts):
        here = range(part * counties // parts, (part + 1) * counties // parts)
        people = int(sizes[here.start : here.stop].sum())
        schools = [
            chance.choice(9, sizes[n], p=np.array(_ONE_LARGE if n % 5 == 0 else _SCHOOLS) / 100) for n in here
        ]
        rooms = [round(int(sizes[n]) / 30 * 1.08) for n in here]
        np.savez(
            folder / f"part{part:04d}.npz",
            counties=np.array(here),
            sizes=sizes[here.start : here.stop].astype(np.int32),
            school=np.concatenate(schools).astype(np.uint8),
            electives=chance.choice(20, people, p=weights / weights.sum()).astype(np.uint8),
            language=chance.choice(6, people, p=language / language.sum()).astype(np.uint8),
            rooms=np.array(rooms, np.int32),
            layouts=chance.choice(4, sum(rooms), p=_LAYOUT_SHARES).astype(np.uint8),
        )
    digests = [problem.digest for problem in _problems(folder, None)]
    (folder / "digests.json").write_text(json.dumps(digests))


def _problems(folder: Path, digests: list[str] | None) -> Iterator[Any]:
    """The problem of each part, built when it is asked for."""
    for number, path in enumerate(sorted(folder.glob("part*.npz"))):
        problem = _problem(path)
        yield problem.known_as(digests[number]) if digests else problem


def _problem(path: Path) -> Any:
    from itertools import combinations

    import numpy as np

    from kaowu.basics.seat_grid import SeatGrid
    from kaowu.engines.seating import Candidates, Column, Remainder, Rules, SeatingProblem

    with np.load(path) as columns:
        counties, sizes = columns["counties"], columns["sizes"]
        names = [f"{number:04d}" for number in counties.tolist()]
        pool = np.repeat(np.arange(len(names), dtype=np.int32), sizes)
        schools = tuple(f"{name}{school:02d}" for name in names for school in range(9))
        electives = sorted("".join(three) for three in combinations("物化生政史地", 3))
        ids = tuple(
            [
                f"27{name}{row:08d}"
                for name, size in zip(names, sizes.tolist(), strict=True)
                for row in range(size)
            ]
        )
        nobody = np.zeros(len(pool), np.int32)
        candidates = Candidates(
            ids,
            {
                "electives": Column(tuple(electives), columns["electives"].astype(np.int32)),
                "foreign_language": Column(tuple(sorted(_LANGUAGES)), columns["language"].astype(np.int32)),
                "needs": Column(("",), nobody),
                "pool": Column(tuple(names), pool),
                "school": Column(schools, columns["school"].astype(np.int32) + 9 * pool),
                "sittings": Column(("",), nobody),
            },
        )
        grids = [SeatGrid.from_layout(layout) for layout in _LAYOUTS]
        sites = _sites(names, columns["rooms"].tolist(), columns["layouts"].tolist(), grids)
    rules = Rules(30, ("foreign_language",), ("electives",), Remainder.MERGE)
    return SeatingProblem(candidates, tuple(sites), rules)


def _sites(names: list[str], rooms: list[int], layouts: list[int], grids: list[Any]) -> Iterator[Any]:
    """Two sites in every county, each with a spare room."""
    from kaowu.engines.seating import Room, RoomKind, Site

    layout = iter(layouts)
    numbers = [f"{number:03d}" for number in range(max(rooms) + 1)]
    for name, count in zip(names, rooms, strict=True):
        for part, inside in enumerate((count // 2, count - count // 2), start=1):
            ordinary = [Room(numbers[n], grids[next(layout)], 30) for n in range(1, inside + 1)]
            spare = Room("901", grids[0], 30, RoomKind.SPARE)
            yield Site(f"{name}{part:02d}", name, (*ordinary, spare))


def set_up(folder: Path) -> object:
    """Only what is imported, and the digests that were committed."""
    import gc

    from kaowu.engines.seating import solve_stream

    assert solve_stream
    gc.disable()
    return json.loads((folder / "digests.json").read_text())


def run(state: object, size: int, folder: Path) -> dict[str, object]:
    """Seat everybody, part by part; the figures of all plans are added up."""
    import hashlib
    from collections import Counter

    from kaowu.engines.seating import solve_stream

    assert isinstance(state, list)
    total: Counter[str] = Counter()
    sealed = hashlib.sha256()
    for plan in solve_stream(_problems(folder, state), _SEED):
        total.update(plan.figures)
        sealed.update(bytes.fromhex(plan.digest))
    assert total["placements"] == size
    wanted = ("rooms_used", "rooms_merged", "rooms_with_gaps", "neighbouring_pairs")
    return {**{name: total[name] for name in wanted}, "digest_of_digests": sealed.hexdigest()}

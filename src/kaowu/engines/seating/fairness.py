"""Is a way of seating fair? (公平性检验) Nine hundred seats, many seeds, anybody's method.

People who are alike must fare alike: whoever stands first on the roster sits
no nearer to the first room than whoever stands last; two schools of one size
get as many corners; the one person too many of a school goes to any room; and
the pattern of schools looks like one drawn evenly from all legal patterns,
which a chain of many rounds stands for. Each question gives the probability
of being so far off by chance alone; a fair method falls below `FAIR_ABOVE`
once in a thousand questions.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.errors import Sentence
from kaowu.basics.seat_grid import SeatGrid
from kaowu.basics.seeds import key
from kaowu.engines.seating.chain import Codes, pair_orders, shuffle
from kaowu.engines.seating.plan import RoomSeating, SeatPlan
from kaowu.engines.seating.problem import Candidate, Candidates, Room, SeatingProblem, Site

Method = Callable[[SeatingProblem, bytes], SeatPlan]

FAIR_ABOVE = 0.001
SCHOOLS = {"甲": 200, "乙": 200, "丙": 155, "丁": 155, "戊": 95, "己": 95}
ALIKE = (("甲", "乙"), ("丙", "丁"), ("戊", "己"))
_LONG_ROUNDS, _CHAINS = 16, 3  # eight times the rounds that such rooms get


@dataclass(frozen=True, slots=True)
class Answer:
    """One question and how likely an answer so extreme is where nobody is preferred."""

    code: str
    sentence: Sentence
    probability: float

    @property
    def is_fair(self) -> bool:
        """Whether nothing speaks against it."""
        return self.probability > FAIR_ABOVE


def examine(method: Method, seeds: Sequence[bytes]) -> tuple[Answer, ...]:
    """Seat the nine hundred once with every seed and answer all questions."""
    return tuple(answers(method, seeds))


def answers(method: Method, seeds: Sequence[bytes]) -> Iterator[Answer]:
    """The same one by one, each worked out when it is asked for; the last takes longest."""
    problem = nine_hundred()
    yield from _answers(problem, [method(problem, seed) for seed in seeds], seeds)


def nine_hundred() -> SeatingProblem:
    """Six schools, two and two alike, mixed on the roster; thirty rooms on two layouts."""
    names = [name for name, size in SCHOOLS.items() for _ in range(size)]
    mixed = [names[place * 7 % len(names)] for place in range(len(names))]
    people = [Candidate(f"{row:04d}", "P", {"school": name}) for row, name in enumerate(mixed)]
    grids = [SeatGrid.from_layout(layout) for layout in ("7-8-8-7", "5x6")]
    rooms = tuple(Room(f"{number:03d}", grids[number % 3 == 0], 30) for number in range(1, 31))
    return SeatingProblem(Candidates.of(people), (Site("S1", "P", rooms),))


def _answers(problem: SeatingProblem, plans: Sequence[SeatPlan], seeds: Sequence[bytes]) -> Iterator[Answer]:
    school = {person.id: person.keys["school"] for person in problem.candidates.rows()}
    grids = {room.id: room.grid for _, room in problem.rooms}
    for code, zh, en, value in (
        (
            "roster_and_room",
            "名册先后与考场先后无关",
            "the order of the roster says nothing of the room",
            _room,
        ),
        (
            "roster_and_seat",
            "名册先后与座位号无关",
            "the order of the roster says nothing of the seat",
            _seat,
        ),
    ):
        yield Answer(code, Sentence(zh, en), _order_matters(plans, school, value))
    yield Answer(
        "first_seats",
        Sentence("一号座位由名册各段均等得到", "every part of the roster gets seat 1 as often"),
        _first_seats(plans, len(school)),
    )
    for code, zh, en, seats in (
        ("corners", "同规模学校得到角落座位同样多", "schools of one size get as many corners", _corners),
        ("front", "同规模学校得到前排座位同样多", "schools of one size get as many desks in front", _front),
    ):
        yield Answer(code, Sentence(zh, en), _alike(plans, school, grids, seats))
    yield Answer(
        "rounding",
        Sentence("各校多出的一人落在各考场的机会均等", "the one too many of a school goes to any room alike"),
        _rounding(plans, school),
    )
    yield Answer(
        "pattern",
        Sentence("座位格局与均匀抽取的格局无异", "the pattern is as if drawn evenly from all legal ones"),
        _pattern(plans, seeds, school, grids),
    )


def _room(room: RoomSeating, seat: int) -> int:
    return int(room.room)


def _seat(room: RoomSeating, seat: int) -> int:
    return seat


def _order_matters(
    plans: Sequence[SeatPlan], school: dict[str, str], value: Callable[[RoomSeating, int], int]
) -> float:
    """Inside each school: the product of rank on the roster and value, against any other order."""
    total = variance = 0.0
    for plan in plans:
        found: dict[str, list[tuple[str, int]]] = {}
        for room in plan.rooms:
            for seat, name in zip(room.seats, room.candidates, strict=True):
                found.setdefault(school[name], []).append((name, value(room, seat)))
        for members in found.values():
            values = np.array([number for _, number in sorted(members)], float)
            values -= values.mean()
            ranks = np.arange(len(values)) - (len(values) - 1) / 2
            total += float(ranks @ values)
            variance += float((ranks @ ranks) * (values @ values)) / (len(values) - 1)
    return _two_sided(total / sqrt(variance))


def _first_seats(plans: Sequence[SeatPlan], people: int) -> float:
    fifth: Counter[int] = Counter()
    for plan in plans:
        fifth.update(int(room.candidates[0]) * 5 // people for room in plan.rooms)
    # A school that gets seat 1 elsewhere changes little: each plan holds thirty of nine hundred.
    return chi_square_p([fifth[part] for part in range(5)])


def _corners(grid: SeatGrid) -> set[int]:
    ends = (0, len(grid.columns) - 1)
    found = {grid.seat(column, row) for column in ends for row in (0, grid.columns[column] - 1)}
    return {seat for seat in found if seat is not None}


def _front(grid: SeatGrid) -> set[int]:
    return {seat for seat in range(1, grid.seats + 1) if grid.desk(seat).row == 0}


def _alike(
    plans: Sequence[SeatPlan],
    school: dict[str, str],
    grids: dict[str, SeatGrid],
    chosen: Callable[[SeatGrid], set[int]],
) -> float:
    """The three differences between schools of one size, each against its own spread over seeds."""
    seats = {grid: chosen(grid) for grid in set(grids.values())}
    counts = []
    for plan in plans:
        count: Counter[str] = Counter()
        for room in plan.rooms:
            wanted = seats[grids[room.room]]
            pairs = zip(room.seats, room.candidates, strict=True)
            count.update(school[name] for seat, name in pairs if seat in wanted)
        counts.append(count)
    scores = [_score([count[one] - count[two] for count in counts]) for one, two in ALIKE]
    return _chi_square_tail(sum(score**2 for score in scores), len(scores))


def _rounding(plans: Sequence[SeatPlan], school: dict[str, str]) -> float:
    """How often each room got one more of a school than others; the least likely of all schools."""
    names = [room.room for room in plans[0].rooms]
    rooms, found = len(names), []
    for name, size in SCHOOLS.items():
        extra: Counter[str] = Counter()
        for plan in plans:
            for room in plan.rooms:
                extra[room.room] += sum(school[one] == name for one in room.candidates) - size // rooms
        share = size % rooms / rooms
        spread = len(plans) * share * (1 - share) * rooms / (rooms - 1)
        statistic = sum((extra[room] - len(plans) * share) ** 2 for room in names) / spread
        found.append(_chi_square_tail(statistic, rooms - 1))
    return min(1.0, len(found) * min(found))


def _pattern(
    plans: Sequence[SeatPlan], seeds: Sequence[bytes], school: dict[str, str], grids: dict[str, SeatGrid]
) -> float:
    """Schoolmates a diagonal and a knight's move apart, against long chains in the same rooms."""
    differences: list[list[int]] = [[], []]
    for plan, seed in zip(plans, seeds, strict=True):
        of_plan, of_chain = np.zeros(2, np.int64), np.zeros(2, np.int64)
        for grid in sorted(set(grids.values()), key=lambda grid: grid.layout):
            rooms = [room for room in plan.rooms if grids[room.room] is grid]
            codes = np.array([_codes(room, grid, school) for room in rooms], np.uint8).T.copy()
            many = np.tile(codes, _CHAINS)
            keys = [key(seed, "fairness", str(n), room.room) for n in range(_CHAINS) for room in rooms]
            rounds = np.full(len(keys), _LONG_ROUNDS)
            orders = pair_orders(key(seed, "fairness-orders"), "")
            long = shuffle(many, np.ones(many.shape, np.bool_), grid, 4, keys, orders, rounds, 99)
            of_plan += _CHAINS * _near(codes, grid)
            of_chain += _near(long.codes, grid)
        for place, difference in enumerate((of_plan - of_chain).tolist()):
            differences[place].append(difference)
    return min(1.0, 2 * min(_two_sided(_score(one)) for one in differences))


def _codes(room: RoomSeating, grid: SeatGrid, school: dict[str, str]) -> list[int]:
    names = list(SCHOOLS)
    at = dict(zip(room.seats, room.candidates, strict=True))
    return [names.index(school[at[s]]) if s in at else 100 + s for s in range(1, grid.seats + 1)]


def _near(codes: Codes, grid: SeatGrid) -> NDArray[np.int64]:
    """How often equal codes stand a diagonal apart, and a knight's move."""
    found = []
    for steps in (((1, 1), (1, -1)), ((1, 2), (2, 1), (1, -2), (2, -1))):
        total = 0
        for seat in range(1, grid.seats + 1):
            desk = grid.desk(seat)
            for right, back in steps:
                other = grid.seat(desk.column + right, desk.row + back)
                total += int((codes[seat - 1] == codes[other - 1]).sum()) if other else 0
        found.append(total)
    return np.array(found)


def _score(values: Sequence[float]) -> float:
    """The mean in standard errors."""
    spread = stdev(values)
    return fmean(values) / (spread / sqrt(len(values))) if spread else (0.0 if not any(values) else 99.0)


def _two_sided(score: float) -> float:
    return erfc(abs(score) / sqrt(2))


def chi_square_p(counts: Sequence[int]) -> float:
    """How likely counts this uneven are if all cells are equally likely."""
    expected = sum(counts) / len(counts)
    return _chi_square_tail(sum((count - expected) ** 2 for count in counts) / expected, len(counts) - 1)


def _chi_square_tail(statistic: float, freedom: int) -> float:
    """Wilson and Hilferty's approximation."""
    score = ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / sqrt(2 / (9 * freedom))
    return erfc(score / sqrt(2)) / 2

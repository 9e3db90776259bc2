"""Fairness is tested: every legal seating of a small room comes equally often.

All legal seatings are written down by trying everything, then counted over
many seeds. The same test must refuse a method that is known to be unfair.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from tests.inner.engines.seating.small_exams import exam, rooms, school, seed

from kaowu.basics.seat_grid import SeatGrid
from kaowu.basics.seeds import key
from kaowu.engines.seating import SeatingProblem, SeatPlan, solve
from kaowu.engines.seating.chain import LOOK_EARLY, LOOK_LATE, PairOrders, shuffle
from kaowu.engines.seating.fairness import FAIR_ABOVE, answers, chi_square_p, examine, nine_hundred

Pattern = tuple[int, ...]

HALLS = [
    # grid, people of each school, neighbours
    (SeatGrid((4, 4)), (3, 3, 2), 4),
    (SeatGrid((3, 3, 3)), (3, 2, 2, 2), 4),
    (SeatGrid((2, 3, 2)), (2, 2, 2, 1), 8),
    (SeatGrid((4, 4)), (4, 2, 2), 4),
    (SeatGrid((5, 4)), (2, 2, 2, 2, 1), 8),
]


def legal_patterns(grid: SeatGrid, counts: Sequence[int], reach: int) -> list[Pattern]:
    """Every way to lay schools on the seats with no two of one beside each other."""
    pairs = [(a - 1, b - 1) for a, b in grid.pairs(reach)]
    found: list[Pattern] = []

    def fill(left: list[int], pattern: list[int]) -> None:
        seat = len(pattern)
        if seat == sum(counts):
            found.append(tuple(pattern))
            return
        for code, count in enumerate(left):
            touches = any(b == seat and pattern[a] == code for a, b in pairs if b == seat and a < seat)
            if count and not touches:
                fill([c - (n == code) for n, c in enumerate(left)], [*pattern, code])

    fill(list(counts), [])
    return found


def by_the_chain(grid: SeatGrid, counts: Sequence[int], reach: int, draws: int) -> Counter[Pattern]:
    """Patterns of the engine's chain: eight seeds, many rooms with each."""
    people = sum(counts)
    start = np.repeat(np.arange(len(counts), dtype=np.uint8), counts)
    look = LOOK_EARLY if 3 * max(counts) <= people else LOOK_LATE
    seen: Counter[Pattern] = Counter()
    many = draws // 8
    for number in range(8):
        orders = np.random.default_rng(number)
        codes = np.repeat(np.arange(grid.seats, dtype=np.uint8)[:, None], many, axis=1)
        codes[:people] = orders.permuted(np.tile(start, (many, 1)), axis=1).T
        movable = np.zeros(codes.shape, np.bool_)
        movable[:people] = True
        keys = [key(seed(number), "fairness", str(room)) for room in range(many)]
        looks = np.full(many, look)
        done = shuffle(codes, movable, grid, reach, keys, PairOrders(seed(number), "all"), looks, 64)
        assert not done.pairs.any()
        seen.update(map(tuple, done.codes[:people].T.tolist()))
    return seen


def by_shuffle_and_repair(grid: SeatGrid, counts: Sequence[int], reach: int, draws: int) -> Counter[Pattern]:
    """The planted unfair method: shuffle, then exchange offending seats until it is legal."""
    pairs = [(a - 1, b - 1) for a, b in grid.pairs(reach)]
    chance = random.Random(1)
    seen: Counter[Pattern] = Counter()
    for _ in range(draws):
        pattern = [code for code, count in enumerate(counts) for _ in range(count)]
        chance.shuffle(pattern)

        def offences(of: list[int] = pattern) -> int:
            return sum(of[a] == of[b] for a, b in pairs)

        while now := offences():
            one = next(a for a, b in pairs if pattern[a] == pattern[b])
            two = chance.randrange(len(pattern))
            pattern[one], pattern[two] = pattern[two], pattern[one]
            if offences() > now:
                pattern[one], pattern[two] = pattern[two], pattern[one]
        seen[tuple(pattern)] += 1
    return seen


def p_value(seen: Counter[Pattern], legal: Sequence[Pattern]) -> float:
    assert set(seen) <= set(legal)
    return chi_square_p([seen[pattern] for pattern in legal])


@pytest.mark.parametrize(("grid", "counts", "reach"), HALLS)
def test_every_legal_seating_comes_equally_often(grid, counts, reach):
    legal = legal_patterns(grid, counts, reach)
    seen = by_the_chain(grid, counts, reach, draws=max(8_000, 12 * len(legal)))
    assert p_value(seen, legal) > FAIR_ABOVE


def test_the_same_test_refuses_shuffle_and_repair():
    grid, counts, reach = HALLS[0]
    legal = legal_patterns(grid, counts, reach)
    assert len(legal) == 24
    assert p_value(by_shuffle_and_repair(grid, counts, reach, 8_000), legal) < 1e-9


def test_over_many_seeds_a_whole_plan_gives_every_seating_and_every_seat_equally_often():
    people = [*school("甲", 3), *school("乙", 3), *school("丙", 2)]
    problem = exam(people, rooms(1, "4-4"))
    grid, counts, reach = HALLS[0]
    patterns: Counter[Pattern] = Counter()
    seats: Counter[tuple[str, int]] = Counter()
    for number in range(240):
        (room,) = solve(problem, seed(number)).rooms
        patterns[tuple("甲乙丙".index(name[0]) for name in room.candidates)] += 1
        seats.update(zip(room.candidates, room.seats, strict=True))
    assert p_value(patterns, legal_patterns(grid, counts, reach)) > FAIR_ABOVE
    # Inside a school nobody is preferred: the same seats for the first as for the last.
    for name, number in (("甲", 3), ("乙", 3), ("丙", 2)):
        for seat in range(1, 9):
            took = [seats[f"{name}-{n:04d}", seat] for n in range(number)]
            assert chi_square_p(took) > FAIR_ABOVE if sum(took) >= 30 else True


# Nine hundred seats

SEEDS = [seed(number) for number in range(16)]


@cache
def fair_plan(by: bytes) -> SeatPlan:
    return solve(nine_hundred(), by)


def by_roster(problem: SeatingProblem, by: bytes) -> SeatPlan:
    """Planted: the seats of each school go to its people in the order of the roster."""
    plan = fair_plan(by)
    school_of = {person.id: person.keys["school"] for person in problem.candidates.rows()}
    waiting = {
        name: iter([i for i in problem.candidates.ids if school_of[i] == name]) for name in "甲乙丙丁戊己"
    }
    return replace(
        plan,
        rooms=tuple(
            replace(room, candidates=tuple(next(waiting[school_of[name]]) for name in room.candidates))
            for room in plan.rooms
        ),
    )


def repaired(problem: SeatingProblem, by: bytes) -> SeatPlan:
    """Planted: each room is shuffled, then schoolmates are exchanged until none sit together."""
    plan, chance = fair_plan(by), random.Random(by)
    school_of = {person.id: person.keys["school"] for person in problem.candidates.rows()}
    grids = {room.id: room.grid for _, room in problem.rooms}
    rooms_ = []
    for room in plan.rooms:
        grid, names = grids[room.room], list(room.candidates)
        chance.shuffle(names)
        pairs = [(a - 1, b - 1) for a, b in grid.pairs(4)]

        def offences(pairs: list[tuple[int, int]] = pairs, names: list[str] = names) -> list[int]:
            return [a for a, b in pairs if school_of[names[a]] == school_of[names[b]]]

        for _ in range(400):
            bad = offences()
            if not bad:
                break
            one, two = bad[0], chance.randrange(30)
            names[one], names[two] = names[two], names[one]
            if len(offences()) > len(bad):
                names[one], names[two] = names[two], names[one]
        rooms_.append(replace(room, candidates=tuple(names)))
    return replace(plan, rooms=tuple(rooms_))


def favouring(problem: SeatingProblem, by: bytes) -> SeatPlan:
    """Planted: one school gets the first corner of every room."""
    plan = fair_plan(by)
    school_of = {person.id: person.keys["school"] for person in problem.candidates.rows()}
    changed = []
    for room in plan.rooms:
        names = list(room.candidates)
        one = next(seat for seat in range(30) if school_of[names[seat]] == "甲")
        names[0], names[one] = names[one], names[0]
        changed.append(replace(room, candidates=tuple(names)))
    return replace(plan, rooms=tuple(changed))


def test_in_thirty_rooms_of_nine_hundred_people_who_are_alike_fare_alike():
    unfair = [
        (answer.code, answer.probability)
        for answer in examine(lambda _, by: fair_plan(by), SEEDS)
        if not answer.is_fair
    ]
    assert unfair == []


@pytest.mark.parametrize(
    ("planted", "found_by"),
    [(by_roster, "roster_and_room"), (repaired, "pattern"), (favouring, "corners")],
)
def test_the_same_questions_refuse_a_planted_unfair_method(planted, found_by):
    told = next(answer for answer in answers(planted, SEEDS) if answer.code == found_by)
    assert told.probability < 1e-4


def test_a_few_rooms_and_many_rooms_are_worked_alike():
    """One room number by number, or thousands as columns: the same bits."""
    grid = SeatGrid.from_layout("7-8-8-7")
    for reach in (4, 8):
        codes = np.array([np.random.default_rng(n).permutation(30) % 7 for n in range(40)], np.uint8).T
        movable = np.random.default_rng(7).random(codes.shape) < 0.9
        keys = [key(seed(5), "same", str(room)) for room in range(40)]
        looks = np.full(40, 3)
        many = shuffle(codes, movable, grid, reach, keys, PairOrders(seed(5), "all"), looks, 9)
        for room in range(40):
            one = shuffle(
                codes[:, room : room + 1],
                movable[:, room : room + 1],
                grid,
                reach,
                keys[room : room + 1],
                PairOrders(seed(5), "all"),
                looks[:1],
                9,
            )
            assert one.codes[:, 0].tolist() == many.codes[:, room].tolist()

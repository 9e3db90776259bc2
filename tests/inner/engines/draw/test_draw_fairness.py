"""Fairness is tested: every legal draw of a small site comes equally often.

All legal draws are written down by trying everything, then counted over many
keys. The same test must refuse a method that is known to be unfair.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import permutations, product
from math import erfc, sqrt

from tests.inner.engines.draw.small_draws import exam, people, rooms, seed

from kaowu.basics.seeds import key
from kaowu.engines.draw import solve
from kaowu.engines.draw.chain import Teams, breaks_of, run

Draw = tuple[tuple[int, ...], tuple[int, ...]]
FAIR_ABOVE = 0.001

# Chiefs 0–3, assistants 4–7: a man and a woman, schools apart, two rooms closed to one each.
MEN = {0, 1, 6, 7}
SCHOOL = [0, 1, 2, 3, 1, 4, 5, 6]
CLOSED = {(0, 0)}

BESIDE = [
    [
        int(a != b and SCHOOL[a] == SCHOOL[b]) + int((a < 4) != (b < 4) and (a in MEN) == (b in MEN))
        for b in range(8)
    ]
    for a in range(8)
]
INSIDE = [[int((person, room) in CLOSED) for room in range(4)] for person in range(8)]


def legal_draws() -> list[Draw]:
    every = product(permutations(range(4)), permutations(range(4, 8)))
    return [draw for draw in every if not breaks(draw)]


def breaks(draw: Sequence[Sequence[int]]) -> int:
    return breaks_of(teams_of(draw), BESIDE, INSIDE)


def teams_of(draw: Sequence[Sequence[int]]) -> Teams:
    return Teams([list(row) for row in draw], [list(range(4)), list(range(4))])


def chi_square_p(counts: Sequence[int]) -> float:
    """How likely counts this uneven are if all cells are equally likely (Wilson-Hilferty)."""
    expected = sum(counts) / len(counts)
    statistic = sum((count - expected) ** 2 for count in counts) / expected
    freedom = len(counts) - 1
    z = ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / sqrt(2 / (9 * freedom))
    return erfc(z / sqrt(2)) / 2


def by_the_chain(draws: int) -> Counter[Draw]:
    """Always from the same start, so that only the chain can make it fair."""
    seen: Counter[Draw] = Counter()
    for number in range(draws):
        teams = teams_of(((0, 1, 2, 3), (4, 5, 6, 7)))
        assert run(key(seed(number), "fairness"), teams, BESIDE, INSIDE)
        seen[tuple(map(tuple, teams.rows))] += 1
    return seen


def by_shuffle_and_repair(draws: int) -> Counter[Draw]:
    """The planted unfair method: shuffle, then keep any exchange that does not make it worse."""
    chance = random.Random(1)
    seen: Counter[Draw] = Counter()
    for _ in range(draws):
        rows = [chance.sample(range(4), 4), chance.sample(range(4, 8), 4)]
        while now := breaks(rows):
            row, (one, two) = rows[chance.randrange(2)], chance.sample(range(4), 2)
            row[one], row[two] = row[two], row[one]
            if breaks(rows) > now:
                row[one], row[two] = row[two], row[one]
        seen[tuple(map(tuple, rows))] += 1
    return seen


def p_value(seen: Counter[Draw]) -> float:
    legal = legal_draws()
    assert set(seen) <= set(legal)
    return chi_square_p([seen[draw] for draw in legal])


def test_every_legal_draw_comes_equally_often():
    assert 20 < len(legal_draws()) < 120
    assert p_value(by_the_chain(6_000)) > FAIR_ABOVE


def test_the_same_test_refuses_shuffle_and_repair():
    assert p_value(by_shuffle_and_repair(6_000)) < 1e-9


def test_over_many_seeds_equal_people_get_every_room_and_post_equally_often():
    problem = exam(people(12, 6), rooms(4, 1), 1)
    where: Counter[tuple[str, str]] = Counter()
    for number in range(1_500):
        for duty in solve(problem, seed(number)).duties:
            where[duty.person, f"{duty.room}{duty.post}"] += 1
    # Men like men, women like women: 4 of 6 serve, in each of 8 places alike.
    for sex in (0, 1):
        names = [person.id for person in problem.people[sex::2]]
        assert chi_square_p([sum(where[n, place] for place in _places(where)) for n in names]) > FAIR_ABOVE
        for place in _places(where):
            assert chi_square_p([where[name, place] for name in names]) > FAIR_ABOVE / 10


def _places(where: Counter[tuple[str, str]]) -> list[str]:
    return sorted({place for _, place in where})


def test_at_thirty_rooms_the_start_is_forgotten():
    """From one fixed start every chief comes to every room, and to every assistant, equally often."""
    rooms_, keys = 30, 200
    men = {p for p in range(2 * rooms_) if p % 2 == (p < rooms_)}
    beside = [
        [
            int(a != b and a % 15 == b % 15) + int((a < 30) != (b < 30) and (a in men) == (b in men))
            for b in range(60)
        ]
        for a in range(60)
    ]
    inside = [[0] * rooms_ for _ in range(60)]
    distance: Counter[int] = Counter()
    kept: Counter[int] = Counter()
    for number in range(keys):
        start = [[p + (n % 2 == 0) - (n % 2) for n, p in enumerate(range(30))], list(range(30, 60))]
        start[1] = [30 + (n + 7) % 30 for n in range(30)]
        teams = Teams([list(row) for row in start], [list(range(30)), list(range(30))])
        assert run(key(seed(number), "mixing"), teams, beside, inside)
        assert not breaks_of(teams, beside, inside)
        for row in (0, 1):
            distance.update(
                (teams.rows[row].index(person) - room) % rooms_ for room, person in enumerate(start[row])
            )
        mates = dict(zip(start[0], start[1], strict=True))
        kept.update(int(mates[a] == b) for a, b in zip(*teams.rows, strict=True))
    assert chi_square_p([distance[step] for step in range(rooms_)]) > FAIR_ABOVE
    # A chief has about 13 legal partners (15 of the other sex, less those of the school).
    legal_start = sum(not beside[a][b] for a, b in mates.items())
    expected = keys * legal_start / 13.5
    assert abs(kept[1] - expected) < 5 * sqrt(expected)

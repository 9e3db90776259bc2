"""Stage four: which school on which desk (座位编排): the tempered swap chain.

All rooms on one grid are worked together, one column of numbers per room. A
round proposes to exchange every pair of seats, in one public random order for
all rooms; each room decides with its own chance. A proposal that adds d pairs
of same-school neighbours is accepted with probability 16^-d exactly (the
leading 4 d bits of a byte are zero), any other always; one that changes more
than two pairs is refused, whether it adds or takes away. Each single exchange
keeps the law "weight 16^-pairs" in balance, in whatever order they come, so
legal seatings weigh the same. The room is looked at between rounds and the
first legal state is kept.

The order comes in *steps*: pairs of one step neither share desks nor stand
beside each other, so to decide them together is to decide them one by one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.seat_grid import SeatGrid
from kaowu.basics.seeds import IntegerStream, blocks, key

Codes = NDArray[np.uint8]
"""Seats × rooms. Schools of a room of n people are numbered below n; an empty desk
carries its own place from 0 (n or more), so it equals nothing, not even another."""

LOOK_EARLY, LOOK_LATE = 2, 16
"""The round of the first look. Measured on 30 desks: where no school holds more than a third
of the room, two rounds cannot be told from fifty; up to 45 % sixteen cannot."""
PROPOSALS_PER_ROUND = 435  # every pair of 30 seats once; small rooms go round more often
ORDERS = 2
"""Orders of proposals that are drawn; they take turns."""
_ROOMS_AT_ONCE = 1 << 15
_ROOMS_PER_STEP = 4096  # what a step works on then stays in the processor's own memory
_BITS_PER_PAIR = 4
_LARGEST_STEP = 8 // _BITS_PER_PAIR
"""A proposal that changes more pairs than this is refused in both directions."""
_FEW_ROOMS = 8
_NO_DESK = 255  # the code of the desk that is nowhere: equal to none

Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Shuffled:
    """Rooms after the chain: their codes, same-school pairs left, rounds gone through."""

    codes: Codes  # seats × rooms
    pairs: NDArray[np.int64]
    rounds: NDArray[np.int64]


@dataclass(frozen=True)
class Step:
    """Proposals that do not touch each other: all of them are decided at once."""

    desks: NDArray[np.intp]  # one desk of every pair, then the other of every pair
    beside: NDArray[np.intp]  # places × pairs, flat: desks beside the one only, then the other only
    first: int  # number of its first proposal within the round


@dataclass(frozen=True)
class Order:
    """One order of proposals for one grid."""

    pairs: tuple[tuple[int, int], ...]  # in the order in which they are made
    steps: tuple[Step, ...]


class PairOrders:
    """The public orders of proposals: drawn for each number of desks, laid into steps for each grid."""

    def __init__(self, seed: bytes, sitting: str) -> None:
        self._seed = seed
        self._sitting = sitting
        self._drawn: dict[tuple[int, int], Pairs] = {}
        self._laid: dict[tuple[SeatGrid, int, int], Order] = {}

    def order(self, grid: SeatGrid, reach: int, turn: int) -> Order:
        """The proposals of one round."""
        number = (turn - 1) % ORDERS
        if (grid, reach, number) not in self._laid:
            self._laid[grid, reach, number] = _in_steps(self._pairs(grid.seats, number), grid, reach)
        return self._laid[grid, reach, number]

    def _pairs(self, seats: int, number: int) -> Pairs:
        """Every pair (i, j) with i < j, from 0, in drawn order; small rooms several times."""
        if (seats, number) not in self._drawn:
            every = [(i, j) for j in range(seats) for i in range(j)]
            stream = IntegerStream(
                key(self._seed, "seating/pair-order", self._sitting, str(seats), str(number))
            )
            times = -(-PROPOSALS_PER_ROUND // len(every)) if every else 0
            self._drawn[seats, number] = [p for _ in range(times) for p in stream.shuffled(every)]
        return self._drawn[seats, number]


@lru_cache(maxsize=8)
def pair_orders(seed: bytes, sitting: str) -> PairOrders:
    """The orders of one sitting, kept for the next problem under the same seed."""
    return PairOrders(seed, sitting)


def _in_steps(pairs: Pairs, grid: SeatGrid, reach: int) -> Order:
    """Each pair into the first step in which nothing touches it."""
    near = [
        sum(1 << (n - 1) for n in (seat, *grid.neighbours(seat, reach))) for seat in range(1, grid.seats + 1)
    ]
    taken: list[int] = []  # desks of each step, one bit each
    steps: list[list[tuple[int, int]]] = []
    for i, j in pairs:
        touching, at = near[i] | near[j], 0
        for desks in taken:
            if not desks & touching:
                break
            at += 1
        else:
            taken.append(0)
            steps.append([])
        taken[at] |= 1 << i | 1 << j
        steps[at].append((i, j))
    made = tuple(pair for inside in steps for pair in inside)
    ends = list(accumulate(map(len, steps)))
    desks_of = np.array(made, np.intp).reshape(-1, 2).T
    others = _beside_table(grid, reach)
    beside = np.concatenate([others[desks_of[0], desks_of[1]].T, others[desks_of[1], desks_of[0]].T])
    return Order(
        made,
        tuple(
            Step(desks_of[:, first:end].ravel(), beside[:, first:end].ravel(), first)
            for first, end in pairwise([0, *ends])
        ),
    )


@lru_cache(maxsize=64)
def _beside_table(grid: SeatGrid, reach: int) -> NDArray[np.intp]:
    """`beside_only` as a table, filled up with the desk that is nowhere."""
    beside = beside_only(grid, reach)
    table = np.full((grid.seats, grid.seats, reach), grid.seats, np.intp)
    for i, row in enumerate(beside):
        for j, desks in enumerate(row):
            table[i, j, : len(desks)] = desks
    return table


def shuffle(
    codes: Codes,
    movable: NDArray[np.bool_],
    grid: SeatGrid,
    reach: int,
    keys: Sequence[bytes],
    orders: PairOrders,
    first_look: NDArray[np.int64],
    last_round: int,
) -> Shuffled:
    """Run the chain on rooms of one grid until each is legal or the rounds are used up.

    A room that never becomes legal gives back the best state seen at a look.
    """
    edges = [(a - 1, b - 1) for a, b in grid.pairs(reach)]
    rooms = codes.shape[1]
    kept = codes.copy()
    fewest = np.full(rooms, len(edges) + 1, np.int64)
    rounds = np.zeros(rooms, np.int64)
    for start in range(0, rooms, _ROOMS_AT_ONCE):
        here = np.arange(start, min(rooms, start + _ROOMS_AT_ONCE))
        state, free = codes[:, here].copy(), movable[:, here].copy()
        for turn in range(1, last_round + 1):
            order = orders.order(grid, reach, turn)
            chance = blocks([keys[room] for room in here], turn, len(order.pairs))
            _one_round(state, free, grid, reach, order, chance)
            looked = first_look[here] <= turn
            if not looked.any():
                continue
            pairs = same_pairs(state, edges)
            better = looked & (pairs < fewest[here])
            kept[:, here[better]] = state[:, better]
            fewest[here[better]] = pairs[better]
            rounds[here] = turn
            waiting = ~looked | (pairs > 0)
            here, state, free = here[waiting], state[:, waiting].copy(), free[:, waiting].copy()
            if not len(here):
                break
    return Shuffled(kept, fewest, rounds)


def first_looks(largest: NDArray[np.int64], people: NDArray[np.int64]) -> NDArray[np.int64]:
    """When rooms are first looked at, by the people of their largest school."""
    return np.where(3 * largest <= people, LOOK_EARLY, LOOK_LATE)


def same_pairs(codes: Codes, edges: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """How many pairs of neighbours have the same code, for each room."""
    total = np.zeros(codes.shape[1], np.int64)
    for one, two in edges:
        total += codes[one] == codes[two]
    return total


def _one_round(
    state: Codes,
    free: NDArray[np.bool_],
    grid: SeatGrid,
    reach: int,
    order: Order,
    chance: NDArray[np.uint8],
) -> None:
    """Propose every pair of `order` in every room, in place; `chance` is rooms × proposals."""
    rooms = state.shape[1]
    if rooms < _FEW_ROOMS:
        for room in range(rooms):
            state[:, room] = _one_room(
                state[:, room].tolist(), free[:, room].tolist(), grid, reach, order, chance[room].tolist()
            )
        return
    parts = -(-rooms // _ROOMS_PER_STEP)
    for part in range(parts):
        here = slice(rooms * part // parts, rooms * (part + 1) // parts)
        _many_rooms(state[:, here], free[:, here], order, _allowed_steps(chance[here]))


def _many_rooms(state: Codes, free: NDArray[np.bool_], order: Order, allowed: NDArray[np.uint8]) -> None:
    """The round step by step; `allowed` is proposals × rooms."""
    rooms = state.shape[1]
    desks = np.full((state.shape[0] + 1, rooms), _NO_DESK, np.uint8)
    desks[:-1] = state
    all_free = bool(free.all())
    for step in order.steps:
        count = len(step.desks) // 2
        both = desks.take(step.desks, 0)
        one, two = both[:count], both[count:]
        there = desks.take(step.beside, 0).reshape(-1, count, rooms)
        width = len(there) // 2
        as_one, as_two = (there == one).view(np.int8), (there == two).view(np.int8)
        np.subtract(as_two[:width], as_one[:width], as_two[:width])
        np.subtract(as_one[width:], as_two[width:], as_two[width:])
        # Counted from the largest step down, so that what is below it wraps round and is refused.
        change = np.add.reduce(as_two, 0, np.int8, initial=_LARGEST_STEP).view(np.uint8)
        accepted = change <= allowed[step.first : step.first + count]
        if not all_free:
            may = free.take(step.desks, 0)
            accepted &= may[:count] & may[count:]
        flip = one ^ two
        flip *= accepted.view(np.uint8)
        one ^= flip
        two ^= flip
        desks[step.desks] = both
    state[:] = desks[:-1]


def _one_room(
    state: list[int],
    free: Sequence[bool],
    grid: SeatGrid,
    reach: int,
    order: Order,
    chance: Sequence[int],
) -> list[int]:
    """The same round for one room, number by number: for a few rooms this is quicker."""
    beside = beside_only(grid, reach)
    for (i, j), byte in zip(order.pairs, chance, strict=True):
        a, b = state[i], state[j]
        if a == b or not (free[i] and free[j]):
            continue
        change = 0
        for seat in beside[i][j]:
            there = state[seat]
            if there == b:
                change += 1
            elif there == a:
                change -= 1
        for seat in beside[j][i]:
            there = state[seat]
            if there == a:
                change += 1
            elif there == b:
                change -= 1
        if -_LARGEST_STEP <= change <= (8 - byte.bit_length()) // _BITS_PER_PAIR:
            state[i], state[j] = b, a
    return state


@lru_cache(maxsize=64)
def beside_only(grid: SeatGrid, reach: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Desks next to i but neither j nor next to j, for every i and j (from 0).

    A desk next to both sees one leave and the other come: it changes nothing.
    """
    around = [{n - 1 for n in grid.neighbours(seat, reach)} for seat in range(1, grid.seats + 1)]
    return tuple(
        tuple(tuple(sorted(mine - other - {j})) for j, other in enumerate(around)) for mine in around
    )


def _allowed_steps(chance: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How many pairs each proposal may add, its leading zero bits in fours; proposals × rooms.

    Counted from the largest step down, as the changes they are compared with.
    """
    turned = np.ascontiguousarray(chance.T)
    steps = np.full(turned.shape, _LARGEST_STEP, np.uint8)
    for count in range(1, _LARGEST_STEP + 1):
        steps += turned < 1 << (8 - _BITS_PER_PAIR * count)
    return steps

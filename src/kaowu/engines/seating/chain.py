"""Stage four: which school on which desk (座位编排): the tempered swap chain.

All rooms on one grid are worked together, one column of numbers per room. A
round proposes to exchange every pair of seats, in one public random order for
all rooms; each room decides with its own chance. A proposal that adds d pairs
of same-school neighbours is accepted with probability 16^-d exactly (the
leading 4 d bits of a word are zero), any other always. Each single exchange
keeps the law "weight 16^-pairs" in balance, in whatever order they come, so
legal seatings weigh the same. The room is looked at between rounds and the
first legal state is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.seat_grid import SeatGrid
from kaowu.basics.seeds import IntegerStream, key, words32

Codes = NDArray[np.uint8]
"""Seats × rooms. Schools of a room of n people are numbered below n; an empty desk
carries its own place from 0 (n or more), so it equals nothing, not even another."""

LOOK_EARLY, LOOK_LATE = 2, 16
"""The round of the first look. Measured on 30 desks: where no school holds more than a third
of the room, two rounds cannot be told from fifty; up to 45 % sixteen cannot."""
PROPOSALS_PER_ROUND = 435  # every pair of 30 seats once; small rooms go round more often
_ROOMS_AT_ONCE = 4096
_BITS_PER_PAIR = 4
_LARGEST_STEP = 32 // _BITS_PER_PAIR
"""A proposal that changes more pairs than this is refused in both directions."""
_FEW_ROOMS = 24


@dataclass(frozen=True)
class Shuffled:
    """Rooms after the chain: their codes, same-school pairs left, rounds gone through."""

    codes: Codes  # seats × rooms
    pairs: NDArray[np.int64]
    rounds: NDArray[np.int64]


class PairOrders:
    """The public order of proposals: one per room size and round, the same for all rooms."""

    def __init__(self, seed: bytes, sitting: str) -> None:
        self._seed = seed
        self._sitting = sitting
        self._known: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def order(self, seats: int, turn: int) -> list[tuple[int, int]]:
        """Pairs (i, j) with i < j, from 0, to be proposed in this round."""
        if (seats, turn) not in self._known:
            every = [(i, j) for j in range(seats) for i in range(j)]
            stream = IntegerStream(
                key(self._seed, "seating/pair-order", self._sitting, str(seats), str(turn))
            )
            times = -(-PROPOSALS_PER_ROUND // len(every)) if every else 0
            self._known[seats, turn] = [p for _ in range(times) for p in stream.shuffled(every)]
        return self._known[seats, turn]


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
            words = words32([keys[room] for room in here], turn, len(orders.order(grid.seats, turn)))
            _one_round(state, free, grid, reach, orders.order(grid.seats, turn), words)
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
    order: Sequence[tuple[int, int]],
    words: NDArray[np.uint32],
) -> None:
    """Propose every pair of `order` in every room, in place."""
    if state.shape[1] < _FEW_ROOMS:
        for room in range(state.shape[1]):
            state[:, room] = _one_room(
                state[:, room].tolist(), free[:, room].tolist(), grid, reach, order, words[room].tolist()
            )
        return
    allowed = _allowed_steps(words)
    beside = beside_only(grid, reach)
    all_free = [bool(desk.all()) for desk in free]
    rooms = state.shape[1]
    desks = [state[seat] for seat in range(grid.seats)]
    change = np.empty(rooms, np.int8)
    same: NDArray[np.bool_] = np.empty(rooms, np.bool_)
    as_number = same.view(np.int8)
    accepted: NDArray[np.bool_] = np.empty(rooms, np.bool_)
    mask = accepted.view(np.uint8)
    flip = np.empty(rooms, np.uint8)
    equal, add, subtract = np.equal, np.add, np.subtract
    for step, (i, j) in enumerate(order):
        a, b = desks[i], desks[j]
        change.fill(0)
        for gains, loses, seats in ((b, a, beside[i][j]), (a, b, beside[j][i])):
            for seat in seats:
                there = desks[seat]
                equal(there, gains, same)
                add(change, as_number, change)
                equal(there, loses, same)
                subtract(change, as_number, change)
        np.less_equal(change, allowed[step], accepted)
        if reach == 8:
            np.logical_and(accepted, change >= -_LARGEST_STEP, accepted)
        if not all_free[i]:
            np.logical_and(accepted, free[i], accepted)
        if not all_free[j]:
            np.logical_and(accepted, free[j], accepted)
        np.bitwise_xor(a, b, flip)
        np.multiply(flip, mask, flip)
        np.bitwise_xor(a, flip, a)
        np.bitwise_xor(b, flip, b)


def _one_room(
    state: list[int],
    free: Sequence[bool],
    grid: SeatGrid,
    reach: int,
    order: Sequence[tuple[int, int]],
    words: Sequence[int],
) -> list[int]:
    """The same round for one room, number by number: for a few rooms this is quicker."""
    beside = beside_only(grid, reach)
    for (i, j), word in zip(order, words, strict=True):
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
        zeros = (32 - word.bit_length()) // _BITS_PER_PAIR
        if -_LARGEST_STEP <= change <= zeros:
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


def _allowed_steps(words: NDArray[np.uint32]) -> NDArray[np.int8]:
    """For each word how many pairs a proposal may add: its leading zero bits, in fours."""
    steps = np.zeros(words.shape, np.int8)
    for count in range(1, _LARGEST_STEP + 1):
        below = words < np.uint32(1 << (32 - _BITS_PER_PAIR * count))
        if not below.any():
            break
        steps += below
    return np.ascontiguousarray(steps.T)

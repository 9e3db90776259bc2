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

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.seat_grid import SeatGrid
from kaowu.basics.seeds import IntegerStream, key, words32

Codes = NDArray[np.uint8]
"""Seats × rooms. Schools of a room of n people are numbered below n; an empty desk
carries its own place from 0 (n or more), so it equals nothing, not even another."""

PROPOSALS_PER_ROUND = 435  # every pair of 30 seats once; small rooms go round more often
FIRST_LOOK = 2  # rounds before the first look
_ROOMS_AT_ONCE = 4096
_BITS_PER_PAIR = 4
_LARGEST_STEP = 32 // _BITS_PER_PAIR


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
            if turn < FIRST_LOOK:
                continue
            pairs = same_pairs(state, edges)
            better = pairs < fewest[here]
            kept[:, here[better]] = state[:, better]
            fewest[here] = np.minimum(fewest[here], pairs)
            rounds[here] = turn
            waiting = pairs > 0
            here, state, free = here[waiting], state[:, waiting].copy(), free[:, waiting].copy()
            if not len(here):
                break
    return Shuffled(kept, fewest, rounds)


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
    allowed = _allowed_steps(words)
    around = [{n - 1 for n in grid.neighbours(seat, reach)} for seat in range(1, grid.seats + 1)]
    all_free = free.all(axis=1).tolist()
    rooms = state.shape[1]
    change = np.empty(rooms, np.int8)
    same = np.empty(rooms, np.bool_)
    as_number = same.view(np.int8)
    accepted = np.empty(rooms, np.bool_)
    mask = accepted.view(np.uint8)
    flip = np.empty(rooms, np.uint8)
    equal, add, subtract = np.equal, np.add, np.subtract
    for step, (i, j) in enumerate(order):
        a, b = state[i], state[j]
        change.fill(0)
        # A desk next to both sees one leave and one come: it changes nothing.
        for gains, loses, seats in (
            (b, a, around[i] - around[j] - {j}),
            (a, b, around[j] - around[i] - {i}),
        ):
            for seat in seats:
                there = state[seat]
                equal(there, gains, out=same)
                add(change, as_number, out=change)
                equal(there, loses, out=same)
                subtract(change, as_number, out=change)
        np.less_equal(change, allowed[step], out=accepted)
        if reach == 8:
            accepted &= change >= -_LARGEST_STEP  # a step never taken one way is not taken back
        if not all_free[i]:
            accepted &= free[i]
        if not all_free[j]:
            accepted &= free[j]
        np.bitwise_xor(a, b, out=flip)
        np.multiply(flip, mask, out=flip)
        a ^= flip
        b ^= flip


def _allowed_steps(words: NDArray[np.uint32]) -> NDArray[np.int8]:
    """For each word how many pairs a proposal may add: its leading zero bits, in fours."""
    steps = np.zeros(words.shape, np.int8)
    for count in range(1, _LARGEST_STEP + 1):
        below = words < np.uint32(1 << (32 - _BITS_PER_PAIR * count))
        if not below.any():
            break
        steps += below
    return np.ascontiguousarray(steps.T)

"""Quick sorting of large columns of whole numbers, with exactly the order of a plain sort."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def by_group_and_lot(group: Ints, lot: NDArray[np.uint64]) -> Ints:
    """Positions by group, then by lot, then as they came.

    Group and the leading bits of the lot are sorted as one number; should two
    numbers be equal, everything is sorted again in full.
    """
    bits = max(1, int(group.max(initial=0)).bit_length())
    if bits > 40:
        return np.lexsort((lot, group))
    packed = group.astype(np.uint64) << np.uint64(64 - bits) | lot >> np.uint64(bits)
    order: Ints = np.argsort(packed)
    sorted_ = packed[order]
    if (sorted_[1:] == sorted_[:-1]).any():
        return np.lexsort((lot, group))
    return order


def dense(codes: Ints, limit: int) -> tuple[Ints, Ints]:
    """The different codes, ascending, and the number of each entry's among them; all lie below `limit`."""
    if limit > 16 * len(codes) + (1 << 20):
        found, inverse = np.unique(codes, return_inverse=True)
        return found, inverse.astype(np.int64)
    there = np.zeros(limit, np.bool_)
    there[codes] = True
    number = np.cumsum(there, dtype=np.int64) - 1
    return np.flatnonzero(there), number[codes]

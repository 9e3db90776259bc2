"""Chance that anybody can recompute: tickets and integer streams from one public seed.

A *key* is SHA-256 over the framed seed, purpose and parts; each frame is four
bytes of length (big-endian) and the bytes. A *ticket* is SHA-256(key || id):
while the seed stands, a late candidate changes nobody else's ticket. A
*stream* is SHAKE-128(key || block number). Only integers leave this module;
a range is cut by rejection and never by a remainder, so that no number is
likelier than another. No library generator takes part.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Item = TypeVar("Item")

SEED_BYTES_AT_LEAST = 16
"""128 bits: fewer can be tried out beforehand by anybody with a computer."""

_BLOCK_WORDS = 21  # 168 bytes: one permutation of SHAKE-128
_WORD_LIMIT = 1 << 64


def framed(*parts: bytes | str) -> bytes:
    """Parts as one unambiguous byte string: length (4 bytes, big-endian) and bytes of each."""
    return b"".join([_frame_of_text(part) if isinstance(part, str) else _frame(part) for part in parts])


def _frame(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


@lru_cache(maxsize=1 << 14)
def _frame_of_text(text: str) -> bytes:
    return _frame(text.encode())


def key(seed: bytes, purpose: str, *parts: bytes | str) -> bytes:
    """The key of one use of the seed; different purposes never share chance."""
    if len(seed) < SEED_BYTES_AT_LEAST:
        raise ValueError(f"a seed has at least {SEED_BYTES_AT_LEAST} bytes, not {len(seed)}")
    return hashlib.sha256(framed(seed, purpose, *parts)).digest()


def keys_of(seed: bytes, purpose: str, *common: bytes | str) -> Callable[..., bytes]:
    """A maker of keys that differ in their last parts only: `keys_of(s, p, a)(b)` is `key(s, p, a, b)`."""
    begun = hashlib.sha256(framed(seed, purpose, *common))

    def made(*parts: bytes | str) -> bytes:
        rest = begun.copy()
        rest.update(framed(*parts))
        return rest.digest()

    return made


def ticket(ticket_key: bytes, identity: str) -> bytes:
    """The ticket of one id (抽签号): 32 bytes to be compared as bytes."""
    return hashlib.sha256(ticket_key + identity.encode()).digest()


def tickets(ticket_key: bytes, identities: Sequence[str]) -> NDArray[np.uint64]:
    """Tickets of many ids, one row each, as four numbers of 64 bits in byte order."""
    sha256 = hashlib.sha256
    joined = b"".join([sha256(ticket_key + name.encode()).digest() for name in identities])
    return np.frombuffer(joined, ">u8").astype(np.uint64).reshape(len(identities), 4)


def stream_bytes(stream_key: bytes, block: int, size: int) -> bytes:
    """The first `size` bytes of block `block` (4 bytes, big-endian) of a stream."""
    return hashlib.shake_128(stream_key + block.to_bytes(4, "big")).digest(size)


def blocks(stream_keys: Sequence[bytes], block: int, size: int) -> NDArray[np.uint8]:
    """The first `size` bytes of one block of each stream; one row per stream."""
    suffix = block.to_bytes(4, "big")
    shake = hashlib.shake_128
    joined = b"".join([shake(name + suffix).digest(size) for name in stream_keys])
    return np.frombuffer(joined, np.uint8).reshape(len(stream_keys), size)


class IntegerStream:
    """Integers one after another from a stream of 64-bit words (big-endian, blocks of 21)."""

    def __init__(self, stream_key: bytes) -> None:
        self._words = _words64(stream_key)

    def below(self, limit: int) -> int:
        """A number of 0 … limit - 1, each equally likely: words past the last multiple are skipped."""
        if not 1 <= limit <= _WORD_LIMIT:
            raise ValueError(f"a limit lies between 1 and 2^64, not {limit}")
        fair = _WORD_LIMIT - _WORD_LIMIT % limit
        for word in self._words:
            if word < fair:
                return word % limit
        raise AssertionError("the stream has no end")

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """All items in a random order (Fisher-Yates from the last place down)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            chosen = self.below(last + 1)
            order[last], order[chosen] = order[chosen], order[last]
        return order


def _words64(stream_key: bytes) -> Iterator[int]:
    block = 0
    while True:
        content = stream_bytes(stream_key, block, 8 * _BLOCK_WORDS)
        for at in range(0, len(content), 8):
            yield int.from_bytes(content[at : at + 8], "big")
        block += 1

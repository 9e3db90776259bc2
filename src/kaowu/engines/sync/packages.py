"""Entry packages: a log cut at multiples of 256, each piece with a proof of its own.

Where a package begins and ends follows from the interval alone, so a log and
its mirror never argue about it. Each carries the proof that the subtree it
completes lies in the tree of the checkpoint; hence each can be verified and
kept by itself, and an interrupted upload loses at most one package.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kaowu.engines.ledger.tree import HASH_BYTES
from kaowu.engines.sync.wire import MOST_HASHES, WireRefused

PACKAGE_ENTRIES = 256
LONGEST_ENTRY = 0xFFFF


@dataclass(frozen=True, slots=True)
class Package:
    """The entries [start, end) and the proof for the subtree [aligned start, end)."""

    start: int
    end: int
    entries: Sequence[bytes]
    proof: Sequence[bytes]

    @property
    def subtree_start(self) -> int:
        """Where the subtree begins that the package completes."""
        return aligned(self.start)

    def to_bytes(self) -> bytes:
        """The package as it is sent."""
        parts: list[bytes] = []
        for entry in self.entries:
            parts += (len(entry).to_bytes(2, "big"), entry)
        return b"".join([*parts, bytes([len(self.proof)]), *self.proof])


def aligned(index: int) -> int:
    """The index rounded down to where a package can begin."""
    return index - index % PACKAGE_ENTRIES


def package_bounds(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The one sequence of packages in which the entries [start, end) travel."""
    while start < end:
        stop = min(end, aligned(start) + PACKAGE_ENTRIES)
        yield start, stop
        start = stop


def read_packages(content: bytes, at: int, start: int, end: int) -> Iterator[Package]:
    """The packages from offset `at` on, as many as are there.

    Raises WireRefused where bytes remain that are no whole package, after the
    whole ones before them were given out.
    """
    for first, stop in package_bounds(start, end):
        if at == len(content):
            return
        entries: list[bytes] = []
        for _ in range(stop - first):
            begin = at + 2
            at = begin + int.from_bytes(content[begin - 2 : begin], "big")
            entries.append(content[begin:at])
        begin = at + 1
        if begin > len(content):
            raise WireRefused(f"the package at {first} is cut short")
        hashes = content[at]
        at = begin + hashes * HASH_BYTES
        if hashes > MOST_HASHES or at > len(content):
            raise WireRefused(f"the proof of the package at {first} is cut short or too long")
        yield Package(
            first, stop, entries, [content[n : n + HASH_BYTES] for n in range(begin, at, HASH_BYTES)]
        )
    if at != len(content):
        raise WireRefused("bytes follow the last package")

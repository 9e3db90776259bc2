"""The Merkle tree of the journal (RFC 6962 section 2.1, RFC 9162 section 2.1).

A leaf is H(0x00 ‖ content), a node H(0x01 ‖ left ‖ right), the empty tree
H(""). `CompactRange` is what a writer keeps: one hash for each bit set in the
size, enough to append and to name the root. `Tree` keeps every hash and can
prove. A *subtree* is a range [start, end) of leaves that is itself a Merkle
tree of the whole: its start is a multiple of the power of two that holds it.
"""

from collections.abc import Iterable, Sequence

from kaowu.basics.suites import INTERNATIONAL, Suite

HASH_BYTES = 32
_LEAF = b"\x00"
_NODE = b"\x01"


def leaf_hash(content: bytes, suite: Suite = INTERNATIONAL) -> bytes:
    """The hash of a leaf's content."""
    return suite.hash(_LEAF + content)


def node_hash(left: bytes, right: bytes, suite: Suite = INTERNATIONAL) -> bytes:
    """The hash of a node over its two children."""
    return suite.hash(_NODE + left + right)


def is_subtree(start: int, end: int) -> bool:
    """Whether the leaves [start, end) are a subtree of every tree that holds them."""
    return 0 <= start <= end and start % (1 << (end - start - 1).bit_length() if end > start else 1) == 0


def split_of(size: int) -> int:
    """How many leaves lie under the left child: the largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


class CompactRange:
    """A growing tree of which only the full subtrees' roots are kept (紧凑区间).

    A tree of 13 leaves is kept as three hashes: of 8, of 4 and of 1.
    """

    def __init__(self, suite: Suite = INTERNATIONAL) -> None:
        self._suite = suite
        self._size = 0
        self._levels: list[bytes | None] = []

    @property
    def size(self) -> int:
        """How many leaves were appended."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        self.extend([leaf])

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Append many leaf hashes at once."""
        hash = self._suite.hash
        self._size += len(leaves)
        row = list(leaves)
        for level in range(len(self._levels) + len(leaves).bit_length()):
            if not row:
                return
            if level == len(self._levels):
                self._levels.append(None)
            waiting = self._levels[level]
            if waiting is not None:
                row.insert(0, waiting)
            self._levels[level] = row.pop() if len(row) % 2 else None
            row = [hash(_NODE + row[i] + row[i + 1]) for i in range(0, len(row), 2)]

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        hashes = [kept for kept in self._levels if kept is not None]
        if not hashes:
            return self._suite.hash(b"")
        root = hashes[0]
        for left in hashes[1:]:
            root = self._suite.hash(_NODE + left + root)
        return root

    def to_bytes(self) -> bytes:
        """The state: the size in 8 bytes, then the hashes of the larger subtrees first."""
        hashes = [kept for kept in reversed(self._levels) if kept is not None]
        return self._size.to_bytes(8, "big") + b"".join(hashes)

    @classmethod
    def from_bytes(cls, state: bytes, suite: Suite = INTERNATIONAL) -> "CompactRange":
        """Go on from a stored state; raises ValueError if it is none."""
        size = int.from_bytes(state[:8], "big")
        if len(state) != 8 + HASH_BYTES * size.bit_count():
            raise ValueError(f"a tree of {size} leaves is not kept in {len(state)} bytes")
        kept = cls(suite)
        kept._size = size
        kept._levels = [None] * size.bit_length()
        at = 8
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                kept._levels[level] = state[at : at + HASH_BYTES]
                at += HASH_BYTES
        return kept


class Tree:
    """A tree that keeps all its hashes, level by level, and can prove."""

    def __init__(self, leaves: Iterable[bytes] = (), suite: Suite = INTERNATIONAL) -> None:
        self._suite = suite
        self._levels: list[list[bytes]] = [[]]
        self.extend(leaves)

    def __len__(self) -> int:
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Append one leaf hash."""
        level, hash = 0, leaf
        self._levels[0].append(hash)
        while len(row := self._levels[level]) % 2 == 0:
            hash = node_hash(row[-2], row[-1], self._suite)
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(hash)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Append many leaf hashes at once; the same tree in half the time."""
        hash = self._suite.hash
        row = self._levels[0]
        row.extend(leaves)
        level = 0
        while len(row) > 1:
            level += 1
            if level == len(self._levels):
                self._levels.append([])
            above = self._levels[level]
            above.extend([hash(_NODE + row[i] + row[i + 1]) for i in range(2 * len(above), len(row) - 1, 2)])
            row = above

    def leaf_hashes(self, start: int, end: int) -> list[bytes]:
        """The hashes of the leaves [start, end)."""
        return self._levels[0][start:end]

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves (over all, when left out)."""
        return self.subtree_root(0, len(self) if size is None else size)

    def subtree_root(self, start: int, end: int) -> bytes:
        """The root over the leaves [start, end) of a subtree."""
        self._require_subtree(start, end)
        return self._range(start, end) if end > start else self._suite.hash(b"")

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that the leaf at `index` is in the tree of the first `size` leaves."""
        return self.subtree_inclusion(index, 0, len(self) if size is None else size)

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """The proof that the tree of `size` leaves goes on from the tree of `old` leaves."""
        return self.subtree_consistency(0, old, len(self) if size is None else size)

    def subtree_inclusion(self, index: int, start: int, end: int) -> list[bytes]:
        """The proof that the leaf at `index` is in the subtree [start, end)."""
        self._require_subtree(start, end)
        if not start <= index < end:
            raise ValueError(f"leaf {index} is not in [{start}, {end})")
        proof = []
        while end - start > 1:
            middle = start + split_of(end - start)
            if index < middle:
                proof.append(self._range(middle, end))
                end = middle
            else:
                proof.append(self._range(start, middle))
                start = middle
        return proof[::-1]

    def subtree_consistency(self, start: int, end: int, size: int) -> list[bytes]:
        """The proof that the subtree [start, end) is in the tree of the first `size` leaves."""
        self._require_subtree(start, end)
        if not end <= size <= len(self):
            raise ValueError(f"no tree of {size} leaves holds [{start}, {end})")
        proof: list[bytes] = []
        left, right, known = 0, size, True
        while start < end and (left, right) != (start, end):
            middle = left + split_of(right - left)
            if end <= middle:
                proof.append(self._range(middle, right))
                right = middle
            else:
                proof.append(self._range(left, middle))
                left = middle
                if start < middle:
                    start, known = middle, False
        if not known:
            proof.append(self._range(left, right))
        return proof[::-1]

    def _range(self, start: int, end: int) -> bytes:
        width = end - start
        if width & width - 1 == 0:
            level = width.bit_length() - 1
            return self._levels[level][start >> level]
        middle = start + split_of(width)
        return node_hash(self._range(start, middle), self._range(middle, end), self._suite)

    def _require_subtree(self, start: int, end: int) -> None:
        if not is_subtree(start, end) or end > len(self):
            raise ValueError(f"[{start}, {end}) is not a subtree of a tree of {len(self)} leaves")

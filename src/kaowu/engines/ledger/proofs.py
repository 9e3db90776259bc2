"""Whether a proof about the tree holds; nothing is trusted but the hashes given.

Proofs are read as they are defined (RFC 9162 section 2.1.3 and 2.1.4): from
the root down, taking the sibling of each step from the end of the proof. A
proof that is too short or too long fails.
"""

from collections.abc import Sequence

from kaowu.basics.suites import INTERNATIONAL, Suite
from kaowu.engines.ledger.tree import HASH_BYTES, is_subtree, node_hash, split_of

_LARGEST_TREE = 1 << 63


def holds_leaf(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes, suite: Suite = INTERNATIONAL
) -> bool:
    """Whether the tree of `size` leaves under `root` has this leaf hash at `index`."""
    return subtree_holds_leaf(index, 0, size, leaf, proof, root, suite)


def root_from_path(
    index: int, size: int, leaf: bytes, path: Sequence[bytes], suite: Suite = INTERNATIONAL
) -> bytes | None:
    """The root to which a path leads from a leaf hash; None if the path does not fit the place."""
    if not 0 <= index < size <= _LARGEST_TREE or not _hashes([leaf, *path]):
        return None
    rest = list(path)
    try:
        root = _root_over(index, size, leaf, rest, suite)
    except IndexError:
        return None
    return None if rest else root


def continues(
    old: int,
    size: int,
    old_root: bytes,
    root: bytes,
    proof: Sequence[bytes],
    suite: Suite = INTERNATIONAL,
) -> bool:
    """Whether the tree of `size` leaves goes on from the tree of `old` leaves.

    Every tree goes on from the empty one; that says nothing and is refused.
    """
    return old > 0 and holds_subtree(0, old, size, old_root, root, proof, suite)


def subtree_holds_leaf(
    index: int,
    start: int,
    end: int,
    leaf: bytes,
    proof: Sequence[bytes],
    root: bytes,
    suite: Suite = INTERNATIONAL,
) -> bool:
    """Whether the subtree [start, end) under `root` has this leaf hash at `index`."""
    if not (is_subtree(start, end) and start <= index < end <= _LARGEST_TREE) or not _hashes([leaf, *proof]):
        return False
    rest = list(proof)
    try:
        return _root_over(index - start, end - start, leaf, rest, suite) == root and not rest
    except IndexError:
        return False


def holds_subtree(
    start: int,
    end: int,
    size: int,
    subtree_root: bytes,
    root: bytes,
    proof: Sequence[bytes],
    suite: Suite = INTERNATIONAL,
) -> bool:
    """Whether the tree of `size` leaves under `root` holds the subtree [start, end)."""
    if not (is_subtree(start, end) and end <= size <= _LARGEST_TREE) or not _hashes(proof):
        return False
    if start == end:
        return subtree_root == suite.hash(b"") and not proof
    rest = list(proof)
    try:
        return _roots_over(start, end, size, subtree_root, rest, suite) == (subtree_root, root) and not rest
    except IndexError:
        return False


def _root_over(index: int, size: int, leaf: bytes, rest: list[bytes], suite: Suite) -> bytes:
    if size == 1:
        return leaf
    sibling, split = rest.pop(), split_of(size)
    if index < split:
        return node_hash(_root_over(index, split, leaf, rest, suite), sibling, suite)
    return node_hash(sibling, _root_over(index - split, size - split, leaf, rest, suite), suite)


def _roots_over(
    start: int, end: int, size: int, known: bytes | None, rest: list[bytes], suite: Suite
) -> tuple[bytes, bytes]:
    """The roots of [start, end) and of the whole; `known` as long as [start, end) was not cut."""
    if (start, end) == (0, size):
        hash = rest.pop() if known is None else known
        return hash, hash
    sibling, split = rest.pop(), split_of(size)
    if end <= split:
        inner, whole = _roots_over(start, end, split, known, rest, suite)
        return inner, node_hash(whole, sibling, suite)
    if start >= split:
        inner, whole = _roots_over(start - split, end - split, size - split, known, rest, suite)
        return inner, node_hash(sibling, whole, suite)
    # The subtree reaches over the middle: then it begins at 0 and holds the whole left side.
    inner, whole = _roots_over(0, end - split, size - split, None, rest, suite)
    return node_hash(sibling, inner, suite), node_hash(sibling, whole, suite)


def _hashes(given: Sequence[bytes]) -> bool:
    return all(len(hash) == HASH_BYTES for hash in given)

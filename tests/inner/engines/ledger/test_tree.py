"""The tree is that of RFC 6962, and its proofs hold exactly when they should."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.suites import SUITES
from kaowu.engines.ledger.proofs import continues, holds_leaf, holds_subtree, subtree_holds_leaf
from kaowu.engines.ledger.tree import CompactRange, Tree, is_subtree, leaf_hash, node_hash

VECTORS = Path(__file__).parents[3] / "vectors" / "merkle"
KNOWN = json.loads((VECTORS / "kat.json").read_text(encoding="utf-8"))
PROOFS = sorted((VECTORS / "transparency-dev-merkle" / "testdata").rglob("*.json"))
LARGEST = 130
NUMBERED = Tree(leaf_hash(bytes([number])) for number in range(LARGEST))
SUBTREES = [(s, e) for e in range(LARGEST + 1) for s in range(e + 1) if is_subtree(s, e)]


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def verdict(kind: str, case: dict) -> bool:
    proof = [decoded(hash) for hash in case["proof"] or []]
    roots = [decoded(case.get(name)) for name in ("root1", "root2", "root", "leafHash")]
    match kind:
        case "inclusion":
            return holds_leaf(case["leafIdx"], case["treeSize"], roots[3], proof, roots[2])
        case "consistency":
            return continues(case["size1"], case["size2"], roots[0], roots[1], proof)
        case "subtreeinclusion":
            return subtree_holds_leaf(case["leafIdx"], case["start"], case["end"], roots[3], proof, roots[2])
        case "subtreeconsistency":
            return holds_subtree(case["start"], case["end"], case["size"], roots[0], roots[1], proof)
    raise AssertionError(kind)


def test_every_good_published_proof_is_accepted_and_every_broken_one_refused():
    assert len(PROOFS) > 500
    wrong = []
    for path in PROOFS:
        case = json.loads(path.read_text(encoding="utf-8"))
        kind = path.relative_to(VECTORS / "transparency-dev-merkle" / "testdata").parts[0]
        if verdict(kind, case) == case["wantErr"]:
            wrong.append(path.name)
    assert wrong == []


def test_the_known_hashes_come_out():
    for known in KNOWN["hashes"]:
        match known["kind"]:
            case "empty_root":
                found = CompactRange().root()
            case "leaf":
                found = leaf_hash(bytes.fromhex(known["input_hex"]))
            case "node":
                found = node_hash(bytes.fromhex(known["left_hex"]), bytes.fromhex(known["right_hex"]))
        assert found.hex() == known["hex"]


def test_the_known_roots_come_out_at_every_size():
    leaves = [leaf_hash(bytes.fromhex(content)) for content in KNOWN["leaf_inputs_hex"]]
    kept, tree = CompactRange(), Tree(leaves)
    for size, root in enumerate(KNOWN["root_hashes_hex_by_size"]):
        assert (kept.size, kept.root().hex(), tree.root(size).hex()) == (size, root, root)
        if size < len(leaves):
            kept.append(leaves[size])


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("subtree_hash", lambda: (f"[{s}, {e}) {NUMBERED.subtree_root(s, e).hex()}" for s, e in SUBTREES)),
        (
            "subtree_inclusion",
            lambda: (
                " ".join([f"{i} [{s}, {e})", *(hash.hex() for hash in NUMBERED.subtree_inclusion(i, s, e))])
                for s, e in SUBTREES
                for i in range(s, e)
            ),
        ),
        (
            "subtree_consistency",
            lambda: (
                " ".join([f"[{s}, {e}) {n}", *(hash.hex() for hash in NUMBERED.subtree_consistency(s, e, n))])
                for n in range(LARGEST + 1)
                for s, e in SUBTREES
                if e <= n
            ),
        ),
    ],
)
def test_all_proofs_of_a_tree_of_130_leaves_have_the_published_digest(name, lines):
    rolling = hashlib.sha256()
    for line in lines():
        rolling.update(f"{line}\n".encode())
    assert rolling.hexdigest() == KNOWN["rolling"][name]["sha256"]


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_the_empty_tree_leaf_and_node_are_told_apart_under_either_hash(suite):
    assert CompactRange(suite).root() == suite.hash(b"")
    assert leaf_hash(b"x", suite) == suite.hash(b"\0x") and node_hash(b"l", b"r", suite) == suite.hash(
        b"\1lr"
    )


@pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
def test_every_proof_of_every_subtree_holds_under_either_hash_and_under_no_other(suite):
    other = next(one for one in SUITES.values() if one is not suite)
    size = 70
    leaves = [leaf_hash(bytes([number]), suite) for number in range(size)]
    tree = Tree(leaves, suite)
    kept = CompactRange(suite)
    kept.extend(leaves)
    assert kept.root() == tree.root()
    for start, end in SUBTREES:
        if end > size:
            continue
        root, proof = tree.subtree_root(start, end), tree.subtree_consistency(start, end, size)
        assert holds_subtree(start, end, size, root, tree.root(), proof, suite)
        assert not proof or not holds_subtree(start, end, size, root, tree.root(), proof, other)
        for index in range(start, end, 7):
            found = tree.subtree_inclusion(index, start, end)
            assert subtree_holds_leaf(index, start, end, leaves[index], found, root, suite)
    for old in range(1, size):
        assert continues(old, size, tree.root(old), tree.root(), tree.consistency(old), suite)
    assert holds_leaf(3, size, leaves[3], tree.inclusion(3), tree.root(), suite)


sizes = st.integers(1, LARGEST)


@given(st.lists(st.lists(st.binary(max_size=4), max_size=40), max_size=6))
def test_a_range_grown_in_any_batches_and_stored_between_has_the_root_of_the_tree(batches):
    kept = CompactRange()
    leaves = []
    for batch in batches:
        hashes = [leaf_hash(content) for content in batch]
        kept.extend(hashes)
        leaves += hashes
        kept = CompactRange.from_bytes(kept.to_bytes())
        assert (kept.size, kept.root()) == (len(leaves), Tree(leaves).root())


@pytest.mark.parametrize("state", [b"", b"\0" * 7, (3).to_bytes(8, "big") + bytes(32), bytes(8) + b"x"])
def test_what_is_not_a_stored_range_is_refused(state):
    if state == b"":
        assert CompactRange.from_bytes(bytes(8)).size == 0
    with pytest.raises(ValueError, match="not kept"):
        CompactRange.from_bytes(state)


@given(sizes.flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_each_leaf_is_proved_in_each_tree_and_nowhere_else(place):
    index, size = place
    leaf, proof, root = leaf_hash(bytes([index])), NUMBERED.inclusion(index, size), NUMBERED.root(size)
    assert holds_leaf(index, size, leaf, proof, root)
    assert not holds_leaf(index, size, leaf_hash(b"other"), proof, root)
    assert not any(holds_leaf(other, size, leaf, proof, root) for other in range(size) if other != index)
    assert not holds_leaf(index, size, leaf, [*proof, root], root)
    assert not any(holds_leaf(index, size, leaf, proof[:n] + proof[n + 1 :], root) for n in range(len(proof)))


@given(sizes.flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))))
def test_each_tree_continues_each_smaller_one_and_no_other(place):
    old, size = place
    roots, proof = (NUMBERED.root(old), NUMBERED.root(size)), NUMBERED.consistency(old, size)
    assert continues(old, size, *roots, proof)
    assert not continues(old, size, leaf_hash(b"other"), roots[1], proof)
    assert not continues(old, size, roots[0], leaf_hash(b"other"), proof)
    assert not continues(old, size, *roots, [*proof, roots[0]])


@given(st.sampled_from([(s, e) for s, e in SUBTREES if s < e]), st.data())
def test_each_subtree_is_proved_in_each_tree_that_holds_it(subtree, data):
    start, end = subtree
    size = data.draw(st.integers(end, LARGEST))
    proof = NUMBERED.subtree_consistency(start, end, size)
    inner, root = NUMBERED.subtree_root(start, end), NUMBERED.root(size)
    assert holds_subtree(start, end, size, inner, root, proof)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not holds_subtree(start, end, size, inner, root, [*proof[:at], bytes(32), *proof[at + 1 :]])


@pytest.mark.parametrize(("start", "end"), [(1, 3), (2, 5), (3, 2), (0, LARGEST + 1)])
def test_a_range_that_is_no_subtree_is_not_hashed(start, end):
    with pytest.raises(ValueError, match="not a subtree"):
        NUMBERED.subtree_root(start, end)


@pytest.mark.parametrize("first", [0, 1, 2, 5, 8, 13])
@pytest.mark.parametrize("more", [0, 1, 3, 8, 20])
def test_a_tree_that_grew_by_many_at_once_is_the_tree_that_grew_one_by_one(first, more):
    leaves = [leaf_hash(b"%d" % n) for n in range(first + more)]
    grown, single = Tree(leaves[:first]), Tree()
    grown.extend(leaves[first:])
    for leaf in leaves:
        single.append(leaf)
    assert grown._levels == single._levels or len(leaves) == 0

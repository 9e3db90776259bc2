"""Carrying a log: requests keep their bytes, only what is proven is taken, only a cosignature is believed."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaowu.basics.suites import ED25519_COSIGNATURE, INTERNATIONAL
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import Tree, leaf_hash
from kaowu.engines.sync import sender
from kaowu.engines.sync.judge import Held, Status, judge_checkpoint, judge_upload, proven_hashes
from kaowu.engines.sync.packages import package_bounds, read_packages
from kaowu.engines.sync.wire import MirrorInfo, NewCheckpoint, UploadHead, WireRefused, read_size

ORIGIN = "site-1/1"
KEY = INTERNATIONAL.new_key("site-1", secret=bytes(31) + b"\x01")
THIEF = INTERNATIONAL.new_key("site-1", secret=bytes(31) + b"\x02")
MIRROR = INTERNATIONAL.new_key("county/mirror", ED25519_COSIGNATURE, bytes(31) + b"\x03")


def entries(count, salt=b""):
    return [b"fact %d " % n + salt for n in range(count)]


def tree_of(leaves):
    return Tree([leaf_hash(leaf) for leaf in leaves])


def checkpoint(tree, size=None):
    size = len(tree) if size is None else size
    return Checkpoint(ORIGIN, size, tree.root(size))


def signed(tree, size=None, key=KEY):
    return checkpoint(tree, size).note().signed_by(key)


def held(tree, size, next_entry=None, cosigned=0):
    return Held(
        ORIGIN, KEY.verifying, size, tree.root(size), size if next_entry is None else next_entry, cosigned
    )


LOG = entries(700)
TREE = tree_of(LOG)
FORK = tree_of([*LOG[:400], *entries(300, b"forged")])


def nothing_held(size):
    return None


# ---- requests keep their bytes ----


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_packages_cover_an_interval_once_and_end_at_multiples_of_256(start, length):
    bounds = list(package_bounds(start, start + length))
    assert [n for first, stop in bounds for n in range(first, stop)] == list(range(start, start + length))
    assert all(stop % 256 == 0 for _, stop in bounds[:-1])
    assert all(stop - first <= 256 and first // 256 == (stop - 1) // 256 for first, stop in bounds)


@settings(max_examples=40)
@given(st.integers(0, 699), st.integers(1, 700))
def test_what_is_uploaded_is_read_back_and_proven_wherever_it_begins(start, end):
    start, end = min(start, end - 1), max(start + 1, end)
    body, reached = sender.upload(TREE, checkpoint(TREE, end), start, lambda a, b: LOG[a:b], 1 << 20)
    head, at = UploadHead.from_bytes(body)
    assert (head.origin, head.start, head.end, reached) == (ORIGIN, start, end, end)
    taken = []
    for package in read_packages(body, at, start, end):
        before = TREE.leaf_hashes(package.subtree_start, package.start)
        assert proven_hashes(package, before, end, TREE.root(end)) is not None
        taken += package.entries
    assert taken == LOG[start:end]


def test_a_request_ends_after_the_bytes_that_were_asked_for():
    body, reached = sender.upload(TREE, checkpoint(TREE), 0, lambda a, b: LOG[a:b], 7_000)
    assert reached == 512
    head, at = UploadHead.from_bytes(body)
    assert [package.end for package in read_packages(body, at, 0, head.end)] == [256, 512]


@pytest.mark.parametrize("cut", [1, 40, 300, 2000])
def test_of_a_request_cut_short_only_whole_packages_are_read(cut):
    body, _ = sender.upload(TREE, checkpoint(TREE), 0, lambda a, b: LOG[a:b], 1 << 20)
    head, at = UploadHead.from_bytes(body)
    packages = read_packages(body[:-cut], at, 0, head.end)
    assert [next(packages).end, next(packages).end] == [256, 512]
    with pytest.raises(WireRefused):
        next(packages)


def test_a_checkpoint_request_keeps_its_bytes():
    sent = sender.announce(TREE, signed(TREE), 300)
    assert NewCheckpoint.from_bytes(sent.to_bytes()) == sent
    assert MirrorInfo.from_bytes(MirrorInfo(700, 512, b"t").to_bytes()) == MirrorInfo(700, 512, b"t")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"old\n\nx",
        b"old 1\n",
        b"old 01\n\n" + signed(TREE).to_bytes(),
        b"old 1\nAAAA\n\n" + signed(TREE).to_bytes(),
        b"old 1\nnot base64\n\n" + signed(TREE).to_bytes(),
        b"old 1\n" + b"A" * 43 + b"=\n" * 64 + b"\n" + signed(TREE).to_bytes(),
        b"old 1\n\n\xff\xff",
    ],
)
def test_what_is_no_checkpoint_request_is_refused(content):
    with pytest.raises(WireRefused):
        NewCheckpoint.from_bytes(content)


@given(st.binary(max_size=200))
def test_no_bytes_make_a_reader_fail_in_another_way(content):
    for reader in (NewCheckpoint.from_bytes, UploadHead.from_bytes, MirrorInfo.from_bytes, read_size):
        with contextlib.suppress(WireRefused):
            reader(content)
    with contextlib.suppress(WireRefused):
        list(read_packages(content, 0, 0, 3))


# ---- the mirror judges ----


def test_a_checkpoint_that_continues_is_accepted():
    judged = judge_checkpoint(held(TREE, 300), sender.announce(TREE, signed(TREE), 300), nothing_held)
    assert judged.verdict.status == Status.OK and judged.checkpoint == checkpoint(TREE)
    first = judge_checkpoint(held(TREE, 0), sender.announce(TREE, signed(TREE), 0), nothing_held)
    assert first.verdict.status == Status.OK


def test_another_old_size_is_told_where_the_mirror_stands():
    judged = judge_checkpoint(held(TREE, 300), sender.announce(TREE, signed(TREE), 256), nothing_held)
    assert (judged.verdict.status, judged.verdict.body, judged.forked) == (Status.CONFLICT, b"300\n", False)


def test_unknown_logs_and_strange_keys_are_told_apart():
    sent = sender.announce(TREE, signed(TREE), 0)
    assert judge_checkpoint(None, sent, nothing_held).verdict.status == Status.UNKNOWN
    stranger = sender.announce(TREE, signed(TREE, key=THIEF), 0)
    assert judge_checkpoint(held(TREE, 0), stranger, nothing_held).verdict.status == Status.UNTRUSTED


def test_a_proof_that_fails_is_refused_and_accuses_nobody():
    sent = sender.announce(TREE, signed(TREE), 300)
    wrong = NewCheckpoint(sent.old, (*sent.proof[:-1], bytes(32)), sent.note)
    judged = judge_checkpoint(held(TREE, 300), wrong, nothing_held)
    assert (judged.verdict.status, judged.forked) == (Status.UNPROVEN, False)
    forged = judge_checkpoint(held(TREE, 500), sender.announce(FORK, signed(FORK), 500), nothing_held)
    assert (forged.verdict.status, forged.forked) == (Status.UNPROVEN, False)


def test_two_roots_of_one_size_under_one_key_are_a_fork():
    sent = sender.announce(FORK, signed(FORK), 700)
    judged = judge_checkpoint(held(TREE, 700), sent, nothing_held)
    assert (judged.verdict.code, judged.forked) == ("log_forked", True)


def test_an_old_snapshot_that_went_on_is_found_against_the_entries_held():
    sent = sender.announce(FORK, signed(FORK, 600), 400)
    judged = judge_checkpoint(held(TREE, 700), sent, lambda size: TREE.root(size))
    assert judged.forked
    honest = sender.announce(TREE, signed(TREE, 600), 400)
    assert not judge_checkpoint(held(TREE, 700), honest, lambda size: TREE.root(size)).forked


def test_entries_of_another_tree_are_not_proven():
    [*_, package] = read_packages(*_first_upload(FORK), 0, 700)
    assert proven_hashes(package, [], 700, FORK.root()) is not None
    assert proven_hashes(package, [], 700, TREE.root()) is None
    assert proven_hashes(package, [bytes(32)], 700, FORK.root()) is None


def _first_upload(tree):
    leaves = [*LOG[:400], *entries(300, b"forged")]
    body, _ = sender.upload(tree, checkpoint(tree), 0, lambda a, b: leaves[a:b], 1 << 20)
    return body, UploadHead.from_bytes(body)[1]


def test_an_upload_must_lead_to_an_accepted_checkpoint_and_leave_no_gap():
    known = held(TREE, 700, next_entry=300, cosigned=256)
    root = TREE.root()
    assert judge_upload(known, UploadHead(ORIGIN, 300, 700), root) is None
    assert judge_upload(known, UploadHead(ORIGIN, 10, 700), root) is None
    gap = judge_upload(known, UploadHead(ORIGIN, 301, 700), root)
    assert gap.status == Status.CONFLICT and MirrorInfo.from_bytes(gap.body) == MirrorInfo(700, 300)
    assert judge_upload(known, UploadHead(ORIGIN, 0, 699), None).code == "checkpoint_not_pending"
    assert judge_upload(known, UploadHead(ORIGIN, 0, 200), TREE.root(200)).code == "checkpoint_not_pending"
    assert judge_upload(None, UploadHead(ORIGIN, 0, 700), root).status == Status.UNKNOWN


# ---- the log believes only a cosignature ----


def _cosignature(note, key=MIRROR):
    return Note(note.text).signed_by(key, at=1_800_000_000).to_bytes().partition(b"\n\n")[2]


def test_only_a_cosignature_by_the_enrolled_key_over_this_checkpoint_is_believed():
    note = signed(TREE)
    good = _cosignature(note)
    believed = sender.cosigned_note(note, good, MIRROR.verifying)
    assert believed is not None and len(believed.signatures) == 2
    impostor = INTERNATIONAL.new_key(MIRROR.name, ED25519_COSIGNATURE, bytes(31) + b"\x09")
    for answer in (b"", b"ok\n", good[:-9] + b"AAAAAAAA\n", _cosignature(note, impostor)):
        assert sender.cosigned_note(note, answer, MIRROR.verifying) is None
    assert sender.cosigned_note(note, _cosignature(signed(TREE, 699)), MIRROR.verifying) is None


def test_a_body_that_does_not_belong_to_its_leaf_hash_is_not_sent():
    altered = [*LOG[:333], b"another", *LOG[334:]]
    with pytest.raises(sender.OwnCopyAltered) as found:
        sender.upload(TREE, checkpoint(TREE), 0, lambda a, b: altered[a:b], 1 << 20)
    assert found.value.index == 333

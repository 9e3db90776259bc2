"""Scores in an archive: what was frozen, approved, released and corrected is one and the same, or both verifiers say so."""

import hashlib
import io
from dataclasses import replace

import pytest
from tests.inner.engines.ledger.small_archive import (
    BEGIN,
    LOG_KEY,
    Journal,
    SmallFact,
    archive_of,
    checkpoint_note,
    digest,
    parse_note,
)
from tools.verify_archive import judge

from kaowu.engines.ledger.tree import CompactRange
from kaowu.engines.ledger.verify import verify_archive

VKEY = LOG_KEY.verifying
WHO = [f"370402010{number}" for number in range(5)]


def leaf(text: str) -> bytes:
    """A leaf as a freeze makes it; what is in it nobody can tell."""
    return hashlib.sha256(b"\0" + b"sixteen of salt!" + text.encode()).digest()


LEAVES = [leaf(who) for who in WHO]
NEW, NEWER = leaf("once corrected"), leaf("twice corrected")


def root_of(leaves):
    tree = CompactRange()
    tree.extend(leaves)
    return tree.root()


def frozen(leaves=LEAVES, **changes):
    said = {"root": root_of(leaves), "leaves": digest(b"".join(leaves)), "candidates": len(leaves)}
    return "scores_frozen", said | changes, (digest(b"".join(leaves)),)


def approved(root=None):
    return "scores_approved", {"root": root or root_of(LEAVES)}, ()


def released(root=None):
    return "scores_released", {"root": root or root_of(LEAVES)}, ()


def corrected(who, before, after):
    return "score_corrected", {"candidate": who, "leaf_before": before, "leaf": after}, ()


FACTS = (
    frozen(),
    approved(),
    released(),
    corrected(WHO[1], LEAVES[1], NEW),
    corrected(WHO[1], NEW, NEWER),
    corrected(WHO[4], LEAVES[4], leaf("another")),
)


def journal(facts=FACTS, leaves=LEAVES):
    """These facts, chained and signed by whoever holds the key, with the file of leaves beside them."""

    def alter(number, fields):
        fields[3], fields[13], fields[15] = (
            facts[number - 1][0],
            facts[number - 1][1],
            [*facts[number - 1][2]],
        )

    small = tuple(SmallFact(n, "office", BEGIN + 1000 * n) for n in range(1, len(facts) + 1))
    return Journal(small, artefacts=(b"".join(leaves),), documents=(), alter=alter)


def put(at, *facts):
    """The clean facts with one of them replaced, or taken out."""
    return (*FACTS[:at], *facts, *FACTS[at + 1 :])


def other(at):
    return [leaf("altered") if number == at else one for number, one in enumerate(LEAVES)]


def planted(leaves):
    """A file of leaves that fits its digest, under the root and number that were frozen before."""
    bound = digest(b"".join(leaves))
    kind, said, _ = FACTS[0]
    return put(0, (kind, said | {"leaves": bound}, (bound,))), leaves


PLANTED = {
    "score altered": (*planted(other(2)), "score_root_wrong", 0),
    "scores exchanged": (*planted([LEAVES[1], LEAVES[0], *LEAVES[2:]]), "score_root_wrong", 0),
    "score dropped": (*planted(LEAVES[:2] + LEAVES[3:]), "score_count_wrong", 0),
    "score added": (*planted([*LEAVES, leaf("added")]), "score_count_wrong", 0),
    "half a score": (*planted([*LEAVES[:4], LEAVES[4][:31]]), "score_count_wrong", 0),
    "other number": (put(0, frozen(candidates=4)), LEAVES, "score_count_wrong", 0),
    "leaves not bound": (put(0, (*frozen()[:2], ())), LEAVES, "score_leaves_unbound", 0),
    "field missing": (put(1, ("scores_approved", {}, ())), LEAVES, "score_fact_malformed", 1),
    "other scores approved": (put(1, approved(root_of(other(2)))), LEAVES, "score_root_unknown", 1),
    "approval dropped": (put(1), LEAVES, "score_root_unknown", 1),
    "other scores released": (put(2, released(root_of(other(2)))), LEAVES, "score_root_unknown", 2),
    "frozen behind the approval": (put(2, frozen()), LEAVES, "score_frozen_again", 2),
    "correction of no frozen score": (put(5, corrected(WHO[4], leaf("?"), NEW)), LEAVES, "score_leaf_unknown", 5),
    "correction dropped": (put(3), LEAVES, "score_leaf_unknown", 3),
    "correction altered": (put(3, corrected(WHO[1], LEAVES[1], NEWER)), LEAVES, "score_leaf_unknown", 4),
    "correction of another's score": (
        put(5, corrected(WHO[4], LEAVES[1], NEWER)), LEAVES, "score_leaf_unknown", 5,
    ),
}  # fmt: skip


def both(archive, kept=()):
    first = verify_archive(io.BytesIO(archive), [VKEY], [parse_note(one) for one in kept])
    return first, judge(io.BytesIO(archive), VKEY.to_text(), kept)


@pytest.mark.feature("X-01")
def test_scores_that_were_frozen_released_and_corrected_as_recorded_are_accepted_by_both_verifiers():
    first, second = both(archive_of(journal()))
    assert first.ok and first.first_bad is None
    assert second["ok"] and second["first_bad"] is None


@pytest.mark.feature("X-01")
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_change_of_scores_is_found_by_both_though_all_is_signed_anew(name):
    facts, leaves, code, index = PLANTED[name]
    first, second = both(archive_of(journal(facts, leaves)))
    assert not first.ok and (first.first_bad.code, first.first_bad.index) == (code, index)
    assert first.first_bad.reason.zh and not second["ok"]
    assert second["first_bad"]["index"] == index


@pytest.mark.feature("X-01")
def test_scores_frozen_anew_without_a_trace_contradict_the_checkpoint_kept_from_before():
    leaves = other(2)
    root = root_of(leaves)
    rewritten = archive_of(journal((frozen(leaves), approved(root), released(root)), leaves))
    assert both(rewritten)[0].ok  # consistent with itself
    first, second = both(rewritten, (checkpoint_note(journal().rows()[:3]),))
    assert not first.ok and not second["ok"]


def test_a_file_of_leaves_left_out_is_missed_at_the_freeze():
    first, second = both(archive_of(replace(journal(), artefacts=())))
    assert (first.first_bad.code, first.first_bad.index) == ("artefact_missing", 0)
    assert second["first_bad"]["index"] == 0

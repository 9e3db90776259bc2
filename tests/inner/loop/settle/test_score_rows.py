"""Rows of scores under a salted root: every proof holds, none holds for another row, salts keep the rest unknown."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.errors import Refused
from kaowu.engines.ledger.tree import leaf_hash
from kaowu.engines.scores import State
from kaowu.loop.settle.score_rows import (
    PartScore,
    ScoreProof,
    ScoreRow,
    SubjectScore,
    freeze,
    leaf_of,
    tree_of,
)

scores = st.one_of(
    st.sampled_from([SubjectScore("语文", State.ABSENT), SubjectScore("语文", State.VOID)]),
    st.integers(0, 15_000).map(
        lambda points: SubjectScore(
            "语文", State.SCORED, points, (PartScore("客观题", State.SCORED, points),)
        )
    ),
)
rows = st.lists(scores, min_size=1, max_size=40).map(
    lambda found: [ScoreRow(f"R{at:05d}", (score,)) for at, score in enumerate(found)]
)


def proofs(exam, frozen):
    tree = tree_of(b"".join(frozen.leaves))
    return [
        ScoreProof(exam, frozen.root, len(tree), at, frozen.salts[at], row, tuple(tree.inclusion(at)))
        for at, row in enumerate(frozen.rows)
    ]


@given(rows)
def test_every_row_is_proved_and_no_other_row_in_its_place(found):
    frozen = freeze("gk2027", found)
    for proof in proofs("gk2027", frozen):
        assert proof.holds
        assert ScoreProof.from_plain(proof.to_plain()) == proof
        assert not replace(proof, exam="gk2028").holds
        better = proof.row.with_score(SubjectScore("语文", State.SCORED, 15_001))
        assert not replace(proof, row=better).holds


def test_equal_scores_have_different_leaves():
    frozen = freeze("gk2027", [ScoreRow("R1", (SubjectScore("语文", State.SCORED, 9000),))])
    again = freeze("gk2027", frozen.rows)
    assert frozen.root != again.root
    assert leaf_of("gk2027", frozen.rows[0], frozen.salts[0]) == frozen.leaves[0]


def test_a_row_whose_total_is_not_the_sum_is_no_row():
    with pytest.raises(ValueError, match="sum"):
        ScoreRow.from_plain(["R1", [["语文", "scored", 9000, []]], 9100])


def test_what_is_not_scored_adds_nothing_to_the_total():
    row = ScoreRow("R1", (SubjectScore("语文", State.SCORED, 9000), SubjectScore("数学", State.ABSENT)))
    assert row.total == 9000 and row.undecided == 0
    assert row.with_score(SubjectScore("数学", State.NOT_SCANNED)).undecided == 1


@pytest.mark.parametrize("plain", [{}, [], None, {"format": "kaowu.score-proof/1"}, {"format": "x"}])
def test_a_file_of_another_form_is_refused(plain):
    with pytest.raises(Refused):
        ScoreProof.from_plain(plain)


@given(rows)
def test_a_leaf_is_the_row_as_json_however_many_share_a_score(found):
    shared = [replace(row, scores=found[0].scores) for row in found[:2]] + found[2:]
    frozen = freeze("2027GK", shared)
    for row, salt, leaf in zip(frozen.rows, frozen.salts, frozen.leaves, strict=True):
        plain = json.dumps(["2027GK", *row.to_plain()], ensure_ascii=False, separators=(",", ":"))
        assert leaf == leaf_of("2027GK", row, salt) == leaf_hash(salt + plain.encode())

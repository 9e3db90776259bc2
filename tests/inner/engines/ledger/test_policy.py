"""A policy says whose word counts, and sees for itself whether it could be met twice over."""

import pytest
from tests.inner.engines.ledger.small_proofs import small_log

from kaowu.basics.suites import INTERNATIONAL
from kaowu.engines.ledger.notes import NoteRefused
from kaowu.engines.ledger.policy import Policy, PolicyRefused

KEYS = [INTERNATIONAL.new_key(f"w{n}", INTERNATIONAL.cosignature_kind, bytes([n]) * 32) for n in range(6)]
LOG = INTERNATIONAL.new_key("log", secret=bytes([9]) * 32)
LINES = "\n".join(f"witness w{n} {key.verifying.to_text()}" for n, key in enumerate(KEYS))


def policy(rest: str) -> Policy:
    return Policy.from_text(f"# 考区策略\nlog {LOG.verifying.to_text()}\n\n{LINES}\n{rest}\n")


@pytest.mark.parametrize(
    ("rest", "met", "unmet", "splits"),
    [
        ("quorum none", "", None, True),
        ("quorum w0", "w0", "w1 w2 w3 w4 w5", False),
        ("group g any w0 w1\nquorum g", "w1", "w2", True),
        ("group g all w0 w1\nquorum g", "w0 w1", "w0", False),
        ("group g 2 w0 w1 w2\nquorum g", "w0 w2", "w1", False),
        ("group g 2 w0 w1 w2 w3\nquorum g", "w0 w3", "w3", True),
        ("group g 3 w0 w1 w2 w3\nquorum g", "w0 w1 w3", "w0 w1", False),
        # Both groups must agree; one of them cannot be met twice, so neither can the whole.
        ("group a 2 w0 w1 w2\ngroup b any w3 w4 w5\ngroup g all a b\nquorum g", "w0 w1 w5", "w0 w1", False),
        ("group a any w0 w1\ngroup b any w2 w3\ngroup g all a b\nquorum g", "w0 w2", "w0 w1", True),
        ("group a any w0 w1\ngroup g 2 a w2 w3\nquorum g", "w1 w3", "w0 w1", True),
    ],
)
def test_the_quorum_is_met_by_those_it_names(rest, met, unmet, splits):
    read = policy(rest)
    assert read.is_met(met.split())
    assert unmet is None or not read.is_met(unmet.split())
    assert read.can_split() is splits


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "quorum w9",
        "quorum none\nquorum none",
        "group g 0 w0\nquorum g",
        "group g 3 w0 w1\nquorum g",
        "group g 02 w0 w1\nquorum g",
        "group g any\nquorum g",
        "group g any h\ngroup h any w0\nquorum g",
        "group g any w0 w0\nquorum g",
        "group a any w0 w1\ngroup b any w1 w2\ngroup g all a b\nquorum g",
        "group w0 any w1\nquorum w0",
        "group none any w1\nquorum none",
        f"witness v {KEYS[0].verifying.to_text()}\nquorum v",
        f"witness v {LOG.verifying.to_text()}\nquorum v",
        f"log {KEYS[0].verifying.to_text()}\nquorum none",
        "quorum none\r",
        "nonsense\nquorum none",
    ],
)
def test_what_is_no_policy_is_refused_with_its_line(rest):
    with pytest.raises(PolicyRefused):
        policy(rest)


def test_a_checkpoint_is_judged_by_log_and_quorum():
    log = small_log()
    read = Policy.from_text(log.policy())
    assert read.judge(log.note()).cosigned == ("w0", "w1", "w2")
    assert not read.judge(log.note(cosigners=1)).quorum
    with pytest.raises(NoteRefused):
        read.judge(log.note(key=INTERNATIONAL.new_key("site-3704")))


def test_a_log_that_shows_two_faces_cannot_have_both_cosigned():
    """Each honest witness signs one face; whichever they chose, only one face has the quorum."""
    read = policy("group g 2 w0 w1 w2\nquorum g")
    for one_side in range(8):
        first = [f"w{n}" for n in range(3) if one_side >> n & 1]
        second = [f"w{n}" for n in range(3) if not one_side >> n & 1]
        assert not (read.is_met(first) and read.is_met(second))

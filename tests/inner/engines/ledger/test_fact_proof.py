"""The proof of one fact holds by itself, and nothing in it can be changed."""

import base64
import dataclasses

import pytest
from tests.inner.engines.ledger.small_proofs import small_log

from kaowu.basics.suites import SUITES
from kaowu.engines.ledger.fact_proof import FactProof, FactProofRefused, meeting
from kaowu.engines.ledger.fact_verdict import FALSE, GOOD, OPEN, judge_proof
from kaowu.engines.ledger.notes import Checkpoint
from kaowu.engines.ledger.policy import Policy
from kaowu.engines.ledger.tree import Tree, leaf_hash

SUITED = pytest.mark.parametrize("suite", SUITES.values(), ids=SUITES)
BY_TERMINAL, LAST_OF_RUN, OF_TWO = 3, 6, 7


def states(verdict) -> dict[str, str]:
    return {one.name: one.state for one in verdict.checks}


@SUITED
def test_a_proof_shows_the_fact_the_book_the_witnesses_the_device_and_the_persons(suite):
    log = small_log(suite)
    policy = Policy.from_text(log.policy())
    for index in range(len(log.leaves)):
        proof = FactProof.from_bytes(log.proof(index).to_bytes())
        verdict = judge_proof(proof, policy=policy)
        assert verdict.ok, (index, verdict.checks)
        assert (verdict.fields or {})[3] and verdict.recorded_at
        found = states(verdict)
        assert {found[name] for name in ("included", "log", "witnesses", "entry", "device")} == {GOOD}
        assert found.get("persons") == (GOOD if index == OF_TWO else None)
        assert found.get("personal") == (OPEN if 2 <= index <= 6 else None)


@SUITED
def test_personal_fields_are_shown_only_on_purpose_and_only_the_right_ones_hold(suite):
    log = small_log(suite)
    policy = Policy.from_text(log.policy())
    shown = log.proof(BY_TERMINAL, personal=True)
    assert states(judge_proof(shown, policy=policy))["personal"] == GOOD
    content, salt = shown.personal
    lying = dataclasses.replace(shown, personal=(content.replace("张".encode(), "李".encode()), salt))
    verdict = judge_proof(lying, policy=policy)
    assert states(verdict)["personal"] == FALSE and not verdict.ok
    assert "张三".encode() not in log.proof(BY_TERMINAL).to_bytes()


@pytest.mark.parametrize(("index", "step"), [(BY_TERMINAL, 1), (LAST_OF_RUN, 5), (OF_TWO, 5)])
def test_no_byte_of_a_proof_can_be_changed_unseen(index, step):
    log = small_log()
    policy = Policy.from_text(log.policy(3))
    good = log.proof(index, personal=index != OF_TWO).to_bytes()
    accepted = []
    for at in range(0, len(good), step):
        changed = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        try:
            if judge_proof(FactProof.from_bytes(changed), policy=policy).ok:
                accepted.append(at)
        except FactProofRefused:
            continue
    assert accepted == []


def test_without_key_or_kept_checkpoint_nothing_is_accepted_and_either_will_do():
    log = small_log()
    proof = log.proof(BY_TERMINAL)
    assert not judge_proof(proof).ok
    assert judge_proof(proof, keys=[log.log_key.verifying]).ok
    office = log.proof(0)
    kept = Checkpoint.from_note(log.note())
    # The key of the log is what vouches for the office, so a kept checkpoint alone does not show who signed.
    assert states(judge_proof(office, kept=[kept]))["kept"] == GOOD
    assert judge_proof(proof, kept=[kept]).ok
    other = Checkpoint(kept.origin, kept.size, bytes(32))
    assert not judge_proof(proof, keys=[log.log_key.verifying], kept=[other]).ok
    smaller = Checkpoint(kept.origin, kept.size - 1, bytes(32))
    assert states(judge_proof(proof, keys=[log.log_key.verifying], kept=[smaller]))["kept"] == OPEN


def test_too_few_witnesses_and_another_logs_key_are_refused():
    log = small_log()
    proof = log.proof(BY_TERMINAL, log.note(cosigners=1))
    assert states(judge_proof(proof, policy=Policy.from_text(log.policy(2))))["witnesses"] == FALSE
    assert judge_proof(proof, policy=Policy.from_text(log.policy(1))).ok
    stranger = log.suite.new_key("site-3704")
    verdict = judge_proof(
        log.proof(BY_TERMINAL, log.note(key=stranger)), policy=Policy.from_text(log.policy())
    )
    assert states(verdict)["log"] == FALSE and not verdict.ok


def test_a_device_without_its_enrolment_in_the_proof_is_refused():
    log = small_log()
    bare = dataclasses.replace(log.proof(BY_TERMINAL), enrolments=())
    assert states(judge_proof(bare, keys=[log.log_key.verifying]))["device"] == FALSE


def test_an_enrolment_taken_from_another_log_is_refused():
    log, other = small_log(), small_log()
    other.terminal_key = other.suite.new_key("terminal-01", secret=bytes(32))
    other.leaves, other.runs, other.enrolled, other._heads = [], {}, [], {}
    other.by_office("exam_opened", {"exam": "x"})
    other.enrol_terminal()
    other.by_terminal(5)
    other.by_office("exam_closed", {"exam": "x"})
    other.by_office("exam_closed", {"exam": "x"})
    mixed = dataclasses.replace(log.proof(BY_TERMINAL), enrolments=other.proof(3).enrolments)
    assert states(judge_proof(mixed, keys=[log.log_key.verifying]))["device"] == FALSE


def test_two_ways_to_the_root_meet_where_the_hash_of_the_other_side_stands():
    for size in range(2, 20):
        tree = Tree(leaf_hash(bytes([n])) for n in range(size))
        for one in range(size):
            path = tree.inclusion(one)
            for other in set(range(size)) - {one}:
                depth, (start, end) = meeting(one, size, other)
                assert start <= other < end and not start <= one < end
                assert path[-1 - depth] == tree.subtree_root(start, end)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"),
        lambda text: text.replace("index 3", "index 03"),
        lambda text: text.replace("index 3", "index -3"),
        lambda text: text.replace("extra ", "extra  "),
        lambda text: text.replace("\nindex", "\n\nindex"),
        lambda text: text + "\n",
        lambda text: text.rpartition("\n\n")[0],
        lambda text: "",
    ],
)
def test_what_is_not_spelt_as_a_proof_is_none(change):
    text = small_log().proof(3).to_bytes().decode()
    assert change(text) != text
    with pytest.raises(FactProofRefused):
        FactProof.from_bytes(change(text).encode())


def test_a_proof_has_the_form_that_other_programs_know():
    log = small_log()
    lines = log.proof(3).to_bytes().decode().split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1" and lines[2] == "index 3"
    empty = lines.index("")
    assert [base64.b64decode(line) for line in lines[3:empty]] == log.tree().inclusion(3)
    assert "\n".join(lines[empty + 1 :]).encode() == log.note().to_bytes()

"""Chains of devices, runs, two persons: one judge, every fault by its name, under both suites."""

import hashlib

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.inner.engines.ledger.person_cases import CASES as PERSON_CASES

from kaowu.basics import canonical
from kaowu.basics.suites import INTERNATIONAL, NATIONAL, P256
from kaowu.engines.ledger.entries import EntryRefused, read_leaf
from kaowu.engines.ledger.faults import SIGNATURE_FAULTS
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.runs import (
    MOST_IN_RUN,
    Attestation,
    Office,
    Proof,
    ProofRefused,
    Proven,
    Written,
    office_proofs,
    signed_run,
)
from kaowu.engines.ledger.signers import Demand, SignatureJudge

NOW = 1_800_000_000_000
SUITES = {"international": INTERNATIONAL, "national": NATIONAL}
ONE = (("inv-1", "chief"),)
BOTH = (("inv-1", "chief"), ("inv-2", "assistant"))
PERSONS = (Proven("inv-1", "pin/1", "pin", NOW), Proven("inv-2", "pin/2", "pin", NOW + 1000))
DEMAND = Demand(2, frozenset(("chief", "assistant")), 900_000, may_be_refused=True)


class Log:
    """A log in the making: entries of several devices, each signed as the test wants it."""

    def __init__(self, suite):
        self.suite = suite
        self.log_key = suite.new_key("node", secret=bytes(31) + b"\x01")
        self.office = Office(suite.new_key("node/office", secret=bytes(31) + b"\x02"), self.log_key, suite)
        self.device_key = suite.new_key("gate", secret=bytes(31) + b"\x03")
        self.heads = {}
        self.rows = []

    def add(
        self, device="gate", actors=ONE, kind="candidate_admitted", exam="gk", payload=None, id=None, **more
    ):
        """One more entry, not signed yet; returns its digest."""
        sequence, previous = self.heads.get(device, (0, bytes(32)))
        fields = {
            1: 1, 2: id or hashlib.sha256(str(len(self.rows)).encode()).digest()[:16], 3: kind, 4: exam, 5: "s", 6: device,
            7: sequence + 1, 8: previous, 9: NOW, 10: "ntp", 11: [list(actor) for actor in actors],
            12: "S1/s/001", 13: payload or {}, 14: None, 15: [], 16: None, 17: None,
        } | more  # fmt: skip
        entry = cbor2.dumps(fields, canonical=True)
        digest = self.suite.hash(entry)
        self.heads[device] = (fields[7], digest)
        self.rows.append([entry, fields, None])
        return digest

    def sign(self, *digests, device="gate", key=None, persons=(), office=None):
        """The last entry is where the run ends."""
        self.rows[-1][2] = signed_run(key or self.device_key, device, digests, persons, office, self.suite)

    def enrol(self, device="gate", exam="gk", key=None):
        text = (key or self.device_key).verifying.to_text()
        self.by_office(kind="device_enrolled", exam=exam, payload={"device": device, "key": text})

    def revoke(self):
        self.by_office(kind="device_revoked", payload={"device": "gate", "reason": "lost"})

    def by_office(self, persons=(), **more):
        digest = self.add("office", **more)
        self.rows[-1][2] = self.office.prove("office", [digest], persons)

    def faults(self, demand=None):
        judge = SignatureJudge(self.log_key.verifying, self.suite, lambda kind, exam: demand)
        found = [
            fault.code
            for index, (entry, fields, proof) in enumerate(self.rows)
            for fault in judge.take(index, entry, fields, proof)
        ]
        self.covered = judge.covered
        return found + [fault.code for fault in judge.settle()]


@pytest.fixture(params=SUITES)
def log(request):
    if request.param == "national":
        pytest.importorskip("tongsuopy")
    made = Log(SUITES[request.param])
    made.enrol()
    return made


def test_runs_of_a_device_and_of_the_office_hold(log):
    log.sign(*[log.add() for _ in range(5)])
    log.by_office()
    log.sign(log.add(actors=BOTH), persons=PERSONS)
    assert log.faults() == [] and log.covered == 8


def gap(log):
    log.heads["gate"] = (1, bytes(32))
    log.sign(log.add())


def fork(log):
    log.sign(log.add())
    log.heads["gate"] = (0, bytes(32))
    log.sign(log.add(payload={"other": 1}))


def broken(log):
    log.sign(log.add())
    log.heads["gate"] = (1, bytes(32))
    log.sign(log.add())


def false(log):
    log.add()
    log.sign(bytes(32))


def by_another_key(log):
    log.sign(log.add(), key=log.suite.new_key("gate"))


def dropped_from_a_run(log):
    digests = [log.add() for _ in range(3)]
    log.sign(*digests)
    del log.rows[-2]


def not_a_proof(log):
    log.add()
    log.rows[-1][2] = b"\x01"


def unsigned(log):
    log.add()


def too_long(log):
    log.sign(*[log.add() for _ in range(MOST_IN_RUN + 1)])


def unknown(log):
    log.sign(log.add("stranger"), device="stranger")


def office_for_a_device(log):
    digest = log.add()
    log.rows[-1][2] = log.office.prove("gate", [digest])


def office_of_another(log):
    other = Office(log.suite.new_key("o"), log.suite.new_key("l"), log.suite)
    digest = log.add("office")
    log.rows[-1][2] = other.prove("office", [digest])


def revoked(log):
    log.revoke()
    log.sign(log.add())


def of_another_exam(log):
    log.sign(log.add(exam="zk"))


def enrolled_twice(log):
    log.enrol()


def enrolled_without_a_key(log):
    log.by_office(kind="device_enrolled", payload={"device": "g2", "key": "none"})


def two_not_alone(log):
    log.sign(log.add(), log.add(actors=BOTH), persons=PERSONS)


def one_missing(log):
    log.sign(log.add(actors=BOTH), persons=PERSONS[:1])


def forged_person(log):
    digest = log.add(actors=BOTH)
    proof = Proof.from_bytes(signed_run(log.device_key, "gate", [digest], PERSONS, None, log.suite))
    swapped = (proof.attestations[0], Attestation(PERSONS[1], proof.attestations[0].signature))
    log.rows[-1][2] = Proof(proof.signature, swapped).to_bytes()


def same_account(log):
    log.sign(log.add(actors=(("inv-1", "chief"), ("inv-1", "assistant"))), persons=PERSONS[:1])


def same_credential(log):
    one, other = PERSONS
    log.sign(log.add(actors=BOTH), persons=(one, Proven(other.account, one.credential, "pin", NOW)))


def apart(log):
    one, other = PERSONS
    late = Proven(other.account, other.credential, "pin", NOW + 900_001)
    log.sign(log.add(actors=BOTH), persons=(one, late))


def wrong_post(log):
    log.sign(log.add(actors=(BOTH[0], ("inv-2", "screener"))), persons=PERSONS)


def alone(log):
    log.sign(log.add())


CASES = {
    "device_gap": gap,
    "device_fork": fork,
    "device_chain_broken": broken,
    "signature_false": false,
    "signature_false, by another key": by_another_key,
    "device_gap, signature_false": dropped_from_a_run,
    "proof_malformed": not_a_proof,
    "unsigned": unsigned,
    "run_too_long": too_long,
    "device_unknown": unknown,
    "device_must_sign": office_for_a_device,
    "office_uncertified": office_of_another,
    "device_revoked": revoked,
    "device_of_other_exam": of_another_exam,
    "device_enrolled_twice": enrolled_twice,
    "enrolment_malformed": enrolled_without_a_key,
    "not_signed_alone": two_not_alone,
    "attestation_missing": one_missing,
    "attestation_false": forged_person,
    "persons_not_distinct": same_account,
    "credentials_not_distinct": same_credential,
}
BY_THE_RULES = {"signatures_apart": apart, "post_not_entitled": wrong_post, "second_person_missing": alone}


@pytest.mark.parametrize("code", CASES)
def test_each_fault_has_its_name(log, code):
    CASES[code](log)
    expected = [word for word in code.split(", ") if word in SIGNATURE_FAULTS]
    assert log.faults() == expected


@pytest.mark.parametrize("code", BY_THE_RULES)
def test_what_only_the_rules_forbid_is_found_where_the_rules_are_known(log, code):
    log.rows.clear(), log.heads.clear()
    log.enrol()
    BY_THE_RULES[code](log)
    only = {"candidate_admitted": DEMAND}
    judge = SignatureJudge(log.log_key.verifying, log.suite, lambda kind, exam: only.get(kind))
    found = [f.code for i, (e, fields, proof) in enumerate(log.rows) for f in judge.take(i, e, fields, proof)]
    assert found == [code]
    assert log.faults() == []


def test_every_fault_has_its_sentence_and_every_sentence_its_test():
    named = {word for code in (*CASES, *BY_THE_RULES, *PERSON_CASES) for word in code.split(", ")} & set(
        SIGNATURE_FAULTS
    )
    assert named == set(SIGNATURE_FAULTS) - {"run_overlaps"}  # that one is of the counter alone


def test_what_a_device_wrote_before_it_was_revoked_stands(log):
    log.sign(log.add())
    log.revoke()
    assert log.faults() == []


def test_the_office_signs_as_few_runs_as_may_be_and_leaves_nothing_unsigned():
    log = Log(INTERNATIONAL)
    for number in range(300):
        log.add(f"counter-{number % 2}", actors=BOTH if number == 150 else ONE)
    written = [
        (place, Written(fields[6], INTERNATIONAL.hash(entry), len(fields[11]) > 1, PERSONS))
        for place, (entry, fields, _) in enumerate(log.rows)
    ]
    proofs = office_proofs(log.office, written)
    for place, proof in proofs.items():
        log.rows[place][2] = proof
    assert log.faults() == [] and log.covered == 300
    assert len(proofs) == 2 + 3 + 1 - 1  # 75 + 74 around the act of two, which is alone; 128 + 22 beside


@given(st.integers(0, 20), st.integers(0, 600), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_any_byte_of_a_proof_that_is_changed_makes_it_fail(number, at, difference):
    log = Log(INTERNATIONAL)
    log.enrol(key=INTERNATIONAL.new_key("gate", P256, bytes(32)))
    log.device_key = INTERNATIONAL.new_key("gate", P256, bytes(32))
    log.sign(log.add(actors=BOTH), persons=PERSONS)
    proof = bytearray(log.rows[-1][2])
    proof[at % len(proof)] ^= difference
    log.rows[-1][2] = bytes(proof)
    assert log.faults() != []


texts = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=12)
people = st.builds(Proven, texts, texts, texts, st.integers(0, 2**47))
proofs = st.builds(
    Proof,
    st.binary(min_size=64, max_size=64),
    st.lists(st.builds(Attestation, people, st.binary(max_size=64)), max_size=4).map(tuple),
)


@given(proofs)
def test_a_proof_written_and_read_is_the_same(proof):
    assert Proof.from_bytes(proof.to_bytes()) == proof


@given(st.binary(max_size=80))
def test_what_is_read_as_a_proof_has_no_second_spelling(content):
    try:
        proof = Proof.from_bytes(content)
    except ProofRefused:
        return
    assert proof.to_bytes() == content


@given(st.integers(0, 2**47), st.binary(max_size=40), st.none() | st.binary(max_size=40))
def test_a_leaf_says_when_what_and_who_signed_and_nothing_else(at, entry, proof):
    leaf = leaf_of(at, entry, proof)
    assert read_leaf(leaf) == (at, entry, proof)
    with pytest.raises(EntryRefused):
        read_leaf(canonical.encode([at, entry, proof, b""]))

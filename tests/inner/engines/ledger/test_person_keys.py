"""Keys that persons hold: two sign the same deed, and whatever does not hold has its name."""

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inner.engines.ledger.person_cases import (
    BOTH,
    CASES,
    NOW,
    enrol_person,
    own,
    person_key,
    signed_by,
)
from tests.inner.engines.ledger.test_signers import PERSONS, SUITES, Log
from tools import verify_archive

from kaowu.basics.suites import INTERNATIONAL
from kaowu.engines.ledger.faults import SIGNATURE_FAULTS
from kaowu.engines.ledger.persons import PersonKeys, deed_of
from kaowu.engines.ledger.signers import Demand, SignatureJudge


@pytest.fixture(params=SUITES)
def log(request):
    if request.param == "national":
        pytest.importorskip("tongsuopy")
    made = Log(SUITES[request.param])
    made.enrol()
    return made


def second(log):
    return enrol_person(log, log.suite.new_key("inv-2/b", person_key(log).kind), person="inv-2")


def test_two_persons_sign_the_same_deed_each_with_a_key_of_their_own(log):
    one, other = enrol_person(log), second(log)
    log.add(actors=BOTH)
    signed_by(log, own(log, one), own(log, other, "inv-2", NOW + 60_000), others=())
    assert log.faults() == [] and log.covered == 4


def test_a_person_without_a_key_is_attested_beside_one_who_has_one(log):
    key = enrol_person(log)
    log.add(actors=BOTH)
    signed_by(log, own(log, key))
    assert log.faults() == []


def test_what_was_signed_holds_at_whatever_place_of_the_chain_it_comes_to_stand(log):
    one, other = enrol_person(log), second(log)
    log.add(actors=BOTH, id=bytes(16))
    signed = own(log, one), own(log, other, "inv-2")
    log.rows.pop()
    log.heads.pop("gate")
    log.sign(log.add(payload={"before": 1}))
    log.add(actors=BOTH, id=bytes(16))
    signed_by(log, *signed, others=())
    assert log.faults() == []


def test_a_revoked_key_leaves_what_it_signed_before_and_lets_the_node_attest_again(log):
    key = enrol_person(log)
    log.add(actors=BOTH)
    signed_by(log, own(log, key))
    log.by_office(kind="person_key_revoked", payload={"person": "inv-1", "credential": key.name})
    log.sign(log.add(actors=BOTH), persons=PERSONS)
    assert log.faults() == []


@pytest.mark.parametrize("code", CASES)
def test_each_failing_signature_of_a_person_has_its_name(log, code):
    CASES[code](log)
    assert log.faults() == [word for word in code.split(", ") if word in SIGNATURE_FAULTS]


def by_the_second_reader(log):
    """What the program that shares no code with the first says of the same rows."""
    judge = verify_archive.Judge(None, None, ())
    judge.suite, judge.key = log.suite.name, verify_archive.key_of(log.log_key.verifying.to_text())
    judge.hash = verify_archive.HASHERS[judge.suite][1]
    for index, (entry, _, proof) in enumerate(log.rows):
        for why in judge.signed(verify_archive.value_of(entry), entry, proof, (0, index)):
            judge.name((0, "F", index), why)
    return [fault["index"] for fault in judge.faults]


@pytest.mark.parametrize("code", CASES)
def test_the_second_reader_finds_the_same_places(log, code):
    CASES[code](log)
    judge = SignatureJudge(log.log_key.verifying, log.suite)
    rows = enumerate(log.rows)
    found = [fault.index for index, (*row, proof) in rows for fault in judge.take(index, *row, proof)]
    assert by_the_second_reader(log) == found != []


def test_the_second_reader_takes_what_holds(log):
    one, other = enrol_person(log), second(log)
    log.add(actors=BOTH)
    signed_by(log, own(log, one), own(log, other, "inv-2", NOW + 60_000), others=())
    assert by_the_second_reader(log) == []


def test_an_intention_of_one_is_found_inside_a_run_as_well(log):
    log.sign(log.add(), log.add(), log.add())
    demand = Demand(2, frozenset(("chief",)), 900_000, may_be_refused=True)
    assert log.faults(demand).count("second_person_missing") == 3 + 1  # the enrolment too, by this demand


def test_keys_learnt_in_an_earlier_portion_are_known_in_the_next(log):
    key = enrol_person(log)
    log.add(actors=BOTH)
    signed_by(log, own(log, key))
    first = SignatureJudge(log.log_key.verifying, log.suite)
    for index, (entry, fields, proof) in enumerate(log.rows[:-1]):
        assert first.take(index, entry, fields, proof) == []
    assert first.persons.touched == {"inv-1/a"}
    kept = PersonKeys(first.persons.by_name)
    then = SignatureJudge(log.log_key.verifying, log.suite, chains=first.chains, persons=kept)
    entry, fields, proof = log.rows[-1]
    assert then.take(2, entry, fields, proof) == []


INTEGERS = st.integers(1, 2**64 - 1)


@given(sequence=INTEGERS, other=INTEGERS, previous=st.binary(min_size=32, max_size=32), text=st.text())
def test_the_deed_is_all_of_an_entry_but_its_place_in_the_chain(sequence, other, previous, text):
    log = Log(INTERNATIONAL)
    log.add(payload={"said": "x" * len(text)})
    fields = log.rows[-1][1]
    here = cbor2.dumps(fields | {7: sequence, 8: previous}, canonical=True)
    there = cbor2.dumps(fields | {7: other, 8: bytes(32)}, canonical=True)
    assert deed_of(here) == deed_of(there)
    without = cbor2.dumps({k: v for k, v in fields.items() if k not in (7, 8)}, canonical=True)
    assert deed_of(here)[1:] == without[1:]
    assert deed_of(here) != deed_of(cbor2.dumps(fields | {9: fields[9] + 1}, canonical=True))

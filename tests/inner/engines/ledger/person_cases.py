"""Ways in which a person's own key fails to sign, each done to a log in the making."""

import base64

from kaowu.basics.suites import INTERNATIONAL, P256
from kaowu.engines.ledger.persons import deed_of, possession_message
from kaowu.engines.ledger.runs import Attestation, Office, Proof, Proven, run_message

NOW = 1_800_000_000_000
BOTH = (("inv-1", "chief"), ("inv-2", "assistant"))
ASSISTANT_BY_PIN = Proven("inv-2", "pin/2", "pin", NOW)


def person_key(log, name="inv-1/a"):
    """As a browser would make it: P-256 where the suite has it."""
    return log.suite.new_key(name, P256 if log.suite is INTERNATIONAL else None, bytes(31) + b"\x09")


def enrol_person(log, key=None, person="inv-1", exam="gk", possession=None, text=None):
    key = key or person_key(log)
    held = possession or log.suite.sign(key, possession_message(key.verifying, exam))
    payload = {"key": text or key.verifying.to_text(), "person": person}
    payload["possession"] = base64.b64encode(held).decode()
    log.by_office(kind="person_key_enrolled", exam=exam, payload=payload)
    return key


def own(log, key, account="inv-1", at=NOW, entry=None, credential=None):
    """What the person's key says of the latest entry."""
    deed = log.suite.hash(deed_of(entry or log.rows[-1][0]))
    proven = Proven(account, credential or key.name, "key", at)
    return Attestation(proven, log.suite.sign(key, proven.deed_message(deed)))


def signed_by(log, *attestations, device="gate", others=(ASSISTANT_BY_PIN,)):
    """The latest entry as a run of its own, with what persons signed and whom the device attests."""
    digest = log.suite.hash(log.rows[-1][0])
    attested = tuple(Attestation(one, log.suite.sign(log.device_key, one.message(digest))) for one in others)
    signature = log.suite.sign(log.device_key, run_message(device, [digest]))
    log.rows[-1][2] = Proof(signature, (*attestations, *attested)).to_bytes()


def never_enrolled(log):
    log.add(actors=BOTH)
    signed_by(log, own(log, person_key(log)))


def revoked_before(log):
    key = enrol_person(log)
    log.by_office(kind="person_key_revoked", payload={"person": "inv-1", "credential": key.name})
    log.add(actors=BOTH)
    signed_by(log, own(log, key))


def of_another_person(log):
    key = enrol_person(log)
    log.add(actors=BOTH)
    by_pin = Proven("inv-1", "pin/1", "pin", NOW)
    signed_by(log, own(log, key, account="inv-2"), others=(by_pin,))


def of_another_exam(log):
    key = enrol_person(log, exam="zk")
    log.add(actors=BOTH)
    signed_by(log, own(log, key))


def other_bytes(log):
    key = enrol_person(log)
    before = log.add(actors=BOTH) and log.rows[-1][0]
    log.rows.pop()
    log.heads.pop("gate")
    log.add(actors=BOTH, payload={"sheets": 31})
    signed_by(log, own(log, key, entry=before))


def by_another_key(log):
    enrol_person(log)
    thief = log.suite.new_key("inv-1/a", person_key(log).kind, bytes(31) + b"\x0a")
    log.add(actors=BOTH)
    signed_by(log, own(log, thief))


def only_attested(log):
    enrol_person(log)
    log.add(actors=BOTH)
    signed_by(log, others=(Proven("inv-1", "pin/1", "pin", NOW), ASSISTANT_BY_PIN))


def attested_under_the_keys_name(log):
    key = enrol_person(log)
    log.add(actors=BOTH)
    signed_by(log, others=(Proven("inv-1", key.name, "pin", NOW), ASSISTANT_BY_PIN))


def same_key_for_both(log):
    key = enrol_person(log)
    log.add(actors=BOTH)
    signed_by(log, own(log, key), own(log, key, account="inv-2"), others=())


def enrolled_twice(log):
    enrol_person(log)
    enrol_person(log)


def enrolled_under_another_name(log):
    enrol_person(log, person_key(log, "inv-2/a"))


def enrolled_without_a_key(log):
    enrol_person(log, text="none")


def not_held(log):
    enrol_person(log, possession=bytes(64))


def held_for_another_exam(log):
    key = person_key(log)
    held = log.suite.sign(key, possession_message(key.verifying, "zk"))
    enrol_person(log, key, possession=held)


def two_inside_a_run(log):
    """An act of two that hides in the middle of a run, with nobody's attestation."""
    log.sign(log.add(actors=BOTH), log.add())


def by_the_node_alone(log):
    """Whoever holds the node's keys names two persons of whom one has a key."""
    enrol_person(log)
    thief = Office(log.suite.new_key("o", secret=bytes(31) + b"\x0b"), log.log_key, log.suite)
    digest = log.add("office", actors=BOTH)
    persons = (Proven("inv-1", "account/inv-1", "password", NOW), ASSISTANT_BY_PIN)
    log.rows[-1][2] = thief.prove("office", [digest], persons)


CASES = {
    "person_key_unknown": never_enrolled,
    "person_key_revoked": revoked_before,
    "person_key_of_another, person_must_sign, another person": of_another_person,
    "person_key_of_another, other exam": of_another_exam,
    "person_signature_false, other bytes": other_bytes,
    "person_signature_false, other key": by_another_key,
    "person_must_sign": only_attested,
    "person_must_sign, by the node": by_the_node_alone,
    "person_key_of_another, person_must_sign": attested_under_the_keys_name,
    "person_key_of_another, credentials_not_distinct": same_key_for_both,
    "person_key_enrolled_twice": enrolled_twice,
    "person_key_malformed": enrolled_without_a_key,
    "person_key_malformed, other name": enrolled_under_another_name,
    "person_key_unproven": not_held,
    "person_key_unproven, other exam": held_for_another_exam,
    "not_signed_alone": two_inside_a_run,
}

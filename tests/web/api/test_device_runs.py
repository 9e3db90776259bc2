"""Devices with keys of their own: enrolled by a code, believed by their signature, refused with evidence."""

import json

import pytest
from django.test import Client
from tests.terminal import Terminal, b64
from tests.web.exam_day import EXAM

from kaowu.basics.clock import Instant
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.entries import EntryChain
from kaowu.engines.ledger.runs import Proven
from kaowu.facts.devices import DeviceEnrolled, DeviceRevoked
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import PacketHandedOut, SheetsCounted
from kaowu.store import devices
from kaowu.store.models import AccessLog, DeviceCode, JournalEntry, RefusedRun
from kaowu.store.own_log import OwnLog
from kaowu.web.counter import clock, record
from kaowu.web.node_key import verifying_key

ENROL, RUNS = "/api/v1/devices/enrol", "/api/v1/runs"


def post(address, content):
    return Client().post(address, json.dumps(content), content_type="application/json")


@pytest.fixture
def gate(exam_day):
    """An enrolled terminal at the site."""
    terminal = Terminal("gate-7", EXAM, exam_day.site)
    response = post(ENROL, {"code": code_for(exam_day), "key": terminal.key.verifying.to_text()})
    assert response.status_code == 200, response.content
    assert response.json()["sequence"] == 0
    return terminal


def code_for(day, device="gate-7", hours=1):
    return devices.make_code(
        clock,
        device=device,
        exam=EXAM,
        site=day.site,
        made_by="exam-maker",
        made_post="city_officer",
        hours=hours,
    )


def admitted(day, terminal, seat=0, at=None, **more):
    at = at or day.at(-20)
    fact = CandidateAdmitted(admission_number=day.tickets()[seat], identity="matched")
    return terminal.entry(fact, chief(day), at=at, subject=str(day.room), **more)


def chief(day):
    return Actor(day.staff["chief_invigilator"].number, "chief_invigilator")


def assistant(day):
    return Actor(day.staff["assistant_invigilator"].number, "assistant_invigilator")


def proven(actor, credential="", at=None):
    return Proven(actor.account, credential or f"pin/{actor.account}", "pin", at or clock.now())


def counted(day, terminal):
    fact = SheetsCounted(issued=5, used=5, absent=0, spare=0, void=0)
    return terminal.entry(fact, chief(day), assistant(day), at=day.at(160), subject=str(day.room))


def judged():
    """Every fault of this node's own log, as a node above or an auditor finds them."""
    chain = EntryChain(deployed(), verifying_key())
    faults = [fault for leaf in OwnLog().entries(0, 10_000) for fault in chain.take(leaf, None, None)]
    return [(fault.device, fault.code) for fault in faults + chain.signers.settle()], chain.signers


def test_a_run_of_a_device_is_kept_as_it_was_signed(exam_day, gate):
    entries = [admitted(exam_day, gate, seat) for seat in range(4)]
    response = post(RUNS, gate.run(*entries))
    answer = response.json()
    assert response.status_code == 200, answer
    assert [one["outcome"] for one in answer["answers"]] == ["recorded"] * 4
    assert (answer["chain"]["sequence"], answer["chain"]["head"]) == (4, gate.head.hex())
    kept = JournalEntry.objects.filter(device="gate-7").order_by("device_seq")
    assert [bytes(row.entry) for row in kept] == [one["content"] for one in entries]
    assert [row.proof is not None for row in kept] == [False, False, False, True]
    faults, signers = judged()
    assert faults == [] and signers.covered == JournalEntry.objects.count()


def test_a_run_sent_twice_is_kept_once(exam_day, gate):
    run = gate.run(admitted(exam_day, gate), admitted(exam_day, gate, 1))
    first, again = post(RUNS, run), post(RUNS, run)
    assert [one["outcome"] for one in again.json()["answers"]] == ["repeated"] * 2
    assert [one["index"] for one in again.json()["answers"]] == [
        one["index"] for one in first.json()["answers"]
    ]
    assert JournalEntry.objects.filter(device="gate-7").count() == 2


def test_an_act_of_two_is_signed_alone_and_attested_for_both(exam_day, gate):
    entry = counted(exam_day, gate)
    both = (proven(chief(exam_day)), proven(assistant(exam_day)))
    assert post(RUNS, gate.run(entry, persons=both)).status_code == 200
    faults, _ = judged()
    assert faults == []


def forged_signature(day, gate):
    run = gate.run(admitted(day, gate))
    return run | {"signature": b64(bytes(64))}


def signed_by_another(day, gate):
    thief = Terminal("gate-7", EXAM, day.site)
    return thief.run(admitted(day, thief))


def with_a_gap(day, gate):
    admitted(day, gate)
    return gate.run(admitted(day, gate, 1))


def with_a_fork(day, gate):
    post(RUNS, gate.run(admitted(day, gate)))
    gate.sequence, gate.head = 0, bytes(32)
    return gate.run(admitted(day, gate, 1))


def with_another_past(day, gate):
    post(RUNS, gate.run(admitted(day, gate)))
    gate.head = bytes(32)
    return gate.run(admitted(day, gate, 1))


def overlapping(day, gate):
    first = admitted(day, gate)
    post(RUNS, gate.run(first))
    return gate.run(first, admitted(day, gate, 1))


def after_revocation(day, gate):
    record(
        DeviceRevoked(device="gate-7", reason="丢失"), Actor("exam-maker", "city_officer"),
        exam=EXAM, subject="device/gate-7", site=day.site,
    )  # fmt: skip
    return gate.run(admitted(day, gate))


def two_in_one_run(day, gate):
    both = (proven(chief(day)), proven(assistant(day)))
    return gate.run(admitted(day, gate), counted(day, gate), persons=both)


def without_the_second(day, gate):
    return gate.run(counted(day, gate), persons=(proven(chief(day)),))


def with_one_credential(day, gate):
    both = (proven(chief(day), "badge-1"), proven(assistant(day), "badge-1"))
    return gate.run(counted(day, gate), persons=both)


def far_apart(day, gate):
    now = clock.now()
    both = (proven(chief(day), at=now - 3_600_000), proven(assistant(day), at=now))
    return gate.run(counted(day, gate), persons=both)


def one_attestation_forged(day, gate):
    run = gate.run(counted(day, gate), persons=(proven(chief(day)), proven(assistant(day))))
    run["attestations"][1]["signature"] = run["attestations"][0]["signature"]
    return run


def attested_for_another_entry(day, gate):
    both = (proven(chief(day)), proven(assistant(day)))
    other = gate.run(counted(day, gate), persons=both)
    gate.sequence, gate.head = 0, bytes(32)
    return gate.run(counted(day, gate), persons=both) | {"attestations": other["attestations"]}


REFUSED = {
    "signature_false": forged_signature,
    "signature_false ": signed_by_another,
    "device_gap": with_a_gap,
    "device_fork": with_a_fork,
    "device_chain_broken": with_another_past,
    "run_overlaps": overlapping,
    "device_revoked": after_revocation,
    "not_signed_alone": two_in_one_run,
    "attestation_missing": without_the_second,
    "credentials_not_distinct": with_one_credential,
    "signatures_apart": far_apart,
    "attestation_false": one_attestation_forged,
    "attestation_false ": attested_for_another_entry,
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_does_not_hold_is_refused_and_kept_as_evidence(exam_day, gate, code):
    run = REFUSED[code](exam_day, gate)
    before = JournalEntry.objects.filter(device="gate-7").count()
    response = post(RUNS, run)
    said = response.json()
    assert (response.status_code, said["code"]) == (409, code.strip())
    assert said["sentence"]["zh"] and said["sentence"]["en"]
    assert JournalEntry.objects.filter(device="gate-7").count() == before
    evidence = RefusedRun.objects.get()
    assert evidence.device == "gate-7" and json.loads(bytes(evidence.content)) == run
    assert judged()[0] == []


def test_one_entry_that_is_refused_keeps_the_whole_run_out_and_the_device_signs_anew(exam_day, gate):
    good = admitted(exam_day, gate)
    wrong = gate.entry(
        CandidateAbsent(admission_number="27nobody"),
        chief(exam_day),
        at=exam_day.at(20),
        subject=str(exam_day.room),
    )
    response = post(RUNS, gate.run(good, wrong))
    assert response.status_code == 409
    assert [one["outcome"] for one in response.json()["answers"]] == ["refused", "refused"]
    assert response.json()["answers"][0]["refusal"]["code"] == "run_not_kept"
    assert JournalEntry.objects.filter(device="gate-7").count() == 0
    assert JournalEntry.objects.filter(kind="attempt_refused").count() == 1
    gate.sequence, gate.head = 0, bytes(32)
    assert post(RUNS, gate.run(admitted(exam_day, gate))).status_code == 200
    assert judged()[0] == []


def test_an_intention_of_one_where_two_must_sign_is_refused(exam_day, gate):
    vault = Actor(exam_day.staff["vault_keeper"].number, "vault_keeper")
    fact = PacketHandedOut(packet="P1", seal="7731901", sheets=5, subject="语文")
    entry = gate.entry(fact, vault, at=exam_day.at(-30), subject=str(exam_day.room))
    assert post(RUNS, gate.run(entry)).json()["code"] == "second_person_missing"


def test_a_device_cannot_invent_an_officer_or_a_post(exam_day, gate):
    for actor in (Actor("nobody-9", "chief_invigilator"), Actor(chief(exam_day).account, "site_chief")):
        terminal_state = gate.sequence, gate.head
        fact = CandidateAdmitted(admission_number=exam_day.tickets()[0], identity="matched")
        entry = gate.entry(fact, actor, at=exam_day.at(-20), subject=str(exam_day.room))
        assert post(RUNS, gate.run(entry)).json()["code"] == "actor_not_entitled_here"
        gate.sequence, gate.head = terminal_state


def test_a_device_cannot_enrol_another_in_the_name_of_an_officer(exam_day, gate):
    officer = Actor(exam_day.staff["site_chief"].number, "site_chief")
    other = Terminal("gate-8", EXAM, exam_day.site)
    fact = DeviceEnrolled(device="gate-8", site=exam_day.site, key=other.key.verifying.to_text())
    entry = gate.entry(fact, officer, at=exam_day.at(-20), subject="device/gate-8")
    assert post(RUNS, gate.run(entry)).json()["code"] == "fact_has_another_door"
    assert devices.device("gate-8") is None


def test_what_is_not_canonical_is_not_a_fact(exam_day, gate):
    entry = admitted(exam_day, gate)
    entry["content"] = entry["content"].replace(b"\x01\x01", b"\x01\x18\x01", 1)
    response = post(RUNS, gate.run(entry))
    assert response.json()["code"] == "entry_not_canonical"


def test_a_page_or_a_program_cannot_write_under_the_name_of_a_device_with_a_key(exam_day, gate):
    fact = CandidateAdmitted(admission_number=exam_day.tickets()[0], identity="matched")
    with pytest.raises(Exception) as refused:
        exam_day.record(fact, "chief_invigilator", at=exam_day.at(-20), device="gate-7")
    assert refused.value.code == "device_must_sign"
    assert judged()[0] == []


def test_a_code_opens_once_and_only_in_time(exam_day):
    terminal = Terminal("gate-8", EXAM, exam_day.site)
    key = terminal.key.verifying.to_text()
    code = code_for(exam_day, "gate-8")
    assert code not in str(list(DeviceCode.objects.values_list()))
    assert post(ENROL, {"code": "0000-0000-0000-0000", "key": key}).status_code == 403
    DeviceCode.objects.update(expires_at=clock.now() - 1)
    assert post(ENROL, {"code": code, "key": key}).status_code == 403
    code = code_for(exam_day, "gate-8")
    assert post(ENROL, {"code": code.lower().replace("-", " "), "key": key}).status_code == 200
    assert post(ENROL, {"code": code, "key": key}).status_code == 403
    assert AccessLog.objects.filter(outcome=AccessLog.Outcome.REFUSED).count() == 3
    with pytest.raises(ValueError, match="used"):
        code_for(exam_day, "gate-8")


@pytest.mark.parametrize("name", ["gate-9", "gate-8 cosigner"])
def test_a_key_under_another_name_or_of_another_kind_leaves_the_code_unused(exam_day, name):
    device, _, wrong = name.partition(" ")
    suite = deployed()
    key = suite.new_key(device, suite.cosignature_kind if wrong else None).verifying.to_text()
    code = code_for(exam_day, "gate-8")
    response = post(ENROL, {"code": code, "key": key})
    assert (response.status_code, response.json()["code"]) == (409, "device_key_unfit")
    good = suite.new_key("gate-8").verifying.to_text()
    assert post(ENROL, {"code": code, "key": good}).status_code == 200


def test_a_device_that_was_never_enrolled_is_told_so(exam_day):
    stranger = Terminal("gate-9", EXAM, exam_day.site)
    run = stranger.run(admitted(exam_day, stranger, at=Instant(exam_day.at(-20))))
    assert post(RUNS, run).json()["code"] == "device_unknown"

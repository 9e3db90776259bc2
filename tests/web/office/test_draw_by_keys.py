"""The draw of seats witnessed by two keys: every step of two waits for both, and what follows follows."""

import base64
import json

import pytest
from django.test import Client
from tests.person import Person
from tests.web.conftest import PASSWORD
from tests.web.day.test_slips import MADE

from kaowu.basics.suites import deployed
from kaowu.engines.ledger.entries import EntryChain
from kaowu.engines.ledger.runs import Proof
from kaowu.loop.demands import usual_demand
from kaowu.store import person_keys
from kaowu.store.models import Job, JournalEntry, Slip
from kaowu.store.own_log import OwnLog
from kaowu.store.queries import exams
from kaowu.web.counter import clock
from kaowu.web.node_key import verifying_key

THROWS = "36142516342516342516342516342516342516342516342516342"
HAND = {"method": "dice", "digits": THROWS, "digits_again": THROWS, "witness": "邵安和 市人大代表"}
SIGNED = {"own_password": PASSWORD, "second_number": "city-two", "second_password": PASSWORD}


@pytest.fixture
def officers(as_post, account, with_roster):
    """Two city officers with keys, and the browser of the first."""
    client = as_post("city_officer", number="city-one")
    second = as_post("city_officer", number="city-two")
    return client, [enrol(client, "city-one", with_roster), enrol(second, "city-two", with_roster)]


def enrol(client, account, exam):
    code = person_keys.make_person_code(clock, person=account, exam=exam, **MADE)
    named = post(client, "/api/v1/persons/code", {"code": code}).json()["credential"]
    person = Person(account, exam, named.split("/")[1])
    sent = {"code": code, "key": person.key.verifying.to_text(), "possession": person.possession()}
    assert post(client, "/api/v1/persons/enrol", sent).status_code == 200
    return person


def post(client, address, content):
    return client.post(address, json.dumps(content), content_type="application/json")


def both_sign(people):
    """Both sign whatever waits; says which kinds that were."""
    kinds = []
    for slip in Slip.objects.filter(recorded_index=None).order_by("made_at"):
        kinds.append(slip.kind)
        for person in people:
            one = person.signs(bytes(slip.deed), clock.now())
            sent = {
                "account": one.account, "credential": one.credential, "at": one.at,
                "signature": base64.b64encode(one.signature).decode(),
            }  # fmt: skip
            answer = post(Client(), f"/api/v1/slips/{slip.pk}/sign", sent)
            assert answer.status_code == 200, answer.content
    return kinds


@pytest.mark.feature("STF-03")
def test_the_draw_of_seats_is_committed_drawn_sealed_and_published_by_two_keys(officers, with_roster, work):
    client, people = officers
    exam = with_roster
    base = f"/office/staffing/{exam}/"
    assert "/office/slips/" in client.post(f"{base}commit-lots/seats/", SIGNED)["Location"]
    assert both_sign(people) == ["input_committed"]
    assert client.post(f"{base}give-lots/seats/", HAND).status_code == 302
    client.post(f"{base}draw-lots/seats/", SIGNED)
    assert "/office/slips/" in work().result_url
    assert both_sign(people) == ["lots_drawn"]
    assert "/office/slips/" in work().result_url
    assert both_sign(people) == ["seats_arranged"]
    client.post(f"{base}seal-lots/seats/", SIGNED)
    assert "/office/slips/" in work().result_url
    assert both_sign(people) == ["draw_sealed"]
    assert "/office/slips/" in work().result_url
    assert both_sign(people) == ["draw_published"]
    assert exams.plan(exam).seats_now and not Job.objects.filter(state="failed").exists()
    for kind in ("input_committed", "lots_drawn", "draw_sealed", "draw_published"):
        proof = Proof.from_bytes(bytes(JournalEntry.objects.get(kind=kind).proof))
        assert {one.proven.method for one in proof.attestations} == {"key"}
    chain = EntryChain(deployed(), verifying_key(), usual_demand)
    faults = [fault for leaf in OwnLog().entries(0, 10_000) for fault in chain.take(leaf, None, None)]
    assert faults + chain.signers.settle() == []

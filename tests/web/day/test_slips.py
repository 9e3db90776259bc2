"""Two persons with keys of their own: what counts at the counter, and what does not."""

import base64
import json

import pytest
from django.test import Client
from tests.person import Person
from tests.terminal import Terminal
from tests.web.api.test_device_runs import code_for, judged
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM

from kaowu.basics.ids import new_fact_id
from kaowu.engines.ledger.persons import deed_of
from kaowu.engines.ledger.runs import Proof, Proven
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import SheetsCounted
from kaowu.facts.person_keys import PersonKeyRevoked
from kaowu.store import person_keys
from kaowu.store.models import AccessLog, JournalEntry, PersonKeyRow, Slip
from kaowu.web.counter import clock, record

MADE = {"made_by": "exam-maker", "made_post": "city_officer", "hours": 1}
OFFICER = Actor("exam-maker", "city_officer")


def post(client, address, content):
    return client.post(address, json.dumps(content), content_type="application/json")


def enrol(day, post_held, label=None, **more):
    """The person of a post, with a key enrolled by a code under their own login."""
    account = day.staff[post_held]
    code = person_keys.make_person_code(clock, person=account.number, exam=EXAM, **MADE)
    client = day.browser(post_held)
    named = post(client, "/api/v1/persons/code", {"code": code}).json()["credential"]
    person = Person(account.number, EXAM, label or named.split("/")[1])
    sent = {"code": code, "key": person.key.verifying.to_text(), "possession": person.possession()} | more
    return person, post(client, "/api/v1/persons/enrol", sent)


@pytest.fixture
def keeper(exam_day):
    return enrol(exam_day, "vault_keeper")[0]


@pytest.fixture
def chief(exam_day):
    return enrol(exam_day, "chief_invigilator")[0]


def hand_out(day, packet="P1", **more):
    """The vault keeper fills in the handover and names the chief invigilator."""
    day.at(-30)
    address = f"/day/{EXAM}/S1/{day.site}/001/packet_handed_out/"
    form = {
        "fact_id": str(new_fact_id(clock.now())), "packet": packet, "seal": "7731901", "sheets": "5", "subject": "语文",
        "second_number": day.staff["chief_invigilator"].number,
    } | more  # fmt: skip
    return day.browser("vault_keeper").post(address, form)


def slip_of(response):
    assert response.status_code == 302 and "/office/slips/" in response["Location"], response.content
    return Slip.objects.get(pk=response["Location"].rstrip("/").rpartition("/")[2])


def sign(slip, proven):
    sent = {
        "account": proven.account, "credential": proven.credential, "at": proven.at,
        "signature": base64.b64encode(proven.signature).decode(),
    }  # fmt: skip
    return post(Client(), f"/api/v1/slips/{slip.pk}/sign", sent)


def methods(kind="packet_handed_out"):
    proof = Proof.from_bytes(bytes(JournalEntry.objects.get(kind=kind).proof))
    return {one.proven.account: one.proven.method for one in proof.attestations}


@pytest.mark.feature("PAP-29")
def test_a_handover_is_recorded_once_both_have_signed_the_same_bytes(exam_day, keeper, chief):
    slip = slip_of(hand_out(exam_day))
    deed = bytes(slip.deed)
    first = sign(slip, keeper.signs(deed, clock.now()))
    assert first.json()["recorded"] is None
    assert not JournalEntry.objects.filter(kind="packet_handed_out").exists()
    second = sign(slip, chief.signs(deed, clock.now()))
    assert second.json()["next"].startswith(f"/day/{EXAM}/S1/{exam_day.site}/001/?done=")
    assert methods() == {keeper.account: "key", chief.account: "key"}
    assert sign(slip, chief.signs(deed, clock.now())).json()["recorded"] == second.json()["recorded"]
    assert JournalEntry.objects.filter(kind="packet_handed_out").count() == 1
    assert bytes(Slip.objects.get().content) == b"", "nothing of the act stays beside the journal"
    assert judged()[0] == []


def test_the_same_form_sent_again_is_the_same_slip_and_the_same_record(exam_day, keeper, chief):
    fact_id = str(new_fact_id(clock.now()))
    slip = slip_of(hand_out(exam_day, fact_id=fact_id))
    assert slip_of(hand_out(exam_day, fact_id=fact_id)).pk == slip.pk
    for person in (keeper, chief):
        sign(slip, person.signs(bytes(slip.deed), clock.now()))
    again = slip_of(hand_out(exam_day, fact_id=fact_id))
    back = exam_day.browser("vault_keeper").get(f"/office/slips/{again.pk}/")
    assert "?done=" in back["Location"]
    assert JournalEntry.objects.filter(kind="packet_handed_out").count() == 1


def test_beside_a_key_the_other_proves_by_password_and_stays_the_weaker_kind(exam_day, keeper):
    assert hand_out(exam_day).status_code == 422, "who holds no key cannot leave the password out"
    slip = slip_of(hand_out(exam_day, second_password=PASSWORD))
    page = exam_day.browser("chief_invigilator").get(f"/office/slips/{slip.pk}/").content.decode()
    assert "较弱" in page
    assert sign(slip, keeper.signs(bytes(slip.deed), clock.now())).status_code == 200
    assert methods() == {keeper.account: "key", "chief-invigilator-1": "password"}
    slip.refresh_from_db()
    room = exam_day.browser("vault_keeper").get(slip.back_to).content.decode()
    assert "本人密钥" in room and "由节点证明（较弱）" in room
    assert judged()[0] == []


def with_the_others_key(day, slip, keeper, chief):
    sign(slip, keeper.signs(bytes(slip.deed), clock.now()))
    return keeper.signs(bytes(slip.deed), clock.now(), account=chief.account)


def by_somebody_else(day, slip, keeper, chief):
    return enrol(day, "screener")[0].signs(bytes(slip.deed), clock.now())


def of_other_bytes(day, slip, keeper, chief):
    return keeper.signs(bytes(slip.deed).replace(b"7731901", b"7731902"), clock.now())


def by_a_revoked_key(day, slip, keeper, chief):
    fact = PersonKeyRevoked(person=keeper.account, credential=keeper.credential, reason="平板丢失")
    record(fact, OFFICER, exam=EXAM, subject=f"person/{keeper.account}")
    return keeper.signs(bytes(slip.deed), clock.now())


def too_late(day, slip, keeper, chief):
    Slip.objects.update(expires_at=clock.now() - 1)
    return keeper.signs(bytes(slip.deed), clock.now())


def dated_otherwise(day, slip, keeper, chief):
    return keeper.signs(bytes(slip.deed), clock.now() - 600_000)


def by_a_key_nobody_enrolled(day, slip, keeper, chief):
    return Person(keeper.account, EXAM, "zz").signs(bytes(slip.deed), clock.now())


def by_a_key_of_the_same_name(day, slip, keeper, chief):
    return Person(keeper.account, EXAM, keeper.label).signs(bytes(slip.deed), clock.now())


REFUSED = {
    "person_key_of_another": with_the_others_key,
    "person_key_of_another ": by_somebody_else,
    "person_signature_false": of_other_bytes,
    "person_signature_false ": by_a_key_of_the_same_name,
    "person_key_revoked": by_a_revoked_key,
    "person_key_unknown": by_a_key_nobody_enrolled,
    "signatures_apart": too_late,
    "signature_out_of_time": dated_otherwise,
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_does_not_hold_signs_nothing(exam_day, keeper, chief, code):
    slip = slip_of(hand_out(exam_day))
    answer = sign(slip, REFUSED[code](exam_day, slip, keeper, chief))
    assert (answer.status_code, answer.json()["code"]) == (409, code.strip())
    assert answer.json()["sentence"]["zh"] and answer.json()["sentence"]["en"]
    assert AccessLog.objects.filter(outcome=AccessLog.Outcome.REFUSED).exists()
    assert not JournalEntry.objects.filter(kind="packet_handed_out").exists()
    assert judged()[0] == []


def test_a_second_person_without_the_post_is_refused_before_there_is_a_slip(exam_day, keeper):
    other, _ = enrol(exam_day, "screener")
    page = hand_out(exam_day, second_number=other.account)
    assert page.status_code == 409 and not Slip.objects.exists()
    assert JournalEntry.objects.get(kind="attempt_refused").pk
    assert judged()[0] == []


def test_oneself_is_no_second_person(exam_day, keeper):
    assert hand_out(exam_day, second_number=keeper.account).status_code == 422
    assert not Slip.objects.exists()


def test_a_program_cannot_name_somebody_who_holds_a_key(exam_day, chief):
    exam_day.at(160)
    sent = {
        "id": str(new_fact_id(clock.now())), "kind": "sheets_counted", "exam": EXAM, "subject": str(exam_day.room),
        "payload": {"issued": 5, "used": 5, "absent": 0, "spare": 0, "void": 0},
        "second": {"account": chief.account, "password": PASSWORD},
    }  # fmt: skip
    answer = post(exam_day.browser("assistant_invigilator"), "/api/v1/facts", sent)
    assert answer.json()["refusal"]["code"] == "person_must_sign"
    assert JournalEntry.objects.filter(kind="attempt_refused").count() == 1
    assert judged()[0] == []


def test_a_slip_is_seen_by_whom_it_names_and_nobody_else(exam_day, keeper, chief):
    slip = slip_of(hand_out(exam_day))
    for held, status in (("vault_keeper", 200), ("chief_invigilator", 200), ("screener", 404)):
        assert exam_day.browser(held).get(f"/office/slips/{slip.pk}/").status_code == status
        assert exam_day.browser(held).get(f"/api/v1/slips/{slip.pk}").status_code == status
    waits = exam_day.browser("chief_invigilator").get("/office/slips/").content.decode()
    assert str(slip.pk) in waits
    assert str(slip.pk) not in exam_day.browser("screener").get("/office/slips/").content.decode()


def test_a_code_opens_for_its_person_alone_and_once(exam_day, keeper):
    code = person_keys.make_person_code(clock, person=keeper.account, exam=EXAM, **MADE)
    person = Person(keeper.account, EXAM, "b2")
    sent = {"code": code, "key": person.key.verifying.to_text(), "possession": person.possession()}
    assert post(exam_day.browser("screener"), "/api/v1/persons/enrol", sent).status_code == 403
    assert post(Client(), "/api/v1/persons/enrol", sent).status_code == 401
    assert post(exam_day.browser("vault_keeper"), "/api/v1/persons/enrol", sent).status_code == 409
    assert PersonKeyRow.objects.count() == 1, "a key under another name than the code's"


@pytest.mark.parametrize("wrong", ["possession", "exam"])
def test_a_key_that_is_not_shown_to_be_held_is_not_enrolled(exam_day, wrong):
    other = Person("vault-keeper-1", EXAM)
    held = other.possession() if wrong == "possession" else other.possession("zk2027")
    _, answer = enrol(exam_day, "vault_keeper", possession=held)
    assert (answer.status_code, answer.json()["code"]) == (409, "person_key_unfit")
    assert not PersonKeyRow.objects.exists()


def test_nobody_sees_to_the_enrolment_of_a_key_of_their_own(exam_day):
    chief = exam_day.staff["site_chief"]
    page = exam_day.browser("site_chief").post(
        f"/office/person-keys/{EXAM}/code/", {"person": chief.number, "hours": "1"}
    )
    assert page.status_code == 422 and "另一名考务人员" in page.content.decode()
    made = exam_day.browser("site_chief").post(
        f"/office/person-keys/{EXAM}/code/", {"person": "vault-keeper-1", "hours": "1"}
    )
    assert made.status_code == 200 and "vault-keeper-1" in made.content.decode()


def test_the_holder_revokes_a_lost_key_and_is_attested_by_the_node_again(exam_day, keeper):
    own = exam_day.browser("vault_keeper")
    own.post("/app/my-keys/revoke/", {"credential": keeper.credential, "reason": "忘记 PIN"})
    assert not person_keys.holds_key(keeper.account, EXAM)
    assert "忘记 PIN" in own.get("/app/my-keys/").content.decode()
    done = hand_out(exam_day, own_password=PASSWORD, second_password=PASSWORD)
    assert "?done=" in done["Location"]
    assert set(methods().values()) == {"password"}
    assert judged()[0] == []


# ---- at a terminal ----


@pytest.fixture
def gate(exam_day):
    terminal = Terminal("gate-7", EXAM, exam_day.site)
    sent = {"code": code_for(exam_day), "key": terminal.key.verifying.to_text()}
    assert post(Client(), "/api/v1/devices/enrol", sent).status_code == 200
    return terminal


def counted(day, gate, one, other):
    fact = SheetsCounted(issued=5, used=5, absent=0, spare=0, void=0)
    actors = (Actor(one.account, "chief_invigilator"), Actor(other.account, "assistant_invigilator"))
    return gate.entry(fact, *actors, at=day.at(160), subject=str(day.room))


def run_of(gate, entry, *signatures):
    run = gate.run(entry)
    run["attestations"] = [
        {
            "account": one.account, "credential": one.credential, "method": "key", "at": one.at,
            "signature": base64.b64encode(one.signature).decode(),
        }
        for one in signatures
    ]  # fmt: skip
    return run


def test_a_terminal_hands_in_what_two_persons_signed_at_it(exam_day, gate, chief):
    assistant, _ = enrol(exam_day, "assistant_invigilator")
    entry = counted(exam_day, gate, chief, assistant)
    deed, now = deed_of(entry["content"]), clock.now()
    gate_state = gate.sequence, gate.head
    half = run_of(gate, entry, chief.signs(deed, now), chief.signs(deed, now, account=assistant.account))
    assert post(Client(), "/api/v1/runs", half).json()["code"] in (
        "person_key_of_another",
        "credentials_not_distinct",
    )
    by_pin = gate.run(entry)["attestations"]
    assert by_pin == [] and (gate.sequence, gate.head) == gate_state
    apart = run_of(gate, entry, chief.signs(deed, now - 3_600_000), assistant.signs(deed, now))
    assert post(Client(), "/api/v1/runs", apart).json()["code"] == "signatures_apart"
    altered = run_of(gate, entry, chief.signs(deed + b"x", now), assistant.signs(deed, now))
    assert post(Client(), "/api/v1/runs", altered).json()["code"] == "person_signature_false"
    both = run_of(gate, entry, chief.signs(deed, now), assistant.signs(deed, now))
    assert post(Client(), "/api/v1/runs", both).status_code == 200
    assert set(methods("sheets_counted").values()) == {"key"}
    assert judged()[0] == []


def test_a_terminal_cannot_attest_for_somebody_who_holds_a_key(exam_day, gate, chief):
    assistant = Person(exam_day.staff["assistant_invigilator"].number, EXAM)
    entry = counted(exam_day, gate, chief, assistant)
    now = clock.now()
    said = tuple(Proven(one.account, f"pin/{one.account}", "pin", now) for one in (chief, assistant))
    assert post(Client(), "/api/v1/runs", gate.run(entry, persons=said)).json()["code"] == "person_must_sign"
    assert judged()[0] == []

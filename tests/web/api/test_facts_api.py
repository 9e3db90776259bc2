"""The door for programs: what it takes, what it refuses, and that bad input always gets a sentence."""

import json
import re
import threading
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM

from kaowu.basics.ids import new_fact_id
from kaowu.store.models import AccessLog, JournalEntry, ProgramToken
from kaowu.web import program_tokens

FACTS = "/api/v1/facts"


def bearer(account):
    return {"HTTP_AUTHORIZATION": f"Bearer {program_tokens.issue(account, 'terminal')[1]}"}


@pytest.fixture
def send(exam_day):
    """Sends facts as a program of the chief invigilator."""
    headers = bearer(exam_day.staff["chief_invigilator"])

    def post(content, **more):
        body = content if isinstance(content, bytes) else json.dumps(content)
        options = {"content_type": "application/json", **headers, **more}
        return Client(raise_request_exception=False).post(FACTS, body, **options)

    return post


def admitted(day, seat=0, **more):
    at = more.pop("at", None) or day.at(-20)
    return {
        "id": str(new_fact_id(at)),
        "kind": "candidate_admitted",
        "exam": EXAM,
        "subject": str(day.room),
        "stamped_at": at,
        "device": "gate-1",
        "payload": {"admission_number": day.tickets()[seat], "identity": "matched"},
        **more,
    }


def unsealed(day, second):
    at = day.at(-10)
    return {
        **admitted(day, at=at),
        "kind": "packet_unsealed",
        "payload": {"packet": "P1", "seal": "7731902", "subject": "语文", "witnessed_by": ["01", "02"]},
        "second": second,
    }


def kept():
    return JournalEntry.objects.filter(subject__startswith="S1/").count()


def test_a_fact_is_answered_with_its_receipt_and_findings(exam_day, send):
    late = admitted(exam_day, at=exam_day.at(20))
    response = send(late)
    answer = response.json()
    assert response.status_code == 201
    assert answer["outcome"] == "recorded"
    assert answer["index"] == JournalEntry.objects.get(kind="candidate_admitted").index
    [finding] = [found for found in answer["findings"] if found["code"] == "entry.late"]
    assert (
        finding["sentence"]["zh"]
        and finding["sentence"]["en"]
        and finding["clause"]
        and finding["remedy"]["zh"]
    )


def test_a_fact_asks_the_database_as_little_after_a_hundred_as_after_one(exam_day, send):
    def statements():
        fact = admitted(exam_day)
        with CaptureQueriesContext(connection) as asked:
            assert send(fact).status_code == 201
        return len([one for one in asked.captured_queries if "checkpoint (" not in one["sql"]])

    statements()  # the plan and the room are folded
    few = statements()
    send([admitted(exam_day, seat=number % 5) for number in range(100)])
    assert statements() == few <= 22


@pytest.mark.feature("ENT-08")
def test_a_fact_sent_twice_is_kept_once_and_answered_with_the_first_receipt(exam_day, send):
    fact = admitted(exam_day)
    first, second = send(fact).json(), send(fact)
    assert second.status_code == 200
    assert second.json()["outcome"] == "repeated"
    assert second.json()["index"] == first["index"]
    assert kept() == 1


def test_an_id_used_for_another_fact_is_refused(exam_day, send):
    fact = admitted(exam_day)
    send(fact)
    other = {**fact, "payload": {**fact["payload"], "admission_number": exam_day.tickets()[1]}}
    response = send(other)
    assert response.status_code == 409
    assert response.json()["refusal"]["code"] == "id_used_for_another_fact"


def test_each_fact_of_a_list_is_answered_on_its_own(exam_day, send):
    facts = [
        admitted(exam_day, 0),
        {"kind": "nonsense"},
        admitted(exam_day, 1, subject="S1/040201/099"),
        admitted(exam_day, 2),
    ]
    response = send(facts)
    answers = response.json()["answers"]
    assert response.status_code == 200
    assert [answer["outcome"] for answer in answers] == ["recorded", "refused", "refused", "recorded"]
    assert [answer["id"] for answer in answers] == [fact.get("id", "") for fact in facts]
    assert answers[2]["refusal"]["code"] == "room_sitting_unknown"
    assert "099" in answers[2]["refusal"]["sentence"]["zh"]
    assert kept() == 2


def test_a_thousand_facts_are_taken_and_one_more_is_not(exam_day, send):
    one = admitted(exam_day)
    answers = send([one] * 1000).json()["answers"]
    assert len(answers) == 1000
    assert {answer["index"] for answer in answers} == {answers[0]["index"]}
    response = send([one] * 1001)
    assert response.status_code == 409 or response.status_code == 422
    assert "1000" in response.json()["sentence"]["zh"]
    assert kept() == 1


BAD = {
    "unknown kind": ({"kind": "coffee_spilled"}, "fact_kind_unknown"),
    "another door": ({"kind": "exam_set_up", "payload": {}}, "fact_has_another_door"),
    "unknown exam": ({"exam": "none"}, "exam_unknown"),
    "unknown site": ({"subject": "S1/999999/001"}, "site_unknown"),
    "unknown room": ({"subject": "S1/040201/099"}, "room_sitting_unknown"),
    "unknown sitting": ({"subject": "S9/040201/001"}, "room_sitting_unknown"),
    "no subject": ({"subject": "room one"}, "room_sitting_unknown"),
    "site of another": ({"site": "040301"}, "request.unreadable"),
    "no id": ({"id": "fact-1"}, "request.unreadable"),
    "field missing": ({"payload": {"identity": "matched"}}, "fact_unreadable"),
    "field unknown": (
        {"payload": {"admission_number": "1", "identity": "matched", "name": "x"}},
        "fact_unreadable",
    ),
    "choice unknown": ({"payload": {"admission_number": "1", "identity": "maybe"}}, "fact_unreadable"),
    "control characters": (
        {"payload": {"admission_number": "1\u0000", "identity": "matched"}},
        "fact_unreadable",
    ),
    "lone surrogate": ({"payload": {"admission_number": "\ud800", "identity": "matched"}}, "fact_unreadable"),
    "extra envelope field": ({"actors": ["somebody"]}, "request.unreadable"),
    "device unreadable": ({"device": "门口 1"}, "device_unreadable"),
    "time as text": ({"stamped_at": "tomorrow"}, "request.unreadable"),
    "time too large": ({"stamped_at": 2**60}, "request.unreadable"),
}


@pytest.mark.parametrize(("changes", "code"), BAD.values(), ids=BAD.keys())
def test_bad_input_gets_a_sentence_in_both_languages_and_loses_nothing(exam_day, send, changes, code):
    response = send({**admitted(exam_day), **changes})
    assert 400 <= response.status_code < 500
    refusal = response.json()["refusal"]
    assert refusal["code"] == code
    assert refusal["sentence"]["zh"].endswith("。")
    assert refusal["sentence"]["en"].endswith(".")
    assert kept() == 0
    assert send(admitted(exam_day)).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"7",
        b"[]",
        "{}".encode("utf-16"),
        '{"id": "考"}'.encode("gbk"),
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_a_body_that_is_no_json_gets_a_sentence(exam_day, send, body):
    response = send(body)
    assert 400 <= response.status_code < 500
    sentence = (response.json().get("refusal") or response.json())["sentence"]
    assert sentence["zh"] and sentence["en"]


def test_a_body_that_is_too_large_gets_a_sentence(exam_day, send):
    response = send(b"[" + b" " * 5_000_000 + b"]")
    assert 400 <= response.status_code < 500
    assert "MB" in response.json()["sentence"]["zh"]


def test_a_fact_from_the_future_is_refused_and_logged(exam_day, send):
    now = exam_day.at(-20)
    response = send(admitted(exam_day, at=now + 121_000))
    assert response.status_code == 422
    assert response.json()["refusal"]["code"] == "fact_from_the_future"
    assert "晚于考试时间" in response.json()["refusal"]["sentence"]["zh"]
    assert AccessLog.objects.filter(reason__contains="fact_from_the_future").count() == 1
    assert kept() == 0
    assert (
        send(admitted(exam_day, at=now + 60_000)).status_code == 201
    )  # two minutes ahead are a clock, not a lie


def test_a_site_of_somebody_else_is_refused_and_logged(exam_day, send, city):
    response = send({**admitted(exam_day), "subject": f"S1/{city.south_site.code}/001"})
    assert response.status_code == 403
    assert response.json()["refusal"]["code"] == "access.outside_scope"
    [row] = AccessLog.objects.filter(outcome="refused")
    assert row.account_number == exam_day.staff["chief_invigilator"].number
    assert "access.outside_scope" in row.reason


def test_without_a_key_nobody_gets_in_and_a_withdrawn_key_opens_nothing(exam_day, send):
    assert send(admitted(exam_day), HTTP_AUTHORIZATION="Bearer kaowu_wrong").status_code == 401
    assert Client().post(FACTS, "{}", content_type="application/json").status_code == 401
    program_tokens.end(ProgramToken.objects.get())
    response = send(admitted(exam_day))
    assert response.status_code == 401
    assert response.json()["sentence"]["zh"]
    assert kept() == 0


def test_a_key_is_kept_as_a_digest_only(exam_day):
    token, text = program_tokens.issue(exam_day.staff["screener"], "gate")
    assert text not in str(vars(token))
    assert program_tokens.account_of(text) == exam_day.staff["screener"]
    exam_day.staff["screener"].is_active = False
    exam_day.staff["screener"].save()
    assert program_tokens.account_of(text) is None


def test_a_browser_needs_its_form_secret_a_program_does_not(exam_day, send):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(
        exam_day.staff["chief_invigilator"], backend="django.contrib.auth.backends.ModelBackend"
    )
    body = json.dumps(admitted(exam_day))
    assert browser.post(FACTS, body, content_type="application/json").status_code == 403
    assert kept() == 0
    page = browser.get("/day/")
    secret = (
        browser.cookies["kaowu_csrf"].value if "kaowu_csrf" in browser.cookies else page.context["csrf_token"]
    )
    response = browser.post(FACTS, body, content_type="application/json", HTTP_X_CSRFTOKEN=secret)
    assert response.status_code == 201


@pytest.mark.feature("PAP-09")
def test_two_persons_are_proven_at_the_act(exam_day, send):
    assistant = exam_day.staff["assistant_invigilator"]
    answer = send(unsealed(exam_day, {"account": assistant.number, "password": PASSWORD})).json()
    assert answer["outcome"] == "recorded"
    assert "custody.two_at_unsealing" not in [found["code"] for found in answer["findings"]]
    by_token = {"token": bearer(assistant)["HTTP_AUTHORIZATION"].split()[1]}
    assert send(unsealed(exam_day, by_token)).json()["outcome"] == "recorded"


@pytest.mark.feature("PAP-09")
@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({"account": "assistant-invigilator-1", "password": "wrong"}, "second_person_not_proven"),
        ({"account": "nobody", "password": PASSWORD}, "second_person_not_proven"),
        ({"token": "kaowu_guess"}, "second_person_not_proven"),
        ({"account": "chief-invigilator-1", "password": PASSWORD}, "second_person_is_the_first"),
    ],
)
def test_a_second_person_who_is_not_proven_or_the_same_is_refused(exam_day, send, second, code):
    response = send(unsealed(exam_day, second))
    assert response.status_code == 409
    assert response.json()["refusal"]["code"] == code
    assert kept() == 0


@pytest.mark.feature("PAP-11")
def test_a_packet_asked_for_before_its_minute_is_refused_and_on_record(exam_day, send):
    vault = exam_day.staff["vault_keeper"]
    fact = {
        **admitted(exam_day, at=exam_day.at(-120)),
        "kind": "packet_handed_out",
        "payload": {"packet": "P1", "seal": "1", "sheets": 6, "subject": "语文"},
        "second": {"account": vault.number, "password": PASSWORD},
    }
    response = send(fact)
    assert response.status_code == 409
    assert response.json()["refusal"]["clause"]
    assert JournalEntry.objects.filter(kind="attempt_refused").count() == 1
    assert not JournalEntry.objects.filter(kind="packet_handed_out").exists()


@pytest.mark.feature("ENT-08")
def test_attendance_and_figures_follow_each_fact_at_once(exam_day, send):
    send([admitted(exam_day, seat) for seat in range(3)])
    headers = bearer(exam_day.staff["site_chief"])
    base = f"/api/v1/exams/{EXAM}/sittings/S1/sites/{exam_day.site}"
    rooms = Client().get(f"{base}/figures", **headers).json()
    assert [(room["room"], room["figures"]["entered"]) for room in rooms] == [("001", 3), ("002", 0)]
    roster = Client().get(f"{base}/rooms/001/roster", **headers).json()
    assert [seat["state"] for seat in roster] == ["matched"] * 3 + ["expected"] * 2
    assert "id_number" not in roster[0]
    line = Client().get(f"/api/v1/exams/{EXAM}/sites/{exam_day.site}/timeline?limit=1", **headers).json()
    assert line[0]["line"]["zh"].startswith("准考证")
    assert line[0]["device"] == "gate-1"
    sites = Client().get(f"/api/v1/exams/{EXAM}/sittings/S1/figures", **headers).json()
    assert [(site["site"], site["figures"]["entered"]) for site in sites] == [(exam_day.site, 3)]


def test_another_sites_roster_stays_shut(exam_day, city):
    headers = bearer(exam_day.staff["site_chief"])
    address = f"/api/v1/exams/{EXAM}/sittings/S1/sites/{city.south_site.code}/rooms/001/roster"
    assert Client().get(address, **headers).status_code == 403


def test_the_catalogue_and_its_description_are_published(exam_day):
    headers = bearer(exam_day.staff["site_chief"])
    kinds = {kind["kind"]: kind for kind in Client().get("/api/v1/kinds", **headers).json()}
    assert kinds["packet_unsealed"]["persons"] == 2
    assert kinds["candidate_admitted"]["fields"][1]["choices"][0]["label"] == {
        "zh": "身份相符",
        "en": "identity matched",
    }
    assert not kinds["exam_set_up"]["taken_here"]
    described = Client().get("/api/v1/openapi.json", **headers).json()
    assert "/api/v1/facts" in described["paths"]
    named = set(re.findall(r"#/components/schemas/(\w+)", json.dumps(described)))
    assert "FactIn" in named
    assert named <= set(described["components"]["schemas"])
    page = exam_day.browser("site_chief").get("/api/v1/docs").content.decode()
    assert "packet_unsealed" in page
    assert "https://" not in page


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_with_one_ticket_leave_one_entry_per_fact(exam_day):
    headers = bearer(exam_day.staff["chief_invigilator"])
    same = admitted(exam_day)
    own = [admitted(exam_day) for _ in range(16)]
    answers = []

    def hand_in(fact):
        try:
            if connection.vendor == "sqlite":
                # Only the test's database in memory locks whole tables against readers; a file does not.
                connection.cursor().execute("PRAGMA read_uncommitted = 1")
            response = Client().post(
                FACTS, json.dumps([same, fact]), content_type="application/json", **headers
            )
            answers.append(response.json()["answers"])
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in, args=(fact,)) for fact in own]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 16
    assert len({answer[0]["index"] for answer in answers}) == 1
    assert len({answer[1]["index"] for answer in answers}) == 16
    ids = list(JournalEntry.objects.filter(subject=str(exam_day.room)).values_list("fact_id", flat=True))
    assert sorted(ids) == sorted({uuid.UUID(fact["id"]) for fact in (same, *own)})


scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=30))
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3), max_leaves=6)  # fmt: skip
FIELDS = (
    "id",
    "kind",
    "exam",
    "subject",
    "stamped_at",
    "device",
    "payload",
    "site",
    "post",
    "from_paper",
    "second",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    changes=st.dictionaries(st.sampled_from(FIELDS), values, max_size=3),
    payload=st.dictionaries(
        st.sampled_from(("admission_number", "identity", "written_at", "x")), values, max_size=3
    ),
    several=st.booleans(),
)
def test_whatever_is_sent_is_answered_and_nothing_falls_over(exam_day, send, changes, payload, several):
    fact = {**admitted(exam_day), **changes}
    if isinstance(fact["payload"], dict):
        fact["payload"] = {**fact["payload"], **payload}
    response = send([fact] if several else fact)
    assert response.status_code < 500, response.content[:500]
    answer = response.json()["answers"][0] if several else response.json()
    assert answer["outcome"] in ("recorded", "repeated", "refused")
    if answer["outcome"] == "refused":
        assert answer["refusal"]["sentence"]["zh"] and answer["refusal"]["sentence"]["en"]

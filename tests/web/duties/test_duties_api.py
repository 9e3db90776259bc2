"""The roll as a terminal at the site asks for it and writes into it."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from tests.web.exam_day import EXAM

from kaowu.store.models import JournalEntry
from kaowu.web import program_tokens


@pytest.fixture
def terminal(drawn):
    """A terminal with a token of the site chief."""
    headers = {
        "HTTP_AUTHORIZATION": f"Bearer {program_tokens.issue(drawn.day.staff['site_chief'], 'gate')[1]}"
    }
    base = f"/api/v1/exams/{EXAM}/sittings/S1/sites/{drawn.site}/duties"

    def call(path="", content=None):
        client = Client(**headers)
        if content is None:
            return client.get(base + path)
        return client.post(base + path, json.dumps(content), content_type="application/json")

    return call


def test_the_roll_is_read_and_a_report_sent_twice_is_kept_once(drawn, terminal):
    rows = terminal().json()
    assert len(rows) == 18 and all(row["taken_at"] is None for row in rows)
    person = rows[0]["person"]
    assert terminal(f"/{person}/taken", {"way": "scan"}).json()["outcome"] == "recorded"
    assert terminal(f"/{person}/taken", {"way": "scan"}).json()["outcome"] == "repeated"
    assert JournalEntry.objects.filter(kind="duty_taken").count() == 1
    assert sum(row["taken_at"] is not None for row in terminal().json()) == 1
    assert terminal("/Z99/taken", {}).status_code == 409


@pytest.mark.feature("X-11")
def test_a_terminal_asks_for_a_replacement_and_records_it(drawn, terminal):
    missing = drawn.duty("S1", "assistant_invigilator", "004").person
    offered = terminal(f"/{missing}/replacement").json()
    assert [way["way"] for way in offered["ways"]] == ["legal"]
    [move] = [one for one in offered["ways"][0]["moves"] if one["room"] == "004"]
    assert move["before"] == missing and move["after"]
    answer = terminal(f"/{missing}/replacement", {"way": "legal", "before": offered["before"]})
    assert answer.status_code == 201, answer.content
    assert drawn.breaks() == []
    late = terminal(
        f"/{drawn.duty('S1', 'chief_invigilator', '001').person}/replacement",
        {"way": "legal", "before": offered["before"]},
    )
    assert late.status_code == 409 and late.json()["refusal"]["code"] == "list_changed_meanwhile"


def test_every_operation_asks_for_post_and_place(drawn, city):
    stranger = Client()
    base = f"/api/v1/exams/{EXAM}/sittings/S1/sites/{drawn.site}/duties"
    assert stranger.get(base).status_code == 401
    invigilator = drawn.day.browser("chief_invigilator")
    chief = drawn.day.browser("site_chief")
    other = f"/api/v1/exams/{EXAM}/sittings/S1/sites/{city.south_site.code}/duties"
    for path, content in (
        ("", None),
        ("/T001/taken", {"way": "scan"}),
        ("/T001/replacement", None),
        ("/T001/replacement", {"way": "legal", "before": "0" * 64}),
    ):
        for client, address in ((invigilator, base), (chief, other)):
            if content is None:
                answer = client.get(address + path)
            else:
                answer = client.post(address + path, json.dumps(content), content_type="application/json")
            assert answer.status_code == 403, (address + path, answer.status_code)

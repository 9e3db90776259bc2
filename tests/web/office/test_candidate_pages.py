"""Candidates in the browser: search by blind index, masking, revealing and exporting with a reason."""

import io

import openpyxl
import pytest
from django.urls import reverse
from tests.web.office.conftest import document_number, row

from kaowu.facts.roster import RecordsExported
from kaowu.store.models import AccessLog, Candidate, JournalEntry
from kaowu.store.queries import seat_plans


@pytest.fixture
def officer(as_post):
    return as_post("city_officer")


def listed(client, exam, **query):
    return client.get(reverse("candidates", args=[exam]), query).content.decode()


@pytest.mark.parametrize("query", [row(7)[1], row(7)[0], document_number(7)])
def test_a_candidate_is_found_by_name_number_and_whole_document_number(with_roster, officer, query):
    text = listed(officer, with_roster, q=query)
    assert row(7)[0] in text
    assert row(8)[0] not in text


def test_a_part_of_a_document_number_finds_nobody(with_roster, officer):
    assert "没有符合条件" in listed(officer, with_roster, q=document_number(7)[:12]) or row(7)[
        0
    ] not in listed(officer, with_roster, q=document_number(7)[:12])


def test_lists_and_pages_never_show_a_whole_document_number(with_roster, officer):
    one = Candidate.objects.get(number=row(7)[0])
    pages = [
        listed(officer, with_roster),
        officer.get(reverse("candidate", args=[with_roster, one.number])).content.decode(),
    ]
    for text in pages:
        assert not [n for n in range(90) if document_number(n) in text]
    assert f"{document_number(7)[:6]}********{document_number(7)[-4:]}" in pages[1]


def test_a_number_is_revealed_only_with_a_reason_that_is_written_down(with_roster, officer):
    address = reverse("candidate_reveal", args=[with_roster, row(7)[0]])
    refused = officer.post(address, {"field": "id_number", "reason": "看"})
    assert refused.status_code == 422 and document_number(7) not in refused.content.decode()
    shown = officer.post(address, {"field": "id_number", "reason": "核对准考证"}).content.decode()
    assert document_number(7) in shown and 'data-hide-after="30"' in shown
    [entry] = AccessLog.objects.filter(outcome="revealed")
    assert entry.reason == "核对准考证" and row(7)[0] in entry.subject


def test_an_export_needs_a_reason_carries_it_and_is_a_fact(with_roster, officer):
    address = reverse("candidates_export", args=[with_roster])
    assert officer.post(address, {"reason": ""}).status_code == 422
    assert not JournalEntry.objects.filter(kind=RecordsExported.kind.name).exists()
    response = officer.post(address, {"reason": "报省考试院"})
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert "报省考试院" in sheet["A2"].value
    assert sheet.max_row == 3 + 90
    assert sheet["E4"].value == Candidate.objects.order_by("number").first().id_number
    assert sheet["E4"].data_type == "s" and sheet["E4"].number_format == "@"
    assert JournalEntry.objects.filter(kind=RecordsExported.kind.name).count() == 1


def test_a_name_that_looks_like_a_formula_stays_a_name(with_roster, officer):
    Candidate.objects.filter(number=row(0)[0]).update(name="=1+1")
    response = officer.post(reverse("candidates_export", args=[with_roster]), {"reason": "报省考试院"})
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert [cell.value for cell in sheet["B"] if cell.data_type == "f"] == []


def test_a_site_chief_sees_the_candidates_of_the_own_site_only(sealed, as_post, city):
    client = as_post("site_chief", organisation=city.south_site.organisation)
    assert row(7)[0] not in listed(client, sealed)
    assert client.get(reverse("candidate", args=[sealed, row(7)[0]])).status_code == 404
    reveal = client.post(
        reverse("candidate_reveal", args=[sealed, row(7)[0]]), {"field": "id_number", "reason": "好奇看看"}
    )
    assert reveal.status_code == 404
    own = as_post("deputy_site_chief")
    assert row(7)[0] in listed(own, sealed)


@pytest.mark.parametrize(
    ("post", "allowed"), [("county_officer", 200), ("site_chief", 403), ("auditor", 403)]
)
def test_only_officers_export(with_roster, as_post, post, allowed):
    response = as_post(post).post(reverse("candidates_export", args=[with_roster]), {"reason": "试一试看"})
    assert response.status_code == allowed


def test_an_exam_without_description_or_roster_still_has_its_pages(city, as_post):
    from tests.web.exam_day import EXAM, set_up

    from kaowu.store.models import Account, Assignment

    def account(post, number):
        made = Account.objects.open_account(number, number, None, organisation=city.city)
        Assignment.objects.create(account=made, post=post, organisation=city.city)
        return made

    set_up(city, account)
    client = as_post("city_officer")
    for name in ("exam", "roster", "candidates", "seats", "papers", "settle", "findings", "archive"):
        assert client.get(reverse(name, args=[EXAM])).status_code == 200, name


def test_the_kind_of_document_is_said_in_the_language_of_the_page(with_roster, officer, settings):
    address = reverse("candidate", args=[with_roster, row(7)[0]])
    assert "居民身份证" in officer.get(address).content.decode()
    officer.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = officer.get(address).content.decode()
    assert "Resident identity card" in page and ("Female" in page or "Male" in page)
    Candidate.objects.filter(number=row(7)[0]).update(id_type="passport")  # the description names no passport
    assert "Passport" in officer.get(address).content.decode()


def test_a_room_without_a_plan_of_seats_is_named_but_leads_nowhere(sealed, officer, monkeypatch):
    address = reverse("candidate", args=[sealed, row(7)[0]])
    led = reverse("seats_room", args=[sealed, "040201", "001"]).removesuffix("001/")
    assert led in officer.get(address).content.decode()
    monkeypatch.setattr(
        seat_plans, "shown", lambda _exam: None
    )  # a site has its seats by package, without the plan
    assert led not in officer.get(address).content.decode()


def test_only_those_who_may_import_are_led_to_it(with_roster, officer, as_post):
    assert reverse("roster", args=[with_roster]) in listed(officer, with_roster)
    county = listed(as_post("county_officer"), with_roster)
    assert reverse("roster", args=[with_roster]) not in county
    assert reverse("rosters") not in county and reverse("erasures") not in county

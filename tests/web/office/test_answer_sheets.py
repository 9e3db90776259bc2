"""Answer sheets: looked at, approved by two, printed with everybody's codes, and read back as whose they are."""

import html
import re

import pytest
from tests.web.conftest import PASSWORD
from tests.web.office.conftest import EXAM

from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import page_of
from kaowu.engines.omr.read import Reader
from kaowu.reports.sheets import blank
from kaowu.store import artefacts
from kaowu.store.models import AccessLog, Job, SeatRow
from kaowu.store.played_clock import play
from kaowu.store.queries import exams, sheets

BASE = f"/office/sheets/{EXAM}/"
SUBJECT = f"{BASE}subject/语文/"
APPROVE = f"{SUBJECT}approve/"
ASKED = {
    "title": "语文答题卡",
    "paper": "a4",
    "ink": "black",
    "number_digits": "13",
    "single": "10",
    "single_options": "4",
    "multiple": "5",
    "multiple_options": "5",
    "writing": "作文 80",
}


@pytest.fixture
def browser(exam, as_post, account):
    """A city officer; another, "sheet-2", stands beside."""
    account("city_officer", "sheet-2")
    return as_post("city_officer", number="sheet-1")


def signed(**changes: str) -> dict[str, str]:
    return {
        **ASKED,
        "own_password": PASSWORD,
        "second_number": "sheet-2",
        "second_password": PASSWORD,
        **changes,
    }


def test_every_subject_is_listed_and_waits_for_its_sheet(browser):
    page = browser.get(BASE).content.decode()
    assert "语文" in page
    assert "数学" in page
    assert "未审定" in page


def test_a_sheet_is_shown_page_by_page_before_anybody_approves_it(browser):
    page = browser.get(SUBJECT, ASKED).content.decode()
    assert "preview/?page=1" in page
    picture = browser.get(f"{BASE}preview/", {"page": "1", **ASKED})
    assert picture["Content-Type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert browser.get(f"{BASE}preview/", {"as": "pdf", **ASKED}).content.startswith(b"%PDF")


def test_the_sheet_that_the_page_begins_with_is_shown_as_a_picture(browser):
    page = browser.get(SUBJECT).content.decode()
    address = re.search(r'<img src="([^"]+)"', page)
    assert address is not None
    assert browser.get(html.unescape(address[1]))["Content-Type"] == "image/png"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("writing", "作文", "第 1 行"),
        ("writing", "作文 900", "10 到 240"),
        ("number_digits", "20", "14"),
        ("paper", "a5", ""),
    ],
)
def test_a_sheet_that_cannot_be_printed_says_why(browser, field, value, said):
    page = browser.get(SUBJECT, {**ASKED, field: value}).content.decode()
    assert said in page
    assert "preview/?page=1" not in page


def test_one_person_alone_approves_nothing(browser):
    answer = browser.post(APPROVE, signed(second_number="sheet-1"))
    assert answer.status_code == 422
    assert exams.plan(EXAM).sheets == {}


def test_two_approve_and_the_layout_can_be_taken(browser):
    assert browser.post(APPROVE, signed()).status_code == 302
    approved = exams.plan(EXAM).sheets["语文"]
    assert (approved.questions, approved.pages) == (15, 1)
    taken = browser.get(f"{SUBJECT}1.json")
    assert Layout.from_bytes(taken.content).digest == approved.layouts[0]
    assert "已审定" in browser.get(SUBJECT).content.decode()


def test_a_subject_that_has_begun_keeps_its_sheet(browser, exam):
    play(exam, exams.sittings(exam)[0].starts_at, speed=0)
    answer = browser.post(APPROVE, signed())
    assert answer.status_code == 422
    assert "已经开考" in answer.content.decode()


def test_a_subject_of_another_exam_is_not_found(browser):
    assert browser.get(f"{BASE}subject/物理/").status_code == 404


def test_sheets_of_a_site_carry_their_bearers_and_are_read_back(sealed, browser, city, work):
    site = city.north_site.code
    browser.post(APPROVE, signed())
    make = f"{BASE}site/{site}/语文/make/"
    assert browser.post(make).status_code == 302
    browser.post(make)
    assert Job.objects.filter(work="sheets.print").count() == 1, "asking twice makes one file"
    assert work().state == "done"
    made = sheets.printed(EXAM)[(site, "语文")]
    assert made.fact.sheets == SeatRow.objects.count() == 90
    taken = browser.get(f"{BASE}site/{site}/语文.pdf")
    assert taken.content == artefacts.read(made.fact.file)
    assert AccessLog.objects.filter(outcome="exported", permission="papers.print").exists()
    assert "90" in browser.get(BASE).content.decode()
    layout = Layout.from_bytes(browser.get(f"{SUBJECT}1.json").content)
    reading = Reader(layout, blank.raster(taken.content, 0, 200)).read(
        page_of(blank.raster(taken.content, 7, 200))
    )
    assert reading.error is None
    room = SeatRow.objects.order_by("site", "room").first().room
    seat = SeatRow.objects.filter(room=room).order_by("seat")[7]
    assert reading.codes["bar"] == seat.admission_number
    said = reading.codes["qr"].split("|")
    assert said[1:5] == [EXAM, "语文", f"{site}-{room}", seat.seat]
    assert len(said[8]) == 12


def test_sheets_are_not_printed_before_seats_are_sealed(with_roster, browser, city, work):
    browser.post(APPROVE, signed())
    browser.post(f"{BASE}site/{city.north_site.code}/语文/make/")
    job = work()
    assert job.state == "failed"
    assert "座位没有封存" in job.outcome_zh


@pytest.mark.parametrize("post", ["site_chief", "auditor", "vault_keeper", "chief_invigilator", "screener"])
def test_whoever_may_not_approve_is_refused(exam, as_post, account, post):
    account("city_officer", "sheet-2")
    answer = as_post(post).post(APPROVE, signed())
    assert answer.status_code == 403
    assert exams.plan(EXAM).sheets == {}


@pytest.mark.parametrize("post", ["vault_keeper", "chief_invigilator", "screener", "system_administrator"])
def test_whoever_has_no_business_with_sheets_sees_none(exam, as_post, city, post):
    client = as_post(post)
    assert client.post(APPROVE, signed()).status_code == 403
    for address in (BASE, SUBJECT, f"{BASE}preview/?page=1", f"{SUBJECT}1.json"):
        assert client.get(address).status_code == 403
    site = city.north_site.code
    assert client.post(f"{BASE}site/{site}/语文/make/").status_code == 403
    assert client.get(f"{BASE}site/{site}/语文.pdf").status_code == 403


def test_a_site_chief_prints_for_the_own_site_and_for_no_other(sealed, browser, as_post, city):
    browser.post(APPROVE, signed())
    chief = as_post("site_chief")
    assert chief.post(f"{BASE}site/{city.north_site.code}/语文/make/").status_code == 302
    assert chief.post(f"{BASE}site/{city.south_site.code}/语文/make/").status_code == 403
    assert chief.get(f"{BASE}site/{city.south_site.code}/语文.pdf").status_code == 403

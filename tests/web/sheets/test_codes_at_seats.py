"""Before the start an invigilator scans the sheet at each seat and is told at once whether it is the right one."""

import pytest
from tests.web.exam_day import EXAM
from tests.web.sheets.conftest import SPEC

from kaowu.reports.sheets import blank
from kaowu.store.queries import day


@pytest.fixture
def room(bags):
    bags.day.at(-10)
    return bags


def page_of(bags):
    return f"/day/{EXAM}/S1/{bags.day.site}/001/sheet-codes/check/"


def qr(bearer):
    from kaowu.web.works.sheets import code_key

    return blank.code_text(blank.layouts(SPEC)[0], bearer, code_key())


@pytest.mark.feature("PAP-27")
@pytest.mark.parametrize(
    ("made", "said", "right"),
    [
        (lambda bags: qr(bags.bearer(1)), "相符", True),
        (lambda bags: bags.number(1), "相符", True),  # the Code 128 label
        (lambda bags: qr(bags.bearer(2)), "属于其他座位", False),
        (lambda bags: bags.number(2), "属于其他座位", False),
        (lambda bags: qr(bags.bearer(1, "002")), "属于其他考场", False),
        (lambda bags: bags.number(1, "002"), "属于其他考场", False),
        (lambda bags: qr(bags.bearer(1, subject="数学")), "不是本科目", False),
        (lambda bags: qr(bags.bearer(1, exam="zk2027")), "不是本次考试", False),
        (lambda bags: qr(bags.bearer(1, serial="S1-999"))[:-3] + "000", "校验值不符", False),
        (lambda bags: "9999999999999", "认不出", False),
        (lambda bags: "<script>alert(1)</script>", "认不出", False),
    ],
)
def test_the_answer_comes_at_once_and_a_wrong_sheet_is_a_finding(room, made, said, right):
    browser = room.day.browser("chief_invigilator")
    answer = browser.post(page_of(room), {"seat": "01", "code": made(room)}, follow=True)
    page = answer.content.decode()
    assert "01" in page
    assert said in page
    found = [one.finding.code for one in day.open_findings(EXAM)]
    assert found == ([] if right else ["sheets.code_at_seat"])


def test_the_next_seat_is_offered_and_a_wrong_sheet_is_made_good(room):
    browser = room.day.browser("chief_invigilator")
    browser.post(page_of(room), {"seat": "01", "code": room.number(1)})
    page = browser.get(page_of(room)).content.decode()
    assert 'name="seat" value="02"' in page
    browser.post(page_of(room), {"seat": "02", "code": room.number(3)})
    assert room.view().room.codes["02"].outcome == "other_seat"
    browser.post(page_of(room), {"seat": "02", "code": room.number(2)})
    assert room.view().room.codes["02"].outcome == "agrees"


def test_a_seat_that_is_not_there_and_a_post_that_does_not_invigilate_are_refused(room):
    browser = room.day.browser("chief_invigilator")
    assert browser.post(page_of(room), {"seat": "77", "code": "1"}).status_code == 404
    assert browser.post(page_of(room), {"seat": "01", "code": ""}).status_code == 422
    assert room.day.browser("screener").get(page_of(room)).status_code == 403

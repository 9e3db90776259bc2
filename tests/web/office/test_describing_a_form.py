"""A form printed elsewhere: described over the scan of its blank, tried on another scan, approved by two, then read."""

import html
import json
import re
from pathlib import Path

import cv2
import numpy
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.web.conftest import PASSWORD
from tests.web.office.conftest import EXAM

from kaowu.engines.omr.layout import Layout
from kaowu.store.models import Artefact
from kaowu.store.queries import exams
from kaowu.web.office.sheet_describe_forms import Described
from kaowu.web.works.sheet_crops import hides_identity, identity_areas
from kaowu.web.works.sheet_scans import form_of

DESCRIBE = f"/office/sheets/{EXAM}/subject/语文/describe/"
ROWS, COLUMNS, STEP, SIDE = 6, 4, 60, 26
FIRST = (300, 260)
GROUP = {
    "left": "270", "top": "230", "wide": "250", "high": "370",
    "begins": "q", "first_number": "1", "values": "A B C D", "type": "single", "options_run": "across",
}  # fmt: skip


def sheet(marks: dict[int, int]) -> bytes:
    """A small form with a heading and a grid of rings; `marks` says which option of a row is filled."""
    page = numpy.full((1120, 800), 246, numpy.uint8)
    for line in range(6):
        cv2.putText(page, f"ANSWER FORM {line * 7919}", (60, 60 + 28 * line), 0, 0.8, 40, 2)
    cv2.rectangle(page, (40, 220), (760, 1080), 60, 2)
    for line in range(12):
        cv2.putText(page, f"{line * 104729 % 9973}", (560, 320 + 60 * line), 0, 0.9, 70, 2)
    for row in range(ROWS):
        cv2.putText(page, str(row + 1), (80 + 11 * row, FIRST[1] + STEP * row + 8), 0, 0.7, 50, 2)
        for column in range(COLUMNS):
            at = (FIRST[0] + STEP * column, FIRST[1] + STEP * row)
            cv2.circle(page, at, SIDE // 2, 60, 2, cv2.LINE_AA)
            if marks.get(row) == column:
                cv2.circle(page, at, SIDE // 2 - 2, 45, -1, cv2.LINE_AA)
    return cv2.imencode(".png", cv2.GaussianBlur(page, (0, 0), 0.8))[1].tobytes()


def sent(content: bytes, name: str = "form.png") -> dict[str, SimpleUploadedFile]:
    return {"scan": SimpleUploadedFile(name, content, "image/png")}


@pytest.fixture
def browser(exam, as_post, account):
    account("city_officer", "sheet-2")
    return as_post("city_officer", number="sheet-1")


@pytest.fixture
def desk(browser) -> str:
    """The address of the page with the picture."""
    return browser.post(f"{DESCRIBE}keep/", sent(sheet({})))["Location"]


def carried(page: str) -> str:
    return html.unescape(re.search(r'name="blocks" value="([^"]*)"', page)[1])


def test_a_file_that_is_no_picture_is_refused_and_not_kept(browser):
    answer = browser.post(f"{DESCRIBE}keep/", sent(b"\x89PNG nothing"))
    assert answer.status_code == 422
    assert "读不了" in answer.content.decode()
    assert not Artefact.objects.filter(kind="sheet_blank").exists()


def test_the_grid_in_a_drawn_rectangle_is_found_and_shown_box_by_box(browser, desk):
    page = browser.post(desk, GROUP).content.decode()
    assert page.count('class="bubble"') == ROWS * COLUMNS
    (block,) = json.loads(carried(page))
    assert block["fields"] == [f"q{number}" for number in range(1, ROWS + 1)]
    assert numpy.hypot(*(numpy.array(block["first"]) - FIRST)) < 3
    assert 'value="7"' in page, "the next group counts on"


def test_a_rectangle_without_bubbles_is_refused_and_says_what_to_do(browser, desk):
    answer = browser.post(desk, {**GROUP, "left": "60", "top": "700", "wide": "300", "high": "300"})
    assert answer.status_code == 422
    assert "没有找到 4 个选项" in answer.content.decode()


def test_a_group_can_be_taken_away_again(browser, desk):
    blocks = carried(browser.post(desk, GROUP).content.decode())
    page = browser.post(desk, {"blocks": blocks, "remove": "0"}).content.decode()
    assert 'class="bubble"' not in page


def test_an_area_with_name_and_number_is_covered_in_every_picture(browser, desk):
    page = browser.post(desk, {**GROUP, "blocks": "[]"}).content.decode()
    assert "没有画出姓名、考号的位置" in page
    area = {**GROUP, "type": "identity", "left": "40", "top": "40", "wide": "500", "high": "150"}
    page = browser.post(desk, {**area, "blocks": carried(page)}).content.decode()
    assert page.count('class="covered"') == 1 and page.count('class="bubble"') == ROWS * COLUMNS
    over_bubbles = {**area, "left": "270", "top": "230"}
    assert browser.post(desk, {**over_bubbles, "blocks": carried(page)}).status_code == 422
    drawn = Described.read(carried(page))
    layout = drawn.layout("form", cv2.imdecode(numpy.frombuffer(sheet({}), numpy.uint8), 0))
    [box] = identity_areas(layout)
    assert (box.x, box.w) == (round(40 * 297 / 1120, 2), round(500 * 297 / 1120, 2))
    assert hides_identity(layout)
    gone = browser.post(desk, {"remove": "1", "blocks": carried(page)}).content.decode()
    assert 'class="covered"' not in gone and gone.count('class="bubble"') == ROWS * COLUMNS
    assert not hides_identity(
        Described.read(carried(gone)).layout("form", numpy.zeros((1120, 800), numpy.uint8))
    )


def test_another_scan_is_read_and_every_stage_shown(browser, desk):
    blocks = carried(browser.post(desk, GROUP).content.decode())
    answer = browser.post(f"{desk}try/", {"blocks": blocks, **sent(sheet({0: 1, 3: 2}))})
    page = answer.content.decode()
    assert page.count("data:image/png;base64,") == 4
    said = dict(re.findall(r'<th scope="row">(q\d)</th><td>([A-D—]+)</td>', page))
    assert said == {"q1": "B", "q2": "—", "q3": "—", "q4": "C", "q5": "—", "q6": "—"}


@pytest.mark.feature("PAP-24")
def test_two_approve_the_form_and_its_sheets_can_be_read(browser, desk):
    blocks = carried(browser.post(desk, GROUP).content.decode())
    sign = {"own_password": PASSWORD, "second_number": "sheet-2", "second_password": PASSWORD}
    alone = browser.post(f"{desk}approve/", {"blocks": blocks, **sign, "second_number": "sheet-1"})
    assert alone.status_code == 422
    assert exams.plan(EXAM).sheets == {}
    assert browser.post(f"{desk}approve/", {"blocks": blocks, **sign}).status_code == 302
    approved = exams.plan(EXAM).sheets["语文"]
    assert approved.questions == ROWS
    taken = Layout.from_bytes(browser.get(f"/office/sheets/{EXAM}/subject/语文/1.json").content)
    assert taken.digest == approved.layouts[0] == form_of(EXAM, "语文").layouts[0].digest
    assert browser.get(f"/office/sheets/{EXAM}/subject/语文/").status_code == 200


def test_a_site_chief_may_not_describe_forms(exam, as_post, city):
    browser = as_post("site_chief", organisation=city.south_site.organisation)
    assert browser.get(DESCRIBE).status_code in (403, 404)


@pytest.mark.parametrize(
    "blocks",
    [
        "",
        "null",
        "[1]",
        "[" * 5000,
        '[{"fields": {"prefix": "q", "first": 1, "last": 1e12}}]',
        '[{"size": [NaN, 1]}]',
    ],
)
def test_blocks_that_mean_harm_are_refused(browser, desk, blocks):
    answer = browser.post(f"{desk}try/", {"blocks": blocks, **sent(sheet({}))})
    assert answer.status_code == 422


def test_the_blank_of_another_exam_is_not_shown(browser, desk):
    digest = Path(desk).name
    assert browser.get(f"/office/sheets/{EXAM}/blank/{digest}.png").content.startswith(b"\x89PNG")
    assert browser.get(f"/office/sheets/{EXAM}/blank/{'0' * 64}.png").status_code == 404

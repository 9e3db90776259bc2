"""An afternoon with a bag of answer sheets: three fields by hand, scanned, a doubtful mark judged by two at the keyboard."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.services import SLOW_MS

ROOT = Path(__file__).resolve().parents[2]
EXAM, SITE, SUBJECT, ROOM = "gk2027-370405", "040501", "语文", "001"
BAG = f"/office/sheet-scans/{EXAM}/{SITE}/{SUBJECT}/{ROOM}/"
WRITTEN = f"""
import sys
from dataclasses import replace
from pathlib import Path
import django; django.setup()
from kaowu.basics.clock import minutes_after
from kaowu.engines.omr.trial.ink import Mark
from kaowu.facts.envelope import Actor
from kaowu.reports.sheets.blank import Bearer
from kaowu.store.played_clock import play
from kaowu.store.queries import exams
from kaowu.web.works import sheets
from tests.web.sheets import conftest as paper

sitting = sheets.sitting_of("{EXAM}", "{SUBJECT}")
seated = exams.seats("{EXAM}", "{SITE}", "{ROOM}", ("{SUBJECT}",), sitting.id)
paper.SPEC = replace(paper.SPEC, number_digits=len(seated[0].admission_number))
play("{EXAM}", minutes_after(sitting.starts_at, -60), speed=0)
sheets.approve("{EXAM}", "{SUBJECT}", paper.SPEC, (Actor("city", "city_officer"), Actor("city2", "city_officer")))
play("{EXAM}", minutes_after(sitting.ends_at, 30), speed=0)
for number, one in enumerate(seated[:3]):
    bearer = Bearer("{EXAM}", "{SUBJECT}", "{SITE}-{ROOM}", one.seat, one.admission_number, f"{{sitting.id}}-{{one.admission_number}}")
    answers = {{**paper.ANSWERS, **paper.grid(one.admission_number)}}
    looks = {{"q2": Mark.FAINT}} if number == 0 else {{}}
    Path(sys.argv[1], f"{{one.seat}}.jpg").write_bytes(paper.written(bearer, answers, looks))
print(seated[0].seat, seated[-1].seat)
"""


@pytest.fixture(scope="module")
def scans(node, tmp_path_factory):
    """The first three sheets of a room as the scanner wrote them, and the room's first and last seat."""
    folder = tmp_path_factory.mktemp("scans")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("KAOWU_", "DJANGO_"))}
    environment = inherited | {
        "KAOWU_DATA": str(node.folder / "node"),
        "DJANGO_SETTINGS_MODULE": "kaowu.app.settings",
        "PYTHONPATH": str(ROOT),
    }
    told = subprocess.run(
        [sys.executable, "-c", WRITTEN, str(folder)],
        env=environment,
        check=True,
        cwd=node.folder,
        capture_output=True,
        text=True,
    )
    first, last = told.stdout.split()[-2:]
    return sorted(folder.glob("*.jpg")), first, last


def keep_picture(page, name):
    folder = os.environ.get("KAOWU_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.feature("PAP-25", "PAP-26")
def test_a_bag_is_checked_scanned_and_its_account_shown(open_page, node, scans):
    files, first, last = scans
    page = open_page("chief")
    page.goto(node.address + BAG)
    keep_picture(page, "bag-check")
    for name, value in (
        ("room_number", "7"),
        ("first_seat", first),
        ("last_seat", last),
        ("subject", SUBJECT),
    ):
        page.fill(f"[name={name}]", value)
    page.fill("[name=sheets]", "3")
    page.click("form:has([name=room_number]) button.pri")
    expect(page.locator("main")).to_contain_text("三核对不符：考场号")
    keep_picture(page, "bag-refused")
    page.fill("[name=room_number]", ROOM)
    page.click("form:has([name=room_number]) button.pri")
    expect(page.locator("main")).to_contain_text("请立即扫描")
    page.set_input_files("[name=files]", files)
    page.click("form:has([name=files]) button.pri")
    expect(page.locator(".job")).to_be_visible()
    keep_picture(page, "bag-job")
    page.locator(".job a.pri").click(timeout=2 * SLOW_MS)
    expect(page.locator("main")).to_contain_text("有效")
    assert page.locator("main").get_by_text("没有扫到答题卡").count() >= 1
    keep_picture(page, "bag-account")
    page.locator("a.btn", has_text="认定…").first.click()
    expect(page.locator("#settle")).to_be_visible()
    keep_picture(page, "bag-settle")
    page.goto(node.address + f"/office/sheet-scans/{EXAM}/{SITE}/{SUBJECT}/")
    keep_picture(page, "bags-of-site")
    page.goto(node.address + f"/office/sheet-scans/{EXAM}/")
    keep_picture(page, "bags-overview")


def judge(page, node, says):
    """Through the pile by keyboard alone; returns how many crops there were."""
    page.goto(node.address + f"/office/sheet-review/{EXAM}/{SUBJECT}/")
    count = page.locator("[data-crop]").count()
    for number in range(count):
        crop = page.locator("[data-crop]").nth(number)
        expect(crop).to_be_visible()
        expect(crop.locator("img")).to_have_js_property("complete", True)
        assert crop.locator("img").evaluate("image => image.naturalWidth") > 0
        question = int(re.search(r"第 (\d+) 题", crop.inner_text())[1])
        for key in says(question):
            page.keyboard.press(key)
        if number == 0:
            keep_picture(page, "review-crop")
        page.keyboard.press("Enter")
    return count


@pytest.mark.feature("X-08")
def test_two_judge_the_doubtful_mark_by_keyboard_and_it_is_decided(open_page, node, scans):
    def right(question):
        return "ABCD"[question % 4] if question <= 10 else "BD"

    page = open_page("chief")
    assert judge(page, node, right) >= 2
    page.keyboard.press("ArrowLeft")
    expect(page.locator("[data-sum]")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("[data-sum]")).to_be_visible()
    keep_picture(page, "review-sum")
    page.click("[data-hand-in]")
    expect(page.locator("main")).to_contain_text("没有要您判读的")
    other = open_page("deputy")
    judge(other, node, right)
    other.click("[data-hand-in]")
    other.goto(node.address + f"/office/sheet-review/{EXAM}/")
    row = other.locator("tbody tr", has_text=SUBJECT).first
    expect(row.locator("td").nth(1)).to_have_text("0")
    expect(row.locator("td").nth(3)).to_have_text("1")
    keep_picture(other, "review-overview")

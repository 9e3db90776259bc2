"""A site chief's morning: from the menu to the roll, one invigilator missing, a legal list in three steps."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

EXAM, SITE = "gk2027-370405", "040501"
DRAWN = f"""
import django; django.setup()
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import SENT, DrawKey
from kaowu.web.works import draws
signers = (Actor("city", "city_officer"), Actor("city2", "city_officer"))
for key in (SENT, DrawKey("rooms", "{SITE}", "01")):
    draws.draw_and_seal("{EXAM}", key, signers)
"""


@pytest.fixture(scope="module")
def drawn(node):
    """The draw of the site's first sitting, held beside the running node on the same journal."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("KAOWU_", "DJANGO_"))}
    environment = inherited | {
        "KAOWU_DATA": str(node.folder / "node"),
        "DJANGO_SETTINGS_MODULE": "kaowu.app.settings",
    }
    subprocess.run([sys.executable, "-c", DRAWN], env=environment, check=True, cwd=node.folder)


def keep_picture(page, name):
    folder = os.environ.get("KAOWU_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.feature("STF-07", "X-11")
def test_a_missing_invigilator_is_replaced_in_three_clicks(open_page, node, drawn):
    page = open_page("chief")
    page.goto(f"{node.address}/office/on-duty/{EXAM}/01/")
    expect(page.locator("h1")).to_contain_text("点名表")
    expect(page).to_have_url(re.compile(f"/{SITE}/$"))
    row = page.locator(".roll tbody tr", has_text="副监考").first
    missing = row.locator("td").nth(3).inner_text()
    row.locator("a", has_text="缺岗").click()
    expect(page.locator("main")).to_contain_text("无违规")
    keep_picture(page, "walk-absent")
    page.locator(".confirm").first.click()
    expect(page.locator("main")).to_contain_text("本场替补")
    assert missing not in page.locator(".roll").inner_text()
    expect(page.locator("[data-print]")).to_be_visible()
    keep_picture(page, "walk-roll")


def test_the_list_of_the_site_names_the_change_and_what_each_duty_asks(open_page, node, drawn):
    page = open_page("chief")
    page.goto(f"{node.address}/office/duties/{EXAM}/{SITE}/")
    expect(page.locator("main")).to_contain_text("抽签后变更 1 次")
    page.locator(".team a").first.click()
    expect(page.locator("main")).to_contain_text("报到")
    expect(page.locator("main")).to_contain_text("交接")

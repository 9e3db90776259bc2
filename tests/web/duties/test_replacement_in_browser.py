"""In a real browser, by keyboard alone: an invigilator is missing, and in three steps a legal list hangs there."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.services import CHROMIUM_FLAGS, SLOW_MS
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def page_for(chromium_path, live_server, monkeypatch):
    """Opens a page signed in as an account; the browser's own loop does not concern the database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))
        complaints = []

        def sign_in(account, width=1440, height=900):
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            page.set_default_timeout(SLOW_MS)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.goto(f"{live_server.url}/account/sign-in/")
            page.fill("[name=username]", account.number)
            page.fill("[name=password]", PASSWORD)
            page.click("form.p button[type=submit]")
            page.wait_for_url(f"{live_server.url}/")
            return page

        yield sign_in
        browser.close()
        assert complaints == []


def keep_picture(page, name):
    folder = os.environ.get("KAOWU_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)


@pytest.mark.feature("X-11", "STF-07")
@pytest.mark.parametrize("width", [1440, 1100])
def test_an_absence_is_replaced_by_keyboard_alone(drawn, page_for, live_server, width):
    missing = drawn.duty("S1", "assistant_invigilator", "002")
    page = page_for(drawn.day.staff["site_chief"], width)
    roll = f"{live_server.url}/office/on-duty/{EXAM}/S1/{drawn.site}/"
    page.goto(roll)
    expect(page.locator("#number")).to_be_focused()
    page.keyboard.type(drawn.duty("S1", "chief_invigilator", "001").person)
    page.keyboard.press("Enter")
    expect(page.locator("#messages")).to_contain_text("到岗")
    page.focus(".roll tbody tr:first-child")
    for _ in range(60):
        if missing.person in page.evaluate("document.activeElement.innerText"):
            break
        page.keyboard.press("ArrowDown")
    keep_picture(page, "roll")
    page.keyboard.press("Enter")
    expect(page.locator(".confirm").first).to_be_focused()
    expect(page.locator("main")).to_contain_text("无违规")
    keep_picture(page, "absent")
    page.keyboard.press("Enter")
    page.wait_for_url("**changed=**")
    expect(page.locator("main")).to_contain_text("本场替补")
    assert missing.person not in page.locator(".roll").inner_text()
    keep_picture(page, "roll-after")
    assert drawn.breaks() == []


def test_every_page_of_duties_stands_at_both_widths(drawn, page_for, live_server, account):
    """Nothing runs out of the page; pictures are kept where they are asked for."""
    somebody = drawn.duty("S1", "chief_invigilator", "003").person
    officer = account("city_officer")
    for width in (1440, 1100):
        page = page_for(officer, width)
        for name, path in (
            ("overview", f"duties/{EXAM}/"),
            ("found", f"duties/{EXAM}/?q=T0"),
            ("site", f"duties/{EXAM}/{drawn.site}/"),
            ("person", f"duties/{EXAM}/{drawn.site}/of/{somebody}/"),
            ("why", f"duties/{EXAM}/{drawn.site}/why/?person={somebody}&room=002"),
            ("change", f"duties/{EXAM}/{drawn.site}/change/"),
            ("upload", f"duties/{EXAM}/{drawn.site}/workbook/back/"),
            ("loads", f"duties/{EXAM}/all/loads/"),
            ("pay", f"duties/{EXAM}/all/pay/"),
        ):
            page.goto(f"{live_server.url}/office/{path}")
            expect(page.locator("h1")).to_have_count(1)
            keep_picture(page, name)
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, f"{path} is {wide} px too wide at {width}"

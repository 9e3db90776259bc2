"""In a real browser: a scanned ticket reaches the wall by itself, also where streams do not come through."""

import re

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.services import CHROMIUM_FLAGS, SLOW_MS
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM


@pytest.fixture
def page_for(chromium_path, live_server, monkeypatch):
    """Opens a page signed in as an account; the browser's own loop does not concern the database."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(CHROMIUM_FLAGS))

        def sign_in(account, width=1440, height=900):
            page = browser.new_context(viewport={"width": width, "height": height}).new_page()
            page.set_default_timeout(SLOW_MS)
            page.goto(f"{live_server.url}/account/sign-in/")
            page.fill("[name=username]", account.number)
            page.fill("[name=password]", PASSWORD)
            page.click("form.p button[type=submit]")
            page.wait_for_url(f"{live_server.url}/")
            return page

        yield sign_in
        browser.close()


@pytest.mark.feature("ENT-08")
@pytest.mark.django_db(transaction=True)
def test_a_scan_in_the_room_moves_the_figure_on_the_wall(exam_day, account, page_for, live_server):
    wall = page_for(account("city_officer"), 1920, 1080)
    wall.goto(f"{live_server.url}/cockpit/{EXAM}/S1/")
    entered = wall.locator(".nums div > b").first
    expect(entered).to_have_text(re.compile(r"^0/10"))
    room = page_for(exam_day.staff["chief_invigilator"])
    room.goto(f"{live_server.url}/day/{EXAM}/S1/{exam_day.site}/001/")
    expect(room.locator("#scan-ticket")).to_be_focused()
    room.keyboard.type(exam_day.tickets()[0])
    room.keyboard.press("Enter")
    expect(room.locator(".done")).to_contain_text("已记录")
    # This server answers no streams, so the wall has fallen back to polling.
    expect(entered).to_have_text(re.compile(r"^1/10"))


@pytest.mark.django_db(transaction=True)
def test_a_seat_is_admitted_in_doubt_from_its_place_in_the_grid(exam_day, page_for, live_server):
    room = page_for(exam_day.staff["chief_invigilator"])
    room.goto(f"{live_server.url}/day/{EXAM}/S1/{exam_day.site}/001/")
    room.click(".desks a:has-text('02')")
    room.click("#chosen button[value=in_doubt]")
    expect(room.locator(".done")).to_contain_text("存疑，先入场")
    expect(room.locator(".desks .s1")).to_contain_text("02")

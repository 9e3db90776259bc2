"""Seats in a real browser, by keyboard: a room is closed and somebody withdraws; then two exchange their seats."""

import re

import pytest
from playwright.sync_api import expect

EXAM = "gk2027-370405"


@pytest.fixture
def page(open_page, node):
    opened = open_page("city")
    opened.goto(f"{node.address}/office/seats/{EXAM}/")
    return opened


def sign(page, node, reason):
    page.fill("textarea[name=reason]", reason)
    page.fill("input[name=own_password]", node.passwords["city"])
    page.fill("input[name=second_number]", "city2")
    page.fill("input[name=second_password]", node.passwords["city2"])
    with page.expect_navigation():
        page.get_by_role("button", name="改动座位").press("Enter")


@pytest.mark.feature("SITE-14")
def test_a_flooded_room_and_a_withdrawal_move_as_few_as_can_and_go_on_record(page, node):
    page.get_by_role("link", name="临时变动").press("Enter")
    page.fill("#q", "王")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("^退考")).first.press("Enter")
    page.fill("#rooms", "001")
    page.get_by_role("button", name="停用", exact=True).press("Enter")
    expect(page.locator("main")).to_contain_text("001")
    page.get_by_role("button", name="算出换座方案").press("Enter")
    proposal = page.locator(f"a[href*='/office/seats/{EXAM}/late/']").first
    for _ in range(300):
        if proposal.count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    page.goto(node.address + proposal.get_attribute("href"))
    expect(page.locator("main")).to_contain_text("人换座")
    expect(page.locator("main")).to_contain_text("考场停用")
    expect(page.locator("main")).to_contain_text("方案，尚未记录")
    sign(page, node, "考点进水，停用第 001 考场")
    expect(page.locator("h1")).to_have_text("第 1 次改动")
    expect(page.locator("main")).to_contain_text("林若溪 city · 许知远 city2")
    expect(page.locator("main")).to_contain_text("须补印")


@pytest.mark.feature("SITE-14")
def test_two_exchange_their_seats_without_a_mouse_and_breaks_are_named(page, node):
    site = page.locator("tbody a[href*='/site/']").first.get_attribute("href").split("/")[-3]
    page.goto(f"{node.address}/office/seats/{EXAM}/hand/?site={site}&room=003")
    page.get_by_role("link", name=re.compile("^选定")).first.press("Enter")
    named = False
    for number in range(2, 29):
        page.get_by_role("link", name=re.compile("^与之对换")).nth(number).press("Enter")
        page.wait_for_load_state()
        if page.get_by_text("独立核验没有发现不符").count():
            break
        named = named or page.get_by_text(re.compile("相邻，同属一组")).count() > 0
    expect(page.locator("main")).to_contain_text("改动前后")
    sign(page, node, "考生视力原因，前移")
    expect(page.locator("main")).to_contain_text("考生视力原因，前移")
    assert named or page.locator("h1").count() == 1

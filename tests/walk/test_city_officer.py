"""A city officer's first hour: the plan, a messy roster, the seats, a site's papers, the day on the wall.

One node, one browser, the pages as they are. Every step is what a person would
click; screenshots of each page are left in the folder named by KAOWU_SCREENSHOTS.
"""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.services import SLOW_MS
from tests.walk.score_day import walk_a_score

ROSTERS = Path(__file__).resolve().parents[1] / "data" / "rosters"
EXAM = "gk2027-370405"


@pytest.fixture
def go(open_page, node):
    """Opens a page of the office and keeps a picture of it."""
    page = open_page("city")

    def open_and_look(path, name=""):
        answer = page.goto(node.address + path)
        assert answer is None or answer.status == 200, path
        expect(page.locator("h1")).to_have_count(1)
        keep_picture(page, name or path)
        return page

    return open_and_look


def keep_picture(page, name):
    folder = os.environ.get("KAOWU_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-') or 'home'}.png")


def test_the_first_page_offers_the_loop_in_chinese_and_in_english_by_switch(go):
    page = go("/")
    for word in ("考前筹备", "考中实施", "考后收尾", "名录"):
        expect(page.locator("nav.menu")).to_contain_text(word)
    assert page.locator("html").get_attribute("lang").lower().startswith("zh")
    page.click("button[value=en]")
    expect(page.locator("nav.menu")).to_contain_text("Prepare")
    assert page.locator("html").get_attribute("lang") == "en"
    page.click("button[value^=zh]")
    expect(page.locator("nav.menu")).to_contain_text("考前筹备")


def test_the_plan_shows_every_line_with_its_source_and_what_two_officers_changed(go):
    page = go(f"/office/exams/{EXAM}/")
    expect(page.locator("main")).to_contain_text("迟到限制")
    expect(page.locator("main")).to_contain_text("15 分钟")
    expect(page.locator("main")).to_contain_text("admission_number")


def test_a_messy_roster_is_read_and_every_problem_named_before_anything_is_written(go):
    page = go(f"/office/roster/{EXAM}/")
    page.set_input_files("input[type=file] >> nth=0", ROSTERS / "p02_city_by_county.xlsx")
    page.click("form.drop button[type=submit]")
    page.locator("a", has_text="查看结果").click()
    expect(page.locator("main")).to_contain_text("身份证号校验码不符")
    keep_picture(page, "roster-problems")
    expect(page.locator("main")).to_contain_text("3,027")
    main = page.locator("main").inner_text()
    assert not re.search(r"\b\d{17}[\dX]\b.*\n.*\b\d{17}[\dX]\b.*\n.*\b\d{17}[\dX]\b", main)


def test_the_sealed_seats_balance_and_can_be_checked_by_anybody(go, node):
    page = go(f"/office/seats/{EXAM}/")
    expect(page.locator("main")).to_contain_text("独立校验通过")
    expect(page.locator("main")).to_contain_text("2,000")
    page.click("text=光华高级中学考点")
    keep_picture(page, "seats-site")


def test_a_site_gets_its_papers_in_one_pack(go):
    page = go(f"/office/print/{EXAM}/")
    page.locator("tr", has_text="040503").locator("form button").click()
    page.locator("a", has_text="查看结果").click(timeout=2 * SLOW_MS)
    keep_picture(page, "pack")
    with page.expect_download() as download:
        page.locator("a", has_text="PDF").first.click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(b"%PDF-") and len(content) > 100_000


def test_the_demonstration_day_comes_to_life_on_the_wall(go, open_page, node):
    page = go("/node/demonstration/")
    page.select_option("select[name=speed]", "60")
    page.locator("main form button.pri").click()
    page.wait_for_url(f"**/cockpit/{EXAM}/01/")
    wall = open_page("county", viewport={"width": 1920, "height": 1080})
    wall.goto(f"{node.address}/cockpit/{EXAM}/01/")
    entered = wall.locator(".nums div > b").first
    expect(entered).to_have_text(re.compile(r"[1-9][\d,]*/"))
    before = entered.inner_text()
    expect(entered).not_to_have_text(before)
    keep_picture(wall, "wall")
    expect(wall.locator("body")).to_contain_text("演练")
    room = go(f"/day/{EXAM}/01/040501/")
    expect(room.locator("main")).to_contain_text("演练")
    room.goto(f"{node.address}/day/{EXAM}/01/040501/001/")
    expect(room.locator("main")).to_contain_text("到")
    keep_picture(room, "room")


@pytest.mark.parametrize(
    "path", ["/", f"/office/exams/{EXAM}/", f"/office/seats/{EXAM}/", f"/day/{EXAM}/01/"]
)
def test_a_page_works_by_keyboard_alone_and_has_its_landmarks(go, path):
    page = go(path)
    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.getAttribute('href')")
    assert skip == "#main"
    assert page.locator("main").count() == 1 and page.locator("nav").count() >= 1
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), "an empty page lies below"
    unnamed = page.evaluate(
        """[...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea')]
        .filter(e => !(e.textContent || '').trim() && !e.getAttribute('aria-label') && !e.title
            && !(e.labels && e.labels.length) && !e.getAttribute('aria-labelledby')).map(e => e.outerHTML)"""
    )
    assert unnamed == []


def test_no_table_lies_over_its_neighbour_however_long_the_words_of_its_head(go, node):
    page = go("/")
    page.click("button[value=en]")
    page.set_viewport_size({"width": 1110, "height": 900})
    for path in ("scores", "duties", "print", "video", "sheets"):
        page.goto(f"{node.address}/office/{path}/{EXAM}/")
        over = page.evaluate(
            """[...document.querySelectorAll('main table')].filter(table => {
                const box = table.parentNode;
                return table.getBoundingClientRect().right > box.getBoundingClientRect().right + 2
                    && !['auto', 'scroll'].includes(getComputedStyle(box).overflowX);
            }).map(table => table.innerText.slice(0, 40))"""
        )
        assert over == [], path


@pytest.mark.feature("POST-01", "POST-03")
def test_a_score_goes_from_two_entries_to_the_corrected_score_on_a_phone(open_page, node, browser):
    walk_a_score(open_page, node, browser)

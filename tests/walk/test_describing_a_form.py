"""A form printed elsewhere is described in a real browser: a rectangle by pointer, moved by keys, then read."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests.web.office.test_describing_a_form import COLUMNS, FIRST, ROWS, SIDE, STEP, sheet

EXAM, SUBJECT = "gk2027-370405", "语文"


def keep_picture(page, name):
    folder = os.environ.get("KAOWU_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.feature("PAP-24")
def test_a_form_is_described_by_pointer_and_keys_and_read(open_page, node, tmp_path):
    (tmp_path / "blank.png").write_bytes(sheet({}))
    (tmp_path / "filled.png").write_bytes(sheet({1: 0, 4: 3}))
    page = open_page("city")
    page.goto(f"{node.address}/office/sheets/{EXAM}/subject/{SUBJECT}/describe/")
    keep_picture(page, "describe-start")
    page.set_input_files("[name=scan]", tmp_path / "blank.png")
    page.click("form:has([name=scan]) button.pri")
    picture = page.locator("[data-describe] svg")
    expect(picture).to_be_visible()
    expect(page.locator("[data-describe] img")).to_have_js_property("complete", True)
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    scale = box["width"] / 800

    def at(x, y):
        return box["x"] + x * scale, box["y"] + y * scale

    page.mouse.move(*at(FIRST[0] - SIDE - 20, FIRST[1] - SIDE))
    page.mouse.down()
    page.mouse.move(*at(FIRST[0] + STEP * (COLUMNS - 1), FIRST[1] + STEP * (ROWS - 1)), steps=5)
    page.mouse.up()
    wide = float(page.input_value("[name=wide]"))
    assert abs(wide - (STEP * (COLUMNS - 1) + SIDE + 20)) < 6
    # Too narrow by half a bubble: the keys make it larger.
    picture.focus()
    for key in ("ArrowRight", "ArrowDown") * 4:
        page.keyboard.press(f"Shift+{key}")
    assert float(page.input_value("[name=wide]")) == wide + 40
    page.fill("[name=begins]", "q")
    page.fill("[name=values]", "A B C D")
    page.click("form:has([name=begins]) button.pri")
    expect(page.locator("rect.bubble")).to_have_count(ROWS * COLUMNS)
    keep_picture(page, "describe-desk")
    page.set_input_files("#scan", tmp_path / "filled.png")
    page.click("form:has(#scan) button[type=submit]")
    expect(page.locator(".stages img")).to_have_count(4)
    said = page.locator(".trial-answers tbody tr").all_inner_texts()
    assert [row.split()[1] for row in said] == ["—", "A", "—", "—", "D", "—"]
    keep_picture(page, "describe-trial")

"""A whole draw in a real browser: people to sites under the city's eyes, then to rooms at a site."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAM = "gk2027-370405"
TOOL = Path(__file__).parents[2] / "tools" / "verify_draw.py"
DICE = "5314626153421635421462531624512366"  # 34 throws: 87 bits
BALLS = "72033188461209577304"  # 20 balls: 66 bits
SITE_DICE = "42163542146253162451236653146261534251326415324616"  # 50 throws: 129 bits


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return tmp_path_factory.mktemp("pictures")


class Ceremony:
    """The page of one draw, as an officer works it with the keyboard."""

    def __init__(self, page, node, draw, me, second, pictures):
        self.page, self.node, self.draw, self.me, self.second = page, node, draw, me, second
        self.pictures = pictures
        self.address = f"{node.address}/office/staffing/{EXAM}/lots/{draw}/"

    def open(self):
        self.page.goto(self.address)

    def picture(self, name):
        self.page.screenshot(path=self.pictures / f"{name}.png", full_page=True)

    def sign_and_press(self, form, button):
        """Both passwords, then Enter on the button."""
        inside = self.page.locator(f"form[action*='{form}']").first
        inside.locator("input[name=own_password]").fill(self.node.passwords[self.me])
        inside.locator("input[name=second_number]").fill(self.second)
        inside.locator("input[name=second_password]").fill(self.node.passwords[self.second])
        with self.page.expect_navigation():
            inside.get_by_role("button", name=button).press("Enter")

    def hand(self, method, digits, witness, again=None):
        self.page.select_option("select[name=method]", method)
        self.page.fill("input[name=witness]", witness)
        self.page.fill("textarea[name=digits]", digits)
        self.page.fill("textarea[name=digits_again]", again or digits)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="录入这一手").press("Enter")

    def said(self, words):
        self.page.get_by_text(words).first.wait_for()

    def until_drawn(self):
        for _ in range(600):
            self.page.wait_for_timeout(500)
            self.open()
            if self.page.get_by_text("独立校验通过").count():
                return
        raise AssertionError("the draw did not end")


@pytest.mark.feature("STF-03", "STF-08", "STF-28", "GOV-06")
def test_the_city_sends_people_and_a_site_draws_its_rooms_before_witnesses(
    node, open_page, pictures, tmp_path
):
    page = open_page("city")
    page.goto(f"{node.address}/office/staffing/{EXAM}/")
    page.get_by_text("各岗位人数足够").wait_for()
    page.screenshot(path=pictures / "needs.png", full_page=True)
    held = Ceremony(page, node, "sent", "city", "city2", pictures)
    page.get_by_role("link", name=re.compile("派遣抽签")).press("Enter")
    page.wait_for_url(held.address)
    held.picture("commit")

    wall = open_page("city", viewport={"width": 1920, "height": 1080})
    wall.goto(f"{node.address}/office/staffing/{EXAM}/projector/sent/")
    wall.get_by_text("题目还没有锁定").wait_for()

    held.sign_and_press("commit-lots", "锁定题目")
    held.said("题目已锁定，不能再改。")
    root = page.locator(".root").inner_text().replace(" ", "")
    assert re.fullmatch("[0-9a-f]{64}", root)
    wall.get_by_text(root[:8]).first.wait_for()  # the projector follows by itself
    wall.screenshot(path=pictures / "projector-hands.png")

    held.hand("dice", DICE, "邵安和 市人大代表", again=DICE[:-1] + "1")
    held.said("第 34 个两次录得不同")
    held.picture("differs")
    held.hand("dice", DICE, "邵安和 市人大代表")
    held.said("还差 41 比特随机数。")
    held.picture("one-hand")
    page.set_viewport_size({"width": 1100, "height": 900})
    held.picture("one-hand-1100")
    page.set_viewport_size({"width": 1440, "height": 900})
    held.hand("lots", BALLS, "岑立行 派驻纪检监察组")
    held.said("153 比特，已足够")
    assert page.get_by_text(DICE).count() == 0, "digits are not shown again"
    wall.get_by_text("153 比特，已足够").wait_for()
    wall.screenshot(path=pictures / "projector-enough.png")
    held.picture("enough")

    held.sign_and_press("draw-lots", "抽签")
    held.until_drawn()
    held.picture("drawn")
    wall.get_by_text("抽签完成，独立校验通过").wait_for()
    wall.screenshot(path=pictures / "projector-drawn.png")
    assert not re.search(r"ZZ\d{5}", wall.content()), "nobody drawn is named on the wall"

    held.sign_and_press("seal-lots", "封存结果")
    held.said("已封存，结果生效。")
    wall.get_by_text("已封存，结果生效").wait_for()
    held.picture("sealed")
    with page.expect_download() as minutes:
        page.get_by_role("link", name="抽签记录（签字）").click()
    assert Path(minutes.value.path()).read_bytes().startswith(b"%PDF")

    # Before the last paper nobody opens it without a decision.
    held.sign_and_press("publish-lots", "公开")
    held.said("提前公开须写明决定的理由")
    page.fill("form[action*='publish-lots'] textarea[name=reason]", "市招考委决定：派遣结果抽后即公布")
    held.sign_and_press("publish-lots", "公开")
    held.said("已公开，任何人都能重算。")
    held.picture("published")
    for name, link in (("problem", "题目"), ("ceremony", "仪式文件"), ("plan", "结果")):
        with page.expect_download() as got:
            page.get_by_role("link", name=link, exact=True).click()
        got.value.save_as(tmp_path / name)
    told = subprocess.run(
        [sys.executable, "-I", TOOL, tmp_path / "problem", tmp_path / "ceremony", tmp_path / "plan"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr

    chief = open_page("chief")
    chief.goto(f"{node.address}/office/staffing/{EXAM}/")
    chief.get_by_role("link", name=re.compile("040501.*人员到考场")).press("Enter")
    chief.get_by_role("link", name=re.compile("第 01 场 语文")).press("Enter")
    rooms = Ceremony(chief, node, "rooms/040501/01", "chief", "deputy", pictures)
    chief.wait_for_url(rooms.address)
    rooms.sign_and_press("commit-lots", "锁定题目")
    rooms.said("题目已锁定，不能再改。")
    rooms.hand("dice", SITE_DICE, "监考员代表 沈青禾")
    rooms.said("129 比特，已足够")
    rooms.sign_and_press("draw-lots", "抽签")
    rooms.until_drawn()
    rooms.picture("rooms-drawn")
    rooms.sign_and_press("seal-lots", "封存结果")
    rooms.said("已封存，结果生效。")
    rooms.picture("rooms-sealed")
    chief.set_viewport_size({"width": 1100, "height": 900})
    rooms.picture("rooms-sealed-1100")

    # A site does not send anybody to itself: the city's draw is closed to it.
    answer = chief.request.get(held.address)
    assert answer.status == 403

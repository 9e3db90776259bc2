"""A score's way in a browser: plan, two blind entries, a third look, freeze, approval, release, enquiry, recheck, correction."""

import os
import re
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect

EXAM, SITE, ROOM, SUBJECT = "cj2027", "040501", "901", "语文"
PASSWORD = "correct-horse-battery-9"
PEOPLE = {
    "wang": "score_clerk",
    "zhao": "score_clerk",
    "zhou": "score_clerk",
    "qian": "city_officer",
    "sun": "city_officer",
}
SET_UP = f"""
import django; django.setup()
from django.contrib.auth.hashers import make_password
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
from kaowu.store.models import Account, Assignment, Candidate, Organisation, RoomSitting, SeatRow, Site
from kaowu.store.played_clock import play
from kaowu.web.counter import record
city = Organisation.objects.get(level="city")
at, actor = 1812416400000, Actor("city", "city_officer")  # 2027-06-08 09:00
record(ExamSetUp(name="成绩走查", profile="gaokao", organisation=city.code), actor, exam="{EXAM}", subject="{EXAM}")
record(SittingScheduled(sitting="S1", subjects=("{SUBJECT}",), starts_at=at, ends_at=at + 9000000), actor, exam="{EXAM}", subject="{EXAM}")
for seat, name in enumerate(("欧阳青", "次仁旺姆", "夏雨笙"), start=1):
    one = Candidate.objects.create(exam_id="{EXAM}", number=f"2709{{seat:02d}}", name=name, sex="female", id_type="resident_id",
                                   id_number=f"37040220090101{{seat:04d}}", subjects="{SUBJECT}", county="370405")
    SeatRow.objects.create(exam_id="{EXAM}", site="{SITE}", room="{ROOM}", seat=f"{{seat:02d}}", admission_number=f"2709{{seat:02d}}", candidate=one)
RoomSitting.objects.create(exam_id="{EXAM}", sitting="S1", site="{SITE}", room="{ROOM}", expected=3)
for number, post in {PEOPLE}.items():
    account = Account.objects.create(number=number, name=number, password=make_password("{PASSWORD}"), organisation=city)
    Assignment.objects.create(account=account, post=post, organisation=city)
play("{EXAM}", at + 12 * 86400000, speed=0)  # 20 June, 09:00
"""
OPEN = f"""
import django; django.setup()
from kaowu.store.played_clock import play
play("{EXAM}", 1812416400000 + 17 * 86400000 + 3600000, speed=0)  # 25 June, 10:00
"""


def beside(node, script):
    """Run a few lines beside the running node, on the same journal."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("KAOWU_", "DJANGO_"))}
    more = {"KAOWU_DATA": str(node.folder / "node"), "DJANGO_SETTINGS_MODULE": "kaowu.app.settings"}
    subprocess.run([sys.executable, "-c", script], env=inherited | more, check=True, cwd=node.folder)


def keep_picture(page, name):
    folder = os.environ.get("KAOWU_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def sign(form, node, own, second):
    form.locator("input[name=own_password]").fill(node.passwords[own])
    form.locator("input[name=second_number]").fill(second)
    form.locator("input[name=second_password]").fill(node.passwords[second])


def type_points(page, values):
    """By keyboard alone: the first cell has the focus, Enter goes on; the last Enter reaches the button."""
    expect(page.locator("input.pt").first).to_be_focused()
    for value in values:
        page.keyboard.type(value)
        page.keyboard.press("Enter")
    page.keyboard.press("Enter")


def until(page, address, words):
    """The worker needs a moment: look again until the page says so."""
    for _ in range(600):
        page.goto(address)
        if page.locator("main").get_by_text(words).count():
            return
        page.wait_for_timeout(500)
    raise AssertionError(page.locator("main").inner_text())


def walk_a_score(open_page, node, browser):
    """An exam of its own beside the example: one room, three candidates."""
    beside(node, SET_UP)
    node.passwords.update(dict.fromkeys(PEOPLE, PASSWORD))
    office = f"{node.address}/office/scores/{EXAM}/"
    bag = f"{node.address}/office/score-entry/{EXAM}/{SUBJECT}/{SITE}/{ROOM}/"

    city = open_page("city")
    city.goto(f"{office}plan/{SUBJECT}/")
    city.fill("textarea[name=parts]", "阅读 | 录入 | 1=40 2=50\n作文 | 录入 | 作文=60")
    sign(city.locator("form", has=city.locator("textarea[name=parts]")), node, "city", "qian")
    city.locator("button", has_text="审定").click()
    expect(city.locator("tfoot")).to_contain_text("150")

    first = open_page("wang")
    first.goto(bag)
    type_points(first, ["30", "40", "50", "31", "41", "51", "0", "-", "20"])
    expect(first).to_have_url(re.compile("subject="))
    second = open_page("zhao")
    second.goto(bag)
    expect(second.locator(".entry")).not_to_contain_text("51")
    type_points(second, ["30", "40", "50", "31", "41", "52", "0", "-", "20"])
    expect(second.locator(".tbl")).to_contain_text("1 处差异待裁定")
    third = open_page("zhou")
    third.goto(f"{bag}settle/")
    keep_picture(third, "walk-score-differences")
    third.fill("input[name^=d-]", "52")
    third.fill("textarea[name=reason]", "原卷为 52 分")
    third.check("input[name=seen]")
    third.locator("button", has_text="裁定").click()
    expect(third.locator("main")).to_contain_text("两遍一致，或差异已裁定")

    city.goto(office)
    city.locator("button", has_text="冻结成绩").click()
    until(city, office, "待没有冻结成绩的两人审定")
    officer = open_page("qian")
    officer.goto(office)
    sign(officer.locator("form[action$='/approve/']"), node, "qian", "sun")
    officer.locator("form[action$='/approve/'] button.pri").click()
    until(officer, office, "已审定。此后改动须逐人更正")
    release = officer.locator("form[action$='/release/']")
    release.locator("input[name=opens_at]").fill("2027-06-25T10:00")
    release.locator("input[name=recheck_until]").fill("2027-06-28T17:00")
    sign(release, node, "qian", "sun")
    release.locator("button.pri").click()
    expect(officer.locator("main")).to_contain_text("未到时间")

    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    phone = context.new_page()
    phone.goto(f"{node.address}/enquiry/{EXAM}/")
    expect(phone.locator("main")).to_contain_text("6月25日 10:00")
    expect(phone.locator("input[name=number]")).to_have_count(0)
    beside(node, OPEN)
    phone.goto(f"{node.address}/enquiry/{EXAM}/")
    phone.fill("input[name=number]", "270902")
    phone.fill("input[name=last]", "010002")
    phone.click("main button.pri")
    expect(phone.locator(".scores .sum")).to_contain_text("124")
    phone.click("summary")
    phone.check("input[value=addition]")
    keep_picture(phone, "walk-score-phone")
    phone.locator("main button.pri").click()
    expect(phone.locator("main")).to_contain_text("由两人核查，答复显示在这里")

    officer.goto(f"{office}rechecks/R00001/")
    officer.locator("a", has_text="更正这项成绩").click()
    officer.fill("input[name=after]", "125")
    officer.fill("textarea[name=reason]", "第 2 题漏加 1 分")
    sign(officer.locator("form", has=officer.locator("input[name=after]")), node, "qian", "sun")
    officer.locator("main button.pri").click()
    expect(officer.locator("main")).to_contain_text("124 → 125")
    officer.select_option("select[name=outcome]", "corrected")
    officer.fill("textarea[name=reply]", "第 2 题漏加 1 分，已更正。")
    sign(officer.locator("form", has=officer.locator("textarea[name=reply]")), node, "qian", "sun")
    officer.locator("main button.pri").click()
    expect(officer.locator("main")).to_contain_text("已更正。")
    keep_picture(officer, "walk-score-recheck")

    phone.goto(f"{node.address}/enquiry/{EXAM}/score/")
    expect(phone.locator(".scores .sum")).to_contain_text("125")
    expect(phone.locator("main")).to_contain_text("第 2 题漏加 1 分")
    with phone.expect_download() as taken:
        phone.locator("a", has_text="凭据文件").click()
    assert Path(taken.value.path()).read_bytes().startswith(b"{")
    context.close()

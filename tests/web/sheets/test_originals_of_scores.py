"""Two entries of points differ: whoever settles it sees the script, where it was scanned, and where it lies, where not."""

import re
from dataclasses import replace

import cv2
import numpy
import pytest
from django.test import Client
from django.urls import reverse
from tests.web.exam_day import EXAM
from tests.web.sheets.conftest import DPI, SUBJECT, written

from kaowu.engines.omr.layout import Box, Named
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import PacketCollected, PacketHandedOut
from kaowu.facts.subjects import ScoreKey
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.spec import Questions, SheetSpec, Writing
from kaowu.store import artefacts
from kaowu.store.models import AccessLog
from kaowu.web.works import score_entry, score_plans, sheet_crops, sheets
from kaowu.web.works.score_originals import names, originals
from kaowu.web.works.sheet_scans import Form

SPEC = SheetSpec(
    "with-writing",
    "语文答题卡",
    (Questions(1, 4), Writing("二、解答题（5～6）", 40), Writing("三、作文", 60)),
    number_digits=13,
)
OFFICERS = (Actor("city-1", "city_officer"), Actor("city-2", "city_officer"))
STRIPES = {"w1": numpy.s_[::8, :], "w2": numpy.s_[:, ::8]}


def script(bags, seat):
    """A sheet with something in both writing areas: lines across in the first, upright in the second."""
    sheet = cv2.imdecode(numpy.frombuffer(written(bags.bearer(seat), {}, {}, SPEC), numpy.uint8), 0)
    for area in blank.layouts(SPEC)[0].areas:
        x, y, right, bottom = (
            round(mm * DPI / 25.4) for mm in (area.box.x, area.box.y, area.box.right, area.box.bottom)
        )
        sheet[y + 9 : bottom - 9, x + 9 : right - 9][STRIPES[area.id]] = 40
    return cv2.imencode(".jpg", sheet)[1].tobytes()


def enter(bags, turn, person, **changed):
    """One person's entry of the first room; every seat has 8, 6 and 40 but where `changed` says otherwise."""
    at = score_entry.opened(EXAM, ScoreKey(SUBJECT, bags.day.site, "001"))
    alike = {"5": "8", "6": "6", "作文": "40"}
    typed = {bags.number(seat): alike | changed.get(f"seat_{seat}", {}) for seat in range(1, 6)}
    score_entry.enter(EXAM, at, turn, typed, Actor(person, "score_clerk"))


@pytest.fixture
def differing(bags, work, account, city):
    """Seats 1 and 2 differ in one item each, seat 3 in another; only the first is scanned. Clerks have browsers."""
    bags.day.at(-40)
    sheets.approve(EXAM, SUBJECT, SPEC, OFFICERS)
    bags.day.record(PacketHandedOut(packet="SJ-1", subject=SUBJECT, sheets=30, seal="F-1"), "chief_invigilator", "site_chief", at=bags.day.at(-20))  # fmt: skip
    bags.day.record(PacketCollected(packet="SJ-1", seal="F-2", sheets=30, state="intact"), "chief_invigilator", "site_chief", at=bags.day.at(160))  # fmt: skip
    bags.day.at(210)
    bags.scan(bags.day.browser("vault_keeper"), work, {"01.jpg": script(bags, 1)})
    plan = score_plans.read(SUBJECT, "主观题 | 录入 | 5=10 6=10 作文=60", {}, 1)
    score_plans.approve(EXAM, plan, OFFICERS)
    enter(bags, 1, "wang")
    enter(bags, 2, "zhao", seat_1={"6": "9"}, seat_2={"作文": "44"}, seat_3={"作文": "-"})
    for number, post, where in (("wang", "score_clerk", city.city), ("zhou", "score_clerk", city.city), ("hong", "score_clerk", city.south), ("lin", "auditor", city.city)):  # fmt: skip
        browser = Client()
        browser.force_login(account(post, number, organisation=where), backend="django.contrib.auth.backends.ModelBackend")  # fmt: skip
        bags.day.browsers[number] = browser
    return bags


def address(bags, seat="01", number=0):
    return reverse("score_original", args=[EXAM, SUBJECT, bags.day.site, "001", seat, number])


@pytest.mark.feature("POST-01")
def test_the_third_person_sees_the_script_beside_the_difference_or_where_to_fetch_it(differing, monkeypatch):
    settle = reverse("score_settle", args=[EXAM, SUBJECT, differing.day.site, "001"])
    shown = differing.day.browser("zhou").get(settle).content.decode()
    assert re.findall(r'src="([^"]+\.png)"', shown) == [address(differing)]
    assert "请从试卷袋 SJ-1（封条 F-2）取出座位 02 的原卷" in shown
    assert "座位 03 的原卷" in shown and "座位 01 的原卷。" not in shown
    answer = differing.day.browser("zhou").get(address(differing))
    picture = cv2.imdecode(numpy.frombuffer(answer.content, numpy.uint8), 0)
    area = blank.layouts(SPEC)[0].areas[0].box
    assert picture.shape == pytest.approx((6 * (area.h + 9), 6 * (area.w + 6)), abs=1), (
        "this area and no more"
    )
    inner = picture[70:-50, 50:-50].astype(float)
    assert inner.mean(axis=1).std() > 3 * inner.mean(axis=0).std(), "the lines of the first area"
    looked = AccessLog.objects.get(outcome=AccessLog.Outcome.REVEALED)
    assert looked.account_number == "zhou" and looked.subject.endswith("/001/01/0")
    assert "no-store" in answer["Cache-Control"]
    image, holds = differing.view().pages[0].file, artefacts.holds
    monkeypatch.setattr(artefacts, "holds", lambda named: named != image and holds(named))
    shown = differing.day.browser("zhou").get(settle).content.decode()
    assert ".png" not in shown and "图像留在扫描它的节点。请从试卷袋 SJ-1" in shown
    assert differing.day.browser("zhou").get(address(differing)).status_code == 404


def test_a_script_is_shown_only_to_whoever_settles_and_only_where_entries_differ(differing):
    for who, seat, number, status in (
        ("wang", "01", 0, 404),  # entered the bag
        ("hong", "01", 0, 403),  # of another county
        ("lin", "01", 0, 403),  # may not settle
        ("zhou", "01", 1, 404),  # an area where nothing differs
        ("zhou", "04", 0, 404),  # a seat where nothing differs
        ("zhou", "02", 0, 404),  # not scanned
    ):
        answer = differing.day.browser(who).get(address(differing, seat, number))
        assert answer.status_code == status, (who, seat, number)
    assert not AccessLog.objects.filter(outcome=AccessLog.Outcome.REVEALED).exists()


def test_of_a_sheet_without_writing_areas_the_page_is_shown_with_its_head_covered(differing):
    view = differing.view()
    made = sheet_crops.below_identity(view, view.pages[0])
    picture = cv2.imdecode(numpy.frombuffer(made, numpy.uint8), 0)
    grid = [one for one in blank.layouts(SPEC)[0].fields if one.id.startswith("kh")]
    lowest = max(option.box.bottom for one in grid for option in one.options)
    head, rest = numpy.split(picture, [round(5 * lowest)])
    assert head.min() == head.max() and rest.min() < 100


def test_of_a_form_printed_elsewhere_a_page_is_shown_only_with_what_was_drawn_over_its_identity(
    differing, monkeypatch
):
    view = differing.view()
    layout, laid = sheet_crops._laid(view, view.pages[0])
    elsewhere = replace(layout, codes=(), keepout=(), areas=())
    monkeypatch.setattr(sheet_crops, "_laid", lambda view, page: (elsewhere, laid))
    assert sheet_crops.below_identity(view, view.pages[0]) is None
    monkeypatch.setattr(
        "kaowu.web.works.score_originals.form_of", lambda exam, subject: Form((elsewhere,), ())
    )
    held = originals(EXAM, ScoreKey(SUBJECT, differing.day.site, "001"))
    assert held.pieces("01", "56") == {} and "没有标出姓名和考号的位置" in held.where("01").zh
    q1 = next(one for one in layout.fields if one.id == "q1").options[0].box
    beside = Box(q1.x - 8, q1.y, 5, q1.h)
    elsewhere = replace(elsewhere, keepout=(Named(sheet_crops.IDENTITY_AREA, beside),))
    for made, scale, left, top in (
        (sheet_crops.below_identity(view, view.pages[0]), 5, 0, 0),
        (sheet_crops.crop(view, view.pages[0], "q1"), 9, q1.x - 9, q1.y - 6.5),
    ):
        picture = cv2.imdecode(numpy.frombuffer(made, numpy.uint8), 0)
        x, y = round((beside.x - left) * scale), round((beside.y - top) * scale)
        hidden = picture[y : y + round(beside.h * scale), x : x + round(beside.w * scale)]
        assert hidden.size and hidden.min() == hidden.max() == 200 and picture.min() < 100


def test_what_covers_an_identity_close_above_the_bubbles_leaves_the_marks_of_the_judged_field(
    differing, monkeypatch
):
    view = differing.view()
    layout, laid = sheet_crops._laid(view, view.pages[0])
    boxes = [option.box for one in layout.fields if one.id == "q1" for option in one.options]

    def picture(*areas):
        drawn = replace(layout, keepout=tuple(Named(sheet_crops.IDENTITY_AREA, one) for one in areas))
        monkeypatch.setattr(sheet_crops, "_laid", lambda view, page: (drawn, laid))
        made = sheet_crops.crop(view, view.pages[0], "q1")
        return cv2.imdecode(numpy.frombuffer(made, numpy.uint8), 0)

    def seen(shown, box, down=0.0):
        left, top = min(one.x for one in boxes) - 9, min(one.y for one in boxes) - 6.5
        x, y, right, bottom = (
            round(9 * mm)
            for mm in (box.x - left, box.y + down - top, box.right - left, box.bottom + down - top)
        )
        return shown[y:bottom, x:right]

    first, last = boxes[0], boxes[-1]
    above = Box(first.x, first.y - 4.2, last.right - first.x, 4)
    bare, covered = picture(), picture(above)
    for box in boxes:
        assert seen(bare, box).std() > 5 and (seen(covered, box) == seen(bare, box)).all()
    assert (seen(covered, first, down=-4) == 200).mean() > 0.5, "what lies above is covered all the same"


@pytest.mark.parametrize(
    ("heading", "item", "meant"),
    [
        ("三、填空题（51～55）", "53", True),
        ("三、填空题（51～55）", "56", False),
        ("四、解答题 56", "56(1)", True),
        ("第16题（12分）", "16", True),
        ("第16题（12 分）", "12", False),  # what it is worth is no number of an item
        ("三、作文", "作文", True),
        ("三、作文", "阅读", False),
    ],
)
def test_a_heading_names_its_items(heading, item, meant):
    assert names(heading, item) is meant

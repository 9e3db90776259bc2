"""三核对一扫描: three fields first, then every sheet of every seat is accounted for, sealed by two and handed over."""

import io
from itertools import islice

import pytest
from PIL import Image
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM
from tests.web.sheets.conftest import ANSWERS, DPI, SUBJECT, grid, written

from kaowu.basics.errors import Refused
from kaowu.facts.entry import CandidateAbsent
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import SheetsCounted
from kaowu.facts.violations import ViolationRecorded
from kaowu.reports.sheets.spec import Questions, SheetSpec, Writing
from kaowu.store.models import AccessLog, Artefact, Job, JournalEntry
from kaowu.store.queries.answers import final_answers
from kaowu.web.works import sheet_crops, sheets


@pytest.fixture
def keeper(bags):
    return bags.day.browser("vault_keeper")


@pytest.mark.feature("PAP-25")
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"room_number": "002"}, "考场号"),
        ({"last_seat": "30"}, "座位号范围"),
        ({"subject": "数学"}, "科目"),
        ({"room_number": "9", "subject": "物理"}, "考场号、科目"),
    ],
)
def test_a_bag_whose_three_fields_differ_is_not_scanned(bags, keeper, changed, said):
    answer = bags.check(keeper, **changed)
    assert answer.status_code == 422
    assert f"三核对不符：{said}" in answer.content.decode()
    assert bags.view().bag.checked is None
    assert bags.upload(keeper, {"01.jpg": b"x"}).status_code == 422
    assert JournalEntry.objects.filter(kind="attempt_refused").count() == 1


def test_a_bag_is_not_checked_before_its_sitting_is_over(bags, keeper):
    bags.day.at(60)
    answer = bags.check(keeper)
    assert answer.status_code == 422
    assert "还没有结束" in answer.content.decode()


def test_damage_is_not_ticked_without_saying_what_it_is(bags, keeper):
    assert bags.check(keeper, state="soiled").status_code == 422
    answer = keeper.post(f"{bags.base}001/", follow=True)
    assert answer.status_code in (200, 405)
    answer = bags.check(keeper, state="soiled", remark="03 号卡水渍")
    assert answer.status_code == 302
    assert "有污损：03 号卡水渍" in keeper.get(bags.base + "001/").content.decode()


@pytest.mark.feature("PAP-24", "PAP-25", "PAP-26")
def test_a_whole_bag_is_checked_scanned_accounted_for_sealed_and_handed_over(bags, keeper, work, tmp_path):
    at = bags.day.at(30)
    bags.day.record(CandidateAbsent(admission_number=bags.number(5)), "chief_invigilator", at=at)
    counted = SheetsCounted(issued=5, used=4, absent=1, spare=0, void=0)
    bags.day.record(counted, "chief_invigilator", "assistant_invigilator", at=bags.day.at(151))
    bags.day.at(210)
    files = {f"{seat:02d}.jpg": bags.sheet(seat) for seat in range(1, 5)}
    files["05.jpg"] = bags.sheet(5, answers=dict.fromkeys(ANSWERS, "") | grid("") | {"absent": "缺考"})
    job = bags.scan(keeper, work, files)
    assert job.state == Job.State.DONE, job.outcome_zh

    account = bags.view().account
    assert [line.state for line in account.seats] == ["present"] * 4 + ["absent"]
    assert (account.open, account.room_record, account.sheets) == (0, (), 5)
    assert account.seats[0].fields["q3"] == ANSWERS["q3"]
    assert account.seats[0].fields["q12"] == "BD"
    assert next(final_answers(EXAM, SUBJECT)).state == "not_scanned"

    page = keeper.get(bags.base).content.decode()
    assert "已扫描" in page
    assert bags.seal(keeper, second="vault-keeper-1").status_code == 422
    assert bags.seal(keeper).status_code == 302
    view = bags.view()
    assert (view.bag.sealed.expected, view.bag.sealed.present, view.bag.sealed.absent) == (5, 4, 1)
    assert (view.bag.sealed.files, view.bag.sealed.backed_up) == (5, 5)
    copies = [path for path in (tmp_path / "backup").rglob("*") if path.is_file()]
    assert len(copies) == 5
    assert Artefact.objects.filter(kind="sheet_image").count() == 5

    answers = {one.candidate: one for one in final_answers(EXAM, SUBJECT)}
    first, last, other = (answers[bags.number(*who)] for who in ((1,), (5,), (1, "002")))
    assert (first.state, first.undecided, first.fields["q1"]) == ("present", 0, ANSWERS["q1"])
    assert set(first.fields) == set(ANSWERS)
    assert (last.state, other.state) == ("absent", "not_scanned")

    signed = {"own_password": PASSWORD, "second_number": "site-chief-1", "second_password": PASSWORD}
    given = {"room": ["001"], "to": "市教育考试院", "seal": "X-7", **signed}
    assert keeper.post(f"{bags.base}hand-over-bags/", given).status_code == 302
    assert bags.view().stage == "handed_over"
    assert "市教育考试院" in keeper.get(bags.base + "001/").content.decode()


@pytest.mark.feature("PAP-26", "VIO-02")
def test_what_does_not_fit_is_named_and_keeps_the_bag_open(bags, keeper, work):
    at = bags.day.at(30)
    bags.day.record(CandidateAbsent(admission_number=bags.number(2)), "chief_invigilator", at=at)
    breach = ViolationRecorded(
        admission_number=bags.number(4),
        clause="JYB-33 5-1",
        found_by="in_room",
        evidence=("纸条",),
        told=True,
        reminded=True,
        narrative="桌内有纸条",
    )
    bags.day.record(breach, "chief_invigilator", "assistant_invigilator", at=at)
    bags.day.at(210)
    files = {
        "1.jpg": bags.sheet(1, answers={"absent": "缺考"}),
        "2.jpg": bags.sheet(2),
        "3.jpg": bags.sheet(3, answers={"violation": "违纪"}),
        "4.jpg": bags.sheet(4),
        "stray.jpg": bags.sheet(1, "002"),
        "other.jpg": bags.sheet(3, bearer=bags.bearer(3, subject="数学")),
        "torn.jpg": bags.sheet(4)[:4000],
    }
    bags.scan(keeper, work, files)
    account = bags.view().account
    assert {line.seat: line.obstacle for line in account.seats} == {
        "01": "absent_with_answers",
        "02": "absent_with_answers",
        "03": "",
        "04": "",
        "05": "no_sheet",
    }
    assert account.seats[2].differences == ("violation_mark_only",)
    assert account.seats[3].differences == ("violation_record_only",)
    assert {one.read.name: one.obstacle for one in account.loose} == {
        "stray.jpg": "other_room",
        "other.jpg": "other_subject",
        "torn.jpg": "rejected",
    }
    page = keeper.get(bags.base + "001/").content.decode()
    for words in ("缺考而有作答", "没有扫到答题卡", "其他考场的卡", "有违纪填涂，无违规记录"):
        assert words in page
    assert "还有 6 处没有认定" in bags.seal(keeper).content.decode()

    for target, called in (
        ("seat/05", "座位 05"),
        *((f"page/{one.read.page.hex()}", one.read.name) for one in account.loose),
    ):
        asked = keeper.get(f"{bags.base}001/?target={target}").content.decode().split('id="settle"')[1]
        assert f'<span class="cap">{called}</span>' in asked

    for target, state in (
        ("seat/01", "present"),
        ("seat/02", "void"),
        ("seat/05", "missing"),
        *((f"page/{one.read.page.hex()}", "aside") for one in account.loose),
    ):
        assert bags.settle(keeper, target, state).status_code == 302
    answer = bags.seal(keeper)
    assert answer.status_code == 302
    said = keeper.get(bags.base).content.decode()
    assert "缺失答题卡 1 份" in said
    assert "缺考而有作答" in said
    assert "违纪填涂与违规记录不一致" in said
    states = {one.candidate[-2:]: one.state for one in islice(final_answers(EXAM, SUBJECT), 5)}
    assert states == {"01": "present", "02": "void", "03": "present", "04": "present", "05": "missing"}


def test_a_sheet_scanned_twice_is_one_sheet_and_two_different_ones_are_a_finding(bags, keeper, work):
    files = {"1.jpg": bags.sheet(1)}
    bags.scan(keeper, work, files)
    bags.scan(keeper, work, {"again.jpg": files["1.jpg"]})
    assert len(bags.view().pages) == 1
    bags.scan(keeper, work, {"other.jpg": bags.sheet(1, answers={"q1": "D"})})
    line = bags.view().account.seats[0]
    assert line.obstacle == "duplicate"
    page = next(one for one in bags.view().pages if one.name == "other.jpg")
    bags.settle(keeper, f"page/{page.page.hex()}", "aside")
    assert bags.view().account.seats[0].state == "present"


@pytest.mark.parametrize(
    ("name", "content", "taken"),
    [
        ("run.exe", b"MZ", False),
        ("../../evil.sh", b"#!/bin/sh", False),
        ("page.jpg.html", b"<script>", False),
        ("bomb.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, True),
        ("broken.pdf", b"%PDF-1.7 nothing", True),
        ("empty.tif", b"II*\0", True),
    ],
)
def test_a_hostile_upload_is_refused_or_rejected_and_never_read_as_a_sheet(
    bags, keeper, work, name, content, taken
):
    bags.check(keeper)
    answer = bags.upload(keeper, {name: content})
    assert answer.status_code == (302 if taken else 422)
    if not taken:
        assert Job.objects.count() == 0
        return
    assert work().state == Job.State.DONE
    [loose] = bags.view().account.loose
    assert loose.obstacle == "rejected"
    assert keeper.get(f"{bags.base}001/page/{loose.read.page.hex()}.png").status_code == 404


def test_a_cancelled_scan_leaves_nothing(bags, keeper, work):
    bags.check(keeper)
    bags.upload(keeper, {"1.jpg": bags.sheet(1)})
    Job.objects.update(cancel_asked_by="somebody")
    assert work().state == Job.State.CANCELLED
    assert bags.view().bag.scans == ()
    assert not Artefact.objects.filter(kind="sheet_image").exists()


def test_looking_at_a_page_is_written_down(bags, keeper, work):
    bags.scan(keeper, work, {"1.jpg": bags.sheet(1)})
    [page] = bags.view().pages
    picture = keeper.get(f"{bags.base}001/page/{page.page.hex()}.png")
    assert picture.content.startswith(b"\x89PNG")
    assert AccessLog.objects.filter(permission="sheets.scan", outcome="revealed").count() == 1


@pytest.mark.parametrize(
    ("post", "status"),
    [("chief_invigilator", 403), ("screener", 403), ("site_chief", 200), ("vault_keeper", 200)],
)
def test_only_those_who_collect_sheets_see_their_bags(bags, post, status):
    browser = bags.day.browser(post)
    assert browser.get(bags.base + "001/").status_code == status
    assert browser.get(bags.base.replace(bags.day.site, "040301")).status_code in (403, 404)


def test_a_sealed_bag_takes_no_more_and_may_be_read_anew(bags, keeper, work):
    files = {f"{seat}.jpg": bags.sheet(seat) for seat in range(1, 6)}
    bags.scan(keeper, work, files)
    bags.seal(keeper)
    assert bags.upload(keeper, {"6.jpg": files["1.jpg"]}).status_code == 422
    assert bags.check(keeper).status_code == 302
    assert bags.view().stage == "checked"
    assert next(final_answers(EXAM, SUBJECT)).state == "not_scanned"


def several(*pages, kind):
    """Pages in one file, as scanners write them."""
    first, *rest = [Image.open(io.BytesIO(page)) for page in pages]
    made = io.BytesIO()
    first.save(made, kind, save_all=True, append_images=rest, resolution=DPI)
    return made.getvalue()


@pytest.mark.parametrize(("name", "kind"), [("all.tif", "TIFF"), ("all.pdf", "PDF")])
def test_files_of_several_pages_are_kept_whole_and_read_page_by_page(bags, keeper, work, name, kind):
    bags.scan(keeper, work, {name: several(bags.sheet(1), bags.sheet(2), kind=kind)})
    view = bags.view()
    assert [line.state for line in view.account.seats[:2]] == ["present"] * 2
    assert (len(view.account.files), view.account.pages) == (1, 2)
    assert view.account.seats[1].fields["q3"] == ANSWERS["q3"]
    page = view.pages[1]
    assert sheet_crops.crop(view, page, "q3").startswith(b"\x89PNG")
    assert keeper.get(f"{bags.base}001/page/{page.page.hex()}.png").status_code == 200


def test_a_sheet_whose_grid_holds_no_admission_number_is_refused_before_it_is_printed(bags):
    bags.day.at(-40)
    officers = (Actor("city-1", "city_officer"), Actor("city-2", "city_officer"))
    with pytest.raises(Refused, match="sheet_digits_differ"):
        sheets.approve(EXAM, SUBJECT, SheetSpec("short", "语文答题卡", (Questions(1, 4),)), officers)


def test_both_sides_of_a_sheet_are_put_together_and_a_missing_one_is_named(bags, keeper, work):
    two_sided = SheetSpec(
        "two-sided", "语文答题卡", (Questions(1, 4), Writing("作文", 160), Questions(5, 4)), number_digits=13
    )
    bags.day.at(-40)
    sheets.approve(
        EXAM, SUBJECT, two_sided, (Actor("city-1", "city_officer"), Actor("city-2", "city_officer"))
    )
    bags.day.at(210)
    answers = {f"q{number}": "C" for number in range(1, 9)}
    files = {
        f"{seat}-{side}.jpg": written(bags.bearer(seat), answers, {}, two_sided, side)
        for seat, side in ((1, 2), (1, 1), (2, 1))
    }
    bags.scan(keeper, work, files)
    both, alone = bags.view().account.seats[:2]
    assert [page.read.side for page in both.pages] == [1, 2]
    assert {name: both.fields[name] for name in answers} == answers
    assert (both.state, alone.obstacle) == ("present", "page_missing")

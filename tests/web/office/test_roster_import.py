"""Importing a roster in the browser: real messy files, bad files, all or nothing, double submit, permissions."""

import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.web.office.conftest import EXAM, document_number, open_journal, roster_file, row

from kaowu.facts.roster import RosterImported
from kaowu.store.models import AccessLog, Candidate, Exam, Job, JournalEntry

ROSTERS = Path(__file__).parents[2] / "data" / "rosters"
MESSY = {
    "p01_school_table.xlsx": (1211, 1111),
    "p02_city_by_county.xlsx": (3027, 2766),
    "p03_adult_old_excel.xls": (403, 369),
    "p04_school_export_gbk.dbf": (807, 738),
    "p05_school_export_gb18030.dbf": (504, 464),
    "p06_web_export_utf8.csv": (1514, 1390),
    "p07_semicolon_gb18030.csv": (611, 514),
    "p08_photos.xlsx": (202, 175),
}


@pytest.fixture
def officer(as_post):
    return as_post("city_officer")


def upload(client, content, name="名册.csv", exam=EXAM, **more):
    files = {"file": SimpleUploadedFile(name, content), **more}
    response = client.post(reverse("roster", args=[exam]), files)
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def facts():
    return JournalEntry.objects.filter(kind=RosterImported.kind.name).count()


def kept_uploads():
    return [path.name for path in settings.DATA.uploads.iterdir()]


def test_a_clean_roster_goes_in_whole_and_its_upload_is_removed(exam, officer, work):
    page = upload(officer, roster_file())
    assert work().state == "done"
    text = officer.get(page).content.decode()
    assert "没有发现问题，可以写入。" in text
    assert officer.post(page + "write/").status_code == 302
    assert work().state == "done"
    assert Candidate.objects.filter(exam_id=exam).count() == 90
    assert Exam.objects.get(pk=exam).candidates == 90
    assert facts() == 1
    assert not [name for name in kept_uploads() if page.split("/")[-2] in name]


@pytest.mark.parametrize("name", MESSY)
def test_a_real_messy_file_shows_its_counts_and_is_not_written_while_rows_must_be_corrected(
    name, city, officer, work
):
    from kaowu.facts.envelope import Actor
    from kaowu.web.works import exam_setup

    open_journal()
    stem = name.rsplit(".", 1)[0]
    described = (ROSTERS / f"{stem}.exam.json").read_bytes()
    exam_setup.set_up(EXAM, "gaokao", city.city.code, described, Actor("maker", "city_officer"))
    more = {}
    if name == "p08_photos.xlsx":
        more["photos"] = SimpleUploadedFile("photos.zip", (ROSTERS / "p08_photos.photos.zip").read_bytes())
    page = upload(officer, (ROSTERS / name).read_bytes(), name, **more)
    work()
    rows, accepted = MESSY[name]
    text = officer.get(page).content.decode()
    assert f"<b>{rows:,}</b>" in text and f"<b>{rows - accepted:,}</b>" in text
    assert f"还有 {rows - accepted} 行须改。名册要么整份写入，要么不写入。" in text
    assert 'aria-disabled="true"' in text and "cell-bad" in text
    officer.post(page + "write/")
    assert work() is None and facts() == 0 and not Candidate.objects.exists()


def test_every_row_of_the_page_carries_the_files_own_row_number(exam, officer, work):
    wrong = row(7)
    wrong[2] = wrong[2][:-1] + ("1" if wrong[2][-1] != "1" else "2")
    page = upload(officer, roster_file(row_7=wrong))
    work()
    text = officer.get(page).content.decode()
    assert "第 9 行" in text and "id_check_digit" in text and wrong[2] in text
    assert document_number(6) not in text, "numbers that are right stay masked"
    assert AccessLog.objects.filter(outcome="revealed", permission="roster.import").count() == 1
    officer.get(page)
    assert AccessLog.objects.filter(outcome="revealed").count() == 1


def test_one_row_to_correct_stops_the_whole_roster_even_past_the_page(exam, officer, work):
    from kaowu.basics.errors import Refused
    from kaowu.facts.envelope import Actor
    from kaowu.web.works import roster

    wrong = row(7)
    wrong[2] = "3.70402E+17"
    content = roster_file(row_7=wrong)
    checked = roster.check_upload(exam, content, "名册.csv").check
    with pytest.raises(Refused, match="roster_has_rejects"):
        roster.take_roster(exam, checked, content, "名册.csv", Actor("maker", "city_officer"))
    assert facts() == 0 and not Candidate.objects.exists()


def test_sending_the_same_form_twice_writes_once(exam, officer, work):
    page = upload(officer, roster_file())
    work()
    officer.post(page + "write/")
    officer.post(page + "write/")
    assert Job.objects.filter(work="roster.write").count() == 1
    work()
    assert officer.post(page + "write/").status_code == 404
    assert facts() == 1


def test_a_cancelled_check_leaves_nothing_and_a_cancelled_writing_writes_nothing(exam, officer, work):
    from kaowu.web import jobs

    page = upload(officer, roster_file())
    jobs.cancel(Job.objects.get(), by="林若溪")
    work()
    assert "正在" not in officer.get(page).content.decode() and facts() == 0
    assert officer.post(page + "discard/").status_code == 302
    assert not [name for name in kept_uploads() if page.split("/")[-2] in name]


def test_the_error_workbook_is_their_file_with_a_red_column(exam, officer, work):
    wrong = row(7)
    wrong[3] = "天上中学"
    page = upload(officer, roster_file(row_7=wrong))
    work()
    response = officer.get(page + "errors.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(response.content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[0][-1] == "错误原因" or "错误原因" in rows[0]
    assert any("学校不在名单中" in str(cell) for cell in rows[8])
    assert AccessLog.objects.filter(outcome="exported").exists()


def test_a_column_that_was_misread_is_corrected_by_hand_and_checked_again(exam, officer, work):
    content = roster_file().replace("毕业学校".encode(), "甲乙丙".encode())
    page = upload(officer, content)
    work()
    text = officer.get(page + "columns/").content.decode()
    assert "甲乙丙" in text and document_number(0) not in text
    officer.post(page + "columns/", {"c0-3": "school"})
    work()
    text = officer.get(page).content.decode()
    assert "没有发现问题" in text
    officer.post(page + "columns/", {"c0-3": ""})
    work()
    assert "没有发现问题" not in officer.get(page).content.decode()


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/workbook.xml", b"<a>" + b" " * 300_000_000)
    return out.getvalue()


BAD = {
    "damaged": (b"PK\x03\x04" + b"\x00" * 400, "已损坏", "damaged"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\x00" * 200, "不是表格", "not a table"),
    "nonsense": ("这里没有名单\n".encode(), "没有找到考生名单", "no candidate roster"),
    "password": (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + b"\0" * 600
        + "EncryptedPackage".encode("utf-16-le")
        + b"\0" * 600,
        "密码",
        "password",
    ),
}


@pytest.mark.parametrize("kind", [*BAD, "bomb"])
def test_a_bad_file_gets_a_sentence_in_both_languages_and_loses_nothing(kind, with_roster, officer, work):
    content, chinese, english = BAD.get(kind) or (zip_bomb(), "展开后", "unpacks")
    page = upload(officer, content, "名册.xlsx")
    work()
    response = officer.get(page)
    assert response.status_code == 422 and chinese in response.content.decode()
    officer.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert english in officer.get(page).content.decode()
    assert Candidate.objects.count() == 90 and facts() == 1


def test_an_empty_and_an_oversized_file_are_refused_at_the_door(exam, officer, monkeypatch):
    from kaowu.web.office import roster_import

    address = reverse("roster", args=[exam])
    assert "没有收到文件" in officer.post(address, {}).content.decode()
    monkeypatch.setattr(roster_import, "MOST_BYTES", 1_000_000)
    response = officer.post(address, {"file": SimpleUploadedFile("a.csv", b"x" * 1_000_001)})
    assert response.status_code == 422 and "超过 1 MB" in response.content.decode()
    assert not Job.objects.exists()


def test_formulas_count_with_their_value_and_are_no_formulas_in_what_leaves_the_house(exam, officer, work):
    cunning = row(3)
    cunning[3] = '=HYPERLINK("http://x","一中")'
    page = upload(officer, roster_file(row_3=cunning))
    work()
    book = openpyxl.load_workbook(io.BytesIO(officer.get(page + "errors.xlsx").content))
    values = [cell for line in book.worksheets[0].iter_rows() for cell in line if cell.value]
    assert not [cell for cell in values if cell.data_type == "f"]


def test_a_roster_cannot_be_replaced_once_seats_are_sealed_by_it(sealed, officer, work):
    page = upload(officer, roster_file(80))
    work()
    assert "座位已按现有名册封存" in officer.get(page).content.decode()
    officer.post(page + "write/")
    assert work().state == "failed"
    assert Candidate.objects.count() == 90 and facts() == 1


@pytest.mark.parametrize("post", ["site_chief", "auditor", "chief_invigilator"])
def test_only_officers_import(exam, as_post, post):
    assert as_post(post).get(reverse("roster", args=[exam])).status_code == 403


def test_a_county_officer_does_not_replace_the_citys_roster(exam, as_post):
    client = as_post("county_officer")
    response = client.post(reverse("roster", args=[exam]), {"file": SimpleUploadedFile("a.csv", b"x")})
    assert response.status_code == 403 and "不在您负责的范围内" in response.content.decode()
    assert AccessLog.objects.filter(outcome="refused").exists()


def test_an_upload_belongs_to_the_login_that_brought_it(exam, officer, account, work):
    from django.test import Client

    page = upload(officer, roster_file())
    work()
    other = Client()
    other.force_login(account("city_officer", "other"), backend="django.contrib.auth.backends.ModelBackend")
    for address in (page, page + "columns/", page + "errors.xlsx"):
        assert other.get(address).status_code == 404
    assert other.post(page + "write/").status_code == 404


def test_the_switcher_changes_the_exam_and_not_the_page(exam, officer, city):
    from tests.web.office.conftest import DESCRIPTION

    from kaowu.facts.envelope import Actor
    from kaowu.web.works import exam_setup

    described = json.dumps(DESCRIPTION | {"exam": "另一场"}, ensure_ascii=False).encode()
    exam_setup.set_up("other-2027", "gaokao", city.city.code, described, Actor("maker", "city_officer"))
    here = reverse("roster", args=[exam])
    assert "2027年普通高考" in officer.get(here).content.decode()
    response = officer.post(reverse("exam_switch"), {"exam": "other-2027", "next": here})
    assert response["Location"] == reverse("roster", args=["other-2027"])
    assert officer.get(reverse("rosters"))["Location"] == reverse("roster", args=["other-2027"])

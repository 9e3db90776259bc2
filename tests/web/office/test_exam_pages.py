"""Exams: the list, setting up from a file or a timetable, the plan with its sources, overrides by two."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.web.conftest import PASSWORD
from tests.web.office.conftest import DESCRIPTION, open_journal

from kaowu.store.models import Exam, JournalEntry, Sitting
from kaowu.store.queries import exams


def timetable(*rows):
    form = {"rows-TOTAL_FORMS": "10", "rows-INITIAL_FORMS": "0"}
    for number, (subject, day, start, end, everybody) in enumerate(rows):
        form |= {
            f"rows-{number}-subject": subject,
            f"rows-{number}-day": day,
            f"rows-{number}-start": start,
            f"rows-{number}-end": end,
        }
        if everybody:
            form[f"rows-{number}-everybody"] = "on"
    return form


def new_exam(client, *rows, file=None, **changes):
    form = {"code": "gk2028", "profile": "gaokao", "organisation": "370400", "name": "2028年普通高考"}
    form |= timetable(*rows) | changes
    if file is not None:
        form["description"] = SimpleUploadedFile("exam.json", file)
    return client.post(reverse("exam_new"), form)


CHINESE = ("语文", "2028-06-07", "09:00", "11:30", True)
MATHS = ("数学", "2028-06-07", "15:00", "17:00", True)
CHOICE = ("物理、历史", "2028-06-08", "09:00", "10:15", False)


@pytest.fixture
def officer(as_post, city):
    open_journal()
    return as_post("city_officer")


def test_an_exam_is_set_up_from_a_timetable_form_with_schools_out_of_the_registers(officer):
    assert new_exam(officer, CHINESE, MATHS, CHOICE).status_code == 302
    assert [tuple(s.subjects) for s in Sitting.objects.order_by("code")] == [
        ("语文",),
        ("数学",),
        ("物理", "历史"),
    ]
    from kaowu.web.works.exam_setup import description_of

    said = description_of("gk2028")
    assert [school["name"] for school in said["schools"]] == ["市中区第一中学", "薛城区第一中学"]
    assert said["subject_rule"]["required"] == ["语文", "数学"]
    assert "2028年普通高考" in officer.get(reverse("exams")).content.decode()


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((), "请上传考试说明，或填写考试名称和至少一场"),
        ((("语文", "2028-06-07", "11:30", "09:00", True),), "结束不晚于开考"),
        ((CHINESE, ("数学", "2028-06-07", "11:00", "12:00", True)), "与下一场时间重叠"),
        ((("语文", "", "09:00", "11:30", True),), "请填齐科目"),
    ],
)
def test_a_faulty_timetable_leaves_no_half_made_exam(officer, rows, sentence):
    response = new_exam(officer, *rows)
    assert response.status_code == 422 and sentence in response.content.decode()
    assert not Exam.objects.exists() and not JournalEntry.objects.filter(exam="gk2028").exists()


@pytest.mark.parametrize(
    "file",
    [b"\xff\xfe not json", b"{}", b"[1]", b'{"exam": "x", "subjects": [{"name": "a"}]}', b"[" * 100_000],
)
def test_a_description_that_cannot_be_read_is_refused_with_a_sentence(officer, file):
    response = new_exam(officer, file=file)
    assert response.status_code == 422 and "考试说明" in response.content.decode()
    assert not Exam.objects.exists()


def test_a_second_exam_of_the_same_code_changes_nothing(officer):
    described = json.dumps(DESCRIPTION, ensure_ascii=False).encode()
    assert new_exam(officer, file=described).status_code == 302
    before = exams.plan("gk2028")
    response = new_exam(officer, CHINESE)
    assert response.status_code == 422 and "考试 gk2028 已有" in response.content.decode()
    assert exams.plan("gk2028").sittings == before.sittings
    assert exams.plan("gk2028").description == before.description


def test_an_exam_outside_the_area_of_duty_cannot_be_set_up(as_post, city):
    open_journal()
    response = new_exam(as_post("city_officer", organisation=city.north), CHINESE, organisation="370403")
    assert response.status_code == 422  # not among the choices
    assert not Exam.objects.exists()


def test_the_plan_shows_each_line_with_its_source_and_the_digest(exam, as_post):
    text = as_post("city_officer").get(reverse("exam", args=[exam])).content.decode()
    assert "迟到限制（开考后）" in text and "KAOWU-PRACTICE late-15" in text
    from kaowu.loop.profile_of_exam import profile_of

    assert profile_of(exams.plan(exam)).digest.hex() in text


def test_the_minutes_of_a_sitting_stand_with_their_posts(exam, as_post):
    text = as_post("chief_invigilator").get(reverse("exam_minutes", args=[exam, "01"])).content.decode()
    assert "09:00" in text and "主监考" in text and "09:15" in text


def override(client, exam, second="city-two", value="10", password=PASSWORD, key="late_limit_minutes"):
    form = {
        "value": value,
        "reason": "省考试院通知",
        "own_password": PASSWORD,
        "second_number": second,
        "second_password": password,
    }
    return client.post(reverse("exam_override", args=[exam, key]), form)


def test_a_line_is_overridden_by_two_and_both_are_on_record(exam, as_post, account):
    client = as_post("city_officer", number="city-one")
    account("city_officer", "city-two")
    assert override(client, exam).status_code == 302
    [approved] = exams.plan(exam).overrides
    assert (approved.fact.line, approved.fact.value, approved.fact.approved_by) == (
        "late_limit_minutes",
        "10",
        "city-two",
    )
    text = client.get(reverse("exam", args=[exam]) + "?only=overridden").content.decode()
    assert "10 分钟" in text and "city-two：省考试院通知" in text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"second": "city-one"}, "两人"),
        ({"password": "wrong"}, "工号或密码不对"),
        ({"second": "site-chief"}, "第二人"),
        ({"value": "很久"}, "不是整数"),
        ({"value": "100000000"}, "超出范围"),
    ],
)
def test_an_override_without_a_second_person_or_out_of_bounds_is_not_recorded(
    exam, as_post, account, change, sentence
):
    client = as_post("city_officer", number="city-one")
    account("city_officer", "city-two")
    account("site_chief", "site-chief")
    response = override(client, exam, **change)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert exams.plan(exam).overrides == ()


def test_a_county_officer_does_not_see_the_exam_of_another_city(as_post, city):
    from kaowu.facts.envelope import Actor
    from kaowu.store.models import Organisation
    from kaowu.web.works import exam_setup

    open_journal()
    root = Organisation.objects.get(code="370000")
    Organisation.objects.create(code="370500", name="东营市", level="city", parent=root)
    described = json.dumps(DESCRIPTION, ensure_ascii=False).encode()
    exam_setup.set_up("elsewhere", "gaokao", "370500", described, Actor("x", "city_officer"))
    assert as_post("county_officer").get(reverse("exam", args=["elsewhere"])).status_code == 404

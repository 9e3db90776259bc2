"""Who has which duty, why not somebody else, how the load lies, and what it comes to."""

from __future__ import annotations

import io

import openpyxl
import pytest
from tests.web.exam_day import EXAM, STARTS

from kaowu.store.models import AccessLog, DutyRow, Exam, JournalEntry, RoomSitting, Site
from kaowu.store.queries import duties


@pytest.fixture
def base(drawn):
    return f"/office/duties/{EXAM}/{drawn.site}/"


@pytest.mark.feature("STF-03")
def test_the_list_shows_each_room_with_its_team_and_the_posts_of_the_site(drawn, chief, base):
    page = chief.get(f"{base}?sitting=S1").content.decode()
    for duty in drawn.plan.duties:
        if duty.sitting == "S1":
            assert duty.person in page
    assert "主监考" in page and "视频" in page and "与抽签一致" in page
    assert chief.get(f"{base}?sitting=S9").status_code == 404


@pytest.mark.feature("STF-16")
def test_quality_counts_new_people_beside_experienced_ones(drawn, officer):
    page = officer.get(f"/office/duties/{EXAM}/").content.decode()
    years = {one.id: one.years for one in drawn.problem.people}
    teams: dict[tuple[str, str], list[str]] = {}
    for duty in drawn.plan.duties:
        if duty.room:
            teams.setdefault((duty.sitting, duty.room), []).append(duty.person)
    fresh = sum(min(years[name] for name in team) < 2 for team in teams.values())
    assert f"{fresh}/{len(teams)}" in page
    assert "老带新" in page


def test_a_person_a_number_or_a_room_is_found(drawn, chief):
    duty = drawn.duty("S1", "chief_invigilator", "003")
    for text in (duty.person, "003"):
        assert duty.person in chief.get(f"/office/duties/{EXAM}/", {"q": text}).content.decode()
    assert "没有" in chief.get(f"/office/duties/{EXAM}/", {"q": "zzz"}).content.decode()


@pytest.mark.feature("STF-06")
def test_a_duty_says_what_it_asks_when_it_reports_and_hands_over_and_whom_to_call(drawn, chief, base):
    Site.objects.filter(code=drawn.site).update(watch_phone="0632-1234567")
    duty = drawn.duty("S1", "chief_invigilator")
    page = chief.get(f"{base}of/{duty.person}/").content.decode()
    assert "主持本考场，保管试卷" in page
    assert "报到" in page and "交接" in page and "当面封装签字" in page
    assert "0632-1234567" in page
    partner = drawn.duty("S1", "assistant_invigilator", duty.room).person
    assert duties.names([partner])[partner] in page


@pytest.mark.feature("X-04")
def test_why_not_names_the_rule_that_the_verifier_names_or_the_lots(drawn, chief, base):
    one = drawn.duty("S1", "chief_invigilator", "001")
    page = chief.get(f"{base}why/", {"person": one.person, "room": "002", "sitting": "S1"}).content.decode()
    assert "抽签落在他人" in page or "规则不允许" in page
    new = next(p.id for p in drawn.problem.people if p.years == 0)
    said = chief.get(f"{base}why/", {"person": new, "room": "002", "sitting": "S1"}).content.decode()
    assert "监考不足2年" in said and "无论与谁同场" in said
    home = chief.get(f"{base}why/", {"person": "Z01"}).content.decode()
    assert "未被派往任何考点" in home


@pytest.mark.feature("X-11", "STF-17")
def test_the_load_of_each_is_counted_with_history_and_a_suggestion(drawn, officer):
    history = Exam.objects.create(
        code="gk2026",
        name="2026年普通高考",
        profile="gaokao",
        organisation=Exam.objects.get().organisation,
        starts_at=STARTS - 1,
    )
    veteran = next(p.id for p in drawn.problem.people if p.years > 2)
    DutyRow.objects.create(
        exam=history, draw="rooms/x", sitting="S1", site=drawn.site, room="001", post="assistant_invigilator",
        person=veteran, since="00000000-0000-0000-0000-000000000001",
    )  # fmt: skip
    page = officer.get(f"/office/duties/{EXAM}/all/loads/", {"q": veteran}).content.decode()
    assert "2026年普通高考" in page and "还没有任过" in page
    minutes = 150 * sum(d.person == veteran and d.post != "reserve" for d in drawn.plan.duties)
    assert f'<td class="num">{minutes}</td>' in page


@pytest.mark.feature("X-11")
def test_pay_counts_who_reported_and_sums_in_whole_cents(drawn, officer, chief):
    duty = drawn.duty("S1", "chief_invigilator", "001")
    chief.post(f"/office/on-duty/{EXAM}/S1/{drawn.site}/report/", {"number": duty.person})
    page = officer.get(f"/office/duties/{EXAM}/all/pay/", {"q": duty.person}).content.decode()
    assert "<b>150.00</b>" in page
    assert "35 人次未登记到岗" in page
    taken = officer.post(f"/office/duties/{EXAM}/all/pay/workbook/", {"reason": "财务测算"})
    rows = list(openpyxl.load_workbook(io.BytesIO(taken.content)).active.iter_rows(values_only=True))
    paid = [row for row in rows[3:] if row[5] != "0"]
    assert [(row[1], row[7]) for row in paid] == [(duty.person, "150.00")]
    assert JournalEntry.objects.filter(kind="records_exported").count() == 1


def test_a_telephone_is_shown_to_the_site_with_a_reason_that_is_logged(drawn, chief, base):
    person = drawn.plan.duties[0].person
    assert chief.post(f"{base}of/{person}/phone/", {"reason": ""}).status_code == 422
    shown = chief.post(f"{base}of/{person}/phone/", {"reason": "通知到岗"}).content.decode()
    assert duties.people([person])[person].phone in shown
    assert AccessLog.objects.get(outcome="revealed").reason == "通知到岗"
    assert chief.post(f"{base}of/Z01/phone/", {"reason": "通知到岗"}).status_code == 404


@pytest.mark.parametrize(
    ("post", "allowed"),
    [("county_officer", True), ("auditor", True), ("vault_keeper", False), ("screener", False)],
)
def test_who_may_see_duties(drawn, as_post, base, post, allowed):
    client = as_post(post, number=f"{post.replace('_', '-')}-9")
    for address in (f"/office/duties/{EXAM}/", base, f"{base}why/", f"/office/duties/{EXAM}/all/loads/"):
        assert (client.get(address).status_code == 200) is allowed, address
    assert client.get(f"{base}change/").status_code == (200 if post == "county_officer" else 403)


def test_nobody_reaches_the_duties_of_another_site(drawn, chief, city):
    there = f"/office/duties/{EXAM}/{city.south_site.code}/"
    for address in (
        "",
        "why/",
        "change/",
        "workbook/",
        "workbook/back/",
        "workbook/back/abc/",
        "of/T001/",
        "of/T001/lock/",
        "of/T001/phone/",
    ):
        assert chief.get(there + address).status_code == 403
        assert chief.post(there + address).status_code == 403


def test_people_of_other_sites_are_in_no_list_of_a_site_chief(drawn, chief, city):
    DutyRow.objects.create(
        exam_id=EXAM, draw="rooms/040301", sitting="S1", site="040301", room="001", post="chief_invigilator",
        person="T777", since="00000000-0000-0000-0000-000000000002",
    )  # fmt: skip
    for address in (
        f"/office/duties/{EXAM}/?q=T777",
        f"/office/duties/{EXAM}/all/loads/?q=T777",
        f"/office/duties/{EXAM}/all/pay/?q=T777",
    ):
        assert "040301" not in chief.get(address).content.decode()


def test_rooms_that_a_late_change_emptied_or_opened_are_named(drawn, chief, base):
    held = RoomSitting.objects.filter(exam_id=EXAM, sitting="S1", site=drawn.site)
    taken = sorted(held.values_list("room", flat=True))
    held.filter(room=taken[-1]).update(room="077")
    page = chief.get(f"{base}?sitting=S1").content.decode()
    staffed = {duty.room for duty in drawn.plan.duties if duty.sitting == "S1" and duty.room}
    emptied = " ".join(sorted(staffed - set(taken[:-1])))
    assert "抽签之后座位有改动" in page
    assert f">{emptied}</dd>" in page and ">077</dd>" in page
    held.all().delete()
    assert "抽签之后座位有改动" not in chief.get(f"{base}?sitting=S1").content.decode()

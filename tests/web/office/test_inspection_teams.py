"""Resident inspection teams: one for every site, nobody twice, and what they see stands on record."""

import pytest
from django.urls import reverse
from tests.inner.reports.reading import joined, texts
from tests.web.drawn_site import drawn, problem_for, register, staff  # noqa: F401
from tests.web.exam_day import EXAM, set_up

from kaowu.facts.inspection import InspectionTeamAssigned
from kaowu.store.models import JournalEntry, Person, Room
from kaowu.store.queries import exams, inspection


@pytest.fixture
def day(city, account):
    held = set_up(city, account)
    for number, name in (
        ("L1", "梁望舒"),
        ("L2", "岑立行"),
        ("M1", "古丽巴哈尔·阿不都热依木"),
        ("M2", "尹沐阳"),
    ):
        Person.objects.create(number=number, name=name, organisation=city.north, phone="13800001234")
    return held


def at(name, site, *more):
    return reverse(name, args=[EXAM, site, *more])


def send(client, site, leader="L1", members="M1，M2", office="市教育局副局长"):
    return client.post(
        at("inspection_assign", site), {"leader": leader, "office": office, "members": members}
    )


@pytest.mark.feature("GOV-10")
def test_an_officer_sends_one_team_to_a_site_and_sees_which_sites_have_none(day, as_post):
    officer = as_post("city_officer")
    page = officer.get(reverse("inspection_exam", args=[EXAM])).content.decode()
    assert "尚未派驻" in page
    assert send(officer, day.site).status_code == 302
    page = officer.get(reverse("inspection_exam", args=[EXAM])).content.decode()
    assert "梁望舒" in page and "市教育局副局长" in page and "尚未派驻" not in page
    team = exams.plan(EXAM).inspection_teams[day.site]
    assert (team.leader, team.members) == ("L1", ("M1", "M2"))


@pytest.mark.feature("GOV-10")
def test_a_second_team_for_a_site_is_refused_until_the_first_is_withdrawn(day, as_post):
    officer = as_post("city_officer")
    send(officer, day.site)
    answer = send(officer, day.site, leader="L2", members="")
    assert answer.status_code == 422
    assert "已有驻点检查组" in answer.content.decode()
    officer.post(at("inspection_withdraw", day.site), {"reason": "组长另有任务"})
    assert send(officer, day.site, leader="L2", members="M1").status_code == 302
    assert exams.plan(EXAM).inspection_teams[day.site].leader == "L2"
    assert JournalEntry.objects.filter(kind=InspectionTeamAssigned.kind.name).count() == 2


@pytest.mark.parametrize(
    ("leader", "members", "said"),
    [("L1", "L1", "同一人写了两次"), ("L9", "", "名录中没有工号 L9"), ("", "M1", "必填")],
)
def test_a_team_that_cannot_be_is_refused_in_words(day, as_post, leader, members, said):
    answer = send(as_post("city_officer"), day.site, leader=leader, members=members)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not exams.plan(EXAM).inspection_teams


def test_nobody_is_on_the_teams_of_two_sites(day, as_post, city):
    officer = as_post("city_officer")
    send(officer, day.site)
    answer = send(officer, city.south_site.code, leader="L2", members="M1")
    assert answer.status_code == 422
    assert f"M1 已在考点 {day.site} 的检查组" in answer.content.decode()


@pytest.mark.feature("GOV-10")
def test_whoever_is_drawn_as_invigilator_cannot_be_on_a_team(drawn, as_post):  # noqa: F811
    somebody = drawn.plan.duties[0].person
    answer = send(as_post("city_officer"), drawn.site, leader=somebody, members="")
    assert answer.status_code == 422
    assert f"{somebody} 已抽为本次考试的考务人员" in answer.content.decode()


def test_whoever_is_on_a_team_is_left_out_of_the_draw_by_name(day, as_post):
    from kaowu.facts.subjects import SENT
    from kaowu.web.works import draws

    Room.objects.filter(columns="5x6").update(columns="6-6-6-6-6")
    Person.objects.filter(number__in=["L1", "M1", "M2"]).update(
        sex="female", certified=True, secrecy_pledged=True, years_invigilating=5
    )
    before = draws.prepared(EXAM, SENT)
    assert "M1" in {person.id for person in before.problem.people}
    send(as_post("city_officer"), day.site)
    after = draws.prepared(EXAM, SENT)
    assert not {"L1", "M1", "M2"} & {person.id for person in after.problem.people}
    assert {(one.person, one.code) for one in after.left_out} >= {("M1", "on_team")}


@pytest.mark.feature("GOV-10")
def test_a_team_signs_in_finds_the_reception_room_and_writes_down_what_it_saw(day, as_post):
    send(as_post("city_officer"), day.site)
    day.at(-55)
    inspector = as_post("resident_inspector")
    page = inspector.get(at("inspection_site", day.site)).content.decode()
    assert "核对接待室已取消" in page and "未核对" in page
    inspector.post(at("inspection_present", day.site, "S1"), {"person": "L1"})
    answer = inspector.post(
        at("inspection_check", day.site, "S1", "no_reception"),
        {"holds": "no", "note": "一楼仍设茶点"},
        follow=True,
    )
    assert "不符合：核对接待室已取消" in answer.content.decode()
    inspector.post(at("inspection_check", day.site, "S1", "no_reception"), {"holds": "yes"})
    inspector.post(
        at("inspection_finding", day.site, "S1"),
        {"found": "一名监考员带手机进入考场", "room": "001", "told": "主考", "advice": "领卷时统一收存"},
    )
    seen = inspection.of_site(EXAM, day.site)
    assert seen.was_there("S1", "L1") and not seen.was_there("S2", "L1")
    assert seen.checked["no_reception"].holds
    assert seen.found[0].fact.room == "001"
    page = inspector.get(at("inspection_site", day.site)).content.decode()
    assert "一名监考员带手机进入考场" in page and "领卷时统一收存" in page
    overview = as_post("city_officer", number="other").get(reverse("inspection_exam", args=[EXAM]))
    assert "1/6" in overview.content.decode()


def test_somebody_of_no_team_who_comes_is_recorded_with_a_finding(day, as_post):
    send(as_post("city_officer"), day.site)
    answer = as_post("site_chief").post(
        at("inspection_present", day.site, "S1"), {"person": "L2"}, follow=True
    )
    assert "L2 不在任何考点的驻点检查组名单上" in answer.content.decode()


@pytest.mark.feature("GOV-10")
def test_the_list_of_teams_is_printed_with_the_sites_that_have_none_first(day, as_post):
    officer = as_post("city_officer")
    send(officer, day.site)
    answer = officer.get(reverse("inspection_list", args=[EXAM]))
    text = joined("".join(texts(answer.content)))
    assert "1/1个考点" in text and "梁望舒" in text and "接待室已取消" in text


def test_a_site_sees_its_team_but_assigns_none(day, as_post, city):
    chief = as_post("site_chief")
    assert chief.get(at("inspection_site", day.site)).status_code == 200
    assert send(chief, day.site).status_code == 403
    assert chief.get(at("inspection_site", city.south_site.code)).status_code == 403
    assert as_post("screener").get(at("inspection_site", day.site)).status_code == 403

"""The plan of sites in the browser: decisions, attempts, before and after, why, adoption by lot, and what would help."""

import io
import json

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from tests.web.conftest import PASSWORD
from tests.web.office.conftest import SCHOOLS

from kaowu.facts.envelope import Actor
from kaowu.store.models import AccessLog, Candidate, Job, Organisation, Room, School, Site
from kaowu.store.queries import exams, site_plans
from kaowu.web.works import exam_setup, seats, site_plan_views
from kaowu.web.works import site_plans as works

SEED = "12345678901234567890123456789012345678901234"
KM_EAST = 0.011  # degrees of longitude, about one kilometre here


def add_site(county, code, school, east, rooms):
    node = Organisation.objects.create(code=code, name=f"{school.name}考点", level="site", parent=county)
    site = Site.objects.create(
        code=code,
        name=node.name,
        organisation=node,
        school=school,
        longitude=117.5 + east * KM_EAST,
        latitude=34.8,
    )
    for number in range(1, rooms + 1):
        Room.objects.create(
            site=site, number=f"{number:03d}", building="博学楼", capacity=30, columns="7-8-8-7"
        )
    return site


@pytest.fixture
def towns(with_roster, city):
    """Two schools twelve kilometres apart, a site at each, and one far away."""
    first = School.objects.get(name=SCHOOLS[0])
    School.objects.filter(pk=first.pk).update(longitude=117.5, latitude=34.8)
    second = School.objects.create(
        code="0402002",
        name=SCHOOLS[1],
        organisation=city.north,
        longitude=117.5 + 12 * KM_EAST,
        latitude=34.8,
    )
    Site.objects.filter(pk=city.north_site.pk).update(longitude=117.5, latitude=34.8)
    add_site(city.north, "040202", second, 12, 5)
    add_site(city.north, "040203", second, 60, 5)
    return with_roster


@pytest.fixture
def officer(as_post, account):
    client = as_post("city_officer", number="city-one")
    account("city_officer", "city-two")
    return client


def signed(**more):
    return {"own_password": PASSWORD, "second_number": "city-two", "second_password": PASSWORD} | more


def run(client, exam, work, **form):
    client.post(reverse("site_plan_run", args=[exam]), form)
    return work()


def override(exam, line, value):
    one, two = Actor("city-one", "city_officer"), Actor("city-two", "city_officer")
    exam_setup.override_line(exam, line, value, "测试所需", one, two)


@pytest.mark.feature("SITE-11")
def test_sites_are_opened_for_travel_compared_explained_adopted_by_two_and_seats_follow(
    towns, officer, work, city
):
    exam = towns
    text = officer.get(reverse("site_plan", args=[exam])).content.decode()
    assert "没有布局" in text and "040203" in text and "可启用考点的座位" in text
    assert run(officer, exam, work).state == "done"
    [attempt] = site_plans.attempts(exam)
    assert attempt.fact.opened == 2 and attempt.fact.candidates == 90
    # Dealt over three sites the mean is many kilometres; beside the own school it is none.
    assert attempt.fact.mean_before > 10_000 and attempt.fact.mean_after == 0
    page = officer.get(reverse("site_plan_result", args=[exam, 1])).content.decode()
    assert "优化前后" in page and "<svg" in page and "高于证明下界" in page and "未启用" in page
    assert "试编考场" in page and "够用" in page
    assert all(f"<b>{site}</b>" in page for site in (city.north_site.code, "040202"))
    assert "40203" not in page.split("启用的考点")[2].split("</section>")[0]
    why = officer.get(reverse("site_plan_school", args=[exam, 1, 0])).content.decode()
    assert "45人去这里" in why and "全体考生都能不超过这个距离" in why
    adopted = officer.post(reverse("site_plan_adopt", args=[exam, 1]), signed(seed=SEED, seed_again=SEED))
    assert adopted.status_code == 302
    opened = exams.plan(exam).sites_opened
    assert opened.sites == (city.north_site.code, "040202") and opened.seed == seats.seed_of(SEED).hex()
    [attempt] = site_plans.attempts(exam)
    assert [actor.account for actor in attempt.opened_by] == ["city-one", "city-two"]
    # The seating problem now deals inside each site, and the far one takes no part.
    problem = seats.problem_of(exam)
    assert [site.id for site in problem.sites] == [city.north_site.code, "040202"]
    arranged = seats.arrange(exam, bytes(range(32)))
    school = dict(Candidate.objects.values_list("number", "school"))
    assert {(school[line.candidate], line.site) for line in arranged.lines} == {
        (SCHOOLS[0], city.north_site.code),
        (SCHOOLS[1], "040202"),
    }
    assert "已启用" in officer.get(reverse("site_plan", args=[exam])).content.decode()


def test_without_an_adopted_plan_seats_are_dealt_over_the_county_as_before(towns):
    problem = seats.problem_of(towns)
    assert {site.pool for site in problem.sites} == {"370402", "370403"}
    assert {problem.candidates.columns["pool"].labels[0]} == {"370402"}


def test_a_divided_school_is_divided_by_the_lot_and_another_seed_divides_it_otherwise(towns, officer, work):
    exam = towns
    # Three of the rooms are kept spare, so one seats: 30 less five percent.
    Room.objects.filter(site__code="040202", number="005").delete()
    assert run(officer, exam, work).state == "done"
    officer.post(reverse("site_plan_adopt", args=[exam, 1]), signed(seed=SEED, seed_again=SEED))
    from kaowu.loop.prepare.site_table import read_site_table
    from kaowu.store import artefacts

    site_of = read_site_table(artefacts.read(exams.plan(exam).sites_opened.pools))
    second = list(Candidate.objects.filter(school=SCHOOLS[1]).values_list("number", flat=True))
    chosen = [site_of[number] == "040202" for number in sorted(second)]
    assert sum(chosen) == 28 and len(chosen) == 45
    assert chosen != sorted(chosen, reverse=True), "not the first of the list"
    from kaowu.engines.allocation.opening import OpeningPlan, split

    plan = OpeningPlan.from_bytes(artefacts.read(exams.plan(exam).sites_opened.plan))
    assert split(plan, works.numbers_of(exam), seats.seed_of(SEED)) == site_of
    assert split(plan, works.numbers_of(exam), bytes(32)) != site_of


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"seed_again": SEED[:-1] + "9"}, "两次录入不一致"),
        ({"seed": "123", "seed_again": "123"}, "种子太短"),
        ({"second_number": "city-one"}, "两人"),
        ({"second_password": "wrong"}, "工号或密码不对"),
    ],
)
def test_no_site_is_opened_without_two_persons_and_a_long_seed(towns, officer, work, change, sentence):
    run(officer, towns, work)
    form = signed(seed=SEED, seed_again=SEED) | change
    response = officer.post(reverse("site_plan_adopt", args=[towns, 1]), form)
    assert response.status_code == 422 and sentence in response.content.decode()
    assert exams.plan(towns).sites_opened is None


def test_decisions_about_sites_are_recorded_with_a_reason_and_kept(towns, officer, work, city):
    exam, address = towns, reverse("site_plan_standings", args=[towns])
    assert officer.post(address, {"standing_040203": "open"}).status_code == 422
    assert not exams.plan(exam).site_standings
    form = {
        "standing_040203": "open",
        "standing_040202": "closed",
        f"standing_{city.north_site.code}": "may",
        "reason": "校舍维修，改用备用学校",
    }
    assert officer.post(address, form).status_code == 302
    assert exams.plan(exam).site_standings == {"040203": "open", "040202": "closed"}
    assert "校舍维修" in officer.get(reverse("site_plan", args=[exam])).content.decode()
    assert run(officer, exam, work).state == "done"
    page = officer.get(reverse("site_plan_school", args=[exam, 1, 0])).content.decode()
    assert "定为不启用" in page
    found = site_plans.attempts(exam)[0].fact
    assert found.opened == 2 and found.farthest_after > 10_000


@pytest.mark.feature("X-04")
def test_the_smallest_conflict_is_named_and_a_relaxation_is_applied_by_two(towns, officer, work):
    exam = towns
    override(exam, "site_farthest_km", "5")
    officer.post(
        reverse("site_plan_standings", args=[exam]), {"standing_040202": "closed", "reason": "场地另有他用"}
    )
    job = run(officer, exam, work)
    assert job.state == "done" and "布不成" in job.outcome_zh and not site_plans.attempts(exam)
    page = officer.get(reverse("site_plan", args=[exam])).content.decode()
    assert f"{SCHOOLS[1]}45名考生5公里内没有可启用的考点" in page
    assert "最远距离放宽到" in page and "允许启用040202考点" in page and "放宽后可以布局" in page
    offered = [one["code"] for one in _told(exam).relaxations]
    number = offered.index("open_site")
    address = reverse("site_plan_relax", args=[exam, number])
    assert "可以启用 040202 考点" in officer.get(address).content.decode()
    assert officer.post(address, signed(reason="场地可以腾出", second_number="city-one")).status_code == 422
    assert officer.post(address, signed(reason="场地可以腾出")).status_code == 302
    assert exams.plan(exam).site_standings["040202"] == "may"
    assert "为什么布不成" not in officer.get(reverse("site_plan", args=[exam])).content.decode()
    assert run(officer, exam, work).state == "done"
    assert site_plans.attempts(exam)[0].fact.farthest_after <= 5_000


def test_a_relaxation_of_a_line_becomes_an_approved_override(towns, officer, work, city):
    exam = towns
    override(exam, "sites_at_most", "1")
    Room.objects.filter(site=city.north_site, number="007").delete()  # no site holds all ninety
    site_plan_views._prospect.cache_clear()  # the registers changed past the desk here
    run(officer, exam, work)
    told = _told(exam)
    assert told.conflicts[0]["code"] == "sites_short"
    number = next(at for at, one in enumerate(told.relaxations) if one["code"] == "more_sites")
    assert (
        officer.post(reverse("site_plan_relax", args=[exam, number]), signed(reason="考点不足")).status_code
        == 302
    )
    line = exams.plan(exam).overrides[-1].fact
    assert (line.line, line.value, line.approved_by) == ("sites_at_most", "2", "city-two")
    assert run(officer, exam, work).state == "done" and site_plans.attempts(exam)


def _told(exam):
    return site_plan_views.explanation_of(exam, works.problem_of(exam))


def test_a_table_of_ways_overrides_straight_lines_or_is_refused_with_every_fault(towns, officer, work):
    exam, address = towns, reverse("site_plan_roads", args=[towns])

    def send(rows):
        file = io.BytesIO("\n".join(["学校名称,考点代码,里程_公里,时间_分钟", *rows]).encode("utf-8-sig"))
        file.name = "里程.csv"
        return officer.post(address, {"file": file})

    faulty = send([f"{SCHOOLS[0]},049999,3,", "无此学校,040202,3,", f"{SCHOOLS[1]},040202,,"])
    page = faulty.content.decode()
    assert faulty.status_code == 422 and exams.plan(exam).roads is None
    assert "“049999”不存在" in page and "“无此学校”不存在" in page and "里程和时间都没有填" in page
    # A broken bridge: the second school's own site is an hour away.
    assert send([f"{SCHOOLS[1]},040202,,60"]).status_code == 302
    assert exams.plan(exam).roads.rows == 1
    run(officer, exam, work)
    assert site_plans.attempts(exam)[0].fact.farthest_after == pytest.approx(12_000, abs=200)


def test_schools_without_coordinates_are_flagged_and_nobody_is_dropped(with_roster, officer, work):
    page = officer.get(reverse("site_plan", args=[with_roster])).content.decode()
    assert "2 所学校、2 个考点没有坐标" in page
    assert run(officer, with_roster, work).state == "done"
    page = officer.get(reverse("site_plan_result", args=[with_roster, 1])).content.decode()
    assert "2 所没有坐标" in page and site_plans.attempts(with_roster)[0].fact.candidates == 90


def test_every_attempt_stays_and_another_needs_a_reason(towns, officer, work):
    run(officer, towns, work)
    assert "须写明理由" in officer.post(reverse("site_plan_run", args=[towns])).content.decode()
    run(officer, towns, work, reason="改了机动座位")
    assert [(one.fact.attempt, one.fact.reason) for one in site_plans.attempts(towns)] == [
        (1, ""),
        (2, "改了机动座位"),
    ]
    late = officer.post(reverse("site_plan_adopt", args=[towns, 1]), signed(seed=SEED, seed_again=SEED))
    assert late.status_code == 422 and "不是最近一次" in late.content.decode()


def test_a_new_roster_ends_the_plan_and_sealed_seats_keep_it(towns, officer, work):
    from tests.web.office.conftest import roster_file

    from kaowu.web.works import roster

    exam = towns
    run(officer, exam, work)
    officer.post(reverse("site_plan_adopt", args=[exam, 1]), signed(seed=SEED, seed_again=SEED))
    content = roster_file(80)
    found = roster.check_upload(exam, content, "新名册.csv").check
    roster.take_roster(exam, found, content, "新名册.csv", Actor("maker", "city_officer"))
    assert exams.plan(exam).sites_opened is None
    run(officer, exam, work)
    officer.post(reverse("site_plan_adopt", args=[exam, 2]), signed(seed=SEED, seed_again=SEED))
    seats.seal(seats.arrange(exam, bytes(range(32))), Actor("maker", "city_officer"))
    assert run(officer, exam, work, reason="封存之后").state == "failed"
    assert exams.plan(exam).sites_opened.attempt == 2


def test_problem_and_solution_let_anybody_judge_and_the_workbook_carries_its_mark(towns, officer, work):
    from kaowu.engines.allocation.opening import OpeningPlan, OpeningProblem, verify

    run(officer, towns, work)
    files = {
        name: officer.get(reverse("site_plan_file", args=[towns, 1, name])).content
        for name in ("problem.json", "solution.json")
    }
    assert (
        verify(
            OpeningProblem.from_bytes(files["problem.json"]), OpeningPlan.from_bytes(files["solution.json"])
        )
        == []
    )
    assert "R00001" not in files["solution.json"].decode()
    assert json.loads(files["solution.json"])["opened"]
    export = reverse("site_plan_export", args=[towns, 1])
    assert officer.post(export, {"reason": ""}).status_code == 422
    book = openpyxl.load_workbook(io.BytesIO(officer.post(export, {"reason": "上会研究"}).content))
    rows = list(book.active.iter_rows(values_only=True))
    assert "上会研究" in rows[1][0] and rows[3][:3] == ("市中区", SCHOOLS[0], "45")
    assert AccessLog.objects.filter(outcome="exported", reason="上会研究").exists()


VIEWS = [
    ("site_plan", (), "get"),
    ("site_plan_result", (1,), "get"),
    ("site_plan_school", (1, 0), "get"),
    ("site_advice", (), "get"),
    ("occupancy", (), "get"),
]
ACTS = [
    ("site_plan_run", (), {}),
    ("site_plan_standings", (), {"standing_040203": "open", "reason": "试一试看"}),
    ("site_plan_roads", (), {}),
    ("site_plan_adopt", (1,), signed(seed=SEED, seed_again=SEED)),
]


@pytest.mark.parametrize(("view", "more", "method"), VIEWS)
def test_pages_open_for_those_concerned_and_for_nobody_else(
    towns, officer, work, as_post, view, more, method
):
    run(officer, towns, work)
    address = reverse(view, args=[towns, *more])
    assert Client().get(address).status_code == 302
    assert as_post("chief_invigilator").get(address).status_code == 403
    assert as_post("system_administrator").get(address).status_code == 403
    assert as_post("county_officer").get(address).status_code == 200
    assert as_post("auditor").get(address).status_code == 200


@pytest.mark.parametrize(("view", "more", "form"), ACTS)
def test_only_whoever_answers_for_the_whole_exam_acts(towns, officer, work, as_post, view, more, form):
    run(officer, towns, work)
    address = reverse(view, args=[towns, *more])
    for post in ("county_officer", "site_chief", "auditor"):
        assert as_post(post).post(address, form).status_code == 403, post
    assert officer.get(address).status_code == 405
    plan = exams.plan(towns)
    assert not plan.site_standings and plan.sites_opened is None and Job.objects.count() == 1


def test_a_county_sees_its_own_schools_and_a_site_those_that_come_to_it(towns, officer, work, as_post, city):
    run(officer, towns, work)
    address = reverse("site_plan_result", args=[towns, 1])
    north = as_post("county_officer").get(address).content.decode()
    assert SCHOOLS[0] in north and SCHOOLS[1] in north
    south = as_post("county_officer", number="south", organisation=city.south)
    text = south.get(address).content.decode()
    assert SCHOOLS[0] not in text.split('id="main"')[1] and "040202" not in text.split('id="main"')[1]
    assert south.get(reverse("site_plan_school", args=[towns, 1, 0])).status_code == 404
    chief = as_post("site_chief").get(address).content.decode()
    assert f">{SCHOOLS[0]}</a>" in chief and f">{SCHOOLS[1]}</a>" not in chief
    assert (
        as_post("site_chief", number="chief-two")
        .get(reverse("site_plan_file", args=[towns, 1, "problem.json"]))
        .status_code
        == 403
    )

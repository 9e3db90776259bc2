"""The draw of people in the browser: needs, shortage, ceremony, wall; who may do what, and where."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.urls import reverse
from tests.web.conftest import PASSWORD

from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import SENT, DrawKey
from kaowu.store.models import AccessLog, DutyRow, Job, Organisation, Person, School
from kaowu.store.queries import draws as draw_states
from kaowu.store.queries import duties
from kaowu.web.works import draws, exam_setup

TOOL = Path(__file__).parents[3] / "tools" / "verify_draw.py"
THROWS = "36142516342516342516342516342516342516342516342516342"  # 137 bits
LINES = {
    "patrols_per_site": "0",
    "resident_inspectors_per_site": "0",
    "screeners_per_lane": "0",
    "special_room_more": "0",
    "draw_interval": "per_exam",
}
SITE = "040201"
ROOMS = f"rooms/{SITE}"
PAIR = (Actor("city-one", "city_officer"), Actor("city-two", "city_officer"))


@pytest.fixture
def ready(sealed, city):
    """Sealed seats at one site, lines that ask for little, and nobody to do it yet."""
    first, second = Actor("maker", "city_officer"), Actor("other", "city_officer")
    for line, value in LINES.items():
        exam_setup.override_line(sealed, line, value, "本次考试规模小", first, second)
    return sealed


@pytest.fixture
def staffed(ready, city):
    """The same with twenty teachers of four schools of the neighbouring county."""
    add_people(city.south, 20)
    return ready


def add_people(county: Organisation, count: int) -> None:
    schools = [
        School.objects.create(code=f"04039{n}", name=f"薛城区第{n}中学", organisation=county)
        for n in range(4)
    ]
    Person.objects.bulk_create(
        Person(
            number=f"T{n:03d}", name=f"秦观{n}", sex=("male", "female")[n % 2], organisation=county,
            school=schools[n % 4], certified=True, years_invigilating=3, intended_post="监考员",
        )
        for n in range(count)
    )  # fmt: skip


@pytest.fixture
def officer(as_post, account):
    client = as_post("city_officer", number="city-one")
    account("city_officer", "city-two")
    return client


SIGNED = {"own_password": PASSWORD, "second_number": "city-two", "second_password": PASSWORD}
HAND = {"method": "dice", "digits": THROWS, "digits_again": THROWS, "witness": "邵安和 市人大代表"}


def step(client, exam, name, draw="sent", **form):
    return client.post(reverse(f"lots_{name}", args=[exam, draw]), form)


def text_of(client, name, *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.feature("STF-28")
def test_the_shortage_list_stands_before_the_draw_and_a_relaxation_is_one_click_of_two(ready, city, officer):
    add_people(city.south, 9)  # three rooms need six, one of four rooms' video, and a tenth in reserve
    Person.objects.filter(number__in=["T000", "T001", "T002", "T003", "T004"]).update(years_invigilating=1)
    Person.objects.filter(number__in=["T005", "T006"]).update(years_invigilating=0)
    shown = text_of(officer, "staffing", ready)
    assert "人员不足" in shown and "主监考需" in shown and "chief_invigilator" not in shown
    assert "主监考监考年限不少于 = 0 年" in shown
    refused = step(officer, ready, "commit", **SIGNED)
    assert refused.status_code == 422 and "主监考" in refused.content.decode()
    assert not draw_states.draw(ready, SENT).attempts

    number = next(
        n
        for n in range(9)
        if "主监考监考年限" in officer.get(reverse("staffing_relax", args=[ready, n])).content.decode()
    )
    address = reverse("staffing_relax", args=[ready, number])
    assert officer.post(address, {**SIGNED, "reason": "人", "second_password": "x"}).status_code == 422
    assert officer.post(address, {**SIGNED, "reason": "本区监考员以新人为主"}).status_code == 302
    assert "各岗位人数足够" in text_of(officer, "staffing", ready)


@pytest.mark.feature("STF-03", "STF-07")
def test_two_levels_are_drawn_before_witnesses_sealed_and_published(staffed, officer, work, tmp_path):
    exam = staffed
    assert step(officer, exam, "commit", **SIGNED).status_code == 302
    differs = step(officer, exam, "give", **HAND | {"digits_again": THROWS[:-1] + "1"})
    assert differs.status_code == 422 and "第 53 个两次录得不同：先录 2，后录 1" in differs.content.decode()
    assert step(officer, exam, "draw", **SIGNED).status_code == 422, "without chance nothing is drawn"
    assert step(officer, exam, "give", **HAND).status_code == 302
    assert THROWS not in text_of(officer, "lots", exam, "sent")
    assert step(officer, exam, "draw", **SIGNED).status_code == 302
    assert step(officer, exam, "draw", **SIGNED).status_code == 302
    assert Job.objects.filter(work="lots.draw").count() == 1, "a draw that runs is not started twice"
    assert work().state == "done"
    assert not DutyRow.objects.exists(), "drawn is not in force"
    wall = text_of(officer, "lots_projector_live", exam, "sent")
    assert "独立校验通过" in wall and "T0" not in wall
    assert step(officer, exam, "seal", **SIGNED).status_code == 302
    sent = duties.sent_to(exam, SITE)
    assert sent and len(sent) == DutyRow.objects.count()

    assert step(officer, exam, "commit", draw=ROOMS, **SIGNED).status_code == 302
    step(officer, exam, "give", draw=ROOMS, **HAND)
    step(officer, exam, "draw", draw=ROOMS, **SIGNED)
    assert work().state == "done"
    step(officer, exam, "seal", draw=ROOMS, **SIGNED)
    rows = duties.of_site(exam, SITE)
    assert {row.person for row in rows} <= set(sent)
    for sitting in ("01", "02"):
        people = [row.person for row in rows if row.sitting == sitting]
        assert len(people) == len(set(people)), "nobody is in two places"

    published = step(officer, exam, "publish", draw=ROOMS, **SIGNED)
    assert published.status_code == 422 and "末科" in text_of(officer, "lots", exam, ROOMS)
    for name in ("problem.json", "ceremony.json", "plan.json"):
        assert officer.get(reverse("lots_file", args=[exam, 1, name, ROOMS])).status_code == 404
    assert step(officer, exam, "publish", draw=ROOMS, **SIGNED, reason="招考委决定公开").status_code == 302
    for name in ("problem.json", "ceremony.json", "plan.json"):
        answer = officer.get(reverse("lots_file", args=[exam, 1, name, ROOMS]))
        (tmp_path / name).write_bytes(answer.content)
    files = [tmp_path / name for name in ("problem.json", "ceremony.json", "plan.json")]
    assert subprocess.run([sys.executable, "-I", TOOL, *files], check=False).returncode == 0
    ceremony = json.loads(files[1].read_text())
    assert [hand["digits"] for hand in ceremony["hands"]] == [THROWS]


def test_another_attempt_needs_a_reason_and_a_second_person_and_all_stay_in_the_ledger(
    staffed, officer, work
):
    exam = staffed
    step(officer, exam, "commit", **SIGNED)
    step(officer, exam, "give", **HAND)
    step(officer, exam, "draw", **SIGNED)
    work()
    assert step(officer, exam, "commit", **SIGNED).status_code == 422
    alone = SIGNED | {"second_number": "city-one"}
    assert step(officer, exam, "commit", **alone, reason="漏报三人").status_code == 422
    assert step(officer, exam, "commit", **SIGNED, reason="漏报三人").status_code == 302
    assert [a.number for a in draw_states.draw(exam, SENT).attempts.values()] == [1, 2]
    shown = text_of(officer, "lots", exam, "sent")
    assert "漏报三人" in shown and "已抽签，未封存" in shown and "进行中" in shown
    assert step(officer, exam, "seal", **SIGNED).status_code == 422, "the first is no longer to be sealed"


def test_a_draw_from_which_nothing_comes_is_on_record_with_its_reason(staffed, officer, work, monkeypatch):
    from kaowu.basics.errors import Refused, Sentence

    def nothing(*given, **more):
        raise Refused("draw_not_found", Sentence("未找到满足全部规则的抽法", "no draw was found"))

    monkeypatch.setattr(draws, "solve", nothing)
    step(officer, staffed, "commit", **SIGNED)
    step(officer, staffed, "give", **HAND)
    step(officer, staffed, "draw", **SIGNED)
    assert work().state == "failed"
    assert draw_states.draw(staffed, SENT).latest.failed.code == "draw_not_found"
    shown = text_of(officer, "lots", staffed, "sent")
    assert "未找到满足全部规则的抽法" in shown and "第 1 次抽签未成" in shown


def test_a_cancelled_draw_leaves_the_attempt_open(staffed, officer, work, monkeypatch):
    from kaowu.web import jobs

    step(officer, staffed, "commit", **SIGNED)
    step(officer, staffed, "give", **HAND)
    step(officer, staffed, "draw", **SIGNED)
    jobs.cancel(Job.objects.get(work="lots.draw"), by="周望川")
    latest = draw_states.draw(staffed, SENT).latest
    assert not latest.ended and Job.objects.get(work="lots.draw").state == "cancelled"
    assert step(officer, staffed, "draw", **SIGNED).status_code == 302
    assert work().state == "done"


def test_the_sealed_file_holds_everything_and_its_opening_is_logged(staffed, officer, as_post):
    draws.draw_and_seal(staffed, SENT, PAIR, THROWS)
    address = reverse("lots_file", args=[staffed, 1, "sealed.zip", "sent"])
    answer = officer.get(address)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert {"problem.json", "plan.json", "ceremony.json", "record.json"} <= set(archive.namelist())
    assert json.loads(archive.read("ceremony.json"))["hands"][0]["digits"] == THROWS
    assert AccessLog.objects.filter(outcome="revealed", subject__endswith="sealed.zip").count() == 1
    auditor = as_post("auditor")
    assert auditor.get(address).status_code == 404
    slip = auditor.get(reverse("lots_file", args=[staffed, 1, "commitment.txt", "sent"]))
    root = draw_states.draw(staffed, SENT).latest.committed.root.hex()
    assert root in slip.content.decode()
    minutes = officer.get(reverse("lots_file", args=[staffed, 1, "minutes.pdf", "sent"]))
    assert minutes.content.startswith(b"%PDF")


VIEWS = ("lots", "lots_projector", "lots_projector_live")
ACTS = ("commit", "give", "draw", "seal", "publish")


@pytest.mark.feature("GOV-06")
@pytest.mark.parametrize(
    ("post", "where", "draw", "sees", "holds"),
    [
        ("city_officer", "", "sent", True, True),
        ("city_officer", "", ROOMS, True, True),
        ("county_officer", "north", "sent", False, False),  # the exam is the city's
        ("county_officer", "north", ROOMS, True, True),
        ("county_officer", "south", ROOMS, False, False),
        ("site_chief", "north_site", "sent", False, False),  # nobody appoints their own staff
        ("site_chief", "north_site", ROOMS, True, True),
        ("site_chief", "south_site", ROOMS, False, False),
        ("deputy_site_chief", "north_site", ROOMS, True, True),
        ("auditor", "", "sent", True, False),
        ("auditor", "", ROOMS, True, False),
        ("chief_invigilator", "north_site", ROOMS, False, False),
        ("patrol", "north_site", ROOMS, False, False),
        ("vault_keeper", "north_site", ROOMS, False, False),
        ("system_administrator", "", "sent", False, False),
        ("audit_administrator", "", "sent", False, False),
    ],
)
def test_who_sees_and_holds_which_draw(staffed, city, as_post, post, where, draw, sees, holds):
    place = getattr(city, where) if where else None
    organisation = getattr(place, "organisation", place)
    draws.draw_and_seal(staffed, SENT, PAIR, THROWS)
    client = as_post(post, number="somebody", **({"organisation": organisation} if organisation else {}))
    for view in VIEWS:
        assert client.get(reverse(view, args=[staffed, draw])).status_code == (200 if sees else 403), view
    slip = client.get(reverse("lots_file", args=[staffed, 1, "commitment.txt", "sent"]))
    assert slip.status_code == (200 if sees and draw == "sent" else slip.status_code)
    for act in ACTS:
        answer = client.post(reverse(f"lots_{act}", args=[staffed, draw]), {})
        assert answer.status_code == (422 if holds else 403), act
    assert len(draw_states.draw(staffed, SENT).attempts) == 1
    assert not draw_states.draw(staffed, DrawKey("rooms", SITE)).attempts


@pytest.mark.parametrize(
    ("post", "where", "overview", "own", "foreign"),
    [
        ("city_officer", "", 200, 200, 404),
        ("county_officer", "north", 200, 200, 403),
        ("site_chief", "north_site", 200, 200, 403),
        ("site_chief", "south_site", 200, 403, 404),
        ("auditor", "", 200, 200, 404),
        ("chief_invigilator", "north_site", 403, 403, 403),
        ("screener", "north_site", 403, 403, 403),
    ],
)
def test_who_sees_the_needs_of_which_site(staffed, city, as_post, post, where, overview, own, foreign):
    place = getattr(city, where) if where else None
    organisation = getattr(place, "organisation", place)
    client = as_post(post, number="somebody", **({"organisation": organisation} if organisation else {}))
    assert client.get(reverse("staffing", args=[staffed])).status_code == overview
    assert client.get(reverse("staffing_left_out", args=[staffed])).status_code == overview
    assert client.get(reverse("staffing_site", args=[staffed, SITE])).status_code == own
    assert client.get(reverse("staffing_site", args=[staffed, "040301"])).status_code == foreign


def test_only_those_who_approve_profile_lines_relax_a_rule(staffed, as_post):
    address = reverse("staffing_relax", args=[staffed, 0])
    assert as_post("county_officer").get(address).status_code == 403
    assert as_post("site_chief").get(address).status_code == 403
    assert as_post("city_officer").get(address).status_code == 404, "nothing is short, so nothing is offered"


@pytest.mark.parametrize("second", ["chief_invigilator", "screener", "security_administrator"])
def test_the_second_person_must_be_entitled_to_witness(staffed, officer, account, second):
    account(second, "second")
    answer = step(officer, staffed, "commit", **SIGNED | {"second_number": "second"})
    assert answer.status_code == 422 and not draw_states.draw(staffed, SENT).attempts


def test_an_auditor_may_witness(staffed, officer, account):
    account("auditor", "second")
    assert step(officer, staffed, "commit", **SIGNED | {"second_number": "second"}).status_code == 302
    [attempt] = draw_states.steps(staffed, SENT)
    assert [(actor.account, actor.post) for actor in attempt.actors] == [
        ("city-one", "city_officer"),
        ("second", "auditor"),
    ]


@pytest.mark.feature("STF-04")
def test_who_is_left_out_is_named_with_the_reason(staffed, officer, city):
    from kaowu.store.models import Candidate

    phone = "13600001234"
    candidate = Candidate.objects.filter(exam_id=staffed).first()
    candidate.phone = phone
    candidate.save()
    changes = {
        "T000": {"relative_in_exam": True},
        "T001": {"relative_candidate_number": candidate.number},
        "T002": {"phone": phone},
        "T003": {"breach_on": "2026-03-01"},
        "T004": {"certified": False},
        "T005": {"intended_post": "医护人员"},
        "T006": {"school": School.objects.create(code="049", name="市中区第二中学", organisation=city.north)},
        "T007": {"school": city.north_site.school},
    }
    for number, values in changes.items():
        person = Person.objects.get(number=number)
        for name, value in values.items():
            setattr(person, name, value)
        person.save()
    shown = text_of(officer, "staffing_left_out", staffed)
    for words in (
        "申报有亲属参加本次考试",
        "登记的亲属考生号在名册上",
        "与考生登记的联系电话相同",
        "处于停止参与考试工作期内",
        "考试当日没有有效监考证",
        "拟任岗位不由抽签产生",
        "多数考场须回避",
        "考点都设在本校",
    ):
        assert words in shown, words
    assert phone not in shown
    draws.draw_and_seal(staffed, SENT, PAIR, THROWS)
    drawn = set(duties.sent_to(staffed, SITE))
    assert not drawn & {"T000", "T001", "T002", "T003", "T005", "T007"}


@pytest.mark.feature("STF-05", "STF-16")
def test_rooms_and_partners_of_earlier_exams_count_and_every_room_has_somebody_experienced(staffed, officer):
    from kaowu.store.models import Exam

    Person.objects.filter(number__in=[f"T{n:03d}" for n in range(10)]).update(years_invigilating=0)
    before = Exam.objects.create(
        code="earlier", name="上次考试", profile="gaokao",
        organisation=Exam.objects.get(pk=staffed).organisation, starts_at=1,
    )  # fmt: skip
    rows = [("001", "T010"), ("001", "T000"), ("002", "T011"), ("002", "T001")]
    DutyRow.objects.bulk_create(
        DutyRow(
            exam=before, draw=ROOMS, sitting="01", site=SITE, room=room, post="chief_invigilator", person=person,
            since="00000000-0000-0000-0000-000000000000",
        )
        for room, person in rows
    )  # fmt: skip
    draws.draw_and_seal(staffed, SENT, PAIR, THROWS)
    draws.draw_and_seal(staffed, DrawKey("rooms", SITE), PAIR, THROWS)
    found = duties.of_site(staffed, SITE)
    assert not {(row.room, row.person) for row in found} & set(rows), "no room comes again"
    teams = {}
    for row in found:
        if row.room:
            teams.setdefault((row.sitting, row.room), set()).add(row.person)
    pairs = [frozenset(team) for team in teams.values()]
    assert frozenset(("T010", "T000")) not in pairs and frozenset(("T011", "T001")) not in pairs
    assert len(set(pairs)) == len(pairs), "and no pair within this exam"
    experienced = dict(Person.objects.values_list("number", "years_invigilating"))
    assert all(max(experienced[person] for person in team) >= 2 for team in pairs)


def test_a_draw_that_this_exam_does_not_ask_for_is_not_found(staffed, officer):
    for draw in ("rooms/040201/01", "rooms/999999", "nothing", "rooms/040301/x/y"):
        assert officer.get(reverse("lots", args=[staffed, draw])).status_code == 404


def test_a_site_short_of_people_sees_it_at_its_own_draw_with_what_would_help(staffed, officer):
    """Sent enough, then two fall out: the page of the rooms says so before anything is committed."""
    draws.draw_and_seal(staffed, SENT, PAIR, THROWS)
    sent = duties.sent_to(staffed, SITE)
    Person.objects.filter(number__in=sent[:3]).update(in_service=False)
    assert "派遣之后座位或人员有变" in text_of(officer, "staffing", staffed), "the city sees it, too"
    shown = text_of(officer, "lots", staffed, ROOMS)
    assert "缺" in shown and "备用监考员占比 = 0 %" in shown and "锁定题目</button>" not in shown
    address = next(
        part.split('"')[0] for part in shown.split('href="') if "/relax/" in part and "draw=" in part
    )
    answer = officer.post(address.replace("&amp;", "&"), {**SIGNED, "reason": "三人病假，减少备用"})
    assert answer.status_code == 302 and answer["Location"].endswith(f"/lots/{ROOMS}/")


def test_the_sittings_of_a_day_are_drawn_together_where_the_profile_says_so(staffed, officer):
    from kaowu.web.works import duty_lists

    first, second = Actor("maker", "city_officer"), Actor("other", "city_officer")
    exam_setup.override_line(staffed, "draw_interval", "per_day", "每日一抽签", first, second)
    draws.draw_and_seal(staffed, SENT, PAIR, THROWS)
    [key] = draws.keys_of_site(staffed, SITE)
    assert str(key) == f"{ROOMS}/01"
    draws.draw_and_seal(staffed, key, PAIR, THROWS)
    assert {row.sitting for row in duties.of_site(staffed, SITE)} == {"01", "02"}
    assert duty_lists.in_force(staffed, SITE, "02").key == key, "the afternoon stands on the morning's draw"


def test_people_are_not_sent_anew_once_rooms_are_drawn(staffed, officer):
    draws.draw_and_seal(staffed, SENT, PAIR, THROWS)
    assert step(officer, staffed, "commit", **SIGNED, reason="名单有变").status_code == 302
    draws.draw_and_seal(staffed, DrawKey("rooms", SITE), PAIR, THROWS)
    answer = step(officer, staffed, "commit", **SIGNED, reason="名单又变")
    assert answer.status_code == 422 and "已有考点抽了考场" in answer.content.decode()


def test_a_morning_drawn_again_keeps_clear_of_the_afternoon_that_stands(staffed, officer):
    first, second = Actor("maker", "city_officer"), Actor("other", "city_officer")
    exam_setup.override_line(staffed, "draw_interval", "per_subject", "一科一抽签", first, second)
    draws.draw_and_seal(staffed, SENT, PAIR, THROWS)
    morning, afternoon = draws.keys_of_site(staffed, SITE)
    for key in (morning, afternoon):
        draws.draw_and_seal(staffed, key, PAIR, THROWS)
    problem = draws.prepared(staffed, morning).problem
    later = [row for row in duties.of_site(staffed, SITE) if row.sitting == "02" and row.room]
    rooms = {person.id: set(person.former_rooms) for person in problem.people}
    assert all(f"{SITE}/{row.room}" in rooms[row.person] for row in later)
    assert all(person.duties == 0 and person.busy_until == -1 for person in problem.people)

"""What past exams suggest for each site, and how rooms and seats of a sealed plan are used."""

import io
import json

import openpyxl
import pytest
from django.urls import reverse
from tests.web.office.conftest import DESCRIPTION, EXAM, roster_file

from kaowu.basics.clock import minutes_after
from kaowu.basics.ids import new_fact_id
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.loop.duty import Intent
from kaowu.store.models import RoomSitting, SeatRow
from kaowu.store.queries import exams
from kaowu.web.counter import counter
from kaowu.web.works import exam_setup, roster

NEXT = "gk2028"


@pytest.fixture
def past(sealed, city):
    """The exam of 2027 was held: in its first sitting two came late, three not at all."""
    sitting = exams.sittings(EXAM)[0]
    for number, seat in enumerate(SeatRow.objects.order_by("site", "room", "seat")[:40]):
        ticket = seat.admission_number
        fact = CandidateAbsent(admission_number=ticket)
        if number >= 3:
            fact = CandidateAdmitted(admission_number=ticket, identity="matched")
        at = minutes_after(sitting.starts_at, 5 if number < 5 else -15)
        counter().submit(
            Intent(
                id=new_fact_id(at),
                fact=fact,
                exam=EXAM,
                subject=f"{sitting.id}/{seat.site}/{seat.room}",
                actors=(Actor("inv-1", "chief_invigilator"),),
                stamped_at=at,
                site=seat.site,
            )
        )
    return sealed


@pytest.fixture
def coming(past, city):
    """The exam a year later, with ninety candidates again."""
    said = json.loads(json.dumps(DESCRIPTION).replace("2027", "2028"))
    actor = Actor("maker", "city_officer")
    exam_setup.set_up(NEXT, "gaokao", city.city.code, json.dumps(said, ensure_ascii=False).encode(), actor)
    content = roster_file()
    found = roster.check_upload(NEXT, content, "名册.csv").check
    roster.take_roster(NEXT, found, content, "名册.csv", actor)
    return NEXT


@pytest.mark.feature("SITE-17")
def test_past_exams_suggest_rooms_and_staff_with_every_step_and_say_how_little_is_known(
    coming, as_post, city
):
    officer, site = as_post("city_officer"), city.north_site.code
    page = officer.get(reverse("site_advice", args=[coming])).content.decode()
    main = page.split('id="main"')[1]
    assert "近 5 年的 1 次考试" in main and "样本少" in main and f"<b>{site}</b>" in main
    steps = officer.get(reverse("site_advice_site", args=[coming, site])).content.decode()
    assert "样本少：只有1次以往考试" in steps
    used = RoomSitting.objects.filter(exam_id=EXAM, sitting="01").count()
    assert (
        "90人，每场30人，满编需3个" in steps
        and f"以往1次考试因语种、选科和尾数分场，比满编多用{used - 3}个" in steps
    )
    assert "缺考：以往40人次中3人次（7.5%，95%区间" in steps and "缺考不减考场" in steps
    assert "迟到：本考点2/37人次" in steps and "没有明显偏多" in steps
    assert "每场2人" in steps and "2027年普通高考" in steps


def test_an_exam_without_a_past_is_told_so_and_its_own_day_is_no_past(past, as_post):
    page = as_post("city_officer").get(reverse("site_advice", args=[EXAM])).content.decode()
    assert "没有以往考试的记录" in page and "没有以往记录" in page


def test_a_site_sees_only_itself(coming, as_post, city):
    chief = as_post("site_chief")
    page = chief.get(reverse("site_advice", args=[coming])).content.decode().split('id="main"')[1]
    assert city.north_site.code in page and city.south_site.code not in page
    assert chief.get(reverse("site_advice_site", args=[coming, city.south_site.code])).status_code == 403
    assert as_post("screener").get(reverse("site_advice", args=[coming])).status_code == 403


@pytest.mark.feature("SITE-14")
def test_rooms_and_seats_are_counted_by_sitting_and_site_and_leave_as_a_workbook(sealed, as_post, city):
    officer = as_post("city_officer")
    text = officer.get(reverse("occupancy", args=[sealed])).content.decode()
    rows = list(RoomSitting.objects.filter(exam_id=sealed, expected__gt=0))
    entries = sum(row.expected for row in rows)
    assert entries == 180, "ninety candidates in two sittings are 180 entries"
    hundredths = (200 * entries + len(rows)) // (2 * len(rows))
    assert f"<b>{len(rows)}</b>" in text and "<b>180</b>" in text
    assert f"<b>{hundredths // 100}.{hundredths % 100:02d}</b>" in text
    free = sum(30 - row.expected for row in rows)
    assert f"<b>{free}</b>" in text and "语文" in text
    done = officer.post(reverse("occupancy_export", args=[sealed]), {"reason": "年度统计上报"})
    book = openpyxl.load_workbook(io.BytesIO(done.content))
    sheet = list(book.active.iter_rows(values_only=True))
    assert "年度统计上报" in sheet[1][0]
    assert [row[0] for row in sheet[3:]] == ["01", "02"] and {row[6] for row in sheet[3:]} == {"90"}
    other = as_post("county_officer", organisation=city.south)
    assert "还没有封存" in other.get(reverse("occupancy", args=[sealed])).content.decode()


def test_before_seats_are_sealed_nothing_is_counted(with_roster, as_post):
    assert (
        "还没有封存" in as_post("city_officer").get(reverse("occupancy", args=[with_roster])).content.decode()
    )

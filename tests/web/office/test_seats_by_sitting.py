"""3+1+2 from profile to paper: a room and a seat for each elective; papers A and B; a flood between two sittings."""

import io
import json

import openpyxl
import pypdfium2
import pytest
from django.db.models import Sum
from django.urls import reverse
from tests.web.conftest import PASSWORD
from tests.web.office.conftest import DESCRIPTION, EXAM, HEADER, open_journal, row

from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import RoomSittingKey
from kaowu.reports import print_pack
from kaowu.store import played_clock
from kaowu.store.models import Candidate, Room, RoomSitting, SeatRow
from kaowu.store.queries import exams, seat_plans
from kaowu.store.queries.room_state import room_state
from kaowu.web.works import seat_views

CITY, SECOND = Actor("maker", "city_officer"), Actor("second", "city_officer")
ELECTIVES = ("物理、化学", "历史、化学", "物理", "历史")
SUBJECTS = ("语文", "物理", "历史", "化学")
SAID = DESCRIPTION | {
    "subjects": [{"code": "", "name": name, "aliases": []} for name in SUBJECTS],
    "subject_rule": {"required": ["语文"], "groups": []},
    "timetable": [
        {"subject": "语文", "date": "2027-06-07", "start": "09:00", "end": "11:30"},
        {"subject": "物理|历史", "date": "2027-06-08", "start": "09:00", "end": "10:15"},
        {"subject": "化学", "date": "2027-06-09", "start": "08:30", "end": "09:45"},
    ],
}


@pytest.fixture
def officer(as_post, account):
    client = as_post("city_officer", number="city-one")
    account("city_officer", "city-two")
    return client


def roster():
    lines = [HEADER]
    for number in range(60):
        one = row(number)
        one[5] = f"语文、{ELECTIVES[number % 4]}"
        lines.append(one)
    return "\n".join(",".join(line) for line in lines).encode("utf-8-sig")


def prepared(city, rooms=range(2, 12), **lines):
    """The exam with its profile lines overridden, its roster taken and its seats sealed."""
    from kaowu.web.works import exam_setup, seats
    from kaowu.web.works import roster as rosters

    open_journal()
    for number in rooms:
        Room.objects.create(
            site=city.north_site, number=f"{number:03d}", building="明德楼", capacity=30, columns="7-8-8-7"
        )
    exam_setup.set_up(EXAM, "gaokao", city.city.code, json.dumps(SAID, ensure_ascii=False).encode(), CITY)
    for line, value in {"remainder_rule": "last_room", **lines}.items():
        exam_setup.override_line(EXAM, line, value, "本场安排", CITY, SECOND)
    found = rosters.check_upload(EXAM, roster(), "名册.csv").check
    assert not found.rejected, [one.sentence.zh for one in found.issues][:3]
    rosters.take_roster(EXAM, found, roster(), "名册.csv", CITY)
    seats.seal(seats.arrange(EXAM, bytes(range(32))), CITY)
    return EXAM


def text_of(pdf):
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.feature("SITE-14")
def test_each_elective_has_its_own_room_and_seat_on_pages_lists_and_tickets(city, officer):
    exam = prepared(city, seat_per_sitting="electives")
    one = Candidate.objects.filter(subjects__contains="化学").first()
    held = {row.sitting: row for row in SeatRow.objects.filter(candidate=one)}
    assert set(held) == {"01", "02", "03"} and len({row.admission_number for row in held.values()}) == 1
    assert SeatRow.objects.filter(sitting="03").count() == 30, "only those who take it"
    expected = dict(RoomSitting.objects.values_list("sitting").annotate(Sum("expected")).order_by("sitting"))
    assert expected == {"01": 60, "02": 60, "03": 30}
    for sitting, row_ in held.items():
        state = room_state(exam, RoomSittingKey(sitting, row_.site, row_.room))
        assert state.seats[row_.admission_number].seat_number == row_.seat
    site = city.north_site.code
    page = officer.get(reverse("seats_room", args=[exam, site, held["03"].room]) + "?seating=03")
    assert page.status_code == 200 and "化学" in page.content.decode()
    overview = officer.get(reverse("seats", args=[exam])).content.decode()
    assert overview.count("<b>60</b>") == 2, "sixty on the roster, sixty seated, however often"
    from kaowu.web.works.papers import site_contents

    contents = site_contents(exam, site)
    [ticket] = [each for each in contents.tickets if each.candidate_number == one.number]
    assert [(x.sitting.sitting_id, x.room_number, x.seat_number) for x in ticket.sittings] == [
        (sitting, held[sitting].room, held[sitting].seat) for sitting in ("01", "02", "03")
    ]
    assert len(contents.tickets) == 60, "one ticket for all sittings"
    labelled = [(room.room.number, room.seating) for room in print_pack._fullest(contents.rooms)]
    assert len(labelled) == len(set(labelled)) and {seating for _, seating in labelled} == {"01", "02", "03"}
    room = next(
        each
        for each in contents.rooms
        if each.room.number == held["03"].room and each.sitting.sitting_id == "03"
    )
    assert one.number in {seat.candidate_number for seat in room.seats}
    assert sum(len(each.seats) for each in contents.rooms if each.sitting.sitting_id == "03") == 30


@pytest.mark.feature("SITE-14")
def test_papers_a_and_b_lie_by_seat_and_every_packet_says_how_many_of_each(city, officer):
    exam = prepared(city, paper_forms="seat_parity")
    site = city.north_site.code
    from kaowu.web.works.papers import site_contents

    contents = site_contents(exam, site)
    room = contents.rooms[0]
    assert {seat.paper for seat in room.seats if int(seat.seat_number) % 2} == {"A"}
    assert {seat.paper for seat in room.seats if int(seat.seat_number) % 2 == 0} == {"B"}
    odd = sum(int(seat.seat_number) % 2 for seat in room.seats)
    assert contents.packets[0].make_up == f"A{odd} B{len(room.seats) - odd} 备1"
    address = reverse("papers_room", args=[exam, site, room.room.number])
    for document, words in (("seat-labels", "A 卷"), ("door-list", "试卷"), ("check-list", "B卷")):
        pdf = officer.post(address, {"document": document, "sitting": "01"})
        assert words in text_of(pdf.content).replace("\u00a0", " "), document
    page = officer.get(
        reverse("seats_room", args=[exam, site, room.room.number]) + "?by=paper"
    ).content.decode()
    assert f"A {odd}" in page.replace("</span>", " ") and "A、B 卷" in page


@pytest.fixture
def second_day():
    """The exam's own clock stands an hour before the second sitting."""
    from datetime import datetime

    from kaowu.basics.clock import instant

    played_clock.play(EXAM, instant(datetime(2027, 6, 8, 8, 0)), 0)
    yield
    played_clock.stop(EXAM)


@pytest.mark.feature("SITE-14")
def test_a_room_flooded_before_the_second_sitting_moves_its_people_and_leaves_the_first_as_it_was(
    city, officer, work, second_day
):
    exam = prepared_before(city)
    site = city.north_site.code
    room = SeatRow.objects.order_by("room").first().room
    inside = {one.admission_number: one.seat for one in SeatRow.objects.filter(room=room)}
    RoomSitting.objects.filter(room=room, sitting="01").update(entered=len(inside), changed_at=1)
    officer.post(reverse("seats_late_edit", args=[exam]), {"act": "close", "site": site, "rooms": room})
    officer.post(reverse("seats_late_propose", args=[exam]))
    job = work()
    assert job.state == "done", job.outcome_zh
    signed = {
        "reason": "考前一小时进水", "own_password": PASSWORD, "second_number": "city-two", "second_password": PASSWORD,
    }  # fmt: skip
    assert officer.post(job.result_url, signed).status_code == 302
    before = room_state(exam, RoomSittingKey("01", site, room))
    assert {ticket: seat.seat_number for ticket, seat in before.seats.items()} == inside
    assert room_state(exam, RoomSittingKey("02", site, room)) is None
    moved = {one.admission_number for one in SeatRow.objects.filter(sitting="02,03")}
    assert moved == set(inside), "only who moves has a seat of its own for the sittings to come"
    assert RoomSitting.objects.get(room=room, sitting="01").entered == len(inside)
    [change] = seat_plans.changes(exam)
    assert change.moved == change.bound == len(inside)
    address = reverse("seats_room", args=[exam, site, SeatRow.objects.filter(sitting="02,03").first().room])
    assert len(seat_views.view_of(seat_plans.in_force(exam)).rooms[site, address.split("/")[-2]].lines) >= 1
    pages = {name: officer.get(f"{address}?seating={name}").content.decode() for name in ("02,03", "01")}
    assert "物理、历史、化学" in pages["02,03"]
    book = officer.post(reverse("seats_export", args=[exam]), {"reason": "核对座位"}).content
    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    assert sheet.max_row == 3 + 60 + len(inside), "who moved stands twice, everybody else once"
    line = {"act": "withdraw", "number": Candidate.objects.first().number}
    officer.post(reverse("seats_late_edit", args=[exam]), line)
    officer.post(reverse("seats_late_propose", args=[exam]))
    assert work().state == "failed", "who stays away once the exam has begun is absent"


def prepared_before(city):
    """Sealed before the first sitting, then the clock goes on to the second day."""
    from datetime import datetime

    from kaowu.basics.clock import instant

    played_clock.play(EXAM, instant(datetime(2027, 6, 1, 8, 0)), 0)
    exam = prepared(city)
    played_clock.play(EXAM, instant(datetime(2027, 6, 8, 8, 0)), 0)
    assert exams.plan(exam).seat_plan is not None
    return exam


@pytest.mark.feature("SITE-14")
def test_a_site_of_more_than_99_rooms_prints_tickets_under_its_second_code(city, officer):
    site = city.north_site
    site.second_code = "97"
    site.save()
    Room.objects.filter(site=site).delete()
    template = "{year:2}{site:-2}{room:2}{seat:2}"
    exam = prepared(city, range(99, 103), admission_number=template, spare_rooms_minimum="0")
    numbers = set(SeatRow.objects.values_list("admission_number", flat=True))
    first, second = f"27{site.code[-2:]}99", "279701"
    assert len(numbers) == 60 and {number[:6] for number in numbers} == {first, second}
    from kaowu.web.works.papers import site_contents

    tickets = site_contents(exam, site.code).tickets
    assert {ticket.admission_number for ticket in tickets} == numbers


def test_a_workbook_of_seats_by_sitting_says_which_sitting(city, officer):
    exam = prepared(city, seat_per_sitting="electives")
    response = officer.post(reverse("seats_export", args=[exam]), {"reason": "核对座位"})
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    assert next(cell.value for cell in sheet[3]) == "场次"
    assert sheet.max_row == 3 + 150

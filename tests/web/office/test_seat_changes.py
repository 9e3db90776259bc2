"""A sealed plan meets the world: swaps by hand, locks, a workbook, late candidates, a flooded room; always a chain."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from tests.web.conftest import PASSWORD
from tests.web.office.conftest import GIVEN, SCHOOLS, document_number

from kaowu.loop.prepare.seat_proofs import SeatProof
from kaowu.store.models import Candidate, RoomSitting, SeatRow
from kaowu.store.queries import exams, papers, seat_plans

REASON = "考点进水，临时调整"


@pytest.fixture
def officer(as_post, account):
    client = as_post("city_officer", number="city-one")
    account("city_officer", "city-two")
    return client


def signed(**more):
    return {
        "reason": REASON,
        "own_password": PASSWORD,
        "second_number": "city-two",
        "second_password": PASSWORD,
    } | more


def seats():
    return {row.candidate.number: row for row in SeatRow.objects.select_related("candidate")}


def legal_swap():
    """Two of one school in different rooms: exchanging them changes no neighbourhood."""
    rows = list(SeatRow.objects.select_related("candidate").order_by("room", "seat"))
    one = rows[0]
    other = next(r for r in rows if r.room != one.room and r.candidate.school == one.candidate.school)
    return one, other


def hand(client, exam, post=False, **asked):
    address = (
        reverse("seats_hand", args=[exam])
        + "?"
        + "&".join(f"{name}={value}" for name, value in {"show": 1, **asked}.items())
    )
    return client.post(address, signed()) if post else client.get(address)


@pytest.mark.feature("SITE-14")
def test_two_candidates_are_swapped_under_two_names_and_the_plan_before_stays(sealed, officer):
    one, other = legal_swap()
    before = exams.plan(sealed).seats_now
    asked = {"act": "swap", "one": one.candidate.number, "other": other.candidate.number}
    page = hand(officer, sealed, **asked)
    assert "独立核验没有发现不符" in page.content.decode() and exams.plan(sealed).seats_now == before
    assert hand(officer, sealed, post=True, **asked).status_code == 302
    now = seats()
    assert (now[one.candidate.number].room, now[one.candidate.number].seat) == (other.room, other.seat)
    assert now[one.candidate.number].admission_number == one.admission_number, "the number stays"
    [change] = seat_plans.changes(sealed)
    assert change.before == before == exams.plan(sealed).seat_plan.plan
    assert [actor.account for actor in change.actors] == ["city-one", "city-two"]
    text = officer.get(reverse("seats_changes", args=[sealed, 1])).content.decode()
    assert REASON in text and one.room in text
    assert "封存后的改动" in officer.get(reverse("seats", args=[sealed])).content.decode()


def test_a_swap_that_makes_neighbours_of_one_school_is_named_and_refused(sealed, officer):
    here = list(SeatRow.objects.filter(room="001").select_related("candidate").order_by("seat"))
    school = {row.seat: row.candidate.school for row in here}
    one = here[0]
    other = next(r for r in here[2:] if school[r.seat] != school[one.seat])
    asked = {"act": "swap", "one": one.candidate.number, "other": other.candidate.number}
    text = hand(officer, sealed, **asked).content.decode()
    assert "相邻，同属一组" in text and "neighbours" in text
    before = exams.plan(sealed).seats_now
    assert hand(officer, sealed, post=True, **asked).status_code == 422
    assert exams.plan(sealed).seats_now == before and not seat_plans.changes(sealed)


def test_a_taken_seat_is_no_place_to_move_to(sealed, officer):
    one, other = legal_swap()
    asked = {"act": "move", "one": one.candidate.number, "room": other.room, "seat": other.seat}
    assert "编了2人" in hand(officer, sealed, **asked).content.decode()
    assert hand(officer, sealed, post=True, **asked).status_code == 422 and not seat_plans.changes(sealed)


def test_a_locked_seat_is_moved_by_nobody_until_it_is_unlocked(sealed, officer):
    one, other = legal_swap()
    assert hand(officer, sealed, post=True, act="lock", one=one.candidate.number).status_code == 302
    assert exams.plan(sealed).locked_seats == {one.candidate.number}
    asked = {"act": "swap", "one": one.candidate.number, "other": other.candidate.number}
    assert "已锁定" in hand(officer, sealed, **asked).content.decode()
    assert hand(officer, sealed, post=True, **asked).status_code == 422
    hand(officer, sealed, post=True, act="unlock", one=one.candidate.number)
    assert hand(officer, sealed, post=True, **asked).status_code == 302
    assert len(seat_plans.changes(sealed)) == 3


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"second_number": "city-one"}, "两人"),
        ({"second_password": "x"}, "工号或密码不对"),
        ({"reason": ""}, ""),
    ],
)
def test_nothing_is_changed_without_two_persons_and_a_reason(sealed, officer, change, sentence):
    one, other = legal_swap()
    address = reverse("seats_hand", args=[sealed]) + (
        f"?show=1&act=swap&one={one.candidate.number}&other={other.candidate.number}"
    )
    response = officer.post(address, signed(**change))
    assert response.status_code == 422 and sentence in response.content.decode()
    assert not seat_plans.changes(sealed)


def exported(client, exam):
    response = client.post(reverse("seats_export", args=[exam]), {"reason": "调整座位"})
    return openpyxl.load_workbook(io.BytesIO(response.content))


def upload(client, exam, book):
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "座位编排.xlsx"
    return client.post(reverse("seats_upload", args=[exam]), {"file": file})


@pytest.mark.feature("SITE-14")
def test_the_plan_leaves_as_a_workbook_and_comes_back_with_its_differences_judged(sealed, officer):
    one, other = legal_swap()
    book = exported(officer, sealed)
    sheet = book.active
    header = [cell.value for cell in sheet[3]]
    rows = {row[header.index("考生号")].value: row for row in sheet.iter_rows(min_row=4)}
    for mine, theirs in ((one, other), (other, one)):
        row = rows[mine.candidate.number]
        row[header.index("考场")].value, row[header.index("座位")].value = theirs.room, theirs.seat
    there = upload(officer, sealed, book)["Location"]
    text = officer.get(there).content.decode()
    assert "2" in text and "独立核验没有发现不符" in text
    assert officer.post(there, signed()).status_code == 302
    [change] = seat_plans.changes(sealed)
    assert change.source == "workbook" and change.moved == 2
    assert seats()[one.candidate.number].room == other.room


def test_a_row_that_slipped_or_names_no_room_is_said_and_nothing_is_taken(sealed, officer):
    book = exported(officer, sealed)
    sheet = book.active
    header = [cell.value for cell in sheet[3]]
    sheet.cell(4, header.index("姓名") + 1).value = "别的名字"
    sheet.cell(5, header.index("考场") + 1).value = "999"
    text = officer.get(upload(officer, sealed, book)["Location"]).content.decode()
    assert "可能错行" in text and "999" in text and "二人签认" not in text


def late(client, exam, act, **given):
    return client.post(reverse("seats_late_edit", args=[exam]), {"act": act, **given})


def proposal(client, exam, work):
    client.post(reverse("seats_late_propose", args=[exam]))
    job = work()
    assert job.state == "done", job.outcome_zh
    return job.result_url


@pytest.mark.feature("SITE-14")
def test_a_flooded_room_is_closed_and_its_people_move_as_few_as_can(sealed, officer, work, city):
    site = city.north_site.code
    room = SeatRow.objects.order_by("room").first().room
    inside = {row.candidate.number for row in SeatRow.objects.filter(room=room).select_related("candidate")}
    before = {number: (row.room, row.seat) for number, row in seats().items()}
    late(officer, sealed, "close", site=site, rooms=room)
    there = proposal(officer, sealed, work)
    text = officer.get(there).content.decode()
    assert f"{len(inside)} 人换座" in text and "考场停用" in text
    assert officer.post(there, signed()).status_code == 302
    now = seats()
    moved = {number for number, row in now.items() if (row.room, row.seat) != before[number]}
    assert moved == inside and not SeatRow.objects.filter(room=room).exists()
    assert not RoomSitting.objects.filter(room=room).exists()
    assert sum(RoomSitting.objects.filter(sitting="01").values_list("expected", flat=True)) == 90
    [change] = seat_plans.changes(sealed)
    assert change.moved == change.bound == len(inside)
    assert exams.plan(sealed).is_closed(site, room)
    page = officer.get(reverse("papers", args=[sealed])).content.decode()
    assert page


def test_spare_rooms_are_used_only_when_an_office_says_so_and_that_is_on_record(sealed, officer, work, city):
    used = sorted(set(SeatRow.objects.values_list("room", flat=True)))
    for room in ("001", "002", "003"):
        late(officer, sealed, "close", site=city.north_site.code, rooms=room)
    officer.post(reverse("seats_late_propose", args=[sealed]))
    failed = work()
    assert failed.state == "failed" and "启用备用考场" in failed.outcome_zh, "three of four rooms stay spare"
    late(officer, sealed, "spare")
    officer.post(proposal(officer, sealed, work), signed())
    [change] = seat_plans.changes(sealed)
    assert change.spare_used and change.moved == 90
    assert not set(SeatRow.objects.values_list("room", flat=True)) & set(used)
    address = reverse("seats_change_file", args=[sealed, 1, "solution.json"])
    assert officer.get(address).content.startswith(b"{")


@pytest.mark.feature("SITE-14")
def test_one_withdraws_one_is_added_one_is_corrected_and_only_their_papers_are_stale(sealed, officer, work):
    rows = list(SeatRow.objects.select_related("candidate").order_by("room", "seat"))
    gone, wrong = rows[3].candidate, rows[7].candidate
    late(officer, sealed, "withdraw", number=gone.number)
    new = {
        "registration_number": "R00999", "name": "王" + GIVEN[:2], "id_number": document_number(500),
        "school": SCHOOLS[0], "county": "370402", "subjects": "语文、数学",
    }  # fmt: skip
    assert late(officer, sealed, "add", **new).status_code == 302
    corrected = new | {
        "registration_number": wrong.number, "number": wrong.number, "name": wrong.name + "然",
        "id_number": wrong.id_number, "school": wrong.school,
    }  # fmt: skip
    assert late(officer, sealed, "correct", **corrected).status_code == 302
    there = proposal(officer, sealed, work)
    before = {number: (row.room, row.seat) for number, row in seats().items()}
    assert officer.post(there, signed()).status_code == 302
    now = seats()
    assert gone.number not in now and "R00999" in now and len(now) == 90
    assert all((now[n].room, now[n].seat) == at for n, at in before.items() if n != gone.number)
    assert Candidate.objects.get(number=wrong.number).name.endswith("然")
    assert now["R00999"].admission_number not in {rows[3].admission_number}, "no number is given twice"
    plan = exams.plan(sealed)
    assert plan.roster.candidates == 90
    assert sum(RoomSitting.objects.filter(sitting="01").values_list("expected", flat=True)) == 90


def test_a_faulty_late_candidate_is_told_why(sealed, officer):
    taken = Candidate.objects.first()
    new = {
        "registration_number": "R00998", "name": "王景行", "id_number": "370402200901010000",
        "school": SCHOOLS[0], "county": "370402", "subjects": "语文、数学",
    }  # fmt: skip
    response = late(officer, sealed, "add", **new)
    assert response.status_code == 422 and "校验" in response.content.decode()
    response = late(officer, sealed, "add", **new | {"id_number": taken.id_number})
    assert response.status_code == 422 and "已在名册上" in response.content.decode()


def test_a_room_that_somebody_has_entered_is_kept_and_said_so(sealed, officer, work, city):
    site = city.north_site.code
    rooms = sorted(set(SeatRow.objects.values_list("room", flat=True)))
    RoomSitting.objects.filter(room=rooms[0], sitting="01").update(entered=1, changed_at=1)
    late(officer, sealed, "close", site=site, rooms=rooms[0])
    officer.post(reverse("seats_late_propose", args=[sealed]))
    assert work().state == "failed"
    late(officer, sealed, "remove", what="closed", number=f"{site}/{rooms[0]}")
    late(officer, sealed, "close", site=site, rooms=rooms[1])
    there = proposal(officer, sealed, work)
    text = officer.get(there).content.decode()
    assert f"{site}·{rooms[0]}" in text and "已有人入场" in text
    officer.post(there, signed())
    assert SeatRow.objects.filter(room=rooms[0]).count() == 30


def test_a_proposal_is_stale_once_the_seats_were_changed(sealed, officer, work, city):
    late(officer, sealed, "close", site=city.north_site.code, rooms="001")
    there = proposal(officer, sealed, work)
    one, other = legal_swap()
    hand(officer, sealed, post=True, act="swap", one=one.candidate.number, other=other.candidate.number)
    assert officer.post(there, signed()).status_code == 422
    assert len(seat_plans.changes(sealed)) == 1 and not exams.plan(sealed).closed_places


@pytest.mark.feature("X-01")
def test_a_candidate_gets_a_proof_of_the_own_seat_that_shows_nobody_else(sealed, officer):
    row = SeatRow.objects.select_related("candidate").order_by("?").first()
    address = reverse("seats_proof", args=[sealed])
    page = officer.get(address, {"candidate": row.admission_number}).content.decode()
    assert row.seat in page and "与登记的树根相符" in page
    content = officer.get(address, {"candidate": row.candidate.number, "file": 1}).content
    proof = SeatProof.from_bytes(content)
    assert proof.holds and proof.root == exams.plan(sealed).seat_plan.root
    others = set(SeatRow.objects.exclude(pk=row.pk).values_list("admission_number", flat=True))
    assert not any(number.encode() in content for number in others)


@pytest.mark.parametrize("name", ["seats_hand", "seats_late", "seats_proof"])
@pytest.mark.parametrize("post", ["site_chief", "chief_invigilator", "vault_keeper"])
def test_nobody_outside_the_office_changes_seats(sealed, as_post, name, post):
    assert as_post(post).get(reverse(name, args=[sealed])).status_code == 403


def test_another_county_changes_nothing_here(sealed, as_post, city):
    client = as_post("county_officer", number="county-one")
    assert client.get(reverse("seats_hand", args=[sealed])).status_code == 403
    assert re.search(
        "403|不能", client.post(reverse("seats_late_edit", args=[sealed])).content.decode() or "403"
    )


@pytest.mark.feature("SITE-14")
def test_only_changed_papers_are_printed_again_and_the_site_is_then_up_to_date(sealed, officer, work, city):
    site = city.north_site.code
    make = reverse("papers_make", args=[sealed, site])
    officer.post(make)
    assert work().state == "done"
    one, other = legal_swap()
    asked = {"act": "swap", "one": one.candidate.number, "other": other.candidate.number}
    hand(officer, sealed, post=True, **asked)
    page = officer.get(reverse("papers", args=[sealed])).content.decode()
    assert "改动 2 个考场、2 张准考证" in page and "只补印改动" in page
    officer.post(make, {"only": "changed"})
    assert work().state == "done"
    whole, more = papers.packs(sealed)[site], papers.supplements(sealed)[site]
    assert more.plan == exams.plan(sealed).seats_now and more.since == whole.plan
    assert more.rooms == 2 and more.pages < whole.pages / 2 + 10
    assert "已补印" in officer.get(reverse("papers", args=[sealed])).content.decode()
    file = officer.get(reverse("papers_file", args=[sealed, site]) + "?only=changed")
    assert file.content.startswith(b"%PDF") and "filename" in file["Content-Disposition"]


def picture(width=480, height=640):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "white").save(out, "JPEG")
    return SimpleUploadedFile("photo.jpg", out.getvalue(), "image/jpeg")


@pytest.mark.feature("SITE-14")
def test_a_wrong_photograph_is_replaced_and_only_that_ticket_is_printed_again(sealed, officer, work, city):
    from kaowu.web.works.papers import site_contents

    wrong = SeatRow.objects.select_related("candidate").order_by("room", "seat")[5].candidate
    entry = {
        "registration_number": wrong.number, "number": wrong.number, "name": wrong.name, "id_number": wrong.id_number,
        "school": wrong.school, "county": "370402", "subjects": "语文、数学",
    }  # fmt: skip
    refused = late(officer, sealed, "correct", **entry, photograph=picture(300, 300))
    assert refused.status_code == 422 and "480" in refused.content.decode()
    assert late(officer, sealed, "correct", **entry, photograph=picture()).status_code == 302
    officer.post(proposal(officer, sealed, work), signed())
    [change] = seat_plans.changes(sealed)
    assert change.moved == 0
    shown = officer.get(reverse("seats_changes", args=[sealed, 1])).content.decode()
    assert "座位不变" in shown and "准考证 1 张" in shown
    tickets = {one.candidate_number: one.photo for one in site_contents(sealed, city.north_site.code).tickets}
    assert (
        tickets[wrong.number] == picture().read()
        and sum(photo is not None for photo in tickets.values()) == 1
    )

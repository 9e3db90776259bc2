"""Changes by hand and the workbook that goes out and comes back: checked like the draw, signed by two."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.web.exam_day import EXAM

from kaowu.engines.draw import judged, swapped
from kaowu.facts.envelope import Actor
from kaowu.store.models import DutyRow, FindingRow, JournalEntry, Person
from kaowu.web.works import exam_setup

WHY = {"reason": "身体原因，经两人商定"}


@pytest.fixture
def base(drawn):
    return f"/office/duties/{EXAM}/{drawn.site}/"


def option(duty):
    return f"{duty.room}|{duty.post}|{duty.person}"


def pairs(drawn, clean, sitting="S2"):
    """Two duties of a sitting whose exchange keeps every rule, or breaks one."""
    listed = drawn.in_force(sitting)
    here = [duty for duty in listed.in_sitting(sitting) if duty.room]
    for at, one in enumerate(here):
        for other in here[:at]:
            if judged(listed.problem, listed.plan, swapped(listed.plan, one, other)).is_clean is clean:
                return one, other
    raise AssertionError("no such pair")


def swapping(drawn, one, other, **more):
    return {
        "way": "swap",
        "duty": option(one),
        "other": option(other),
        "before": drawn.in_force().digest,
    } | more


def test_two_people_are_swapped_by_two_persons_and_the_list_stays_legal(drawn, chief, base, signature):
    one, other = pairs(drawn, clean=True)
    look = chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other))
    assert "核验通过" in look.content.decode()
    assert not JournalEntry.objects.filter(kind="duties_changed").exists()
    done = chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other) | signature | WHY)
    assert done.status_code == 302, done.content.decode()[-3000:]
    assert DutyRow.objects.get(sitting="S2", room=one.room, post=one.post).person == other.person
    assert drawn.breaks() == []
    page = chief.get(f"{base}?sitting=S2").content.decode()
    assert "抽签后变更 1 次" in page and "身体原因" in page


def test_one_person_alone_changes_nothing(drawn, chief, base, signature):
    one, other = pairs(drawn, clean=True)
    alone = signature | {"second_number": drawn.day.staff["site_chief"].number}
    page = chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other) | alone | WHY)
    assert page.status_code == 422
    assert not JournalEntry.objects.filter(kind="duties_changed").exists()


def test_a_swap_that_breaks_a_rule_is_shown_with_rule_and_remedy_and_cannot_be_signed(
    drawn, chief, base, signature
):
    one, other = pairs(drawn, clean=False)
    look = chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other)).content.decode()
    assert "变更会违反的规则" in look and 'aria-disabled="true"' in look and "换" in look
    forced = chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other) | signature | WHY)
    assert forced.status_code == 422
    assert not JournalEntry.objects.filter(kind="duties_changed").exists()


def test_somebody_free_is_put_into_a_place_and_who_stood_there_is_free(drawn, chief, base, signature):
    listed = drawn.in_force("S2")
    busy = {duty.person for duty in listed.in_sitting("S2")}
    video = next(duty for duty in listed.in_sitting("S2") if duty.post == "video_invigilator")
    free = next(name for name, _ in listed.plan.sent if name not in busy)
    wish = {"way": "place", "duty": option(video), "person": free, "before": listed.digest}
    chief.post(f"{base}change/?sitting=S2", wish | signature | WHY)
    now = {duty.person for duty in drawn.in_force("S2").in_sitting("S2")}
    assert free in now and video.person not in now
    stranger = chief.post(
        f"{base}change/?sitting=S2", wish | {"person": "X999", "duty": option(pairs(drawn, True)[0])}
    )
    assert "不在人员名册" in stranger.content.decode()


def test_a_locked_duty_is_left_alone_until_it_is_unlocked_with_a_reason(drawn, chief, base, signature):
    one, other = pairs(drawn, clean=True)
    chief.post(f"{base}of/{one.person}/lock/", {"sitting": "S2", "locked": "1", "reason": "护送特殊考生"})
    look = chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other)).content.decode()
    assert "已锁定" in look
    forced = chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other) | signature | WHY)
    assert forced.status_code == 422
    assert "已锁定" in chief.get(f"{base}of/{one.person}/").content.decode()
    chief.post(f"{base}of/{one.person}/lock/", {"sitting": "S2", "locked": "0", "reason": "不再需要"})
    assert (
        chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other) | signature | WHY).status_code
        == 302
    )


def test_a_list_that_was_changed_meanwhile_is_looked_at_again(drawn, chief, base, signature):
    one, other = pairs(drawn, clean=True)
    old = swapping(drawn, one, other) | signature | WHY
    assert chief.post(f"{base}change/?sitting=S2", old).status_code == 302
    again = chief.post(f"{base}change/?sitting=S2", old)
    assert again.status_code == 422 and "名单已变更" in again.content.decode()


def test_nothing_is_changed_by_hand_once_the_sitting_has_begun(drawn, chief, base, signature):
    one, other = pairs(drawn, clean=True, sitting="S1")
    drawn.day.at(5)
    late = chief.post(f"{base}change/?sitting=S1", swapping(drawn, one, other) | signature | WHY)
    assert late.status_code == 422 and "已经开考" in late.content.decode()


def taken_out(chief, base):
    answer = chief.post(f"{base}workbook/", {"reason": "考点核对"})
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def sent_back(chief, base, book):
    out = io.BytesIO()
    book.save(out)
    file = SimpleUploadedFile("名单.xlsx", out.getvalue())
    answer = chief.post(f"{base}workbook/back/", {"file": file})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return answer["Location"]


def rows_of(book):
    sheet = book.active
    head = [cell.value for cell in sheet[3]]
    return sheet, {name: at + 1 for at, name in enumerate(head)}


def row_of(sheet, columns, duty):
    for row in range(4, sheet.max_row + 1):
        cells = [sheet.cell(row, columns[name]).value or "" for name in ("场次", "考场", "岗位代码", "工号")]
        if cells == [duty.sitting, duty.room, duty.post, duty.person]:
            return row
    raise AssertionError(duty)


def test_a_list_goes_out_and_comes_back_changed_and_is_put_in_force_by_two(drawn, chief, base, signature):
    book = taken_out(chief, base)
    sheet, columns = rows_of(book)
    one, other = pairs(drawn, clean=True)
    for duty, person in ((one, other.person), (other, one.person)):
        row = row_of(sheet, columns, duty)
        sheet.cell(row, columns["工号"]).value, sheet.cell(row, columns["姓名"]).value = person, ""
    there = sent_back(chief, base, book)
    look = chief.get(there).content.decode()
    assert "2 处不同" in look and "核验通过" in look
    assert one.person in look and other.person in look
    done = chief.post(there, {"before": drawn.in_force().digest} | signature | WHY)
    assert done.status_code == 302, done.content.decode()[-2000:]
    assert DutyRow.objects.get(sitting="S2", room=one.room, post=one.post).person == other.person
    assert drawn.breaks() == []
    assert chief.get(there).status_code == 404, "the file is gone once it was used"


@pytest.mark.feature("STF-07")
def test_planted_breaks_come_back_by_row_and_column_and_nothing_is_lost(drawn, chief, base, signature):
    book = taken_out(chief, base)
    sheet, columns = rows_of(book)
    chiefs = [duty for duty in drawn.in_force().in_sitting("S2") if duty.post == "chief_invigilator"]
    twice = row_of(sheet, columns, chiefs[0])
    sheet.cell(twice, columns["工号"]).value = chiefs[1].person
    sheet.cell(twice, columns["姓名"]).value = ""
    lost = row_of(sheet, columns, chiefs[2])
    for column in columns.values():
        sheet.cell(lost, column).value = None
    there = sent_back(chief, base, book)
    look = chief.get(there).content.decode()
    assert f'<td class="num">{twice}</td>' in look and "same_sitting_twice" in look
    assert "post_short" in look and "缺行或多行" in look
    assert "无人" in look
    forced = chief.post(there, {"before": drawn.in_force().digest} | signature | WHY)
    assert forced.status_code == 200 or forced.status_code == 422
    assert not JournalEntry.objects.filter(kind="duties_changed").exists()


def test_a_row_that_means_nothing_stops_the_whole_file(drawn, chief, base):
    book = taken_out(chief, base)
    sheet, columns = rows_of(book)
    sheet.cell(4, columns["工号"]).value = "=1+1"
    sheet.cell(5, columns["考场"]).value = "999"
    look = chief.get(sent_back(chief, base, book)).content.decode()
    assert "读不懂的行" in look and 'aria-disabled="true"' in look


def test_a_name_that_begins_like_a_formula_stays_text(drawn, chief, base):
    person = drawn.in_force().plan.duties[0].person
    Person.objects.filter(number=person).update(name="=HYPERLINK(1)")
    book = taken_out(chief, base)
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value == "=HYPERLINK(1)"]
    assert cells and all(cell.data_type == "s" for cell in cells)


def test_taking_the_list_out_asks_a_reason_and_is_on_record(drawn, chief, base):
    assert chief.post(f"{base}workbook/", {"reason": ""}).status_code == 422
    taken_out(chief, base)
    assert JournalEntry.objects.filter(kind="records_exported").count() == 1


@pytest.mark.feature("X-04")
def test_an_approved_relaxation_covers_a_break_and_is_named_in_the_record(drawn, chief, base, signature):
    listed = drawn.in_force("S2")
    here = [duty for duty in listed.in_sitting("S2") if duty.room]
    one, other = next(
        (a, b)
        for a in here
        for b in here
        if a != b
        and {x.code for x in judged(listed.problem, listed.plan, swapped(listed.plan, a, b)).new}
        == {"one_unit"}
    )
    signed = signature | WHY
    assert chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other) | signed).status_code == 422
    city = (Actor("city-1", "city_officer"), Actor("city-2", "city_officer"))
    exam_setup.override_line(EXAM, "units_per_room", "1", "外校教师不足，经批准", *city)
    assert chief.post(f"{base}change/?sitting=S2", swapping(drawn, one, other) | signed).status_code == 302
    [change] = drawn.in_force().draw.since_sealed.changes
    assert change.relaxed == ("one_unit",)
    assert FindingRow.objects.filter(code="staffing.relaxed_rule_used").count() == 1
    assert drawn.breaks("S2") == []
    assert drawn.in_force("S2").problem.rules.units_apart is False

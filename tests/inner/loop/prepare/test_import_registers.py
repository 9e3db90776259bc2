"""Workbooks of venues and staff: what is read, and what is said about each fault."""

import io
from pathlib import Path

import openpyxl
import pytest

from kaowu.basics.errors import Refused
from kaowu.loop.prepare.import_staff import read_staff
from kaowu.loop.prepare.import_venues import read_venues

ROSTERS = Path(__file__).parents[3] / "data" / "rosters"
SITE = ["考点代码", "考点名称", "县区代码", "县区"]
ROOM = ["考点代码", "考场序号", "场所类型", "教学楼", "楼层", "容量", "座位布局", "一号座位"]


def book(**sheets):
    workbook, out = openpyxl.Workbook(), io.BytesIO()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(out)
    return out.getvalue()


def venues(*rooms, sites=(("040201", "一中考点", "370402", "市中区"),)):
    return read_venues(book(考点=[SITE, *sites], 考场=[ROOM, *rooms]))


def codes(read):
    return [(issue.code, issue.row, issue.column) for issue in read.issues]


def test_the_citys_venues_are_read_without_a_fault():
    read = read_venues((ROSTERS / "zaozhuang_venues.xlsx").read_bytes())
    assert not read.issues
    assert (len(read.counties), len(read.schools), len(read.sites), len(read.rooms)) == (6, 54, 13, 1574)
    assert read.seats == 45_410


def test_the_citys_staff_are_read_without_a_fault():
    read = read_staff((ROSTERS / "zaozhuang_staff.xlsx").read_bytes())
    assert not read.issues
    assert len(read.people) == 5000
    assert sum(not person.certified for person in read.people) == 365


@pytest.mark.parametrize(
    ("written", "kept"),
    [("7-8-8-7", "7-8-8-7"), ("5x6", "6-6-6-6-6"), ("5×6", "6-6-6-6-6"), ("-", ""), ("", "")],
)
def test_a_layout_is_kept_as_column_lengths(written, kept):
    read = venues(["040201", "001", "标准考场", "明德楼", 1, 30, written, "前门左侧"])
    assert not read.issues
    assert read.rooms[0].columns == kept


@pytest.mark.parametrize(
    ("room", "fault"),
    [
        (
            ["040201", "001", "标准考场", "明德楼", 1, 30, "4-4", "前门左侧"],
            ("layout_too_small", 2, "座位布局"),
        ),
        (
            ["040201", "001", "标准考场", "明德楼", 1, 30, "很多", "前门左侧"],
            ("layout_unreadable", 2, "座位布局"),
        ),
        (["040201", "001", "操场", "明德楼", 1, 30, "", ""], ("unknown_word", 2, "场所类型")),
        (["040209", "001", "标准考场", "明德楼", 1, 30, "", ""], ("unknown_key", 2, "考点代码")),
        (["040201", "", "标准考场", "明德楼", 1, 30, "", ""], ("missing_mandatory", 2, "考场序号")),
        (["040201", "001", "标准考场", "明德楼", "三", 30, "", ""], ("not_a_number", 2, "楼层")),
        (["040201", "001", "标准考场", "明德楼", 1, 3000, "", ""], ("not_a_number", 2, "容量")),
        (["040201", "00 1", "标准考场", "明德楼", 1, 30, "", ""], ("code_form", 2, "考场序号")),
    ],
)
def test_a_fault_is_named_with_row_column_and_remedy(room, fault):
    read = venues(room)
    assert fault in codes(read)
    assert all(
        issue.remedy.zh and issue.remedy.en and issue.cause.zh and issue.cause.en for issue in read.issues
    )


def test_a_number_cell_keeps_its_leading_zeros():
    read = venues([40201, 7, "标准考场", "明德楼", 1, 30, "", ""])
    assert (read.rooms[0].site, read.rooms[0].number) == ("040201", "007")
    assert not read.issues


def test_the_same_room_twice_is_a_fault_of_the_later_row():
    room = ["040201", "001", "标准考场", "明德楼", 1, 30, "", ""]
    assert codes(venues(room, room)) == [("duplicate", 3, "考场序号")]


def test_titles_above_the_header_and_columns_in_another_order_do_not_matter():
    content = book(名单=[["某市考务人员名单"], [], ["县 区", "*姓名", "职工号"], ["市中区", "王明", "A1"]])
    read = read_staff(content)
    assert not read.issues
    assert (read.people[0].number, read.people[0].name) == ("A1", "王明")


def test_without_a_header_the_file_is_refused_and_the_missing_columns_are_named():
    with pytest.raises(Refused) as refused:
        read_staff(book(名单=[["姓名", "电话"], ["王明", "1"]]))
    assert "工号" in refused.value.sentence.zh and "县区" in refused.value.sentence.zh


def test_all_faults_of_a_row_are_said_at_once():
    read = read_staff(
        book(名单=[["工号", "姓名", "县区", "教龄", "证书有效期"], ["A1", "", "", "五", "2027-02-30"]])
    )
    assert {code for code, _, _ in codes(read)} == {"missing_mandatory", "not_a_number", "not_a_day"}
    assert len(read.issues) == 4


@pytest.mark.parametrize("written", ["2027-12-31", "2027/12/31", "2027年12月31日", "20271231", "2027.12.31"])
def test_a_day_is_read_as_offices_write_it(written):
    read = read_staff(book(名单=[["工号", "姓名", "县区", "证书有效期"], ["A1", "王明", "市中区", written]]))
    assert str(read.people[0].certificate_until_on) == "2027-12-31"


def test_a_document_number_stored_as_a_number_is_lost():
    read = read_staff(
        book(名单=[["工号", "姓名", "县区", "身份证号"], ["A1", "王明", "市中区", 370402198001010417]])
    )
    assert ("id_precision_lost", 2, "身份证号") in codes(read)
    assert read.people[0].id_number == ""

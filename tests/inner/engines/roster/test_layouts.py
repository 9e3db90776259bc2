"""Layouts of offices: where the table is, what its columns are, which rows are people."""

import dataclasses
import io
import random
from datetime import date
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font
from tests.inner.engines.roster import messy as m

from kaowu.engines.roster import Mapping, RosterCheck, RosterExam, check, read_tables, recognise

EXAM = RosterExam.from_json(m.EXAM)
HEADINGS = {
    "serial": "序号", "registration": "考生号", "number": "身份证号", "name": "姓名", "sex": "性别", "born": "出生日期",
    "school": "毕业学校", "subjects": "选考科目", "language": "外语语种", "phone": "联系电话", "county": "报名县区",
    "remark": "备注",
}  # fmt: skip
FIELDS = list(HEADINGS)
WITHOUT_SCHOOL = [field for field in FIELDS if field != "school"]
WITHOUT_SUBJECTS = [field for field in FIELDS if field != "subjects"]


def some_people(count: int = 8, seed: int = 5) -> list[m.Person]:
    people, found = m.People(random.Random(seed)), []
    while len(found) < count:
        person = people.one()
        if person.kind == "resident_id":
            found.append(person)
    return found


PEOPLE = some_people()


def heading(fields: list[str]) -> list[Any]:
    return [HEADINGS.get(field, field) for field in fields]


def row(person: m.Person, fields: list[str], serial: int = 1, **other: Any) -> list[Any]:
    values: dict[str, Any] = {
        "serial": serial, "registration": person.registration, "number": person.number, "name": person.name,
        "sex": person.sex, "born": f"{person.born:%Y-%m-%d}", "school": person.school[1],
        "subjects": "、".join(person.chosen), "language": person.language, "phone": person.phone,
        "county": m.COUNTIES[person.school[2]], "remark": "",
    }  # fmt: skip
    values |= other
    return [values[field] for field in fields]


def rows(fields: list[str], people: list[m.Person] | None = None) -> list[list[Any]]:
    return [row(person, fields, at) for at, person in enumerate(people or PEOPLE, start=1)]


def workbook(
    grid: list[list[Any]], merges: tuple[str, ...] = (), name: str = "名单", struck: int = 0
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = name
    for at, cells in enumerate(grid, start=1):
        for column, value in enumerate(cells, start=1):
            if value not in (None, ""):
                cell = sheet.cell(at, column, value)
                if at == struck:
                    cell.font = Font(strike=True)
    for reference in merges:
        sheet.merge_cells(reference)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def text(
    grid: list[list[Any]], separator: str = ",", encoding: str = "utf-8", line_end: str = "\r\n"
) -> bytes:
    lines = [separator.join("" if cell is None else str(cell) for cell in cells) for cells in grid]
    return (line_end.join(lines) + line_end).encode(encoding)


def checked(data: bytes, name: str = "名单.xlsx") -> RosterCheck:
    return check(read_tables(data, name), EXAM)


def assert_everybody(data: bytes, people: list[m.Person] | None = None) -> RosterCheck:
    found = checked(data)
    expected = {
        (
            p.number,
            p.name,
            p.sex,
            p.born.isoformat(),
            p.school[1],
            "|".join([*m.REQUIRED, *p.chosen]),
            p.language,
        )
        for p in people or PEOPLE
    }
    taken = {
        (c.id_number, c.name, c.sex, c.birth_date, c.school, c.subjects, c.foreign_language)
        for c in found.accepted
    }
    assert taken == expected, found.issues
    assert found.rows_read == len(expected)
    return found


SHORT = ["serial", "name", "sex", "number", "school", "subjects", "language", "registration"]
LAYOUTS: dict[str, bytes] = {
    "one header row": workbook([heading(FIELDS), *rows(FIELDS)]),
    "two tables side by side": workbook(
        [heading(SHORT) + [None] + heading(SHORT)]
        + [row(PEOPLE[i], SHORT) + [None] + row(PEOPLE[i + 4], SHORT) for i in range(4)]
    ),
    "side by side without a gap, under a title": workbook(
        [["花名册"], heading(SHORT) * 2]
        + [row(PEOPLE[i], SHORT) + row(PEOPLE[i + 4], SHORT) for i in range(4)]
    ),
    "two tables one below the other, columns reversed": workbook(
        [["一班"], heading(FIELDS), *rows(FIELDS, PEOPLE[:4]), ["合计", None, "共4人"], [], ["二班名单"]]
        + [heading(FIELDS[::-1]), *rows(FIELDS[::-1], PEOPLE[4:]), ["合计：4人"]]
    ),
    "units, hints and column numbers under the header": workbook(
        [
            ["机密"],
            ["2028年报名表"],
            ["单位：豫章市教育局", "", "", "", "日期：2028年3月1日"],
            [],
            heading(FIELDS),
        ]
        + [["", "", "18位", "(中文)", "男/女", "yyyy-mm-dd", "", "", "", "11位", "", ""]]
        + [["必填"] * 5 + ["选填"] * 7, [str(n) for n in range(1, 13)]]
        + [
            [
                "示例",
                "28360102000001",
                "360102201001010014",
                "张三",
                "男",
                "2010-01-01",
                "豫章市第一中学",
                "物化生",
                "英语",
            ]
        ]
        + [
            *rows(FIELDS),
            ["以下空白"],
            ["填表人：张", "", "审核：李", "", "", "2028年3月1日"],
            ["第1页 共1页"],
        ]
    ),
    "header repeated on each printed page": workbook(
        [heading(FIELDS), *rows(FIELDS, PEOPLE[:4]), ["续表"], heading(FIELDS), *rows(FIELDS, PEOPLE[4:])]
    ),
    "subtotals and a total": workbook(
        [heading(FIELDS), *rows(FIELDS, PEOPLE[:3]), ["小计", None, "3人"], *rows(FIELDS, PEOPLE[3:])]
        + [["小计", "", "5人"], ["合计", "", "8人"]]
    ),
    "parents' numbers before the candidates'": workbook(
        [["家长身份证号", "家长姓名", *heading(FIELDS)]]
        + [["360102197801011230", "张父", *r] for r in rows(FIELDS)]
    ),
    "two number columns, only one of an age to sit the exam": workbook(
        [["证件号", "户主", *heading(FIELDS)]] + [["360102197801011230", "张父", *r] for r in rows(FIELDS)]
    ),
    "birth in three columns": workbook(
        [["出生年", "出生月", "出生日", *heading(WITHOUT_SUBJECTS), "选考科目"]]
        + [
            [p.born.year, p.born.month, p.born.day, *row(p, WITHOUT_SUBJECTS, born=""), "".join(p.chosen)]
            for p in PEOPLE
        ]
    ),
    "an index column of pandas": workbook(
        [[None, *heading(FIELDS)], *([i, *r] for i, r in enumerate(rows(FIELDS)))]
    ),
    "formulas that are constants without stored values": workbook(
        [heading(FIELDS), *(row(p, FIELDS, number=f'="{p.number}"') for p in PEOPLE)]
    ),
    "first and second choice": workbook(
        [[*heading(WITHOUT_SUBJECTS), "首选科目", "再选科目"]]
        + [[*row(p, WITHOUT_SUBJECTS), p.chosen[0], ",".join(p.chosen[1:])] for p in PEOPLE]
    ),
    "three columns under one heading": workbook(
        [[*heading(WITHOUT_SUBJECTS), "选考科目"], [None] * 11 + ["第一门", "第二门", "第三门"]]
        + [[*row(p, WITHOUT_SUBJECTS), *p.chosen] for p in PEOPLE],
        ("L1:N1", *(f"{letter}1:{letter}2" for letter in "ABCDEFGHIJK")),
    ),
    "a family under a heading of its own, before the candidate": workbook(
        [["家庭成员信息", None, None, "考生基本信息"], ["姓名", "联系电话", "身份证号", *heading(FIELDS)]]
        + [["张父", "13911111111", "360102197801011230", *r] for r in rows(FIELDS)],
        ("A1:C1", "D1:O1"),
    ),
    "form lines above the header": workbook(
        [
            ["学校：", "豫章市第一中学", "联系人：", "王某", "联系电话：", "0791-1234567"],
            ["县区：", "东湖区", "人数：", "8"],
        ]
        + [heading(FIELDS), *rows(FIELDS)]
    ),
    "defaults filled in beforehand below the last candidate": workbook(
        [heading(FIELDS), *rows(FIELDS)]
        + [
            [at, None, None, None, None, None, "豫章市第一中学", None, "英语", None, "东湖区"]
            for at in range(9, 20)
        ]
    ),
    "no header at all": text(rows(FIELDS)),
    "a header that says nothing": text([[f"列{n}" for n in range(12)], *rows(FIELDS)]),
    "blank headings over names and numbers": text(
        [["" if f in {"name", "number"} else HEADINGS[f] for f in FIELDS], *rows(FIELDS)]
    ),
    "groups without merges": text(
        [["", "", "考生信息", "", "", "", "", "", "", "家长信息", "", ""]]
        + [[*heading(FIELDS[:9]), "姓名", "电话", "备注"]]
        + [[*row(p, FIELDS[:9]), "张父", "13911111111", ""] for p in PEOPLE]
    ),
    "sep= before the header": b"sep=;\r\n" + text([heading(FIELDS), *rows(FIELDS)], ";"),
    "lines ended by carriage returns": text([heading(FIELDS), *rows(FIELDS)], line_end="\r"),
    "big-endian UTF-16 without a mark": text([heading(FIELDS), *rows(FIELDS)], "\t", "utf-16-be"),
    "columns parted by spaces": text([heading(FIELDS[:9]), *rows(FIELDS[:9])], "   ", "gb18030"),
    "Chinese commas": text([heading(FIELDS), *rows(FIELDS)], "，"),
    "everything wrapped": text([heading(FIELDS), *([f'="{cell}"' for cell in r] for r in rows(FIELDS))]),
    "a page of HTML without an encoding": (
        "<table>" + "".join(f"<tr>{''.join(f'<td>{c}' for c in r)}" for r in [heading(FIELDS), *rows(FIELDS)])
    ).encode("gbk"),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_everybody_is_found_in(name: str) -> None:
    found = assert_everybody(LAYOUTS[name])
    assert not [issue for issue in found.issues if issue.code == "total_mismatch"]


@pytest.mark.parametrize(
    ("yes", "no"),
    [("√", ""), ("R", None), ("是", "否"), (1, 0), ("●", "○"), ("✔", "×"), ("☑", "☐"), ("选", "不选")],
)
@pytest.mark.parametrize(
    "headings",
    [list(m.SUBJECTS), list("物化生政史地"), ["4物理", "5化学", "6生物", "7政治", "8历史", "9地理"]],
)
def test_ticks_are_read_whatever_they_look_like(yes: Any, no: Any, headings: list[str]) -> None:
    ticks = [[yes if subject in p.chosen else no for subject in m.SUBJECTS] for p in PEOPLE]
    grid = [heading(WITHOUT_SUBJECTS) + headings]
    assert_everybody(
        workbook(grid + [row(p, WITHOUT_SUBJECTS) + t for p, t in zip(PEOPLE, ticks, strict=True)])
    )


SAME_SCHOOL = [dataclasses.replace(person, school=m.SCHOOLS[1]) for person in PEOPLE]


@pytest.mark.parametrize(
    ("title", "sheet"),
    [
        ("学校名称：豫章市东湖区百花洲中学     填表人：某某", "名单"),
        ("豫章市东湖区百花洲中学2028年高考报名花名册", "Sheet1"),
        ("报名花名册", "百花洲中学"),
    ],
)
def test_a_title_or_the_sheet_s_name_gives_the_school(title: str, sheet: str) -> None:
    grid = [[title], heading(WITHOUT_SCHOOL), *rows(WITHOUT_SCHOOL, SAME_SCHOOL)]
    assert_everybody(workbook(grid, name=sheet), SAME_SCHOOL)


@pytest.mark.parametrize("form", ["{1}", "学校：{1}（{0}）"])
def test_a_line_between_the_rows_gives_the_school_of_those_below(form: str) -> None:
    grid: list[list[Any]] = [["花名册"], heading(WITHOUT_SCHOOL)]
    for school in m.SCHOOLS:
        inside = [person for person in PEOPLE if person.school == school]
        grid += [[form.format(*school)], *rows(WITHOUT_SCHOOL, inside)] if inside else []
    assert_everybody(workbook(grid))


def test_a_merged_cell_holds_for_all_its_rows() -> None:
    order = ["school", *WITHOUT_SCHOOL]
    people = sorted(PEOPLE, key=lambda person: person.school)
    grid, merges, start = [heading(order)], [], 2
    for at, person in enumerate(people, start=2):
        first = at == 2 or people[at - 3].school != person.school
        if first and at - 1 > start:
            merges.append(f"A{start}:A{at - 1}")
        start = at if first else start
        grid.append(row(person, order, at, school=person.school[1] if first else None))
    if len(people) + 1 > start:
        merges.append(f"A{start}:A{len(people) + 1}")
    assert_everybody(workbook(grid, tuple(merges)))


def test_a_wrong_total_is_flagged_and_a_right_one_is_not() -> None:
    good = workbook([heading(FIELDS), *rows(FIELDS), ["合计", None, "共8人"]])
    wrong = workbook([heading(FIELDS), *rows(FIELDS), ["合计", None, "共9人"]])
    assert "total_mismatch" not in checked(good).by_code
    issue = next(issue for issue in checked(wrong).issues if issue.code == "total_mismatch")
    assert (issue.row, issue.raw) == (10, "合计9人，实际8行")


def test_a_struck_row_is_taken_and_flagged() -> None:
    found = assert_everybody(workbook([heading(FIELDS), *rows(FIELDS)], struck=3))
    assert [(issue.code, issue.row) for issue in found.issues] == [("row_struck_out", 3)]


def test_hidden_sheets_are_flagged_and_code_lists_are_not() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook([heading(FIELDS), *rows(FIELDS)])))
    old = book.create_sheet("旧名单")
    for cells in [heading(FIELDS), *rows(FIELDS)]:
        old.append(cells)
    old.sheet_state = "veryHidden"
    listed = book.create_sheet("代码表", 0)
    for school in m.SCHOOLS:
        listed.append(school[:2])
    out = io.BytesIO()
    book.save(out)
    found = assert_everybody(out.getvalue())
    assert [(issue.code, issue.sheet) for issue in found.issues] == [("hidden_sheet_skipped", "旧名单")]


def test_sheets_about_staff_and_examples_are_passed_over() -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook([heading(FIELDS), *rows(FIELDS)])))
    staff = book.create_sheet("带队教师")
    staff.append(["序号", "姓名", "性别", "身份证号", "联系电话", "单位"])
    staff.append([1, "王老师", "男", "360102198001011233", "13900000000", "豫章市第一中学"])
    example = book.create_sheet("填写示例")
    example.append(heading(FIELDS))
    example.append(row(PEOPLE[0], FIELDS, name="张三"))
    out = io.BytesIO()
    book.save(out)
    assert not assert_everybody(out.getvalue()).issues


def test_numbers_in_numeric_cells_are_lost_whatever_their_last_digits() -> None:
    digits = [person for person in PEOPLE if person.number.isdigit()]
    found = checked(workbook([heading(FIELDS), *(row(p, FIELDS, number=int(p.number)) for p in digits)]))
    assert found.by_code == {"id_precision_lost": len(digits)}
    assert not found.accepted


def test_leading_zeros_that_a_number_format_shows_are_seen() -> None:
    book = openpyxl.Workbook()
    book.active.append(heading(FIELDS))
    for person in PEOPLE:
        book.active.append(row(person, FIELDS, school=int(person.school[0])))
        book.active.cell(book.active.max_row, 7).number_format = "0000000000"
    out = io.BytesIO()
    book.save(out)
    assert_everybody(out.getvalue())


@pytest.mark.parametrize("system", ["1900", "1904"])
def test_date_cells_follow_the_workbook_s_calendar(system: str) -> None:
    book = openpyxl.Workbook()
    if system == "1904":
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(heading(FIELDS))
    for person in PEOPLE:
        book.active.append(row(person, FIELDS, born=person.born))
    out = io.BytesIO()
    book.save(out)
    assert_everybody(out.getvalue())


def test_a_month_is_enough_where_the_header_asks_for_no_day() -> None:
    fields = ["出生年月" if field == "born" else field for field in FIELDS]
    grid = [[HEADINGS.get(f, f) for f in fields]]
    assert_everybody(workbook(grid + [row(p, FIELDS, born=f"{p.born:%Y.%m}") for p in PEOPLE]))
    wrong = [row(p, FIELDS, born="2001.01") for p in PEOPLE]
    assert checked(workbook(grid + wrong)).by_code == {"birth_date_mismatch": len(PEOPLE)}


def test_a_guess_is_marked_as_one_and_a_person_may_correct_it() -> None:
    book = read_tables(LAYOUTS["no header at all"], "名单.csv")
    mapping = recognise(book, EXAM)
    assert not mapping.tables[0].is_sure
    assert Mapping.from_dict(mapping.as_dict()) == mapping
    column = mapping.tables[0].columns_of("name")[0]
    without_name = mapping.with_column("", column.index, "")
    assert check(book, EXAM, without_name).by_code["missing_mandatory"] == len(PEOPLE)
    restored = without_name.with_column("", column.index, "name")
    assert len(check(book, EXAM, restored).accepted) == len(PEOPLE)


def test_progress_is_told_and_can_stop_the_check() -> None:
    from kaowu.engines.roster import ReadingCancelled

    seen: list[tuple[int, int]] = []
    book = read_tables(LAYOUTS["one header row"], "名单.xlsx")
    check(book, EXAM, progress=lambda done, total: seen.append((done, total)) is None)
    assert seen[-1] == (9, 9)
    with pytest.raises(ReadingCancelled):
        check(book, EXAM, progress=lambda done, total: False)


def test_the_same_person_twice_keeps_the_first_row_that_can_be_taken() -> None:
    broken = row(PEOPLE[0], FIELDS, school="洪都市第九十九中学")
    found = checked(workbook([heading(FIELDS), broken, row(PEOPLE[0], FIELDS), row(PEOPLE[0], FIELDS)]))
    assert [candidate.row for candidate in found.accepted] == [3]
    assert {(issue.row, issue.code) for issue in found.issues} >= {
        (2, "school_unknown"),
        (4, "duplicate_person"),
    }


def test_a_registration_number_of_two_people_is_flagged_on_both() -> None:
    twice = [row(p, FIELDS, registration="28360102000001") for p in PEOPLE[:2]]
    found = checked(workbook([heading(FIELDS), *twice]))
    assert len(found.accepted) == 2
    assert [issue.code for issue in found.issues] == ["registration_number_duplicate"] * 2


def test_age_is_flagged_outside_the_plausible_range() -> None:
    body = "360102" + f"{date(2020, 5, 1):%Y%m%d}" + "001"
    young = dataclasses.replace(
        PEOPLE[0], number=body + m.check_character(body), born=date(2020, 5, 1), sex="男"
    )
    found = checked(workbook([heading(FIELDS), row(young, FIELDS)]))
    assert len(found.accepted) == 1
    assert found.by_code == {"age_implausible": 1}

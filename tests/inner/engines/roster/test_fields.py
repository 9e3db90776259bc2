"""Single fields as people and programs write them."""

import json
from datetime import date
from pathlib import Path

import pytest

from kaowu.engines.roster import RosterExam
from kaowu.engines.roster.accommodations import RequestReader, speaks_of_withdrawal
from kaowu.engines.roster.counties import CountyReader
from kaowu.engines.roster.dates import read_date
from kaowu.engines.roster.fields import FieldReaders, read_document_text, read_phone, read_registration
from kaowu.engines.roster.headers import meaning_of
from kaowu.engines.roster.subjects import SubjectReader
from kaowu.engines.roster.workbook import NumberCell

FOLDER = Path(__file__).parents[3] / "data" / "rosters"
EXAM = RosterExam.from_json(json.loads((FOLDER / "p01_school_table.exam.json").read_text("utf-8")))
ADULTS = RosterExam.from_json(json.loads((FOLDER / "p03_adult_old_excel.exam.json").read_text("utf-8")))
READERS = FieldReaders(EXAM)
REQUESTS = RequestReader(EXAM)
SUBJECTS = SubjectReader(EXAM)
COURSES = SubjectReader(ADULTS)
LATEST = date(2027, 6, 7)


@pytest.mark.parametrize(
    "written",
    [
        "20090314",
        "2009-3-14",
        "2009.3.14",
        "2009/03/14",
        "2009年3月14日",
        "二〇〇九年三月十四日",
        "２００９－０３－１４",
        "14-Mar-09",
        "14/3/2009",
        "3/14/2009",
        "3/14/09",
        "09-3-14",
        "090314",
        "2009-03-14T00:00:00",
        "20090314.0",
        "39886",
        "39886.0",
        "2009-03-14（公历）",
        "14.03.2009",
        "2009-Mar-14",
        "14-3月-09",
        "2009年03月14",
    ]
    + ["2009/03/14 00:00:00", "Mar 14, 2009", "Sat Mar 14 00:00:00 CST 2009", " 2009 3 14 ", '="2009-03-14"'],
)
def test_one_day_has_many_writings(written: str) -> None:
    assert date(2009, 3, 14) in read_date(written, latest=LATEST).days


@pytest.mark.parametrize(
    "written", ["2009-02-30", "20091332", "农历八月十五", "2008-00-00", "2009.13.05", "不清楚", "2009"]
)
def test_a_day_that_does_not_exist_is_none(written: str) -> None:
    assert not read_date(written, latest=LATEST).days


def test_a_writing_with_two_readings_is_not_clear() -> None:
    assert len(read_date("3/4/2009", latest=LATEST).days) == 2
    assert not read_date("3/4/2009", latest=LATEST).is_clear


@pytest.mark.parametrize(
    "written",
    [
        "物理、化学、生物",
        "物化生",
        "物理+化学+生物",
        "4,5,6",
        "456",
        "4物理、5化学、6生物",
        "物理（4）、化学（5）、生物（6）",
        "物理类：化学、生物",
        "3+1+2：物化生",
        "物化生组合",
        "物理|化学|生物|",
        "语文、数学、英语、物理、化学、生物",
        "语数外物化生",
        "语数英物化生",
        "物理;化学;生物学",
        "【物理】【化学】【生物】",
        "物理和化学和生物",
        "首选物理，再选化学和生物",
        "04,05,06",
        "物理04化学05生物06",
        "①物理②化学③生物",
        "物理化学生物",
        "1.物理、2.化学、3.生物",
        "4-物理;5-化学;6-生物",
    ]
    + ["物理 化学 生物", "物理\n化学\n生物", "首选物理 再选化学生物", '["物理","化学","生物"]'],
)
def test_one_choice_has_many_writings(written: str) -> None:
    read = SUBJECTS.read(written)
    assert not read.unknown
    assert SUBJECTS.written(read.chosen) == "语文|数学|外语|物理|化学|生物"


@pytest.mark.parametrize(
    "written", ["物理、化学、技术", "5物理、6生物", "文综", "物理;化学;信息技术", "7-物理"]
)
def test_a_subject_that_is_not_offered_is_not_guessed(written: str) -> None:
    assert SUBJECTS.read(written).unknown


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("00009、00020", "政治经济学（财经类）|高等数学（一）"),
        ("20", "高等数学（一）"),
        ("00020 高等数学（一）；03706 思想道德修养与法律基础", "高等数学（一）|思想道德修养与法律基础"),
        ("概率论与数理统计(经管类)、大学语文", "概率论与数理统计（经管类）|大学语文"),
        ("英语（一）英语（二）", "英语（一）|英语（二）"),
    ],
)
def test_courses_are_read_by_code_and_name(written: str, names: str) -> None:
    read = COURSES.read(written)
    assert not read.unknown
    assert COURSES.written(read.chosen) == names


@pytest.mark.parametrize("written", ["00020英语（二）", "00020 英语（二）", "英语", "00099"])
def test_a_code_that_contradicts_its_name_is_an_error(written: str) -> None:
    assert COURSES.read(written).unknown


@pytest.mark.parametrize(
    ("written", "sex"),
    [
        ("男", "男"),
        ("女性", "女"),
        ("M", "男"),
        ("f", "女"),
        ("1", "男"),
        ("2.0", "女"),
        ("1-男", "男"),
        ("无", ""),
        ("Ｍ", "男"),
    ],
)
def test_sex_is_read(written: str, sex: str) -> None:
    assert READERS.sex[written] == (sex, "")


@pytest.mark.parametrize("written", ["0", "9", "南", "未知", "男女"])
def test_what_is_no_sex_is_unreadable(written: str) -> None:
    assert READERS.sex[written].code == "sex_unreadable"


@pytest.mark.parametrize(
    "written",
    ["0402001", "402001", "402001.0", "市中区榴花高中", "0402001枣庄市市中区榴花高级中学", "枣庄市市中区榴花高级中学（0402001）",
     "[0402001]枣庄市市中区榴花高级中学", "枣庄市 市中区　榴花高级中学", "0402001|市中区榴花高中", "山东省枣庄市市中区榴花高级中学"],
)  # fmt: skip
def test_a_school_is_found_by_name_code_alias_or_both(written: str) -> None:
    assert READERS.school[written] == ("枣庄市市中区榴花高级中学", "")


@pytest.mark.parametrize(
    "written", ["0402002枣庄市市中区榴花高级中学", "榴花高级中学", "4020010", "社会考生"]
)
def test_an_unknown_or_contradicting_school_is_an_error(written: str) -> None:
    assert READERS.school[written].code == "school_unknown"


@pytest.mark.parametrize("written", ["英语", "1", "01", "1-英语", "英语(1)", "1英语", "1.0", "英", "1 英语"])
def test_a_language_is_read(written: str) -> None:
    assert READERS.language[written] == ("英语", "")


@pytest.mark.parametrize("written", ["3-英语", "0", "9", "韩语", "10"])
def test_an_unknown_language_is_an_error(written: str) -> None:
    assert READERS.language[written].code == "foreign_language_unknown"


@pytest.mark.parametrize(
    "written",
    ["13800001234", "+86 138 0000 1234", "(+86)13800001234", "１３８００００１２３４", "'13800001234", "13800001234.0", "0086-13800001234",
     "86-13800001234", '="138-0000-1234"'],
)  # fmt: skip
def test_a_telephone_is_eleven_digits(written: str) -> None:
    assert read_phone(written) == ("13800001234", "")


@pytest.mark.parametrize(
    "written", ["12800001234", "1.38E+10", "无电话", "0632-1234567", "13800001234/13900001234"]
)
def test_what_is_no_mobile_number_is_left_empty(written: str) -> None:
    assert read_phone(written) == ("", "phone_invalid")


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("\ufeff'370402200904120417\t", "370402200904120417", ""),
        ('="37040220090412041x"', "37040220090412041X", ""),
        (NumberCell("370402200904120000"), "", "id_precision_lost"),
        ("370402200904120448.0", "", "id_precision_lost"),
        ("3.70402E+17", "", "id_scientific_notation"),
        ("3.7e17", "", "id_scientific_notation"),
        ("　", "", "id_missing"),
        ("待定", "", "placeholder"),
        ("#N/A", "", "cell_error"),
    ],
)
def test_a_document_number_loses_its_disguise_and_nothing_else(cell: str, value: str, code: str) -> None:
    assert read_document_text(cell) == (value, code)


def test_a_registration_number_lost_to_scientific_notation_is_left_empty() -> None:
    assert read_registration("2.73705E+13") == ("", "registration_number_unreadable")
    assert read_registration(NumberCell("27370402100001")) == ("27370402100001", "")


@pytest.mark.parametrize(
    "written",
    [
        "无",
        "无需",
        "否",
        "不申请",
        "不需要轮椅",
        "无需延长30%",
        "本人不申请免听力",
        "未申请合理便利",
        "不需要大字卷、轮椅等",
        "/",
        "身体健康",
        "没有轮椅需求",
        "取消延长30%申请",
        "不要求单独考场",
    ],
)
@pytest.mark.parametrize("in_request_column", [True, False])
def test_what_is_not_needed_is_not_a_request(written: str, in_request_column: bool) -> None:
    assert not REQUESTS.read(written, in_request_column=in_request_column).asks


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("不能行走，使用轮椅", "wheelchair"),
        ("无法握笔，申请延长３０％", "extra_time_30"),
        ("不需要轮椅，但需要大字卷", "large_print"),
        ("不申请延时50%，申请延时30%", "extra_time_30"),
        ("听力残疾，免听力、佩戴助听器", "hearing_aid|listening_exempt"),
    ],
)
def test_a_request_is_found_clause_by_clause(written: str, codes: str) -> None:
    assert "|".join(sorted(REQUESTS.read(written, in_request_column=False).codes)) == codes


@pytest.mark.parametrize(
    "written",
    [
        "弃考",
        "已弃考",
        "放弃报名",
        "退考",
        "作废",
        "不参加考试",
        "取消报名",
        "参加单招，放弃高考",
        "作废（重复）",
    ],
)
def test_withdrawal_is_heard(written: str) -> None:
    assert speaks_of_withdrawal(written)


@pytest.mark.parametrize(
    "written", ["往届生", "未弃考", "不放弃", "放弃照顾加分", "转学", "退役士兵", "取消加分"]
)
def test_other_remarks_are_not_withdrawal(written: str) -> None:
    assert not speaks_of_withdrawal(written)


@pytest.mark.parametrize(
    "written", ["370402", "市中区", "枣庄市市中区", "370402 市中区", "市中(1)", "370402000000"]
)
def test_a_county_is_read_from_a_cell_or_a_sheet_s_name(written: str) -> None:
    assert CountyReader(EXAM).in_text(written) == "370402"


@pytest.mark.parametrize(
    ("field", "headers"),
    [
        ("name", "姓名 *姓名（必填） 考生\n姓名 姓　名 XM ksxm xingming Name 学生姓名"),
        (
            "id_number",
            "身份证号 证件号 公民身份号码 身份证件号码 SFZH ZJHM sfzjh 身份证号码（18位） id_card_no 居民身份证号 有效证件号码",
        ),
        ("id_type", "证件类型 身份证件类型 证件种类（下拉选择） zjlx ID_Type 证件类别"),
        ("sex", "性别 考生性别 xb Sex 性别（男/女） gender 性别码"),
        ("birth_date", "出生日期 出生年月日 csrq 生日 Date_of_Birth 出生年月 DOB"),
        ("school", "毕业学校 学校名称 byxx xxdm 就读学校 毕业中学 所在学校 School 毕业学校代码 学校(全称)"),
        ("subjects", "选考科目 选科 报考科目 xkkm kskm 选科组合 首选科目 再选科目1 报考课程 科目一"),
        ("foreign_language", "外语语种 语种 wyyz 应试外语语种 外语语种代码 Foreign_Language"),
        ("county", "报名县区 县区 bmxq 县（市、区） 报名县（市、区） 所属区县 报名县区代码"),
        ("phone", "联系电话 手机 手机号码 lxdh 本人电话 考生联系电话 Mobile 联系方式"),
        ("registration_number", "考生号 报名号 报名序号 ksh 考籍号 14位考生号 准考证号 bmh"),
        ("accommodation", "合理便利申请 特殊需求 是否申请合理便利 特殊情况说明 tsxq"),
        ("remark", "备注 bz Remark 备　注 说明"),
        (
            "other_person",
            "家长姓名 监护人电话 父亲身份证号 母亲联系电话 班主任姓名 紧急联系人 jhrxm 联系电话（家长） parent_name",
        ),
        ("ignored", "曾用名 姓名拼音 学籍号 户籍县区 家庭住址 民族 学生证号 邮政编码"),
    ],
)
def test_headers_of_many_systems_are_understood(field: str, headers: str) -> None:
    for header in headers.split(" "):
        meaning = meaning_of((header,))
        assert meaning is not None, header
        assert meaning.field == field, header


@pytest.mark.parametrize(
    ("path", "field"),
    [
        (("家长信息", "姓名"), "other_person"),
        (("考生信息", "姓名"), "name"),
        (("身份证", "号码"), "id_number"),
        (("证件", "类型"), "id_type"),
        (("出生日期", "年"), "birth_year"),
        (("毕业学校", "代码"), "school"),
        (("联系电话", "本人"), "phone"),
        (("联系电话", "家长"), "other_person"),
    ],
)
def test_a_group_above_decides_what_a_short_heading_means(path: tuple[str, ...], field: str) -> None:
    meaning = meaning_of(path)
    assert meaning is not None
    assert meaning.field == field

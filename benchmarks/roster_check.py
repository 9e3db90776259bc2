"""Roster check: an .xlsx of 20 columns is read, recognised, checked and written out.

The input is made of synthetic people: one sheet with a title line and a header,
text cells as exam systems export them, a few numeric ones, and two rows in a
hundred with a fault or a disguise.
"""

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

NAME = "roster-check"
SIZES = (30_000, 100_000, 300_000)

SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉萍红鹏飞宇欣怡佳琪梓涵子轩浩然思雨晨曦文博一诺雅婷嘉豪俊熙"
ELECTIVES = ("物理", "化学", "生物", "思想政治", "历史", "地理")
HEADER = (
    "序号", "考生号", "姓名", "性别", "民族", "证件类型", "证件号码", "出生日期", "报名县区", "毕业学校代码",
    "毕业学校", "班级", "考生类别", "选考科目", "外语语种", "联系电话", "家长姓名", "家长电话", "合理便利申请", "备注",
)  # fmt: skip
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def exam() -> dict[str, Any]:
    """The exam that the synthetic people sit."""
    counties = [{"code": f"3704{n:02d}", "name": f"第{n}县"} for n in range(1, 11)]
    schools = [
        {
            "code": f"{n:07d}",
            "name": f"第{n % 10 + 1}县第{n}中学",
            "county": f"3704{n % 10 + 1:02d}",
            "aliases": [],
        }
        for n in range(1, 601)
    ]
    return {
        "exam": "测速用考试",
        "exam_date": "2027-06-07",
        "subjects": [{"code": "", "name": name, "aliases": [name[0]]} for name in ("语文", "数学", "外语")]
        + [{"code": str(4 + n), "name": name, "aliases": []} for n, name in enumerate(ELECTIVES)],
        "foreign_languages": [{"code": "1", "name": "英语"}, {"code": "3", "name": "日语"}],
        "subject_rule": {
            "required": ["语文", "数学", "外语"],
            "groups": [{"from": list(ELECTIVES), "min": 3, "max": 3}],
        },
        "plausible_age": [14, 65],
        "schools": schools,
        "id_types": [{"code": "resident_id", "name": "居民身份证", "aliases": ["身份证"]}],
        "counties": counties,
        "accommodations": {"wheelchair": ["轮椅"], "large_print": ["大字卷"]},
        "mandatory": ["name", "id_number", "school", "subjects"],
    }


def make_input(size: int, folder: Path) -> None:
    """Write the workbook row by row, and the exam."""
    import xlsxwriter

    told = exam()
    (folder / "exam.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    chance = random.Random(size)
    book = xlsxwriter.Workbook(str(folder / "roster.xlsx"), {"constant_memory": False, "use_zip64": True})
    sheet = book.add_worksheet("报名信息")
    sheet.write_string(0, 0, "2027年报名信息汇总表")
    for column, text in enumerate(HEADER):
        sheet.write_string(1, column, text)
    for number in range(1, size + 1):
        for column, value in enumerate(_person(number, chance, told)):
            if isinstance(value, int):
                sheet.write_number(number + 1, column, value)
            elif value:
                sheet.write_string(number + 1, column, value)
    book.close()


def _person(number: int, chance: random.Random, told: dict[str, Any]) -> tuple[str | int, ...]:
    school = chance.choice(told["schools"])
    # Ten counties, a year of birthdays and a thousand sequences: no number comes twice.
    born = date(2008, 9, 1) + timedelta(days=number // 10 % 365)
    body = (
        f"37{4 + number // 3_650_000 % 10:02d}{number % 10 + 1:02d}{born:%Y%m%d}{number // 3650 % 1000:03d}"
    )
    check = "10X98765432"[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True)) % 11]
    sex = "男" if int(body[16]) % 2 else "女"
    identity = body + check
    name = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
    fault = chance.random()
    if fault < 0.005:
        identity = identity[:-1]
    elif fault < 0.01:
        name = f" {name[0]}　{name[1:]}"
    elif fault < 0.015:
        sex = "女" if sex == "男" else "男"
    elif fault < 0.02:
        identity = f"\xa0{identity}\t"
    chosen = "、".join(sorted(chance.sample(ELECTIVES, 3)))
    return (
        number, f"27{school['county']}1{number:07d}", name, sex, "汉族", "居民身份证", identity, f"{born:%Y-%m-%d}",
        school["county"], school["code"], school["name"], f"{number % 30 + 1}班", "应届", chosen, "英语",
        f"13800{number % 1000000:06d}", name[0] + "某某", "13900000000", "", "",
    )  # fmt: skip


def set_up(folder: Path) -> object:
    """Imports, and what the importer is told about the exam."""
    from kaowu.engines.roster import RosterExam

    return RosterExam.from_json(json.loads((folder / "exam.json").read_text("utf-8")))


def run(state: Any, size: int, folder: Path) -> dict[str, Any]:
    """From bytes to the two result files."""
    from kaowu.engines.roster import check, read_tables, write_accepted, write_issues

    found = check(read_tables(folder / "roster.xlsx"), state)
    write_accepted(found, folder / "roster.csv")
    write_issues(found, folder / "roster.errors.json")
    assert found.rows_read == size, (found.rows_read, size)
    return {"accepted": len(found.accepted), "rejected": found.rejected}

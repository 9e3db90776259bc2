"""Makes messy rosters with their truth: a second author of mess beside the shared files.

Everything comes from a seed. People are made first, then faults and disguises,
then a layout, then a file format. The truth is written down while the mess is
made, so it never depends on the reader.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

SUBJECTS = ("物理", "化学", "生物", "思想政治", "历史", "地理")
SHORT = dict(zip(SUBJECTS, "物化生政史地", strict=True))
CODES = {name: str(at) for at, name in enumerate(SUBJECTS, start=4)}
REQUIRED = ("语文", "数学", "外语")
LANGUAGES = {"英语": "1", "俄语": "2", "日语": "3"}
COUNTIES = {"360102": "东湖区", "360103": "西湖区", "360121": "南昌县", "360124": "进贤县"}
SCHOOLS = (
    ("3601020101", "豫章市第一中学", "360102", "豫章一中"),
    ("3601020102", "豫章市东湖区百花洲中学", "360102", "百花洲中学"),
    ("3601030101", "豫章市西湖实验高级中学", "360103", "西湖实高"),
    ("3601210101", "南昌县莲塘第五中学（莲西校区）", "360121", "莲塘五中莲西校区"),
    ("3601240101", "进贤县第二职业技术学校", "360124", "进贤二职"),
)
KINDS = (
    ("resident_id", "居民身份证", ("身份证",)),
    ("hkmt_residence_permit", "港澳台居民居住证", ("港澳居民居住证", "台湾居民居住证")),
    ("passport", "护照", ()),
    ("military_id", "军官证", ("士兵证",)),
    ("foreign_permanent_resident", "外国人永久居留身份证", ()),
)
ACCOMMODATIONS = {
    "wheelchair": ["轮椅"],
    "large_print": ["大字卷"],
    "hearing_aid": ["助听器"],
    "extra_time_30": ["延长30%"],
}
EXAM: dict[str, Any] = {
    "exam": "2028年普通高考（模拟）",
    "exam_date": "2028-06-07",
    "subjects": [{"code": "", "name": name, "aliases": [name[0]]} for name in REQUIRED]
    + [
        {"code": CODES[n], "name": n, "aliases": [SHORT[n]] + (["政治"] if n == "思想政治" else [])}
        for n in SUBJECTS
    ],
    "foreign_languages": [{"code": code, "name": name} for name, code in LANGUAGES.items()],
    "subject_rule": {"required": list(REQUIRED), "groups": [{"from": list(SUBJECTS), "min": 3, "max": 3}]},
    "plausible_age": [14, 65],
    "schools": [{"code": c, "name": n, "county": k, "aliases": [a]} for c, n, k, a in SCHOOLS],
    "id_types": [{"code": code, "name": name, "aliases": list(more)} for code, name, more in KINDS],
    "counties": [{"code": code, "name": name} for code, name in COUNTIES.items()],
    "accommodations": ACCOMMODATIONS,
    "mandatory": ["name", "id_number", "school", "subjects"],
}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FAMILY = "王李张刘陈杨黄赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭"
GIVEN = "安邦诚达恩芳歌涵佳凯岚敏宁沛琪然姗桐望熙妍泽卓子一文心若晨"


@dataclass(frozen=True)
class Person:
    """One candidate with true values."""

    registration: str
    kind: str
    number: str
    name: str
    sex: str
    born: date
    school: tuple[str, str, str, str]
    chosen: tuple[str, ...]
    language: str
    phone: str
    accommodation: str = ""


@dataclass
class Written:
    """A person as written: raw values by field, and what must come of them."""

    person: Person
    cells: dict[str, Any]
    codes: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Truth:
    """What a perfect importer gives for one row."""

    accepted: dict[tuple[str, int], tuple[str, ...]]
    rejects: set[tuple[str, int, str]]


def check_character(body: str) -> str:
    """Independent of the code under test."""
    return "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, body, strict=True)) % 11]


class People:
    """Makes people, no two with one number."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._next = 0

    def one(self) -> Person:
        """Somebody new."""
        chance, self._next = self._chance, self._next + 1
        school = chance.choice(SCHOOLS)
        born = date(2009, 9, 1) + timedelta(days=chance.randrange(500))
        sex = chance.choice("男女")
        kind = chance.choices([k[0] for k in KINDS], [92, 3, 2, 2, 1])[0]
        sequence = f"{self._next % 500 * 2 + (sex == '男'):03d}"
        area = {
            "hkmt_residence_permit": chance.choice(["810000", "820000", "830000"]),
            "foreign_permanent_resident": "936111",
        }
        body = f"{area.get(kind, school[2])}{born:%Y%m%d}{sequence}"
        number = body + check_character(body)
        name = chance.choice(FAMILY) + "".join(chance.choices(GIVEN, k=chance.choice([1, 2, 2])))
        if kind == "passport":
            number, name = (
                f"E{chance.randrange(10**7, 10**8)}",
                chance.choice(["IVAN PETROV", "Anne-Marie O'Neil", name]),
            )
        elif kind == "military_id":
            number = f"南字第{chance.randrange(10**7, 10**8)}号"
        elif chance.random() < 0.03:
            name = "阿依古丽·买买提"
        order = {name: at for at, name in enumerate(SUBJECTS)}
        return Person(
            f"28{school[2]}{self._next:06d}", kind, number, name, sex, born, school,
            tuple(sorted(chance.sample(SUBJECTS, 3), key=order.__getitem__)),
            chance.choice(["英语", "英语", "日语"]), f"139{chance.randrange(10**8):08d}",
        )  # fmt: skip


def truth_values(person: Person, county: str) -> tuple[str, ...]:
    """The accepted values in the order of NAME.csv, from registration_number to accommodation."""
    return (
        person.registration, person.kind, person.number, person.name, person.sex, person.born.isoformat(),
        person.school[1], "|".join([*REQUIRED, *person.chosen]), person.language, county, person.phone,
        person.accommodation,
    )  # fmt: skip


DATE_FORMS: tuple[Callable[[date], Any], ...] = (
    lambda d: f"{d:%Y%m%d}",
    lambda d: f"{d:%Y-%m-%d}",
    lambda d: f"{d.year}.{d.month}.{d.day}",
    lambda d: f"{d.year}年{d.month}月{d.day}日",
    lambda d: f"{d:%Y/%m/%d} 00:00:00",
    lambda d: f"{d.day}-{d:%b}-{d:%y}",
    lambda d: f"{d:%Y-%m-%dT00:00:00}",
    lambda d: f"{d.month}/{d.day}/{d.year}",
    lambda d: (
        "".join("〇一二三四五六七八九"[int(c)] for c in f"{d.year}")
        + f"年{chinese(d.month)}月{chinese(d.day)}日"
    ),
    lambda d: str((d - date(1899, 12, 30)).days),
    lambda d: f"{d:%y}.{d.month}.{d.day}",
    lambda d: f"{d:%Y年%m月%d日}（公历）",
    lambda d: f"{d:%Y－%m－%d}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789"}),
)


def chinese(number: int) -> str:
    """十四, 二十, 三."""
    tens, ones = divmod(number, 10)
    digits = "〇一二三四五六七八九"
    return (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones else "")


SUBJECT_FORMS: tuple[Callable[[tuple[str, ...]], str], ...] = (
    lambda c: "、".join(c),
    lambda c: "".join(SHORT[n] for n in c),
    lambda c: "+".join(c),
    lambda c: ",".join(CODES[n] for n in c),
    lambda c: "；".join(f"{CODES[n]}-{n}" for n in c),
    lambda c: "语文 数学 外语 " + " ".join(c),
    lambda c: "".join(CODES[n] for n in c),
    lambda c: "/".join(SHORT[n] for n in reversed(c)),
    lambda c: "组合：" + "".join(SHORT[n] for n in c),
    lambda c: "\n".join(c),
    lambda c: "|".join(f"{n}({CODES[n]})" for n in c),
    lambda c: f"首选{c[0]}，再选{c[1]}和{c[2]}",
    lambda c: "".join(c),
    lambda c: "语数外" + "".join(SHORT[n] for n in c),
)
SCHOOL_FORMS: tuple[Callable[[tuple[str, str, str, str]], str], ...] = (
    lambda s: s[1],
    lambda s: s[0],
    lambda s: s[3],
    lambda s: f"{s[0]} {s[1]}",
    lambda s: f"{s[1]}（{s[0]}）",
    lambda s: f"[{s[0]}]{s[1]}",
    lambda s: s[1].replace("（", "(").replace("）", ")"),
    lambda s: f" {s[1][:3]}　{s[1][3:]}",
)
LANGUAGE_FORMS: tuple[Callable[[str], str], ...] = (
    lambda x: x,
    lambda x: LANGUAGES[x],
    lambda x: "0" + LANGUAGES[x],
    lambda x: f"{LANGUAGES[x]}-{x}",
    lambda x: f"{x}({LANGUAGES[x]})",
    lambda x: f"{LANGUAGES[x]}{x}",
    lambda x: f"{LANGUAGES[x]}.0",
)
SEX_FORMS: tuple[Callable[[str], str], ...] = (
    lambda x: x,
    lambda x: x + "性",
    lambda x: "1" if x == "男" else "2",
    lambda x: "M" if x == "男" else "F",
    lambda x: ("1-" if x == "男" else "2-") + x,
    lambda x: "male" if x == "男" else "Female",
)
PHONE_FORMS: tuple[Callable[[str], str], ...] = (
    lambda p: p,
    lambda p: f"+86{p}",
    lambda p: f"{p[:3]} {p[3:7]} {p[7:]}",
    lambda p: f"{p[:3]}-{p[3:7]}-{p[7:]}",
    lambda p: f"{p}.0",
    lambda p: f"0086-{p}",
    lambda p: f"'{p}",
)
NUMBER_FORMS: tuple[Callable[[str], str], ...] = (
    lambda n: n,
    lambda n: n.lower() if n.endswith("X") else n,
    lambda n: f"'{n}",
    lambda n: f'="{n}"',
    lambda n: f"{n}\t",
    lambda n: f"﻿{n}​",
    lambda n: f"{n[:6]} {n[6:14]} {n[14:]}",
    lambda n: n.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"}),
    lambda n: f"　{n} ",
)
NAME_FORMS: tuple[Callable[[str], str], ...] = (
    lambda n: n,
    lambda n: f" {n}　" if n.isascii() else f"{n[0]}　{n[1:]}",
    lambda n: f"{n}\u200b",
    lambda n: n.replace("·", "•"),
    lambda n: n.replace("·", "．"),
)


def form(chance: random.Random, forms: tuple[Callable[..., Any], ...], share: float) -> Callable[..., Any]:
    """Mostly the first, sometimes another one."""
    return forms[0] if chance.random() > share else chance.choice(forms[1:])


def spoil(chance: random.Random, written: Written) -> None:
    """Put one fault into a row and write down its code."""
    cells, person = written.cells, written.person
    number = person.number
    resident = person.kind == "resident_id"
    faults: list[tuple[str, str, Any]] = [
        ("name_invalid_character", "name", f"{person.name}（复读）"),
        ("name_invalid_character", "name", "zhang san" if resident else "张3"),
        ("name_lost_character", "name", "王?"),
        ("name_private_use", "name", "王\ue5f1"),
        ("placeholder", "name", "待补"),
        ("missing_mandatory", "name", ""),
        ("id_missing", "number", ""),
        ("placeholder", "number", "暂无"),
        ("school_unknown", "school", "洪都市第九十九中学"),
        ("placeholder", "school", "不详"),
        ("missing_mandatory", "school", None),
        ("subject_combination_invalid", "subjects", "物理、化学"),
        ("subject_not_offered", "subjects", "物理、化学、通用技术"),
        ("missing_mandatory", "subjects", "  "),
        ("foreign_language_unknown", "language", "世界语"),
        ("id_type_unknown", "kind", "户口簿"),
        ("cell_error", "school", "#N/A"),
    ]
    if resident:
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        faults += [
            ("id_check_digit", "number", wrong),
            ("id_length", "number", number[:-1]),
            ("id_length", "number", number + "1"),
            ("id_15_digit", "number", number[:6] + number[8:17]),
            ("id_bad_character", "number", number[:9] + "O" + number[10:]),
            ("id_bad_character", "number", number[:17] + "×"),
            ("id_scientific_notation", "number", "3.60102E+17"),
            ("sex_mismatch", "sex", "女" if person.sex == "男" else "男"),
            ("birth_date_mismatch", "born", f"{person.born + timedelta(days=1):%Y-%m-%d}"),
            ("birth_date_invalid", "born", "2010-02-30"),
            ("sex_unreadable", "sex", "9"),
            ("id_type_mismatch", "kind", "护照"),
        ]
    code, cell, value = chance.choice(faults)
    cells[cell] = value
    written.codes.add(code)


def write_person(chance: random.Random, person: Person, style: dict[str, Any], mess: float) -> Written:
    """A person's cells in the style of a file, with a disguise here and there."""
    kinds = {code: name for code, name, _ in KINDS}
    sure_date = person.kind in {"passport", "military_id"}
    date_form = DATE_FORMS[1] if sure_date else form(chance, (style["date"], *DATE_FORMS), mess)
    name = form(chance, NAME_FORMS, mess)(person.name)
    cells = {
        "serial": None,
        "registration": person.registration,
        "kind": "" if person.kind == "resident_id" and chance.random() < mess else kinds[person.kind],
        "number": form(chance, NUMBER_FORMS, mess)(person.number),
        "name": name,
        "sex": form(chance, (style["sex"], *SEX_FORMS), mess / 2)(person.sex),
        "born": date_form(person.born),
        "school": form(chance, (style["school"], *SCHOOL_FORMS), mess)(person.school),
        "county": person.school[2] if style["county_code"] else COUNTIES[person.school[2]],
        "subjects": form(chance, (style["subjects"], *SUBJECT_FORMS), mess)(person.chosen),
        "language": form(chance, (style["language"], *LANGUAGE_FORMS), mess)(person.language),
        "phone": form(chance, PHONE_FORMS, mess)(person.phone),
        "request": chance.choice(["", "", "无", "不需要"]),
        "remark": chance.choice(["", "", "往届生", "随迁子女"]),
        "class": f"{chance.randrange(1, 20)}班",
        "ethnic": "汉族",
        "parent": chance.choice(FAMILY) + chance.choice(GIVEN),
        "parent_phone": "13700000000",
        "parent_number": "360102198001011234",
        "address": "豫章市某某路1号",
    }
    written = Written(person, cells)
    if chance.random() < 0.02:
        code = chance.choice(list(ACCOMMODATIONS))
        cells["request"] = f"申请{ACCOMMODATIONS[code][0]}"
        written.person = replace(person, accommodation=code)
        written.flags.add("accommodation_request")
    elif chance.random() < 0.02:
        cells["request"] = "不需要轮椅"
    return written


def make_people(seed: int, count: int, mess: float = 0.08, faults: float = 0.05) -> list[Written]:
    """All rows of a file, with the duplicates that files have."""
    chance = random.Random(seed)
    people = People(chance)
    style = {
        "date": chance.choice(DATE_FORMS),
        "sex": chance.choice(SEX_FORMS[:4]),
        "school": chance.choice(SCHOOL_FORMS),
        "subjects": chance.choice(SUBJECT_FORMS),
        "language": chance.choice(LANGUAGE_FORMS),
        "county_code": chance.random() < 0.5,
    }
    rows = []
    for _ in range(count):
        written = write_person(chance, people.one(), style, mess)
        if chance.random() < faults:
            spoil(chance, written)
        rows.append(written)
    clean = [row for row in rows if not row.codes]
    for row in chance.sample(clean, min(3, len(clean))):
        again = Written(row.person, dict(row.cells), set(row.codes), set(row.flags))
        what = chance.choice(["duplicate_person", "duplicate_id_conflict", "duplicate_conflicting"])
        if what == "duplicate_id_conflict":
            again.cells["name"] = "熊大"
            row.codes.add(what)
        elif what == "duplicate_conflicting":
            other = SUBJECTS[:3] if row.person.chosen != SUBJECTS[:3] else SUBJECTS[3:]
            again.cells["subjects"] = "、".join(other)
            row.codes.add(what)
        again.codes.add(what)
        rows.append(again)
    return rows

"""导入考务人员: a workbook of exam staff becomes register entries, all or nothing."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from kaowu.basics.errors import Sentence
from kaowu.engines.roster.reading import read_tables
from kaowu.loop.prepare.register_table import Column, RegisterRow, RowIssue, find_table, known, unique

_SEXES = {"男": "male", "女": "female", "男性": "male", "女性": "female", "1": "male", "2": "female"}
_COLUMNS = (
    Column("number", ("工号", "人员编号", "职工号"), required=True),
    Column("name", ("姓名",), required=True),
    Column("sex", ("性别",)),
    Column("school", ("学校代码", "所在学校代码")),
    Column("school_name", ("所在学校", "工作单位", "单位")),
    Column("county", ("县区", "县（市、区）", "区县"), required=True),
    Column("subject", ("任教学科", "学科")),
    Column("grade", ("任教年级", "年级")),
    Column("class_head", ("是否班主任", "班主任")),
    Column("years_teaching", ("教龄",)),
    Column("years_invigilating", ("监考年限",)),
    Column("certified", ("是否持证", "持证")),
    Column("certificate_until", ("证书有效期", "证书有效期至")),
    Column("relative_in_exam", ("有无亲属参加本次考试", "有无亲属参考")),
    Column("relative_candidate_number", ("亲属考生号",)),
    Column("relation", ("与考生关系",)),
    Column("spouse_number", ("配偶工号",)),
    Column("breach_on", ("违规停止考务日期", "停止参与考务日期")),
    Column("intended_post", ("拟任岗位", "岗位")),
    Column("secrecy_pledged", ("已签保密责任书", "保密责任书")),
    Column("phone", ("联系电话", "手机", "手机号", "电话")),
    Column("id_number", ("身份证号", "证件号码", "身份证号码")),
)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A member of the exam staff as the workbook gives it."""

    number: str
    name: str
    sex: str
    school: str
    county: str
    subject: str
    grade: str
    class_head: bool
    years_teaching: int
    years_invigilating: int
    certified: bool
    certificate_until_on: datetime.date | None
    relative_in_exam: bool
    relative_candidate_number: str
    relation: str
    spouse_number: str
    breach_on: datetime.date | None
    intended_post: str
    secrecy_pledged: bool
    phone: str
    id_number: str


@dataclass(frozen=True, slots=True)
class Staff:
    """What a workbook of staff holds, and what is wrong with it."""

    people: tuple[NewPerson, ...]
    issues: tuple[RowIssue, ...]
    ignored_columns: tuple[str, ...]


def read_staff(
    content: bytes, name: str = "", *, school_exists: Callable[[str], bool] = lambda code: True,
    county_exists: Callable[[str], bool] = lambda name: True,
) -> Staff:  # fmt: skip
    """Read a workbook of staff. Refused if it is no table; faults of rows are issues."""
    table = find_table(
        read_tables(content, name).sheets, _COLUMNS, Sentence("考务人员表", "the list of exam staff")
    )
    rows = [(row, _person(row)) for row in table.rows()]
    unique([(row, person.number) for row, person in rows], "number", Sentence("工号", "staff number"))
    unique(
        [(row, person.id_number) for row, person in rows],
        "id_number",
        Sentence("证件号码", "document number"),
    )
    known(
        [(row, person.school) for row, person in rows],
        school_exists,
        "school",
        Sentence("学校代码", "school code"),
    )
    known([(row, person.county) for row, person in rows], county_exists, "county", Sentence("县区", "county"))
    issues = sorted(table.issues, key=lambda issue: issue.row)
    return Staff(tuple(person for _, person in rows), tuple(issues), table.unknown)


def _person(row: RegisterRow) -> NewPerson:
    return NewPerson(
        number=row.code("number") if row.required("number") else "",
        name=row.required("name", 50),
        sex=row.choice("sex", _SEXES, ""),
        school=row.code("school"),
        county=row.required("county", 100),
        subject=row.text("subject", 30),
        grade=row.text("grade", 20),
        class_head=row.flag("class_head"),
        years_teaching=row.integer("years_teaching", most=70),
        years_invigilating=row.integer("years_invigilating", most=70),
        certified=row.flag("certified"),
        certificate_until_on=row.day("certificate_until"),
        relative_in_exam=row.flag("relative_in_exam"),
        relative_candidate_number=row.text("relative_candidate_number", 32),
        relation=row.text("relation", 20),
        spouse_number=row.text("spouse_number", 32),
        breach_on=row.day("breach_on"),
        intended_post=row.text("intended_post", 30),
        secrecy_pledged=row.flag("secrecy_pledged"),
        phone=row.text("phone", 20),
        id_number=_document_number(row),
    )


def _document_number(row: RegisterRow) -> str:
    text = row.text("id_number", 30).replace(" ", "").upper()
    place = row.table.places.get("id_number")
    raw = row.cells[place] if place is not None and place < len(row.cells) else None
    if text and (getattr(raw, "has_lost_digits", False) or "E+" in text):
        row.blame(
            "id_number", "id_precision_lost",
            Sentence("证件号码按数值存放，后几位已丢失，无法还原", "the document number was stored as a number; its last digits are lost"),
            Sentence("请向单位要原号码，按文本填写", "ask the unit for the number and enter it as text"),
        )  # fmt: skip
        return ""
    return text

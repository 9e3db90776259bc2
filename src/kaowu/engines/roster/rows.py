"""Tells candidates from everything else that stands in a table: totals, notes, signatures.

Only rows without a proper document number come here, and the first rows of a
table. A row is a candidate if it says something about a person; a total, a
signature line, an example, a line of column numbers or a lone running number
says nothing about one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from kaowu.basics.names import HAN_NAME, half_width, without_spaces
from kaowu.engines.roster import headers as h
from kaowu.engines.roster.cleaning import compact, compact_code, is_blank
from kaowu.engines.roster.mapping import TableMapping
from kaowu.engines.roster.workbook import Row

CANDIDATE = "candidate"
NOTHING = "nothing"
TOTAL = "total"
SECTION = "section"

_EXAMPLE = re.compile(
    r"[(\[<《“\"]?(?:填写|填表|录入|参考)?(?:示例|样例|范例|例子|举例|示范|样本|样板|模板|例如|例|sample|example|e\.?g\.?)(?:行|数据|\d)?[)\]>》”\"]?[:.、]?",
    re.IGNORECASE,
)
_EXAMPLE_NAME = re.compile(r".*[(\[【]?(?:示例|样例|范例|举例|[(\[【]例)[)\]】]?$")
_TOTAL = re.compile(
    r"^[(【\[*]*(?:本?[页校班县区市表考点]{0,3}|全[县区市校班]|各校|男女|累|人数|总人数|总)?(?:合计|总计|共计|小计|累计|总数|总人数|计)(?:人数|数|为|:|：|\d|共|$|[(（])"
    r"|^(?:[本全该此][页校班县区市表次]?)?(?:总)?共(?:计|有|报名)?\d+(?:人|名|位|条|行)|^(?:total|subtotal|sum|count)\b"
    r"|^(?:报名|考生|学生|参考|实考)?(?:总人数|人数)[:：]?\d*$",
    re.IGNORECASE,
)
_SUBTOTAL = re.compile(r"小计|本页|本班|本考点|本校|subtotal", re.IGNORECASE)
_STATED = re.compile(
    r"(?:共(?:计|有|报名)?|合计|总计|小计|总人数|人数)[^\d]{0,8}?(\d{1,7})(?:人|名|位|条|行|个)"
)
_WITH_UNIT = re.compile(r"(\d{1,7})(?:人|名|位考生|条|行)")
_TITLE_TOTAL = re.compile(
    r"(?:共(?:计|有|报名)?|合计|总计|总人数|考生人数|报名人数)[:：]?(\d{1,7})(?:人|名|位考生|名考生)"
)
_PAPERWORK = re.compile(
    r"签字|签名|签章|盖章|公章|审核人|审查人|复核人|填表|填报|制表|经办人|负责人|校长|班主任[:：]|主管|联系人[:：]|联系电话[:：]|日期[:：]|时间[:：]|"
    r"打印|导出|年\s*月\s*日|^注[:：]|^备注[:：]|^说明[:：]?|^附[:：]|注意|填写说明|以下空白|以下无|此处|空白|接上页|转下页|续表|续前|第\d*页|共\d*页|"
    r"^页码|---+|===+|\*\*\*+|制单|监制|单位[:：]|学校[:：]|请勿|必须|本表|此表|一式"
)
_DATE = re.compile(r"\d{4}年\d{1,2}月|^\d{4}[-./]\d{1,2}[-./]\d{1,2}$")
_UNIT_LINE = frozenset(
    [
        "必填",
        "选填",
        "可选",
        "可空",
        "非必填",
        "必填项",
        "选填项",
        "文本",
        "数字",
        "字符",
        "字符型",
        "数值",
        "数值型",
        "日期",
        "日期型",
        "代码",
        "格式",
        "文本格式",
        "下拉",
        "下拉选择",
        "是否必填",
        "y/n",
        "c",
        "n",
        "d",
        "string",
        "varchar",
        "char",
        "text",
        "number",
        "date",
        "int",
        "required",
        "optional",
        "必录",
        "选录",
        "说明",
        "不填",
        "自动生成",
    ]
)

_SAYS_WHO = frozenset({h.ID_NUMBER, h.SEX, h.BIRTH, h.PHONE, *h.BIRTH_PARTS})
"""Schools, counties and languages are often filled in beforehand, all the way down."""
_HINT = re.compile(
    r"\d+位|文本|格式|必填|选填|填写|请|yyyy|\(中文\)|^中文$|汉字|男/女|男或女|下拉|字符|长度|不能为?空|全称|见说明|见代码|代码表|x大写|如:|例如|不得|须|应与",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RowKind:
    """What a row is; a total with the number it states."""

    kind: str
    numbers: tuple[int, ...] = ()
    is_subtotal: bool = False
    text: str = ""


_IS_CANDIDATE = RowKind(CANDIDATE)
_IS_NOTHING = RowKind(NOTHING)


class RowSorter:
    """Sorts the rows of one table."""

    def __init__(self, table: TableMapping) -> None:
        self._left, self._right = table.left, table.right
        self._fields = {column.index: column.field for column in table.columns if column.field}
        self._serial = {column.index for column in table.columns if column.field == h.SERIAL}
        numbers = table.columns_of(h.ID_NUMBER)
        names = table.columns_of(h.NAME)
        self._id = numbers[0].index if numbers else -1
        self._name = names[0].index if names else -1

    def sort(self, row: Row) -> RowKind:
        """What kind of row this is."""
        cells = {
            index: cell[:300]
            for index, cell in enumerate(row[self._left : self._right + 1], start=self._left)
            if cell and not is_blank(cell)
        }
        if not cells:
            return _IS_NOTHING
        if cells.keys() <= self._serial and compact_code(next(iter(cells.values()))).strip("()").isdigit():
            return _IS_NOTHING
        if self._is_example(cells):
            return _IS_NOTHING
        number = compact(cells.get(self._id, ""))
        digits = sum(character.isdigit() for character in number)
        if digits >= 6 and not _PAPERWORK.search(number) and not _DATE.search(number):
            return _IS_CANDIDATE
        total = self._total(cells)
        if total is not None:
            return total
        if self._is_column_numbers(cells) or self._is_unit_line(cells) or self._is_hint_line(cells):
            return _IS_NOTHING
        if self._is_person(cells):
            return _IS_CANDIDATE
        if len(cells) <= 2:
            return RowKind(SECTION, text=" ".join(cells.values()))
        return _IS_NOTHING

    def _is_example(self, cells: dict[int, str]) -> bool:
        for index, cell in cells.items():
            text = compact(cell)
            if len(text) <= 12 and _EXAMPLE.fullmatch(text):
                return True
            if index == self._name and _EXAMPLE_NAME.fullmatch(text):
                return True
        return False

    def _total(self, cells: dict[int, str]) -> RowKind | None:
        texts = [compact(cell) for cell in cells.values()]
        if not any(_TOTAL.search(text) for text in texts[:4]) or len(texts) > 2 + len(self._fields):
            return None
        name = compact(cells.get(self._name, ""))
        if self._looks_like_name(name) and not _TOTAL.search(name) and any(i in cells for i in self._serial):
            serial = compact_code(cells[min(self._serial & cells.keys())])
            if serial.isdigit():
                return None
        joined = " ".join(texts)
        stated = [int(number) for number in _STATED.findall(joined)] or [
            int(n) for n in _WITH_UNIT.findall(joined)
        ]
        bare = [int(text) for text in map(compact_code, cells.values()) if text.isdigit() and len(text) <= 7]
        glued = [int(number) for number in re.findall(r"(?:计|数)[:：]?(\d{1,7})(?!\d)", joined)]
        numbers = tuple(stated or glued or sorted(bare, reverse=True))
        return RowKind(TOTAL, numbers, _SUBTOTAL.search(joined) is not None, joined)

    def _is_column_numbers(self, cells: dict[int, str]) -> bool:
        """1 2 3 4, (1) (2) (3), A B C, 甲 乙 丙 under a header."""
        texts = [compact(cell).strip("()（）").upper() for cell in cells.values()]
        if len(texts) < 3:
            return False
        for row in (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "甲乙丙丁戊己庚辛壬癸",
            "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
            "一二三四五六七八九",
        ):
            places = [row.find(text) if len(text) == 1 else -1 for text in texts]
            if all(place >= 0 for place in places) and places == sorted(set(places)):
                return True
        values = [int(text) for text in texts if text.isdigit() and len(text) <= 2]
        return (
            len(values) == len(texts)
            and values == sorted(set(values))
            and values[-1] - values[0] < 2 * len(values) + 5
        )

    def _is_unit_line(self, cells: dict[int, str]) -> bool:
        texts = [compact(cell).lower().strip("()（）【】[]") for cell in cells.values()]
        return all(text in _UNIT_LINE for text in texts)

    def _is_hint_line(self, cells: dict[int, str]) -> bool:
        """How to fill in each column: 18位, 男/女, yyyy-mm-dd."""
        hints = {index for index, cell in cells.items() if _HINT.search(compact(cell))}
        return len(hints) >= 2 and (self._id in hints or self._id not in cells)

    def _is_person(self, cells: dict[int, str]) -> bool:
        """Something is said about a person: a name, a number, several particulars."""
        personal = {
            index: cell
            for index, cell in cells.items()
            if self._fields.get(index, h.SERIAL) not in {h.SERIAL, h.REMARK}
            and not _PAPERWORK.search(compact(cell))
        }
        registration = next((c for i, c in personal.items() if self._fields[i] == h.REGISTRATION), "")
        if sum(character.isdigit() for character in registration) >= 6:
            return True
        if self._name in personal:
            name = compact(personal[self._name])
            has_serial = any(compact_code(cells[i]).isdigit() for i in self._serial if i in cells)
            if len(personal) >= 3 or (len(personal) >= 2 and self._looks_like_name(name)):
                return True
            return has_serial and (self._looks_like_name(name) or len(name) <= 4)
        says_who = {self._fields[index] for index in personal} & _SAYS_WHO
        return len(personal) >= 3 and bool(says_who)

    @staticmethod
    def _looks_like_name(text: str) -> bool:
        return (
            2 <= len(text) <= 40 and HAN_NAME.fullmatch(text) is not None and (len(text) <= 4 or "·" in text)
        )


def total_in_text(text: str) -> int | None:
    """A number of candidates that a title or a note states: （共310人）."""
    match = _TITLE_TOTAL.search(without_spaces(half_width(text[:500])))
    return int(match[1]) if match else None

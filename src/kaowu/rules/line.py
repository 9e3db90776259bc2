"""Lines of a profile: what each may hold, and how a value is read and said.

A line is declared once, in `lines/<group>.toml`, with its names, shape, unit
and bounds. Each profile gives it a value with the clause that the value comes
from. Values are plain (whole numbers, yes or no, texts, lists of texts, or
none), so that they have one canonical form and can be digested.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.number_templates import NumberTemplate
from kaowu.rules.seat_layout import read_layout
from kaowu.rules.toml_table import Wrong

Value: TypeAlias = int | bool | str | tuple[str, ...] | None

UNITS: Mapping[str, Sentence] = {
    "": Sentence("", ""),
    "milliseconds": Sentence("毫秒", "ms"),
    "seconds": Sentence("秒", "s"),
    "minutes": Sentence("分钟", "min"),
    "hours": Sentence("小时", "h"),
    "days": Sentence("天", "days"),
    "months": Sentence("个月", "months"),
    "years": Sentence("年", "years"),
    "centimetres": Sentence("厘米", "cm"),
    "percent": Sentence("%", "%"),
    "persons": Sentence("人", "persons"),
    "rooms": Sentence("个考场", "rooms"),
    "sheets": Sentence("份", "sheets"),
    "packets": Sentence("袋", "packets"),
    "sets": Sentence("套", "sets"),
    "times": Sentence("次", "times"),
    "units": Sentence("个单位", "units"),
    "pieces": Sentence("件", "pieces"),
    "metres": Sentence("米", "m"),
    "kilometres": Sentence("公里", "km"),
    "schools": Sentence("所学校", "schools"),
    "sites": Sentence("个考点", "sites"),
    "cents": Sentence("分（人民币）", "cents (CNY)"),
}
_NONE = {"none", "无"}
_YES, _NO = {"true", "yes", "是"}, {"false", "no", "否"}
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d\Z")


class Shape(StrEnum):
    """What kind of value a line holds."""

    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXTS = "texts"
    TIMES = "times"
    TEMPLATE = "template"
    LAYOUT = "layout"
    LAYOUTS = "layouts"
    SCRIPT = "script"


@dataclass(frozen=True)
class LineSpec:
    """What a line is called and what it may hold."""

    key: str
    group: str
    label: Sentence
    shape: Shape = Shape.NUMBER
    unit: str = ""
    least: int = 0
    most: int = 100_000
    choices: Mapping[str, Sentence] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    optional: bool = False
    default: Value = None
    has_default: bool = False

    def take(self, value: Any) -> Value:
        """The value as written in TOML; raises `Wrong`."""
        if isinstance(value, str) and value in _NONE:
            if not self.optional:
                raise Wrong("这一行不能为“无”", "this line cannot be none")
            return None
        match self.shape:
            case Shape.NUMBER:
                return self._number(value)
            case Shape.YES_NO:
                if not isinstance(value, bool):
                    raise Wrong("应为 true 或 false", "should be true or false")
                return value
            case Shape.CHOICE:
                return self._choice(value)
            case Shape.TEMPLATE | Shape.LAYOUT | Shape.SCRIPT:
                return self._form(value)
            case Shape.CHOICES | Shape.TEXTS | Shape.TIMES | Shape.LAYOUTS:
                return self._list(value)

    def take_text(self, text: str) -> Value:
        """The value as a person wrote it, for an override; raises `Wrong`."""
        text = text.strip()
        if text in _NONE:
            return self.take(text)
        match self.shape:
            case Shape.NUMBER:
                digits = text.removeprefix("-")
                if not digits.isascii() or not digits.isdigit():
                    raise Wrong(f"“{text}”不是整数", f"“{text}” is no whole number")
                return self.take(int(text[:12]))
            case Shape.YES_NO:
                if text.lower() not in _YES | _NO:
                    raise Wrong(f"“{text}”不是“是”或“否”", f"“{text}” is neither yes nor no")
                return text.lower() in _YES
            case Shape.CHOICE:
                return self.take(self._code(text))
            case Shape.CHOICES | Shape.TEXTS | Shape.TIMES | Shape.LAYOUTS:
                items = [item.strip() for item in re.split("[,，、]", text) if item.strip()]
                return self.take([self._code(item) for item in items])
            case _:
                return self.take(text)

    def say(self, value: Value) -> Sentence:
        """A value with its unit, as people read it."""
        if value is None:
            return Sentence("无", "none")
        if isinstance(value, bool):
            return Sentence("是", "yes") if value else Sentence("否", "no")
        if isinstance(value, tuple):
            said = [self.choices.get(item, Sentence(item, item)) for item in value]
            return Sentence("、".join(s.zh for s in said) or "无", ", ".join(s.en for s in said) or "none")
        if isinstance(value, str):
            return self.choices.get(value, Sentence(value, value))
        unit = UNITS[self.unit]
        one = value == 1 and len(unit.en) > 2  # 1 person, but 1 s
        en = unit.en.removesuffix("s") if one else unit.en
        return Sentence(f"{value} {unit.zh}".strip(), f"{value} {en}".strip())

    @property
    def bounds(self) -> Sentence:
        """What may be entered, as people read it."""
        match self.shape:
            case Shape.NUMBER:
                return Sentence(f"{self.least}–{self.most}", f"{self.least}–{self.most}")
            case Shape.CHOICE | Shape.CHOICES:
                words = self.choices.values()
                return Sentence("、".join(w.zh for w in words), ", ".join(w.en for w in words))
            case _:
                return _SHAPES[self.shape]

    def _number(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Wrong("应为整数", "should be a whole number")
        if not self.least <= value <= self.most:
            raise Wrong(
                f"{value} 超出范围 {self.least}–{self.most}",
                f"{value} lies outside {self.least}–{self.most}",
            )
        return value

    def _choice(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.choices:
            allowed = "、".join(f"{code}（{said.zh}）" for code, said in self.choices.items())
            raise Wrong(
                f"“{value}”不在可选项中：{allowed}", f"“{value}” is none of {', '.join(self.choices)}"
            )
        return value

    def _form(self, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise Wrong("应为文字", "should be text")
        if self.shape is Shape.TEMPLATE:
            strange = {field.name for field in _template(value).fields} - set(self.parts)
            if strange:
                raise Wrong(
                    f"模板中的 {'、'.join(sorted(strange))} 不可用（可用：{'、'.join(self.parts)}）",
                    f"{', '.join(sorted(strange))} cannot stand in this template (known: {', '.join(self.parts)})",
                )
        elif self.shape is Shape.LAYOUT:
            read_layout(value)
        return value

    def _list(self, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
            raise Wrong("应为文字的列表", "should be a list of texts")
        if len(set(value)) < len(value):
            raise Wrong("列表中有重复项", "the list names something twice")
        for item in value:
            if self.shape is Shape.CHOICES:
                self._choice(item)
            elif self.shape is Shape.LAYOUTS:
                read_layout(item)
            elif self.shape is Shape.TIMES and not _TIME.match(item):
                raise Wrong(f"“{item}”不是 24 小时制时间", f"“{item}” is no time such as 06:00")
        return tuple(value)

    def _code(self, text: str) -> str:
        """A choice may be entered by its Chinese or English word as well."""
        for code, said in self.choices.items():
            if text in (code, said.zh, said.en):
                return code
        return text


_SHAPES: Mapping[Shape, Sentence] = {
    Shape.YES_NO: Sentence("是、否", "yes, no"),
    Shape.TEXTS: Sentence("文字的列表", "a list of texts"),
    Shape.TIMES: Sentence("24 小时制时间的列表", "a list of times of day"),
    Shape.TEMPLATE: Sentence("编号模板", "a template of numbers"),
    Shape.LAYOUT: Sentence("座位排列", "a seat layout"),
    Shape.LAYOUTS: Sentence("座位排列的列表", "a list of seat layouts"),
    Shape.SCRIPT: Sentence("时间脚本", "a minute script"),
}


def _template(text: str) -> NumberTemplate:
    try:
        return NumberTemplate(text)
    except Refused as refused:
        raise Wrong(refused.sentence.zh, refused.sentence.en) from None

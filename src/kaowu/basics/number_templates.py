"""Numbers of an exam as templates: 准考证号, 考场号, 座位号 (text, never integers).

Sources disagree about every number format, so a format is a line of the
profile: `{year:2}{county:4}{group:2}{room:3}{seat:2}`. A field says its width
in characters; integers are padded with zeros on the left; what does not fit
is refused and never cut, except where the template asks for the last
characters: `{county:-4}` of 370402 is 0402 (`year` always gives its last ones).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from kaowu.basics.errors import Refused, Sentence

_FIELD = re.compile(r"\{([a-z_]+):(-?)([0-9]{1,2})\}")
_TAKES_ITS_END = frozenset({"year"})


@dataclass(frozen=True, slots=True)
class NumberField:
    """One field of a template: its name, its width, and whether only the end is taken."""

    name: str
    width: int
    takes_end: bool

    def text(self, value: int | str) -> str:
        """The value in exactly this width; raises Refused if it does not fit."""
        text = f"{value:0{self.width}d}" if isinstance(value, int) else value
        if self.takes_end and len(text) > self.width:
            text = text[-self.width :]
        if (isinstance(value, int) and value < 0) or not (text.isascii() and text.isalnum()):
            raise _refused(self, value, "不是数字或字母", "is not made of digits and letters")
        if len(text) != self.width:
            raise _refused(self, value, f"放不进{self.width}位", f"does not fit into {self.width} characters")
        return text


@dataclass(frozen=True)
class NumberTemplate:
    """A number format; fixed text stands between the fields as it is."""

    pattern: str

    def __post_init__(self) -> None:
        rest = _FIELD.sub("", self.pattern)
        if "{" in rest or "}" in rest or not self.fields:
            raise Refused(
                "number_template_unreadable",
                Sentence(
                    f"号码模板“{self.pattern}”无法读懂；写法如 {{county:4}}{{room:3}}{{seat:2}}",
                    f"The number template {self.pattern!r} cannot be read; write it like "
                    "{county:4}{room:3}{seat:2}",
                ),
            )

    @cached_property
    def fields(self) -> tuple[NumberField, ...]:
        """The fields in order."""
        return tuple(
            NumberField(name, int(width), bool(minus) or name in _TAKES_ITS_END)
            for name, minus, width in _FIELD.findall(self.pattern)
        )

    @cached_property
    def width(self) -> int:
        """How many characters every number has."""
        return len(_FIELD.sub("", self.pattern)) + sum(field.width for field in self.fields)

    def number(self, values: Mapping[str, int | str]) -> str:
        """The number of these values; raises Refused naming the field at fault."""
        named = {field.name: field for field in self.fields}
        if missing := [name for name in named if name not in values]:
            raise Refused(
                "number_value_missing",
                Sentence(f"号码缺少“{missing[0]}”的值", f"The number lacks a value for {missing[0]!r}"),
            )
        fields = iter(self.fields)

        def filled(_: re.Match[str]) -> str:
            field = next(fields)
            return field.text(values[field.name])

        return _FIELD.sub(filled, self.pattern)

    @cached_property
    def _form(self) -> re.Pattern[str]:
        """What every number looks like; a field that comes again has the same value again."""
        expression, last = "", 0
        for at, field in zip(_FIELD.finditer(self.pattern), self.fields, strict=True):
            expression += re.escape(self.pattern[last : at.start()])
            again = f"(?P={field.name})" if f"(?P<{field.name}>" in expression else ""
            expression += again or f"(?P<{field.name}>[0-9A-Za-z]{{{field.width}}})"
            last = at.end()
        return re.compile(expression + re.escape(self.pattern[last:]))

    def parts(self, number: str) -> dict[str, str]:
        """A number taken apart into its fields; raises Refused if it has another form."""
        if found := self._form.fullmatch(number):
            return found.groupdict()
        raise Refused(
            "number_has_other_form",
            Sentence(
                f"号码“{number}”不符合模板“{self.pattern}”",
                f"The number {number!r} does not have the form {self.pattern!r}",
            ),
        )


def site_code_for_room(site_codes: Sequence[str], room: int, rooms_per_code: int = 99) -> tuple[str, int]:
    """The site code under which a room is numbered, and its number there.

    With two digits for the room a site of more than 99 rooms needs a second
    code (第二考点代码): its room 100 is room 01 of the second code.
    """
    place, within = divmod(room - 1, rooms_per_code)
    if room < 1 or place >= len(site_codes):
        raise Refused(
            "site_code_missing",
            Sentence(
                f"考点{site_codes[0] if site_codes else ''}第{room}个考场没有考点代码："
                f"每个代码只能编{rooms_per_code}个考场，需再设一个考点代码",
                f"Room {room} of site {site_codes[0] if site_codes else ''} has no site code: one "
                f"code numbers {rooms_per_code} rooms, so the site needs another code",
            ),
        )
    return site_codes[place], within + 1


def _refused(field: NumberField, value: int | str, zh: str, en: str) -> Refused:
    return Refused(
        "number_value_unfit",
        Sentence(f"“{field.name}”的值“{value}”{zh}", f"The value {value!r} of {field.name!r} {en}"),
    )

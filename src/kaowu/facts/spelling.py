"""How the fields of a fact are declared, entered, kept and said.

Each field says its shape, its Chinese and English label, and whether it is
personal. Values come in from forms and JSON as text or numbers and leave as
canonical values; both ways pass through here and nowhere else.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Sentence


class Shape(StrEnum):
    """How a field is written and entered."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    IDENTIFIERS = "identifiers"
    NUMBER = "number"
    INSTANT = "instant"
    CHOICE = "choice"
    YES_NO = "yes_no"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """What the catalogue knows of one field of a fact."""

    shape: Shape
    label: Sentence
    required: bool = True
    personal: bool = False
    choices: tuple[tuple[str, Sentence], ...] = ()
    longest: int = 200
    at_least: int = 0
    at_most: int = 2**53
    name: str = ""

    def named(self, name: str) -> "FieldSpec":
        """The same specification under the attribute's name."""
        return replace(self, name=name)


class Unreadable(ValueError):
    """A value that cannot stand in its field; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


def text(*, zh: str, en: str, required: bool = True, personal: bool = False, longest: int = 2000) -> Any:
    """Free text. What may name a person is declared personal."""
    return _declare(
        FieldSpec(Shape.TEXT, Sentence(zh, en), required, personal, longest=longest), required, ""
    )


def identifier(*, zh: str, en: str, required: bool = True, longest: int = 64) -> Any:
    """A number or code kept as text, leading zeros and all."""
    return _declare(FieldSpec(Shape.IDENTIFIER, Sentence(zh, en), required, longest=longest), required, "")


def identifiers(*known: tuple[str, str, str], zh: str, en: str, required: bool = True) -> Any:
    """Several numbers or codes, in the order given; those known are said in words, each (code, Chinese, English)."""
    words = tuple((code, Sentence(said_zh, said_en)) for code, said_zh, said_en in known)
    return _declare(FieldSpec(Shape.IDENTIFIERS, Sentence(zh, en), required, choices=words), required, ())


def number(*, zh: str, en: str, required: bool = True, at_least: int = 0, at_most: int = 2**53) -> Any:
    """A whole number."""
    spec = FieldSpec(Shape.NUMBER, Sentence(zh, en), required, at_least=at_least, at_most=at_most)
    return _declare(spec, required, None)


def instant(*, zh: str, en: str, required: bool = True) -> Any:
    """An instant in milliseconds (`kaowu.basics.clock.Instant`)."""
    return _declare(FieldSpec(Shape.INSTANT, Sentence(zh, en), required), required, None)


def choice(*options: tuple[str, str, str], zh: str, en: str, required: bool = True) -> Any:
    """One of a few words, each given as (code, Chinese, English)."""
    choices = tuple((code, Sentence(said_zh, said_en)) for code, said_zh, said_en in options)
    return _declare(FieldSpec(Shape.CHOICE, Sentence(zh, en), required, choices=choices), required, "")


def yes_no(*, zh: str, en: str) -> Any:
    """Yes or no; no when it is left out."""
    return _declare(FieldSpec(Shape.YES_NO, Sentence(zh, en), required=False), False, False)


def digest(*, zh: str, en: str, required: bool = True) -> Any:
    """The SHA-256 of an artefact, 32 bytes; written as 64 hexadecimal digits."""
    return _declare(FieldSpec(Shape.DIGEST, Sentence(zh, en), required), required, None)


def plain(value: Any) -> Any:
    """A field's value as the journal keeps it."""
    return list(value) if isinstance(value, tuple) else value


def take(spec: FieldSpec, value: Any) -> Any:
    """The value of a field as entered; raises Unreadable with the reason."""
    if value is None or (isinstance(value, str) and not value.strip()) or value in ([], ()):
        if spec.required and spec.shape is not Shape.YES_NO:
            raise _unreadable(spec, "未填写", "is missing")
        return _EMPTY.get(spec.shape)
    match spec.shape:
        case Shape.TEXT | Shape.IDENTIFIER:
            return _take_text(spec, value)
        case Shape.IDENTIFIERS:
            items = value.replace("，", ",").split(",") if isinstance(value, str) else value
            if not isinstance(items, list | tuple) or len(items) > 1000:
                raise _unreadable(spec, "应为编号的列表", "should be a list of codes")
            return tuple(_take_text(spec, item) for item in items)
        case Shape.NUMBER | Shape.INSTANT:
            return _take_number(spec, value)
        case Shape.CHOICE:
            if value not in [code for code, _ in spec.choices]:
                allowed = "、".join(f"{code}（{said.zh}）" for code, said in spec.choices)
                codes = ", ".join(code for code, _ in spec.choices)
                raise _unreadable(spec, f"应为{allowed}之一", f"should be one of {codes}")
            return value
        case Shape.YES_NO:
            if value not in (True, False, "true", "false", "on", "1", "0", "yes", "no"):
                raise _unreadable(spec, "应为是或否", "should be yes or no")
            return value in (True, "true", "on", "1", "yes")
        case Shape.DIGEST:
            return _take_digest(spec, value)


def word(spec: FieldSpec, value: Any) -> Sentence:
    """A field's value as people read it on the timeline."""
    if value in (None, "", ()):
        return Sentence("—", "—")
    match spec.shape:
        case Shape.CHOICE:
            return dict(spec.choices)[value]
        case Shape.YES_NO:
            return Sentence("是", "yes") if value else Sentence("否", "no")
        case Shape.INSTANT:
            at = exam_time(Instant(value))
            return Sentence(f"{at.month}月{at.day}日 {at:%H:%M}", f"{at:%d %b %H:%M}")
        case Shape.DIGEST:
            return Sentence(value.hex()[:8], value.hex()[:8])
        case Shape.IDENTIFIERS:
            said = [_item_word(spec, item) for item in value]
            return Sentence("、".join(one.zh for one in said), ", ".join(one.en for one in said))
        case _:
            return Sentence(str(value), str(value))


def item_code(spec: FieldSpec, item: str) -> str:
    """The code of an item that may be written by its code or its words, with a number behind: `video:CAM-12`, `考场录像：7 号机`."""
    head = _HEAD.split(item, maxsplit=1)[0].strip()
    return next((code for code, said in spec.choices if head in (said.zh, said.en)), head)


def _item_word(spec: FieldSpec, item: str) -> Sentence:
    rest = [part.strip() for part in _HEAD.split(item, maxsplit=1)[1:]]
    known = dict(spec.choices).get(item_code(spec, item))
    if known is None:
        return Sentence(item, item)
    return Sentence("：".join([known.zh, *rest]), ": ".join([known.en, *rest]))


_HEAD = re.compile("[:：]")
_EMPTY: dict[Shape, Any] = {
    Shape.TEXT: "",
    Shape.IDENTIFIER: "",
    Shape.IDENTIFIERS: (),
    Shape.CHOICE: "",
    Shape.YES_NO: False,
}


def _declare(spec: FieldSpec, required: bool, empty: Any) -> Any:
    if required:
        return field(metadata={"spec": spec})
    return field(default=empty, metadata={"spec": spec})


def _take_text(spec: FieldSpec, value: Any) -> str:
    if not isinstance(value, str):
        raise _unreadable(spec, "应为文字", "should be text")
    cleaned = unicodedata.normalize("NFC", value).strip()
    if len(cleaned) > spec.longest:
        raise _unreadable(spec, f"超过 {spec.longest} 字", f"is longer than {spec.longest} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in cleaned):
        raise _unreadable(spec, "含控制字符", "holds control characters")
    return cleaned


def _take_number(spec: FieldSpec, value: Any) -> int:
    if isinstance(value, str) and value.strip().lstrip("-").isascii() and value.strip().lstrip("-").isdigit():
        value = int(value[:25])
    if type(value) is not int:
        raise _unreadable(spec, "应为整数", "should be a whole number")
    if not spec.at_least <= value <= spec.at_most:
        raise _unreadable(
            spec,
            f"应在 {spec.at_least} 到 {spec.at_most} 之间，现为 {value}",
            f"should lie between {spec.at_least} and {spec.at_most}, not {value}",
        )
    return value


def _take_digest(spec: FieldSpec, value: Any) -> bytes:
    if isinstance(value, str):
        try:
            value = bytes.fromhex(value)
        except ValueError:
            value = b""
    if not isinstance(value, bytes) or len(value) != 32:
        raise _unreadable(spec, "应为 64 位十六进制摘要", "should be a digest of 64 hexadecimal digits")
    return value


def _unreadable(spec: FieldSpec, zh: str, en: str) -> Unreadable:
    return Unreadable(Sentence(zh=f"“{spec.label.zh}”{zh}", en=f"“{spec.label.en}” {en}"))

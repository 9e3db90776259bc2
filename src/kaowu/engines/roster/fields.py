"""Reads the single fields of a candidate: a raw cell goes in, a value or a code comes out.

Every distinct writing of a school, a language, a sex is read once and
remembered, which makes large rosters fast without a second way of reading.
A code is one of codes.toml; an empty value without a code is an empty field.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from kaowu.basics.id_number import MILITARY_KIND, PASSPORT_KIND, RESIDENT, SCIENTIFIC
from kaowu.engines.roster.cleaning import (
    compact,
    compact_code,
    digits_are_lost,
    is_blank,
    is_error,
    is_placeholder,
)
from kaowu.engines.roster.exam import Directory, Named, RosterExam, key_of
from kaowu.engines.roster.workbook import Cell, NumberCell

_PHONE = re.compile(r"1[3-9][0-9]{9}")
_PHONE_PREFIX = re.compile(r"^(?:\(?\+?\(?(?:00)?86\)?|\+)[-:]*(?=1)")
_SEX = {
    "男": "男", "女": "女", "男性": "男", "女性": "女", "M": "男", "F": "女", "1": "男", "2": "女", "MALE": "男",
    "FEMALE": "女", "男生": "男", "女生": "女", "男孩": "男", "女孩": "女", "01": "男", "02": "女", "♂": "男",
    "♀": "女", "1男": "男", "2女": "女", "1男性": "男", "2女性": "女", "MAN": "男", "WOMAN": "女", "男M": "男", "女F": "女",
    "男1": "男", "女2": "女", "男子": "男", "女子": "女", "BOY": "男", "GIRL": "女", "M男": "男", "F女": "女",
}  # fmt: skip
_SEX_MARKS = re.compile(r"[-—()（）.、:：/_|]+")
_UNREADABLE_SEX = frozenset({"0", "未知", "00", "-1"})
_ENGLISH_LANGUAGES = {
    "ENGLISH": "英语", "RUSSIAN": "俄语", "JAPANESE": "日语", "GERMAN": "德语", "FRENCH": "法语", "SPANISH": "西班牙语",
}  # fmt: skip
_STANDARD_KINDS = {
    "1": RESIDENT, "01": RESIDENT, "2": MILITARY_KIND, "02": MILITARY_KIND, "3": MILITARY_KIND, "03": MILITARY_KIND,
    "A": PASSPORT_KIND,
}  # fmt: skip
"""教育管理信息 身份证件类型代码; 户口簿, 通行证 and others are not accepted here."""
_MORE_NAMES = {
    RESIDENT: "居民身份证件 身份证件 第二代居民身份证 第二代身份证 二代证 中华人民共和国居民身份证 居民身份证号 公民身份证 大陆居民身份证 "
    "中国大陆居民身份证 内地居民身份证 居民身份证(中国) IDCARD RESIDENTIDCARD 身分证 居民身份证明",
    "hkmt_residence_permit": "港澳台居住证 港澳台居民居住证件 港澳居住证 台湾居住证 中华人民共和国港澳居民居住证 中华人民共和国台湾居民居住证 "
    "港澳台居民居住证(港澳) 港澳台居民居住证(台湾) 港澳台居民身份证",
    PASSPORT_KIND: "普通护照 因私护照 外国人护照 外籍护照 护照号 PASSPORT 国外护照",
    MILITARY_KIND: "军人证 军人身份证件 军官证件 士兵证件 军官证/士兵证 军官(士兵)证 军官证(士兵证) 现役军人证件 军人身份证 文职干部证",
    "foreign_permanent_resident": "外国人永久居留证件 外国人永居证 永久居留证 外国人永久居留身份证件 永居证",
}
KIND_UNKNOWN = "?"


class Reading(NamedTuple):
    """A value, or the code that says why there is none."""

    value: str
    code: str = ""


EMPTY = Reading("")
BLANK = Reading("", "blank")
"""Nothing is written at all: another column may say it."""
Reader = Callable[[Cell], Reading]


class _Remembering(dict[str, Reading]):
    """Readings by writing; each writing is read when it first comes."""

    def __init__(self, read: Callable[[str], Reading]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> Reading:
        found = self[cell] = self._read(cell)
        return found


class FieldReaders:
    """The readers of one exam."""

    def __init__(self, exam: RosterExam) -> None:
        self._exam = exam
        self._kinds = _kinds(exam)
        languages = exam.languages
        initials = {key_of(language.name)[:1]: language for language in languages}
        self._short_languages = initials if len(initials) == len(languages) else {}
        self._full_school_names = sorted(
            (key_of(school.name) for school in exam.schools), key=len, reverse=True
        )
        self.sex = _Remembering(self._sex)
        self.school = _Remembering(self._school)
        self.language = _Remembering(self._language)
        self.kind = _Remembering(self._kind)

    def _sex(self, cell: str) -> Reading:
        if is_error(cell):
            return Reading("", "cell_error")
        text = compact_code(cell).upper()
        if not text or (is_placeholder(text) and text not in _UNREADABLE_SEX):
            return EMPTY
        found = _SEX.get(text) or _SEX.get(_SEX_MARKS.sub("", text))
        return Reading(found) if found else Reading("", "sex_unreadable")

    def _school(self, cell: str) -> Reading:
        if is_blank(cell):
            return BLANK
        if is_error(cell):
            return Reading("", "cell_error")
        text = compact_code(cell)
        if is_placeholder(text):
            return Reading("", "placeholder")
        found = self._exam.school_directory.find(text) or self._with_province(text)
        return Reading(found.name) if found else Reading("", "school_unknown")

    def _with_province(self, text: str) -> Named | None:
        """山东省 before the full name says nothing new."""
        match = re.fullmatch(r".{2,8}?(?:省|自治区)(.+)", key_of(text))
        rest = match[1] if match else ""
        return self._exam.school_directory.by_text.get(rest) if rest in self._full_school_names else None

    def _language(self, cell: str) -> Reading:
        if is_blank(cell):
            return BLANK
        if is_error(cell):
            return Reading("", "cell_error")
        text = compact_code(cell)
        found = _find_language(self._exam.language_directory, text, self._short_languages)
        if found is not None:
            return Reading(found.name)
        if not self._exam.languages or (is_placeholder(text) and not text.isdigit()):
            return EMPTY
        return Reading("", "foreign_language_unknown")

    def _kind(self, cell: str) -> Reading:
        if is_error(cell):
            return Reading("", "cell_error")
        text = key_of(compact_code(cell))
        if not text or is_placeholder(text):
            return Reading(RESIDENT)
        bare = re.sub(
            r"^[(]?[0-9A-Z]{1,2}[)]?[-—_.、:/]*(?=[\u4e00-\u9fff])|[-—_.、:/]*[(]?[0-9]{1,2}[)]?$", "", text
        )
        found = self._kinds.get(text) or self._kinds.get(bare)
        return Reading(found) if found else Reading(KIND_UNKNOWN, "id_type_unknown")


def _kinds(exam: RosterExam) -> dict[str, str]:
    """Names of the kinds of document that this exam accepts."""
    accepted = {kind.code or kind.name for kind in exam.id_types}
    kinds: dict[str, str] = {}
    for code, kind in _STANDARD_KINDS.items():
        if kind in accepted:
            kinds[code] = kind
    for kind, names in _MORE_NAMES.items():
        if kind in accepted:
            kinds |= {key_of(name): kind for name in names.split()}
    for entry in exam.id_types:
        kind = entry.code or entry.name
        kinds |= {key_of(text): kind for text in (entry.name, entry.code, *entry.aliases) if text}
    return kinds


def _find_language(directory: Directory, text: str, short: dict[str, Named]) -> Named | None:
    key = key_of(text)
    found = directory.find(key) or short.get(key)
    if found is None and key in _ENGLISH_LANGUAGES:
        found = directory.find(_ENGLISH_LANGUAGES[key])
    if found is None and key.isdigit() and len(key) <= 3:
        found = directory.by_code.get(key.lstrip("0")) or directory.by_code.get(key.zfill(2))
    return found


def read_phone(cell: Cell) -> Reading:
    """Eleven digits of a mobile number, or an empty value with a code."""
    if cell and _PHONE.fullmatch(cell):
        return Reading(str(cell))
    if is_blank(cell):
        return EMPTY
    if is_error(cell):
        return Reading("", "cell_error")
    text = compact_code(cell)
    bare = _PHONE_PREFIX.sub("", text).replace("-", "").replace("—", "").replace("－", "").replace("–", "")
    bare = re.sub(r"^\(?\+?86\)?(?=1\d{10}$)", "", bare)
    if _PHONE.fullmatch(bare):
        return Reading(bare)
    return EMPTY if is_placeholder(text) else Reading("", "phone_invalid")


def read_registration(cell: Cell) -> Reading:
    """A registration number as text, or an empty value with a code."""
    if type(cell) is str and 8 <= len(cell) <= 20 and cell.isascii() and cell.isdigit():
        return Reading(cell)
    if is_blank(cell):
        return EMPTY
    if is_error(cell):
        return Reading("", "cell_error")
    text = compact_code(cell)
    if SCIENTIFIC.fullmatch(text) or (isinstance(cell, NumberCell) and digits_are_lost(cell)):
        return Reading("", "registration_number_unreadable")
    return EMPTY if is_placeholder(text) else Reading(text)


def read_document_text(cell: Cell) -> Reading:
    """A document number without its disguises, before its form is judged."""
    if is_error(cell):
        return Reading("", "cell_error")
    if is_blank(cell):
        return Reading("", "id_missing")
    text = compact(cell).upper()
    if is_placeholder(text):
        return Reading("", "placeholder")
    if isinstance(cell, NumberCell) or digits_are_lost(cell):
        text = compact_code(cell)
        if digits_are_lost(cell):
            return Reading("", "id_precision_lost")
    if SCIENTIFIC.fullmatch(text):
        return Reading("", "id_scientific_notation")
    return Reading(text)

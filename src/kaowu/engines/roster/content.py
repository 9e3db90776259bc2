"""What a column holds, told from its values: for columns whose header says nothing.

A sample of the column is compared with each kind of value. The answer is a
field with the share of values that fit it; whether that is good enough, and
whether the field is still wanted, others decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from kaowu.basics.id_number import MILITARY, PASSPORT, birth_date_of, is_resident_number
from kaowu.basics.names import HAN_NAME, read_name
from kaowu.engines.roster import headers as h
from kaowu.engines.roster.cleaning import compact, compact_code, is_blank
from kaowu.engines.roster.counties import CountyReader
from kaowu.engines.roster.dates import read_date
from kaowu.engines.roster.exam import RosterExam, key_of
from kaowu.engines.roster.subjects import NOT_TICKED, TICKED, SubjectReader
from kaowu.engines.roster.workbook import Cell, Row

SAMPLE = 300
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方"
    "白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧上官尉迟种渠褚满殷狄甘颜鲍"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A sample of one column's values."""

    values: tuple[Cell, ...]

    @property
    def filled(self) -> list[str]:
        """Values that are not blank."""
        return [value for value in self.values if value and not is_blank(value)]


def column_sample(rows: Sequence[Row], index: int) -> Column:
    """The column of these rows."""
    return Column(tuple(row[index] if index < len(row) else None for row in rows[:SAMPLE]))


def is_document_number(text: str) -> bool:
    """Anything that looks like a document number of some kind."""
    return (
        is_resident_number(text)
        or PASSPORT.fullmatch(text) is not None
        or MILITARY.fullmatch(text) is not None
    )


def share_of_numbers(column: Column, exam: RosterExam) -> float:
    """How many values are valid numbers of persons who may sit this exam; parents are too old."""
    filled = column.filled
    low, high = exam.plausible_age
    good = 0
    for value in filled:
        number = compact(value).upper()
        if is_resident_number(number):
            born = birth_date_of(number)
            age = exam.exam_date.year - born.year if born else -1
            good += low - 3 <= age <= high + 3
        elif is_document_number(number):
            good += 1
    return good / len(filled) if filled else 0.0


class ContentReader:
    """Judges columns for one exam."""

    def __init__(self, exam: RosterExam, subjects: SubjectReader) -> None:
        self._exam = exam
        self._subjects = subjects
        self._counties = CountyReader(exam)
        self._kinds = {key_of(text) for kind in exam.id_types for text in (kind.name, *kind.aliases)}
        self._tests: tuple[tuple[str, float, Callable[[str], bool]], ...] = (
            (h.ID_NUMBER, 0.6, lambda text: is_document_number(text.upper())),
            (h.PHONE, 0.7, lambda text: _MOBILE.fullmatch(text.replace("-", "")) is not None),
            (h.SEX, 0.9, lambda text: text in {"男", "女", "男性", "女性", "M", "F", "男生", "女生"}),
            (h.SCHOOL, 0.6, self._is_school),
            (h.ID_TYPE, 0.8, lambda text: key_of(text) in self._kinds),
            (h.LANGUAGE, 0.8, self._is_language),
            (h.COUNTY, 0.8, lambda text: len(text) > 1 and self._counties.read(text) != ""),
            (h.BIRTH, 0.8, self._is_date),
            (h.SUBJECTS, 0.8, self._is_subjects),
        )

    def field_of(self, column: Column) -> str:
        """The field whose values these are, or ""."""
        filled = column.filled
        if len(filled) < max(1, len(column.values) // 4):
            return ""
        texts = [compact_code(value) for value in filled]
        for field, least, fits in self._tests:
            if sum(map(fits, texts)) >= least * len(texts):
                return field
        if self._looks_like_names(texts):
            return h.NAME
        return h.REGISTRATION if self._looks_like_registration(texts) else ""

    def looks_like_ticks(self, column: Column, subject: str) -> bool:
        """True if what is filled in says yes or no."""
        filled = column.filled
        fits = [
            compact_code(value).upper() in TICKED | NOT_TICKED or self._subjects.is_ticked(subject, value)
            for value in filled
        ]
        return sum(fits) >= 0.9 * len(fits)

    def looks_like_languages(self, column: Column) -> bool:
        """True if the values name foreign languages."""
        texts = [compact_code(value) for value in column.filled]
        return bool(texts) and sum(map(self._is_language, texts)) >= 0.6 * len(texts)

    def _is_school(self, text: str) -> bool:
        return len(text) > 2 and self._exam.school_directory.find(text) is not None

    def _is_language(self, text: str) -> bool:
        return not text.isdigit() and self._exam.language_directory.find(text) is not None

    def _is_date(self, text: str) -> bool:
        latest = self._exam.exam_date
        reading = read_date(text, latest=latest)
        return any(date(1930, 1, 1) < day for day in reading.days)

    def _is_subjects(self, text: str) -> bool:
        found = self._subjects.read(text)
        return bool(found.chosen) and not found.unknown and not (text.isdigit() and len(text) < 3)

    def _looks_like_names(self, texts: list[str]) -> bool:
        names = [text for text in texts if HAN_NAME.fullmatch(read_name(text).name)]
        short = [name for name in names if 2 <= len(name) <= 4 or "·" in name]
        family = [name for name in short if name[0] in _SURNAMES or "·" in name]
        distinct = len(set(texts)) / len(texts)
        return len(short) >= 0.7 * len(texts) and len(family) >= 0.5 * len(texts) and distinct > 0.5

    def _looks_like_registration(self, texts: list[str]) -> bool:
        same_length = len({len(text) for text in texts}) <= 2
        long_digits = sum(text.isalnum() and 8 <= len(text) <= 16 and text[-6:].isdigit() for text in texts)
        return same_length and long_digits >= 0.9 * len(texts) and len(set(texts)) >= 0.95 * len(texts)

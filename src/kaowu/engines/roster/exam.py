"""What the importer is told about the exam: subjects, schools, kinds of document, words.

Look-up tables are built once. A text is looked up without spaces, in half
width, with one kind of bracket; a key that would mean two things means none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kaowu.basics.errors import Sentence
from kaowu.basics.names import half_width, without_spaces
from kaowu.engines.roster.unreadable import RosterUnreadable, unreadable

_BRACKETS = str.maketrans("【】〔〕［］〈〉[]", "()()()()()")


def key_of(text: str) -> str:
    """The form in which texts are compared."""
    return half_width(without_spaces(text)).translate(_BRACKETS).upper()


@dataclass(frozen=True, slots=True)
class Named:
    """Something with a name, perhaps a code, perhaps other names."""

    name: str
    code: str = ""
    aliases: tuple[str, ...] = ()
    county: str = ""


@dataclass(frozen=True, slots=True)
class SubjectGroup:
    """Of these subjects at least `least` and at most `most`."""

    subjects: frozenset[str]
    least: int
    most: int


class Directory:
    """Names, codes and aliases that lead to one canonical entry."""

    def __init__(self, entries: Iterable[Named]) -> None:
        self.entries = tuple(entries)
        self.by_text: dict[str, Named] = {}
        self.by_code: dict[str, Named] = {}
        unclear: set[str] = set()
        for entry in self.entries:
            for text in (entry.name, *entry.aliases):
                self._put(self.by_text, key_of(text), entry, unclear)
            if entry.code:
                self._put(self.by_code, key_of(entry.code), entry, set())
        for text in unclear:
            self.by_text.pop(text, None)
        widths = {len(code) for code in self.by_code if code.isdigit()}
        self.code_width = widths.pop() if len(widths) == 1 and all(c.isdigit() for c in self.by_code) else 0

    @staticmethod
    def _put(table: dict[str, Named], text: str, entry: Named, unclear: set[str]) -> None:
        if text and table.setdefault(text, entry) is not entry:
            unclear.add(text)

    def find(self, text: str) -> Named | None:
        """By name, alias, code, or code and name in either order; both must agree."""
        key = key_of(text[:400])
        return self.by_text.get(key) or self.code(key) or self._code_and_name(key)

    def code(self, key: str) -> Named | None:
        """By code; leading zeros may be missing or too many where codes are digits of one length."""
        found = self.by_code.get(key)
        if found or not key.isdigit():
            return found
        bare = key.lstrip("0")
        if self.code_width and bare and len(bare) <= self.code_width and len(key) <= self.code_width + 2:
            return self.by_code.get(bare.zfill(self.code_width))
        return None

    def _code_and_name(self, key: str) -> Named | None:
        if len(key) > 200:
            return None
        for pattern in (_CODE_FIRST, _CODE_LAST):
            match = pattern.fullmatch(key)
            if match:
                code, name = self.code(match["code"]), self.by_text.get(match["name"])
                if code is not None or name is not None:
                    return code if code is name else None
        return None


_CODE_FIRST = re.compile(r"[(]?(?P<code>[A-Z]{0,3}\d+)[)]?[-—–_:.、,/|~+]*(?P<name>[^\d(-].*)")
_CODE_LAST = re.compile(r"(?P<name>.*[^\d(_:.、,/|-])[-—–_:.、,/|~+]*[(]?(?P<code>[A-Z]{0,3}\d+)[)]?")


@dataclass(frozen=True)
class RosterExam:
    """One exam as the importer needs to know it."""

    name: str
    exam_date: date
    subjects: tuple[Named, ...]
    required: tuple[str, ...]
    groups: tuple[SubjectGroup, ...]
    languages: tuple[Named, ...]
    id_types: tuple[Named, ...]
    schools: tuple[Named, ...]
    counties: tuple[Named, ...]
    accommodations: Mapping[str, tuple[str, ...]]
    plausible_age: tuple[int, int]
    mandatory: frozenset[str]
    school_directory: Directory = field(repr=False, compare=False, default=Directory(()))
    subject_directory: Directory = field(repr=False, compare=False, default=Directory(()))
    language_directory: Directory = field(repr=False, compare=False, default=Directory(()))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RosterExam:
        """Build it from the parsed exam JSON; `RosterUnreadable` says what is wrong with it."""
        try:
            return cls._build(data)
        except RosterUnreadable:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            detail = f"{type(error).__name__}: {error}"
            raise unreadable("exam_invalid", Sentence(detail, detail)) from error

    @classmethod
    def _build(cls, data: Mapping[str, Any]) -> RosterExam:
        subjects = tuple(map(_named, data["subjects"]))
        schools = tuple(map(_named, data.get("schools", ())))
        languages = tuple(map(_named, data.get("foreign_languages", ())))
        rule = data.get("subject_rule") or {}
        low, high = data.get("plausible_age") or (0, 150)
        return cls(
            name=str(data.get("exam", "")),
            exam_date=date.fromisoformat(data["exam_date"]),
            subjects=subjects,
            required=tuple(rule.get("required", ())),
            groups=tuple(
                SubjectGroup(frozenset(group["from"]), int(group.get("min", 0)), int(group.get("max", 99)))
                for group in rule.get("groups", ())
            ),
            languages=languages,
            id_types=tuple(map(_named, data.get("id_types", ()))),
            schools=schools,
            counties=tuple(map(_named, data.get("counties", ()))),
            accommodations={code: tuple(words) for code, words in (data.get("accommodations") or {}).items()},
            plausible_age=(int(low), int(high)),
            mandatory=frozenset(data.get("mandatory", ("name", "id_number", "school", "subjects"))),
            school_directory=Directory(schools),
            subject_directory=Directory(subjects),
            language_directory=Directory(languages),
        )


def _named(data: Mapping[str, Any]) -> Named:
    return Named(
        name=str(data["name"]),
        code=str(data.get("code", "") or ""),
        aliases=tuple(map(str, data.get("aliases", ()) or ())),
        county=str(data.get("county", "") or ""),
    )

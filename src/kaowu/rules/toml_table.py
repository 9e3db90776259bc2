"""Reading TOML that officers write: every fault named by file and key, all at once.

A `Table` hands out the values of one TOML table by name and type. What is
missing, misspelt or of the wrong type becomes a `Fault` in the list that all
tables of a file share; reading goes on, so that an author sees every fault in
one go. `end()` reports the keys that nobody asked for.
"""

import tomllib
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from kaowu.basics.errors import Sentence

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in one file, with the key it is wrong at."""

    file: str
    key: str
    sentence: Sentence

    @property
    def said(self) -> Sentence:
        """The whole sentence, file and key included."""
        where = self.key or "—"
        return Sentence(
            zh=f"{self.file} 的 {where}：{self.sentence.zh}。",
            en=f"{self.file}, {where}: {self.sentence.en}.",
        )

    def as_dict(self) -> dict[str, object]:
        """The fault as JSON values."""
        return {"file": self.file, "key": self.key, "sentence": self.sentence.as_dict()}


class FaultyRules(Exception):
    """Rule data that cannot be used; carries every fault found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(fault.said.en for fault in faults))
        self.faults = tuple(faults)


class Wrong(ValueError):
    """A value that cannot stand where it was written; the sentence says why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.sentence = Sentence(zh, en)


@dataclass
class Table:
    """One TOML table with its place in the file and the faults found so far."""

    file: str
    values: Mapping[str, Any]
    faults: list[Fault]
    key: str = ""
    asked: set[str] = field(default_factory=set)

    @classmethod
    def of_text(cls, file: str, content: str, faults: list[Fault]) -> "Table":
        """The top table of a file; text that is no TOML is one fault and an empty table."""
        try:
            values = tomllib.loads(unicodedata.normalize("NFC", content))
        except tomllib.TOMLDecodeError as error:
            faults.append(Fault(file, "", Sentence(f"不是有效的 TOML：{error}", f"not valid TOML: {error}")))
            values = {}
        return cls(file, values, faults)

    def place(self, name: str) -> str:
        """The dotted key of a name in this table."""
        return f"{self.key}.{name}" if self.key else name

    def fault(self, name: str, zh: str, en: str) -> None:
        """Note that the value under a name cannot be used."""
        self.faults.append(Fault(self.file, self.place(name) if name else self.key, Sentence(zh, en)))

    def text(self, name: str, *, default: str | None = None) -> str:
        """A non-empty text."""
        value = self._take(name, str, "文字", "text", default)
        if value == "" and default is None and name in self.values:
            self.fault(name, "不能为空", "must not be empty")
        return value if value is not None else ""

    def sentence(self, zh: str = "zh", en: str = "en") -> Sentence:
        """Two texts that belong together, Chinese and English; both are required."""
        return Sentence(self.text(zh), self.text(en))

    def optional_sentence(self, zh: str, en: str) -> Sentence | None:
        """Two texts or neither."""
        if zh not in self.values and en not in self.values:
            self.asked |= {zh, en}
            return None
        return self.sentence(zh, en)

    def number(self, name: str, *, default: int | None = None) -> int:
        """A whole number."""
        value = self._take(name, int, "整数", "a whole number", default)
        return value if value is not None else 0

    def yes_no(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        return bool(self._take(name, bool, "true 或 false", "true or false", default))

    def day(self, name: str) -> date | None:
        """A day, or None where the key is left out."""
        self.asked.add(name)
        if name not in self.values:
            return None
        return self._take(name, date, "日期（如 2012-04-01）", "a day such as 2012-04-01", None)

    def texts(self, name: str, *, default: tuple[str, ...] | None = ()) -> tuple[str, ...]:
        """A list of texts, each once."""
        value = self._take(
            name, list, "文字的列表", "a list of texts", list(default) if default is not None else None
        )
        if value is None:
            return ()
        if not all(isinstance(item, str) and item for item in value):
            self.fault(name, "应为文字的列表", "should be a list of texts")
            return ()
        if len(set(value)) < len(value):
            self.fault(name, "列表中有重复项", "the list names something twice")
        return tuple(dict.fromkeys(value))

    def value(self, name: str) -> Any:
        """Whatever stands there, unchecked; None with a fault where nothing does."""
        self.asked.add(name)
        if name not in self.values:
            self.fault(name, "未填写", "is missing")
        return self.values.get(name)

    def read(self, name: str, reader: Callable[[str], T]) -> T | None:
        """A text understood by a reader that raises `Wrong`."""
        text = self.text(name)
        if not text:
            return None
        try:
            return reader(text)
        except Wrong as wrong:
            self.fault(name, wrong.sentence.zh, wrong.sentence.en)
            return None

    def table(self, name: str) -> "Table":
        """A table inside this one; an empty one where it is left out."""
        value = self._take(name, dict, "表", "a table", {})
        return Table(self.file, value or {}, self.faults, self.place(name))

    def tables(self, name: str) -> Iterator[tuple[str, "Table"]]:
        """The tables inside a table of tables, by their names."""
        outer = self.table(name)
        for key, value in outer.values.items():
            if isinstance(value, dict):
                yield key, Table(self.file, value, self.faults, outer.place(key))
            else:
                outer.fault(key, "应为表", "should be a table")

    def rows(self, name: str) -> Iterator["Table"]:
        """The tables of a list of tables, numbered from 1."""
        value = self._take(name, list, "表的列表", "a list of tables", [])
        for number, item in enumerate(value or (), start=1):
            place = f"{self.place(name)}[{number}]"
            if isinstance(item, dict):
                yield Table(self.file, item, self.faults, place)
            else:
                self.faults.append(Fault(self.file, place, Sentence("应为表", "should be a table")))

    def end(self) -> None:
        """Nothing more is read here: any other key is a fault."""
        for name in self.values:
            if name not in self.asked:
                known = "、".join(sorted(self.asked))
                self.fault(
                    name,
                    f"没有这个键（可用：{known}）",
                    f"is no key here (known: {', '.join(sorted(self.asked))})",
                )

    def _take(self, name: str, kind: type[T], zh: str, en: str, default: T | None) -> T | None:
        self.asked.add(name)
        if name not in self.values:
            if default is None:
                self.fault(name, "未填写", "is missing")
            return default
        value = self.values[name]
        # bool is an int to Python, never to an author of rules
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault(name, f"应为{zh}", f"should be {en}")
            return default
        return value

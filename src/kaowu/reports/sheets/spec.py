"""What an answer sheet shall hold (答题卡设计): the few words from which pages are composed."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from kaowu.basics.errors import Refused, Sentence

FORMAT = "kaowu.sheet-design/1"
LETTERS = "ABCDEFGHIJ"
MOST_DIGITS = 14


class SheetPaper(StrEnum):
    """The paper of a sheet."""

    A4 = "a4"
    A3 = "a3-landscape"


class Ink(StrEnum):
    """What is printed pale so that it drops out: bubbles, frames and their letters."""

    BLACK = "black"  # 40 % grey
    RED = "red"  # pale red


@dataclass(frozen=True, slots=True)
class Questions:
    """A run of questions with bubbles."""

    first: int
    count: int
    options: int = 4
    multiple: bool = False
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """A box to write in."""

    heading: str
    height_mm: float


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """One answer sheet."""

    name: str
    title: str
    parts: tuple[Questions | Writing, ...]
    paper: SheetPaper = SheetPaper.A4
    ink: Ink = Ink.BLACK
    number_digits: int = 12
    paper_types: tuple[str, ...] = ()

    def renamed(self, name: str, **changes: object) -> "SheetSpec":
        """The same under another name, with changes."""
        return replace(self, name=name, **changes)  # type: ignore[arg-type]

    def to_bytes(self) -> bytes:
        """The spec as JSON, one spelling: its digest names the design."""
        return json.dumps(
            {
                "format": FORMAT,
                "name": self.name,
                "title": self.title,
                "paper": self.paper.value,
                "ink": self.ink.value,
                "number_digits": self.number_digits,
                "paper_types": list(self.paper_types),
                "parts": [_plain(part) for part in self.parts],
            },
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "SheetSpec":
        """A spec that was kept; ValueError if it has another form."""
        plain = json.loads(content)
        if plain["format"] != FORMAT:
            raise ValueError(f"format is not {FORMAT}")
        return cls(
            name=plain["name"],
            title=plain["title"],
            parts=tuple(_part(part) for part in plain["parts"]),
            paper=SheetPaper(plain["paper"]),
            ink=Ink(plain["ink"]),
            number_digits=plain["number_digits"],
            paper_types=tuple(plain["paper_types"]),
        )

    @property
    def questions(self) -> int:
        """How many questions have bubbles."""
        return sum(part.count for part in self.parts if isinstance(part, Questions))

    def check(self) -> None:
        """Raises Refused naming the first thing that cannot be printed."""
        for fault in _faults(self):
            raise Refused("sheet_spec_faulty", fault)


def _plain(part: "Questions | Writing") -> dict[str, Any]:
    return {"kind": "questions" if isinstance(part, Questions) else "writing", **asdict(part)}


def _part(plain: dict[str, Any]) -> "Questions | Writing":
    values = {name: value for name, value in plain.items() if name != "kind"}
    return Questions(**values) if plain["kind"] == "questions" else Writing(**values)


def _faults(spec: SheetSpec) -> Iterator[Sentence]:
    if not 1 <= spec.number_digits <= MOST_DIGITS:
        yield Sentence(
            f"准考证号须为 1 到 {MOST_DIGITS} 位，现为 {spec.number_digits} 位。",
            f"The number grid takes 1 to {MOST_DIGITS} digits, not {spec.number_digits}.",
        )
    if len(spec.paper_types) > 4:
        yield Sentence("卷型最多 4 种。", "At most 4 kinds of paper.")
    taken: dict[int, Questions] = {}
    for part in spec.parts:
        if isinstance(part, Writing):
            if not 10 <= part.height_mm <= 240:
                yield Sentence(
                    f"“{part.heading}”书写区高须在 10 到 240 毫米之间。",
                    f"The box “{part.heading}” must be 10 to 240 mm high.",
                )
            continue
        if not 2 <= part.options <= len(LETTERS) or not 1 <= part.count <= 400:
            yield Sentence(
                f"第 {part.first} 题起的一组：选项 2 到 {len(LETTERS)} 个，题数 1 到 400。",
                f"Questions from {part.first} on: 2 to {len(LETTERS)} options, 1 to 400 questions.",
            )
            continue
        for number in range(part.first, part.first + part.count):
            if number in taken:
                yield Sentence(f"第 {number} 题出现两次。", f"Question {number} is there twice.")
                return
            taken[number] = part

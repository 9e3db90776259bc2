"""What an answer sheet shall hold (答题卡设计): the few words from which pages are composed."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from kaowu.basics.errors import Refused, Sentence

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

    def check(self) -> None:
        """Raises Refused naming the first thing that cannot be printed."""
        for fault in _faults(self):
            raise Refused("sheet_spec_faulty", fault)


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

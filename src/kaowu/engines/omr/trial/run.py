"""One trial: mark a blank, scan it, read it, hold the reading against the truth."""

from collections import Counter
from dataclasses import dataclass, field

import cv2
import numpy
from numpy.random import PCG64, Generator

from kaowu.engines.omr.decide import Answer
from kaowu.engines.omr.layout import Field, Layout
from kaowu.engines.omr.page import Grey, page_of
from kaowu.engines.omr.read import Reader, Reading
from kaowu.engines.omr.trial.ink import CLEAR_OFF, CLEAR_ON, LOOK, Hand, Mark, draw
from kaowu.engines.omr.trial.scanner import Condition, scan


@dataclass(frozen=True)
class Truth:
    """What was put on one field: its values, and whether a person would want to see it."""

    field: Field
    value: tuple[str, ...]
    look: bool
    marks: tuple[str, ...]


@dataclass
class Tally:
    """Counts over many sheets."""

    sheets: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    clear: int = 0
    silent: int = 0
    needless: int = 0
    looks: int = 0
    looks_met: int = 0
    identities: int = 0
    misread_identities: int = 0
    wrongly_read: int = 0
    """Pages read that should have been rejected whatever they say."""
    first_errors: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Put another tally's counts on top."""
        for name in (
            "sheets",
            "clear",
            "silent",
            "needless",
            "looks",
            "looks_met",
            "identities",
            "misread_identities",
            "wrongly_read",
        ):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.rejected.update(other.rejected)
        self.first_errors = (self.first_errors + other.first_errors)[:50]


def marked(
    layout: Layout, blank: Grey, dpi: float, chance: Generator, look_share: float = 0.02
) -> tuple[Grey, list[Truth]]:
    """A blank with marks of one hand, and the truth of every field."""
    ink = numpy.zeros(blank.shape, numpy.float32)
    hand = Hand.of(chance)
    truths = []
    for one in layout.fields:
        truth, marks = _chosen(one, chance, look_share)
        truths.append(truth)
        for option, mark in zip(one.options, marks, strict=True):
            if mark is not None:
                draw(ink, option.box, mark, dpi, hand, chance)
    ink *= -0.94
    ink += 1.0
    return cv2.multiply(blank, ink, dtype=cv2.CV_8U).astype(numpy.uint8, copy=False), truths


def sheet_trial(reader: Reader, blank: Grey, dpi: float, condition: Condition, seed: int) -> Tally:
    """The tally of one sheet."""
    chance = Generator(PCG64(seed))
    sheet, truths = marked(reader.layout, blank, dpi, chance)
    page = scan(sheet, dpi, condition, chance)
    reading = reader.read(page_of(page))
    return tally(
        reading,
        truths,
        {code.id: code.text for code in reader.layout.codes if code.text},
        f"{condition.name} {seed}",
    )


def tally(reading: Reading, truths: list[Truth], codes: dict[str, str], name: str) -> Tally:
    """One reading held against its truth."""
    found = Tally(sheets=1)
    if reading.error is not None:
        found.rejected[reading.error] += 1
        return found
    for id, text in codes.items():
        if id in reading.codes:
            found.identities += 1
            if reading.codes[id] != text:
                found.misread_identities += 1
                found.first_errors.append(f"{name}: code {id}")
    for truth, answer in zip(truths, reading.answers, strict=True):
        _field(found, truth, answer, name)
    return found


def _field(found: Tally, truth: Truth, answer: Answer, name: str) -> None:
    right = answer.value == truth.value
    if truth.look:
        found.looks += 1
        found.looks_met += answer.flag or right
        return
    found.clear += 1
    found.needless += answer.flag
    if not right and not answer.flag:
        found.silent += 1
        found.first_errors.append(
            f"{name}: {answer.field.id} {truth.marks} {truth.value} read {answer.value} {answer.ink}"
        )


def _chosen(one: Field, chance: Generator, look_share: float) -> tuple[Truth, list[Mark | None]]:
    """What a candidate does with one field."""
    count = len(one.options)
    marks: list[Mark | None] = [None] * count
    if one.type == "invigilator":
        if chance.random() < 0.05:
            marks[0] = Mark.FULL
        return _truth(one, marks, False), marks
    if chance.random() < 0.04:
        return _truth(one, marks, False), marks
    many = int(chance.integers(1, min(count, 4) + 1)) if one.type == "multiple" else 1
    if one.type == "single" and chance.random() < 0.01:
        many = 2
    chosen = chance.choice(count, size=min(many, count), replace=False)
    kind = CLEAR_ON[int(chance.choice(4, p=[0.72, 0.08, 0.1, 0.1]))]
    for at in chosen:
        marks[int(at)] = kind
    if chance.random() < 0.05 and count > many:
        free = [at for at in range(count) if marks[at] is None]
        marks[int(chance.choice(free))] = CLEAR_OFF[0]
    look = chance.random() < look_share
    if look:
        at = int(chosen[0])
        marks[at] = LOOK[int(chance.integers(len(LOOK)))]
    return _truth(one, marks, look), marks


def _truth(one: Field, marks: list[Mark | None], look: bool) -> Truth:
    meant = {*CLEAR_ON, Mark.TICK, Mark.CROSS, Mark.DOT, Mark.LINE, Mark.FAINT}
    value = tuple(option.value for option, mark in zip(one.options, marks, strict=True) if mark in meant)
    return Truth(one, value, look, tuple(mark.value if mark else "" for mark in marks))

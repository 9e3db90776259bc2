"""The held-out trials: mishaps and hands that the reader was not tuned on, each counted by itself.

A mishap says how the sheet is marked, what befalls the page, and whether the
page may be read at all. That a page is rejected or sent to a person is right
here; that it is misread in silence is not.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy
from numpy.random import PCG64, Generator

from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey, page_of
from kaowu.engines.omr.read import Reader
from kaowu.engines.omr.trial import damage
from kaowu.engines.omr.trial.ink import Hand, Mark, draw
from kaowu.engines.omr.trial.run import Tally, Truth, marked, tally
from kaowu.engines.omr.trial.scanner import TYPICAL, scan

Marked = tuple[Grey, list[Truth]]
CORRECTED_SHARE = 0.25


@dataclass(frozen=True)
class Mishap:
    """One kind of misfortune."""

    name: str
    befall: Callable[[Grey, float, Generator], Grey] | None = None
    mark: Callable[[Layout, Grey, float, Generator], Marked] = marked
    never_read: bool = False
    """Whether any reading of such a page would be wrong."""
    foreign: bool = False
    """Whether the page is of another sheet."""


def mishap_trial(reader: Reader, blank: Grey, other: Grey, dpi: float, mishap: Mishap, seed: int) -> Tally:
    """The tally of one sheet under one mishap; `other` is the blank of another sheet."""
    chance = Generator(PCG64(seed))
    layout = reader.layout
    sheet, truths = mishap.mark(layout, other if mishap.foreign else blank, dpi, chance)
    page = scan(sheet, dpi, TYPICAL, chance)
    if mishap.befall is not None:
        page = mishap.befall(page, dpi, chance)
    reading = reader.read(page_of(page))
    name = f"{mishap.name} {seed}"
    if mishap.never_read:
        found = Tally(sheets=1, wrongly_read=int(reading.error is None))
        if reading.error is None:
            found.first_errors.append(name)
        else:
            found.rejected[reading.error] += 1
        return found
    codes = {code.id: code.text for code in layout.codes if code.text}
    return tally(reading, truths, codes, name)


def thin_ticks(layout: Layout, blank: Grey, dpi: float, chance: Generator) -> Marked:
    """A candidate who ticks everything, with a fine pen."""
    return _all(layout, blank, dpi, chance, Mark.TICK)


def rings(layout: Layout, blank: Grey, dpi: float, chance: Generator) -> Marked:
    """A candidate who draws a ring about every choice."""
    return _all(layout, blank, dpi, chance, Mark.RING)


def light_pencil(layout: Layout, blank: Grey, dpi: float, chance: Generator) -> Marked:
    """A candidate whose marks are whole but light; nobody would dispute one of them."""
    sheet, truths = _all(layout, blank, dpi, chance, Mark.LIGHT)
    return sheet, [replace(truth, look=False) for truth in truths]


def lines_only(layout: Layout, blank: Grey, dpi: float, chance: Generator) -> Marked:
    """A candidate who strikes through every choice once."""
    return _all(layout, blank, dpi, chance, Mark.LINE)


def crossed_out(layout: Layout, blank: Grey, dpi: float, chance: Generator) -> Marked:
    """Many answers are crossed out and another one is filled."""
    return _corrected(layout, blank, dpi, chance, Mark.CANCELLED)


def half_erased(layout: Layout, blank: Grey, dpi: float, chance: Generator) -> Marked:
    """Many answers are rubbed out poorly and another one is filled."""
    return _corrected(layout, blank, dpi, chance, Mark.HALF_ERASED)


def pen_strokes(layout: Layout, blank: Grey, dpi: float, chance: Generator) -> Marked:
    """A pen slipped over the sheet; every field it touched is one to look at."""
    sheet, truths = marked(layout, blank, dpi, chance)
    mm = dpi / 25.4
    layer = numpy.zeros(sheet.shape, numpy.uint8)
    for _ in range(int(chance.integers(1, 5))):
        start = chance.uniform((25, 60), (185, 280))
        ends = start + numpy.cumsum(chance.uniform(-25, 25, (4, 2)), axis=0)
        points = (numpy.vstack([start, ends]) * mm).astype(numpy.int32)
        cv2.polylines(layer, [points], False, 255, max(1, round(0.35 * mm)), cv2.LINE_AA)
    dark = float(chance.uniform(0.35, 0.85))
    crossed = cv2.dilate(layer, numpy.ones((round(1.2 * mm), round(1.2 * mm)), numpy.uint8))
    spoilt = (sheet * (1 - dark * (layer / 255.0))).astype(numpy.uint8)
    return spoilt, [_seen(truth, crossed, mm) for truth in truths]


MISHAPS = tuple(
    [
        Mishap(befall.__name__, befall)
        for befall in (
            damage.jpeg_blocks,
            damage.moire,
            damage.bleed_through,
            damage.gradient_light,
            damage.staple_shadow,
            damage.wavy_feed,
            damage.coffee,
            damage.dirty_glass,
            damage.pepper,
            damage.motion,
            damage.faded,
            damage.dark,
            damage.pale,
            damage.dithered,
            damage.curled,
            damage.under_another,
            damage.one_bit,
            damage.hundred_dpi,
            damage.upside_down,
            damage.torn_edge,
            damage.folded_corner,
            damage.cut_short,
        )
    ]
    + [Mishap("washed_out", damage.washed_out, light_pencil)]
    + [
        Mishap(mark.__name__, mark=mark)
        for mark in (rings, thin_ticks, lines_only, crossed_out, half_erased, pen_strokes)
    ]
    + [
        Mishap("mirrored", damage.mirrored, never_read=True),
        Mishap("wrong_layout", foreign=True, never_read=True),
    ]
)


def _all(layout: Layout, blank: Grey, dpi: float, chance: Generator, mark: Mark) -> Marked:
    """Every field with one mark of a kind."""
    ink = numpy.zeros(blank.shape, numpy.float32)
    hand, truths = Hand.of(chance), []
    for one in layout.fields:
        if one.type == "invigilator":
            truths.append(Truth(one, (), False, ()))
            continue
        option = one.options[int(chance.integers(len(one.options)))]
        draw(ink, option.box, mark, dpi, hand, chance)
        truths.append(Truth(one, (option.value,), True, (mark.value,)))
    return _inked(blank, ink), truths


def _corrected(layout: Layout, blank: Grey, dpi: float, chance: Generator, mark: Mark) -> Marked:
    """An ordinary sheet where some fields bear another, withdrawn mark as well."""
    sheet, truths = marked(layout, blank, dpi, chance, look_share=0.0)
    ink = numpy.zeros(blank.shape, numpy.float32)
    hand, found = Hand.of(chance), []
    for truth in truths:
        free = [option for option in truth.field.options if option.value not in truth.value]
        if truth.field.type in ("single", "digit") and truth.value and chance.random() < CORRECTED_SHARE:
            draw(ink, free[int(chance.integers(len(free)))].box, mark, dpi, hand, chance)
            truth = replace(truth, look=True)
        found.append(truth)
    return _inked(sheet, ink), found


def _seen(truth: Truth, crossed: Grey, mm: float) -> Truth:
    """A field that a stroke passes is one to look at."""
    for option in truth.field.options:
        box = option.box
        part = crossed[round(box.y * mm) : round(box.bottom * mm), round(box.x * mm) : round(box.right * mm)]
        if part.any():
            return replace(truth, look=True)
    return truth


def _inked(sheet: Grey, ink: numpy.typing.NDArray[numpy.float32]) -> Grey:
    return (sheet * (1 - 0.94 * ink)).astype(numpy.uint8)

"""Marks as people make them, drawn over the image of a blank.

A *clear* mark has one meaning that nobody would dispute: full, light but
complete, in pen, or rubbed out until hardly anything is left. A *look* mark is
one that a person would want to see.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy
from numpy.random import Generator
from numpy.typing import NDArray

from kaowu.engines.omr.layout import Box

Ink = NDArray[numpy.float32]
"""What is laid over the page: 0 leaves the paper, 1 is black."""


class Mark(StrEnum):
    """One way to mark a bubble."""

    FULL = "full"
    PEN = "pen"
    LIGHT = "light"
    PARTIAL = "partial"
    ERASED = "erased"
    TICK = "tick"
    CROSS = "cross"
    DOT = "dot"
    LINE = "line"
    FAINT = "faint"
    HALF_ERASED = "half_erased"
    CANCELLED = "cancelled"
    RING = "ring"


CLEAR_ON = (Mark.FULL, Mark.PEN, Mark.LIGHT, Mark.PARTIAL)
CLEAR_OFF = (Mark.ERASED,)
LOOK = (Mark.TICK, Mark.CROSS, Mark.DOT, Mark.LINE, Mark.FAINT, Mark.HALF_ERASED, Mark.CANCELLED)


@dataclass(frozen=True)
class Hand:
    """How one candidate writes: pressure, sloppiness, all marks alike in it."""

    pressure: float
    sloppy: float

    @classmethod
    def of(cls, chance: Generator) -> "Hand":
        return cls(float(chance.uniform(0.55, 0.95)), float(chance.uniform(0.0, 1.0)))


def draw(ink: Ink, box: Box, mark: Mark, dpi: float, hand: Hand, chance: Generator) -> None:
    """Lay one mark over the page."""
    scale = dpi / 25.4
    margin = 1.6
    left, top = box.x - margin, box.y - margin
    size = (round((box.w + 2 * margin) * scale), round((box.h + 2 * margin) * scale))
    tile = numpy.zeros((size[1] * 2, size[0] * 2), numpy.float32)
    _MARKS[mark](
        tile, _Place(margin * scale * 2, box.w * scale * 2, box.h * scale * 2, scale * 2), hand, chance
    )
    small = cv2.resize(tile, size, interpolation=cv2.INTER_AREA)
    grain = chance.normal(1.0, 0.10, small.shape).astype(numpy.float32)
    small = numpy.clip(cv2.GaussianBlur(small * grain, (0, 0), 0.5), 0, 1)
    x, y = round(left * scale), round(top * scale)
    x0, y0 = max(0, x), max(0, y)
    x1, y1 = min(ink.shape[1], x + size[0]), min(ink.shape[0], y + size[1])
    part = small[y0 - y : y1 - y, x0 - x : x1 - x]
    ink[y0:y1, x0:x1] = 1 - (1 - ink[y0:y1, x0:x1]) * (1 - part)


@dataclass(frozen=True)
class _Place:
    """A bubble inside its tile: margin, width, height, pixels a millimetre."""

    margin: float
    w: float
    h: float
    scale: float

    def at(self, x: float, y: float) -> tuple[int, int]:
        """A place in shares of the bubble."""
        return round(self.margin + x * self.w), round(self.margin + y * self.h)


def _fill(tile: Ink, place: _Place, dark: float, cover: float, hand: Hand, chance: Generator) -> None:
    """Strokes to and fro over a share of the bubble."""
    lean = chance.uniform(-0.25, 0.25)
    grow = 0.06 * hand.sloppy
    x0, x1 = -grow + chance.uniform(-0.05, 0.05), 1 + grow + chance.uniform(-0.05, 0.05)
    width = x1 - x0
    if cover < 1:
        cut = (1 - cover) * width
        if chance.random() < 0.5:
            x0 += cut
        else:
            x1 -= cut
    steps = max(6, round((x1 - x0) * place.w / (0.32 * place.scale)))
    thick = max(2, round(0.55 * place.scale))
    points = []
    for step in range(steps + 1):
        x = x0 + (x1 - x0) * step / steps
        reach = 0.5 + grow + chance.uniform(-0.08, 0.06)
        y = 0.5 + (reach if step % 2 else -reach) * (0.86 if cover < 1 else 0.96)
        points.append(place.at(x + lean * (0.5 - y) * 0.3, y))
    layer = numpy.zeros_like(tile)
    cv2.polylines(layer, [numpy.array(points, numpy.int32)], False, 1.0, thick, cv2.LINE_AA)
    layer = cv2.GaussianBlur(layer, (0, 0), 0.12 * place.scale)
    numpy.maximum(tile, layer * dark, out=tile)


def _full(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _fill(tile, place, 0.55 + 0.4 * hand.pressure, 1.0, hand, chance)


def _pen(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _fill(tile, place, 0.95, 1.0, hand, chance)


def _light(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _fill(tile, place, float(chance.uniform(0.27, 0.5)), 1.0, hand, chance)


def _partial(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _fill(tile, place, 0.6 + 0.35 * hand.pressure, float(chance.uniform(0.75, 0.9)), hand, chance)


def _erased(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _fill(tile, place, float(chance.uniform(0.01, 0.045)), 1.0, hand, chance)
    _smudge(tile, place)


def _half_erased(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _fill(tile, place, float(chance.uniform(0.12, 0.22)), 1.0, hand, chance)
    _smudge(tile, place)


def _faint(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _fill(tile, place, float(chance.uniform(0.10, 0.19)), 1.0, hand, chance)


def _smudge(tile: Ink, place: _Place) -> None:
    tile[:] = cv2.GaussianBlur(tile, (0, 0), 0.5 * place.scale)


def _lines(
    tile: Ink, place: _Place, hand: Hand, strokes: list[list[tuple[float, float]]], chance: Generator
) -> None:
    thick = max(2, round(float(chance.uniform(0.35, 0.6)) * place.scale))
    layer = numpy.zeros_like(tile)
    for stroke in strokes:
        shaky = [
            place.at(x + chance.uniform(-0.06, 0.06), y + chance.uniform(-0.08, 0.08)) for x, y in stroke
        ]
        cv2.polylines(layer, [numpy.array(shaky, numpy.int32)], False, 1.0, thick, cv2.LINE_AA)
    numpy.maximum(tile, layer * (0.5 + 0.4 * hand.pressure), out=tile)


def _tick(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _lines(tile, place, hand, [[(0.15, 0.5), (0.42, 0.95), (0.95, -0.15)]], chance)


def _cross(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _lines(tile, place, hand, [[(0.15, 0.0), (0.85, 1.0)], [(0.15, 1.0), (0.85, 0.0)]], chance)


def _line(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _lines(tile, place, hand, [[(0.02, 0.5), (0.98, 0.5)]], chance)


def _dot(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    centre = place.at(float(chance.uniform(0.3, 0.7)), float(chance.uniform(0.35, 0.65)))
    cv2.circle(
        tile,
        centre,
        max(2, round(float(chance.uniform(0.42, 0.7)) * place.scale)),
        0.6 + 0.3 * hand.pressure,
        -1,
        cv2.LINE_AA,
    )


def _ring(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    """Drawn about the bubble, its inside left empty."""
    beyond = chance.uniform(0.5, 0.9, 2) * place.scale
    half = (round(place.w / 2 + beyond[0]), round(place.h / 2 + beyond[1]))
    thick = max(2, round(float(chance.uniform(0.35, 0.6)) * place.scale))
    cv2.ellipse(tile, place.at(0.5, 0.5), half, 0, 0, 360, 0.5 + 0.4 * hand.pressure, thick, cv2.LINE_AA)


def _cancelled(tile: Ink, place: _Place, hand: Hand, chance: Generator) -> None:
    _full(tile, place, hand, chance)
    over = 0.28 + 1.2 / (place.h / place.scale)
    _lines(
        tile,
        place,
        Hand(1.0, hand.sloppy),
        [[(-0.2, -over / 2), (1.2, 1 + over / 2)], [(-0.2, 1 + over / 2), (1.2, -over / 2)]],
        chance,
    )


_MARKS = {
    Mark.FULL: _full,
    Mark.PEN: _pen,
    Mark.LIGHT: _light,
    Mark.PARTIAL: _partial,
    Mark.ERASED: _erased,
    Mark.TICK: _tick,
    Mark.CROSS: _cross,
    Mark.DOT: _dot,
    Mark.LINE: _line,
    Mark.FAINT: _faint,
    Mark.HALF_ERASED: _half_erased,
    Mark.CANCELLED: _cancelled,
    Mark.RING: _ring,
}


def angle(chance: Generator, most: float) -> float:
    """A small angle in radians."""
    return math.radians(float(chance.uniform(-most, most)))

"""Describing a foreign form over its scan: blocks of bubbles by their corner bubbles, refined to where they are.

A block is a grid: so many fields with the same options. Somebody points at the
first bubble, at the last option of the first field and at the first option of
the last field; in a photograph also at the very last bubble. The rest follows,
and is put right by what is seen.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.omr.geometry import project
from kaowu.engines.omr.layout import FIELD_TYPES, Box, Field, Layout, Option
from kaowu.engines.omr.page import Grey

LONG_SIDE_MM = 297.0
ROUNDS = 10
LEAST_INSIDE = 0.5
MOST_IN_BLOCK = 4000
FARTHEST = 100_000.0

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Block:
    """A grid of bubbles on an image; places in pixels, of the middle of bubbles."""

    fields: tuple[str, ...]
    values: tuple[str, ...]
    first: Place
    last_value: Place
    last_field: Place
    size: Place
    last: Place | None = None
    type: str = "single"


def described(name: str, image: Grey, blocks: Sequence[Block]) -> Layout:
    """The layout of a form whose scan fills its page; the longer side counts as 297 mm."""
    scale = max(image.shape) / LONG_SIDE_MM
    fields = []
    for block in blocks:
        centres = refined(image, block) / scale
        w, h = block.size[0] / scale, block.size[1] / scale
        for number, id in enumerate(block.fields):
            options = tuple(
                Option(value, Box(round(x - w / 2, 2), round(y - h / 2, 2), round(w, 2), round(h, 2)))
                for value, (x, y) in zip(block.values, centres[number], strict=True)
            )
            fields.append(Field(id, block.type, options))
    height, width = image.shape
    layout = Layout(name, 1, 1, round(width / scale, 2), round(height / scale, 2), (), (), tuple(fields))
    return Layout.from_bytes(layout.to_bytes())


def refined(image: Grey, block: Block) -> NDArray[numpy.float64]:
    """Fields × values × (x, y) of the middles of the bubbles, in pixels."""
    count, options = len(block.fields), len(block.values)
    steps = numpy.meshgrid(numpy.arange(options, dtype=float), numpy.arange(count, dtype=float))
    grid = numpy.stack(steps, axis=-1).reshape(-1, 2)
    places = _pointed(block, grid)
    for _ in range(ROUNDS):
        seen, found = _middles(image, places, _window(block, places))
        spread = 0.25 * min(block.size)
        if found.sum() < max(4, LEAST_INSIDE * len(grid)) or min(count, options) < 2:
            break
        cv2.setRNGSeed(1)
        better, inside = cv2.findHomography(grid[found], seen[found], cv2.RANSAC, spread)
        if better is None or inside.sum() < LEAST_INSIDE * len(grid):
            break
        places = project(numpy.asarray(better, numpy.float64), grid)
    return places.reshape(count, options, 2)


def blocks_of(content: bytes) -> list[Block]:
    """Blocks from JSON: a list of objects with the names of `Block`. Raises Refused."""
    try:
        return [_block(plain) for plain in json.loads(content)]
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise Refused(
            "blocks_unreadable",
            Sentence(f"涂点描述无法读懂：{error}", f"The description of the bubbles cannot be read: {error}"),
            remedy=Sentence(
                "每块须有 fields、values、first、last_value、last_field、size。",
                "Each block needs fields, values, first, last_value, last_field and size.",
            ),
        ) from error


def _block(plain: Mapping[str, Any]) -> Block:
    fields = plain["fields"]
    if isinstance(fields, Mapping):
        last = min(fields["last"], fields["first"] + MOST_IN_BLOCK)
        fields = [f"{fields['prefix']}{number}" for number in range(fields["first"], last + 1)]
    block = Block(
        fields=tuple(str(one) for one in fields),
        values=tuple(str(one) for one in plain["values"]),
        first=_place(plain["first"]),
        last_value=_place(plain["last_value"]),
        last_field=_place(plain["last_field"]),
        size=_place(plain["size"]),
        type=str(plain.get("type", "single")),
    )
    bubbles = len(block.fields) * len(block.values)
    if block.type not in FIELD_TYPES or not 0 < bubbles <= MOST_IN_BLOCK or min(block.size) <= 0:
        raise ValueError(f"not a block of fields: {plain}")
    return replace(block, last=_place(plain["last"])) if "last" in plain else block


def _place(value: Any) -> Place:
    x, y = (float(one) for one in value)
    if not (math.isfinite(x) and math.isfinite(y) and max(abs(x), abs(y)) < FARTHEST):
        raise ValueError(f"not a place on an image: {value!r}")
    return x, y


def _pointed(block: Block, grid: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    """Where the bubbles are if they stand evenly between those that somebody pointed at.

    Evenly, not in perspective: a corner that is two pixels off would bend the middle by half a row.
    """
    first, across, down = (numpy.array(one) for one in (block.first, block.last_value, block.last_field))
    last = numpy.array(block.last) if block.last is not None else across + down - first
    u = (grid[:, 0] / max(1, len(block.values) - 1))[:, None]
    v = (grid[:, 1] / max(1, len(block.fields) - 1))[:, None]
    return (1 - u) * (1 - v) * first + u * (1 - v) * across + (1 - u) * v * down + u * v * last


def _window(block: Block, places: NDArray[numpy.float64]) -> Place:
    """How much about a place is looked at: half as much again as a bubble, and never its neighbours."""
    grid = places.reshape(len(block.fields), len(block.values), 2)
    steps = [numpy.hypot(*numpy.diff(grid, axis=axis).reshape(-1, 2).T) for axis in (0, 1)]
    nearest = min((float(step.min()) for step in steps if len(step)), default=numpy.inf)
    w, h = block.size
    return min(1.5 * w, max(w, nearest)), min(1.5 * h, max(h, nearest))


def _middles(
    image: Grey, places: NDArray[numpy.float64], size: Place
) -> tuple[NDArray[numpy.float64], NDArray[numpy.bool_]]:
    """The middle of what is dark about each place, and where something is."""
    wide, high = (max(5, round(side)) for side in size)
    seen, found = places.copy(), numpy.zeros(len(places), bool)
    for number, (x, y) in enumerate(places):
        left, top = round(x - wide / 2), round(y - high / 2)
        window = image[max(0, top) : top + high, max(0, left) : left + wide].astype(numpy.float64)
        if window.size < wide * high * 0.8:
            continue
        paper = numpy.percentile(window, 85)
        least = max(0.03 * paper, 0.35 * (paper - window.min()))
        rows, columns = numpy.nonzero(paper - window > least)
        if len(rows) < 0.05 * window.size:
            continue
        # A ring and a filled bubble have the same middle: that of their extent, not of their ink.
        x0, x1 = numpy.percentile(columns, (4, 96))
        y0, y1 = numpy.percentile(rows, (4, 96))
        seen[number] = max(0, left) + (x0 + x1) / 2, max(0, top) + (y0 + y1) / 2
        found[number] = True
    return seen, found

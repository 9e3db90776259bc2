"""How dark every bubble is, beside what is printed there: observation, no decision.

The patches of all bubbles are sampled straight from the page, five or six samples to
a millimetre, with a rim of paper around each. Darkness is a share: 0 is the paper
beside the bubble, 1 the blackest print of the page. What the blank shows there
(frame, letter), as strongly as this page shows print at all, is taken away.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.geometry import Mapping
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey

SAMPLES_A_MM = 5.5
MOST_SAMPLES = 40  # to a side of the bubble
RIM_MM = 1.1
SETTLE = 2  # samples by which all patches may still lie beside their places
FRAME_MM = 0.35  # half the width of the band about the frame that is not looked at
DARK = 0.16
OUTER_MM = 0.6  # above and below: what is dark this far outside was not meant as filling
END_MM = 0.85  # the same at the ends, where filling goes to and fro
THIN = 0.5  # of the height: what is darker than that is filling, not a line
SPOT_MM = 0.5
BLOCK_MM = 1.3

Values = NDArray[numpy.float32]


@dataclass(frozen=True)
class Patch:
    """How bubbles of one size are sampled: places about the centre, and which of them count as what."""

    w: float
    h: float

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of samples."""
        return tuple(  # type: ignore[return-value]
            max(7, round(min(side * SAMPLES_A_MM, MOST_SAMPLES) * (side + 2 * RIM_MM) / side))
            for side in (self.h, self.w)
        )

    @cached_property
    def offsets(self) -> NDArray[numpy.float64]:
        """Rows × columns × (x, y) in millimetres from the centre."""
        rows, columns = self.shape
        xs = (numpy.arange(columns) + 0.5) / columns - 0.5
        ys = (numpy.arange(rows) + 0.5) / rows - 0.5
        x, y = numpy.meshgrid(xs * (self.w + 2 * RIM_MM), ys * (self.h + 2 * RIM_MM))
        return numpy.stack([x, y], axis=-1)

    def _inside(self, grow: float) -> NDArray[numpy.bool_]:
        x, y = numpy.abs(self.offsets[..., 0]), numpy.abs(self.offsets[..., 1])
        found: NDArray[numpy.bool_] = (x < self.w / 2 + grow) & (y < self.h / 2 + grow)
        return found

    @cached_property
    def interior(self) -> NDArray[numpy.bool_]:
        """Where a mark belongs."""
        return self._inside(-min(FRAME_MM, min(self.w, self.h) / 6))

    @cached_property
    def outside(self) -> tuple[NDArray[numpy.bool_], ...]:
        """Four places beside the bubble through which a cancelling cross leaves it."""
        x, y = self.offsets[..., 0], self.offsets[..., 1]
        return tuple(
            (sx * x > self.w / 2 * 0.85) & (sy * y > self.h / 2 + OUTER_MM)
            for sx in (-1, 1)
            for sy in (-1, 1)
        )

    @cached_property
    def ends(self) -> tuple[slice, slice, slice]:
        """Rows, and the columns left and right of the bubble, through which a line strikes it out."""
        x, y = self.offsets[0, :, 0], self.offsets[:, 0, 1]
        rows = _ends(numpy.abs(y) < self.h / 2)
        left, right = (_ends(side * x > self.w / 2 + END_MM) for side in (-1, 1))
        return slice(*rows), slice(*left), slice(*right)


@dataclass(frozen=True)
class Group:
    """The options of one size: which of the page's they are, and how they are sampled."""

    patch: Patch
    at: NDArray[numpy.intp]
    centres: NDArray[numpy.float64]


@dataclass(frozen=True)
class Scores:
    """What was observed, one value for each option of the page in the order of the layout."""

    ink: Values
    """Mean darkness inside beyond the blank's."""
    cover: Values
    """Share of the inside that is clearly darker than the blank."""
    peak: Values
    """How dark the darkest spot of half a millimetre is, beyond the blank."""
    block: Values
    """How dark the darkest square of more than a millimetre is: thin strokes do not fill one."""
    crossed: Values
    """Darkness of what leaves the bubble on opposite sides, as a cancelling cross or line does."""
    likeness: float
    """Median correlation of unmarked patches with the blank: the self-check."""
    noise: float
    """Spread of `ink` over the unmarked options."""
    print_gain: float
    """How strongly this page shows what the blank shows."""


def groups(layout: Layout) -> list[Group]:
    """The options of a layout by size."""
    sizes: dict[tuple[float, float], list[int]] = {}
    for at, option in enumerate(layout.options):
        sizes.setdefault((option.box.w, option.box.h), []).append(at)
    return [
        Group(
            Patch(*size),
            numpy.array(members),
            numpy.array([layout.options[at].box.centre for at in members]),
        )
        for size, members in sizes.items()
    ]


@dataclass(frozen=True)
class Expected:
    """What the blank shows at every option: darkness, patch by patch, and who shares a value."""

    layout: Layout
    groups: list[Group]
    patches: list[Values]

    @classmethod
    def of_blank(cls, layout: Layout, blank: Grey, mapping: Mapping) -> "Expected":
        """From an image of the blank. A bubble that somebody marked on it is taken like its fellows."""
        found = groups(layout)
        patches = []
        for group in found:
            darkness = _darkness(_sampled(blank, mapping, group), 0.0)
            patches.append(_fellows(layout, group, darkness))
        return cls(layout, found, patches)

    @classmethod
    def of_page(cls, layout: Layout, page: Grey, mapping: Mapping) -> "Expected":
        """Where no blank is at hand: from the page itself, by the many bubbles that nobody marked."""
        return cls.of_blank(layout, page, mapping)


def observe(grey: Grey, mapping: Mapping, expected: Expected) -> Scores:
    """The scores of a page."""
    count = len(expected.layout.options)
    ink, cover, peak, block, crossed, like = (numpy.zeros(count, numpy.float32) for _ in range(6))
    black = _black(grey, mapping, expected.layout)
    gains = []
    seen = []
    for group, blank in zip(expected.groups, expected.patches, strict=True):
        darkness = _darkness(_sampled(grey, mapping, group), black)
        darkness = _settled(darkness, blank)
        seen.append(darkness)
        flat, printed = darkness.reshape(len(blank), -1), blank.reshape(len(blank), -1)
        centred = printed - printed.mean(axis=1, keepdims=True)
        gains.append((flat * centred).sum(axis=1) / numpy.maximum((centred**2).sum(axis=1), 1e-6))
        like[group.at] = _correlation(flat, printed)
    gain = float(numpy.clip(numpy.median(numpy.concatenate(gains)), 0.0, 1.6)) if gains else 1.0
    for group, blank, darkness in zip(expected.groups, expected.patches, seen, strict=True):
        more = darkness - gain * blank
        patch = group.patch
        inside = more[:, patch.interior]
        ink[group.at] = inside.mean(axis=1)
        cover[group.at] = (inside > DARK).mean(axis=1)
        peak[group.at] = _darkest(more, patch, SPOT_MM)
        block[group.at] = _darkest(more, patch, min(BLOCK_MM, 0.55 * min(patch.w, patch.h)))
        crossed[group.at] = _crossed(more, patch)
    if not count:
        return Scores(ink, cover, peak, block, crossed, 1.0, 0.0, gain)
    # More than half of all bubbles are empty on any sheet: they say what empty looks like here.
    low = ink <= numpy.median(ink)
    empty = float(numpy.median(ink[low]))
    noise = float(1.4826 * numpy.median(numpy.abs(ink[low] - empty)))
    return Scores(
        ink - empty, cover, peak - empty, block - empty, crossed, float(numpy.median(like[low])), noise, gain
    )


def _sampled(grey: Grey, mapping: Mapping, group: Group) -> Values:
    """Options × rows × columns of grey values."""
    rows, columns = group.patch.shape
    values = cv2.remap(
        grey,
        mapping.patches(group.centres, group.patch.offsets),
        None,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255.0,),
    )
    return values.reshape(len(group.at), rows, columns).astype(numpy.float32)


def _darkness(values: Values, black: float) -> Values:
    """Grey values as shares between the paper beside each bubble and black."""
    flat = values.reshape(len(values), -1)
    paper = numpy.partition(flat, int(flat.shape[1] * 0.88), axis=1)[:, int(flat.shape[1] * 0.88)]
    # A bubble whose surroundings are dark as well is measured against its neighbours' paper.
    usual = numpy.median(paper) if len(paper) else 255.0
    paper = numpy.maximum(paper, 0.7 * usual)
    depth = numpy.maximum(paper - numpy.minimum(black, 0.6 * paper), 8.0)
    shares = (paper[:, None, None] - values) / depth[:, None, None]
    return (
        cv2.blur(numpy.clip(shares, -0.15, 1.2).reshape(-1, values.shape[2]), (3, 1))
        .reshape(values.shape)
        .astype(numpy.float32)
    )


def _black(grey: Grey, mapping: Mapping, layout: Layout) -> float:
    """How dark solid print is on this page: the marks if there are any, else its darkest hundredth."""
    solid = [one.box.centre for one in layout.fiducials]
    solid += [mark.centre for track in layout.timing for mark in track.marks[::3]]
    if len(solid) >= 4:
        pixels = mapping.pixels(numpy.array(solid)).astype(numpy.float32)
        values = cv2.remap(
            grey, pixels.reshape(1, -1, 2), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return float(numpy.median(values))
    return float(numpy.percentile(grey[::7, ::7], 1))


def _settled(darkness: Values, blank: Values) -> Values:
    """All patches moved together by a sample or two to where their print fits the blank best."""
    level = darkness.mean(axis=(1, 2))
    quiet = numpy.flatnonzero(level <= numpy.quantile(level, 0.6))[:: max(1, len(level) // 150)]
    if len(quiet) < 4:
        return darkness
    core = blank[quiet][:, SETTLE:-SETTLE, SETTLE:-SETTLE]
    core = core - core.mean(axis=(1, 2), keepdims=True)
    own = darkness[quiet]
    rows, columns = core.shape[1:]
    fits = {
        (dy, dx): float(
            numpy.vdot(own[:, SETTLE + dy : SETTLE + dy + rows, SETTLE + dx : SETTLE + dx + columns], core)
        )
        * (1 - 1e-3 * (abs(dx) + abs(dy)))
        for dy in range(-SETTLE, SETTLE + 1)
        for dx in range(-SETTLE, SETTLE + 1)
    }
    dy, dx = max(fits, key=fits.__getitem__)
    return numpy.roll(darkness, (-dy, -dx), axis=(1, 2)) if dy or dx else darkness


def _correlation(a: Values, b: Values) -> Values:
    """Pearson's, row by row."""
    a = a - a.mean(axis=1, keepdims=True)
    b = b - b.mean(axis=1, keepdims=True)
    spread = numpy.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return ((a * b).sum(axis=1) / numpy.maximum(spread, 1e-6)).astype(numpy.float32)


def _darkest(more: Values, patch: Patch, side_mm: float) -> Values:
    """The mean darkness of the darkest square of a size inside each bubble."""
    count, rows, columns = more.shape
    wide = max(2, round(side_mm * columns / (patch.w + 2 * RIM_MM)))
    tall = max(2, round(side_mm * rows / (patch.h + 2 * RIM_MM)))
    inside = patch.interior
    top, bottom = _ends(numpy.any(inside, axis=1))
    left, right = _ends(numpy.any(inside, axis=0))
    part = more[:, top:bottom, left:right]
    wide, tall = min(wide, right - left), min(tall, bottom - top)
    total = numpy.zeros((count, bottom - top + 1, right - left + 1), numpy.float32)
    total[:, 1:, 1:] = part.cumsum(axis=1).cumsum(axis=2)
    sums = (
        total[:, tall:, wide:] - total[:, :-tall, wide:] - total[:, tall:, :-wide] + total[:, :-tall, :-wide]
    )
    return sums.max(axis=(1, 2)) / (wide * tall)


def _ends(inside: NDArray[numpy.bool_]) -> tuple[int, int]:
    found = numpy.flatnonzero(inside)
    return int(found[0]), int(found[-1]) + 1


def _crossed(more: Values, patch: Patch) -> Values:
    """A cross leaves by three corners at least; a line, thin as it is, by both ends."""
    corners = numpy.sort(numpy.stack([more[:, place].mean(axis=1) for place in patch.outside]), axis=0)
    rows, left, right = patch.ends
    profiles = [more[:, rows, side].mean(axis=2) for side in (left, right)]
    struck = [numpy.where((one > DARK).mean(axis=1) < THIN, one.max(axis=1) - DARK, 0) for one in profiles]
    return numpy.maximum(corners[1], numpy.minimum(*struck))


def _fellows(layout: Layout, group: Group, darkness: Values) -> Values:
    """Each patch of a blank; one much darker than those of the same value is replaced by their median."""
    values = [layout.options[at].value for at in group.at]
    usual = numpy.median(darkness, axis=0)
    found = darkness.copy()
    members: dict[str, list[int]] = {}
    for at, value in enumerate(values):
        members.setdefault(value, []).append(at)
    inside = group.patch.interior
    for same in members.values():
        typical = numpy.median(darkness[same], axis=0) if len(same) >= 5 else usual
        odd = darkness[same][:, inside].mean(axis=1) > typical[inside].mean() + 0.12
        for at in numpy.array(same)[odd]:
            found[at] = typical
    return found

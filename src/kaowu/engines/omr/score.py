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
SPOT_MM = 0.5
SOME_INK = 0.03
LEAST_GAIN = 0.05
SOME_BESIDE = 0.08
PAPER = 0.75  # of the samples beside a bubble, from the darkest: this one is paper
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
    def grid(self) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
        """The columns and the rows of samples in millimetres from the centre."""
        rows, columns = self.shape
        xs = (numpy.arange(columns) + 0.5) / columns - 0.5
        ys = (numpy.arange(rows) + 0.5) / rows - 0.5
        return xs * (self.w + 2 * RIM_MM), ys * (self.h + 2 * RIM_MM)

    @cached_property
    def offsets(self) -> NDArray[numpy.float64]:
        """Rows × columns × (x, y) in millimetres from the centre."""
        return numpy.stack(numpy.meshgrid(*self.grid), axis=-1)

    @cached_property
    def interior(self) -> tuple[slice, slice]:
        """Rows and columns where a mark belongs."""
        inset = min(FRAME_MM, min(self.w, self.h) / 6)
        x, y = numpy.abs(self.offsets[0, :, 0]), numpy.abs(self.offsets[:, 0, 1])
        return slice(*_ends(y < self.h / 2 - inset)), slice(*_ends(x < self.w / 2 - inset))

    @cached_property
    def rim(self) -> NDArray[numpy.intp]:
        """Every other sample of the paper beside the bubble, as places in the flat patch."""
        x, y = numpy.abs(self.offsets[..., 0]), numpy.abs(self.offsets[..., 1])
        return numpy.flatnonzero((x > self.w / 2 + FRAME_MM) | (y > self.h / 2 + FRAME_MM))[::2]

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
    def sides(self) -> tuple[tuple[slice, slice], ...]:
        """Rows and columns of the paper left, right, above and below, through all of which a ring goes."""
        x, y = self.grid
        rows, columns = slice(*_ends(numpy.abs(y) < self.h / 2)), slice(*_ends(numpy.abs(x) < self.w / 2))
        across, down = self.w / 2 + FRAME_MM, self.h / 2 + FRAME_MM
        return (
            (rows, slice(*_ends(x < -across))),
            (rows, slice(*_ends(x > across))),
            (slice(*_ends(y < -down)), columns),
            (slice(*_ends(y > down)), columns),
        )


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
    """Darkness of what leaves the bubble by three corners, as a cancelling cross does."""
    beside: Values
    """Share of the paper beside the bubble that is half as dark as the inside: stains, strokes in passing."""
    ringed: Values
    """Darkness of the paper on three sides at least, as where somebody draws a ring about a bubble."""
    shown: Values
    """How strongly the blank's print is seen here, as a share of how strongly the page shows it."""
    likeness: float
    """Median correlation of unmarked patches with the blank: the self-check."""
    texture: float
    """How much unmarked patches vary at all, as a share of how much the blank's do, alike or not."""
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

    @cached_property
    def contrasts(self) -> list[tuple[Values, Values]]:
        """Every patch less its own mean, and the sum of the squares of that."""
        each = [patch - patch.mean(axis=(1, 2), keepdims=True) for patch in self.patches]
        return [(contrast, numpy.einsum("ijk,ijk->i", contrast, contrast)) for contrast in each]

    @cached_property
    def sides(self) -> list[Values]:
        """How dark the paper is on every side of each bubble."""
        return [_sides(patch, group.patch) for group, patch in zip(self.groups, self.patches, strict=True)]

    @classmethod
    def of_blank(cls, layout: Layout, blank: Grey, mapping: Mapping) -> "Expected":
        """From an image of the blank. A bubble that somebody marked on it is taken like its fellows."""
        found = groups(layout)
        patches = []
        for group in found:
            darkness = _darkness(_sampled(blank, mapping, group), 0.0, group.patch)
            patches.append(_fellows(layout, group, darkness))
        return cls(layout, found, patches)

    @classmethod
    def of_page(cls, layout: Layout, page: Grey, mapping: Mapping) -> "Expected":
        """Where no blank is at hand: from the page itself, by the many bubbles that nobody marked."""
        return cls.of_blank(layout, page, mapping)


def observe(grey: Grey, mapping: Mapping, expected: Expected) -> Scores:
    """The scores of a page."""
    count = len(expected.layout.options)
    ink, cover, peak, block, crossed, beside, ringed, like, shown, texture = (
        numpy.zeros(count, numpy.float32) for _ in range(10)
    )
    black = _black(grey, mapping, expected.layout)
    gains = [numpy.ones(1, numpy.float32)] if not count else []
    seen = []
    for group, blank, contrast in zip(expected.groups, expected.patches, expected.contrasts, strict=True):
        darkness = _settled(_darkness(_sampled(grey, mapping, group), black, group.patch), blank)
        seen.append(darkness)
        like[group.at], shown[group.at], texture[group.at] = _alike(darkness, *contrast)
        gains.append(shown[group.at])
    gain = float(numpy.clip(numpy.median(numpy.concatenate(gains)), 0.0, 1.6))
    for group, blank, sides, darkness in zip(
        expected.groups, expected.patches, expected.sides, seen, strict=True
    ):
        patch = group.patch
        rows, columns = patch.interior
        inside = darkness[:, rows, columns] - gain * blank[:, rows, columns]
        ink[group.at] = dark = inside.mean(axis=(1, 2))
        cover[group.at] = (inside > DARK).mean(axis=(1, 2))
        peak[group.at] = _darkest(inside, patch, SPOT_MM)
        ringed[group.at] = _ringed(_sides(darkness, patch) - gain * sides)
        some = numpy.flatnonzero(dark > SOME_INK)
        block[group.at[some]] = _darkest(inside[some], patch, min(BLOCK_MM, 0.55 * min(patch.w, patch.h)))
        more = darkness[some] - gain * blank[some]
        crossed[group.at[some]] = _crossed(more, patch)
        beside[group.at[some]] = _beside(more, dark[some], patch)
    shown /= max(gain, LEAST_GAIN)
    if not count:
        return Scores(ink, cover, peak, block, crossed, beside, ringed, shown, 1.0, 1.0, 0.0, gain)
    # More than half of all bubbles are empty on any sheet: they say what empty looks like here.
    low = ink <= numpy.median(ink)
    empty = float(numpy.median(ink[low]))
    noise = float(1.4826 * numpy.median(numpy.abs(ink[low] - empty)))
    return Scores(
        ink - empty,
        cover,
        peak - empty,
        block - empty,
        crossed,
        beside,
        ringed,
        shown,
        float(numpy.median(like[low])),
        float(numpy.median(texture[low])),
        noise,
        gain,
    )


def _sampled(grey: Grey, mapping: Mapping, group: Group) -> Grey:
    """Options × rows × columns of grey values."""
    rows, columns = group.patch.shape
    values = cv2.remap(
        grey,
        *mapping.patches(group.centres, *group.patch.grid),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(255.0,),
    )
    return values.reshape(len(group.at), rows, columns)


def _darkness(values: Grey, black: float, patch: Patch) -> Values:
    """Grey values as shares between the paper beside each bubble and black."""
    beside = values.reshape(len(values), -1)[:, patch.rim].astype(numpy.float32)
    at = int(beside.shape[1] * PAPER)
    paper = numpy.partition(beside, at, axis=1)[:, at]  # of such numbers twice as quick as of bytes
    # A bubble whose surroundings are dark as well is measured against its neighbours' paper.
    paper = numpy.maximum(paper, 0.7 * numpy.median(paper))
    depth = numpy.maximum(paper - numpy.minimum(black, 0.6 * paper), 8.0)
    shares = numpy.multiply(values, -(1 / depth)[:, None, None], dtype=numpy.float32)
    shares += (paper / depth)[:, None, None]
    return numpy.clip(shares, -0.15, 1.2, out=shares)


def _black(grey: Grey, mapping: Mapping, layout: Layout) -> float:
    """How dark solid print is on this page: the marks if there are any, else its darkest hundredth."""
    if len(layout.solid) >= 4:
        pixels = mapping.pixels(layout.solid).astype(numpy.float32)
        values = cv2.remap(
            grey, pixels.reshape(1, -1, 2), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return float(numpy.median(values))
    return float(numpy.percentile(grey[::7, ::7], 1))


def _settled(darkness: Values, blank: Values) -> Values:
    """All patches moved together by a sample or two to where their print fits the blank best."""
    level = darkness.mean(axis=(1, 2))
    quiet = numpy.flatnonzero(level <= numpy.quantile(level, 0.6))[:: max(1, len(level) // 80)]
    if len(quiet) < 4:
        return darkness
    core = blank[quiet][:, SETTLE:-SETTLE, SETTLE:-SETTLE]
    core = core - core.mean(axis=(1, 2), keepdims=True)
    own = darkness[quiet]
    rows, columns = core.shape[1:]
    fits = {
        (dy, dx): float(
            numpy.einsum(
                "ijk,ijk->",
                own[:, SETTLE + dy : SETTLE + dy + rows, SETTLE + dx : SETTLE + dx + columns],
                core,
            )
        )
        * (1 - 1e-3 * (abs(dx) + abs(dy)))
        for dy in range(-SETTLE, SETTLE + 1)
        for dx in range(-SETTLE, SETTLE + 1)
    }
    dy, dx = max(fits, key=fits.__getitem__)
    return numpy.roll(darkness, (-dy, -dx), axis=(1, 2)) if dy or dx else darkness


def _alike(darkness: Values, contrast: Values, spread: Values) -> tuple[Values, Values, Values]:
    """For each patch its correlation with the blank's, how many times as strong its print is, and as varied."""
    both = numpy.einsum("ijk,ijk->i", darkness, contrast)
    other = numpy.einsum("ijk,ijk->i", darkness, darkness)
    other -= darkness.sum(axis=(1, 2)) ** 2 / darkness[0].size
    own, other = numpy.maximum(spread, 1e-6), numpy.maximum(other, 1e-6)
    return both / numpy.sqrt(own * other), both / own, numpy.sqrt(other / own)


def _darkest(inside: Values, patch: Patch, side_mm: float) -> Values:
    """The mean darkness of the darkest square of a size inside each bubble."""
    count, rows, columns = inside.shape
    if not count:
        return numpy.zeros(0, numpy.float32)
    of_rows, of_columns = patch.shape
    wide = min(columns, max(2, round(side_mm * of_columns / (patch.w + 2 * RIM_MM))))
    tall = min(rows, max(2, round(side_mm * of_rows / (patch.h + 2 * RIM_MM))))
    # All bubbles below one another, one filter over all; what reaches from one into the next is left out.
    means = cv2.blur(inside.reshape(count * rows, columns), (wide, tall), anchor=(0, 0))
    whole = means.reshape(count, rows, columns)[:, : rows - tall + 1, : columns - wide + 1]
    return whole.max(axis=(1, 2))


def _ends(inside: NDArray[numpy.bool_]) -> tuple[int, int]:
    found = numpy.flatnonzero(inside)
    return int(found[0]), int(found[-1]) + 1


def _crossed(more: Values, patch: Patch) -> Values:
    """A cross leaves by three corners at least."""
    corners = numpy.sort(numpy.stack([more[:, place].mean(axis=1) for place in patch.outside]), axis=0)
    return corners[1]


def _sides(darkness: Values, patch: Patch) -> Values:
    """Four sides × bubbles: how dark the paper is there."""
    return numpy.stack([darkness[:, *side].mean(axis=(1, 2)) for side in patch.sides])


def _ringed(sides: Values) -> Values:
    """A ring is dark on every side; one of them may be open. Neighbours that spill over darken two at most."""
    return numpy.sort(sides, axis=0)[1]


def _beside(more: Values, dark: Values, patch: Patch) -> Values:
    """How much of the paper beside a bubble shares its darkness."""
    rim = more.reshape(len(more), patch.shape[0] * patch.shape[1])[:, patch.rim]
    return (rim > numpy.maximum(0.5 * dark, SOME_BESIDE)[:, None]).mean(axis=1)


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
        odd = darkness[same][:, *inside].mean(axis=(1, 2)) > typical[inside].mean() + 0.12
        for at in numpy.array(same)[odd]:
            found[at] = typical
    return found

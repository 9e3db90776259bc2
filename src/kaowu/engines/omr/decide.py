"""From scores to answers: three bands (off, look, on), then the rule of the field.

Scores are observation, thresholds are policy and carry a version: with the
scores kept, another policy can be applied and the differences reported.
"""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy
from numpy.typing import NDArray

from kaowu.engines.omr.layout import Field, Layout
from kaowu.engines.omr.score import Scores


class Band(IntEnum):
    """How one bubble looks."""

    OFF = 0
    LOOK = 1
    ON = 2


_BANDS = tuple(Band)


@dataclass(frozen=True, slots=True)
class Policy:
    """The limits between the bands, as shares of black."""

    version: str = "omr-policy/3"
    off_ink: float = 0.062  # at most this, and no dark spot: empty
    off_peak: float = 0.26
    most_ringed: float = 0.07  # on three sides of it: more, and somebody drew a ring about it
    on_ink: float = 0.2  # at least this, over most of the bubble or in one block: marked
    on_cover: float = 0.72
    block_cover: float = 0.42
    block_share: float = 0.72  # of the darkest spot
    most_crossed: float = 0.15
    weak: float = 1 / 3  # of the field's strongest, and
    weak_ink: float = 0.12  # below this: a shadow of an erasure beside a clear mark
    most_beside: float = 0.3  # of the paper about a mark may be as dark as half the mark
    no_stain: float = 0.5  # so dark is no stain, whatever surrounds it
    uneven: float = 0.55  # of the strongest: two marks that differ this much are looked at
    noise_times: float = 6.0
    most_off_ink: float = 0.085
    least_gain: float = 0.3  # of the strength of the blank's print: less, and the print dropped out
    most_texture: float = 0.6  # of the blank's: patches where print dropped out are plainer than this
    washed_gain: float = 0.5  # of the strength of the blank's print: less, and
    washed_ink: float = 0.3  # half the fields marked no darker: marks may have gone with the print
    least_shown: float = 0.06  # of the page's usual print
    half_shown: float = 0.35  # less than this, and lighter inside than an empty bubble: half covered
    lighter: float = -0.015
    least_likeness: float = 0.5


DEFAULT = Policy()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a field says, and whether a person has to look at it."""

    field: Field
    value: tuple[str, ...]
    flag: bool
    bands: tuple[Band, ...]
    ink: tuple[float, ...]


def bands(scores: Scores, policy: Policy = DEFAULT) -> NDArray[numpy.int8]:
    """The band of every option of the page."""
    off_ink = min(max(policy.off_ink, policy.noise_times * scores.noise), policy.most_off_ink)
    off = (scores.ink <= off_ink) & (scores.peak <= policy.off_peak) & (scores.ringed <= policy.most_ringed)
    if scores.print_gain >= policy.least_gain:
        # Where the page shows its print but not here, something lies over the bubble and any mark.
        off &= scores.shown >= policy.least_shown
        off &= (scores.shown >= policy.half_shown) | (scores.ink >= policy.lighter)
    filled = scores.cover >= policy.on_cover
    filled |= (scores.cover >= policy.block_cover) & (scores.block >= policy.block_share * scores.peak)
    on = (scores.ink >= policy.on_ink) & filled & (scores.crossed <= policy.most_crossed)
    on &= (scores.beside <= policy.most_beside) | (scores.ink >= policy.no_stain)
    found = numpy.full(len(scores.ink), Band.LOOK, numpy.int8)
    found[off] = Band.OFF
    found[on] = Band.ON
    return found


def decide(layout: Layout, scores: Scores, policy: Policy = DEFAULT, bilevel: bool = False) -> list[Answer]:
    """The answer of every field.

    Where a scan of 1 bit, or one that washed out the print, shows no mark a light one may have been lost,
    and so may a second one of a question with several: these fields go to a person.
    """
    every = [_BANDS[band] for band in bands(scores, policy).tolist()]
    ink = numpy.round(scores.ink.astype(numpy.float64), 4).tolist()
    answers, start = [], 0
    for field in layout.fields:
        end = start + len(field.options)
        answers.append(_answer(field, tuple(every[start:end]), tuple(ink[start:end]), policy))
        start = end
    if bilevel or _washed_out(answers, scores, policy):
        return [
            replace(one, flag=True) if one.field.type == "multiple" or not one.value else one
            for one in answers
        ]
    return answers


def _washed_out(answers: list[Answer], scores: Scores, policy: Policy) -> bool:
    """Whether so much light fell on the page that its pale print is going, and marks are pale or missing."""
    if scores.print_gain >= policy.washed_gain:
        return False
    darkest = [max(one.ink) for one in answers if one.field.type in ("single", "digit")]
    return bool(darkest) and float(numpy.median(darkest)) < policy.washed_ink


def _answer(field: Field, own: tuple[Band, ...], ink: tuple[float, ...], policy: Policy) -> Answer:
    if Band.LOOK not in own and own.count(Band.ON) <= 1:
        clear = (field.options[own.index(Band.ON)].value,) if Band.ON in own else ()
        return Answer(field, clear, False, own, ink)
    strongest = max((value for value, band in zip(ink, own, strict=True) if band is Band.ON), default=0.0)
    flag = False
    value = []
    for option, band, dark in zip(field.options, own, ink, strict=True):
        if band is Band.ON:
            value.append(option.value)
            # Two marks of very different strength: one of them may have been meant to go.
            flag |= dark < policy.uneven * strongest
        elif band is Band.LOOK and not (
            strongest > 0 and dark < policy.weak * strongest and dark < policy.weak_ink
        ):
            flag = True
            if dark >= policy.weak_ink:
                value.append(option.value)
    # One place of a number holds one digit: a second one is a slip, a stain or a staple.
    flag |= field.type == "digit" and len(value) > 1
    return Answer(field, tuple(value), flag, own, ink)

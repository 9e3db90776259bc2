"""Totals by formula, and what becomes of a total when a part is missing: 缺考 is not 0 is not 取消 is not 未扫描."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kaowu.basics.errors import Refused, Sentence


class State(StrEnum):
    """What a score is."""

    SCORED = "scored"
    EXEMPT = "exempt"  # 免考, such as listening: the rest is scaled up
    ABSENT = "absent"  # 缺考
    VOID = "void"  # 成绩取消
    NOT_SCANNED = "not_scanned"  # a sheet is missing: nobody may call it a zero
    IN_REVIEW = "in_review"  # a field or mark still waits for a person
    NOT_ENTERED = "not_entered"  # 未录入: nobody has entered the points yet
    NOT_HERE = "not_here"  # 未到本机: it is on record, but what was read or typed is not on this node


UNDECIDED = frozenset({State.NOT_SCANNED, State.NOT_ENTERED, State.NOT_HERE, State.IN_REVIEW})
"""States that wait for somebody: with one of them nothing is frozen."""

# What a part of a subject makes of the whole, the gravest first.
_GRAVEST = (State.VOID, State.NOT_SCANNED, State.NOT_ENTERED, State.NOT_HERE, State.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Mark:
    """One component of one candidate."""

    state: State
    points: int = 0

    def __post_init__(self) -> None:
        if self.points < 0 or (self.state is not State.SCORED and self.points):
            raise ValueError(f"a mark that is {self.state} has no points: {self.points}")


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a subject: 客观题, 主观题, 听力; `weight` per hundred."""

    id: str
    full: int
    weight: int = 100
    may_be_exempt: bool = False


@dataclass(frozen=True, slots=True)
class Formula:
    """How a subject's total is made; with exemptions the rest is scaled to the full mark."""

    subject: str
    components: tuple[Component, ...]
    rounded_to: int = 1  # hundredths: 100 rounds to whole points, 50 to halves

    @property
    def full(self) -> int:
        """The most that the subject can bring, in hundredths."""
        return _rounded(sum(one.full * one.weight for one in self.components), 100, self.rounded_to)


def total(formula: Formula, marks: Mapping[str, Mark]) -> Mark:
    """The subject's mark. Raises Refused when a component is unknown, exceeds its full mark, or is wrongly exempt.

    A component without any mark is not scanned. Somebody absent from a part
    that was written at another time (听力) is absent from that part only: the
    part counts nothing. Absent from all parts is absent.
    """
    _require_possible(formula, marks)
    found = {one.id: marks.get(one.id, Mark(State.NOT_SCANNED)) for one in formula.components}
    states = {mark.state for mark in found.values()}
    for grave in _GRAVEST:
        if grave in states:
            return Mark(grave)
    if states <= {State.ABSENT, State.EXEMPT}:
        return Mark(State.ABSENT if State.ABSENT in states else State.EXEMPT)
    counted = [one for one in formula.components if found[one.id].state is not State.EXEMPT]
    reached = sum(found[one.id].points * one.weight for one in counted)
    possible = sum(one.full * one.weight for one in counted)
    whole = sum(one.full * one.weight for one in formula.components)
    return Mark(State.SCORED, _rounded(reached * whole, possible * 100, formula.rounded_to))


def _require_possible(formula: Formula, marks: Mapping[str, Mark]) -> None:
    parts = {one.id: one for one in formula.components}
    for id, mark in marks.items():
        part = parts.get(id)
        if part is None:
            raise Refused(
                "component_unknown",
                Sentence(
                    f"{formula.subject}没有“{id}”这一部分。", f"{formula.subject} has no component {id!r}."
                ),
            )
        if mark.points > part.full:
            raise Refused(
                "more_than_full_mark",
                Sentence(
                    f"{formula.subject}“{id}”超过满分。", f"{formula.subject} {id!r} exceeds its full mark."
                ),
            )
        if mark.state is State.EXEMPT and not part.may_be_exempt:
            raise Refused(
                "exemption_not_allowed",
                Sentence(
                    f"{formula.subject}“{id}”不能免考。", f"{formula.subject} {id!r} allows no exemption."
                ),
            )


def _rounded(dividend: int, divisor: int, step: int) -> int:
    """dividend / divisor to a multiple of `step`, halves upwards; whole numbers only."""
    unit = divisor * step
    return (2 * dividend + unit) // (2 * unit) * step

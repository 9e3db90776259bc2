"""Scoring a subject (合成成绩): sheets by their key, points entered and imported, exemptions, decisions."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from kaowu.engines.scores import Mark, Marker, State, total
from kaowu.loop.settle.score_plan import OBJECTIVE, Part, SubjectPlan, field_of
from kaowu.loop.settle.score_rows import PartScore, SubjectScore

PAPER_TYPE = "paper_type"
"""The field of the sheet where a candidate marks the type of the paper."""

Values = Mapping[str, Mapping[str, int | None]]


class Sheet(Protocol):
    """One candidate's sheet of the subject, as `store.queries.answers` tells it."""

    @property
    def candidate(self) -> str:
        """The admission number."""

    @property
    def state(self) -> str:
        """present, absent, void, missing, not_scanned or not_here."""

    @property
    def fields(self) -> Mapping[str, str]:
        """Final values by field; "" is blank."""

    @property
    def undecided(self) -> int:
        """How many fields still wait for a person."""


@dataclass(frozen=True)
class Scripts:
    """The scripts of one room: its sheets, who was away, and the points that stand after both entries."""

    sheets: Collection[Sheet]
    absent: Collection[str] = frozenset()
    entered: Values = field(default_factory=dict)
    withheld: bool = False
    """Were the points entered, while what was typed is not here?"""


@dataclass(frozen=True)
class Circumstances:
    """What is known of a subject beside its scripts, all by admission number."""

    imported: Values = field(default_factory=dict)
    exempt: Collection[str] = frozenset()
    cancelled: Collection[str] = frozenset()


def score_subject(
    plan: SubjectPlan, rooms: Iterable[Scripts], known: Circumstances
) -> Iterator[tuple[str, SubjectScore]]:
    """The score of everybody who takes the subject. What is not there has a state; nothing is ever a silent zero.

    A room is asked for when the one before it is done, so that a subject of a whole province is never held at once.
    """
    scoring = _Scoring(plan, known)
    for room in rooms:
        for sheet in room.sheets:
            yield sheet.candidate, scoring.score(sheet, room)


class _Scoring:
    def __init__(self, plan: SubjectPlan, known: Circumstances) -> None:
        self._plan, self._known, self._formula = plan, known, plan.formula
        self._markers = {kind: Marker(keys) for kind, keys in plan.keys.items()}
        self._fields = {part.name: tuple(map(field_of, part.questions)) for part in plan.parts}
        self._needs_sheet = bool(plan.of_source(OBJECTIVE))
        # Few scores differ among very many candidates: equal ones are one object, which saves most of the memory.
        self._points: dict[str, dict[int, PartScore]] = {part.name: {} for part in plan.parts}
        self._scores: dict[tuple[int, ...], SubjectScore] = {}

    def score(self, sheet: Sheet, room: Scripts) -> SubjectScore:
        """One candidate."""
        who = sheet.candidate
        if who in self._known.cancelled:
            return SubjectScore(self._plan.subject, State.VOID)
        if sheet.state == "absent" or (who in room.absent and sheet.state != "present"):
            return SubjectScore(self._plan.subject, State.ABSENT)
        parts = tuple(self._part(part, sheet, room) for part in self._plan.parts)
        key = tuple(map(id, parts))  # what is kept below keeps its parts, so no id is given twice
        known = self._scores.get(key)
        if known is None:
            mark = total(self._formula, {part.name: Mark(part.state, part.points) for part in parts})
            known = self._scores[key] = SubjectScore(self._plan.subject, mark.state, mark.points, parts)
        return known

    def _part(self, part: Part, sheet: Sheet, room: Scripts) -> PartScore:
        if part.may_be_exempt and sheet.candidate in self._known.exempt:
            return PartScore(part.name, State.EXEMPT)
        if self._needs_sheet and sheet.state in ("missing", "not_scanned"):
            return PartScore(part.name, State.NOT_SCANNED)
        if self._needs_sheet and sheet.state == "not_here":
            return PartScore(part.name, State.NOT_HERE)
        if part.source == OBJECTIVE:
            return self._objective(part, sheet)
        if part.source != "entered":
            return self._summed(part, self._known.imported.get(sheet.candidate, {}))
        if room.withheld:
            return PartScore(part.name, State.NOT_HERE)
        return self._summed(part, room.entered.get(sheet.candidate, {}))

    def _objective(self, part: Part, sheet: Sheet) -> PartScore:
        """A void sheet takes nobody's score away by itself: it waits for a decision."""
        kind = sheet.fields.get(PAPER_TYPE, "") if "" not in self._markers else ""
        marker = self._markers.get(kind)
        if sheet.state != "present" or sheet.undecided or marker is None:
            return PartScore(part.name, State.IN_REVIEW)
        points = marker.points(self._fields[part.name], sheet.fields)
        if points is None:
            return PartScore(part.name, State.IN_REVIEW)
        return self._scored(part, points)

    def _summed(self, part: Part, values: Mapping[str, int | None]) -> PartScore:
        points = 0
        for item, _worth in part.items:
            if item not in values:
                return PartScore(part.name, State.NOT_ENTERED)
            points += values[item] or 0
        return self._scored(part, points)

    def _scored(self, part: Part, points: int) -> PartScore:
        known = self._points[part.name]
        if points not in known:
            known[points] = PartScore(part.name, State.SCORED, points)
        return known[points]

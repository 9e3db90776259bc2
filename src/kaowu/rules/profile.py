"""Profiles (考试类别配置): the packs and numbers that one kind of exam lives by.

A profile gives a value to every line, with the clause it comes from. For one
exam an authority may override lines by approved facts; the result is a
`ResolvedProfile`, whose digest is bound into whatever is published, so that
nobody can later say that other numbers held.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property

from kaowu.basics import canonical
from kaowu.basics.clock import Instant, exam_time, instant, minutes_after
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.basics.number_templates import NumberTemplate
from kaowu.basics.seat_grid import SeatGrid
from kaowu.rules.line import LineSpec, Shape, Value
from kaowu.rules.model import Clause, MinuteScript, Pack, Step
from kaowu.rules.moment import DAY, END, Moment
from kaowu.rules.seat_layout import read_layout
from kaowu.rules.toml_table import Wrong

AUTHORITY = "authority"
"""The source of a line that no clause fixes: the organising authority sets it."""


@dataclass(frozen=True)
class Line:
    """One line of a profile: its value and where the value comes from."""

    spec: LineSpec
    value: Value
    source: str
    cited: str
    note: Sentence | None = None
    to_confirm: bool = False

    @property
    def said(self) -> Sentence:
        """The value with its unit."""
        return self.spec.say(self.value)


@dataclass(frozen=True)
class Override:
    """One line that is different for one exam, by an approved fact."""

    key: str
    value: str
    reason: str
    approved_by: str
    fact_id: str


@dataclass(frozen=True)
class Profile:
    """One kind of exam."""

    id: str
    title: Sentence
    story: Sentence
    packs: tuple[Pack, ...]
    lines: Mapping[str, Line]
    scripts: Mapping[str, MinuteScript]
    candidate_term: Sentence

    def line(self, key: str) -> Line:
        """The line of that key; a key that no file declares is a defect."""
        try:
            return self.lines[key]
        except KeyError:
            raise KeyError(f"no profile line is called {key}") from None

    def number(self, key: str) -> int:
        """A whole number; a line that is none here is a defect, ask `number_or_none`."""
        value = self.line(key).value
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{key} holds {value!r}, no whole number")
        return value

    def number_or_none(self, key: str) -> int | None:
        """A whole number, or None where this kind of exam has no such rule."""
        return None if self.line(key).value is None else self.number(key)

    def yes_no(self, key: str) -> bool:
        """Whether something holds."""
        value = self.line(key).value
        if not isinstance(value, bool):
            raise TypeError(f"{key} holds {value!r}, neither yes nor no")
        return value

    def choice(self, key: str) -> str:
        """The code of a choice, or any other text."""
        value = self.line(key).value
        if not isinstance(value, str):
            raise TypeError(f"{key} holds {value!r}, no text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        value = self.line(key).value
        if not isinstance(value, tuple):
            raise TypeError(f"{key} holds {value!r}, no list")
        return value

    def template(self, key: str) -> NumberTemplate:
        """The template of a number such as `admission_number`."""
        return _template(self.choice(key))

    def template_parts(self, key: str, number: str) -> dict[str, str]:
        """A number taken apart by its template; empty if it was not written by it."""
        try:
            return self.template(key).parts(number)
        except Refused:
            return {}

    def layout(self, key: str = "seat_layout") -> SeatGrid:
        """The desks of a standard room, where a room has no grid of its own."""
        return read_layout(self.choice(key))

    @cached_property
    def script(self) -> MinuteScript:
        """The minute script that this exam runs by."""
        return self.scripts[self.choice("minute_script")]

    @cached_property
    def clauses(self) -> Mapping[str, Clause]:
        """Every clause of the exam's packs by its citation."""
        return {c.citation: c for pack in self.packs for c in pack.clauses.values()}

    @cached_property
    def violations(self) -> tuple[Clause, ...]:
        """The behaviours of candidates that these packs know, in order: what a form offers."""
        return tuple(c for c in self.clauses.values() if c.kind.is_violation)

    def tagged(self, tag: str) -> tuple[Clause, ...]:
        """The clauses of the exam's packs that carry a tag."""
        return tuple(clause for pack in self.packs for clause in pack.tagged(tag))

    def packs_not_in_force(self, day: date) -> tuple[Pack, ...]:
        """The packs that are not law on that day."""
        return tuple(pack for pack in self.packs if not pack.in_force_on(day))

    def knows(self, citation: str) -> bool:
        """Is this a line of the profile or a clause of its packs?"""
        return citation in self.lines or citation in self.clauses

    def cite(self, citation: str) -> str:
        """A clause, or a line of this profile, as one short text for a finding."""
        if citation in self.lines:
            line = self.lines[citation]
            value = ",".join(line.value) if isinstance(line.value, tuple) else line.value
            return f"{citation} = {value} · {line.cited}"[:200]
        clause = self.clauses.get(citation)
        pack = next((p for p in self.packs if clause and p.id == clause.pack), None)
        return pack.said(clause)[:200] if pack and clause else citation

    def occasion(self, subjects: Iterable[str], *, is_first: bool = False) -> str:
        """Which column of the minute script these subjects follow."""
        named = set(subjects)
        for occasion, key in (
            ("foreign_language", "foreign_language_subjects"),
            ("chinese", "chinese_subjects"),
        ):
            if named & set(self.texts(key)):
                return occasion
        return "first_sitting" if is_first else ""

    def instant_of(self, moment: Moment, starts_at: Instant, ends_at: Instant, occasion: str = "") -> Instant:
        """When a moment of a sitting is, by this profile's script and numbers."""
        offset = moment.offset(self.number)
        if moment.is_step:
            step = self.script.by_key[moment.anchor]
            return minutes_after(self.instant_of(step.moment(occasion), starts_at, ends_at, occasion), offset)
        if moment.anchor == DAY:
            midnight = exam_time(starts_at).replace(hour=0, minute=0, second=0, microsecond=0)
            return minutes_after(instant(midnight), offset * 24 * 60)
        return minutes_after(ends_at if moment.anchor == END else starts_at, offset)

    def step_at(
        self,
        key: str,
        starts_at: Instant,
        ends_at: Instant,
        subjects: Iterable[str] = (),
        *,
        is_first: bool = False,
    ) -> Instant:
        """When a step of the minute script is due in a sitting; asked for every fact, worked out once."""
        asked = key, starts_at, ends_at, tuple(subjects), is_first
        if asked not in self._steps_at:
            step = self.script.by_key[key]
            occasion = self.occasion(subjects, is_first=is_first) if step.when else ""
            self._steps_at[asked] = self.instant_of(step.moment(occasion), starts_at, ends_at, occasion)
        return self._steps_at[asked]

    @cached_property
    def _steps_at(self) -> dict[tuple[object, ...], Instant]:
        return {}

    def timetable(
        self, starts_at: Instant, ends_at: Instant, subjects: Iterable[str] = (), *, is_first: bool = False
    ) -> tuple[tuple[Instant, Step], ...]:
        """All steps of a sitting in order of time."""
        occasion = self.occasion(subjects, is_first=is_first)
        rows = [
            (self.instant_of(step.moment(occasion), starts_at, ends_at, occasion), step)
            for step in self.script.steps
        ]
        return tuple(sorted(rows, key=lambda row: row[0]))

    def resolve(self, overrides: Iterable[Override] = ()) -> "ResolvedProfile":
        """This profile for one exam; a later override of a line replaces an earlier one.

        Raises Refused with one sentence that names every override at fault.
        """
        overrides = tuple(overrides)
        lines = dict(self.lines)
        faults: list[Sentence] = []
        for override in overrides:
            try:
                lines[override.key] = self._overridden(override)
            except Wrong as wrong:
                faults.append(wrong.sentence)
        if faults:
            raise Refused(
                "profile_override_unreadable",
                Sentence(
                    "配置行不能这样改定：" + "；".join(f.zh for f in faults) + "。",
                    "These profile lines cannot be overridden so: " + "; ".join(f.en for f in faults) + ".",
                ),
                remedy=Sentence(
                    "请按该行的单位和范围填写。", "Enter a value within the line's unit and bounds."
                ),
            )
        return ResolvedProfile(
            self.id,
            self.title,
            self.story,
            self.packs,
            lines,
            self.scripts,
            self.candidate_term,
            overrides=overrides,
        )

    def _overridden(self, override: Override) -> Line:
        line = self.lines.get(override.key)
        if line is None:
            raise Wrong(f"没有“{override.key}”这一行", f"there is no line “{override.key}”")
        try:
            value = line.spec.take_text(override.value)
            if line.spec.shape is Shape.SCRIPT and value not in self.scripts:
                raise Wrong(f"没有“{value}”这个时间脚本", f"there is no minute script “{value}”")
        except Wrong as wrong:
            label, said = line.spec.label, wrong.sentence
            raise Wrong(f"“{label.zh}”{said.zh}", f"“{label.en}”: {said.en}") from wrong
        cited = f"{override.approved_by}：{override.reason}"
        return replace(line, value=value, source=f"fact {override.fact_id}", cited=cited, to_confirm=False)


@dataclass(frozen=True)
class ResolvedProfile(Profile):
    """A profile as it holds for one exam, overrides included."""

    overrides: tuple[Override, ...] = field(default=(), kw_only=True)

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the canonical form: packs, values, the minutes of the script, overrides.

        Labels and notes are not in it: a better translation changes no rule.
        """
        form = {
            "profile": self.id,
            "packs": [[p.id, str(p.effective_on or ""), sorted(p.clauses)] for p in self.packs],
            "lines": {key: _plain(line.value) for key, line in self.lines.items()},
            "script": [
                [s.key, s.post, str(s.at), {name: str(m) for name, m in s.when.items()}]
                for s in self.script.steps
            ],
            "overrides": [[o.key, o.value, o.reason, o.approved_by, o.fact_id] for o in self.overrides],
        }
        return digest(canonical.encode(form))


_template = cache(NumberTemplate)  # one for each line of each profile, asked for every packet


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value

"""Regulations, minute scripts and checklists as frozen values.

A pack (法规包) is one regulation with its document number and its clauses. A
clause is cited as `JYB-33 6-4`: the pack's id in capitals and the clause's code.
A minute script (时间脚本) says what happens when on exam day and which post
answers for it. A checklist (岗位清单) is what one post ticks off, one post one
list. None of them knows an exam; a profile says which of them an exam lives by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kaowu.basics.errors import Sentence
from kaowu.rules.moment import Moment


@dataclass(frozen=True, slots=True)
class LegalClock:
    """A length of time that the law sets running; how long stands in a profile line."""

    code: str
    label: Sentence
    runs_from: Sentence
    line: str
    article: str


@dataclass(frozen=True, slots=True)
class ClauseClass:
    """What kind of clauses these are: 违纪, 作弊, 扰乱秩序, procedure, custody…"""

    code: str
    label: Sentence
    is_violation: bool = False
    by_staff: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One obligation or one behaviour, abridged in our own words."""

    pack: str
    code: str
    article: str
    kind: ClauseClass
    behaviour: Sentence
    consequence: Sentence | None = None
    decided_by: Sentence | None = None
    evidence: tuple[tuple[str, Sentence], ...] = ()
    clocks: tuple[LegalClock, ...] = ()
    found_by: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    reminder_first: bool = False
    to_confirm: bool = False

    @property
    def citation(self) -> str:
        """How facts and findings name this clause: `JYB-33 6-4`."""
        return f"{self.pack.upper()} {self.code}"


@dataclass(frozen=True)
class Pack:
    """One regulation: title, document number, from when to when it is in force."""

    id: str
    title: str
    title_en: str
    number: str
    effective_on: date | None
    repealed_on: date | None
    clauses: Mapping[str, Clause]
    terms: Mapping[str, Sentence]

    def in_force_on(self, day: date) -> bool:
        """Is the regulation law on that day?"""
        begun = self.effective_on is None or self.effective_on <= day
        return begun and (self.repealed_on is None or day < self.repealed_on)

    def said(self, clause: Clause) -> str:
        """The clause as a letter would cite it, regulation title in Chinese."""
        return f"{clause.citation} {self.title}{clause.article}"

    def tagged(self, tag: str) -> tuple[Clause, ...]:
        """The clauses that carry a tag such as `impersonation`."""
        return tuple(clause for clause in self.clauses.values() if tag in clause.tags)


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the minute script: what happens, when, who answers for it."""

    key: str
    label: Sentence
    post: str
    at: Moment
    when: Mapping[str, Moment]
    command: Sentence | None = None
    to_confirm: bool = False

    def moment(self, occasion: str) -> Moment:
        """The moment on an occasion such as `foreign_language` or `first_sitting`."""
        return self.when.get(occasion, self.at)


@dataclass(frozen=True)
class MinuteScript:
    """The minutes of one sitting, each owned by a post."""

    id: str
    title: Sentence
    source: str
    steps: tuple[Step, ...]

    @cached_property
    def by_key(self) -> Mapping[str, Step]:
        """The steps by their keys."""
        return {step.key: step for step in self.steps}


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One thing to do and to tick off (销号)."""

    code: str
    at: Moment
    text: Sentence
    proof: str = "tick"
    confirms: tuple[str, ...] = ()
    every_minutes: int = 0


@dataclass(frozen=True, slots=True)
class Vest:
    """The colour by which a post is known at a site (马甲): named, and as `#rrggbb` for the printer."""

    colour: Sentence
    rgb: str


@dataclass(frozen=True)
class Checklist:
    """What one post does, in order of time (一岗一清单), which vest it wears and where it reports."""

    post: str
    title: Sentence
    duty: Sentence
    watched_by: tuple[str, ...]
    items: tuple[ChecklistItem, ...]
    vest: Vest | None = None
    reports_to: Sentence | None = None
    hands_over_to: Sentence | None = None

"""Lessons across exams: what each taught, what later plans made of it, and what still waits for an answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence
from kaowu.facts.envelope import Envelope
from kaowu.facts.lessons import LessonAnswered, LessonRecorded
from kaowu.store.models import Arrival, Exam, JournalEntry, PackedFact


@dataclass(frozen=True, slots=True)
class Shown:
    """A record that something refers to: its place, and its line."""

    id: str
    exam: str
    index: int
    label: Sentence
    line: Sentence


@dataclass(frozen=True, slots=True)
class Answer:
    """What a later plan made of a lesson."""

    exam: str
    exam_name: str
    at: Instant
    by: str
    fact: LessonAnswered
    changed_in: Shown | None


@dataclass(frozen=True, slots=True)
class Lesson:
    """One lesson with every answer to it."""

    id: str
    exam: str
    exam_name: str
    at: Instant
    by: str
    fact: LessonRecorded
    seen_in: Shown | None
    answers: tuple[Answer, ...]

    def answered_in(self, exam: str) -> bool:
        """Whether the plan of that exam has said something to it."""
        return any(one.exam == exam for one in self.answers)


def lessons() -> list[Lesson]:
    """Every lesson that is known here, the latest first."""
    names = dict(Exam.objects.values_list("code", "name"))
    answers: dict[str, list[Answer]] = {}
    for at, envelope in _of_kind(LessonAnswered.kind.name):
        fact: Any = envelope.fact()
        answer = Answer(
            envelope.exam,
            names.get(envelope.exam, envelope.exam),
            at,
            envelope.actors[0].account,
            fact,
            shown(fact.changed_in),
        )
        answers.setdefault(fact.lesson, []).append(answer)
    found = []
    for at, envelope in _of_kind(LessonRecorded.kind.name):
        told: Any = envelope.fact()
        id = str(envelope.id)
        name = names.get(envelope.exam, envelope.exam)
        by = envelope.actors[0].account
        found.append(
            Lesson(id, envelope.exam, name, at, by, told, shown(told.seen_in), tuple(answers.get(id, ())))
        )
    return sorted(found, key=lambda one: one.at, reverse=True)


def of_exam(exam: str) -> list[Lesson]:
    """What this exam taught."""
    return [one for one in lessons() if one.exam == exam]


def waiting(exam: str) -> list[Lesson]:
    """Lessons of other exams to which the plan of this one has said nothing yet."""
    return [one for one in lessons() if one.exam != exam and not one.answered_in(exam)]


def answered(exam: str) -> list[tuple[Lesson, Answer]]:
    """What the plan of this exam made of earlier lessons."""
    return [(one, answer) for one in lessons() for answer in one.answers if answer.exam == exam]


def shown(id: str) -> Shown | None:
    """A record by its id; None if it is not known here."""
    if not id:
        return None
    row = JournalEntry.objects.filter(fact_id=id).first()
    if row is None:
        return None
    envelope = Envelope.from_bytes(bytes(row.entry))
    fact = envelope.fact()
    return Shown(id, row.exam, row.index, fact.kind.label, fact.kind.say(fact))


def plan_records(exam: str, limit: int = 60) -> list[Shown]:
    """The latest records about an exam's plan: in one of them a lesson may have been taken up."""
    own = (LessonRecorded.kind.name, LessonAnswered.kind.name)
    rows = JournalEntry.objects.filter(exam=exam, site=None).exclude(kind__in=own).order_by("-index")[:limit]
    found = (shown(str(row.fact_id)) for row in rows)
    return [one for one in found if one is not None]


def _of_kind(kind: str) -> Iterable[tuple[Instant, Envelope]]:
    """Every record of a kind: of this node, of others, and brought by packages; each once."""
    seen = set()
    for rows in (JournalEntry.objects.filter(kind=kind), Arrival.objects.filter(kind=kind)):
        for row in rows:
            seen.add(row.fact_id)
            yield Instant(row.recorded_at), Envelope.from_bytes(bytes(row.entry))
    for packed in PackedFact.objects.filter(subject__in=Exam.objects.values("code")):
        envelope = Envelope.from_bytes(bytes(packed.entry))
        if envelope.kind == kind and packed.fact_id not in seen:
            yield Instant(packed.recorded_at), envelope

"""The score plan of a subject (评分方案): its parts, keys and rounding, as a sealed artefact that two persons approve.

parts   客观题 1-40 · 听力 41-60 (免考折算) · 主观题 16=12 17=12 作文=60
keys    one list for each paper type; a line holds a run of questions
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.scores import Component, Formula, Key, Partial
from kaowu.facts.scores import QuestionRegraded

FORMAT = "kaowu.score-plan/1"
OBJECTIVE, ENTERED, IMPORTED = "objective", "entered", "imported"
SOURCES = (OBJECTIVE, ENTERED, IMPORTED)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a subject: read from sheets by its questions, or entered or imported item by item."""

    name: str
    source: str
    questions: tuple[int, ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    weight: int = 100
    may_be_exempt: bool = False


@dataclass(frozen=True, slots=True)
class SubjectPlan:
    """How a subject's score comes about. `keys` is by paper type; "" where there is one type only."""

    subject: str
    parts: tuple[Part, ...]
    keys: Mapping[str, tuple[Key, ...]]
    rounded_to: int = 1

    @property
    def formula(self) -> Formula:
        """The formula of the total."""
        components = (
            Component(part.name, self.full_of(part), part.weight, part.may_be_exempt) for part in self.parts
        )
        return Formula(self.subject, tuple(components), self.rounded_to)

    def full_of(self, part: Part) -> int:
        """The most that a part can bring."""
        if part.source != OBJECTIVE:
            return sum(worth for _name, worth in part.items)
        worth = {key.field: key.worth for key in next(iter(self.keys.values()), ())}
        return sum(worth.get(field_of(question), 0) for question in part.questions)

    def of_source(self, source: str) -> tuple[Part, ...]:
        """The parts that come from sheets, from entry or from a marking system."""
        return tuple(part for part in self.parts if part.source == source)

    @property
    def items(self) -> dict[str, int]:
        """Items that are entered by two persons, with what each is worth."""
        return {name: worth for part in self.of_source(ENTERED) for name, worth in part.items}

    @property
    def imported_items(self) -> dict[str, int]:
        """Items that a marking system gives."""
        return {name: worth for part in self.of_source(IMPORTED) for name, worth in part.items}

    @property
    def questions(self) -> int:
        """How many questions have a key."""
        return len(next(iter(self.keys.values()), ()))

    def regraded(self, decisions: Iterable[QuestionRegraded]) -> "SubjectPlan":
        """The same with what was decided about faulty questions.

        A dropped question brings nothing to anybody and the part is worth less; what is given to all
        brings its worth to whoever has a sheet.
        """
        keys = {kind: list(found) for kind, found in self.keys.items()}
        for one in decisions:
            if one.subject == self.subject and one.paper_type in keys:
                keys[one.paper_type] = [_regraded(key, one) for key in keys[one.paper_type]]
        return replace(self, keys={kind: tuple(found) for kind, found in keys.items()})

    def to_bytes(self) -> bytes:
        """The plan as JSON, one spelling."""
        return json.dumps(_plain(self), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "SubjectPlan":
        """A plan from its file; Refused if it has another form."""
        try:
            return _read(json.loads(content))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Refused(
                "score_plan_unreadable",
                Sentence(f"评分方案读不懂：{error}", f"The score plan cannot be read: {error}"),
            ) from error


def field_of(question: int) -> str:
    """The field of a question on the sheet."""
    return f"q{question}"


def require_sound(plan: SubjectPlan) -> None:
    """Raises Refused with the first thing that cannot be: names twice, questions without a key, nothing to reach."""
    names = [part.name for part in plan.parts]
    items = [name for part in plan.parts for name, _worth in part.items]
    for repeated in (names, items):
        twice = next((name for name in repeated if repeated.count(name) > 1), None)
        if twice:
            raise _unsound(f"“{twice}”写了两次", f"{twice} stands there twice")
    for kind, keys in plan.keys.items():
        fields = [key.field for key in keys]
        if len(set(fields)) != len(fields):
            raise _unsound(f"{kind} 卷有题号重复", f"a question stands twice in the key {kind}")
        for part in plan.of_source(OBJECTIVE):
            missing = [question for question in part.questions if field_of(question) not in fields]
            if missing:
                raise _unsound(
                    f"{kind} 卷“{part.name}”第 {missing[0]} 题没有答案",
                    f"question {missing[0]} of {part.name} has no key {kind}",
                )
        covered = {field_of(question) for part in plan.parts for question in part.questions}
        stray = sorted(set(fields) - covered)
        if stray:
            raise _unsound(f"第 {stray[0][1:]} 题不属于任何部分", f"question {stray[0][1:]} is in no part")
    worths = {sum(key.worth for key in keys) for keys in plan.keys.values()}
    if len(worths) > 1:
        raise _unsound("各卷型的满分不同", "the paper types differ in their full mark")
    if any(plan.full_of(part) == 0 for part in plan.parts) or not plan.parts:
        raise _unsound("有一部分满分为 0", "a part is worth nothing")


def _unsound(zh: str, en: str) -> Refused:
    return Refused(
        "score_plan_unsound", Sentence(f"评分方案不成立：{zh}。", f"The score plan cannot be: {en}.")
    )


def _regraded(key: Key, one: QuestionRegraded) -> Key:
    if key.field != field_of(one.question):
        return key
    if one.how == "drop":
        return replace(key, worth=0, part=0, parts=(), partial=Partial.NONE, given_to_all=True)
    if one.how == "give_all":
        return replace(key, given_to_all=True)
    return replace(key, answers=(*key.answers, frozenset(one.answer)))


def _plain(plan: SubjectPlan) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "subject": plan.subject,
        "rounded_to": plan.rounded_to,
        "parts": [
            {**asdict(part), "questions": list(part.questions), "items": [list(item) for item in part.items]}
            for part in plan.parts
        ],
        "keys": {kind: [_plain_key(key) for key in keys] for kind, keys in plan.keys.items()},
    }


def _plain_key(key: Key) -> dict[str, Any]:
    return {
        "field": key.field,
        "answers": ["".join(sorted(answer)) for answer in key.answers],
        "worth": key.worth,
        "partial": key.partial.value,
        "part": key.part,
        "parts": list(key.parts),
    }


def _read(plain: Mapping[str, Any]) -> SubjectPlan:
    if plain["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    return SubjectPlan(
        str(plain["subject"]),
        tuple(_read_part(part) for part in plain["parts"]),
        {str(kind): tuple(_read_key(key) for key in keys) for kind, keys in plain["keys"].items()},
        int(plain["rounded_to"]),
    )


def _read_part(plain: Mapping[str, Any]) -> Part:
    if plain["source"] not in SOURCES:
        raise ValueError(f"no such source: {plain['source']}")
    items: Sequence[Sequence[Any]] = plain["items"]
    return Part(
        str(plain["name"]),
        str(plain["source"]),
        tuple(int(question) for question in plain["questions"]),
        tuple((str(name), int(worth)) for name, worth in items),
        int(plain["weight"]),
        bool(plain["may_be_exempt"]),
    )


def _read_key(plain: Mapping[str, Any]) -> Key:
    return Key(
        str(plain["field"]),
        tuple(frozenset(answer) for answer in plain["answers"]),
        int(plain["worth"]),
        Partial(plain["partial"]),
        int(plain["part"]),
        tuple(int(one) for one in plain["parts"]),
    )

"""What the pages of a ceremony show: its steps, its attempts, and the commands by which anybody checks it."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Sentence
from kaowu.engines.lots import BITS_AT_LEAST
from kaowu.exam.draw import Attempt, Draw
from kaowu.facts.envelope import Actor
from kaowu.facts.lots import (
    DrawFailed,
    DrawPublished,
    DrawSealed,
    InputCommitted,
    LotsDrawn,
    RandomnessGiven,
)
from kaowu.facts.subjects import DrawKey
from kaowu.store.queries import draws
from kaowu.store.queries.draws import Step

STEPS = (
    Sentence("锁定题目", "Commit the input"),
    Sentence("现场取数", "Hands of chance"),
    Sentence("抽签", "Draw"),
    Sentence("见证封存", "Seal"),
    Sentence("公开", "Publish"),
)


@dataclass(frozen=True)
class AttemptLine:
    """One attempt of the ledger: when each step was taken and by whom."""

    attempt: Attempt
    committed: Step
    hands: tuple[Step, ...]
    drawn: Step | None
    failed: Step | None
    sealed: Step | None
    published: Step | None

    @property
    def began_at(self) -> Instant:
        """When its input was committed."""
        return self.committed.at

    @property
    def signers(self) -> tuple[Actor, ...]:
        """Everybody who signed a step, in the order in which they did."""
        found: dict[str, Actor] = {}
        for step in (self.committed, *self.hands, self.drawn, self.failed, self.sealed, self.published):
            for actor in step.actors if step else ():
                found.setdefault(actor.account, actor)
        return tuple(found.values())


@dataclass(frozen=True)
class Ceremony:
    """A draw as its page shows it."""

    key: DrawKey
    draw: Draw
    lines: tuple[AttemptLine, ...]

    @property
    def latest(self) -> AttemptLine | None:
        """The attempt that is being made or was made last."""
        return self.lines[-1] if self.lines else None

    @property
    def step(self) -> int:
        """The step that is due, from 0; past the last when everything is done."""
        line = self.latest
        if line is None or line.failed:
            return 0
        if line.published:
            return len(STEPS)
        if line.sealed:
            return 4
        if line.drawn:
            return 3
        return 2 if self.has_chance else 1

    @property
    def has_chance(self) -> bool:
        """Whether the hands give enough, and the beacon that was named is there."""
        line = self.latest
        if line is None:
            return False
        attempt = line.attempt
        named = not attempt.committed.beacon or any(hand.method == "beacon" for hand in attempt.hands)
        return attempt.bits >= BITS_AT_LEAST and named

    @property
    def bits_missing(self) -> int:
        """How many bits of chance the hands still have to give."""
        return max(0, BITS_AT_LEAST - self.latest.attempt.bits) if self.latest else BITS_AT_LEAST


def ceremony(exam: str, key: DrawKey) -> Ceremony:
    """A draw with who did what and when, attempt by attempt."""
    draw = draws.draw(exam, key)
    taken: dict[int, dict[type, list[Step]]] = {}
    for step in draws.steps(exam, key):
        number = getattr(step.fact, "attempt", None)
        if number is not None:
            taken.setdefault(number, {}).setdefault(type(step.fact), []).append(step)
    lines = tuple(_line(attempt, taken[number]) for number, attempt in sorted(draw.attempts.items()))
    return Ceremony(key, draw, lines)


def commitment_slip(exam: str, title: Sentence, line: AttemptLine) -> str:
    """The commitment on one slip of paper, for discipline inspection to keep before chance is drawn (承诺单)."""
    committed, at = line.attempt.committed, exam_time(line.committed.at)
    rows = (
        ("考试", exam),
        ("抽签", title.zh),
        ("第几次", str(committed.attempt)),
        ("锁定时间", f"{at:%Y-%m-%d %H:%M:%S}"),
        ("承诺根", committed.root.hex()),
        ("行数", str(committed.leaves)),
        ("题目摘要", committed.problem.hex()),
        ("规则摘要", committed.rules.hex()),
        ("算法版本", committed.engine),
        ("公共信标", committed.beacon or "无"),
        ("签认", "、".join(actor.account for actor in line.committed.actors)),
    )
    return "\n".join(f"{label}：{value}" for label, value in rows) + "\n"


def status(draw: Draw) -> str:
    """One word for lists: none, committed, drawn, failed, sealed or published."""
    latest = draw.latest
    if latest is None:
        return "none"
    for word in ("published", "sealed", "drawn", "failed"):
        if getattr(latest, word):
            return word
    return "committed"


def _line(attempt: Attempt, steps: dict[type, list[Step]]) -> AttemptLine:
    def one(kind: type) -> Step | None:
        return steps[kind][-1] if kind in steps else None

    return AttemptLine(
        attempt,
        steps[InputCommitted][0],
        tuple(steps.get(RandomnessGiven, ())),
        one(LotsDrawn),
        one(DrawFailed),
        one(DrawSealed),
        one(DrawPublished),
    )

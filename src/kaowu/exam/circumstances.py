"""The circumstances of an act: who, when, by which plan. What rules are told beside the state."""

from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.exam.plan import ExamPlan
from kaowu.facts.envelope import Actor


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Everything about an act that is in neither the fact nor the state.

    `actors` were authenticated at the act. `stamped_at` is the time of the
    device that saw it, `now` the time of the node that records it.
    """

    actors: tuple[Actor, ...]
    stamped_at: Instant
    now: Instant
    plan: ExamPlan

    @property
    def persons(self) -> int:
        """How many different persons signed: one person with two posts is one."""
        return len({actor.account for actor in self.actors})

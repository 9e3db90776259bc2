"""How far people travel: the figures of a set of flows, and one set against another."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from kaowu.engines.allocation.opening.problem import FAR, Flow, OpeningProblem


@dataclass(frozen=True)
class Travel:
    """People by the metres they travel."""

    people_at: tuple[tuple[int, int], ...]  # metres, people; by metres
    unknown: int = 0
    """People whose way nobody can tell, or who are sent nowhere."""

    @cached_property
    def people(self) -> int:
        """Those whose way is known."""
        return sum(people for _, people in self.people_at)

    @property
    def mean(self) -> int:
        """Mean metres, rounded down."""
        return sum(metres * people for metres, people in self.people_at) // max(1, self.people)

    @property
    def farthest(self) -> int:
        """The longest way."""
        return self.people_at[-1][0] if self.people_at else 0

    def quantile(self, percent: int) -> int:
        """The least distance that so many percent of the people do not exceed."""
        due, passed = -(-self.people * percent // 100), 0
        for metres, people in self.people_at:
            passed += people
            if passed >= due:
                return metres
        return 0

    def beyond(self, metres: int) -> int:
        """How many travel farther than this."""
        return sum(people for way, people in self.people_at if way > metres)


def travel(problem: OpeningProblem, flows: Iterable[Flow]) -> Travel:
    """The ways of these flows."""
    row = {group.id: number for number, group in enumerate(problem.groups)}
    column = {place.id: number for number, place in enumerate(problem.places)}
    at: dict[int, int] = defaultdict(int)
    sent = 0
    for group, place, people in flows:
        metres = int(problem.metres[row[group], column[place]])
        if metres < FAR:
            at[metres] += people
            sent += people
    return Travel(tuple(sorted(at.items())), problem.people - sent)

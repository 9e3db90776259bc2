"""The problem list of rehearsals (联调问题清单): open, said to be solved, or passed by a later rehearsal.

What somebody says was done closes nothing. A problem leaves the list when a rehearsal of the same place passes
its check with at least as many people and terminals as the one that found it; found again, it stands open anew.
"""

from dataclasses import dataclass, replace
from typing import Any

from kaowu.basics.clock import Instant
from kaowu.facts.rehearsal import RehearsalProblemFound, RehearsalProblemSolved, SoftwareRehearsed

OPEN, SOLVED, PASSED = "open", "solved", "passed"


@dataclass(frozen=True, slots=True)
class Said:
    """One record: its id, what it says, when and by whom it was put on record."""

    id: str
    fact: Any
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a place, from when it was found until a rehearsal passes it."""

    id: str
    check: str
    since: Said
    latest: Said
    size: tuple[int, int]
    """People and terminals of the largest rehearsal that found it."""
    solved: Said | None = None
    passed: Said | None = None

    @property
    def state(self) -> str:
        """Open, solved or passed."""
        return PASSED if self.passed else SOLVED if self.solved else OPEN


@dataclass(frozen=True, slots=True)
class Rehearsals:
    """The rehearsals of one place, and its problems in the order in which they were found."""

    held: tuple[Said, ...] = ()
    problems: tuple[Problem, ...] = ()

    def after(self, said: Said) -> "Rehearsals":
        """With one more record."""
        match said.fact:
            case SoftwareRehearsed():
                return Rehearsals((*self.held, said), tuple(_passed(one, said) for one in self.problems))
            case RehearsalProblemFound():
                return replace(self, problems=self._found(said))
            case RehearsalProblemSolved(problem=named):
                return replace(
                    self,
                    problems=tuple(
                        replace(one, solved=said) if one.id == named and not one.passed else one
                        for one in self.problems
                    ),
                )
        return self

    def problem(self, id: str) -> Problem | None:
        """The problem of that id that no rehearsal has passed yet."""
        return next((one for one in self.problems if one.id == id and not one.passed), None)

    def _found(self, said: Said) -> tuple[Problem, ...]:
        size = next((_size(one.fact) for one in self.held if one.id == said.fact.rehearsal), (0, 0))
        before = [one for one in self.problems if one.check == said.fact.check and not one.passed]
        if not before:
            return (*self.problems, Problem(said.id, said.fact.check, said, said, size))
        largest = max(before[0].size[0], size[0]), max(before[0].size[1], size[1])
        again = replace(before[0], latest=said, solved=None, size=largest)
        return tuple(again if one.id == again.id else one for one in self.problems)


def _passed(problem: Problem, said: Said) -> Problem:
    people, terminals = _size(said.fact)
    large_enough = people >= problem.size[0] and terminals >= problem.size[1]
    if problem.passed or problem.check not in said.fact.passed or not large_enough:
        return problem
    return replace(problem, passed=said)


def _size(fact: SoftwareRehearsed) -> tuple[int, int]:
    return fact.candidates, fact.terminals

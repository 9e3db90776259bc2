"""A Hall-type witness: groups that reach only these places, which hold fewer than they are."""

import itertools
from collections import deque
from dataclasses import dataclass

import numpy as np

from kaowu.engines.allocation.opening.model import ways_of
from kaowu.engines.allocation.opening.problem import OpeningProblem


@dataclass(frozen=True, slots=True)
class Witness:
    """Groups, all the places they can go to, and the two sums."""

    groups: tuple[str, ...]
    places: tuple[str, ...]
    people: int
    seats: int


def crowded(problem: OpeningProblem) -> Witness | None:
    """A witness if places are short even with every place open; None if all can be seated."""
    flow = _Flow(problem)
    flow.push()
    start = next((group for group in range(len(problem.groups)) if flow.left[group]), None)
    if start is None:
        return None
    groups, places = flow.reached(start)
    return Witness(
        tuple(problem.groups[at].id for at in sorted(groups)),
        tuple(problem.places[at].id for at in sorted(places)),
        sum(problem.groups[at].people for at in groups),
        sum(int(problem.capacity[at]) for at in places),
    )


class _Flow:
    """Augmenting paths between groups and places."""

    def __init__(self, problem: OpeningProblem) -> None:
        ways = ways_of(problem, problem.limits.farthest)
        ends = np.searchsorted(ways.group, np.arange(len(problem.groups) + 1)).tolist()
        to = ways.place.tolist()
        self.to = [to[ends[at] : ends[at + 1]] for at in range(len(problem.groups))]
        self.left = [group.people for group in problem.groups]
        self.free = problem.capacity.tolist()
        self.at: list[dict[int, int]] = [{} for _ in problem.places]

    def push(self) -> None:
        """Seat as many as can be: first whoever fits, then along chains of those who make room."""
        for group in range(len(self.left)):
            for place in self.to[group]:
                self._seat(group, place, min(self.left[group], self.free[place]))
            while self.left[group] and self._chain(group):
                pass

    def reached(self, start: int) -> tuple[set[int], set[int]]:
        """Everything that a chain from a group can get to."""
        came_group, came_place = self._search(start)
        return set(came_group), set(came_place)

    def _seat(self, group: int, place: int, people: int) -> None:
        if people > 0:
            self.at[place][group] = self.at[place].get(group, 0) + people
            self.left[group] -= people
            self.free[place] -= people

    def _search(self, start: int) -> tuple[dict[int, int], dict[int, int]]:
        """For each group reached the place it would leave; for each place the group that would come."""
        came_group, came_place = {start: -1}, {}
        queue = deque([start])
        while queue:
            group = queue.popleft()
            for place in self.to[group]:
                if place in came_place:
                    continue
                came_place[place] = group
                for other, people in self.at[place].items():
                    if people and other not in came_group:
                        came_group[other] = place
                        queue.append(other)
        return came_group, came_place

    def _chain(self, start: int) -> bool:
        came_group, came_place = self._search(start)
        end = next((place for place in came_place if self.free[place]), None)
        if end is None:
            return False
        chain, place = [], end
        while True:
            group = came_place[place]
            chain.append((group, place))
            if group == start:
                break
            place = came_group[group]
        moved = min(self.free[end], self.left[start])
        for (group, _), (_, before) in itertools.pairwise(chain):
            moved = min(moved, self.at[before][group])
        for (group, to), (_, before) in itertools.pairwise(chain):
            self.at[before][group] -= moved
            self.at[to][group] = self.at[to].get(group, 0) + moved
        group, to = chain[-1]
        self.at[to][group] = self.at[to].get(group, 0) + moved
        self.left[start] -= moved
        self.free[end] -= moved
        return True

"""The task as a mixed-integer programme, and HiGHS that solves it.

Columns: people on each way (group → place), a yes or no for each place, and,
where schools are counted at sites, a yes or no for each school at each place.
One thread, a fixed seed and a budget of nodes, never of seconds, so that the
same problem has the same answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from kaowu.engines.allocation.opening.problem import FAR, OpeningProblem, OwnSchool, Standing
from kaowu.engines.allocation.problem import Ints

Floats = NDArray[np.float64]
Tick = Callable[[], None]
_INFINITE = highspy.kHighsInf


class Goal(StrEnum):
    """What is least."""

    METRES = "metres"
    SITES = "sites"
    NOTHING = "nothing"  # whether there is an answer at all


class NothingFound(Exception):
    """The budget was used up before an answer was found, and none was ruled out."""


@dataclass(frozen=True)
class Ways:
    """The ways that a plan may use, each once, by group and then by distance."""

    group: Ints
    place: Ints
    metres: Ints

    def to(self, opened: NDArray[np.bool_]) -> "Ways":
        """Only those that lead to opened places."""
        kept = opened[self.place]
        return Ways(self.group[kept], self.place[kept], self.metres[kept])


@dataclass(frozen=True)
class Answer:
    """Opened places, people on each way, and what is proved: a bound, or worths of seats (of a relaxed task)."""

    opened: NDArray[np.bool_]
    people: Ints
    meets: NDArray[np.bool_]
    """Of each pair of school and place, whether any of the school sit there; empty where it was not asked."""
    worths: Ints
    bound: float
    """No answer is better than this."""


@dataclass(frozen=True)
class Budget:
    """How exact, and how long: a relative or an absolute gap, and branch-and-bound nodes."""

    gap: float = 0.001
    nodes: int = 4_000
    absolute: float = 1e-6


def ways_of(problem: OpeningProblem, within: int | None = None, nearest: int | None = None) -> Ways:
    """The allowed ways up to a length, of each group only the nearest so many if asked."""
    metres = np.where(problem.allowed, problem.metres, FAR)
    if within is not None:
        metres = np.where(metres <= within, metres, FAR)
    order = np.argsort(metres, axis=1, kind="stable")
    if nearest is not None:
        order = order[:, :nearest]
    sorted_metres = np.take_along_axis(metres, order, axis=1)
    group, column = np.nonzero(sorted_metres < FAR)
    return Ways(group, order[group, column], sorted_metres[group, column])


@dataclass(frozen=True)
class Model:
    """One task over some ways. `schools` asks for the limits that count schools at sites."""

    problem: OpeningProblem
    ways: Ways
    goal: Goal = Goal.METRES
    schools: bool = False
    most_sites: int | None = None
    opened: NDArray[np.bool_] | None = None
    """Places that are decided already."""
    meets: NDArray[np.bool_] | None = None
    """Pairs of school and place that are decided already."""

    def solve(self, budget: Budget | None = None, tick: Tick | None = None) -> Answer | None:
        """The best answer found within the budget; None if there is none. Raises NothingFound."""
        solver = _solver(budget or Budget())
        stopped = _watched(solver, tick)
        solver.passModel(self._programme(relaxed=False))
        solver.run()
        if stopped:
            raise stopped[0]
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if solver.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            raise NothingFound
        return self._answer(solver, solver.getInfo().mip_dual_bound)

    def relax(self) -> Answer | None:
        """The same with fractions of sites: quick, never worse, and its prices prove a bound."""
        solver = _solver(Budget())
        solver.passModel(self._programme(relaxed=True))
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return self._answer(solver, solver.getInfo().objective_function_value)

    @cached_property
    def pairs(self) -> tuple[Ints, Ints, Ints]:
        """School and place of each pair that has a way, and the pair of each way."""
        labels = sorted({group.school for group in self.problem.groups})
        code = {label: number for number, label in enumerate(labels)}
        school = np.array([code[group.school] for group in self.problem.groups], np.int64)[self.ways.group]
        key = school * len(self.problem.places) + self.ways.place
        pairs, of_way = np.unique(key, return_inverse=True)
        return pairs // len(self.problem.places), pairs % len(self.problem.places), of_way

    def _programme(self, relaxed: bool) -> highspy.HighsLp:
        problem, ways = self.problem, self.ways
        width, places = len(ways.group), len(problem.places)
        pairs = len(self.pairs[0]) if self.schools else 0
        rows = _Rows()
        self._seat_everybody(rows)
        self._fill_only_open_places(rows)
        if self.schools:
            self._count_schools(rows)
        if problem.limits.own_school is OwnSchool.OWN:
            self._own_candidates_first(rows)
        lp = rows.programme(width + places + pairs)
        cost = np.zeros(width + places + pairs)
        if self.goal is Goal.METRES:
            cost[:width] = ways.metres
            cost[width : width + places] = [place.cost for place in problem.places]
        elif self.goal is Goal.SITES:
            cost[width : width + places] = 1
        lower, upper = np.zeros(len(cost)), np.ones(len(cost))
        lower[width : width + places], upper[width : width + places] = self._decided()
        if self.meets is not None:
            lower[width + places :] = upper[width + places :] = self.meets
        upper[:width] = np.array([group.people for group in problem.groups], np.float64)[ways.group]
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
        if not relaxed:
            whole, part = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
            # With every yes and no decided the rest is a transport task, whose corners are whole.
            lp.integrality_ = [part] * width + [whole] * (places + pairs)
        return lp

    def _decided(self) -> tuple[Ints, Ints]:
        if self.opened is not None:
            fixed = self.opened.astype(np.int64)
            return fixed, fixed
        standing = [place.standing for place in self.problem.places]
        return (
            np.array([one is Standing.OPEN for one in standing], np.int64),
            np.array([one is not Standing.CLOSED for one in standing], np.int64),
        )

    def _seat_everybody(self, rows: "_Rows") -> None:
        people = np.array([group.people for group in self.problem.groups], np.float64)
        width = len(self.ways.group)
        rows.add(self.ways.group, np.arange(width), np.ones(width), people, people)

    def _fill_only_open_places(self, rows: "_Rows") -> None:
        problem, ways = self.problem, self.ways
        width, places = len(ways.group), len(problem.places)
        way, place = np.arange(width), np.arange(places)
        capacity = problem.capacity.astype(np.float64)
        rows.add(
            np.concatenate([ways.place, place]),
            np.concatenate([way, width + place]),
            np.concatenate([np.ones(width), -capacity]),
            np.full(places, -_INFINITE),
            np.zeros(places),
        )
        # Way by way as well: it follows from the sums, and makes the relaxed task tight.
        people = np.array([group.people for group in problem.groups], np.float64)[ways.group]
        rows.add(
            np.concatenate([way, way]),
            np.concatenate([way, width + ways.place]),
            np.concatenate([np.ones(width), -np.minimum(people, capacity[ways.place])]),
            np.full(width, -_INFINITE),
            np.zeros(width),
        )
        if self.most_sites is not None:
            rows.add(
                np.zeros(places, np.int64),
                width + place,
                np.ones(places),
                np.full(1, -_INFINITE),
                np.full(1, float(self.most_sites)),
            )

    def _count_schools(self, rows: "_Rows") -> None:
        """Enough schools at a site, few enough sites of a school, no lone party."""
        problem, ways, limits = self.problem, self.ways, self.problem.limits
        width, places = len(ways.group), len(problem.places)
        school, place, of_way = self.pairs
        pairs = len(school)
        pair, way = np.arange(pairs), np.arange(width)
        column = width + places + pair
        size = np.bincount(of_way, _sizes(problem)[ways.group], pairs)
        party = np.minimum(limits.least_party, size)
        both = np.concatenate([of_way, pair]), np.concatenate([way, column])
        free, none = np.full(pairs, -_INFINITE), np.zeros(pairs)
        rows.add(*both, np.concatenate([np.ones(width), -size]), free, none)
        rows.add(*both, np.concatenate([-np.ones(width), party]), free, none)
        rows.add(
            np.concatenate([pair, pair]),
            np.concatenate([column, width + place]),
            np.concatenate([np.ones(pairs), -np.ones(pairs)]),
            free,
            none,
        )
        if limits.fewest_schools > 1:
            fewest = np.full(places, float(limits.fewest_schools))
            rows.add(
                np.concatenate([place, np.arange(places)]),
                np.concatenate([column, width + np.arange(places)]),
                np.concatenate([-np.ones(pairs), fewest]),
                np.full(places, -_INFINITE),
                np.zeros(places),
            )
        if limits.most_sites_per_school is not None:
            schools = int(school.max(initial=-1)) + 1
            most = np.full(schools, float(limits.most_sites_per_school))
            rows.add(school, column, np.ones(pairs), np.full(schools, -_INFINITE), most)

    def _own_candidates_first(self, rows: "_Rows") -> None:
        """At an opened site its own school sits, as far as others need not be let in."""
        width = len(self.ways.group)
        for place, needed in own_seats(self.problem, self.ways).items():
            mine = own_ways(self.problem, self.ways, place)
            rows.add(
                np.zeros(len(mine) + 1, np.int64),
                np.append(mine, width + place),
                np.append(-np.ones(len(mine)), float(needed)),
                np.full(1, -_INFINITE),
                np.zeros(1),
            )

    def _answer(self, solver: highspy.Highs, bound: float) -> Answer:
        found = solver.getSolution()
        width, places = len(self.ways.group), len(self.problem.places)
        values = np.array(found.col_value)
        duals = np.array(found.row_dual)[: len(self.problem.groups)] if found.dual_valid else np.zeros(0)
        return Answer(
            values[width : width + places] > 0.5,
            np.rint(values[:width]).astype(np.int64),
            values[width + places :] > 0.5,
            np.maximum(np.rint(duals), 0).astype(np.int64),
            bound,
        )


def own_ways(problem: OpeningProblem, ways: Ways, place: int) -> Ints:
    """The ways by which a place's own school comes to it."""
    own = np.array([group.school == problem.places[place].school for group in problem.groups], np.bool_)
    found: Ints = np.flatnonzero((ways.place == place) & own[ways.group])
    return found


def own_seats(problem: OpeningProblem, ways: Ways) -> dict[int, int]:
    """How many of its own school an opened place must seat, by place."""
    limits, size = problem.limits, _sizes(problem)
    others = max(0, limits.fewest_schools - 1) * limits.least_party
    needed: dict[int, int] = {}
    for number, place in enumerate(problem.places):
        if place.school:
            people = int(size[ways.group[own_ways(problem, ways, number)]].sum())
            seats = max(0, min(people, int(problem.capacity[number]) - others))
            if seats:
                needed[number] = seats
    return needed


def _watched(solver: highspy.Highs, tick: Tick | None) -> list[Exception]:
    """Let `tick` look in while the solver works; what it raises ends the work and lies in the list."""
    stopped: list[Exception] = []

    def look(event: Any) -> None:
        try:
            if tick is not None and not stopped:
                tick()
        except Exception as reason:
            stopped.append(reason)
            event.interrupt()

    if tick is not None:
        solver.cbMipInterrupt += look
    return stopped


def _sizes(problem: OpeningProblem) -> Ints:
    return np.array([group.people for group in problem.groups], np.int64)


class _Quiet(highspy.Highs):
    """HiGHS without its banner: standard output belongs to the command that asks."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the library's name
        """The first thing that the library's constructor does, and what prints the banner."""
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _solver(budget: Budget) -> highspy.Highs:
    solver = _Quiet()  # type: ignore[no-untyped-call]
    for name, value in (
        ("threads", 1),
        ("random_seed", 0),
        ("mip_rel_gap", budget.gap),
        ("mip_abs_gap", budget.absolute),
        ("mip_max_nodes", budget.nodes),
    ):
        solver.setOptionValue(name, value)
    return solver


class _Rows:
    """Rows of a programme, put together block by block."""

    def __init__(self) -> None:
        self._height = 0
        self._row: list[Ints] = []
        self._column: list[Ints] = []
        self._value: list[Floats] = []
        self._low: list[Floats] = []
        self._high: list[Floats] = []

    def add(self, row: Ints, column: Ints, value: Floats, low: Floats, high: Floats) -> None:
        """A block: entries by row (from 0) and column, and the bounds of its rows."""
        self._row.append(row + self._height)
        self._column.append(column)
        self._value.append(value)
        self._low.append(low)
        self._high.append(high)
        self._height += len(low)

    def programme(self, width: int) -> highspy.HighsLp:
        """The rows as HiGHS takes them."""
        row, column = np.concatenate(self._row), np.concatenate(self._column)
        order = np.lexsort((column, row))
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = width, self._height
        lp.row_lower_, lp.row_upper_ = np.concatenate(self._low), np.concatenate(self._high)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.searchsorted(row[order], np.arange(self._height + 1))
        lp.a_matrix_.index_ = column[order]
        lp.a_matrix_.value_ = np.concatenate(self._value)[order]
        return lp

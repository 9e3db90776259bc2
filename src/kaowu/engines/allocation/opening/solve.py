"""Open sites and assign: the least maximum first, or the stated one, then the least mean.

reach (who can go where at all) → farthest (the stated maximum, or the least that
is possible) → sites (which to open) → schools (enough of them at each site) →
assign (the least total distance to the opened ones). Chance takes no part.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.opening.model import (
    Answer,
    Budget,
    Goal,
    Model,
    NothingFound,
    Tick,
    Ways,
    ways_of,
)
from kaowu.engines.allocation.opening.plan import OpeningPlan
from kaowu.engines.allocation.opening.problem import FAR, OpeningProblem, OwnSchool, Standing

ENGINE_VERSION = "opening/1"

Progress = Callable[[str], None]
"""Told the stage again and again while it lasts; what it raises ends the work."""

_NEAREST = 24
_SMALL = 1_500
_EXACT = Budget(gap=0.0, nodes=100_000)
_SCHOOLS = Budget(gap=0.002)
_GLANCE, _ROUGH = Budget(nodes=40), Budget(gap=0.02, nodes=200)
_WHOLE = Budget(gap=0.0, nodes=1_000, absolute=0.99)
"""For numbers of sites, which are whole: less than one apart is exact."""


class NoPlan(Exception):
    """No plan keeps all limits."""


def solve(problem: OpeningProblem, progress: Progress | None = None) -> OpeningPlan:
    """The best plan within the limits; raises NoPlan (ask `explain` why) or Refused."""
    tell = progress or (lambda stage: None)
    try:
        within, most = _bounds(problem, tell)
        tell("sites")
        answer, ways = _opened(problem, within, most, lambda: tell("sites"))
    except NothingFound as reason:
        raise Refused(
            "opening_too_hard",
            Sentence(
                "在规定的计算量内没有找到可行的布局，也没有证明不可行。",
                "No plan was found within the set amount of work, nor was it shown that there is none.",
            ),
            remedy=Sentence(
                "指定几个必开或不开的考点后再算。", "Decide some sites beforehand, then try again."
            ),
        ) from reason
    tell("assign")
    return _plan(problem, within, answer, ways)


def fits(problem: OpeningProblem, tick: Tick | None = None) -> bool:
    """Is there any plan within the limits? The budget's end counts as no."""
    try:
        return _possible(problem, problem.limits.farthest, problem.limits.most_sites, tick, _GLANCE)
    except NothingFound:
        return False


def certify(problem: OpeningProblem, plan: OpeningPlan) -> OpeningPlan:
    """The plan with what a seat is worth to each group, and the bound that follows."""
    most = most_sites(problem, plan)
    relaxed = Model(problem, ways_of(problem, plan.within, _NEAREST), most_sites=most).relax()
    if relaxed is None:
        relaxed = Model(problem, ways_of(problem, plan.within), most_sites=most).relax()
    assert relaxed is not None, "the plan itself keeps these limits"
    worths = relaxed.worths
    figures = {**plan.figures, "bound_metres": bound(problem, worths, plan.within, most)}
    named = zip((group.id for group in problem.groups), worths.tolist(), strict=True)
    return replace(plan, worths=tuple(named), figures=figures)


def most_sites(problem: OpeningProblem, plan: OpeningPlan) -> int | None:
    """The number of sites against which a plan is judged."""
    return len(plan.opened) if problem.limits.fewest_sites else problem.limits.most_sites


def bound(problem: OpeningProblem, worths: NDArray[np.int64], within: int, most: int | None) -> int:
    """No plan with at most so many sites has a smaller total, whatever the worths are."""
    people = np.array([group.people for group in problem.groups], np.int64)
    metres = np.where(problem.allowed & (problem.metres <= within), problem.metres, FAR)
    gain = np.minimum(metres - worths[:, None], 0)
    values, forced = [], []
    for number, place in enumerate(problem.places):
        order = np.argsort(gain[:, number], kind="stable")
        ends = np.minimum(np.cumsum(people[order]), problem.capacity[number])
        value = place.cost + int((np.diff(ends, prepend=0) * gain[order, number]).sum())
        if place.standing is Standing.OPEN:
            forced.append(value)
        elif place.standing is Standing.MAY and value < 0:
            values.append(value)
    free = len(values) if most is None else max(0, most - len(forced))
    return int((people * worths).sum()) + sum(forced) + sum(sorted(values)[:free])


def least_farthest(problem: OpeningProblem, most: int | None = None, tick: Tick | None = None) -> int | None:
    """The least maximum distance for which there is a plan; None if there is none at all."""
    if most is not None and _sites_by_seats(problem) > most:
        return None
    ways = ways_of(problem)
    if not len(ways.group) or len(np.unique(ways.group)) < len(problem.groups):
        return None
    nearest = np.full(len(problem.groups), FAR, np.int64)
    np.minimum.at(nearest, ways.group, ways.metres)
    lengths = np.unique(ways.metres)
    lengths = lengths[lengths >= nearest.max(initial=0)]
    # The relaxed task without the counting of schools is quick and never says no where there is a plan
    # over the nearest places; what it finds is then tried in full, and mostly holds.
    if not _relaxed(problem, int(lengths[-1]), most):
        return None
    first = _first(len(lengths), lambda at: _relaxed(problem, int(lengths[at]), most))
    assert first is not None, "the longest was found to do"
    low, at, step = first, first, 1
    while not _possible(problem, int(lengths[at]), most, tick):
        if at == len(lengths) - 1:
            return None
        low, at, step = at + 1, min(at + step, len(lengths) - 1), 4 * step
    between = lengths[low:at]
    found = _first(len(between), lambda n: _possible(problem, int(between[n]), most, tick))
    return int(lengths[at] if found is None else between[found])


@dataclass(frozen=True, slots=True)
class Fewest:
    """How many sites suffice, and how many are needed at least; mostly the same."""

    found: int
    needed: int


def fewest_sites(problem: OpeningProblem, tick: Tick | None = None) -> Fewest | None:
    """The least number of sites for which there is a plan; None if there is none."""
    schools = counts_schools(problem)
    for nearest in (_NEAREST, None):
        ways = ways_of(problem, problem.limits.farthest, nearest)
        answer = Model(problem, ways, Goal.SITES, schools).solve(_WHOLE, tick)
        if answer is not None:
            return Fewest(int(answer.opened.sum()), ceil(answer.bound - 1e-6))
    return None


def sites_at_least(problem: OpeningProblem) -> int:
    """A number of sites that no plan can do with less of: by seats of the largest, and by the relaxed task."""
    by_seats = _sites_by_seats(problem)
    ways = ways_of(problem, problem.limits.farthest)
    relaxed = Model(problem, ways, Goal.SITES).relax() if by_seats else None
    return max(by_seats, 0 if relaxed is None else ceil(relaxed.bound - 1e-6))


def _sites_by_seats(problem: OpeningProblem) -> int:
    """How many sites the seats alone ask for: the largest of each county, or of all."""
    within = problem.limits.within_county
    areas = sorted({group.county for group in problem.groups}) if within else [""]
    needed = 0
    for area in areas:
        people = sum(group.people for group in problem.groups if not within or group.county == area)
        held = zip(problem.places, problem.capacity.tolist(), strict=True)
        seats = [
            n for place, n in held if place.standing is not Standing.CLOSED and area in ("", place.county)
        ]
        for number in sorted(seats, reverse=True):
            if people <= 0:
                break
            people, needed = people - number, needed + 1
    return needed


def unmixed(problem: OpeningProblem) -> OpeningProblem:
    """The same without the limits on schools at sites, which only make it harder."""
    own = problem.limits.own_school
    plain = replace(
        problem.limits,
        fewest_schools=1,
        least_party=1,
        most_sites_per_school=None,
        own_school=OwnSchool.ANY if own is OwnSchool.OWN else own,
    )
    return replace(problem, limits=plain)


def counts_schools(problem: OpeningProblem) -> bool:
    """Do the limits speak of schools at sites?"""
    limits = problem.limits
    return limits.fewest_schools > 1 or limits.least_party > 1 or limits.most_sites_per_school is not None


def _bounds(problem: OpeningProblem, tell: Progress) -> tuple[int, int | None]:
    """The maximum distance and the number of sites that hold from here on."""
    limits = problem.limits
    most = limits.most_sites
    tell("reach")
    if limits.fewest_sites:
        fewest = fewest_sites(problem, lambda: tell("reach"))
        if fewest is None or (most is not None and fewest.needed > most):
            raise NoPlan
        most = fewest.found if most is None else min(most, fewest.found)
    if limits.farthest is not None:
        return limits.farthest, most
    tell("farthest")
    farthest = least_farthest(problem, most, lambda: tell("farthest"))
    if farthest is None:
        raise NoPlan
    return farthest, most


def _opened(problem: OpeningProblem, within: int, most: int | None, tick: Tick) -> tuple[Answer, Ways]:
    every = ways_of(problem, within)
    schools = counts_schools(problem)
    if len(every.group) <= _SMALL:
        answer = Model(problem, every, Goal.METRES, schools, most).solve(_EXACT, tick)
        if answer is None:
            raise NoPlan
        return answer, every
    for nearest in (_NEAREST, None):
        ways = ways_of(problem, within, nearest)
        plain = Model(problem, ways, most_sites=most).solve(tick=tick)
        if plain is None:
            continue
        if not schools:
            return plain, every
        # Sites first, then the schools at them; together only where that fails: it takes much longer.
        used = _used(problem, ways, plain)
        kept = ways.to(used)
        answer = Model(problem, kept, Goal.METRES, True, opened=used).solve(_SCHOOLS, tick)
        if answer is not None:
            return answer, kept
        answer = Model(problem, ways, Goal.METRES, True, most).solve(_SCHOOLS, tick)
        if answer is not None:
            return answer, ways
    raise NoPlan


def _used(problem: OpeningProblem, ways: Ways, answer: Answer) -> NDArray[np.bool_]:
    load = np.bincount(ways.place, answer.people, len(problem.places))
    must = np.array([place.standing is Standing.OPEN for place in problem.places], np.bool_)
    used: NDArray[np.bool_] = (load > 0) | must
    return used


def _plan(problem: OpeningProblem, within: int, answer: Answer, ways: Ways) -> OpeningPlan:
    opened = _used(problem, ways, answer)
    if len(answer.meets):
        final = Model(problem, ways, Goal.METRES, True, opened=opened, meets=answer.meets)
    else:
        ways = ways_of(problem, within).to(opened)
        final = Model(problem, ways, opened=opened)
    assigned = final.relax()
    assert assigned is not None, "the opened sites were found to suffice"
    # Among equally short ways the last step may leave a site empty, which then stays shut.
    opened = _used(problem, ways, assigned)
    taken = np.flatnonzero(assigned.people)
    flows = [
        (
            problem.groups[int(ways.group[at])].id,
            problem.places[int(ways.place[at])].id,
            int(assigned.people[at]),
        )
        for at in taken.tolist()
    ]
    metres = ways.metres[taken]
    cost = sum(place.cost for place, is_open in zip(problem.places, opened, strict=True) if is_open)
    groups, places = problem.unlocated
    return OpeningPlan(
        problem.digest,
        ENGINE_VERSION,
        tuple(place.id for place, is_open in zip(problem.places, opened, strict=True) if is_open),
        tuple(sorted(flows)),
        (),
        {
            "people": problem.people,
            "total_metres": int((metres * assigned.people[taken]).sum()),
            "opening_metres": cost,
            "farthest_metres": int(metres.max(initial=0)),
            "within_metres": within,
            "sites_opened": int(opened.sum()),
            "schools_split": len(flows) - len({group for group, _, _ in flows}),
            "schools_without_coordinates": len(groups),
            "sites_without_coordinates": len(places),
        },
    )


def _relaxed(problem: OpeningProblem, within: int, most: int | None) -> bool:
    """Whether fractions of sites would do, by the nearest places and, where these fail, by all."""
    for nearest in (_NEAREST, None):
        ways = ways_of(problem, within, nearest)
        if Model(problem, ways, Goal.NOTHING, most_sites=most).relax() is not None:
            return True
        if nearest is not None and _reaches_all(problem, ways, within):
            return False
    return False


def _reaches_all(problem: OpeningProblem, ways: Ways, within: int) -> bool:
    """Do the nearest ways hold every way of this length? Then looking at all finds nothing new."""
    return len(ways.group) == len(ways_of(problem, within).group)


def _possible(
    problem: OpeningProblem,
    within: int | None,
    most: int | None,
    tick: Tick | None,
    budget: Budget | None = None,
) -> bool:
    schools = counts_schools(problem)
    if most is not None and _sites_by_seats(problem) > most:
        return False
    if schools and _by_stages(problem, within, most, tick):
        return True
    for nearest in (_NEAREST, None):
        ways = ways_of(problem, within, nearest)
        if len(np.unique(ways.group)) < len(problem.groups):
            return False
        if Model(problem, ways, Goal.NOTHING, schools, most).solve(budget, tick) is not None:
            return True
    return False


def _by_stages(problem: OpeningProblem, within: int | None, most: int | None, tick: Tick | None) -> bool:
    """Is there a plan whose sites were chosen without counting schools? Mostly there is, and it is found quickly."""
    ways = ways_of(problem, within, _NEAREST)
    if len(np.unique(ways.group)) < len(problem.groups):
        return False
    try:
        plain = Model(problem, ways, most_sites=most).solve(_ROUGH, tick)
        if plain is None:
            return False
        used = _used(problem, ways, plain)
        kept = Model(problem, ways.to(used), Goal.NOTHING, True, opened=used)
        return kept.solve(_GLANCE, tick) is not None
    except NothingFound:
        return False


def _first(count: int, holds: Callable[[int], bool]) -> int | None:
    """The first of so many numbers for which something holds that holds from there on."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low if low < count else None

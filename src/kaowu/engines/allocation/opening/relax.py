"""What would help where there is no plan: the least change of one limit, or of several together.

Each relaxation is solved again under the changed limits and says what the plan then looks like.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.opening.model import Tick
from kaowu.engines.allocation.opening.problem import FAR, Limits, OpeningProblem, OwnSchool, Standing
from kaowu.engines.allocation.opening.solve import NoPlan, fits, least_farthest, sites_at_least, solve

_KM = 1_000
_CLOSED_TRIED = 12
_SITES_MORE = 4
_SITES_TRIED = (0, 2, 6, 14)

Step = tuple[str, Sentence, dict[str, Any]]
"""Code, words, changes."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A change that makes a plan possible, and what the plan then looks like.

    `changes` names limits and their new values; `open` lists places that may then be opened.
    """

    code: str
    sentence: Sentence
    changes: Mapping[str, Any]
    mean_metres: int
    farthest_metres: int
    sites: int

    def applied(self, problem: OpeningProblem) -> OpeningProblem:
        """The problem under the changed limits."""
        return _applied(problem, self.changes)


def relaxations(problem: OpeningProblem, tick: Tick | None = None) -> Iterator[Relaxation]:
    """Single changes that suffice alone, the gentlest first; else one set of changes that suffices together."""
    found = False
    for step in _single(problem, tick):
        relaxation = _solved(problem, step, tick)
        if relaxation is not None:
            found = True
            yield relaxation
    together = None if found else _together(problem, tick)
    if together is not None:
        relaxation = _solved(problem, together, tick)
        if relaxation is not None:
            yield relaxation


def _solved(problem: OpeningProblem, step: Step, tick: Tick | None) -> Relaxation | None:
    code, say, changes = step
    changed = _applied(problem, changes)
    try:
        plan = solve(changed, None if tick is None else lambda stage: tick())
    except (NoPlan, Refused):
        return None
    mean = plan.figures["total_metres"] // max(1, problem.people)
    return Relaxation(code, say, changes, mean, plan.figures["farthest_metres"], len(plan.opened))


def _single(problem: OpeningProblem, tick: Tick | None) -> Iterator[Step]:
    limits = problem.limits
    yield from _some(_farther(problem, tick))
    for number in _closed(problem)[:_CLOSED_TRIED]:
        place = problem.places[number]
        if fits(_applied(problem, {"open": [place.id]}), tick):
            yield _opening(problem, [place.id])
            break
    for weaker in (_more_sites, _fewer_schools, _more_sites_per_school):
        yield from _some(weaker(problem, tick))
    if limits.least_party > 1:
        yield _ANY_PARTY
    if limits.own_school is not OwnSchool.ANY:
        yield _ANY_OWN_SCHOOL
    yield from _some(_fewer_spare(problem, tick))
    if limits.within_county:
        yield _ACROSS


def _together(problem: OpeningProblem, tick: Tick | None) -> Step | None:
    """Everything let go, then taken back one by one as far as a plan remains: what is left is needed."""
    asked = problem.limits
    closed = [problem.places[number].id for number in _closed(problem)]
    for within_county in (True, False) if asked.within_county else (False,):
        now = _applied(replace(problem, limits=Limits(within_county=within_county)), {"open": closed})
        if not fits(now, tick):
            continue
        steps = [] if within_county == asked.within_county else [_ACROSS]
        opened = list(closed)
        for place in reversed(closed):
            again = _shut(now, place)
            if fits(again, tick):
                now = again
                opened.remove(place)
        if opened:
            steps.append(_opening(problem, opened))
        for name, weaker in _IN_ORDER:
            again = replace(now, limits=replace(now.limits, **{name: getattr(asked, name)}))
            if fits(again, tick):
                now = again
                continue
            step = weaker(again, tick)
            if step is not None:
                now = _applied(again, step[2])
                steps.append(step)
        changes: dict[str, Any] = {}
        for _, _, change in steps:
            changes |= change
        zh = "；并".join(say.zh for _, say, _ in steps)
        en = "; and ".join(say.en for _, say, _ in steps)
        return "together", Sentence(zh, en), changes
    return None


def _farther(problem: OpeningProblem, tick: Tick | None) -> Step | None:
    limits = problem.limits
    if limits.farthest is None:
        return None
    farthest = least_farthest(
        replace(problem, limits=replace(limits, farthest=None)), limits.most_sites, tick
    )
    if farthest is None or farthest <= limits.farthest:
        return None
    whole = -(-farthest // _KM) * _KM
    say = Sentence(f"最远距离放宽到{whole // _KM}公里", f"Let people travel up to {whole // _KM} km")
    return "farther", say, {"farthest": whole}


def _more_sites(problem: OpeningProblem, tick: Tick | None) -> Step | None:
    most = problem.limits.most_sites
    if most is None:
        return None
    start = max(most + 1, sites_at_least(problem))
    for more in (start + extra for extra in _SITES_TRIED):
        if _holds(problem, tick, most_sites=more):
            return (
                "more_sites",
                Sentence(f"最多启用{more}个考点", f"Allow {more} sites"),
                {"most_sites": more},
            )
    return None


def _fewer_schools(problem: OpeningProblem, tick: Tick | None) -> Step | None:
    fewest = _most(problem.limits.fewest_schools - 1, 1, lambda n: _holds(problem, tick, fewest_schools=n))
    if fewest is None:
        return None
    say = Sentence(f"每考点至少{fewest}所学校", f"Ask for {fewest} schools at each site")
    return "fewer_schools", say, {"fewest_schools": fewest}


def _more_sites_per_school(problem: OpeningProblem, tick: Tick | None) -> Step | None:
    most = problem.limits.most_sites_per_school
    for more in range(most + 1, most + _SITES_MORE) if most is not None else ():
        if _holds(problem, tick, most_sites_per_school=more):
            say = Sentence(f"每校最多分到{more}个考点", f"Let a school be spread over {more} sites")
            return "more_sites_per_school", say, {"most_sites_per_school": more}
    return None


def _fewer_spare(problem: OpeningProblem, tick: Tick | None) -> Step | None:
    spare = _most(problem.limits.spare_percent - 1, 0, lambda n: _holds(problem, tick, spare_percent=n))
    if spare is None:
        return None
    say = Sentence(f"每考点机动座位降到{spare}%", f"Keep {spare} % of the seats spare")
    return "fewer_spare", say, {"spare_percent": spare}


_ANY_PARTY: Step = (
    "any_party",
    Sentence("不限每校到一个考点的人数", "Allow single candidates of a school"),
    {"least_party": 1},
)
_ANY_OWN_SCHOOL: Step = (
    "any_own_school",
    Sentence("本校考生可在本校，也可不在", "Let candidates sit at their own school or not"),
    {"own_school": OwnSchool.ANY},
)
_ACROSS: Step = (
    "across_counties",
    Sentence("允许跨县区安排考点", "Allow sites in another county"),
    {"within_county": False},
)
_IN_ORDER: Sequence[tuple[str, Callable[[OpeningProblem, Tick | None], Step | None]]] = (
    ("spare_percent", _fewer_spare),
    ("own_school", lambda problem, tick: _ANY_OWN_SCHOOL),
    ("fewest_schools", _fewer_schools),
    ("most_sites_per_school", _more_sites_per_school),
    ("least_party", lambda problem, tick: _ANY_PARTY),
    ("most_sites", _more_sites),
    ("farthest", _farther),
)
"""Limits in the order in which they are taken back: what comes last gives way first."""


def _opening(problem: OpeningProblem, opened: list[str]) -> Step:
    seats = sum(place.seats for place in problem.places if place.id in opened)
    names = "、".join(opened)
    say = Sentence(f"允许启用{names}考点（{seats}座）", f"Allow {', '.join(opened)} ({seats} seats) to open")
    return "open_site", say, {"open": opened}


def _closed(problem: OpeningProblem) -> list[int]:
    """Closed places, nearest to everybody first."""
    everybody = np.array([group.people for group in problem.groups], np.int64)
    away = (np.minimum(problem.metres, FAR) * everybody[:, None]).sum(axis=0)
    order = np.argsort(away, kind="stable").tolist()
    return [number for number in order if problem.places[number].standing is Standing.CLOSED]


def _applied(problem: OpeningProblem, changes: Mapping[str, Any]) -> OpeningProblem:
    opened = changes.get("open", ())
    limits = {name: value for name, value in changes.items() if name != "open"}
    places = tuple(replace(one, standing=Standing.MAY) if one.id in opened else one for one in problem.places)
    return replace(problem, places=places, limits=replace(problem.limits, **limits))


def _shut(problem: OpeningProblem, place: str) -> OpeningProblem:
    places = tuple(
        replace(one, standing=Standing.CLOSED) if one.id == place else one for one in problem.places
    )
    return replace(problem, places=places)


def _some(step: Step | None) -> Iterator[Step]:
    if step is not None:
        yield step


def _holds(problem: OpeningProblem, tick: Tick | None, **changes: Any) -> bool:
    return fits(replace(problem, limits=replace(problem.limits, **changes)), tick)


def _most(start: int, least: int, holds: Callable[[int], bool]) -> int | None:
    """The largest number from `start` down to `least` for which something holds that holds from there on down."""
    if start < least or not holds(least):
        return None
    low, high = least, start
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low

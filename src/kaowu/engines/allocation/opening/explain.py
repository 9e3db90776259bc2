"""为什么排不出来: the smallest conflict in the office's words, and what would help.

Counting comes first: who reaches no site, whose sites hold too few, how many
sites are needed at least. What counting does not see is tried limit by limit.
Each relaxation is solved again under the changed limits and says what it costs.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.opening.model import Tick, ways_of
from kaowu.engines.allocation.opening.problem import FAR, OpeningProblem, OwnSchool, Standing
from kaowu.engines.allocation.opening.solve import (
    NoPlan,
    counts_schools,
    fewest_sites,
    fits,
    least_farthest,
    solve,
)
from kaowu.engines.allocation.opening.witness import Witness, crowded

_KM = 1_000
_CLOSED_TRIED = 12


@dataclass(frozen=True, slots=True)
class Conflict:
    """What cannot be together; `people` are those concerned."""

    code: str
    sentence: Sentence
    people: int
    groups: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A change that makes a plan possible, and what the plan then looks like.

    `changes` names limits and their new values; `open` names a place that may then be opened.
    """

    code: str
    sentence: Sentence
    changes: Mapping[str, Any]
    mean_metres: int
    farthest_metres: int
    sites: int

    def applied(self, problem: OpeningProblem) -> OpeningProblem:
        """The problem under the changed limits."""
        limits = {name: value for name, value in self.changes.items() if name != "open"}
        return opened_up(replace(problem, limits=replace(problem.limits, **limits)), self.changes.get("open"))


@dataclass(frozen=True)
class Explanation:
    """The conflicts, the gravest first, and the relaxations that each suffice alone, the gentlest first."""

    conflicts: tuple[Conflict, ...] = ()
    relaxations: tuple[Relaxation, ...] = ()


def explain(problem: OpeningProblem, tick: Tick | None = None) -> Explanation:
    """Why there is no plan; no conflicts if there is one."""
    conflicts = tuple(_counted(problem, tick))
    if not conflicts:
        if fits(problem, tick):
            return Explanation()
        conflicts = tuple(_tried(problem, tick))
    ordered = sorted(conflicts, key=lambda one: (-one.people, one.code, one.groups))
    return Explanation(tuple(ordered), tuple(_relaxations(problem, tick)))


def opened_up(problem: OpeningProblem, place: str | None) -> OpeningProblem:
    """The problem in which one closed place may be opened."""
    places = tuple(replace(one, standing=Standing.MAY) if one.id == place else one for one in problem.places)
    return replace(problem, places=places)


def _counted(problem: OpeningProblem, tick: Tick | None) -> Iterator[Conflict]:
    """Conflicts that counting proves; each later kind only where the earlier ones are absent."""
    lost = list(_unreachable(problem))
    yield from lost
    if lost:
        return
    witness = crowded(problem)
    if witness is not None:
        yield _places_short(problem, witness)
        return
    limits = problem.limits
    forced = [place.id for place in problem.places if place.standing is Standing.OPEN]
    if limits.most_sites is not None:
        least = fewest_sites(_unmixed(problem), tick)
        if least is not None and least > limits.most_sites:
            yield _sites_short(problem, least, forced)
            return
    yield from _forced_without_schools(problem, forced)
    yield from _schools_too_large(problem)


def _unreachable(problem: OpeningProblem) -> Iterator[Conflict]:
    limits = problem.limits
    near = problem.metres <= (limits.farthest if limits.farthest is not None else FAR - 1)
    reached = (problem.allowed & near).any(axis=1)
    for number in np.flatnonzero(~reached).tolist():
        group = problem.groups[number]
        if not problem.allowed[number].any():
            yield Conflict(
                "no_site_allowed",
                Sentence(
                    f"{group.id}{group.people}名考生没有可去的考点：本县区内没有可启用的考点",
                    f"{group.people} candidates of {group.id} may go to no site: none may be opened in their county",
                ),
                group.people,
                (group.id,),
            )
            continue
        metres = np.where(problem.allowed[number], problem.metres[number], FAR)
        nearest = int(metres.argmin())
        name, away = problem.places[nearest].id, int(metres[nearest])
        yield Conflict(
            "no_site_within",
            Sentence(
                f"{group.id}{group.people}名考生{_km(limits.farthest)}公里内没有可启用的考点，最近的{name}考点在{_km(away)}公里",
                f"{group.people} candidates of {group.id} have no site within {_km(limits.farthest)} km; "
                f"the nearest, {name}, is {_km(away)} km away",
            ),
            group.people,
            (group.id,),
            (name,),
        )


def _places_short(problem: OpeningProblem, witness: Witness) -> Conflict:
    names = "、".join(witness.places[:4])
    more_zh = f"等{len(witness.places)}个" if len(witness.places) > 4 else f"{len(witness.places)}个"
    spare = problem.limits.spare_percent
    return Conflict(
        "places_short",
        Sentence(
            f"{'、'.join(witness.groups[:3])}{'等' if len(witness.groups) > 3 else ''}{len(witness.groups)}所学校"
            f"{witness.people}名考生只能去{names}{more_zh}考点，留足{spare}%机动后共{witness.seats}座，"
            f"缺{witness.people - witness.seats}座",
            f"{witness.people} candidates of {len(witness.groups)} schools can only go to {len(witness.places)} sites "
            f"({', '.join(witness.places[:4])}) with {witness.seats} seats once {spare} % are kept spare: "
            f"{witness.people - witness.seats} seats are missing",
        ),
        witness.people,
        witness.groups,
        witness.places,
    )


def _sites_short(problem: OpeningProblem, least: int, forced: list[str]) -> Conflict:
    most = problem.limits.most_sites
    if most is not None and len(forced) > most:
        return Conflict(
            "too_many_forced",
            Sentence(
                f"定为必启用的考点有{len(forced)}个，多于最多启用的{most}个",
                f"{len(forced)} sites must be opened, more than the {most} allowed",
            ),
            problem.people,
            (),
            tuple(forced),
        )
    far = problem.limits.farthest
    zh = f"最远{_km(far)}公里时" if far is not None else "按座位数"
    en = f" within {_km(far)} km" if far is not None else ""
    return Conflict(
        "sites_short",
        Sentence(
            f"{zh}至少要启用{least}个考点，规定最多{most}个",
            f"At least {least} sites are needed{en}, {most} are allowed",
        ),
        problem.people,
    )


def _forced_without_schools(problem: OpeningProblem, forced: list[str]) -> Iterator[Conflict]:
    """Places that must open though too few schools can come."""
    fewest = problem.limits.fewest_schools
    ways = ways_of(problem, problem.limits.farthest)
    for number, place in enumerate(problem.places):
        if place.id not in forced:
            continue
        schools = {problem.groups[at].school for at in ways.group[ways.place == number].tolist()}
        if len(schools) < fewest:
            yield Conflict(
                "few_schools_at_site",
                Sentence(
                    f"每考点至少{fewest}所学校，在必启用的{place.id}考点做不到：只有{len(schools)}所学校能到",
                    f"{fewest} schools per site cannot be held at {place.id}, which must open: "
                    f"only {len(schools)} schools can come",
                ),
                sum(group.people for group in problem.groups if group.school in schools),
                tuple(sorted(schools)),
                (place.id,),
            )


def _schools_too_large(problem: OpeningProblem) -> Iterator[Conflict]:
    """Schools that do not fit into as many sites as one school may be spread over."""
    most = problem.limits.most_sites_per_school
    if most is None:
        return
    ways = ways_of(problem, problem.limits.farthest)
    for school in sorted({group.school for group in problem.groups}):
        rows = [number for number, group in enumerate(problem.groups) if group.school == school]
        people = sum(problem.groups[number].people for number in rows)
        places = np.unique(ways.place[np.isin(ways.group, rows)])
        seats = int(np.sort(problem.capacity[places])[::-1][:most].sum())
        if seats < people:
            yield Conflict(
                "school_too_large",
                Sentence(
                    f"{school}{people}名考生最多分到{most}个考点，能到的最大{most}个考点只有{seats}座",
                    f"The {people} candidates of {school} may be spread over {most} sites; "
                    f"the largest {most} in reach seat {seats}",
                ),
                people,
                (school,),
                tuple(problem.places[at].id for at in places.tolist()),
            )


def _tried(problem: OpeningProblem, tick: Tick | None) -> Iterator[Conflict]:
    """The limits on schools at sites, tried one by one: together they leave no plan."""
    limits = problem.limits
    named = {
        "fewest_schools": (1, f"每考点至少{limits.fewest_schools}所学校", f"{limits.fewest_schools} schools at each site"),
        "most_sites_per_school": (
            None,
            f"每校最多{limits.most_sites_per_school}个考点",
            f"at most {limits.most_sites_per_school} sites per school",
        ),
        "least_party": (1, f"每校到一个考点至少{limits.least_party}人", f"at least {limits.least_party} of a school at a site"),
        "own_school": (OwnSchool.ANY, "本校考生的规定", "the rule on candidates' own school"),
        "most_sites": (None, f"最多启用{limits.most_sites}个考点", f"at most {limits.most_sites} sites"),
    }  # fmt: skip
    kept = {name: said for name, said in named.items() if getattr(limits, name) != said[0]}
    # Leave out whatever is not needed for the contradiction: what stays is a smallest set.
    for name in list(kept):
        without: dict[str, Any] = {one: named[one][0] for one in named if one not in kept or one == name}
        if not fits(replace(problem, limits=replace(limits, **without)), tick):
            del kept[name]
    zh = "、".join(said for _, said, _ in kept.values())
    en = ", ".join(said for _, _, said in kept.values())
    yield Conflict(
        "limits_together",
        Sentence(f"这些要求不能同时做到：{zh}", f"These cannot be held together: {en}"),
        problem.people,
    )


def _unmixed(problem: OpeningProblem) -> OpeningProblem:
    """The same without the limits on schools at sites, which only make it harder."""
    plain = replace(
        problem.limits,
        fewest_schools=1,
        least_party=1,
        most_sites_per_school=None,
        own_school=_plain_rule(problem),
    )
    return replace(problem, limits=plain)


def _plain_rule(problem: OpeningProblem) -> OwnSchool:
    own = problem.limits.own_school
    return OwnSchool.ANY if own is OwnSchool.OWN else own


def _relaxations(problem: OpeningProblem, tick: Tick | None) -> Iterator[Relaxation]:
    for code, say, changes in _candidates(problem, tick):
        changed = Relaxation(code, say, changes, 0, 0, 0).applied(problem)
        try:
            plan = solve(changed, None if tick is None else lambda stage: tick())
        except (NoPlan, Refused):
            continue
        mean = plan.figures["total_metres"] // max(1, problem.people)
        yield Relaxation(code, say, changes, mean, plan.figures["farthest_metres"], len(plan.opened))


def _candidates(problem: OpeningProblem, tick: Tick | None) -> Iterator[tuple[str, Sentence, dict[str, Any]]]:
    limits = problem.limits
    if limits.farthest is not None:
        freed = replace(problem, limits=replace(limits, farthest=None))
        farthest = least_farthest(freed, limits.most_sites, tick)
        if farthest is not None and farthest > limits.farthest:
            whole = -(-farthest // _KM) * _KM
            yield (
                "farther",
                Sentence(f"最远距离放宽到{whole // _KM}公里", f"Let people travel up to {whole // _KM} km"),
                {"farthest": whole},
            )
    yield from _closed_places(problem, tick)
    if limits.most_sites is not None:
        least = fewest_sites(replace(problem, limits=replace(limits, most_sites=None)), tick)
        if least is not None and least > limits.most_sites:
            yield (
                "more_sites",
                Sentence(f"最多启用{least}个考点", f"Allow {least} sites"),
                {"most_sites": least},
            )
    yield from _schools_relaxed(problem, tick)
    if limits.spare_percent:
        spare = _most(limits.spare_percent - 1, 0, lambda n: _holds(problem, tick, spare_percent=n))
        if spare is not None:
            yield (
                "fewer_spare",
                Sentence(f"每考点机动座位降到{spare}%", f"Keep {spare} % of the seats spare"),
                {"spare_percent": spare},
            )
    if limits.within_county:
        yield (
            "across_counties",
            Sentence("允许跨县区安排考点", "Allow sites in another county"),
            {"within_county": False},
        )


def _closed_places(
    problem: OpeningProblem, tick: Tick | None
) -> Iterator[tuple[str, Sentence, dict[str, Any]]]:
    """The closed place that helps by itself, nearest to those concerned first."""
    everybody = np.array([group.people for group in problem.groups], np.int64)
    away = (np.minimum(problem.metres, FAR) * everybody[:, None]).sum(axis=0)
    closed = [
        number
        for number in np.argsort(away, kind="stable").tolist()
        if problem.places[number].standing is Standing.CLOSED
    ]
    for number in closed[:_CLOSED_TRIED]:
        place = problem.places[number]
        if fits(opened_up(problem, place.id), tick):
            say = Sentence(
                f"允许启用{place.id}考点（{place.seats}座）",
                f"Allow site {place.id} ({place.seats} seats) to open",
            )
            yield ("open_site", say, {"open": place.id})
            return


def _schools_relaxed(
    problem: OpeningProblem, tick: Tick | None
) -> Iterator[tuple[str, Sentence, dict[str, Any]]]:
    limits = problem.limits
    if not counts_schools(problem) and limits.own_school is OwnSchool.ANY:
        return
    fewest = _most(limits.fewest_schools - 1, 1, lambda n: _holds(problem, tick, fewest_schools=n))
    if fewest is not None:
        yield (
            "fewer_schools",
            Sentence(f"每考点至少{fewest}所学校", f"Ask for {fewest} schools at each site"),
            {"fewest_schools": fewest},
        )
    if limits.most_sites_per_school is not None:
        for most in range(limits.most_sites_per_school + 1, limits.most_sites_per_school + 4):
            if _holds(problem, tick, most_sites_per_school=most):
                yield (
                    "more_sites_per_school",
                    Sentence(f"每校最多分到{most}个考点", f"Let a school be spread over {most} sites"),
                    {"most_sites_per_school": most},
                )
                break
    if limits.least_party > 1 and _holds(problem, tick, least_party=1):
        yield (
            "any_party",
            Sentence("不限每校到一个考点的人数", "Allow single candidates of a school"),
            {"least_party": 1},
        )
    if limits.own_school is not OwnSchool.ANY and _holds(problem, tick, own_school=OwnSchool.ANY):
        yield (
            "any_own_school",
            Sentence("本校考生可在本校，也可不在", "Let candidates sit at their own school or not"),
            {"own_school": OwnSchool.ANY},
        )


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


def _km(metres: int | None) -> str:
    """Kilometres with one decimal where it says something."""
    tenths = -(-(metres or 0) // 100)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"

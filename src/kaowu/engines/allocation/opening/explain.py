"""为什么排不出来: the smallest conflict in the office's words, and what would help.

Counting comes first: who reaches no site, whose sites hold too few, how many
sites are needed at least. What counting does not see is tried limit by limit.
Each relaxation is solved again under the changed limits and says what it costs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kaowu.basics.errors import Sentence
from kaowu.engines.allocation.opening.model import Tick, ways_of
from kaowu.engines.allocation.opening.problem import FAR, OpeningProblem, OwnSchool, Standing
from kaowu.engines.allocation.opening.relax import Relaxation, relaxations
from kaowu.engines.allocation.opening.solve import fewest_sites, fits, sites_at_least, unmixed
from kaowu.engines.allocation.opening.witness import Witness, crowded

_KM = 1_000


@dataclass(frozen=True, slots=True)
class Conflict:
    """What cannot be together; `people` are those concerned."""

    code: str
    sentence: Sentence
    people: int
    groups: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


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
    return Explanation(tuple(ordered), tuple(relaxations(problem, tick)))


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
        needed = sites_at_least(problem)
        if needed <= limits.most_sites:
            fewest = fewest_sites(unmixed(problem), tick)
            needed = fewest.needed if fewest is not None else 0
        if needed > limits.most_sites:
            yield _sites_short(problem, needed, forced)
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


def _km(metres: int | None) -> str:
    """Kilometres with one decimal where it says something."""
    tenths = -(-(metres or 0) // 100)
    return f"{tenths // 10}" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"

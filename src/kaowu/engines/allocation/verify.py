"""Judge anybody's allocation, and work out what it claims: standard library only.

Shares neither the method nor a line with `solve`. The certificate is checked
person by person: with prices p, no allocation is shorter than the sum of the
least (distance + price) less the sum of price × capacity.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isqrt

from kaowu.basics.errors import Sentence
from kaowu.engines.allocation.plan import Allocation
from kaowu.engines.allocation.problem import AllocationProblem


@dataclass(frozen=True, slots=True)
class Break:
    """One broken rule; empty fields do not apply."""

    code: str
    sentence: Sentence
    site: str = ""
    person: str = ""


@dataclass(frozen=True)
class Comparison:
    """How far people go, before and after (优化前后), in metres."""

    mean_before: int
    mean_after: int
    farthest_before: int
    farthest_after: int
    moved: int
    nearer: int
    farther: int

    @property
    def sentence(self) -> Sentence:
        """The comparison for people."""
        return Sentence(
            f"人均{self.mean_before}米→{self.mean_after}米，最远{self.farthest_before}米→{self.farthest_after}米；"
            f"{self.moved}人换考点，{self.nearer}人更近，{self.farther}人更远",
            f"mean {self.mean_before} → {self.mean_after} m, farthest {self.farthest_before} → "
            f"{self.farthest_after} m; {self.moved} people change site, {self.nearer} nearer, "
            f"{self.farther} farther",
        )


def verify(problem: AllocationProblem, plan: Allocation) -> list[Break]:
    """All breaks of an allocation; an empty list means that it keeps every limit."""
    found = []
    if plan.problem != problem.digest:
        found.append(Break("another_problem", Sentence("不属于这份问题", "Made for another problem")))
    return found + list(_breaks(problem, dict(plan.sites), Counter(name for name, _ in plan.sites)))


def _breaks(problem: AllocationProblem, site_of: Mapping[str, str], times: Counter[str]) -> Iterator[Break]:
    sites = {site.id: site for site in problem.sites}
    load: Counter[str] = Counter()
    schools: dict[str, set[str]] = defaultdict(set)
    known = {person.id for person in problem.people}
    for name in sorted(set(site_of) - known):
        yield _person("unknown_person", name, "不在名册", "is not on the roster")
    for at, person in enumerate(problem.people):
        place = site_of.get(person.id, "")
        if times[person.id] != 1 or place not in sites:
            yield _person("not_one_site", person.id, "没有唯一的考点", "has not exactly one known site")
            continue
        load[place] += 1
        schools[place].add(person.school)
        if sites[place].pool != person.pool:
            yield _person("wrong_pool", person.id, f"不应去{place}", f"may not go to {place}")
        metres = _metres(problem, at, sites[place].at)
        if problem.farthest is not None and metres > problem.farthest:
            yield _person("too_far", person.id, f"到考点{metres}米", f"travels {metres} metres")
    for name, count in sorted(load.items()):
        if count > sites[name].capacity:
            yield Break(
                "over_capacity",
                Sentence(f"{name}考点{count}人超过容量", f"Site {name} is given {count} people, too many"),
                name,
            )
        if len(schools[name]) < problem.fewest_schools:
            yield Break(
                "few_schools",
                Sentence(f"{name}考点只有{len(schools[name])}所学校", f"Site {name} has few schools"),
                name,
            )


def compare(problem: AllocationProblem, before: Mapping[str, str], after: Mapping[str, str]) -> Comparison:
    """Two allocations of the same people."""
    sites = {site.id: site for site in problem.sites}
    old, new = (
        [_metres(problem, at, sites[way[p.id]].at) for at, p in enumerate(problem.people)]
        for way in (before, after)
    )
    return Comparison(
        sum(old) // max(1, len(old)),
        sum(new) // max(1, len(new)),
        max(old, default=0),
        max(new, default=0),
        sum(before[p.id] != after[p.id] for p in problem.people),
        sum(b > a for b, a in zip(old, new, strict=True)),
        sum(b < a for b, a in zip(old, new, strict=True)),
    )


def lower_bound(problem: AllocationProblem, prices: Mapping[str, int]) -> int:
    """The certificate, line by line: no allocation has a smaller total distance."""
    if any(price < 0 for price in prices.values()):
        raise ValueError("a price is not negative")
    total = -sum(prices[site.id] * site.capacity for site in problem.sites)
    for at, person in enumerate(problem.people):
        total += min(
            metres + prices[site.id]
            for site in problem.sites
            if site.pool == person.pool
            and (metres := _metres(problem, at, site.at)) <= (problem.farthest or metres)
        )
    return total


def _metres(problem: AllocationProblem, at: int, place: tuple[int, int]) -> int:
    x, y = problem.points[at].tolist()
    return isqrt((x - place[0]) ** 2 + (y - place[1]) ** 2)


def _person(code: str, name: str, zh: str, en: str) -> Break:
    return Break(code, Sentence(f"{name}{zh}", f"{name} {en}"), person=name)

"""Judge anybody's plan of sites, and work out what its worths prove: standard library only.

Shares neither the method nor a line with `solve`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from math import isqrt

from kaowu.basics.errors import Sentence
from kaowu.engines.allocation.opening.plan import OpeningPlan
from kaowu.engines.allocation.opening.problem import Group, OpeningProblem, OwnSchool, Place, Standing
from kaowu.engines.allocation.verify import Break


def verify(problem: OpeningProblem, plan: OpeningPlan) -> list[Break]:
    """All breaks of a plan; an empty list means that it keeps every limit."""
    found = []
    if plan.problem != problem.digest:
        found.append(Break("another_problem", Sentence("不属于这份问题", "Made for another problem")))
    groups = {group.id: group for group in problem.groups}
    places = {place.id: place for place in problem.places}
    for name in plan.opened:
        if name not in places:
            found.append(_at("unknown_site", name, "不在考点名单", "is not on the list of sites"))
    strange = [flow for flow in plan.flows if flow[0] not in groups or flow[1] not in places or flow[2] < 1]
    for group, place, people in strange:
        say = Sentence(
            f"{group}到{place}的{people}人读不懂", f"{people} from {group} to {place} make no sense"
        )
        found.append(Break("unknown_flow", say, place, group))
    flows = [flow for flow in plan.flows if flow not in strange]
    return [
        *found,
        *_everybody(problem, flows),
        *_sites(problem, plan, flows),
        *_ways(problem, plan, flows),
        *_schools(problem, plan, flows),
    ]


def _everybody(problem: OpeningProblem, flows: list[tuple[str, str, int]]) -> Iterator[Break]:
    sent: Counter[str] = Counter()
    for group, _, people in flows:
        sent[group] += people
    for one in problem.groups:
        if sent[one.id] != one.people:
            say = Sentence(
                f"{one.id}有{one.people}人，分了{sent[one.id]}人",
                f"{one.id} has {one.people}, {sent[one.id]} are sent",
            )
            yield Break("not_everybody", say, person=one.id)


def _sites(problem: OpeningProblem, plan: OpeningPlan, flows: list[tuple[str, str, int]]) -> Iterator[Break]:
    limits, opened = problem.limits, set(plan.opened)
    load: Counter[str] = Counter()
    for _, place, people in flows:
        load[place] += people
    for one in problem.places:
        seats = one.seats * (100 - limits.spare_percent) // 100
        if load[one.id] > seats:
            yield _at("over_capacity", one.id, f"{load[one.id]}人超过{seats}座", "is given too many people")
        if load[one.id] and one.id not in opened:
            yield _at("not_opened", one.id, "没有启用却有考生", "has candidates and is not opened")
        if one.id in opened and one.standing is Standing.CLOSED:
            yield _at("opened_though_closed", one.id, "定为不启用却启用", "is opened though it must not be")
        if one.id not in opened and one.standing is Standing.OPEN:
            yield _at("closed_though_open", one.id, "定为必启用却没有启用", "is not opened though it must be")
        if one.id in opened and not load[one.id] and one.standing is Standing.MAY:
            yield _at("opened_empty", one.id, "启用却没有考生", "is opened for nobody")
    if limits.most_sites is not None and len(opened) > limits.most_sites:
        say = Sentence(
            f"启用{len(opened)}个，多于{limits.most_sites}个", "More sites are opened than allowed"
        )
        yield Break("too_many_sites", say)


def _ways(problem: OpeningProblem, plan: OpeningPlan, flows: list[tuple[str, str, int]]) -> Iterator[Break]:
    limits, ruler = problem.limits, _Ruler(problem)
    groups = {group.id: group for group in problem.groups}
    places = {place.id: place for place in problem.places}
    farthest = limits.farthest if limits.farthest is not None else plan.figures.get("within_metres", 0)
    for group, place, _ in flows:
        metres = ruler.metres(groups[group], places[place])
        if metres is None or metres > farthest:
            yield _way("too_far", group, place, f"{metres}米", f"{metres} metres")
        if limits.within_county and groups[group].county != places[place].county:
            yield _way("other_county", group, place, "跨县区", "another county")
        own = bool(places[place].school) and places[place].school == groups[group].school
        if own and limits.own_school is OwnSchool.OTHER:
            yield _way("own_school", group, place, "在本校考", "their own school")


def _schools(
    problem: OpeningProblem, plan: OpeningPlan, flows: list[tuple[str, str, int]]
) -> Iterator[Break]:
    limits = problem.limits
    of_group = {group.id: group.school for group in problem.groups}
    size: Counter[str] = Counter()
    for group in problem.groups:
        size[group.school] += group.people
    at: dict[str, Counter[str]] = defaultdict(Counter)
    sites: dict[str, set[str]] = defaultdict(set)
    for group_id, place, people in flows:
        at[place][of_group[group_id]] += people
        sites[of_group[group_id]].add(place)
    for place in plan.opened:
        if limits.fewest_schools > 1 and len(at[place]) < limits.fewest_schools:
            yield _at("few_schools", place, f"只有{len(at[place])}所学校", "has too few schools")
        for school, people in sorted(at[place].items()):
            if people < min(limits.least_party, size[school]):
                yield _way("small_party", school, place, f"只有{people}人", f"only {people}")
    most = limits.most_sites_per_school
    for school, used in sorted(sites.items()):
        if most is not None and len(used) > most:
            say = Sentence(f"{school}分到{len(used)}个考点", f"{school} is spread over {len(used)} sites")
            yield Break("too_many_sites_of_school", say, person=school)
    if limits.own_school is OwnSchool.OWN:
        yield from _own_first(problem, plan, at)


def _own_first(problem: OpeningProblem, plan: OpeningPlan, at: Mapping[str, Counter[str]]) -> Iterator[Break]:
    limits, ruler = problem.limits, _Ruler(problem)
    farthest = limits.farthest if limits.farthest is not None else plan.figures.get("within_metres", 0)
    for place in problem.places:
        if place.id not in plan.opened or not place.school:
            continue
        people = sum(
            group.people
            for group in problem.groups
            if group.school == place.school
            and not (limits.within_county and group.county != place.county)
            and (metres := ruler.metres(group, place)) is not None
            and metres <= farthest
        )
        others = max(0, limits.fewest_schools - 1) * limits.least_party
        due = min(people, place.seats * (100 - limits.spare_percent) // 100 - others)
        if at[place.id][place.school] < due:
            yield _at(
                "own_school_sent_away",
                place.id,
                "本校考生没有先安排在本校",
                "does not seat its own school first",
            )


def lower_bound(problem: OpeningProblem, worths: Mapping[str, int], within: int, most: int | None) -> int:
    """The certificate, line by line: no plan with at most so many sites has a smaller total.

    Let everybody be paid the worth of their group's seat, and let every site choose whom it
    likes, up to its capacity; nothing that a real plan does costs less than that.
    """
    limits, ruler = problem.limits, _Ruler(problem)
    total = sum(group.people * worths[group.id] for group in problem.groups)
    forced: list[int] = []
    free: list[int] = []
    for place in problem.places:
        if place.standing is Standing.CLOSED:
            continue
        gains = []
        for group in problem.groups:
            metres = ruler.metres(group, place)
            barred = limits.within_county and group.county != place.county
            own = bool(place.school) and place.school == group.school
            barred = barred or (own and limits.own_school is OwnSchool.OTHER)
            if metres is not None and metres <= within and not barred and metres < worths[group.id]:
                gains.append((metres - worths[group.id], group.people))
        value, seats = place.cost, place.seats * (100 - limits.spare_percent) // 100
        for gain, people in sorted(gains):
            value += gain * min(people, seats)
            seats -= min(people, seats)
        (forced if place.standing is Standing.OPEN else free).append(value)
    useful = sorted(value for value in free if value < 0)
    kept = len(useful) if most is None else max(0, most - len(forced))
    return total + sum(forced) + sum(useful[:kept])


class _Ruler:
    """Distances as the problem defines them, worked out anew."""

    def __init__(self, problem: OpeningProblem) -> None:
        self._groups, self._places = problem.located
        self._roads = {(school, place): metres for school, place, metres in problem.roads}

    def metres(self, group: Group, place: Place) -> int | None:
        """Whole metres, None where nobody can tell."""
        if (group.school, place.id) in self._roads:
            return self._roads[group.school, place.id]
        here, there = self._groups[group.id], self._places[place.id]
        if here is None or there is None:
            return 0 if group.county == place.county else None
        across, along = here[0] - there[0], here[1] - there[1]
        return isqrt(across * across + along * along)


def _at(code: str, site: str, zh: str, en: str) -> Break:
    return Break(code, Sentence(f"{site}考点{zh}", f"Site {site} {en}"), site)


def _way(code: str, group: str, site: str, zh: str, en: str) -> Break:
    return Break(code, Sentence(f"{group}到{site}考点：{zh}", f"{group} to site {site}: {en}"), site, group)

"""How good a draw is (抽签质量): load, repeats, pairs, sexes and units, counted site by site."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import combinations

from kaowu.engines.draw.plan import DrawPlan, Duty
from kaowu.engines.draw.problem import DrawProblem, Person


@dataclass(frozen=True, slots=True)
class Quality:
    """The figures of one site, or of several together."""

    people: int = 0  # with a post, waiting or not
    duties: int = 0  # that are work, not waiting
    fewest: int = 0
    most: int = 0
    teams: int = 0  # rooms with two people or more
    new_beside_experienced: int = 0
    new_alone: int = 0  # teams of new people only
    both_sexes: int = 0
    one_sex: int = 0
    units_apart: int = 0
    one_unit: int = 0
    room_again: int = 0
    pair_again: int = 0


def quality(problem: DrawProblem, plan: DrawPlan, experienced: int) -> dict[str, Quality]:
    """The figures of every site drawn; who has served `experienced` years is no new hand."""
    people = {person.id: person for person in problem.people}
    by_site: dict[str, list[Duty]] = defaultdict(list)
    for duty in plan.duties:
        by_site[duty.site].append(duty)
    return {site: _of_site(problem, people, duties, experienced) for site, duties in sorted(by_site.items())}


def together(parts: Iterable[Quality]) -> Quality:
    """Several sites as one: sums, the fewest of all and the most of all."""
    every = list(parts)
    if not every:
        return Quality()
    sums = {field.name: sum(getattr(part, field.name) for part in every) for field in fields(Quality)}
    sums |= {"fewest": min(part.fewest for part in every), "most": max(part.most for part in every)}
    return Quality(**sums)


def _of_site(
    problem: DrawProblem, people: dict[str, Person], duties: Sequence[Duty], experienced: int
) -> Quality:
    work = Counter({duty.person: 0 for duty in duties})
    teams: dict[tuple[str, str], list[str]] = defaultdict(list)
    for duty in duties:
        work[duty.person] += not problem.posts[duty.post].waits
        if duty.room:
            teams[duty.sitting, duty.room].append(duty.person)
    several = [[people[name] for name in team if name in people] for team in teams.values() if len(team) > 1]
    fresh = [team for team in several if any(one.years < experienced for one in team)]
    alone = sum(all(one.years < experienced for one in team) for team in fresh)
    mixed = sum(len({one.sex for one in team}) > 1 for team in several)
    apart = sum(len({one.unit for one in team}) == len(team) for team in several)
    room_again, pair_again = _repeats(problem, duties)
    return Quality(
        people=len(work),
        duties=sum(work.values()),
        fewest=min(work.values(), default=0),
        most=max(work.values(), default=0),
        teams=len(several),
        new_beside_experienced=len(fresh) - alone,
        new_alone=alone,
        both_sexes=mixed,
        one_sex=len(several) - mixed,
        units_apart=apart,
        one_unit=len(several) - apart,
        room_again=room_again,
        pair_again=pair_again,
    )


def _repeats(problem: DrawProblem, duties: Sequence[Duty]) -> tuple[int, int]:
    """How often somebody comes into a room again, and how often two are together again."""
    been = {(person.id, room) for person in problem.people for room in person.former_rooms}
    met = {frozenset(pair) for pair in problem.former_pairs}
    teams: dict[tuple[str, str], list[str]] = defaultdict(list)
    rooms = pairs = 0
    for duty in duties:
        if duty.room:
            mine = (duty.person, f"{duty.site}/{duty.room}")
            rooms += mine in been
            been.add(mine)
            teams[duty.sitting, duty.room].append(duty.person)
    for team in teams.values():
        for one, other in combinations(team, 2):
            pair = frozenset((one, other))
            pairs += pair in met
            met.add(pair)
    return rooms, pairs

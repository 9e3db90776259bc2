"""First level: who is sent to which site (统一派遣): people of a pool → sites.

What a site needs is its fullest sitting, with the people whom a room with extra
time still holds. All needs of a pool are cast at once, people in drawn order;
then each kind is dealt to the places of its sites like cards, school after
school, so that every school is spread over the sites as evenly as whole
numbers allow. Whoever may not go where the deal sends them exchanges places.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kaowu.basics.seeds import key, tickets
from kaowu.engines.draw.cast import Cast, cast
from kaowu.engines.draw.eligible import may_go, may_serve
from kaowu.engines.draw.problem import DrawProblem, Person, Post, Sex, Site, Sitting
from kaowu.engines.draw.site import kinds_for, kinds_of_person, too_few
from kaowu.engines.draw.staffing import Kind, Need, need_of

_SCALE = 1 << 20


@dataclass(frozen=True)
class Demand:
    """What the sites of one pool need together: kinds, and how many of each at which site."""

    kinds: list[Kind]
    at: list[dict[int, int]]  # for each kind: site index → count


def dispatch(problem: DrawProblem, seed: bytes) -> dict[str, str]:
    """The site of every person who is sent to one; people with a site keep it."""
    sent = {person.id: person.site for person in problem.people if person.site and may_serve(person)}
    for pool in sorted({site.pool for site in problem.sites}):
        people = [p for p in problem.people if p.pool == pool and not p.site and may_serve(p)]
        if not people:
            continue
        demand = demand_of(problem, pool, people)
        result, lots = cast_pool(demand, people, seed, pool)
        if result.short:
            raise too_few(pool, "", demand.kinds, result)
        units = _unit_lots(people, seed, pool)
        chosen = {at for members in result.members for at in members}
        spare = sorted(set(range(len(people))) - chosen, key=lambda at: (lots[at], at))
        for kind, members in enumerate(result.members):
            order = sorted(members, key=lambda at: (units[people[at].unit], lots[at], at))
            sites = _deal(problem, demand, kind, order)
            _exchange(problem, demand.kinds[kind], order, sites, spare, people)
            sent.update(
                (people[at].id, problem.sites[site].id)
                for at, site in zip(order, sites, strict=True)
                if site >= 0
            )
    return sent


def cast_pool(demand: Demand, people: Sequence[Person], seed: bytes, pool: str) -> tuple[Cast, list[int]]:
    """The people of a pool by kind, and everybody's lot."""
    drawn = tickets(key(seed, "draw/sent", pool), [person.id for person in people])
    lots: list[int] = drawn[:, 0].tolist()
    may = [kinds_of_person(person, demand.kinds, False) for person in people]
    order = sorted(range(len(people)), key=lambda at: (lots[at], at))
    kinds = range(len(demand.kinds))
    every = [[kind for kind in kinds if mask >> kind & 1] for mask in may]
    result = cast(
        order,
        may,
        [kind.count for kind in demand.kinds],
        [False] * len(demand.kinds),
        every.__getitem__,
    )
    return result, lots


def demand_of(problem: DrawProblem, pool: str, people: Sequence[Person]) -> Demand:
    """Kinds needed by the sites of a pool, by post, row and sex."""
    together: dict[tuple[Post, int, Sex | None], dict[int, int]] = {}
    for number, site in enumerate(problem.sites):
        if site.pool != pool:
            continue
        if any(person.site == site.id for person in problem.people):
            continue  # its people were sent before
        for kind in site_kinds(problem, site, people):
            name = (kind.post, min(kind.row, 2), kind.sex)
            places = together.setdefault(name, {})
            places[number] = places.get(number, 0) + kind.count
    kinds = [Kind(post, row, sex, sum(at.values())) for (post, row, sex), at in together.items()]
    return Demand(kinds, list(together.values()))


def site_kinds(problem: DrawProblem, site: Site, people: Sequence[Person]) -> list[Kind]:
    """Kinds of the fullest sitting of a site, people held over from before, and some more."""
    fullest: list[Kind] = []
    for sitting in problem.sittings:
        rooms = problem.rooms_at.get((site.id, sitting.id), ())
        if not rooms:
            continue
        kinds = kinds_for(problem, need_of(problem, rooms), people)
        for before in _held_over(problem, site, sitting):
            kinds += kinds_for(problem, before, people)
        if sum(kind.count for kind in kinds) > sum(kind.count for kind in fullest):
            fullest = kinds
    total = sum(kind.count for kind in fullest)
    more = -(-total * problem.rules.more_sent_percent // 100)
    if more:
        fullest = [*fullest, Kind(fullest[-1].post, -1, None, more)]
    return fullest


def _held_over(problem: DrawProblem, site: Site, sitting: Sitting) -> list[Need]:
    """Rooms of sittings begun before which end after this one begins."""
    found = []
    for before in problem.sittings:
        if (before.starts, before.id) >= (sitting.starts, sitting.id):
            break
        rooms = problem.rooms_at.get((site.id, before.id), ())
        need = need_of(problem, rooms)
        held = [i for i, room in enumerate(rooms) if before.ends + room.more_minutes > sitting.starts]
        if not held:
            continue
        rows = [type(row)(row.post, tuple(i for i in row.rooms if i in held)) for row in need.rows]
        posts = need.site_posts if before.ends > sitting.starts else ()
        found.append(Need(need.rooms, tuple(row for row in rows if row.rooms), posts))
    return found


def _unit_lots(people: Sequence[Person], seed: bytes, pool: str) -> Mapping[str, tuple[int, str]]:
    units = sorted({person.unit for person in people})
    drawn = tickets(key(seed, "draw/unit", pool), units)[:, 0].tolist()
    return {unit: (lot, unit) for unit, lot in zip(units, drawn, strict=True)}


def _deal(problem: DrawProblem, demand: Demand, kind: int, order: Sequence[int]) -> list[int]:
    """The site index of each person in order: place i of z at a site comes at (2 i + 1) / 2 z."""
    places = [
        ((2 * i + 1) * (_SCALE // 2) // size, site)
        for site, size in demand.at[kind].items()
        for i in range(size)
    ]
    return [site for _, site in sorted(places)][: len(order)]


def _exchange(
    problem: DrawProblem,
    kind: Kind,
    order: list[int],
    sites: list[int],
    spare: list[int],
    people: Sequence[Person],
) -> None:
    """People sent where they may not go change with the first who can, else with one not sent."""

    def may(at: int, site: int) -> bool:
        return may_go(people[at], problem.sites[site], problem.rules)

    for place, at in enumerate(order):
        if may(at, sites[place]):
            continue
        there = sites[place]
        for other, one in enumerate(order):
            if sites[other] != there and may(one, there) and may(at, sites[other]):
                sites[place], sites[other] = sites[other], there
                break
        else:
            for one in spare:
                if may(one, there) and kinds_of_person(people[one], [kind], False):
                    spare.remove(one)
                    order[place] = one
                    break
            else:
                sites[place] = -1

"""Why it cannot be drawn, before a lot is drawn (缺员清单), and what would help.

Each conflict is a count: so many people are needed for these posts, so many
there are. The kinds named are a Hall-type witness, so the sentence is a proof.
Each relaxation is worked out and says what remains.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kaowu.basics.errors import Sentence
from kaowu.engines.draw.cast import Cast, cast
from kaowu.engines.draw.dispatch import demand_of
from kaowu.engines.draw.eligible import may_enter, may_go, may_serve, teaches_it
from kaowu.engines.draw.problem import IN_ROOMS, DrawProblem, Person, Repeats, Sex, Site
from kaowu.engines.draw.site import kinds_for, kinds_of_person
from kaowu.engines.draw.staffing import Kind, Need, need_of


@dataclass(frozen=True)
class Conflict:
    """A count that cannot hold. Codes: people_short, room_closed, one_unit, rooms_used_up."""

    code: str
    site: str  # or the pool, before people are sent
    sitting: str
    posts: tuple[str, ...]
    needed: int
    available: int
    sentence: Sentence
    missing: int = 0  # people missing in this place and sitting altogether, if more than the posts named lack


@dataclass(frozen=True)
class Relaxation:
    """A change of the rules and how many people would still be missing."""

    code: str
    changes: Mapping[str, Any]
    remaining: int
    sentence: Sentence


@dataclass(frozen=True)
class Explanation:
    """All conflicts and what would help; both empty when nothing is short."""

    conflicts: tuple[Conflict, ...]
    relaxations: tuple[Relaxation, ...]


def shortage(problem: DrawProblem) -> Explanation:
    """The shortage list of a problem."""
    conflicts = tuple(_conflicts(problem))
    if not conflicts:
        return Explanation((), ())
    return Explanation(conflicts, tuple(_relaxations(problem, _missing(conflicts))))


def _missing(conflicts: Iterable[Conflict]) -> int:
    return sum(max(one.missing, one.needed - one.available) for one in conflicts)


def _conflicts(problem: DrawProblem) -> Iterator[Conflict]:
    for pool in sorted({site.pool for site in problem.sites}):
        people = [p for p in problem.people if p.pool == pool and not p.site and may_serve(p)]
        demand = demand_of(problem, pool, people)
        yield from _counted(pool, "", demand.kinds, people, [False] * len(people))
    for site in problem.sites:
        sent = [p for p in problem.people if p.site == site.id and may_serve(p)]
        yield from _site(problem, site, sent)


def _site(problem: DrawProblem, site: Site, sent: Sequence[Person]) -> Iterator[Conflict]:
    candidates = sent or [p for p in problem.people if not p.site and may_go(p, site, problem.rules)]
    held_until: list[tuple[int, int]] = []
    chances = 0
    room_names = {room.room for room in problem.rooms if room.site == site.id}
    for sitting in problem.sittings:
        rooms = problem.rooms_at.get((site.id, sitting.id), ())
        if not rooms:
            continue
        need = need_of(problem, rooms)
        chances += sum(len(row.rooms) for row in need.rows)
        if sent:
            held = sum(count for until, count in held_until if until > sitting.starts)
            held_until.append((sitting.ends, sum(count for _, count in need.site_posts)))
            for at, room in enumerate(rooms):
                staff = sum(at in row.rooms for row in need.rows)
                held_until.append((sitting.ends + room.more_minutes, staff))
            roomless = [
                teaches_it(problem, person, sitting.id)
                or not any(may_enter(person, room, problem.rules) for room in rooms)
                for person in sent
            ]
            inside = [p for p, out in zip(sent, roomless, strict=True) if not out]
            kinds = kinds_for(problem, need, inside)
            yield from _counted(site.id, sitting.id, kinds, sent, roomless, held)
            yield from _one_unit(problem, site, sitting.id, need, inside)
        yield from _closed_rooms(problem, need, candidates)
    if sent and problem.rules.repeated_room is Repeats.NEVER and chances > len(sent) * len(room_names):
        able = len(sent) * len(room_names)
        yield Conflict(
            "rooms_used_up",
            site.id,
            "",
            (),
            chances,
            able,
            Sentence(
                f"{site.id}考点：全部场次需进考场{chances}人次，不重复考场最多{able}人次",
                f"Site {site.id}: {chances} room duties, without a repeated room at most {able}",
            ),
        )


def _counted(
    place: str,
    sitting: str,
    kinds: Sequence[Kind],
    people: Sequence[Person],
    roomless: Sequence[bool],
    held: int = 0,
) -> Iterator[Conflict]:
    """People against kinds; `held` people are still at work elsewhere."""
    may = [kinds_of_person(p, kinds, out) for p, out in zip(people, roomless, strict=True)]
    every = [[kind for kind in range(len(kinds)) if mask >> kind & 1] for mask in may]
    order = [at for at, mask in enumerate(may) if mask]
    result = cast(order, may, [k.count for k in kinds], [False] * len(kinds), every.__getitem__)
    if result.short:
        yield _people_short(place, sitting, kinds, result)
    elif held and (needed := sum(kind.count for kind in kinds)) > len(order) - held:
        yield Conflict(
            "people_short",
            place,
            sitting,
            (),
            needed,
            len(order) - held,
            Sentence(
                f"{place}考点{sitting}：需{needed}人，{held}人仍在延时考场，只有{len(order) - held}人",
                f"{place}, {sitting}: {needed} people are needed, {held} are still in rooms with extra "
                f"time, {len(order) - held} are left",
            ),
        )


_PEOPLE = {None: ("", "people"), Sex.MAN: ("男", "men"), Sex.WOMAN: ("女", "women")}


def _people_short(place: str, sitting: str, kinds: Sequence[Kind], result: Cast) -> Conflict:
    short = [kinds[kind] for kind in result.short]
    needed = sum(kind.count for kind in short)
    there = sum(len(result.members[kind]) for kind in result.short)
    posts = tuple(dict.fromkeys(kind.post.id for kind in short))
    sexes = {kind.sex for kind in short}
    who_zh, who_en = "", "people"
    if len(sexes) == 1:
        who_zh, who_en = _PEOPLE[sexes.pop()]
    where = f"{place}，{sitting}" if sitting else place
    return Conflict(
        "people_short",
        place,
        sitting,
        posts,
        needed,
        there,
        Sentence(
            f"{where}：{'、'.join(posts)}需{who_zh}{needed}人，除去不合格和回避者只有{there}人，缺{needed - there}人",
            f"{where}: {', '.join(posts)} need {needed} {who_en}, {there} are left after qualification "
            f"and recusal, {needed - there} are missing",
        ),
        sum(kind.count for kind in kinds) - sum(map(len, result.members)),
    )


def _one_unit(
    problem: DrawProblem, site: Site, sitting: str, need: Need, people: Sequence[Person]
) -> Iterator[Conflict]:
    """Each room with two people needs one from outside the largest school."""
    pairs = len(need.rows[1].rooms) if len(need.rows) > 1 else 0
    if not problem.rules.units_apart or not pairs:
        return
    for unit in sorted({person.unit for person in people}):
        others = sum(person.unit != unit for person in people)
        if others < pairs:
            yield Conflict(
                "one_unit",
                site.id,
                sitting,
                (),
                pairs,
                others,
                Sentence(
                    f"{site.id}考点{sitting}：每个考场至少一人不属于“{unit}”，需{pairs}人，只有{others}人",
                    f"Site {site.id}, {sitting}: each room needs one from outside {unit!r}: "
                    f"{pairs} are needed, there are {others}",
                ),
            )
            return


def _closed_rooms(problem: DrawProblem, need: Need, people: Sequence[Person]) -> Iterator[Conflict]:
    for at, room in enumerate(need.rooms):
        wanted = sum(at in row.rooms for row in need.rows)
        able = 0
        for person in people:
            able += may_enter(person, room, problem.rules)
            if able >= wanted:
                break
        if able < wanted:
            yield Conflict(
                "room_closed",
                room.site,
                room.sitting,
                (),
                wanted,
                able,
                Sentence(
                    f"{room.site}考点{room.sitting}{room.room}考场：需{wanted}人，其余均须回避，只有{able}人",
                    f"Room {room.room} of site {room.site}, {room.sitting}: {wanted} are needed, all but "
                    f"{able} are recused",
                ),
            )


def _relaxations(problem: DrawProblem, before: int) -> Iterator[Relaxation]:
    for code, changes, zh, en in _ideas(problem):
        remaining = _missing(_conflicts(problem.with_rules(**changes)))
        if remaining < before:
            tail_zh = f"；仍缺{remaining}人" if remaining else "；可以抽签"
            tail_en = f"; {remaining} are still missing" if remaining else "; nothing is short then"
            yield Relaxation(code, changes, remaining, Sentence(zh + tail_zh, en + tail_en))


def _ideas(problem: DrawProblem) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    rules = problem.rules
    for at, line in enumerate(rules.staffing):
        if line.per in IN_ROOMS:
            continue
        without = rules.staffing[:at] + rules.staffing[at + 1 :]
        half = (*rules.staffing[:at], replace(line, count=line.count // 2), *rules.staffing[at + 1 :])
        if line.count > 1:
            yield "fewer", {"staffing": half}, f"{line.post}减半", f"Halve {line.post}"
        yield "without", {"staffing": without}, f"不设{line.post}", f"Do without {line.post}"
    if rules.both_sexes:
        yield "any_sex", {"both_sexes": False}, "不要求每场一男一女", "Do not ask for a man and a woman"
    if rules.units_apart:
        yield "units_together", {"units_apart": False}, "允许同校搭档", "Let people of one school pair"
    for post in rules.posts:
        if post.years:
            posts = tuple(replace(one, years=0) if one.id == post.id else one for one in rules.posts)
            yield "no_years", {"posts": posts}, f"{post.id}不限监考年限", f"Ask no years of {post.id}"
    if not rules.own_pupils:
        yield "own_pupils", {"own_pupils": True}, "不回避本校考生", "Do not recuse for own pupils"
    if not rules.own_subject:
        yield "own_subject", {"own_subject": True}, "不回避任教学科", "Do not recuse for the own subject"
    if not rules.home_site:
        yield "home_site", {"home_site": True}, "允许在本校监考", "Let people serve at their own school"
    if rules.repeated_room is Repeats.NEVER:
        changes = {"repeated_room": Repeats.IF_NEEDED}
        yield "repeated_room", changes, "必要时可重复考场", "Let a room come again where needed"

"""The draw of one site: sitting after sitting, cast and then rooms, with everything remembered.

Each sitting: who is free → the cast (least burdened first, lots among equals)
→ a start in drawn order → the chain. Chance is keyed by site and sitting, so
that one site replays alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.seeds import key, tickets
from kaowu.engines.draw.cast import Cast, cast
from kaowu.engines.draw.chain import FIRST_LOOK, Teams, Weights, run
from kaowu.engines.draw.eligible import fits, teaches_it
from kaowu.engines.draw.plan import Duty, Reason
from kaowu.engines.draw.problem import ROOM, SCHOOL, DrawProblem, Person, Repeats, Room, Sex, Site, Sitting
from kaowu.engines.draw.staffing import Kind, Need, kinds_of, need_of

CASTS_BY_BURDEN = 4
"""Casts in which the least burdened come first; after them lots alone decide."""
CASTS = 8


class NotFound(Refused):
    """No count forbids it, but no draw without a break was found."""


@dataclass
class _Past:
    """What one person has done so far."""

    duties: int
    waited: int
    posts: dict[str, int]
    rooms: set[str]  # site/room
    partners: set[int]
    busy_until: int


@dataclass(frozen=True)
class _Assignment:
    """A cast of one sitting: who is in the rooms, by numbers of their own, and who is outside."""

    local: list[int]
    row_of: list[int]
    start: list[list[int]]
    rooms: list[tuple[int, ...]]
    outside: list[tuple[str, list[int]]]

    def teams(self) -> Teams:
        """The start of the chain, afresh."""
        return Teams([list(row) for row in self.start], [list(rooms) for rooms in self.rooms])


@dataclass
class SiteDraw:
    """All duties of one site, its reasons, and how it went."""

    duties: list[Duty]
    reasons: list[Reason]
    rounds: int


class SiteDrawer:
    """One site and the people sent there, in the order of their ids."""

    def __init__(self, problem: DrawProblem, site: Site, people: Sequence[Person], seed: bytes) -> None:
        self.problem, self.site, self.people, self.seed = problem, site, people, seed
        number = {person.id: at for at, person in enumerate(people)}
        self.past = [
            _Past(
                person.duties,
                person.waited,
                dict(Counter(person.had)),
                set(person.former_rooms),
                set(),
                person.busy_until,
            )
            for person in people
        ]
        self.never: set[tuple[int, int]] = set()
        for pairs, kept in ((problem.never_together, self.never), (problem.former_pairs, None)):
            for one, two in pairs:
                if one in number and two in number:
                    a, b = number[one], number[two]
                    if kept is not None:
                        kept.update(((a, b), (b, a)))
                    else:
                        self.past[a].partners.add(b)
                        self.past[b].partners.add(a)
        units = sorted({person.unit for person in people})
        code = {unit: at for at, unit in enumerate(units)}
        self.units = np.array([code[person.unit] for person in people], np.int64)
        self.sexes = np.array([person.sex is Sex.MAN for person in people], np.bool_)
        self.by_word: dict[str, set[int]] = {}  # a recusal, or a school whose teachers it concerns
        for at, person in enumerate(people):
            schools = () if problem.rules.own_pupils else (f"{SCHOOL}{person.unit}",)
            for word in (*person.recused, *schools):
                self.by_word.setdefault(word, set()).add(at)

    def draw(self) -> SiteDraw:
        """Every sitting of the site in order of time."""
        found = SiteDraw([], [], 0)
        for sitting in self.problem.sittings:
            rooms = self.problem.rooms_at.get((self.site.id, sitting.id), ())
            if rooms:
                self._sitting(sitting, rooms, found)
        return found

    def _sitting(self, sitting: Sitting, rooms: Sequence[Room], found: SiteDraw) -> None:
        """The first attempt that ends without a break: rung by rung, each with several casts."""
        need = need_of(self.problem, rooms)
        closed = [self._closed(room) for room in rooms]
        casts: dict[int, _Assignment] = {}
        for rung, (code, rooms_too, pairs_too) in enumerate(self._ladder()):
            for turn in range(CASTS):
                if turn not in casts:
                    casts[turn] = self._cast(sitting, need, turn, closed)
                beside = self._beside(casts[turn], pairs_too)
                inside = self._inside(casts[turn], need, closed, rooms_too)
                chance = key(self.seed, "draw/chain", self.site.id, sitting.id, str(rung), str(turn))
                teams = casts[turn].teams()
                rounds = run(chance, teams, beside, inside) if need.rows else FIRST_LOOK
                if rounds:
                    found.rounds = max(found.rounds, rounds)
                    if code:
                        found.reasons.append(Reason(code, sitting.id, self.site.id))
                    self._remember(sitting, need, casts[turn], teams, found)
                    return
        raise NotFound(
            "draw_not_found",
            Sentence(
                f"{self.site.id}考点{sitting.id}：人数足够，但未找到满足全部规则的抽法",
                f"Site {self.site.id}, {sitting.id}: there are enough people, "
                "but no draw that keeps every rule was found",
            ),
        )

    def _closed(self, room: Room) -> frozenset[int]:
        """People who may not enter a room."""
        words = (f"{ROOM}{room.site}/{room.room}", *(f"{SCHOOL}{school}" for school in room.schools))
        return frozenset().union(*(self.by_word.get(word, frozenset()) for word in words))

    def _cast(
        self, sitting: Sitting, need: Need, turn: int, closed: Sequence[frozenset[int]]
    ) -> "_Assignment":
        ids = [person.id for person in self.people]
        drawn = tickets(key(self.seed, "draw/lot", self.site.id, sitting.id, str(turn)), ids)
        lots, places = drawn[:, 0].tolist(), drawn[:, 1].tolist()
        past = self.past
        free = [at for at, one in enumerate(past) if one.busy_until <= sitting.starts]
        nowhere = frozenset.intersection(*closed)
        roomless = {
            at for at in free if at in nowhere or teaches_it(self.problem, self.people[at], sitting.id)
        }
        kinds = kinds_for(self.problem, need, [self.people[at] for at in free if at not in roomless])
        may = [0] * len(self.people)
        for at in free:
            may[at] = kinds_of_person(self.people[at], kinds, at in roomless)
        if turn < CASTS_BY_BURDEN:
            order = sorted(free, key=lambda at: (past[at].duties, -past[at].waited, lots[at], at))
        else:
            order = sorted(free, key=lambda at: (lots[at], at))

        def prefers(at: int) -> list[int]:
            done = past[at].posts
            able = [kind for kind in range(len(kinds)) if may[at] >> kind & 1]
            return sorted(able, key=lambda kind: done.get(kinds[kind].post.id, 0))

        result = cast(order, may, [kind.count for kind in kinds], [k.post.waits for k in kinds], prefers)
        if result.short:
            raise too_few(self.site.id, sitting.id, kinds, result)
        rows: list[list[int]] = [[] for _ in need.rows]
        outside = []
        for kind, inside in zip(kinds, result.members, strict=True):
            if kind.row >= 0:
                rows[kind.row] += inside
            else:
                outside.append((kind.post.id, inside))
        for row in rows:
            row.sort(key=lambda at: (places[at], at))
        local = [at for row in rows for at in row]
        known = {at: number for number, at in enumerate(local)}
        start = [[known.get(at, -1) for at in row] for row in self._start(need, rows)]
        row_of = [number for number, row in enumerate(rows) for _ in row]
        return _Assignment(local, row_of, start, [row.rooms for row in need.rows], outside)

    def _ladder(self) -> list[tuple[str, bool, bool]]:
        """Attempts: code of the reason, whether rooms and whether pairs may not come again."""
        rules = self.problem.rules
        rooms, pairs = rules.repeated_room, rules.repeated_pair
        found = [("", rooms is not Repeats.FREE, pairs is not Repeats.FREE)]
        if rooms is Repeats.IF_NEEDED:
            found.append(("room_again", False, found[0][2]))
        if pairs is Repeats.IF_NEEDED:
            found.append(("pair_again", rooms is Repeats.NEVER, False))
        return found

    def _start(self, need: Need, people: Sequence[Sequence[int]]) -> list[list[int]]:
        """Everybody in drawn order; beside each chief the next of the other sex, while there is one."""
        rows: list[list[int]] = []
        for number, (row, drawn) in enumerate(zip(need.rows, people, strict=True)):
            placed = [-1] * len(need.rooms)
            queue = list(drawn)
            for room in row.rooms:
                at = 0
                if number == 1 and self.problem.rules.both_sexes:
                    chief = rows[0][room]
                    if chief >= 0:
                        fitting = (n for n, p in enumerate(queue) if self.sexes[p] != self.sexes[chief])
                        at = next(fitting, 0)
                placed[room] = queue.pop(at)
            rows.append(placed)
        return rows

    def _beside(self, assignment: "_Assignment", pairs_too: bool) -> Weights:
        rules, local, row_of = self.problem.rules, assignment.local, assignment.row_of
        index, row = np.array(local), np.array(row_of)
        found = np.zeros((len(local), len(local)), np.int64)
        if rules.units_apart:
            units = self.units[index]
            found += units[:, None] == units[None, :]
        if rules.both_sexes:
            sexes = self.sexes[index]
            first_two = (row[:, None] < 2) & (row[None, :] < 2) & (row[:, None] != row[None, :])
            found += first_two & (sexes[:, None] == sexes[None, :])
        known = {at: number for number, at in enumerate(local)}
        weights: list[list[int]] = found.tolist()
        for at, number in known.items():
            for other in self.past[at].partners if pairs_too else ():
                if other in known:
                    weights[number][known[other]] += 1
        for one, two in self.never:
            if one in known and two in known:
                weights[known[one]][known[two]] += 1
        return weights

    def _inside(
        self, assignment: "_Assignment", need: Need, closed: Sequence[frozenset[int]], rooms_too: bool
    ) -> Weights:
        local = assignment.local
        weights = [[0] * len(need.rooms) for _ in local]
        known = {at: number for number, at in enumerate(local)}
        index = {f"{self.site.id}/{room.room}": at for at, room in enumerate(need.rooms)}
        for room, barred in enumerate(closed):
            for at in barred:
                if at in known:
                    weights[known[at]][room] += 1
        for at, number in known.items():
            for name in self.past[at].rooms if rooms_too else ():
                if name in index:
                    weights[number][index[name]] += 1
        return weights

    def _remember(
        self, sitting: Sitting, need: Need, assignment: "_Assignment", teams: Teams, found: SiteDraw
    ) -> None:
        local = assignment.local
        for number, row in enumerate(need.rows):
            for room in row.rooms:
                at = local[teams.rows[number][room]]
                self._serve(at, row.post, sitting.ends + need.rooms[room].more_minutes)
                self.past[at].rooms.add(f"{self.site.id}/{need.rooms[room].room}")
                team = {local[other[room]] for other in teams.rows if other[room] >= 0}
                self.past[at].partners |= team - {at}
                found.duties.append(
                    Duty(sitting.id, self.site.id, need.rooms[room].room, row.post, self.people[at].id)
                )
        for post, inside in assignment.outside:
            for at in inside:
                self._serve(at, post, sitting.ends)
                found.duties.append(Duty(sitting.id, self.site.id, "", post, self.people[at].id))

    def _serve(self, at: int, post: str, until: int) -> None:
        past = self.past[at]
        waits = self.problem.posts[post].waits
        past.duties += not waits
        past.waited += waits
        past.posts[post] = past.posts.get(post, 0) + 1
        past.busy_until = until


def kinds_for(problem: DrawProblem, need: Need, people: Sequence[Person]) -> list[Kind]:
    """The kinds of a need, chiefs shared among men and women as these people could be chief."""
    first = problem.posts[need.rows[0].post] if need.rows else None
    chiefs = [person for person in people if first is not None and fits(person, first)]
    men = sum(person.sex is Sex.MAN for person in chiefs)
    return kinds_of(problem, need, men, len(chiefs) - men)


def kinds_of_person(person: Person, kinds: Sequence[Kind], roomless: bool) -> int:
    """The kinds somebody may take, as bits."""
    found = 0
    for number, kind in enumerate(kinds):
        right_sex = kind.sex is None or kind.sex is person.sex
        if right_sex and fits(person, kind.post) and not (roomless and kind.row >= 0):
            found |= 1 << number
    return found


def too_few(site: str, sitting: str, kinds: Sequence[Kind], result: Cast) -> Refused:
    """The refusal that names a shortage met while drawing."""
    need = sum(kinds[kind].count for kind in result.short)
    have = sum(len(result.members[kind]) for kind in result.short)
    names = "、".join(dict.fromkeys(kinds[kind].post.id for kind in result.short))
    return Refused(
        "draw_people_short",
        Sentence(
            f"{site}考点{sitting}：{names}需{need}人，只有{have}人",
            f"Site {site}, {sitting}: {names} need {need} people, there are {have}",
        ),
    )


__all__ = ["NotFound", "SiteDraw", "SiteDrawer", "kinds_for", "kinds_of_person", "need_of", "too_few"]

"""Somebody did not come (监考缺席): a legal replacement that moves as few others as possible.

A waiting reserve steps into the place; if none fits, one colleague changes
place and a reserve takes theirs; at most two colleagues move. Every rule is
asked again, with all sittings of the whole draw. Among equally short chains the
lots of this repair decide; they are keyed by the seed, the sitting and the
person who is missing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.seeds import key, ticket
from kaowu.engines.draw.eligible import fits, may_enter, may_serve, teaches_it
from kaowu.engines.draw.plan import DrawPlan, Duty, Reason
from kaowu.engines.draw.problem import DrawProblem, Person, Repeats, Room

MOVED_AT_MOST = 2


@dataclass(frozen=True)
class Repair:
    """What changes: duties given up and duties taken on, and the draw afterwards."""

    absent: str
    sitting: str
    gone: tuple[Duty, ...]
    taken: tuple[Duty, ...]
    moved: int  # people who had another post already
    plan: DrawPlan
    before: str  # digest of the draw that was repaired


class NoReplacement(Refused):
    """Nobody may step in, even if two others move."""


def repair(
    problem: DrawProblem,
    plan: DrawPlan,
    seed: bytes,
    absent: str,
    sitting: str,
    gone: Sequence[str] = (),
    allow_repeats: bool = False,
    fixed: Sequence[str] = (),
) -> Repair:
    """Replace `absent` in one sitting; `gone` are others who do not come to it.

    `allow_repeats` lets a room or partner come again where the rules permit it, and says so.
    `fixed` are people who stay where they are, waiting or not.
    """
    desk = _Desk(problem, plan, seed, absent, sitting, allow_repeats)
    desk.leave_out(gone, fixed)
    chain = desk.find()
    if chain is None:
        raise NoReplacement(
            "draw_no_replacement",
            Sentence(
                f"{sitting}：{absent}缺席，无合规人员可替补（最多调动{MOVED_AT_MOST}人）",
                f"{sitting}: nobody may replace {absent}, even if {MOVED_AT_MOST} others move",
            ),
        )
    return desk.carried_out(chain)


class _Desk:
    """One site in one sitting, with what everybody there does in the other sittings."""

    def __init__(
        self,
        problem: DrawProblem,
        plan: DrawPlan,
        seed: bytes,
        absent: str,
        sitting: str,
        allow_repeats: bool,
    ) -> None:
        self.problem, self.plan, self.absent, self.rules = problem, plan, absent, problem.rules
        mine = [duty for duty in plan.duties if duty.person == absent and duty.sitting == sitting]
        if not mine:
            raise Refused(
                "draw_not_on_duty",
                Sentence(f"{absent}在{sitting}没有岗位", f"{absent} has no post in {sitting}"),
            )
        self.duty = mine[0]
        self.site, self.sitting = self.duty.site, sitting
        local = [duty for duty in plan.duties if duty.site == self.site]
        names = {duty.person for duty in local} | {name for name, at in plan.sent if at == self.site}
        self.people = {person.id: person for person in problem.people if person.id in names}
        self.here = {duty.person: duty for duty in local if duty.sitting == sitting}
        self.rooms = {room.room: room for room in problem.rooms_at.get((self.site, sitting), ())}
        self.seed, self.allow_repeats = seed, allow_repeats
        self.key = key(seed, "draw/repair", self.site, sitting, absent)
        self._remember([duty for duty in local if duty.sitting != sitting])

    def _remember(self, others: Sequence[Duty]) -> None:
        """Rooms and partners of the other sittings, and who is at work at the same time."""
        times = {one.id: (one.starts, one.ends) for one in self.problem.sittings}
        starts, ends = times[self.sitting]
        latest = ends + max((room.more_minutes for room in self.rooms.values()), default=0)
        more = {
            (room.sitting, room.room): room.more_minutes
            for one in self.problem.sittings
            for room in self.problem.rooms_at.get((self.site, one.id), ())
        }
        self.been = {(name, room) for name, p in self.people.items() for room in p.former_rooms}
        self.met = {frozenset(pair) for pair in self.problem.former_pairs}
        self.never = {frozenset(pair) for pair in self.problem.never_together}
        self.elsewhere = {name for name, person in self.people.items() if starts < person.busy_until}
        teams: dict[tuple[str, str], list[str]] = {}
        for duty in others:
            begins, until = times[duty.sitting]
            if begins < latest and starts < until + more.get((duty.sitting, duty.room), 0):
                self.elsewhere.add(duty.person)
            if duty.room:
                self.been.add((duty.person, f"{self.site}/{duty.room}"))
                teams.setdefault((duty.sitting, duty.room), []).append(duty.person)
        for team in teams.values():
            self.met |= {frozenset((a, b)) for at, a in enumerate(team) for b in team[:at]}

    def leave_out(self, gone: Sequence[str], fixed: Sequence[str]) -> None:
        """Who is not there stands in no room; who is fixed stays in the own one."""
        self.out = {self.absent, *gone}
        self.fixed = set(fixed)

    def find(self) -> list[str] | None:
        """Who takes the empty place, who takes theirs, … the last one was waiting or free."""
        everybody = sorted(
            (name for name in self.people if name not in self.out and name not in self.fixed),
            key=lambda name: ticket(self.key, name),
        )
        idle = [name for name in everybody if name not in self.here and name not in self.elsewhere]
        waiting = [n for n in everybody if n in self.here and self._waits(self.here[n])]
        busy = [n for n in everybody if n in self.here and not self._waits(self.here[n])]
        last = [*waiting, *idle] if not self._waits(self.duty) else idle
        for moved in range(MOVED_AT_MOST + 1):
            for chain in self._chains(self.duty, [], moved, busy, last):
                return chain
        return [] if self._waits(self.duty) else None

    def _chains(
        self, place: Duty, before: list[str], moved: int, busy: Sequence[str], last: Sequence[str]
    ) -> Iterator[list[str]]:
        """Chains of exactly so many moved colleagues that keep every rule."""
        for name in busy if moved else last:
            if name in before or not self._fits_alone(self.people[name], place):
                continue
            chain = [*before, name]
            if moved:
                yield from self._chains(self.here[name], chain, moved - 1, busy, last)
            elif self._legal(chain):
                yield chain

    def _waits(self, duty: Duty) -> bool:
        return self.problem.posts[duty.post].waits

    def _fits_alone(self, person: Person, place: Duty) -> bool:
        """All that concerns one person and one place."""
        if not (may_serve(person) and fits(person, self.problem.posts[place.post])):
            return False
        if not place.room:
            return True
        again = (person.id, f"{place.site}/{place.room}") in self.been
        return (
            may_enter(person, self._room(place), self.rules)
            and not teaches_it(self.problem, person, self.sitting)
            and not (again and self._forbids(self.rules.repeated_room, "room_again", "pair_again"))
        )

    def _forbids(self, rule: Repeats, *codes: str) -> bool:
        """Whether a repeat is forbidden here; a reason that stands already excuses it."""
        if rule is Repeats.FREE:
            return False
        excused = self.allow_repeats or any(
            Reason(c, self.sitting, self.site) in self.plan.reasons for c in codes
        )
        return rule is Repeats.NEVER or not excused

    def _room(self, place: Duty) -> Room:
        return self.rooms[place.room]

    def _moves(self, chain: Sequence[str]) -> list[tuple[str, Duty]]:
        """Who takes which place."""
        places = [self.duty, *(self.here[name] for name in chain[:-1])]
        return list(zip(chain, places, strict=True))

    def _legal(self, chain: Sequence[str]) -> bool:
        """Whether every room that changes keeps the rules between its people."""
        moves = self._moves(chain)
        new = {n: place for n, place in self.here.items() if n not in chain and n not in self.out}
        new.update(moves)
        rooms = {place.room for _, place in moves if place.room}
        return all(
            self._team_legal([(n, d) for n, d in new.items() if d.room == room and d.room]) for room in rooms
        )

    def _team_legal(self, team: Sequence[tuple[str, Duty]]) -> bool:
        for at, (one, _) in enumerate(team):
            for two, _ in team[:at]:
                a, b, pair = self.people[one], self.people[two], frozenset((one, two))
                if pair in self.never or (self.rules.units_apart and a.unit == b.unit):
                    return False
                if pair in self.met and self._forbids(self.rules.repeated_pair, "pair_again"):
                    return False
        return self._sexes_legal(team)

    def _sexes_legal(self, team: Sequence[tuple[str, Duty]]) -> bool:
        first_two = self.problem.first_two_posts
        if not self.rules.both_sexes or len(first_two) < 2:
            return True
        one, two = ([self.people[n].sex for n, d in team if d.post == post] for post in first_two)
        return not one or not two or any(a is not b for a in one for b in two)

    def carried_out(self, chain: Sequence[str]) -> Repair:
        """The draw after the repair."""
        moves = self._moves(chain) if chain else []
        gone = [self.duty, *(self.here[name] for name in chain if name in self.here)]
        taken = [place._replace(person=name) for name, place in moves]
        left = {id(duty) for duty in gone}
        duties = [duty for duty in self.plan.duties if id(duty) not in left] + taken
        reasons = set(self.plan.reasons)
        if self.allow_repeats:
            reasons.add(Reason("pair_again", self.sitting, self.site))
        plan = replace(self.plan, duties=tuple(sorted(duties)), reasons=tuple(sorted(reasons)))
        return Repair(
            self.absent,
            self.sitting,
            tuple(gone),
            tuple(taken),
            max(0, len(chain) - 1),
            plan,
            self.plan.digest,
        )

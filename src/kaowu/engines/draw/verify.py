"""Judge anybody's draw: every break of the problem's rules, with a sentence.

Written from the rules alone: it shares neither the method nor a line with
`solve`, uses the standard library only, and needs no seed. A repeated room or
partner is excused only where the rules allow it if needed and the draw says so.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from kaowu.basics.errors import Sentence
from kaowu.engines.draw.plan import DrawPlan, Duty
from kaowu.engines.draw.problem import DrawProblem, Person, Room


@dataclass(frozen=True, slots=True)
class Break:
    """One broken rule, and where; empty fields do not apply."""

    code: str
    sentence: Sentence
    sitting: str = ""
    site: str = ""
    room: str = ""
    person: str = ""


def verify(
    problem: DrawProblem,
    plan: DrawPlan,
    seed: bytes | None = None,
    sites: Sequence[str] | None = None,
    gone: Sequence[tuple[str, str]] = (),
) -> list[Break]:
    """All breaks of a draw; an empty list means that it keeps every rule.

    `sites` limits completeness to the sites drawn so far. `gone` are (person,
    sitting) who did not come: they may not appear, and reserves may have
    stepped up for them, so fewer wait.
    """
    found = []
    if plan.problem != problem.digest:
        found.append(
            Break("another_problem", Sentence("此结果不属于这份抽签问题", "Drawn for another problem"))
        )
    if seed is not None and hashlib.sha256(seed).hexdigest() != plan.seed_digest:
        found.append(Break("another_seed", Sentence("此结果不是由该种子得出", "The draw names another seed")))
    return found + list(_Judge(problem, plan, sites, gone).breaks())


class _Judge:
    """One problem and one draw, indexed once."""

    def __init__(
        self,
        problem: DrawProblem,
        plan: DrawPlan,
        sites: Sequence[str] | None,
        gone: Sequence[tuple[str, str]],
    ) -> None:
        self.problem, self.plan, self.rules, self.gone = problem, plan, problem.rules, set(gone)
        self.people = {person.id: person for person in problem.people}
        self.sittings = {sitting.id: sitting for sitting in problem.sittings}
        self.sites = {site.id: site for site in problem.sites}
        self.judged = set(self.sites if sites is None else sites)
        self.rooms = {(room.sitting, room.site, room.room): room for room in problem.rooms}
        self.posts = {post.id: post for post in problem.rules.posts}
        self.sent = dict(plan.sent)
        self.known: list[tuple[Duty, Person]] = []

    def breaks(self) -> Iterator[Break]:
        yield from self._sent()
        yield from self._known()
        yield from self._numbers()
        for duty, person in self.known:
            yield from self._qualified(duty, person)
            yield from self._recused(duty, person)
        yield from self._one_place_one_time()
        yield from self._together()
        yield from self._repeats()

    def _sent(self) -> Iterator[Break]:
        for name, times in Counter(name for name, _ in self.plan.sent).items():
            if times > 1:
                yield self._person("sent_twice", name, "被派往两个考点", "is sent to two sites")
        for name, place in self.plan.sent:
            person, site = self.people.get(name), self.sites.get(place)
            if person is None or site is None:
                yield self._person(
                    "unknown_sent", name, "或其考点不在名册", "or the site is not on the roster"
                )
                continue
            if person.site:
                if person.site != place:
                    yield self._person("sent_elsewhere", name, "已派往其他考点", "was sent to another site")
                continue
            if person.pool != site.pool:
                yield self._person("wrong_pool", name, f"不应派往{place}", f"may not be sent to {place}")
            if f"site:{place}" in person.recused:
                yield self._person(
                    "recused_site", name, f"须回避考点{place}", f"is recused from site {place}"
                )
            if not self.rules.home_site and site.unit and site.unit == person.unit:
                yield self._person("home_site", name, "被派往本校", "is sent to the own school")

    def _known(self) -> Iterator[Break]:
        for duty in self.plan.duties:
            person = self.people.get(duty.person)
            place = (duty.sitting, duty.site, duty.room)
            if person is None:
                yield self._at("unknown_person", duty, "不在人员名册", "is not on the roster")
            elif duty.post not in self.posts or duty.sitting not in self.sittings:
                yield self._at("unknown_post", duty, "岗位或场次不存在", "has an unknown post or sitting")
            elif duty.site not in self.sites or (duty.room and place not in self.rooms):
                yield self._at("unknown_room", duty, "考点或考场不存在", "has an unknown site or room")
            else:
                self.known.append((duty, person))
                if self.sent.get(duty.person) != duty.site:
                    yield self._at("not_sent_here", duty, "未被派往此考点", "is not sent to this site")
                if (duty.person, duty.sitting) in self.gone:
                    yield self._at(
                        "person_gone", duty, "未到岗而仍有岗位", "did not come and still has a post"
                    )

    def _numbers(self) -> Iterator[Break]:
        """Each post of each room and site as often as the formula says."""
        have = Counter((d.sitting, d.site, d.room, d.post) for d, _ in self.known)
        want: Counter[tuple[str, str, str, str]] = Counter()
        together: dict[tuple[str, str], list[Room]] = defaultdict(list)
        for room in self.problem.rooms:
            if room.site in self.judged:
                together[room.sitting, room.site].append(room)
        missing = Counter((sitting, self.sent.get(name, "")) for name, sitting in self.gone)
        for (sitting, site), rooms in together.items():
            want.update(self._formula(sitting, site, rooms))
        for place in sorted(set(want) | set(have)):
            sitting, site, number, post = place
            few = have[place] < want[place]
            if few and self.posts[post].waits:
                few = have[place] < want[place] - missing[sitting, site]
            if few or have[place] > want[place]:
                yield Break(
                    "post_short" if few else "post_over",
                    Sentence(
                        f"{site}考点{sitting}{number and number + '考场'}：{post}应{want[place]}人，排了{have[place]}人",
                        f"Site {site}, {sitting}{number and ', room ' + number}: {want[place]} {post} are wanted, "
                        f"{have[place]} are drawn",
                    ),
                    sitting,
                    site,
                    number,
                )

    def _formula(
        self, sitting: str, site: str, rooms: Sequence[Room]
    ) -> Mapping[tuple[str, str, str, str], int]:
        want: Counter[tuple[str, str, str, str]] = Counter()
        for line in self.rules.staffing:
            if line.per in ("room", "special"):
                for room in rooms:
                    if room.special if line.per == "special" else room.candidates > line.above:
                        want[sitting, site, room.room, line.post] += line.count
            elif line.per == "rooms":
                want[sitting, site, "", line.post] += (len(rooms) + line.every - 1) // line.every * line.count
            elif line.per == "site":
                want[sitting, site, "", line.post] += line.count
            elif line.per == "entrances":
                want[sitting, site, "", line.post] += line.count * self.sites[site].entrances
            elif line.per == "lanes":
                want[sitting, site, "", line.post] += line.count * self.sites[site].lanes
            else:
                want[sitting, site, "", line.post] += (sum(want.values()) * line.count + 99) // 100
        return want

    def _qualified(self, duty: Duty, person: Person) -> Iterator[Break]:
        post = self.posts[duty.post]
        if post.certified and not person.certified:
            yield self._at("not_certified", duty, "没有有效监考证", "holds no valid certificate")
        if post.pledged and not person.pledged:
            yield self._at("not_pledged", duty, "未签保密责任书", "has not signed the secrecy pledge")
        if person.takes and post.id not in person.takes:
            yield self._at("another_post", duty, f"不担任{duty.post}", f"is not meant to be {duty.post}")
        if person.years < post.years:
            yield self._at("too_few_years", duty, f"监考不足{post.years}年", f"has under {post.years} years")

    def _recused(self, duty: Duty, person: Person) -> Iterator[Break]:
        if "exam" in person.recused:
            yield self._at("recused_exam", duty, "须回避本次考试", "is recused from the exam")
        if not duty.room:
            return
        room = self.rooms[duty.sitting, duty.site, duty.room]
        if f"room:{duty.site}/{duty.room}" in person.recused:
            yield self._at("recused_room", duty, "须回避此考场", "is recused from the room")
        if any(f"school:{school}" in person.recused for school in room.schools):
            yield self._at(
                "recused_school", duty, "须回避考场内考生所在学校", "is recused from a school there"
            )
        if not self.rules.own_pupils and person.unit in room.schools:
            yield self._at("own_pupils", duty, "考场内有本校考生", "has candidates of the own school there")
        subjects = set(person.subjects) & set(self.sittings[duty.sitting].subjects)
        if not self.rules.own_subject and subjects:
            yield self._at("own_subject", duty, "任教本场科目", "teaches the subject examined")

    def _one_place_one_time(self) -> Iterator[Break]:
        times: dict[str, list[tuple[int, int, Duty]]] = defaultdict(list)
        for duty, person in self.known:
            sitting = self.sittings[duty.sitting]
            if sitting.starts < person.busy_until:
                yield self._at("times_overlap", duty, "上一场尚未结束", "is still at an earlier sitting")
            room = self.rooms.get((duty.sitting, duty.site, duty.room))
            times[person.id].append((sitting.starts, sitting.ends + (room.more_minutes if room else 0), duty))
        for rows in times.values():
            rows.sort()
            last = rows[0]
            for before, now in pairwise(rows):
                last = max(last, before, key=lambda row: row[1])
                if now[0] < last[1]:
                    code = "same_sitting_twice" if last[2].sitting == now[2].sitting else "times_overlap"
                    yield self._at(
                        code,
                        now[2],
                        f"同时在{last[2].room or last[2].post}",
                        f"is also at {last[2].room or last[2].post}",
                    )

    def _together(self) -> Iterator[Break]:
        order: dict[str, int] = {}
        for line in self.rules.staffing:
            if line.per in ("room", "special"):
                order.setdefault(line.post, len(order))
        never = {frozenset(pair) for pair in self.problem.never_together}
        self.teams: dict[tuple[str, str, str], list[tuple[Duty, Person]]] = defaultdict(list)
        for duty, person in self.known:
            if duty.room:
                self.teams[duty.sitting, duty.site, duty.room].append((duty, person))
        first_two = [
            line.post
            for line in self.rules.staffing
            if line.per in ("room", "special")
            for _ in range(line.count)
        ][:2]
        for team in self.teams.values():
            team.sort(key=lambda one: (order.get(one[0].post, 99), one[1].id))
            yield from self._sexes(team, first_two)
            for (one, a), (_, b) in combinations(team, 2):
                if self.rules.units_apart and a.unit == b.unit:
                    yield self._at("one_unit", one, f"与{b.id}同校", f"shares school and room with {b.id}")
                if frozenset((a.id, b.id)) in never:
                    yield self._at("never_together", one, f"须与{b.id}回避", f"may not be with {b.id}")

    def _sexes(self, team: Sequence[tuple[Duty, Person]], first_two: Sequence[str]) -> Iterator[Break]:
        """One man and one woman among the first two places (any two people of these posts will do)."""
        if not self.rules.both_sexes or len(first_two) < 2:
            return
        by_post = [[p.sex for d, p in team if d.post == post] for post in first_two]
        if not all(by_post):
            return
        if not any(a != b for a in by_post[0] for b in by_post[1]):
            yield self._at("one_sex", team[0][0], "考场内不是一男一女", "is not beside the other sex")

    def _repeats(self) -> Iterator[Break]:
        excused: dict[str, set[tuple[str, str]]] = {"room_again": set(), "pair_again": set()}
        for reason in self.plan.reasons:
            excused[reason.code].add((reason.sitting, reason.site))
        pairs_ok, rooms_ok = excused["pair_again"], excused["room_again"] | excused["pair_again"]
        room_rule, pair_rule = self.rules.repeated_room, self.rules.repeated_pair
        been = {(name, room) for name, person in self.people.items() for room in person.former_rooms}
        met = {frozenset(pair) for pair in self.problem.former_pairs}
        order = {sitting.id: at for at, sitting in enumerate(self.problem.sittings)}
        for (sitting, site, room), team in sorted(self.teams.items(), key=lambda one: order[one[0][0]]):
            for duty, person in team:
                mine = (person.id, f"{site}/{room}")
                may = room_rule == "free" or (room_rule == "if_needed" and (sitting, site) in rooms_ok)
                if mine in been and not may:
                    yield self._at("room_again", duty, "重复进入同一考场", "comes into the same room again")
                been.add(mine)
            for (one, a), (_, b) in combinations(team, 2):
                pair = frozenset((a.id, b.id))
                may = pair_rule == "free" or (pair_rule == "if_needed" and (sitting, site) in pairs_ok)
                if pair in met and not may:
                    yield self._at("pair_again", one, f"再次与{b.id}搭档", f"is with {b.id} again")
                met.add(pair)

    def _person(self, code: str, name: str, zh: str, en: str) -> Break:
        return Break(code, Sentence(f"{name}{zh}", f"{name} {en}"), person=name)

    def _at(self, code: str, duty: Duty, zh: str, en: str) -> Break:
        where = f"{duty.site}/{duty.room}" if duty.room else duty.site
        return Break(
            code,
            Sentence(
                f"{duty.sitting} {where}：{duty.person}{zh}", f"{duty.sitting} {where}: {duty.person} {en}"
            ),
            duty.sitting,
            duty.site,
            duty.room,
            duty.person,
        )

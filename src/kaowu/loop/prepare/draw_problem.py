"""From profile, registers and sealed seats to a draw problem (监考抽签题目).

Pure: what the store holds comes in as frozen values. The duty's questions are
who takes part at all, for which posts, from which rooms somebody is recused,
and what the profile's lines ask of every room and site. Whoever is left out is
named with the reason, since an office asks that first.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kaowu.basics.clock import exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw import DrawProblem, Person, Room, Sex, Site
from kaowu.engines.draw import Sitting as DrawSitting
from kaowu.engines.draw.problem import EXAM, ROOM
from kaowu.exam.plan import Sitting
from kaowu.facts.subjects import DrawKey
from kaowu.loop.prepare.draw_inputs import Inputs, LeftOut, Prepared, SeatedAt
from kaowu.loop.prepare.draw_relations import Behind, Relations, former_pairs, related
from kaowu.loop.prepare.draw_rules import extra_percent, rules_of, special_needs
from kaowu.loop.prepare.drawn_posts import DRAWN_POSTS, IN_ROOMS, RESERVE, takes
from kaowu.registry.people import RegisteredPerson
from kaowu.rules.profile import Profile

_SEXES = {"male": Sex.MAN, "female": Sex.WOMAN}
_MINUTE_MS = 60_000


def sittings_drawn(key: DrawKey, sittings: Sequence[Sitting], interval: str) -> list[Sitting]:
    """Which sittings a draw is for: all, one, or all of one day (`per_day` is named by its first)."""
    if not key.sitting:
        return list(sittings)
    chosen = [one for one in sittings if one.id == key.sitting]
    if chosen and interval == "per_day":
        day = exam_time(chosen[0].starts_at).date()
        return [one for one in sittings if exam_time(one.starts_at).date() == day]
    return chosen


def keys_at(site: str, sittings: Sequence[Sitting], interval: str) -> list[DrawKey]:
    """The draws of a site's rooms that the profile asks for, in order."""
    if interval == "per_exam":
        return [DrawKey("rooms", site)]
    if interval == "per_subject":
        return [DrawKey("rooms", site, one.id) for one in sittings]
    first: dict[datetime.date, str] = {}
    for one in sittings:
        first.setdefault(exam_time(one.starts_at).date(), one.id)
    return [DrawKey("rooms", site, sitting) for sitting in first.values()]


def draw_problem(exam: str, profile: Profile, inputs: Inputs, key: DrawKey) -> Prepared:
    """The problem of one draw. Raises Refused when it cannot be asked yet."""
    if not inputs.seated:
        raise _refused("seats_not_sealed", "座位编排还没有封存", "the seat plan is not sealed yet")
    if key.kind == "rooms" and not any(site == key.site for site in inputs.sent.values()):
        raise _refused("nobody_sent", "还没有向这个考点派遣人员", "nobody was sent to this site yet")
    interval = profile.choice("draw_interval")
    drawn_now = sittings_drawn(key, inputs.sittings, interval) if key.kind == "rooms" else inputs.sittings
    if not drawn_now:
        raise _refused("sitting_unknown", "没有这一场", "there is no such sitting")
    building = _Building(profile, inputs, key, drawn_now)
    rooms = building.rooms()
    people, left_out = building.people(rooms)
    taking_part = {person.id for person in people}
    problem = DrawProblem(
        people=tuple(people),
        sites=tuple(building.sites()),
        sittings=tuple(building.sittings()),
        rooms=tuple(rooms),
        never_together=related(inputs.people, taking_part),
        former_pairs=former_pairs((*inputs.former, *inputs.drawn), taking_part),
        rules=rules_of(profile),
        exam=exam,
    )
    return Prepared(problem, tuple(left_out))


class _Building:
    """One problem on its way."""

    def __init__(self, profile: Profile, inputs: Inputs, key: DrawKey, drawn_now: Sequence[Sitting]) -> None:
        self.profile, self.inputs, self.key, self.drawn_now = profile, inputs, key, drawn_now
        self.recusals = frozenset(profile.texts("recusals"))
        self.by_county = profile.choice("dispatch_area") == "county"
        self.begins = min(one.starts_at for one in inputs.sittings)
        self.day = exam_time(self.begins).date()
        used = {seat.site for seat in inputs.seated}
        self.houses = [site for site in inputs.sites if site.code in used]
        if key.kind == "rooms":
            self.houses = [site for site in self.houses if site.code == key.site]
        self.every_room = self._every_room()

    # ---- places and times ----

    def sites(self) -> list[Site]:
        return [
            Site(
                house.code,
                house.county if self.by_county else "",
                house.school,
                entrances=house.entrances,
                lanes=house.lanes,
            )
            for house in self.houses
        ]

    def sittings(self) -> list[DrawSitting]:
        return [
            DrawSitting(
                one.id, self._minute(one.starts_at), self._minute(one.ends_at), tuple(sorted(one.subjects))
            )
            for one in self.drawn_now
        ]

    def rooms(self) -> list[Room]:
        """The rooms of the sittings drawn now."""
        wanted = {one.id for one in self.drawn_now}
        return [room for room in self.every_room if room.sitting in wanted]

    def _every_room(self) -> list[Room]:
        sittings = {one.id: one for one in self.inputs.sittings}
        houses = {house.code for house in self.houses}
        together: dict[tuple[str, str, str], list[SeatedAt]] = defaultdict(list)
        for seat in self.inputs.seated:
            if seat.sitting in sittings and seat.site in houses:
                together[seat.sitting, seat.site, seat.room].append(seat)
        return [
            self._room(sittings[sitting], site, room, seats)
            for (sitting, site, room), seats in sorted(together.items())
        ]

    def _room(self, sitting: Sitting, site: str, room: str, seats: Sequence[SeatedAt]) -> Room:
        minutes = self._minute(sitting.ends_at) - self._minute(sitting.starts_at)
        percent = max(extra_percent(self.profile, seat.accommodation) for seat in seats)
        return Room(
            sitting.id,
            site,
            room,
            candidates=len(seats),
            schools=tuple(sorted({seat.school for seat in seats} - {""})),
            more_minutes=-(-minutes * percent // 100),
            special=any(special_needs(seat.accommodation) for seat in seats),
        )

    def _until(self) -> dict[tuple[str, str, str], int]:
        """When each sitting ends, in each room and outside."""
        ends = {one.id: self._minute(one.ends_at) for one in self.inputs.sittings}
        until = {(sitting, "", ""): minute for sitting, minute in ends.items()}
        for room in self.every_room:
            until[room.sitting, room.site, room.room] = ends[room.sitting] + room.more_minutes
        return until

    def _minute(self, at: int) -> int:
        return (at - self.begins) // _MINUTE_MS

    # ---- people ----

    def people(self, rooms: Sequence[Room]) -> tuple[list[Person], list[LeftOut]]:
        """Who takes part, and who does not."""
        found: list[Person] = []
        left_out: list[LeftOut] = []
        relations = Relations(self.inputs.roster)
        seats = {seat.number: seat for seat in self.inputs.seated}
        counties = {one.county for one in self.inputs.roster}
        past = Behind(self.inputs.drawn, self.inputs.former, self._until())
        for person in self._concerned():
            if person.number in self.inputs.on_teams:
                left_out.append(LeftOut(person.number, "on_team", True))
                continue
            posts, recused, reasons = self._asked(person, relations, seats, counties)
            if EXAM in recused or not posts:
                left_out += [LeftOut(person.number, code, True) for code in reasons]
                continue
            if self._has_no_site(person):
                left_out += [LeftOut(person.number, code, True) for code in (*reasons, "own_site_only")]
                continue
            candidate = self._person(person, posts, recused, past)
            if self._is_shut_out(candidate, rooms):
                outside = tuple(post for post in posts if post not in (*IN_ROOMS, RESERVE))
                reasons = [*reasons, "few_rooms"]
                if not outside:
                    left_out += [LeftOut(person.number, code, True) for code in reasons]
                    continue
                candidate = replace(candidate, takes=outside)
            left_out += [LeftOut(person.number, code, False) for code in reasons]
            found.append(candidate)
        return found, left_out

    def _concerned(self) -> Iterable[RegisteredPerson]:
        if self.key.kind == "rooms":
            return [p for p in self.inputs.people if self.inputs.sent.get(p.number) == self.key.site]
        if not self.by_county:
            return self.inputs.people
        counties = {house.county for house in self.houses}
        return [person for person in self.inputs.people if person.county in counties]

    def _asked(
        self,
        person: RegisteredPerson,
        relations: Relations,
        seats: Mapping[str, SeatedAt],
        counties: set[str],
    ) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
        """Posts, recusals, and the reasons for what is missing."""
        posts = takes(person.intended_post)
        if not posts:
            return (), (), ["other_post"]
        if person.sex not in _SEXES:
            return (), (), ["sex_unknown"]
        recused: set[str] = set()
        reasons = []
        if self._is_barred(person):
            recused.add(EXAM)
            reasons.append("barred")
        for code, number in relations.of(person):
            if "relative_sits" in self.recusals or code == "same_document":
                recused.add(EXAM)
                reasons.append(code)
            elif number in seats:
                recused.add(f"{ROOM}{seats[number].site}/{seats[number].room}")
        if self._teaches_final_year(person, counties):
            reasons.append("final_year")
            posts = tuple(post for post in posts if post not in (*IN_ROOMS, RESERVE))
        if not self._is_certified(person) and "not_qualified" in self.recusals:
            kept = tuple(post for post in posts if not DRAWN_POSTS[post].certified)
            if kept != posts:
                reasons.append("no_certificate")
            posts = kept
        return posts, tuple(sorted(recused)), reasons

    def _person(
        self, person: RegisteredPerson, posts: tuple[str, ...], recused: tuple[str, ...], past: Behind
    ) -> Person:
        subject = self.inputs.subject_names.get(person.subject, person.subject)
        had = past.posts[person.number]
        waited = sum(DRAWN_POSTS[post].waits for post in had)
        return Person(
            person.number,
            _SEXES[person.sex],
            person.school or person.county,
            pool=person.county if self.by_county else "",
            site=self.key.site if self.key.kind == "rooms" else "",
            subjects=(subject,) if subject else (),
            certified=self._is_certified(person),
            pledged=person.pledged,
            years=person.years,
            recused=recused,
            former_rooms=tuple(sorted(past.rooms[person.number])),
            takes=tuple(sorted(posts)),
            duties=len(had) - waited,
            waited=waited,
            had=tuple(sorted(had)),
            busy_until=past.busy_until.get(person.number, -1),
        )

    def _is_certified(self, person: RegisteredPerson) -> bool:
        return person.certified and (person.certified_until is None or person.certified_until >= self.day)

    def _is_barred(self, person: RegisteredPerson) -> bool:
        """The year of the breach counts (含当年)."""
        years = self.profile.number("staff_bar_years")
        return (
            "barred" in self.recusals
            and person.breach_on is not None
            and self.day.year < person.breach_on.year + years
        )

    def _teaches_final_year(self, person: RegisteredPerson, counties: set[str]) -> bool:
        return (
            "final_year_teacher" in self.recusals
            and person.grade in self.profile.texts("final_grades")
            and person.county in counties
        )

    def _has_no_site(self, person: RegisteredPerson) -> bool:
        """Whether every site is in the own school, where nobody is sent."""
        away = self.key.kind == "sent" and not self.profile.yes_no("serve_at_home")
        return away and bool(person.school) and all(house.school == person.school for house in self.houses)

    def _is_shut_out(self, person: Person, rooms: Sequence[Room]) -> bool:
        """Whether too few rooms are open to somebody meant for rooms."""
        if not set(person.takes) & set(IN_ROOMS) or not rooms:
            return False
        shut = {word.removeprefix(ROOM) for word in person.recused if word.startswith(ROOM)}
        own = "own_school" in self.recusals
        at_home = {house.code for house in self.houses if house.school and house.school == person.unit}
        home = self.key.kind != "rooms" and not self.profile.yes_no("serve_at_home")
        reachable = [room for room in rooms if not (home and room.site in at_home)]
        closed = sum(
            (own and person.unit in room.schools) or f"{room.site}/{room.room}" in shut for room in reachable
        )
        opened = len(reachable) - closed
        return 100 * opened < self.profile.number("open_rooms_percent") * len(reachable)


def _refused(code: str, zh: str, en: str) -> Refused:
    return Refused(code, Sentence(f"不能抽签：{zh}。", f"Cannot draw: {en}."))

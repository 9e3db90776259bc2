"""What the papers of the staff of one site show: gathered from the lists in force, registers and rule data.

Nothing is printed before a draw is sealed. The version at the foot is the
digest of the list in force; where a site has several lists, one for each
sitting, it is the digest over all of them in their order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.exam.plan import Sitting
from kaowu.loop.prepare.post_brief import post_title
from kaowu.loop.prepare.watch_rooms import POST as VIDEO
from kaowu.loop.prepare.watch_rooms import Watches, rooms_each, watch_rooms
from kaowu.loop.profile_of_exam import profile_of
from kaowu.loop.settle.pay import Served, pay_rows
from kaowu.reports.contents import DutyLine, PayLine, SiteContents, SiteStaff, StaffMember
from kaowu.rules.profile import Profile
from kaowu.store.queries import contacts, duties, exams, places
from kaowu.store.queries.duties import DutyLine as Held
from kaowu.web.works import duty_lists
from kaowu.web.works.duty_lists import InForce
from kaowu.web.works.paper_heads import exam_head, site_head, sitting_head
from kaowu.web.works.staff_posts import PostWords, staff_rules


@dataclass(frozen=True, slots=True)
class StaffPapers:
    """The contents of a site's papers, and the version that stands at their foot."""

    contents: SiteContents
    version: bytes

    @property
    def staff(self) -> SiteStaff:
        """Who serves where."""
        assert self.contents.staff is not None
        return self.contents.staff

    def only(
        self, *, person: str = "", post: str = "", sitting: str = "", with_pay: bool = True
    ) -> "StaffPapers":
        """The same for one person, one post or one sitting; empty words leave everything in."""
        staff = self.staff
        kept = [
            duty
            for duty in staff.duties
            if person in ("", duty.person) and post in ("", duty.post) and sitting in ("", duty.sitting)
        ]
        people, codes = {duty.person for duty in kept}, {duty.post for duty in kept}
        narrowed = replace(
            staff,
            sittings=tuple(one for one in staff.sittings if sitting in ("", one.sitting_id)),
            posts=tuple(one for one in staff.posts if one.code in codes),
            people=tuple(one for one in staff.people if one.number in people),
            duties=tuple(kept),
            pay=tuple(one for one in staff.pay if with_pay and one.person in people),
        )
        return replace(self, contents=replace(self.contents, staff=narrowed))


def of_site(exam: str, site: str) -> StaffPapers:
    """Everything the papers of a site's staff show. Raises Refused while nothing is sealed."""
    line, plan, place = exams.exam(exam), exams.plan(exam), places.site(site)
    profile, listed = profile_of(plan), duty_lists.of_site(exam, site)
    if line is None or profile is None or place is None or not listed:
        raise Refused(
            "draw_not_sealed",
            Sentence(
                "不能制作：本考点的监考抽签还没有封存。",
                "Cannot print: the draw of this site's staff is not sealed yet.",
            ),
            remedy=Sentence("先抽签并封存。", "Draw and seal first."),
        )
    draw = _draw_words(listed)
    held, sittings = duties.of_site(exam, site), exams.sittings(exam)
    version = _version(listed)
    return StaffPapers(
        SiteContents(
            exam_head(line, profile),
            site_head(site, place.name, place.above),
            staff=replace(_staff(profile, sittings, held, site), draw=draw, version=version.hex()),
        ),
        version,
    )


def with_staff(contents: SiteContents, exam: str) -> SiteContents:
    """A site's papers with those of its staff, once their draw is sealed."""
    if not duty_lists.of_site(exam, contents.site.site_id):
        return contents
    return replace(contents, staff=of_site(exam, contents.site.site_id).staff)


def _draw_words(listed: Sequence[InForce]) -> str:
    """The draw by its key; where each sitting was drawn for itself, how many they were."""
    if len(listed) == 1:
        return str(listed[0].key)
    return f"rooms/{listed[0].site}（{len(listed)} 场分别抽签）"


def _version(listed: Sequence[InForce]) -> bytes:
    """The digest of the list in force, or over all lists of a site that has several."""
    plans = [one.draw.plan or b"" for one in listed]
    return plans[0] if len(plans) == 1 else digest(b"".join(plans))


def watches_of(profile: Profile, held: Iterable[Held], sitting: str) -> Watches:
    """Who watches which rooms of a site in a sitting."""
    there = [duty for duty in held if duty.sitting == sitting]
    return watch_rooms(
        [duty.room for duty in there if duty.room],
        [duty.person for duty in there if duty.post == VIDEO],
        rooms_each(profile),
    )


def _staff(profile: Profile, sittings: Sequence[Sitting], held: Sequence[Held], site: str) -> SiteStaff:
    drawn = [sitting for sitting in sittings if any(duty.sitting == sitting.id for duty in held)]
    watching = {sitting.id: watches_of(profile, held, sitting.id) for sitting in drawn}
    in_rooms = {duty.post for duty in held if duty.room}
    words = PostWords(profile, sittings)
    first = sittings[0].id if sittings else ""
    return SiteStaff(
        draw="",
        sittings=tuple(sitting_head(profile, one, is_first=one.id == first) for one in drawn),
        posts=words.posts({duty.post for duty in held}, in_rooms),
        people=_people({duty.person for duty in held}),
        duties=tuple(_duty(duty, watching) for duty in held),
        contacts=_contacts(site),
        rules=staff_rules(profile),
        pay=_pay(held, profile),
    )


def _duty(duty: Held, watching: dict[str, Watches]) -> DutyLine:
    watches = watching[duty.sitting].of_person(duty.person) if duty.post == VIDEO else ()
    return DutyLine(duty.sitting, duty.room, duty.post, duty.person, watches)


def _people(numbers: Iterable[str]) -> tuple[StaffMember, ...]:
    """Whoever is in no register any more keeps the number in place of the name."""
    asked = sorted(numbers)
    known = duties.people(asked)
    return tuple(
        StaffMember(number, known[number].name, known[number].unit, known[number].phone)
        if number in known
        else StaffMember(number, number)
        for number in asked
    )


def _contacts(site: str) -> tuple[tuple[str, str], ...]:
    """Whom to call: the watch telephone of the site, then its heads as far as their numbers are known."""
    watch = contacts.watch_phone(site)
    heads = contacts.holders(site, ("site_chief", "deputy_site_chief"))
    return (
        *((("考点值班", watch),) if watch else ()),
        *((f"{post_title(post).zh} {name}", phone) for post, name, phone in heads if phone),
    )


def _pay(held: Iterable[Held], profile: Profile) -> tuple[PayLine, ...]:
    served = (Served(duty.person, duty.post, duty.sitting, duty.taken_at is not None) for duty in held)
    return tuple(
        PayLine(row.person, row.post, row.sittings, row.cents)
        for row in pay_rows(served, profile)
        if row.sittings
    )

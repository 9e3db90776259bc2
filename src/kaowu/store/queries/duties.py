"""Who has which duty in an exam, as sealed and as changed since."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from kaowu.basics.clock import Instant
from kaowu.store.models import DutyRow, Person

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DutyLine:
    """One person at one post in one sitting; `room` is empty for posts of the site."""

    draw: str
    sitting: str
    site: str
    room: str
    post: str
    person: str
    since: str
    taken_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class StaffLine:
    """Somebody of the register, as lists of duties name them."""

    number: str
    name: str
    sex: str
    unit: str
    phone: str
    years: int


@dataclass(frozen=True, slots=True)
class SiteDuties:
    """The figures of one site, all sittings or one."""

    site: str
    rooms: int
    people: int
    duties: int
    taken: int


def by_room(exam: str, site: str, sitting: str) -> dict[str, list[DutyLine]]:
    """The duties of one sitting at a site, by room; site posts stand under the empty room."""
    found: dict[str, list[DutyLine]] = {}
    for line in _lines(_drawn(exam).filter(site=site, sitting=sitting)):
        found.setdefault(line.room, []).append(line)
    return found


def of_person(exam: str, person: str) -> list[DutyLine]:
    """Everything one person does, by sitting."""
    return _lines(_drawn(exam).filter(person=person))


def of_person_in(exam: str, person: str, site: str, sitting: str) -> DutyLine | None:
    """What one person does in a sitting at a site; None if nothing."""
    return next(iter(_lines(_drawn(exam).filter(person=person, site=site, sitting=sitting))), None)


def of_site(exam: str, site: str) -> list[DutyLine]:
    """Every duty of a site, by sitting and room."""
    return _lines(_drawn(exam).filter(site=site))


def sent_to(exam: str, site: str) -> list[str]:
    """The staff numbers of the people who were sent to a site."""
    rows = DutyRow.objects.filter(exam_id=exam, draw="sent", site=site)
    return list(rows.order_by("person").values_list("person", flat=True))


def sent_by_site(exam: str) -> dict[str, set[str]]:
    """The staff numbers of the people sent to each site; empty before that draw is sealed."""
    found: dict[str, set[str]] = {}
    for site, person in DutyRow.objects.filter(exam_id=exam, draw="sent").values_list("site", "person"):
        found.setdefault(site, set()).add(person)
    return found


def loads(exam: str, waiting: tuple[str, ...] = ()) -> Counter[str]:
    """How many duties each person has; `waiting` posts do not count."""
    rows = _drawn(exam).exclude(post__in=waiting).values_list("person", flat=True)
    return Counter(rows)


def names(numbers: list[str]) -> dict[str, str]:
    """Names by staff number."""
    return dict(Person.objects.filter(number__in=numbers).values_list("number", "name"))


def people(numbers: Iterable[str]) -> dict[str, StaffLine]:
    """People by staff number, a few hundred at a time."""
    found: dict[str, StaffLine] = {}
    asked = sorted(set(numbers))
    for at in range(0, len(asked), _AT_ONCE):
        rows = Person.objects.filter(number__in=asked[at : at + _AT_ONCE])
        for row in rows.select_related("school", "organisation"):
            unit = row.school.name if row.school else row.organisation.name
            found[row.number] = StaffLine(
                row.number, row.name, row.sex, unit, row.phone, row.years_invigilating
            )
    return found


def sites(exam: str, sitting: str = "") -> list[SiteDuties]:
    """Every site with sealed duties: rooms, people, duties, and how many were taken up."""
    rows = _drawn(exam).filter(sitting=sitting) if sitting else _drawn(exam)
    counted = (
        rows.order_by("site")
        .values("site")
        .annotate(
            rooms=Count("room", distinct=True, filter=~Q(room="")),
            people=Count("person", distinct=True),
            duties=Count("pk"),
            taken=Count("taken_at"),
        )
    )
    return [SiteDuties(**row) for row in counted]


def spread(exam: str, sites: Iterable[str] | None = None, waiting: Iterable[str] = ()) -> dict[int, int]:
    """How many people have so many duties: {duties: people}."""
    rows = _of_sites(_drawn(exam), sites).exclude(post__in=list(waiting))
    each = rows.order_by().values("person").annotate(times=Count("pk"))
    return dict(sorted(Counter(each.values_list("times", flat=True)).items()))


def served_by_post(exam: str, sites: Iterable[str] | None = None) -> dict[str, tuple[int, int, int]]:
    """Of each post: people, duties drawn, duties taken up."""
    rows = _of_sites(_drawn(exam), sites).order_by("post").values("post")
    counted = rows.annotate(people=Count("person", distinct=True), drawn=Count("pk"), taken=Count("taken_at"))
    return {row["post"]: (row["people"], row["drawn"], row["taken"]) for row in counted}


def search(exam: str, text: str, sites: Iterable[str] | None = None) -> QuerySet[DutyRow]:
    """Duties by name, staff number or room, as rows to be paged through."""
    rows = _of_sites(_drawn(exam), sites)
    if not text:
        return rows
    named = Person.objects.filter(Q(name__contains=text) | Q(number__istartswith=text))
    numbers = list(named.values_list("number", flat=True)[:_AT_ONCE])
    return rows.filter(Q(person__in=numbers) | Q(room=text))


def persons(exam: str, sites: Iterable[str] | None = None, text: str = "") -> QuerySet[Any, dict[str, Any]]:
    """Each person with the number of duties, most burdened first, to be paged through."""
    rows = search(exam, text, sites).order_by().values("person")
    return rows.annotate(duties=Count("pk"), taken=Count("taken_at")).order_by("-duties", "person")


def of_people(exam: str, numbers: Iterable[str]) -> dict[str, list[DutyLine]]:
    """Everything these people do in an exam."""
    found: dict[str, list[DutyLine]] = {}
    for line in lines_of(_drawn(exam).filter(person__in=list(numbers))):
        found.setdefault(line.person, []).append(line)
    return found


def history(numbers: Iterable[str], before: str) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """The posts of these people in other exams, latest exam first: person → [(exam, posts)]."""
    rows = DutyRow.objects.filter(person__in=list(numbers)).exclude(exam_id=before).exclude(sitting="")
    held: dict[str, dict[str, set[str]]] = {}
    names = rows.order_by("-exam__starts_at", "exam_id").values_list("person", "exam__name", "post")
    for person, exam, post in names.distinct():
        held.setdefault(person, {}).setdefault(exam, set()).add(post)
    return {
        person: [(exam, tuple(sorted(posts))) for exam, posts in exams.items()]
        for person, exams in held.items()
    }


def lines_of(rows: Iterable[DutyRow]) -> list[DutyLine]:
    """Rows of a page as frozen values."""
    return _lines(rows)


def _of_sites(rows: QuerySet[DutyRow], sites: Iterable[str] | None) -> QuerySet[DutyRow]:
    return rows if sites is None else rows.filter(site__in=list(sites))


def _drawn(exam: str) -> QuerySet[DutyRow]:
    return DutyRow.objects.filter(exam_id=exam).exclude(sitting="")


def _lines(rows: Iterable[DutyRow]) -> list[DutyLine]:
    return [
        DutyLine(
            row.draw,
            row.sitting,
            row.site,
            row.room,
            row.post,
            row.person,
            str(row.since),
            None if row.taken_at is None else Instant(row.taken_at),
        )
        for row in rows
    ]


def draws_of_sites(exam: str, sites: Iterable[str]) -> dict[str, list[str]]:
    """The draws of rooms that are sealed for these sites."""
    rows = _of_sites(_drawn(exam), sites).order_by("site", "draw").values_list("site", "draw")
    found: dict[str, list[str]] = {}
    for site, draw in rows.distinct():
        found.setdefault(site, []).append(draw)
    return found

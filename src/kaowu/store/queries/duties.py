"""Who has which duty in an exam, as sealed and as changed since."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import QuerySet

from kaowu.basics.clock import Instant
from kaowu.store.models import DutyRow, Person


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


def loads(exam: str, waiting: tuple[str, ...] = ()) -> Counter[str]:
    """How many duties each person has; `waiting` posts do not count."""
    rows = _drawn(exam).exclude(post__in=waiting).values_list("person", flat=True)
    return Counter(rows)


def names(numbers: list[str]) -> dict[str, str]:
    """Names by staff number."""
    return dict(Person.objects.filter(number__in=numbers).values_list("number", "name"))


def _drawn(exam: str) -> QuerySet[DutyRow]:
    return DutyRow.objects.filter(exam_id=exam).exclude(sitting="")


def _lines(rows: QuerySet[DutyRow]) -> list[DutyLine]:
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


def draws_of_site(exam: str, site: str) -> list[str]:
    """The draws of rooms that are sealed for a site."""
    rows = _drawn(exam).filter(site=site).order_by("draw").values_list("draw", flat=True)
    return list(rows.distinct())

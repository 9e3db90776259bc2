"""How rooms and seats are used: by the sealed plan of an exam, and by exams of the past."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from kaowu.basics.clock import Instant
from kaowu.engines.forecast import PastUse
from kaowu.facts.entry import CandidateAdmitted
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store import models

Cell = tuple[str, str]
"""Sitting and site."""


@dataclass(frozen=True, slots=True)
class Use:
    """Rooms and seats of one site in one sitting."""

    rooms: int
    seats: int  # in these rooms
    people: int

    @property
    def free(self) -> int:
        """Seats that stay empty."""
        return self.seats - self.people


def sites_used(exam: str) -> list[str]:
    """The sites at which somebody sits by the sealed plan."""
    rows = models.RoomSitting.objects.filter(exam_id=exam, expected__gt=0)
    return sorted(rows.values_list("site", flat=True).distinct().order_by())


def seats_used(exam: str, sites: Iterable[str], most_in_room: int) -> dict[Cell, Use]:
    """What the sealed plan uses, by sitting and site; a room seats no more than `most_in_room`."""
    wanted = set(sites)
    places = {
        (site, number): min(capacity, most_in_room)
        for site, number, capacity in models.Room.objects.filter(site__code__in=wanted).values_list(
            "site__code", "number", "capacity"
        )
    }
    rows = models.RoomSitting.objects.filter(exam_id=exam, site__in=wanted, expected__gt=0)
    rooms: Counter[Cell] = Counter()
    seats: Counter[Cell] = Counter()
    people: Counter[Cell] = Counter()
    for sitting, site, room, expected in rows.values_list("sitting", "site", "room", "expected"):
        rooms[sitting, site] += 1
        # A room that has left the register since is as large as what sat in it.
        seats[sitting, site] += max(places.get((site, room), expected), expected)
        people[sitting, site] += expected
    return {cell: Use(rooms[cell], seats[cell], people[cell]) for cell in rooms}


def registered_rooms(sites: Iterable[str]) -> dict[str, Counter[str]]:
    """How many rooms of each kind the register holds, by site."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = models.Room.objects.filter(site__code__in=set(sites))
    for site, kind in rows.values_list("site__code", "kind"):
        found[site][kind] += 1
    return found


def past_use(exam: str, before: Instant, since: Instant, scope: Q) -> dict[str, list[PastUse]]:
    """What earlier exams counted at each site, latest exam first; exams that ended in this span."""
    earlier = models.Exam.objects.filter(scope, ends_at__lt=before, ends_at__gte=since).exclude(pk=exam)
    found: dict[str, list[PastUse]] = defaultdict(list)
    for past in earlier.order_by("-ends_at", "code"):
        late = _late(past.code)
        for site, rows in _by_site(past.code).items():
            found[site].append(_past(past, site, rows, late[site]))
    return dict(found)


def _by_site(exam: str) -> dict[str, list[models.RoomSitting]]:
    found: dict[str, list[models.RoomSitting]] = defaultdict(list)
    for row in models.RoomSitting.objects.filter(exam_id=exam, expected__gt=0):
        found[row.site].append(row)
    return found


def _past(exam: models.Exam, site: str, rows: list[models.RoomSitting], late: int) -> PastUse:
    rooms = Counter(row.sitting for row in rows)
    people: Counter[str] = Counter()
    for row in rows:
        people[row.sitting] += row.expected
    fullest = max(people, key=lambda sitting: (people[sitting], sitting))
    return PastUse(
        exam=exam.code,
        name=exam.name,
        sittings=len(rooms),
        rooms=rooms[fullest],
        candidates=people[fullest],
        room_sittings=len(rows),
        expected=sum(row.expected for row in rows),
        entered=sum(row.entered for row in rows),
        absent=sum(row.absent for row in rows),
        late=late,
        cases=sum(row.violations + row.in_doubt for row in rows),
    )


def _late(exam: str) -> Counter[str]:
    """Entries that were recorded after the sitting began, by site."""
    late: Counter[str] = Counter()
    for sitting in models.Sitting.objects.filter(exam_id=exam):
        rows = models.JournalEntry.objects.filter(
            exam=exam,
            kind=CandidateAdmitted.kind.name,
            subject__startswith=f"{sitting.code}/",
            stamped_at__gt=sitting.starts_at,
        )
        for subject in rows.values_list("subject", flat=True).iterator():
            late[RoomSittingKey.read(subject).site] += 1
    return late

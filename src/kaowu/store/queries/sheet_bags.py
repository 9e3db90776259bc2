"""Bags of answer sheets as they stand: facts, readings and seats held together into one account for each bag.

A bag is folded again only when something new was recorded about its
room-sitting; readings are kept by their digest.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.db.models import Max

from kaowu.basics.clock import Instant
from kaowu.exam.plan import Sitting
from kaowu.exam.room_sitting import RoomSitting
from kaowu.exam.sheet_account import Account, account
from kaowu.exam.sheet_bag import BAG_FACTS, SheetBag
from kaowu.exam.sheet_readings import PageRead, Readings, all_pages
from kaowu.facts.sheet_bags import SheetCodeChecked
from kaowu.facts.subjects import RoomSittingKey
from kaowu.store import artefacts
from kaowu.store.journal import facts_about
from kaowu.store.models import Arrival, JournalEntry
from kaowu.store.projections import seats as seats_of_room
from kaowu.store.queries import exams

_KINDS = tuple(kind.kind.name for kind in (*BAG_FACTS, SheetCodeChecked))


@dataclass(frozen=True)
class BagView:
    """One bag with everything its pages and sums need."""

    exam: str
    room: RoomSitting
    bag: SheetBag
    seats: dict[str, str]
    """Seat numbers by admission number."""
    sides: int

    @property
    def key(self) -> RoomSittingKey:
        return self.room.key

    @property
    def subject(self) -> str:
        return self.bag.subject

    @cached_property
    def pages(self) -> list[PageRead]:
        """Every page of every run; runs whose readings lie on another node are not among them."""
        runs = (readings(scan.readings) for scan in self.bag.scans)
        return all_pages(run for run in runs if run is not None)

    @property
    def lacks_readings(self) -> bool:
        """Was some of it scanned on another node whose readings are not here?"""
        return any(readings(scan.readings) is None for scan in self.bag.scans)

    @cached_property
    def account(self) -> Account:
        """Every seat and every page."""
        return account(self.room, self.bag, self.seats, self.pages, self.sides)

    def page(self, named: bytes) -> PageRead | None:
        """A page by its digest."""
        return next((page for page in self.pages if page.page == named), None)

    @property
    def backed_up(self) -> int:
        """How many original files lie in the backup place, each verified when it was copied."""
        return sum(scan.backed_up for scan in self.bag.scans)

    @property
    def stage(self) -> str:
        """waiting, checked, scanned, sealed or handed_over."""
        if self.bag.handed_over:
            return "handed_over"
        if self.bag.sealed is not None:
            return "sealed"
        if self.bag.scans:
            return "scanned"
        return "checked" if self.bag.checked is not None else "waiting"


def bag(exam: str, key: RoomSittingKey, subject: str) -> BagView | None:
    """One bag; None if nobody in that room-sitting takes the subject."""
    sitting = next((held for held in exams.sittings(exam) if held.id == key.sitting), None)
    if sitting is None or subject not in sitting.subjects:
        return None
    return _view(exam, sitting, key, subject, _state_versions(exam, str(key)))


def bags(
    exam: str, subject: str, site_wanted: Callable[[str], bool] = lambda site: True
) -> Iterator[BagView]:
    """Every bag of a subject, by site and room."""
    sitting = sitting_of(exam, subject)
    if sitting is None:
        return
    versions = _state_versions(exam)
    for site, *_rest in exams.sites(exam):
        if not site_wanted(site):
            continue
        for room in sorted(exams.seats_of_site(exam, site)):
            found = _view(exam, sitting, RoomSittingKey(sitting.id, site, room), subject, versions)
            if found is not None:
                yield found


def sitting_of(exam: str, subject: str) -> Sitting | None:
    """The sitting in which a subject is examined."""
    return next((held for held in exams.sittings(exam) if subject in held.subjects), None)


@lru_cache(maxsize=512)
def _kept_readings(named: bytes) -> Readings:
    return Readings.from_bytes(artefacts.read(named))


def readings(named: bytes) -> Readings | None:
    """What one run read; None if it is not on this node."""
    try:
        return _kept_readings(named)
    except KeyError:
        return None


Versions = dict[str, tuple[int, int]]
_states: dict[tuple[str, str], tuple[object, RoomSitting]] = {}
"""The folded room-sitting, and up to where: the latest record of its own and of others, and how it was seated."""


def _state_versions(exam: str, subject: str = "") -> Versions:
    """For each room-sitting about whose sheets anything is on record: the latest index and arrival about it."""
    wanted = {"exam": exam} | ({"subject": subject} if subject else {"kind__in": _KINDS})
    about = set(JournalEntry.objects.filter(**wanted).values_list("subject", flat=True).distinct())
    about |= set(Arrival.objects.filter(**wanted).values_list("subject", flat=True).distinct())
    if not about:
        return {}
    narrowed = {"exam": exam} | ({"subject": subject} if subject else {})
    own = JournalEntry.objects.filter(**narrowed).values_list("subject").annotate(Max("index"))
    others = Arrival.objects.filter(**narrowed).values_list("subject").annotate(Max("number"))
    latest, arrived = dict(own), dict(others)
    return {one: (latest.get(one, -1), arrived.get(one, -1)) for one in about}


def _view(
    exam: str, sitting: Sitting, key: RoomSittingKey, subject: str, versions: Versions
) -> BagView | None:
    seated = exams.seats(exam, key.site, key.room, (subject,), key.sitting)
    if not seated:
        return None
    room = _room(exam, sitting, key, versions.get(str(key)))
    approved = exams.plan(exam).sheets.get(subject)
    return BagView(
        exam=exam,
        room=room,
        bag=room.bag(subject),
        seats={one.admission_number: one.seat for one in seated},
        sides=approved.pages if approved is not None else 1,
    )


def _room(exam: str, sitting: Sitting, key: RoomSittingKey, version: tuple[int, int] | None) -> RoomSitting:
    expected = seats_of_room(exam, key)
    if version is None:
        return RoomSitting.begin(key, sitting, expected)
    stands_at = (version, sitting, tuple(expected))
    known = _states.get((exam, str(key)))
    if known is not None and known[0] == stands_at:
        return known[1]
    state = RoomSitting.begin(key, sitting, expected)
    facts = facts_about(exam, str(key))
    withdrawn = {one.envelope.corrects for one in facts if one.envelope.corrects}
    for one in facts:
        if one.envelope.id not in withdrawn:
            state = state.after(one.envelope.fact(dict(one.personal)), Instant(one.envelope.stamped_at))
    if len(_states) > 20_000:
        _states.clear()
    _states[exam, str(key)] = (stands_at, state)
    return state


def subjects_scanned(exam: str, subjects: Iterable[str]) -> list[str]:
    """Those subjects of which anything was scanned, in the order given."""
    return [subject for subject in subjects if any(view.bag.scans for view in bags(exam, subject))]

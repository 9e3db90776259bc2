"""Bags of answer sheets as they stand: facts, readings and seats held together into one account for each bag.

A bag is folded again only when something new was recorded about its
room-sitting; readings are kept by their digest.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.db.models import Count, Exists, Max, OuterRef

from kaowu.basics.clock import Instant
from kaowu.exam.plan import ExamPlan, Sitting
from kaowu.exam.room_sitting import RoomSitting, Seat
from kaowu.exam.sheet_account import Account, SeatLine, account, seat_lines
from kaowu.exam.sheet_bag import BAG_FACTS, SheetBag
from kaowu.exam.sheet_readings import PageRead, Readings, all_pages
from kaowu.facts.sheet_bags import SheetCodeChecked
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.prepare.seat_table import serves
from kaowu.store import artefacts
from kaowu.store.journal import facts_about
from kaowu.store.models import Arrival, JournalEntry, MirroredPersonal, SeatRow
from kaowu.store.queries import exams
from kaowu.store.seat_rows import takes

MOST_STATES = 20_000
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
        """Was some of it scanned on another node whose readings have not come up?"""
        return any(readings(scan.readings) is None for scan in self.bag.scans)

    @cached_property
    def scanned_elsewhere(self) -> bool:
        """Do original images of it lie on another node? What only they can show is done there."""
        runs = [readings(scan.readings) for scan in self.bag.scans]
        # The images of a run lie together: one tells of all.
        return any(run is None or not all(_is_here(page) for page in run.pages[:1]) for run in runs)

    def pictured(self, page: PageRead) -> bool:
        """Can this page be looked at here?"""
        return not self.scanned_elsewhere or _is_here(page)

    @cached_property
    def account(self) -> Account:
        """Every seat and every page."""
        return account(self.room, self.bag, self.seats, self.pages, self.sides)

    @property
    def seat_lines(self) -> tuple[SeatLine, ...]:
        """The seats of the account alone."""
        return seat_lines(self.room, self.bag, self.seats, self.pages, self.sides)

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
    rows = _in_sitting(_seated(exam, key.site), sitting).get(key.room, [])
    return _view(
        exam,
        sitting,
        key,
        subject,
        rows,
        _versions(exam, str(key), f"{key}\0"),
        _sides(exams.plan(exam), subject),
    )


def bags(
    exam: str, subject: str, site_wanted: Callable[[str], bool] = lambda site: True
) -> Iterator[BagView]:
    """Every bag of a subject, by site and room; one site is read at a time."""
    return bags_of(exam, (subject,), site_wanted)


def bags_of(
    exam: str, subjects: Collection[str], site_wanted: Callable[[str], bool] = lambda site: True
) -> Iterator[BagView]:
    """Every bag of some subjects; the seats of a site are read once for all of them."""
    held = {one: [subject for subject in one.subjects if subject in subjects] for one in exams.sittings(exam)}
    if not any(held.values()):
        return
    plan = exams.plan(exam)
    for site in _sites(exam):
        if not site_wanted(site):
            continue
        seated = _seated(exam, site)
        for sitting, wanted in held.items():
            if not wanted:
                continue
            begin = f"{sitting.id}/{site}/"
            versions = _versions(exam, begin, begin[:-1] + chr(ord("/") + 1))
            for room, rows in sorted(_in_sitting(seated, sitting).items()):
                key = RoomSittingKey(sitting.id, site, room)
                for subject in wanted:
                    found = _view(exam, sitting, key, subject, rows, versions, _sides(plan, subject))
                    if found is not None:
                        yield found


def sitting_of(exam: str, subject: str) -> Sitting | None:
    """The sitting in which a subject is examined."""
    return next((held for held in exams.sittings(exam) if subject in held.subjects), None)


@lru_cache(maxsize=128)
def _kept_readings(named: bytes) -> Readings:
    return Readings.from_bytes(artefacts.read(named))


def readings(named: bytes) -> Readings | None:
    """What one run read; None if it is not on this node, or in a form that this program does not know."""
    try:
        return _kept_readings(named)
    except (KeyError, TypeError, ValueError):
        return None


Version = tuple[int, int, int, int]
Versions = dict[str, Version]
_states: dict[tuple[str, str], tuple[object, RoomSitting]] = {}
"""The folded room-sitting, and as of when: the latest record of its own and of others, what lies beside, how it was seated."""


def _versions(exam: str, first: str, end: str) -> Versions:
    """For each room-sitting about whose sheets anything is on record: the latest index and arrival about it.

    And how many of either have their personal fields here: opinions come after their records, and may be erased.
    """
    wanted = {"exam": exam, "subject__gte": first, "subject__lt": end}
    own, others = JournalEntry.objects.filter(**wanted), Arrival.objects.filter(**wanted)
    about = set(own.filter(kind__in=_KINDS).values_list("subject", flat=True))
    about |= set(others.filter(kind__in=_KINDS).values_list("subject", flat=True))
    if not about:
        return {}
    beside = Exists(MirroredPersonal.objects.filter(fact_id=OuterRef("fact_id")))
    latest = own.values_list("subject").annotate(Max("index"), Count("personal"))
    arrived = others.values_list("subject").annotate(Max("number"), told=Count("number", filter=beside))
    here, there = ({one: (last, told) for one, last, told in rows} for rows in (latest, arrived))
    return {one: (*here.get(one, (-1, 0)), *there.get(one, (-1, 0))) for one in about}


SeatOf = tuple[str, str, str]
"""Admission number, seat, subjects of the candidate."""


def _seated(exam: str, site: str) -> list[tuple[str, str, str, str, str]]:
    """Who sits where at a site: room, admission number, seat, subjects, and the sittings for which it holds."""
    rows = SeatRow.objects.filter(exam_id=exam, site=site)
    return list(rows.values_list("room", "admission_number", "seat", "candidate__subjects", "sitting"))


def _in_sitting(seated: list[tuple[str, str, str, str, str]], sitting: Sitting) -> dict[str, list[SeatOf]]:
    """Those of them who sit in a sitting, by room."""
    found: dict[str, list[SeatOf]] = {}
    sits: dict[tuple[str, str], bool] = {}  # few kinds of candidates, many candidates
    for room, number, seat, taken, held in seated:
        kind = (held, taken)
        if kind not in sits:
            sits[kind] = serves(held, sitting.id) and takes(taken, sitting.subjects)
        if sits[kind]:
            found.setdefault(room, []).append((number, seat, taken))
    return found


def _sites(exam: str) -> list[str]:
    """The sites of the seats in force, each once: an order of the table's own would make them many."""
    return sorted(SeatRow.objects.filter(exam_id=exam).order_by().values_list("site", flat=True).distinct())


def _sides(plan: ExamPlan, subject: str) -> int:
    approved = plan.sheets.get(subject)
    return approved.pages if approved is not None else 1


def _is_here(page: PageRead) -> bool:
    return artefacts.holds(page.file)


def _view(
    exam: str,
    sitting: Sitting,
    key: RoomSittingKey,
    subject: str,
    rows: list[SeatOf],
    versions: Versions,
    sides: int,
) -> BagView | None:
    seats = {number: seat for number, seat, taken in rows if takes(taken, (subject,))}
    if not seats:
        return None
    expected = [Seat(number, seat) for number, seat, _taken in rows]
    room = _room(exam, sitting, key, expected, versions.get(str(key)))
    return BagView(exam, room, room.bag(subject), seats, sides)


def _room(
    exam: str, sitting: Sitting, key: RoomSittingKey, expected: list[Seat], version: Version | None
) -> RoomSitting:
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
    if len(_states) >= MOST_STATES:
        _states.clear()
    _states[exam, str(key)] = (stands_at, state)
    return state

"""The account of one bag: every seat's sheet is present, absent, void or missing, every page has its place.

Held together are what was read, what people decided, who sat here by the plan,
and what the invigilators recorded on the day. What does not fit is named: an
*obstacle* must be settled before the bag is sealed, a *difference* is put on
record with the seal.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kaowu.exam.room_sitting import RoomSitting
from kaowu.exam.sheet_bag import IDENTITY, SheetBag, page_target, seat_target
from kaowu.exam.sheet_identity import AGREED, ELSEWHERE
from kaowu.exam.sheet_readings import ABSENT, VIOLATION, PageRead, answers_among, is_answer
from kaowu.facts.sheet_bags import BLANK, CANNOT_TELL

PRESENT, ABSENT_STATE, VOID, MISSING, OPEN = "present", "absent", "void", "missing", "open"


@dataclass(frozen=True)
class SheetPage:
    """A page with what people decided about it."""

    read: PageRead
    seat: str
    """The seat it belongs to; empty while that is open or if it belongs to none."""
    fields: Mapping[str, str]
    """Final values, "" for a blank; what is undecided is left out."""
    undecided: frozenset[str]


@dataclass(frozen=True)
class SeatLine:
    """One seat's sheet."""

    seat: str
    candidate: str
    state: str
    pages: tuple[SheetPage, ...] = ()
    obstacle: str = ""
    differences: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    """The final values of all its pages."""

    @property
    def undecided(self) -> int:
        """How many fields of it people still have to decide."""
        return sum(len(page.undecided) for page in self.pages)


@dataclass(frozen=True)
class LoosePage:
    """A page that belongs to no seat, or of which nobody knows to which."""

    read: PageRead
    state: str
    """spare, void, aside, or open."""
    obstacle: str = ""


@dataclass(frozen=True)
class Account:
    """The whole bag."""

    seats: tuple[SeatLine, ...]
    loose: tuple[LoosePage, ...]
    counted: int = 0
    room_record: tuple[str, ...] = ()
    """Differences between the room record and what was found."""
    pages: int = 0
    files: frozenset[bytes] = field(default_factory=frozenset)

    def count(self, state: str) -> int:
        """How many seats are in this state."""
        return sum(line.state == state for line in self.seats)

    def count_loose(self, state: str) -> int:
        """How many pages that belong to no seat are in this state."""
        return sum(page.state == state for page in self.loose)

    @property
    def open(self) -> int:
        """What still has to be settled before the bag can be sealed."""
        return self.count(OPEN) + self.count_loose(OPEN)

    @property
    def sheets(self) -> int:
        """How many sheets of paper were found: one for each first side, and each page nobody could read."""
        of_seats = sum(bool(line.pages) for line in self.seats)
        return of_seats + sum(page.read.side == 1 and page.state != "aside" for page in self.loose)

    @property
    def undecided(self) -> int:
        """Fields that people still have to decide."""
        return sum(line.undecided for line in self.seats)

    def differing(self, code: str) -> int:
        """How many seats show this difference."""
        return sum(code in line.differences for line in self.seats)

    @property
    def violation_differs(self) -> int:
        """Seats whose violation mark and violation record do not go together."""
        return self.differing("violation_mark_only") + self.differing("violation_record_only")

    @property
    def absence_differs(self) -> int:
        """Seats whose absence mark and absence record do not go together."""
        return self.differing("absence_mark_only") + self.differing("absence_record_only")


def account(
    room: RoomSitting,
    bag: SheetBag,
    seats: Mapping[str, str],
    pages: Iterable[PageRead],
    sides: int,
) -> Account:
    """Draw up the account. `seats` are seat numbers by admission number, `sides` the pages of a sheet."""
    every = list(pages)
    by_seat, loose = _placed(every, bag, seats)
    for read in every:
        if read.error:
            settled = bag.settled.get(page_target(read.page))
            state = settled.state if settled is not None else OPEN
            loose.append(LoosePage(read, state, "" if settled is not None else "rejected"))
    lines = _lines(by_seat, room, bag, seats, sides)
    drawn = Account(
        seats=lines,
        loose=tuple(loose),
        counted=bag.checked.sheets if bag.checked is not None else 0,
        pages=len(every),
        files=frozenset(page.file for page in every),
    )
    return Account(
        drawn.seats, drawn.loose, drawn.counted, tuple(_record(room, drawn)), drawn.pages, drawn.files
    )


def seat_lines(
    room: RoomSitting,
    bag: SheetBag,
    seats: Mapping[str, str],
    pages: Iterable[PageRead],
    sides: int,
) -> tuple[SeatLine, ...]:
    """The seats of the account alone: all that scores need, by seat number."""
    by_seat, _loose = _placed(pages, bag, seats)
    return _lines(by_seat, room, bag, seats, sides)


def _placed(
    pages: Iterable[PageRead], bag: SheetBag, seats: Mapping[str, str]
) -> tuple[dict[str, list[SheetPage]], list[LoosePage]]:
    """Every page that could be read, at its seat or with those that have none."""
    reviewed: dict[bytes, list[str]] = {}
    for named, name in bag.reviews:
        if name != IDENTITY:
            reviewed.setdefault(named, []).append(name)
    by_seat: dict[str, list[SheetPage]] = {}
    loose: list[LoosePage] = []
    for read in pages:
        if read.error:
            continue
        put_aside = bag.settled.get(page_target(read.page)) if bag.settled else None
        if put_aside is not None and put_aside.state != PRESENT:
            loose.append(LoosePage(read, put_aside.state))
            continue
        page = _page(read, bag, seats, reviewed.get(read.page, ()))
        if page.seat:
            by_seat.setdefault(page.seat, []).append(page)
        else:
            loose.append(LoosePage(read, OPEN, _why_nobodys(read)))
    return by_seat, loose


def _lines(
    by_seat: Mapping[str, list[SheetPage]],
    room: RoomSitting,
    bag: SheetBag,
    seats: Mapping[str, str],
    sides: int,
) -> tuple[SeatLine, ...]:
    return tuple(
        _seat_line(seat, candidate, tuple(by_seat.get(seat, ())), room, bag, sides)
        for candidate, seat in sorted(seats.items(), key=lambda item: item[1])
    )


def _page(read: PageRead, bag: SheetBag, seats: Mapping[str, str], reviewed: Collection[str]) -> SheetPage:
    fields, undecided = read.fields, read.doubts
    if undecided or reviewed:
        fields, undecided = _judged(read, bag, reviewed)
    seat = read.seat if read.agreement == AGREED else ""
    said = bag.review(read.page, IDENTITY).final
    if said is not None and read.agreement not in ELSEWHERE:
        seat = said if said in seats.values() else ""
    return SheetPage(read, seat, fields, undecided)


def _judged(
    read: PageRead, bag: SheetBag, reviewed: Collection[str]
) -> tuple[Mapping[str, str], frozenset[str]]:
    """The values after the review, and what is undecided. Only what is in doubt or was judged is looked at."""
    fields, undecided = dict(read.fields), set(read.doubts)
    for name in undecided:
        fields.pop(name, None)
    for name in reviewed:
        review = bag.review(read.page, name)
        undecided.discard(name)
        fields.pop(name, None)
        if review.final is not None:
            fields[name] = "" if review.final in (BLANK, CANNOT_TELL) else review.final
        elif name in read.doubts or review.differs:
            undecided.add(name)
        else:
            fields[name] = read.fields.get(name, "")
    return fields, frozenset(undecided)


def _why_nobodys(read: PageRead) -> str:
    return read.agreement if read.agreement in ELSEWHERE else "identity"


def _seat_line(
    seat: str, candidate: str, pages: tuple[SheetPage, ...], room: RoomSitting, bag: SheetBag, sides: int
) -> SeatLine:
    chosen, doubled = _one_of_each_side(pages)
    fields = _fields_of(chosen)
    seen = _Seen(chosen, fields, bool(fields.get(ABSENT)), candidate in room.absent, _answered(chosen))
    settled = bag.settled.get(seat_target(seat)) if bag.settled else None
    state, obstacle = (settled.state, "") if settled is not None else _state(seen, doubled, sides)
    recorded = any(one.admission_number == candidate for one in room.violations)
    return SeatLine(seat, candidate, state, chosen, obstacle, tuple(_differences(seen, recorded)), fields)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a seat's sheet shows, and whether its candidate was recorded away."""

    pages: tuple[SheetPage, ...]
    fields: Mapping[str, str]
    marked: bool
    away: bool
    answered: bool


def _fields_of(pages: tuple[SheetPage, ...]) -> Mapping[str, str]:
    if len(pages) == 1:
        return pages[0].fields
    return {name: says for page in pages for name, says in page.fields.items()}


def _answered(pages: Iterable[SheetPage]) -> bool:
    """Has anything been marked as an answer, surely or perhaps?"""
    return any(
        any(map(page.fields.get, answers_among(page.fields))) or any(map(is_answer, page.undecided))
        for page in pages
    )


def _state(seen: _Seen, doubled: bool, sides: int) -> tuple[str, str]:
    if not seen.pages:
        return (ABSENT_STATE, "") if seen.away else (OPEN, "no_sheet")
    if doubled:
        return OPEN, "duplicate"
    if {page.read.side for page in seen.pages} != set(range(1, sides + 1)):
        return OPEN, "page_missing"
    if any(ABSENT in page.undecided for page in seen.pages):
        return OPEN, "absence_undecided"
    if (seen.marked or seen.away) and seen.answered:
        return OPEN, "absent_with_answers"
    if seen.marked and not seen.away:
        return OPEN, "absence_mark_only"
    return (ABSENT_STATE, "") if seen.away else (PRESENT, "")


def _differences(seen: _Seen, recorded: bool) -> Iterator[str]:
    """What does not go together; `recorded` says that a violation is on record."""
    if (seen.marked or seen.away) and seen.answered:
        yield "absent_with_answers"
    if not seen.pages:
        return
    if seen.marked != seen.away:
        yield "absence_mark_only" if seen.marked else "absence_record_only"
    violation = bool(seen.fields.get(VIOLATION))
    if violation != recorded:
        yield "violation_mark_only" if violation else "violation_record_only"
    if not (seen.marked or seen.away or seen.answered):
        yield "blank_sheet"


def _one_of_each_side(pages: tuple[SheetPage, ...]) -> tuple[tuple[SheetPage, ...], bool]:
    """One page of each side, the latest; and whether two of one side say different things."""
    chosen: dict[int, SheetPage] = {}
    doubled = False
    for page in pages:
        before = chosen.get(page.read.side)
        doubled |= before is not None and (before.fields != page.fields or before.undecided != page.undecided)
        chosen[page.read.side] = page
    return tuple(chosen[side] for side in sorted(chosen)), doubled


def _record(room: RoomSitting, found: Account) -> Iterable[str]:
    """Where the room record (考场情况记录单) and the sheets say different numbers."""
    if room.count is None or len(room.sitting.subjects) != 1:
        return
    if room.count.used != found.count(PRESENT) + found.count(VOID) + found.count_loose(VOID):
        yield "used"
    if room.count.absent != found.count(ABSENT_STATE):
        yield "absent"

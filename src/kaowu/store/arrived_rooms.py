"""Room-sittings at a node above: figures and findings from what other nodes recorded, brought up to date by the batch.

What a room held is kept warm in this process, since a room of thirty hears
some hundred facts one after another and folding it anew for each made the
reading quadratic. Warm is only what is simple: rooms about which this node
itself wrote nothing and where nothing was withdrawn. All others are folded
from their beginning each time; they are few.

The number of queries does not depend on how many rooms a batch touches.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Finding
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.plan import ExamPlan, Sitting
from kaowu.exam.room_sitting import Figures, Seat, figures
from kaowu.exam.room_sitting import RoomSitting as Room
from kaowu.facts.envelope import Envelope
from kaowu.facts.record import FindingAnswered
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.prepare.seat_table import serves
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import bulk, records
from kaowu.store.journal import finding_row
from kaowu.store.models import FindingRow
from kaowu.store.queries import exams
from kaowu.store.records import Read
from kaowu.store.seat_rows import takes

Judge = Callable[[str, Any, Any, Any, Circumstances], Iterable[Finding]]
"""Kind, fact, state, profile and circumstances → findings (`kaowu.rules.registry.judge`)."""

MOST_WARM = 20_000
_ROOM_FIGURES = {
    one.name: "boolean" if one.type in (bool, "bool") else "integer" for one in fields(Figures)
} | {"changed_at": "bigint"}


@dataclass(frozen=True, slots=True)
class _Warm:
    """Where a room's figures stand, what it held after all that other nodes recorded, and by which plan it was seated."""

    row: int
    plan: ExamPlan
    state: Room


@dataclass(frozen=True, slots=True)
class _Exam:
    plan: ExamPlan
    profile: Any
    sittings: Mapping[str, Sitting]


@dataclass(frozen=True, slots=True)
class _Fresh:
    """One room with what was read about it a moment ago, and what it held before."""

    exam: _Exam
    row: int
    state: Room
    read: Sequence[Read]
    begun: "_Begun | None"
    """Its beginning, if it is not simple."""


class ArrivedRooms:
    """The rooms of this process. Whoever calls holds the lock of the journal's head."""

    def __init__(self) -> None:
        self._warm: OrderedDict[tuple[str, str], _Warm] = OrderedDict()

    def forget(self) -> None:
        """What was folded may not be what the database holds now."""
        self._warm.clear()

    def take(self, read: Sequence[Read]) -> "Taking":
        """What was read a moment ago, on its way into figures and findings; other subjects are only listed."""
        by_exam: dict[str, dict[str, list[Read]]] = defaultdict(lambda: defaultdict(list))
        first = read[0].number if read else 0
        for one in read:
            if one.envelope.subject.count("/") == 2 and one.fact is not None:
                by_exam[one.envelope.exam][one.envelope.subject].append(one)
        return Taking(
            self,
            [fresh for exam, subjects in by_exam.items() for fresh in self._fresh(exam, subjects, first)],
        )

    def _fresh(self, exam: str, subjects: Mapping[str, list[Read]], first: int) -> Iterator[_Fresh]:
        """Each of these rooms that the plan has."""
        known, own = _exam(exam), records.subjects_here(exam, list(subjects))
        withdraws = {
            subject for subject, read in subjects.items() if any(one.envelope.corrects for one in read)
        }
        cold: dict[str, list[Read]] = {}
        for subject, read in subjects.items():
            warm = self._warm.get((exam, subject))
            if warm is None or warm.plan is not known.plan or subject in own or subject in withdraws:
                cold[subject] = read
                self._warm.pop((exam, subject), None)
            else:
                yield _Fresh(known, warm.row, warm.state, read, None)
        for begun in _beginnings(exam, known, list(cold), own, first):
            subject = str(begun.room.key)
            simple = not begun.own and not any(one.corrects for one in begun.there)
            simple = simple and subject not in withdraws
            yield _Fresh(known, begun.row, begun.folded(), cold[subject], None if simple else begun)

    def keep_warm(self, fresh: _Fresh, state: Room) -> None:
        """What a room holds by now."""
        envelope = fresh.read[0].envelope
        place = envelope.exam, envelope.subject
        self._warm[place] = _Warm(fresh.row, fresh.exam.plan, state)
        self._warm.move_to_end(place)
        while len(self._warm) > MOST_WARM:
            self._warm.popitem(last=False)


class Taking:
    """One batch: once made it knows what the rooms held; it is judged without the database, and then kept."""

    def __init__(self, rooms: ArrivedRooms, fresh: Sequence[_Fresh]) -> None:
        self._rooms = rooms
        self._fresh = fresh
        self._found: list[FindingRow] = []
        self._projected: list[tuple[Any, ...]] = []

    def judged(self, judge: Judge) -> Iterator[None]:
        """Judge fact by fact, room by room; a step for each, so that something else can go on meanwhile."""
        for fresh in self._fresh:
            state = fresh.state
            for place, one in enumerate(fresh.read):
                if fresh.begun is not None:
                    state = fresh.begun.folded(fresh.read[:place])
                envelope = one.envelope
                said = Circumstances(envelope.actors, envelope.stamped_at, one.recorded_at, fresh.exam.plan)
                for finding in judge(envelope.kind, one.fact, state, fresh.exam.profile, said):
                    self._found.append(finding_row(envelope, finding, arrival_id=one.number))
                state = state.after(one.fact, envelope.stamped_at)  # type: ignore[arg-type]
                yield
            if fresh.begun is not None:
                state = fresh.begun.folded(fresh.read)
            else:
                self._rooms.keep_warm(fresh, state)
            at = max([one.recorded_at for one in fresh.read])
            self._projected.append((fresh.row, *figures(state).in_order(), at))

    def keep(self) -> None:
        """Write figures and findings down."""
        FindingRow.objects.bulk_create(self._found, batch_size=500)
        bulk.update("store_roomsitting", {"id": "bigint"}, _ROOM_FIGURES, self._projected)


def answer(exam: str, fact: FindingAnswered) -> None:
    """The finding no longer stands open, beside whichever record it is."""
    rows = FindingRow.objects.filter(exam=exam, code=fact.code)
    rows.filter(arrival__fact_id=fact.record).update(is_open=False)
    rows.filter(entry__fact_id=fact.record).update(is_open=False)


def _exam(code: str) -> _Exam:
    plan = exams.plan(code)
    return _Exam(plan, profile_of(plan), {held.id: held for held in exams.sittings(code)})


@dataclass(frozen=True, slots=True)
class _Begun:
    """Where a room's figures stand, the room before its first fact, what was known about it before the fresh ones."""

    row: int
    room: Room
    there: Sequence[Envelope]
    own: Sequence[Envelope]

    def folded(self, fresh: Sequence[Read] = ()) -> Room:
        """What it holds; what was withdrawn, wherever that was said, does not count."""
        envelopes = [*self.there, *(one.envelope for one in fresh), *self.own]
        withdrawn = {envelope.corrects for envelope in envelopes if envelope.corrects}
        state = self.room
        for envelope in envelopes:
            if envelope.id not in withdrawn:
                state = state.after(envelope.fact(), envelope.stamped_at)
        return state


def _beginnings(
    exam: str, known: _Exam, subjects: Sequence[str], own: Mapping[str, list[Envelope]], first: int
) -> Iterator[_Begun]:
    """The rooms of these subjects that the plan has, with all that was known before this arrival."""
    planned = _planned(exam, [RoomSittingKey.read(subject) for subject in subjects])
    seats = _seats(exam, planned)
    there = records.subjects_from_elsewhere(exam, subjects, first) if planned else {}
    for key, row in planned.items():
        sitting = known.sittings.get(key.sitting)
        if sitting is None:
            continue
        expected = [
            Seat(ticket, seat)
            for ticket, seat, taken, held in seats.get((key.site, key.room), ())
            if _sits(taken, held, sitting)
        ]
        room = Room.begin(key, sitting, expected)
        yield _Begun(row, room, there.get(str(key), ()), own.get(str(key), ()))


@lru_cache(4_096)
def _sits(subjects: str, seated: str, sitting: Sitting) -> bool:
    """Whether candidates of these subjects, seated for these sittings, are expected; rooms hold few kinds of them."""
    return serves(seated, sitting.id) and takes(subjects, sitting.subjects)


def _planned(exam: str, keys: Sequence[RoomSittingKey]) -> dict[RoomSittingKey, int]:
    """Those of the rooms that the plan has, and where their figures stand."""
    found = bulk.for_each(
        {"sitting": "varchar", "site": "varchar", "room": "varchar"},
        [(key.sitting, key.site, key.room) for key in keys],
        "row.sitting, row.site, row.room, row.id",
        "store_roomsitting row",
        "row.sitting = given.sitting AND row.site = given.site AND row.room = given.room AND row.exam_id = %s",
        exam,
    )
    return {RoomSittingKey(*key): row for *key, row in found}


def _seats(
    exam: str, keys: Iterable[RoomSittingKey]
) -> dict[tuple[str, str], list[tuple[str, str, str, str]]]:
    """The seats of each room by the sealed plan: ticket, seat, subjects of the candidate, sittings it holds for."""
    rows = bulk.for_each(
        {"site": "varchar", "room": "varchar"},
        sorted({(key.site, key.room) for key in keys}),
        "seat.site, seat.room, seat.admission_number, seat.seat, candidate.subjects, seat.sitting",
        "store_seatrow seat JOIN store_candidate candidate ON candidate.id = seat.candidate_id",
        "seat.site = given.site AND seat.room = given.room AND seat.exam_id = %s",
        exam,
    )
    found: dict[tuple[str, str], list[tuple[str, str, str, str]]] = defaultdict(list)
    for site, room, *seat in rows:
        found[site, room].append(tuple(seat))
    return found


__all__ = ["ArrivedRooms", "Instant", "Judge", "Taking", "answer"]

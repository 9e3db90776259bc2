"""Projections: the rows that screens read, made from facts in the facts' own transaction.

One function per kind of fact that changes a list. A bulk result is read from
the sealed artefact that the fact binds; a digest that does not fit its bytes
stops the transaction. Everything here could be made again from the journal.
"""

from collections.abc import Callable, Sequence
from typing import Any

from kaowu.exam.room_sitting import Seat
from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
from kaowu.facts.record import FindingAnswered
from kaowu.facts.roster import RosterImported
from kaowu.facts.seating import SeatPlanSealed
from kaowu.facts.settling import ArchiveClosed
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Recorded
from kaowu.loop.prepare.roster_table import read_roster
from kaowu.loop.prepare.seat_table import read_seats
from kaowu.store import artefacts
from kaowu.store.models import Candidate, Exam, FindingRow, Organisation, RoomSitting, SeatRow, Sitting
from kaowu.store.sealed import blind_index

_CHUNK = 2_000


def changes_lists(kind: str) -> bool:
    """Does a kind of fact change anything beside the timeline and the figures of a room?"""
    return kind in _PROJECTORS


def apply(recorded: Recorded) -> None:
    """Bring the lists up to date with one fact."""
    _PROJECTORS[recorded.envelope.kind](
        recorded.envelope.exam, recorded.envelope.fact(dict(recorded.personal))
    )


def seats(exam: str, key: RoomSittingKey) -> Sequence[Seat]:
    """Who is expected in a room-sitting: the room's seats whose candidate takes a subject of it."""
    sitting = Sitting.objects.filter(exam_id=exam, code=key.sitting).first()
    if sitting is None:
        return ()
    rows = SeatRow.objects.filter(exam_id=exam, site=key.site, room=key.room).values_list(
        "admission_number", "seat", "candidate__subjects"
    )
    return [Seat(ticket, seat) for ticket, seat, taken in rows if takes(taken, sitting.subjects)]


def takes(taken: str, subjects: Sequence[str]) -> bool:
    """Does a candidate with these subjects (joined by |) sit a sitting of those subjects?"""
    return not set(taken.split("|")).isdisjoint(subjects)


def _set_up(exam: str, fact: ExamSetUp) -> None:
    organisation = Organisation.objects.get(code=fact.organisation)
    Exam.objects.create(code=exam, name=fact.name, profile=fact.profile, organisation=organisation)


def _schedule(exam: str, fact: SittingScheduled) -> None:
    Sitting.objects.update_or_create(
        exam_id=exam,
        code=fact.sitting,
        defaults={
            "subjects": list(fact.subjects),
            "starts_at": fact.starts_at,
            "ends_at": fact.ends_at,
        },
    )
    times = list(Sitting.objects.filter(exam_id=exam).values_list("starts_at", "ends_at"))
    Exam.objects.filter(pk=exam).update(
        starts_at=min(start for start, _ in times), ends_at=max(end for _, end in times)
    )


def _take_roster(exam: str, fact: RosterImported) -> None:
    Candidate.objects.filter(exam_id=exam).delete()
    rows = read_roster(artefacts.read(fact.roster))
    Candidate.objects.bulk_create(
        (
            Candidate(
                exam_id=exam,
                number=row.number,
                name=row.name,
                name_as_written=row.name_raw,
                sex=row.sex,
                id_type=row.id_type,
                id_number=row.id_number,
                id_number_index=blind_index(row.id_number, "id_number"),
                birth_on=row.birth_date,
                school=row.school,
                county=row.county,
                subjects=row.subjects,
                foreign_language=row.foreign_language,
                phone=row.phone,
                accommodation=row.accommodation,
            )
            for row in rows
        ),
        batch_size=_CHUNK,
    )
    Exam.objects.filter(pk=exam).update(candidates=fact.candidates, seated=0)


def _take_seats(exam: str, fact: SeatPlanSealed) -> None:
    """Seats, and one row of figures for each room in each sitting that somebody there takes."""
    SeatRow.objects.filter(exam_id=exam).delete()
    RoomSitting.objects.filter(exam_id=exam).delete()
    candidates = {
        number: (key, subjects)
        for key, number, subjects in Candidate.objects.filter(exam_id=exam).values_list(
            "pk", "number", "subjects"
        )
    }
    sittings = list(Sitting.objects.filter(exam_id=exam))
    expected: dict[tuple[str, str, str], int] = {}
    rows = []
    for seat in read_seats(artefacts.read(fact.plan)):
        key, subjects = candidates[seat.candidate]
        rows.append(
            SeatRow(
                exam_id=exam,
                site=seat.site,
                room=seat.room,
                seat=seat.seat,
                admission_number=seat.admission_number,
                candidate_id=key,
            )
        )
        for sitting in sittings:
            if takes(subjects, sitting.subjects):
                place = (sitting.code, seat.site, seat.room)
                expected[place] = expected.get(place, 0) + 1
    SeatRow.objects.bulk_create(rows, batch_size=_CHUNK)
    RoomSitting.objects.bulk_create(
        (
            RoomSitting(exam_id=exam, sitting=sitting, site=site, room=room, expected=number)
            for (sitting, site, room), number in sorted(expected.items())
        ),
        batch_size=_CHUNK,
    )
    Exam.objects.filter(pk=exam).update(seated=len(rows))


def _close(exam: str, fact: ArchiveClosed) -> None:
    Exam.objects.filter(pk=exam).update(archived=True)


def _answer(exam: str, fact: FindingAnswered) -> None:
    """The finding no longer stands open; its words and the answer stay."""
    answered = FindingRow.objects.filter(exam=exam, entry__fact_id=fact.record, code=fact.code)
    answered.update(is_open=False)


_PROJECTORS: dict[str, Callable[[str, Any], None]] = {
    ExamSetUp.kind.name: _set_up,
    SittingScheduled.kind.name: _schedule,
    RosterImported.kind.name: _take_roster,
    SeatPlanSealed.kind.name: _take_seats,
    ArchiveClosed.kind.name: _close,
    FindingAnswered.kind.name: _answer,
}

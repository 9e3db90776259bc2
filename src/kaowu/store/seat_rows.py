"""The seats of an exam as rows: of the sealed plan, and of each change that it met.

A change touches the rows that it moves and the rooms that they leave or enter,
nothing else: what was counted in another room stays as it was counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kaowu.facts.roster import RosterCorrected
from kaowu.facts.seating import SeatPlanReplanned, SeatPlanSealed, SeatsChangedByHand
from kaowu.loop.prepare.roster_table import RosterRow, read_roster
from kaowu.loop.prepare.seat_table import SeatLine, read_seats, serves
from kaowu.store import artefacts
from kaowu.store.models import Candidate, Exam, RoomSitting, SeatRow, Sitting
from kaowu.store.sealed import blind_index

_CHUNK = 2_000

_Held = tuple[str, str, str, str, str]


def takes(taken: str, subjects: Sequence[str]) -> bool:
    """Does a candidate with these subjects (joined by |) sit a sitting of those subjects?"""
    return not set(taken.split("|")).isdisjoint(subjects)


def candidate_columns(row: RosterRow) -> dict[str, Any]:
    """One row of a roster as the table keeps it."""
    return {
        "number": row.number,
        "name": row.name,
        "name_as_written": row.name_raw,
        "sex": row.sex,
        "id_type": row.id_type,
        "id_number": row.id_number,
        "id_number_index": blind_index(row.id_number, "id_number"),
        "birth_on": row.birth_date,
        "school": row.school,
        "county": row.county,
        "subjects": row.subjects,
        "foreign_language": row.foreign_language,
        "phone": row.phone,
        "accommodation": row.accommodation,
    }


def take_seats(exam: str, fact: SeatPlanSealed) -> None:
    """All seats, and one row of figures for each room in each sitting that somebody there takes."""
    SeatRow.objects.filter(exam_id=exam).delete()
    RoomSitting.objects.filter(exam_id=exam).delete()
    candidates = _keys(exam)
    taken = dict(Candidate.objects.filter(exam_id=exam).values_list("pk", "subjects"))
    lines = list(read_seats(artefacts.read(fact.plan)))
    SeatRow.objects.bulk_create(
        (_row(exam, line, candidates[line.candidate]) for line in lines), batch_size=_CHUNK
    )
    held = ((line.site, line.room, line.sitting, taken[candidates[line.candidate]]) for line in lines)
    RoomSitting.objects.bulk_create(
        (
            RoomSitting(exam_id=exam, sitting=sitting, site=site, room=room, expected=number)
            for (sitting, site, room), number in sorted(_expected(exam, held).items())
        ),
        batch_size=_CHUNK,
    )
    Exam.objects.filter(pk=exam).update(seated=len({line.candidate for line in lines}))


def change_seats(exam: str, fact: SeatPlanReplanned | SeatsChangedByHand) -> None:
    """Bring the rows from the plan before to the plan that the fact binds."""
    candidates = _keys(exam)
    lines = list(read_seats(artefacts.read(fact.plan)))
    wanted = {(candidates[line.candidate], line.sitting): line for line in lines}
    leaving: list[SeatRow] = []
    for row in SeatRow.objects.filter(exam_id=exam).iterator(_CHUNK):
        line = wanted.get((row.candidate_id, row.sitting))
        if line is not None and _held(line) == _held(row):
            del wanted[row.candidate_id, row.sitting]
        else:
            leaving.append(row)
    _delete(SeatRow, [row.pk for row in leaving])
    entering = [_row(exam, line, key) for (key, _), line in wanted.items()]
    SeatRow.objects.bulk_create(entering, batch_size=_CHUNK)
    _recount(exam, {(row.site, row.room) for row in (*leaving, *entering)})
    Exam.objects.filter(pk=exam).update(seated=len({line.candidate for line in lines}))


def correct_roster(exam: str, fact: RosterCorrected) -> None:
    """Who withdrew is gone with the seat; who was added waits for one; who was corrected stays where he sits."""
    rows = {row.number: row for row in read_roster(artefacts.read(fact.roster))}
    left = SeatRow.objects.filter(exam_id=exam, candidate__number__in=fact.withdrawn)
    rooms = set(left.values_list("site", "room"))
    left.delete()
    Candidate.objects.filter(exam_id=exam, number__in=fact.withdrawn).delete()
    for number in fact.corrected:
        Candidate.objects.filter(exam_id=exam, number=number).update(**candidate_columns(rows[number]))
    Candidate.objects.bulk_create(
        Candidate(exam_id=exam, **candidate_columns(rows[number])) for number in fact.added
    )
    moved = SeatRow.objects.filter(exam_id=exam, candidate__number__in=fact.corrected)
    _recount(exam, rooms | set(moved.values_list("site", "room")))
    seated = SeatRow.objects.filter(exam_id=exam).values("candidate").distinct().count()
    Exam.objects.filter(pk=exam).update(candidates=fact.candidates, seated=seated)


def _recount(exam: str, rooms: Iterable[tuple[str, str]]) -> None:
    """Who is expected in these rooms; what was counted there on the day is not touched."""
    for site, room in sorted(rooms):
        seats = SeatRow.objects.filter(exam_id=exam, site=site, room=room)
        held = seats.values_list("site", "room", "sitting", "candidate__subjects")
        expected = _expected(exam, held)
        here = RoomSitting.objects.filter(exam_id=exam, site=site, room=room)
        known = {row.sitting: row for row in here}
        for (sitting, _, _), number in expected.items():
            if sitting not in known:
                RoomSitting.objects.create(
                    exam_id=exam, sitting=sitting, site=site, room=room, expected=number
                )
            elif known[sitting].expected != number:
                here.filter(sitting=sitting).update(expected=number)
        empty = here.exclude(sitting__in=[sitting for sitting, _, _ in expected])
        empty.filter(changed_at=0).delete()
        empty.update(expected=0)


def _expected(exam: str, held: Iterable[tuple[str, str, str, str]]) -> Mapping[tuple[str, str, str], int]:
    sittings = [(sitting.code, sitting.subjects) for sitting in Sitting.objects.filter(exam_id=exam)]
    found: dict[tuple[str, str, str], int] = {}
    for site, room, seating, taken in held:
        for code, subjects in sittings:
            if serves(seating, code) and takes(taken, subjects):
                found[code, site, room] = found.get((code, site, room), 0) + 1
    return found


def _keys(exam: str) -> Mapping[str, int]:
    return dict(Candidate.objects.filter(exam_id=exam).values_list("number", "pk"))


def _held(one: SeatLine | SeatRow) -> _Held:
    return one.site, one.room, one.seat, one.admission_number, one.sitting


def _row(exam: str, line: SeatLine, candidate: int) -> SeatRow:
    return SeatRow(
        exam_id=exam,
        sitting=line.sitting,
        site=line.site,
        room=line.room,
        seat=line.seat,
        admission_number=line.admission_number,
        candidate_id=candidate,
    )


def _delete(model: Any, keys: Sequence[int]) -> None:
    for start in range(0, len(keys), _CHUNK):
        model.objects.filter(pk__in=keys[start : start + _CHUNK]).delete()

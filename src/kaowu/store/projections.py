"""Projections: the rows that screens read, made from facts in the facts' own transaction.

One function per kind of fact that changes a list. A bulk result is read from
the sealed artefact that the fact binds; a digest that does not fit its bytes
stops the transaction. Everything here could be made again from the journal.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from kaowu.basics.suites import VerifyingKey
from kaowu.exam.room_sitting import Seat
from kaowu.facts.devices import DeviceEnrolled, DeviceRevoked
from kaowu.facts.dispatches import DispatchSent, DispatchSigned
from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
from kaowu.facts.lots import DrawSealed
from kaowu.facts.nodes import PlanPackageTaken
from kaowu.facts.person_keys import PersonKeyEnrolled, PersonKeyRevoked
from kaowu.facts.record import FindingAnswered, PersonalDataErased, PersonalDataErasedOnOrder
from kaowu.facts.roster import RosterCorrected, RosterImported
from kaowu.facts.seating import SeatPlanReplanned, SeatPlanSealed, SeatsChangedByHand
from kaowu.facts.settling import ArchiveClosed
from kaowu.facts.staffing import DutiesChanged, DutyTaken, PersonReplaced
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Recorded
from kaowu.loop.prepare.roster_table import read_roster
from kaowu.loop.prepare.seat_table import serves
from kaowu.store import artefacts, bulk, erasing, plan_package, seat_rows, sent_down
from kaowu.store.duty_rows import change_duties, take_duties, take_duty
from kaowu.store.models import (
    Candidate,
    DeviceHead,
    Exam,
    FindingRow,
    JournalEntry,
    Organisation,
    PersonKeyRow,
    Sitting,
)
from kaowu.store.seat_rows import candidate_columns, takes

_CHUNK = 2_000
_SEATS = (
    "SELECT seat.admission_number, seat.seat, candidate.subjects, seat.sitting, sitting.subjects"
    " FROM store_sitting sitting, store_seatrow seat JOIN store_candidate candidate ON candidate.id = seat.candidate_id"
    " WHERE sitting.exam_id = %s AND sitting.code = %s AND seat.exam_id = %s AND seat.site = %s AND seat.room = %s"
    " ORDER BY seat.sitting, seat.seat"
)


def changes_lists(kind: str) -> bool:
    """Does a kind of fact change anything beside the timeline and the figures of a room?"""
    return kind in _PROJECTORS or kind in _RECORD_PROJECTORS or kind == PlanPackageTaken.kind.name


def brings_records_of_others(kind: str) -> bool:
    """Does a kind of fact bring records that stand before this node's own?"""
    return kind == PlanPackageTaken.kind.name


def apply(recorded: Recorded) -> None:
    """Bring the lists up to date with one fact."""
    envelope = recorded.envelope
    fact = envelope.fact(dict(recorded.personal))
    if isinstance(fact, PlanPackageTaken):
        plan_package.install(envelope.exam, fact, recorded.recorded_at)
    elif envelope.kind in _RECORD_PROJECTORS:
        _RECORD_PROJECTORS[envelope.kind](recorded, fact)
    else:
        _PROJECTORS[envelope.kind](envelope.exam, fact)


def seats(exam: str, key: RoomSittingKey) -> Sequence[Seat]:
    """Who is expected in a room-sitting: the room's seats whose candidate takes a subject of it."""
    rows = bulk.rows(_SEATS, [exam, key.sitting, exam, key.site, key.room])
    return [
        Seat(ticket, seat)
        for ticket, seat, taken, held, subjects in rows
        if serves(held, key.sitting)
        and takes(taken, json.loads(subjects) if isinstance(subjects, str) else subjects)
    ]


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
        (Candidate(exam_id=exam, **candidate_columns(row)) for row in rows), batch_size=_CHUNK
    )
    Exam.objects.filter(pk=exam).update(candidates=fact.candidates, seated=0)


def _close(exam: str, fact: ArchiveClosed) -> None:
    Exam.objects.filter(pk=exam).update(archived=True)


def _enrol_device(exam: str, fact: DeviceEnrolled) -> None:
    """A name that was ever used, by a counter of the node or by a device, cannot be enrolled."""
    if DeviceHead.objects.filter(device=fact.device).exists():
        raise ValueError(f"the device {fact.device} is known already")
    DeviceHead.objects.create(
        device=fact.device, key=fact.key, exam=exam, site=fact.site, enrolled_index=_latest_index()
    )


def _revoke_device(exam: str, fact: DeviceRevoked) -> None:
    known = DeviceHead.objects.filter(device=fact.device, exam=exam, revoked_index=None).exclude(key="")
    known.update(revoked_index=_latest_index(), revoked_because=fact.reason)


def _enrol_person_key(exam: str, fact: PersonKeyEnrolled) -> None:
    """A key's name serves once."""
    entry = JournalEntry.objects.order_by("-index")[0]
    PersonKeyRow.objects.create(
        credential=VerifyingKey.from_text(fact.key).name,
        account=fact.person,
        exam=exam,
        key=fact.key,
        enrolled_at=entry.recorded_at,
        enrolled_index=entry.index,
    )


def _revoke_person_key(exam: str, fact: PersonKeyRevoked) -> None:
    known = PersonKeyRow.objects.filter(credential=fact.credential, exam=exam, revoked_index=None)
    known.update(revoked_index=_latest_index(), revoked_because=fact.reason)


def _erase(exam: str, fact: PersonalDataErased | PersonalDataErasedOnOrder) -> None:
    """Personal fields and salt are forgotten here, their key is destroyed; nodes above and below follow."""
    erasing.erase(UUID(fact.record))


def _latest_index() -> int:
    return JournalEntry.objects.order_by("-index").values_list("index", flat=True).first() or 0


def _answer(exam: str, fact: FindingAnswered) -> None:
    """The finding no longer stands open; its words and the answer stay."""
    rows = FindingRow.objects.filter(exam=exam, code=fact.code)
    rows.filter(entry__fact_id=fact.record).update(is_open=False)
    rows.filter(arrival__fact_id=fact.record).update(is_open=False)


def _list_for_below(recorded: Recorded, fact: DispatchSent | DispatchSigned) -> None:
    """Whoever is below and has to have it is given it at the next contact."""
    sent_down.list_own(recorded.envelope.id, recorded.envelope.exam)


_PROJECTORS: dict[str, Callable[[str, Any], None]] = {
    ExamSetUp.kind.name: _set_up,
    SittingScheduled.kind.name: _schedule,
    RosterImported.kind.name: _take_roster,
    RosterCorrected.kind.name: seat_rows.correct_roster,
    SeatPlanSealed.kind.name: seat_rows.take_seats,
    SeatPlanReplanned.kind.name: seat_rows.change_seats,
    SeatsChangedByHand.kind.name: seat_rows.change_seats,
    ArchiveClosed.kind.name: _close,
    FindingAnswered.kind.name: _answer,
    PersonalDataErased.kind.name: _erase,
    PersonalDataErasedOnOrder.kind.name: _erase,
    DeviceEnrolled.kind.name: _enrol_device,
    DeviceRevoked.kind.name: _revoke_device,
    PersonKeyEnrolled.kind.name: _enrol_person_key,
    PersonKeyRevoked.kind.name: _revoke_person_key,
}

_RECORD_PROJECTORS: dict[str, Callable[[Recorded, Any], None]] = {
    DrawSealed.kind.name: take_duties,
    DutyTaken.kind.name: take_duty,
    PersonReplaced.kind.name: change_duties,
    DutiesChanged.kind.name: change_duties,
    DispatchSent.kind.name: _list_for_below,
    DispatchSigned.kind.name: _list_for_below,
}
"""What needs to know more than the fact says: about which draw it is, or which record it is."""

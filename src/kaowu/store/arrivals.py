"""Facts of other nodes on this node's screens (上传的记录): read from the copies, in order of arrival.

A copy is kept and cosigned first; only then, and apart from it, its facts are
read, and only those whose chain and signatures hold (`intake`). So an entry that
cannot be read holds up nobody, and a screen may be a
moment behind what is vouched for, never ahead. Findings are worked out here
again, since they do not travel; records that contradict each other get one.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from kaowu.basics import canonical
from kaowu.basics.clock import Clock, Instant
from kaowu.basics.errors import Finding, Refused
from kaowu.engines.ledger.entries import EntryRefused, read_leaf
from kaowu.exam.circumstances import Circumstances
from kaowu.exam.claims import CODE
from kaowu.exam.plan import ExamPlan, Sitting
from kaowu.exam.room_sitting import RoomSitting as Room
from kaowu.exam.room_sitting import figures
from kaowu.facts.envelope import Envelope
from kaowu.facts.record import FactWithdrawn, FindingAnswered, PersonalDataErased, PersonalDataErasedOnOrder
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import intake, records
from kaowu.store.contradictions import compare, compare_own
from kaowu.store.erasing import erase_as_told
from kaowu.store.journal import finding_row, project_room
from kaowu.store.models import (
    Arrival,
    FindingRow,
    JournalEntry,
    JournalHead,
    MirroredEntry,
    MirroredLog,
    RoomSitting,
)
from kaowu.store.projections import seats
from kaowu.store.queries import exams

AT_ONCE = 2_000
LOGS_AT_ONCE = 32
"""Many sites that each send a little share one transaction, and with it one fsync."""

Judge = Callable[[str, Any, Any, Any, Circumstances], Iterable[Finding]]
"""Kind, fact, state, profile and circumstances → findings (`kaowu.rules.registry.judge`)."""


def read_on(clock: Clock, judge: Judge, at_once: int = AT_ONCE) -> int:
    """Read what has come since, at most so many entries of each log; returns how many were read."""
    count = 0
    intake.judge_all(clock)
    rows = MirroredLog.objects.order_by("pk").values_list("pk", "arrived", "judged")
    pending = [log for log, read, judged in rows if read < judged]
    for first in range(0, len(pending), LOGS_AT_ONCE):
        count += _read_logs(pending[first : first + LOGS_AT_ONCE], clock, judge, at_once)
    return count + compare_own(at_once)


def read_again(exam: str, judge: Judge) -> None:
    """Work out the rooms of an exam anew from what had arrived before its plan was here."""
    with transaction.atomic():
        JournalHead.objects.select_for_update().get(pk=1)
        FindingRow.objects.filter(exam=exam, arrival__isnull=False, is_open=True).exclude(code=CODE).delete()
        rows = Arrival.objects.filter(exam=exam).order_by("number")
        read = [(row, Envelope.from_bytes(bytes(row.entry))) for row in rows]
        plans: _Plans = {}
        for (_, subject), facts in _by_subject(read).items():
            _take_room(exam, subject, facts, judge, plans)


def waiting() -> int:
    """How many entries are held and not yet read."""
    rows = MirroredLog.objects.values_list("arrived", "next_entry")
    return sum(held - read for read, held in rows)


def _read_logs(logs: Sequence[int], clock: Clock, judge: Judge, at_once: int) -> int:
    with transaction.atomic():
        head = JournalHead.objects.select_for_update().get(pk=1)
        arrived: list[Read] = []
        ends: dict[int, int] = {}
        count = 0
        # No lock on the logs: a mirror that takes more meanwhile must not wait. Readers wait at the head.
        for row in MirroredLog.objects.filter(pk__in=logs).order_by("pk"):
            end = min(row.judged, row.arrived + at_once)
            refused = intake.faults_of(row.pk, row.arrived, end)
            kept = MirroredEntry.objects.filter(log=row, seq__gte=row.arrived, seq__lt=end).order_by("seq")
            kept = kept.exclude(seq__in=refused) if refused else kept
            arrived += _keep(row, kept.values_list("seq", "leaf"), clock.now())
            count += end - row.arrived
            ends[row.pk] = end
        plans: _Plans = {}
        for (exam, subject), facts in _by_subject(arrived).items():
            _take_room(exam, subject, facts, judge, plans)
        compare(arrived)
        _erase(arrived)
        head.arrived += count
        head.save(update_fields=["arrived"])
        for log, end in ends.items():
            MirroredLog.objects.filter(pk=log).update(arrived=end)
    return count


_Plans = dict[str, tuple[ExamPlan, Any, Sequence[Sitting]]]
"""What the exams of one transaction hold: plan, profile, sittings."""


def _plan(exam: str, plans: _Plans) -> tuple[ExamPlan, Any, Sequence[Sitting]]:
    if exam not in plans:
        plan = exams.plan(exam)
        plans[exam] = plan, profile_of(plan), exams.sittings(exam)
    return plans[exam]


Read = tuple[Arrival, Envelope]


def _keep(log: MirroredLog, leaves: Iterable[tuple[int, bytes]], at: Instant) -> list[Read]:
    """Write down the facts that are new; one that this node or another log had already is passed over."""
    read: dict[UUID, tuple[int, int, bytes, Envelope]] = {}
    for seq, leaf in leaves:
        try:
            recorded_at, entry, *_ = read_leaf(bytes(leaf))
            envelope = Envelope.from_bytes(entry)
        except (EntryRefused, canonical.NotCanonical, ValueError, TypeError, KeyError):
            continue  # it stays in the copy; the archive's verification names it
        read.setdefault(envelope.id, (seq, recorded_at, entry, envelope))
    known = set(Arrival.objects.filter(fact_id__in=read).values_list("fact_id", flat=True))
    known |= set(JournalEntry.objects.filter(fact_id__in=read).values_list("fact_id", flat=True))
    fresh = [one for id, one in read.items() if id not in known]
    rows = Arrival.objects.bulk_create(
        [
            Arrival(
                log=log,
                seq=seq,
                fact_id=envelope.id,
                kind=envelope.kind,
                exam=envelope.exam,
                site=envelope.site,
                subject=envelope.subject,
                stamped_at=envelope.stamped_at,
                recorded_at=recorded_at,
                device=envelope.device,
                entry=entry,
                arrived_at=at,
            )
            for seq, recorded_at, entry, envelope in fresh
        ],
        batch_size=500,
    )
    return [(row, envelope) for row, (*_, envelope) in zip(rows, fresh, strict=True)]


def _by_subject(arrived: Sequence[Read]) -> dict[tuple[str, str], list[Read]]:
    found: dict[tuple[str, str], list[Read]] = {}
    for arrival, envelope in arrived:
        found.setdefault((envelope.exam, envelope.subject), []).append((arrival, envelope))
    return found


# ---- rooms: figures and findings ----


def _take_room(exam: str, subject: str, fresh: Sequence[Read], judge: Judge, plans: _Plans) -> None:
    """Bring figures and findings of one room-sitting up to date; anything else is only listed."""
    begun = _begun(exam, subject, plans)
    if begun is None:
        return
    plan, profile, _ = _plan(exam, plans)
    new = {envelope.id for _, envelope in fresh}
    before = [one for one in records.about(exam, subject) if one.envelope.id not in new]
    state = _folded(begun, [one.envelope for one in before])
    found: list[FindingRow] = []
    for arrival, envelope in fresh:
        try:
            fact = envelope.fact()
        except (Refused, TypeError):
            continue  # a kind that this program does not know yet
        said = Circumstances(envelope.actors, envelope.stamped_at, Instant(arrival.recorded_at), plan)
        found += [
            finding_row(envelope, one, arrival=arrival)
            for one in judge(envelope.kind, fact, state, profile, said)
        ]
        if isinstance(fact, FindingAnswered):
            _answer(exam, fact)
        state = state.after(fact, envelope.stamped_at)
    FindingRow.objects.bulk_create(found)
    if any(envelope.kind == FactWithdrawn.kind.name for _, envelope in fresh):
        state = _folded(begun, [one.envelope for one in records.about(exam, subject)])
    at = max(arrival.recorded_at for arrival, _ in fresh)
    project_room(exam, RoomSittingKey.read(subject), figures(state), at)


def _begun(exam: str, subject: str, plans: _Plans) -> Room | None:
    try:
        key = RoomSittingKey.read(subject)
    except ValueError:
        return None
    if not RoomSitting.objects.filter(
        exam_id=exam, sitting=key.sitting, site=key.site, room=key.room
    ).exists():
        return None
    sitting = next((one for one in _plan(exam, plans)[2] if one.id == key.sitting), None)
    return Room.begin(key, sitting, seats(exam, key)) if sitting else None


def _folded(begun: Room, envelopes: Sequence[Envelope]) -> Room:
    withdrawn = {envelope.corrects for envelope in envelopes if envelope.corrects}
    state = begun
    for envelope in envelopes:
        if envelope.id not in withdrawn:
            state = state.after(envelope.fact(), envelope.stamped_at)
    return state


def _answer(exam: str, fact: FindingAnswered) -> None:
    rows = FindingRow.objects.filter(exam=exam, code=fact.code)
    rows.filter(arrival__fact_id=fact.record).update(is_open=False)
    rows.filter(entry__fact_id=fact.record).update(is_open=False)


def _erase(arrived: Sequence[Read]) -> None:
    """What the node below has destroyed of its own records is destroyed here as well."""
    for arrival, envelope in arrived:
        if envelope.kind in (PersonalDataErased.kind.name, PersonalDataErasedOnOrder.kind.name):
            finding = erase_as_told(arrival, envelope)
            if finding is not None:
                finding_row(envelope, finding, arrival=arrival).save()

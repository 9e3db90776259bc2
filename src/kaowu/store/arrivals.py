"""Facts of other nodes on this node's screens (上传的记录): read from the copies, in order of arrival.

A copy is kept and cosigned first; only then, and apart from it, its facts are
read, and only those whose chain and signatures hold (`intake`). So an entry that
cannot be read holds up nobody, and a screen may be a
moment behind what is vouched for, never ahead. Findings are worked out here
again, since they do not travel; records that contradict each other get one.

This is the fast path of a centre: many logs share one transaction and with it
one fsync, each entry is decoded once, rows go past the object mapper (`bulk`),
rooms stay warm (`arrived_rooms`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from kaowu.basics import canonical
from kaowu.basics.clock import Clock, Instant
from kaowu.basics.errors import Refused
from kaowu.exam.claims import CODE
from kaowu.facts.envelope import Envelope
from kaowu.facts.record import FindingAnswered, PersonalDataErased, PersonalDataErasedOnOrder
from kaowu.store import bulk, intake
from kaowu.store.arrived_rooms import ArrivedRooms, Judge, answer
from kaowu.store.contradictions import compare, compare_own
from kaowu.store.erasing import erase_as_told
from kaowu.store.journal import finding_row
from kaowu.store.judging import Decoded, Judged, no_rings
from kaowu.store.judging_ahead import Ahead
from kaowu.store.models import (
    Arrival,
    FindingRow,
    JournalHead,
    MirroredLog,
)
from kaowu.store.records import Read

AT_ONCE = 8_192
"""Entries of one transaction: it holds the journal's head for some tenths of a second."""
_COLUMNS = {
    "number": "int8",
    "log_id": "int8",
    "seq": "int8",
    "fact_id": "uuid",
    "kind": "varchar",
    "exam": "varchar",
    "site": "varchar",
    "subject": "varchar",
    "stamped_at": "int8",
    "recorded_at": "int8",
    "device": "varchar",
    "entry": "bytea",
    "arrived_at": "int8",
}


_Row = tuple[Any, ...]


class _Reader:
    """This process's reading: the rooms it keeps warm, and after which arrival they were so."""

    def __init__(self) -> None:
        self.rooms = ArrivedRooms()
        self._stood: tuple[int, UUID] | None = None

    def stands_at(self, last: tuple[int, UUID] | None) -> None:
        """Somebody else has read meanwhile, or another database is open: nothing is warm then."""
        if last != self._stood:
            self.rooms.forget()

    def has_read(self, last: tuple[int, UUID] | None) -> None:
        """All up to this arrival is in what is kept warm."""
        self._stood = last


_reader = _Reader()


def read_on(clock: Clock, judge: Judge, at_once: int = AT_ONCE, ahead: Ahead | None = None) -> int:
    """Read what has come since, at most so many entries of each log; returns how many were read.

    With a second process `ahead` the next portion of a backlog is judged there while this one is read.
    """
    behind = MirroredLog.objects.filter(arrived__lt=F("next_entry")).order_by("pk")
    pending = [
        (log, min(at_once, held - read))
        for log, read, held in behind.values_list("pk", "arrived", "next_entry")
    ]
    count = 0
    for logs in intake.shares(pending, at_once):
        with no_rings():
            fresh = intake.judge_logs(logs, clock, at_once, ahead)
            if ahead is not None:
                intake.judge_ahead(ahead, at_once)
            count += _read_logs(logs, fresh, clock, judge, at_once)
    return count + compare_own(at_once)


def read_again(exam: str, judge: Judge) -> None:
    """Work out the rooms of an exam anew from what had arrived before its plan was here."""
    with transaction.atomic():
        JournalHead.objects.select_for_update().get(pk=1)
        FindingRow.objects.filter(exam=exam, arrival__isnull=False, is_open=True).exclude(code=CODE).delete()
        rows = Arrival.objects.filter(exam=exam).order_by("number")
        read = [
            _read(number, Instant(at), _envelope(bytes(entry)))
            for number, at, entry in rows.values_list("number", "recorded_at", "entry")
        ]
        taking = ArrivedRooms().take(read)
        for _ in taking.judged(judge):
            pass
        taking.keep()
        for one in read:
            if isinstance(one.fact, FindingAnswered):
                answer(exam, one.fact)


def waiting() -> int:
    """How many entries are held and not yet read."""
    rows = MirroredLog.objects.values_list("arrived", "next_entry")
    return sum(held - read for read, held in rows)


def _read_logs(
    logs: Sequence[int], fresh: Mapping[int, Judged], clock: Clock, judge: Judge, at_once: int
) -> int:
    if not MirroredLog.objects.filter(pk__in=logs, arrived__lt=F("judged")).exists():
        return 0  # nothing of it is under a checkpoint yet
    try:
        with transaction.atomic():
            head = JournalHead.objects.select_for_update().get(pk=1)
            last = Arrival.objects.order_by("-number").values_list("number", "fact_id").first()
            _reader.stands_at(last)
            # No lock on the logs: a mirror that takes more meanwhile must not wait. Readers wait at the head.
            ends = _ends(logs, fresh, at_once)
            arrived, rows = _new(_entries(ends, fresh), clock.now(), last[0] if last else 0)
            taking = _reader.rooms.take(arrived)
            bulk.insert("store_arrival", _COLUMNS, rows, meanwhile=taking.judged(judge))
            taking.keep()
            _compare_in_order(arrived)
            _erase(arrived)
            count = sum(end - begin for begin, end in ends.values())
            head.arrived += count
            head.save(update_fields=["arrived"])
            ended = [(log, end) for log, (_, end) in ends.items()]
            bulk.update("store_mirroredlog", {"id": "int8"}, {"arrived": "int8"}, ended)
    except BaseException:
        # What was folded from an abandoned transaction never happened.
        _reader.rooms.forget()
        _reader.has_read(None)
        raise
    _reader.has_read((arrived[-1].number, arrived[-1].envelope.id) if arrived else last)
    return count


def _ends(logs: Sequence[int], fresh: Mapping[int, Judged], at_once: int) -> dict[int, tuple[int, int]]:
    """From where to where each log is read: what was judged just now, else so much of what was judged before."""
    rows = MirroredLog.objects.filter(pk__in=logs).values_list("pk", "arrived", "judged")
    return {
        log: (read, fresh[log].end if _continues(fresh, log, read) else min(judged, read + at_once))
        for log, read, judged in rows
    }


def _entries(
    ends: Mapping[int, tuple[int, int]], fresh: Mapping[int, Judged]
) -> Iterator[tuple[int, Decoded]]:
    """The entries in between that count; those judged just now are decoded already."""
    refused = intake.faults_between(ends)
    for log, (begin, end) in ends.items():
        known = (
            fresh[log].entries if _continues(fresh, log, begin) else intake.entries_between(log, begin, end)
        )
        yield from ((log, one) for one in known if not refused or (log, one[0]) not in refused)


def _continues(fresh: Mapping[int, Judged], log: int, read: int) -> bool:
    return log in fresh and fresh[log].begin == read


def _new(entries: Iterable[tuple[int, Decoded]], at: Instant, last: int) -> tuple[list[Read], list[_Row]]:
    """The facts that are new, and their rows; one that this node or another log had already is passed over."""
    found: dict[UUID, tuple[int, int, int, bytes, Envelope]] = {}
    for log, (seq, recorded_at, entry, values) in entries:
        try:
            envelope = Envelope.from_values(values)
        except (ValueError, TypeError):
            continue  # it stays in the copy; the archive's verification names it
        found.setdefault(envelope.id, (log, seq, recorded_at, entry, envelope))
    ids = list(found)
    known = bulk.present("store_arrival", ids) | bulk.present("store_journalentry", ids) if ids else set()
    read: list[Read] = []
    rows: list[_Row] = []
    for log, seq, recorded_at, entry, envelope in found.values():
        id, kind, exam, site, device, _, _, stamped_at, _, _, subject, *_ = envelope
        if id in known:
            continue
        number = last + 1 + len(rows)
        read.append(_read(number, Instant(recorded_at), envelope))
        place = (number, log, seq, id, kind, exam, site, subject)
        rows.append((*place, stamped_at, recorded_at, device, entry, at))
    return read, rows


def _compare_in_order(arrived: Sequence[Read]) -> None:
    """Compare with what others say, as if one by one: a record is withdrawn, a finding answered, where that arrived."""
    begun = 0
    for place, one in enumerate(arrived):
        answers = isinstance(one.fact, FindingAnswered)
        if answers or one.envelope.corrects:
            _compare(arrived[begun:place])
            begun = place
        if answers:
            answer(one.envelope.exam, one.fact)  # type: ignore[arg-type]
    _compare(arrived[begun:])


def _compare(arrived: Sequence[Read]) -> None:
    compare([({"arrival_id": one.number}, one.envelope, one.fact) for one in arrived])


def _envelope(entry: bytes) -> Envelope:
    """An entry whose canonical form was judged when the copy was (`intake`)."""
    return Envelope.from_map(canonical.decode_judged(entry))


def _read(number: int, recorded_at: Instant, envelope: Envelope) -> Read:
    try:
        return Read(number, recorded_at, envelope, envelope.fact())
    except (Refused, TypeError):
        return Read(number, recorded_at, envelope, None)  # a kind that this program does not know yet


def _erase(arrived: Sequence[Read]) -> None:
    """What the node below has destroyed of its own records is destroyed here as well."""
    told = {
        one.number: one.envelope
        for one in arrived
        if isinstance(one.fact, PersonalDataErased | PersonalDataErasedOnOrder)
    }
    for row in Arrival.objects.filter(number__in=list(told)).order_by("number"):
        finding = erase_as_told(row, told[row.number])
        if finding is not None:
            finding_row(told[row.number], finding, arrival=row).save()

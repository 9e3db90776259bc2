"""Judging copied facts again (再核): chains, signatures and persons, at every node above.

A copy is kept and cosigned first: it is evidence, whatever it says. Then each
entry is judged here by the very function that judges at the counter, and only
what passes is read into this node's screens. A fact that does not pass stays in
the copy, with a row that says why; it holds up nobody else's.

Many logs share one transaction: a thousand sites that each send one fact cost
one fsync and a handful of queries.
"""

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F, Max, Q

from kaowu.basics.clock import Clock
from kaowu.basics.suites import VerifyingKey, deployed
from kaowu.engines.ledger.entries import EntryRefused, read_entry, read_leaf
from kaowu.engines.ledger.persons import PersonKey, PersonKeys
from kaowu.engines.ledger.signers import Chain, Fault, SignatureJudge
from kaowu.loop.demands import demands_by
from kaowu.store.models import (
    CopiedDevice,
    CopiedPersonKey,
    CopyFault,
    MirroredCheckpoint,
    MirroredEntry,
    MirroredLog,
)
from kaowu.store.queries import exams

AT_ONCE = 4_096
LOGS_AT_ONCE = 256
_HASH = 32


@contextmanager
def no_rings() -> Iterator[None]:
    """A batch makes objects by the hundred thousand and no rings of them; to look for such took a sixth of its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


Decoded = tuple[int, int, bytes, dict[int, Any]]
"""One entry that can be read: its place in the log, when its node recorded it, its bytes, its fields."""


class Judged(NamedTuple):
    """What was judged of a log a moment ago, decoded for whoever reads it next: from where to where."""

    begin: int
    end: int
    entries: list[Decoded]


def judge_log(log: int, clock: Clock, at_once: int = AT_ONCE) -> int:
    """Judge the next entries of one log; returns how many."""
    return sum(one.end - one.begin for one in judge_logs([log], clock, at_once).values())


def shares(pending: Iterable[tuple[int, int]], at_once: int) -> Iterator[list[int]]:
    """Logs with how much of each waits, put together until a transaction has enough to do."""
    logs: list[int] = []
    waiting = 0
    for log, count in pending:
        if logs and (waiting + count > at_once or len(logs) == LOGS_AT_ONCE):
            yield logs
            logs, waiting = [], 0
        logs.append(log)
        waiting += count
    if logs:
        yield logs


def faults_between(ends: Mapping[int, tuple[int, int]]) -> set[tuple[int, int]]:
    """Which entries of these logs, each between two places, do not count."""
    found = CopyFault.objects.filter(log_id__in=list(ends)).values_list("log_id", "seq")
    return {(log, seq) for log, seq in found if ends[log][0] <= seq < ends[log][1]}


def decoded(log: int, begin: int, end: int) -> list[Decoded]:
    """Entries of a log that were judged before, read from the copy."""
    found = []
    for seq, leaf in _leaves({log: (begin, end)})[log]:
        try:
            recorded_at, entry, _ = read_leaf(leaf)
            found.append((seq, recorded_at, entry, read_entry(entry)))
        except EntryRefused:
            continue  # it stays in the copy; the archive's verification names it
    return found


def judge_logs(logs: Sequence[int], clock: Clock, at_once: int = AT_ONCE) -> dict[int, Judged]:
    """Judge what is held of these logs and not yet judged, at most so many entries of each or a little more.

    What is found and how far it went are kept together.

    The logs are locked only once all is judged: a site that sends more meanwhile must not wait. Where
    another process was faster, nothing of this is kept.
    """
    with no_rings(), transaction.atomic():
        rows = {row.pk: row for row in MirroredLog.objects.filter(pk__in=logs)}
        ends = _ends(rows.values())
        chains, persons = _chains(ends), _persons(ends)
        leaves = _leaves(
            {log: (rows[log].judged, min(end, rows[log].judged + at_once)) for log, end in ends.items()}
        )
        portions: dict[int, Judged] = {}
        faults: list[tuple[int, Fault]] = []
        moved: list[tuple[int, str, Chain]] = []
        moved_persons: list[tuple[int, str, PersonKey]] = []
        demands = demands_by(exams.plan)
        for log, end in ends.items():
            row = rows[log]
            signers = SignatureJudge(
                VerifyingKey.from_text(row.key),
                deployed(),
                demands,
                chains.get(log, {}),
                persons.get(log, PersonKeys()),
            )
            portions[log], here = _judged_portion(signers, leaves.pop(log), log, row.judged, end, at_once)
            row.ever_signed = row.ever_signed or signers.signatures > 0
            unsigned = signers.settle()
            if row.ever_signed:
                here += unsigned
            faults += [(log, one) for one in here]
            moved_persons += [
                (log, name, signers.persons.by_name[name]) for name in sorted(signers.persons.touched)
            ]
            moved += [(log, device, signers.chains[device]) for device in sorted(signers.touched)]
        locked = MirroredLog.objects.select_for_update().filter(pk__in=list(ends)).order_by("pk")
        if any(judged != rows[log].judged for log, judged in locked.values_list("pk", "judged")):
            return {}
        _keep_faults(faults, clock)
        _keep_chains(moved)
        _keep_persons(moved_persons)
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE store_mirroredlog SET judged = %s, ever_signed = %s WHERE id = %s",
                [(one.end, rows[log].ever_signed, log) for log, one in portions.items()],
            )
    return portions


def _ends(rows: Iterable[MirroredLog]) -> dict[int, int]:
    """How far each log can be judged: to the last checkpoint of which all is held, since there no run is open."""
    waiting = [row.pk for row in rows if row.judged < row.next_entry]
    found = MirroredCheckpoint.objects.filter(
        log_id__in=waiting, size__gt=F("log__judged"), size__lte=F("log__next_entry")
    )
    return dict(found.order_by().values_list("log_id").annotate(Max("size")))


def _leaves(portions: Mapping[int, tuple[int, int]]) -> dict[int, list[tuple[int, bytes]]]:
    """The entries of each log between two places."""
    found: dict[int, list[tuple[int, bytes]]] = {log: [] for log in portions}
    if not portions:
        return found
    wanted = Q()
    for log, (begin, end) in portions.items():
        wanted |= Q(log_id=log, seq__gte=begin, seq__lt=end)
    kept = MirroredEntry.objects.filter(wanted).order_by("log_id", "seq")
    for log, seq, leaf in kept.values_list("log_id", "seq", "leaf"):
        found[log].append((seq, bytes(leaf)))
    return found


def _judged_portion(
    signers: SignatureJudge,
    leaves: Sequence[tuple[int, bytes]],
    log: int,
    begin: int,
    end: int,
    at_once: int,
) -> tuple[Judged, list[Fault]]:
    """Judge so many entries and on to where no run is open; what that came to, and what is wrong in it.

    A long backlog comes under one checkpoint: read whole, nothing of it would be on a screen before all is judged.
    """
    faults: list[Fault] = []
    entries: list[Decoded] = []
    enough = read = min(end, begin + at_once)
    while True:
        for seq, leaf in leaves:
            if seq >= enough and not signers.is_open:
                return Judged(begin, seq, entries), faults
            try:
                recorded_at, entry, proof = read_leaf(leaf)
                fields = read_entry(entry)
            except EntryRefused as refused:
                faults.append(Fault(seq, "", refused.code))
            else:
                faults += signers.take(seq, entry, fields, proof)
                entries.append((seq, recorded_at, entry, fields))
        if read == end or not signers.is_open:
            return Judged(begin, read, entries), faults
        leaves = _leaves({log: (read, min(end, read + at_once))})[log]
        read = min(end, read + at_once)


def _chains(logs: Iterable[int]) -> dict[int, dict[str, Chain]]:
    found: dict[int, dict[str, Chain]] = defaultdict(dict)
    for row in CopiedDevice.objects.filter(log_id__in=list(logs)):
        found[row.log_id][row.device] = _chain(row)
    return found


def _chain(row: CopiedDevice) -> Chain:
    waiting = bytes(row.waiting)
    return Chain(
        sequence=row.seq,
        head=bytes(row.digest),
        waiting=[waiting[at : at + _HASH] for at in range(0, len(waiting), _HASH)],
        overlong=row.overlong,
        waits_from=row.waits_from,
        key=VerifyingKey.from_text(row.key) if row.key else None,
        exam=row.exam,
        revoked=row.revoked,
    )


def _persons(logs: Iterable[int]) -> dict[int, PersonKeys]:
    found: dict[int, dict[str, PersonKey]] = defaultdict(dict)
    for one in CopiedPersonKey.objects.filter(log_id__in=list(logs)):
        key = VerifyingKey.from_text(one.key)
        found[one.log_id][one.credential] = PersonKey(one.account, one.exam, key, one.revoked)
    return {log: PersonKeys(keys) for log, keys in found.items()}


def _keep_chains(moved: Iterable[tuple[int, str, Chain]]) -> None:
    CopiedDevice.objects.bulk_create(
        [
            CopiedDevice(
                log_id=log,
                device=device,
                seq=chain.sequence,
                digest=chain.head,
                waiting=b"".join(chain.waiting),
                waits_from=chain.waits_from,
                overlong=chain.overlong,
                key=chain.key.to_text() if chain.key else "",
                exam=chain.exam,
                revoked=chain.revoked,
            )
            for log, device, chain in moved
        ],
        update_conflicts=True,
        unique_fields=["log_id", "device"],
        update_fields=["seq", "digest", "waiting", "waits_from", "overlong", "key", "exam", "revoked"],
        batch_size=500,
    )


def _keep_persons(moved: Iterable[tuple[int, str, PersonKey]]) -> None:
    CopiedPersonKey.objects.bulk_create(
        [
            CopiedPersonKey(
                log_id=log,
                credential=name,
                account=one.account,
                exam=one.exam,
                key=one.key.to_text(),
                revoked=one.revoked,
            )
            for log, name, one in moved
        ],
        update_conflicts=True,
        unique_fields=["log_id", "credential"],
        update_fields=["account", "exam", "key", "revoked"],
        batch_size=500,
    )


def _keep_faults(faults: Iterable[tuple[int, Fault]], clock: Clock) -> None:
    at = clock.now()
    CopyFault.objects.bulk_create(
        [
            CopyFault(log_id=log, seq=one.index, device=one.device[:64], code=one.code, found_at=at)
            for log, one in faults
        ],
        ignore_conflicts=True,
        batch_size=500,
    )

"""Judging copied facts again (再核): chains, signatures and persons, at every node above.

A copy is kept and cosigned first: it is evidence, whatever it says. Then each
entry is judged here by the very function that judges at the counter, and only
what passes is read into this node's screens. A fact that does not pass stays in
the copy, with a row that says why; it holds up nobody else's.

Many logs share one transaction: a thousand sites that each send one fact cost
one fsync and a handful of queries.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from django.db import connection, transaction
from django.db.models import F, Max

from kaowu.basics.clock import Clock
from kaowu.basics.suites import VerifyingKey
from kaowu.engines.ledger.persons import PersonKey
from kaowu.engines.ledger.signers import Chain
from kaowu.loop.demands import demands_by, minutes_of
from kaowu.store import bulk
from kaowu.store.judging import Decoded, Judged, Leaf, Stretch, decoded, judge, no_rings
from kaowu.store.judging_ahead import Ahead, Given
from kaowu.store.models import (
    CopiedDevice,
    CopiedPersonKey,
    CopyFault,
    Exam,
    MirroredCheckpoint,
    MirroredLog,
)
from kaowu.store.queries import exams

AT_ONCE = 8_192
LOGS_AT_ONCE = 256
WORTH_A_PROCESS = 256
"""From so many entries on, to judge them in a second process is worth the way there and back."""
LONGEST_OPEN = 512
"""So many entries more the second process gets, to go on to where no run is open."""
_HASH = 32


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


def entries_between(log: int, begin: int, end: int) -> list[Decoded]:
    """Entries of a log that were judged before and count, read from the copy."""
    refused = {seq for _, seq in faults_between({log: (begin, end)})}
    return decoded(leaf for leaf in _leaves({log: (begin, end)})[log] if leaf[0] not in refused)


def judge_logs(
    logs: Sequence[int], clock: Clock, at_once: int = AT_ONCE, ahead: Ahead | None = None
) -> dict[int, Judged]:
    """Judge what is held of these logs and not yet judged, at most so many entries of each or a little more.

    What is found and how far it went are kept together.

    The logs are locked only once all is judged: a site that sends more meanwhile must not wait. Where
    another process was faster, nothing of this is kept.
    """
    with no_rings(), transaction.atomic():
        stretches = _stretches(logs, at_once)
        judged = {one.log: known for one in stretches if ahead and (known := ahead.judged(one))}
        others = [one for one in stretches if one.log not in judged]
        leaves = _leaves({one.log: (one.begin, one.enough) for one in others})
        demands = demands_by(exams.plan)
        for one in others:
            on = chain(leaves.pop(one.log), _leaves_on(one.log, one.enough, one.end, at_once))
            if (found := judge(one, on, one.end, demands)) is not None:
                judged[one.log] = found
        locked = MirroredLog.objects.select_for_update().filter(pk__in=list(judged)).order_by("pk")
        if any(reached != judged[log].begin for log, reached in locked.values_list("pk", "judged")):
            return {}
        _keep_faults(judged, clock)
        _keep_chains(judged)
        _keep_persons(judged)
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE store_mirroredlog SET judged = %s, ever_signed = %s WHERE id = %s",
                [(one.end, one.ever_signed, log) for log, one in judged.items()],
            )
    return judged


def judge_ahead(ahead: Ahead, at_once: int = AT_ONCE) -> None:
    """Give the second process what is to be judged next, if that is much and it has nothing to do."""
    if not ahead.is_free:
        return
    waiting = MirroredLog.objects.filter(judged__lt=F("next_entry")).order_by("pk")
    pending = [
        (log, min(at_once, held - judged))
        for log, judged, held in waiting.values_list("pk", "judged", "next_entry")
    ]
    stretches = _stretches(next(shares(pending, at_once), []), at_once)
    if sum(one.enough - one.begin for one in stretches) < WORTH_A_PROCESS:
        return
    reaches = {one.log: min(one.end, one.enough + LONGEST_OPEN) for one in stretches}
    leaves = _leaves({one.log: (one.begin, reaches[one.log]) for one in stretches})
    minutes = {code: minutes_of(exams.plan(code)) for code in Exam.objects.values_list("code", flat=True)}
    ahead.begin([Given(one, leaves[one.log], reaches[one.log]) for one in stretches], minutes)


def _stretches(logs: Sequence[int], at_once: int) -> list[Stretch]:
    """What of each log can be judged next: to the last checkpoint of which all is held, since there no run is open."""
    rows = MirroredLog.objects.filter(pk__in=logs, judged__lt=F("next_entry")).in_bulk()
    found = MirroredCheckpoint.objects.filter(
        log_id__in=list(rows), size__gt=F("log__judged"), size__lte=F("log__next_entry")
    )
    ends = dict(found.order_by().values_list("log_id").annotate(Max("size")))
    chains, persons = _chains(ends), _persons(ends)
    return [
        Stretch(
            log,
            VerifyingKey.from_text(rows[log].key),
            rows[log].ever_signed,
            chains.get(log, {}),
            persons.get(log, {}),
            rows[log].judged,
            min(end, rows[log].judged + at_once),
            end,
        )
        for log, end in ends.items()
    ]


def _leaves(portions: Mapping[int, tuple[int, int]]) -> dict[int, list[Leaf]]:
    """The entries of each log between two places."""
    found: dict[int, list[Leaf]] = {log: [] for log in portions}
    rows = bulk.for_each(
        {"log_id": "bigint", "first": "bigint", "beyond": "bigint"},
        [(log, *places) for log, places in portions.items()],
        "copy.log_id, copy.seq, copy.leaf",
        "store_mirroredentry copy",
        "copy.log_id = given.log_id AND copy.seq >= given.first AND copy.seq < given.beyond ORDER BY copy.seq",
    )
    for log, seq, leaf in rows:
        found[log].append((seq, leaf))
    return found


def _leaves_on(log: int, begin: int, end: int, at_once: int) -> Iterator[Leaf]:
    """The entries that follow, looked up only while a run is open."""
    for first in range(begin, end, at_once):
        yield from _leaves({log: (first, min(end, first + at_once))})[log]


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


def _persons(logs: Iterable[int]) -> dict[int, dict[str, PersonKey]]:
    found: dict[int, dict[str, PersonKey]] = defaultdict(dict)
    for one in CopiedPersonKey.objects.filter(log_id__in=list(logs)):
        key = VerifyingKey.from_text(one.key)
        found[one.log_id][one.credential] = PersonKey(one.account, one.exam, key, one.revoked)
    return found


def _keep_chains(judged: Mapping[int, Judged]) -> None:
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
            for log, one in judged.items()
            for device, chain in one.chains.items()
        ],
        update_conflicts=True,
        unique_fields=["log_id", "device"],
        update_fields=["seq", "digest", "waiting", "waits_from", "overlong", "key", "exam", "revoked"],
        batch_size=500,
    )


def _keep_persons(judged: Mapping[int, Judged]) -> None:
    CopiedPersonKey.objects.bulk_create(
        [
            CopiedPersonKey(
                log_id=log,
                credential=name,
                account=person.account,
                exam=person.exam,
                key=person.key.to_text(),
                revoked=person.revoked,
            )
            for log, one in judged.items()
            for name, person in one.persons.items()
        ],
        update_conflicts=True,
        unique_fields=["log_id", "credential"],
        update_fields=["account", "exam", "key", "revoked"],
        batch_size=500,
    )


def _keep_faults(judged: Mapping[int, Judged], clock: Clock) -> None:
    at = clock.now()
    CopyFault.objects.bulk_create(
        [
            CopyFault(log_id=log, seq=fault.index, device=fault.device[:64], code=fault.code, found_at=at)
            for log, one in judged.items()
            for fault in one.faults
        ],
        ignore_conflicts=True,
        batch_size=500,
    )

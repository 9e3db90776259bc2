"""Judging copied facts again (再核): chains, signatures and persons, at every node above.

A copy is kept and cosigned first: it is evidence, whatever it says. Then each
entry is judged here by the very function that judges at the counter, and only
what passes is read into this node's screens. A fact that does not pass stays in
the copy, with a row that says why; it holds up nobody else's.
"""

from collections.abc import Iterable

from django.db import transaction

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
_HASH = 32


def judge_all(clock: Clock, at_once: int = AT_ONCE) -> int:
    """Judge what is held and not yet judged, at most so many entries of each log; returns how many."""
    rows = MirroredLog.objects.order_by("pk").values_list("pk", "judged", "next_entry")
    return sum(judge_log(log, clock, at_once) for log, judged, held in rows if judged < held)


def judge_log(log: int, clock: Clock, at_once: int = AT_ONCE) -> int:
    """Judge the next entries of one log; what is found and how far it went are kept together."""
    with transaction.atomic():
        row = MirroredLog.objects.select_for_update().get(pk=log)
        end = _end(row, at_once)
        if end <= row.judged:
            return 0
        signers = _signers(row)
        kept = MirroredEntry.objects.filter(log_id=log, seq__gte=row.judged, seq__lt=end).order_by("seq")
        faults: list[Fault] = []
        for seq, leaf in kept.values_list("seq", "leaf").iterator(AT_ONCE):
            faults += _judged(signers, seq, bytes(leaf))
        row.ever_signed = row.ever_signed or signers.signatures > 0
        unsigned = signers.settle()
        if row.ever_signed:
            faults += unsigned
        _keep_faults(row, faults, clock)
        _keep_chains(row, signers)
        _keep_persons(row, signers)
        count, row.judged = end - row.judged, end
        row.save(update_fields=["judged", "ever_signed"])
    return count


def faults_of(log: int, start: int, end: int) -> set[int]:
    """Which entries of [start, end) do not count."""
    found = CopyFault.objects.filter(log_id=log, seq__gte=start, seq__lt=end)
    return set(found.values_list("seq", flat=True))


def _end(row: MirroredLog, at_once: int) -> int:
    """Where a checkpoint ends, no run is open: judging stops there, or goes on past the limit to the first."""
    sizes = MirroredCheckpoint.objects.filter(log=row, size__gt=row.judged, size__lte=row.next_entry)
    within = sizes.filter(size__lte=row.judged + at_once).order_by("-size").values_list("size", flat=True)
    beyond = sizes.order_by("size").values_list("size", flat=True)
    return within.first() or beyond.first() or row.judged


def _judged(signers: SignatureJudge, seq: int, leaf: bytes) -> list[Fault]:
    try:
        _, entry, proof = read_leaf(leaf)
        fields = read_entry(entry)
    except EntryRefused as refused:
        return [Fault(seq, "", refused.code)]
    return signers.take(seq, entry, fields, proof)


def _signers(row: MirroredLog) -> SignatureJudge:
    chains = {one.device: _chain(one) for one in CopiedDevice.objects.filter(log=row)}
    persons = PersonKeys(
        {
            one.credential: PersonKey(one.account, one.exam, VerifyingKey.from_text(one.key), one.revoked)
            for one in CopiedPersonKey.objects.filter(log=row)
        }
    )
    return SignatureJudge(
        VerifyingKey.from_text(row.key), deployed(), demands_by(exams.plan), chains, persons
    )


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


def _keep_chains(row: MirroredLog, signers: SignatureJudge) -> None:
    CopiedDevice.objects.bulk_create(
        [
            CopiedDevice(
                log=row,
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
            for device in sorted(signers.touched)
            for chain in [signers.chains[device]]
        ],
        update_conflicts=True,
        unique_fields=["log_id", "device"],
        update_fields=["seq", "digest", "waiting", "waits_from", "overlong", "key", "exam", "revoked"],
        batch_size=500,
    )


def _keep_persons(row: MirroredLog, signers: SignatureJudge) -> None:
    persons = signers.persons
    CopiedPersonKey.objects.bulk_create(
        [
            CopiedPersonKey(
                log=row,
                credential=name,
                account=one.account,
                exam=one.exam,
                key=one.key.to_text(),
                revoked=one.revoked,
            )
            for name in sorted(persons.touched)
            for one in [persons.by_name[name]]
        ],
        update_conflicts=True,
        unique_fields=["log_id", "credential"],
        update_fields=["account", "exam", "key", "revoked"],
        batch_size=500,
    )


def _keep_faults(row: MirroredLog, faults: Iterable[Fault], clock: Clock) -> None:
    at = clock.now()
    CopyFault.objects.bulk_create(
        [
            CopyFault(log=row, seq=one.index, device=one.device[:64], code=one.code, found_at=at)
            for one in faults
        ],
        ignore_conflicts=True,
        batch_size=500,
    )

"""Whole copies of logs: given out to a node that is built anew, and taken in there."""

from dataclasses import replace

from django.conf import settings
from django.db import transaction

from kaowu.basics.clock import Clock
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import Suite, VerifyingKey, deployed
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import leaf_hash
from kaowu.engines.sync.log_copy import CopyRefused, LogCopy
from kaowu.store.lives import lives_of
from kaowu.store.mirror import write_entries
from kaowu.store.models import MirroredCheckpoint, MirroredEntry, MirroredLog, MirroredPersonal
from kaowu.store.personal_held import keep_personal, keep_readings, personal_of, readings_of

_AT_ONCE = 4_096


def copy_of(origin: str, organisation: str) -> LogCopy:
    """What is held of a log, and of those it went on from, up to the last checkpoint this node cosigned. Raises Refused.

    Only a node of the same unit gets it.
    """
    log = MirroredLog.objects.filter(origin=origin, organisation=organisation).first()
    copy = _copy(log) if log else None
    if log is None or copy is None:
        raise Refused(
            "no_copy_held",
            Sentence(f"这里没有流水 {origin} 的副本。", f"No copy of log {origin} is held here."),
        )
    earlier = [one for life in reversed(lives_of(log)[1:]) if (one := _copy(life)) is not None]
    return replace(copy, earlier=earlier)


def take_in(copy: LogCopy, keeper: VerifyingKey, clock: Clock, suite: Suite | None = None) -> Checkpoint:
    """Keep a copy that was proven, after those that it went on from; returns its checkpoint. Raises Refused.

    The same again changes nothing.
    """
    suite = suite or deployed()
    with transaction.atomic():
        for one in copy.earlier:
            take_in(one, keeper, clock, suite)
        return _keep(copy, keeper, clock, suite)


def _copy(log: MirroredLog) -> LogCopy | None:
    last = MirroredCheckpoint.objects.filter(log=log, size=log.cosigned_size).exclude(cosignature="").first()
    if last is None:
        return None
    leaves: list[bytes] = []
    for first in range(0, last.size, _AT_ONCE):
        rows = MirroredEntry.objects.filter(log=log, seq__gte=first, seq__lt=min(last.size, first + _AT_ONCE))
        leaves += [bytes(leaf) for leaf in rows.order_by("seq").values_list("leaf", flat=True)]
    beside = MirroredPersonal.objects.filter(log=log, seq__lt=last.size).order_by("seq")
    opened = ((seq, personal_of(log, seq)) for seq in beside.values_list("seq", flat=True))
    personal = [(seq, *found) for seq, found in opened if found is not None]
    note = last.note.encode() + last.cosignature.encode()
    readings = readings_of(log, last.size)
    return LogCopy(log.origin, log.key, note, leaves, personal, log.card, readings=readings)


def _keep(copy: LogCopy, keeper: VerifyingKey, clock: Clock, suite: Suite) -> Checkpoint:
    try:
        checkpoint = copy.checked(keeper, suite)
    except CopyRefused as refused:
        raise Refused(
            "copy_unproven",
            Sentence(f"副本不能采用：{refused}。", f"The copy cannot be used: {refused}."),
        ) from refused
    log, fresh = MirroredLog.objects.get_or_create(
        origin=copy.origin,
        defaults={
            "key": copy.key,
            "enrolled_at": clock.now(),
            "root": checkpoint.root,
            "size": checkpoint.size,
            "next_entry": checkpoint.size,
            "card": copy.card,
            "organisation": settings.IDENTITY.organisation,
            "closed_at": clock.now(),
            "closed_because": "接续重建 · goes on in a new epoch",
        },
    )
    if not fresh:
        return checkpoint
    hashes = [leaf_hash(leaf, suite) for leaf in copy.leaves]
    write_entries(log.pk, 0, list(copy.leaves), hashes)
    note = Note.from_bytes(copy.note)
    own = tuple(line for line in note.signatures if line.is_by(VerifyingKey.from_text(copy.key)))
    MirroredCheckpoint.objects.create(
        log=log,
        size=checkpoint.size,
        root=checkpoint.root,
        note=Note(note.text, own).to_bytes().decode(),
        cosignature=copy.note.decode(),
        accepted_at=clock.now(),
    )
    keep_personal(log, copy.personal, suite)
    keep_readings(log, copy.readings, clock.now())
    return checkpoint

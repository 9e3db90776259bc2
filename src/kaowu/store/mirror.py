"""Keeping copies of other nodes' journals, and vouching for what is kept.

Requests are read and proven first, then one short transaction compares with
what is held, writes entries and the state of the copy together, and commits;
only after that is anything answered. The cosignature says: all entries of this
checkpoint are on this node's disk and continue all that it ever accepted.

An entry beyond `next_entry` cannot be there yet, since both change in one
transaction under a lock. So bulk writing is strict: a row in the way would be
a defect, and quietly passing over it could hide a different entry.
"""

import struct
from collections.abc import Callable, Iterable, Sequence

from django.db import connection, transaction

from kaowu.basics.clock import Clock
from kaowu.basics.suites import Suite, VerifyingKey, deployed
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import CompactRange, leaf_hash
from kaowu.engines.sync.judge import (
    CheckpointJudged,
    Held,
    Status,
    Verdict,
    judge_checkpoint,
    judge_upload,
    proven_hashes,
)
from kaowu.engines.sync.packages import aligned, read_packages
from kaowu.engines.sync.wire import MirrorInfo, NewCheckpoint, UploadHead, WireRefused
from kaowu.store import bulk
from kaowu.store.models import LogConflict, MirroredCheckpoint, MirroredEntry, MirroredLog

Cosign = Callable[[Note, int], bytes]
"""Makes the signature lines over a checkpoint's note, at a second of time."""

LARGEST_REQUEST = 3_500_000
_CHECKPOINT = {
    "log_id": "int8",
    "size": "int8",
    "root": "bytea",
    "note": "text",
    "cosignature": "text",
    "accepted_at": "int8",
}
MOST_CONFLICTS = 100
_ROWS_AT_ONCE = 4_096
_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_ROW = struct.Struct(
    ">hiqiqi"
)  # fields; length and log; length and seq; length of the entry that follows
_COPY_HASH = (32).to_bytes(4, "big")
_COPY_END = b"\xff\xff"
_CLOSED = Verdict(Status.UNTRUSTED, "log_closed", b"log_closed\n")


class Mirror:
    """This node as a mirror of the logs enrolled with it."""

    def __init__(self, clock: Clock, cosign: Cosign, suite: Suite | None = None) -> None:
        self._clock = clock
        self._cosign = cosign
        self._suite = suite or deployed()

    def enroll(self, origin: str, key: VerifyingKey) -> None:
        """Keep a copy of this log from now on. The same again changes nothing; another key is refused."""
        row, _ = MirroredLog.objects.get_or_create(
            origin=origin,
            defaults={"key": key.to_text(), "enrolled_at": self._clock.now(), "root": self._empty},
        )
        if row.key != key.to_text():
            raise ValueError(f"{origin} is enrolled under another key")

    def add_checkpoint(self, content: bytes) -> Verdict:
        """A log says how far it has grown."""
        try:
            sent = NewCheckpoint.from_bytes(content)
        except WireRefused:
            return Verdict(Status.UNREADABLE, "request_unreadable")
        origin = sent.note.text.partition("\n")[0]
        with transaction.atomic():
            row = MirroredLog.objects.select_for_update().filter(origin=origin).first()
            judged = judge_checkpoint(_held(row), sent, lambda size: self._root_at(row, size), self._suite)
            if row is not None and row.closed_at and not judged.forked:
                self._keep_late(row, judged, sent.note)
                return _CLOSED
            if row is not None:
                self._keep_judged(row, judged, sent.note)
        return judged.verdict

    def add_entries(self, content: bytes) -> Verdict:
        """Entries of a log, up to a checkpoint it has announced."""
        if len(content) > LARGEST_REQUEST:
            return Verdict(Status.TOO_LARGE, "request_too_large")
        try:
            head, at = UploadHead.from_bytes(content)
        except WireRefused:
            return Verdict(Status.UNREADABLE, "request_unreadable")
        row = MirroredLog.objects.filter(origin=head.origin).first()
        if row is not None and row.closed_at:
            return _CLOSED
        checkpoint = row and MirroredCheckpoint.objects.filter(log=row, size=head.end).first()
        refusal = judge_upload(_held(row), head, bytes(checkpoint.root) if checkpoint else None)
        if refusal is not None or row is None or checkpoint is None:
            return refusal or Verdict(Status.UNKNOWN, "origin_unknown")
        entries, hashes, fault = self._proven(row, checkpoint, content, at, head)
        if fault is not None and not entries:
            return fault
        # What came before a broken package is kept; the sender hears how far, and fails at the rest alone.
        return self._take(row.pk, head, checkpoint, entries, hashes)

    # ---- checkpoints ----

    @property
    def _empty(self) -> bytes:
        return self._suite.hash(b"")

    def _root_at(self, row: MirroredLog | None, size: int) -> bytes | None:
        """The root over the first entries of a copy: as accepted before, else from the leaf hashes."""
        if row is None or size > row.next_entry:
            return None
        known = MirroredCheckpoint.objects.filter(log=row, size=size).values_list("root", flat=True).first()
        if known is not None:
            return bytes(known)
        tree = CompactRange(self._suite)
        for first in range(0, size, _ROWS_AT_ONCE):
            tree.extend(_hashes(row.pk, first, min(size, first + _ROWS_AT_ONCE)))
        return tree.root()

    def _keep_judged(self, row: MirroredLog, judged: CheckpointJudged, note: Note) -> None:
        checkpoint = judged.checkpoint
        if checkpoint is None:
            return
        text = note.to_bytes().decode()
        if judged.forked:
            self._keep_evidence(row, checkpoint, text, "log_forked")
        if judged.verdict.status == Status.OK and checkpoint.size >= row.size:
            # The row is locked, so one statement does: to look first and to prepare for failure cost three more.
            bulk.insert_new(
                "store_mirroredcheckpoint",
                _CHECKPOINT,
                [(row.pk, checkpoint.size, checkpoint.root, text, "", self._clock.now())],
            )
            row.size, row.root, row.heard_at = checkpoint.size, checkpoint.root, self._clock.now()
            row.save(update_fields=["size", "root", "heard_at"])

    def _keep_late(self, row: MirroredLog, judged: CheckpointJudged, note: Note) -> None:
        """Whoever goes on with the key of a log that was closed leaves a signature behind."""
        checkpoint = judged.checkpoint
        if checkpoint is not None and checkpoint.size > row.next_entry:
            self._keep_evidence(row, checkpoint, note.to_bytes().decode(), _CLOSED.code)

    def _keep_evidence(self, row: MirroredLog, checkpoint: Checkpoint, note: str, code: str) -> None:
        if LogConflict.objects.filter(log=row).count() < MOST_CONFLICTS:
            LogConflict.objects.get_or_create(
                log=row,
                size=checkpoint.size,
                root=checkpoint.root,
                defaults={"note": note, "code": code, "found_at": self._clock.now()},
            )

    # ---- entries ----

    def _proven(
        self, row: MirroredLog, checkpoint: MirroredCheckpoint, content: bytes, at: int, head: UploadHead
    ) -> tuple[list[bytes], list[bytes], Verdict | None]:
        """Entries and leaf hashes of the packages that hold, and what is wrong with the first that does not."""
        entries: list[bytes] = []
        hashes: list[bytes] = []
        root = bytes(checkpoint.root)
        before: Sequence[bytes] = _hashes(row.pk, aligned(head.start), head.start)
        try:
            for package in read_packages(content, at, head.start, head.end):
                proven = proven_hashes(package, before, head.end, root, self._suite)
                if proven is None:
                    return entries, hashes, Verdict(Status.UNPROVEN, "entries_unproven")
                entries += package.entries
                hashes += proven
                before = ()
        except WireRefused:
            return entries, hashes, Verdict(Status.UNREADABLE, "package_unreadable")
        if not entries and head.start < head.end:
            return entries, hashes, Verdict(Status.UNREADABLE, "no_package")
        return entries, hashes, None

    def _take(
        self,
        log: int,
        head: UploadHead,
        checkpoint: MirroredCheckpoint,
        entries: list[bytes],
        hashes: list[bytes],
    ) -> Verdict:
        """Keep what is not held yet; cosign when that completes the checkpoint."""
        with transaction.atomic():
            row = MirroredLog.objects.select_for_update().get(pk=log)
            refusal = judge_upload(_held(row), head, bytes(checkpoint.root))
            if refusal is not None:
                return refusal
            held = row.next_entry - head.start
            if len(entries) > held:
                write_entries(row.pk, row.next_entry, entries[held:], hashes[held:])
                row.next_entry = head.start + len(entries)
            lines = b""
            if row.next_entry >= head.end:
                lines = self._cosigned(row, checkpoint)
            row.save(update_fields=["next_entry", "cosigned_size"])
        # From here on all of it is on disk: this is what an answer may say.
        if lines:
            return Verdict(Status.OK, "cosigned", lines)
        return Verdict(Status.MORE, "more_expected", MirrorInfo(head.end, row.next_entry).to_bytes())

    def _cosigned(self, row: MirroredLog, checkpoint: MirroredCheckpoint) -> bytes:
        lines = self._cosign(Note.from_bytes(checkpoint.note.encode()), self._clock.now() // 1000)
        MirroredCheckpoint.objects.filter(log=row, size=checkpoint.size).update(cosignature=lines.decode())
        row.cosigned_size = checkpoint.size
        return lines


def first_altered(log: MirroredLog, suite: Suite | None = None) -> int | None:
    """Read a whole copy again (巡检): the first index that is missing or no longer what was proven.

    A body that does not belong to its leaf hash is named exactly. If all bodies and
    hashes agree but not with the cosigned root, both were changed: then the
    first checkpoint that no longer holds tells before which index it happened.
    """
    suite = suite or deployed()
    tree = CompactRange(suite)
    checkpoints = MirroredCheckpoint.objects.filter(log=log, size__lte=log.next_entry).order_by("size")
    done = 0
    for checkpoint in [*checkpoints, None]:
        end = log.next_entry if checkpoint is None else checkpoint.size
        for first in range(done, end, _ROWS_AT_ONCE):
            stop = min(end, first + _ROWS_AT_ONCE)
            rows = MirroredEntry.objects.filter(log=log, seq__gte=first, seq__lt=stop).order_by("seq")
            seen = list(rows.values_list("seq", "leaf", "leaf_hash"))
            for index, (seq, leaf, kept) in enumerate(seen, first):
                if seq != index or leaf_hash(bytes(leaf), suite) != bytes(kept):
                    return index
            if len(seen) != stop - first:
                return first + len(seen)
            tree.extend([bytes(kept) for _, _, kept in seen])
        if checkpoint is not None and tree.root() != bytes(checkpoint.root):
            return done
        done = end
    return None


def _held(row: MirroredLog | None) -> Held | None:
    if row is None:
        return None
    key = VerifyingKey.from_text(row.key)
    return Held(row.origin, key, row.size, bytes(row.root), row.next_entry, row.cosigned_size)


def _hashes(log: int, start: int, end: int) -> list[bytes]:
    if start == end:
        return []
    rows = MirroredEntry.objects.filter(log_id=log, seq__gte=start, seq__lt=end).order_by("seq")
    return [bytes(hash) for hash in rows.values_list("leaf_hash", flat=True)]


def write_entries(log: int, first: int, entries: Sequence[bytes], hashes: Sequence[bytes]) -> None:
    """Rows of a copy, in bulk; whoever calls holds the log's lock and has proven them."""
    rows = zip(range(first, first + len(entries)), entries, hashes, strict=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            columns = "log_id, seq, leaf, leaf_hash"
            with cursor.copy(f"COPY store_mirroredentry ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(_binary_copy(log, rows))
        else:
            cursor.executemany(
                "INSERT INTO store_mirroredentry (log_id, seq, leaf, leaf_hash) VALUES (%s, %s, %s, %s)",
                [(log, seq, entry, hash) for seq, entry, hash in rows],
            )


def _binary_copy(log: int, rows: Iterable[tuple[int, bytes, bytes]]) -> bytes:
    """PostgreSQL's binary COPY form of (log, seq, entry, hash); written out it takes a tenth of the time."""
    parts = [_COPY_HEAD]
    for seq, entry, hash in rows:
        parts += (_COPY_ROW.pack(4, 8, log, 8, seq, len(entry)), entry, _COPY_HASH, hash)
    parts.append(_COPY_END)
    return b"".join(parts)

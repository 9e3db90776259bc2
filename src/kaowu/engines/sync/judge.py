"""The mirror's side: may this checkpoint follow, do these entries belong to it?

A verdict has the status that C2SP gives it and a code for programs. Whoever
keeps the copy must compare and persist in one step, before anybody hears the
verdict; nothing here remembers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from kaowu.basics.suites import INTERNATIONAL, Suite, VerifyingKey
from kaowu.engines.ledger.notes import Checkpoint, NoteRefused
from kaowu.engines.ledger.proofs import continues, holds_subtree
from kaowu.engines.ledger.tree import CompactRange, leaf_hash
from kaowu.engines.sync.packages import Package
from kaowu.engines.sync.wire import MirrorInfo, NewCheckpoint, UploadHead


class Status(IntEnum):
    """What a mirror can answer."""

    OK = 200
    MORE = 202
    UNREADABLE = 400
    UNTRUSTED = 403
    UNKNOWN = 404
    CONFLICT = 409
    TOO_LARGE = 413
    UNPROVEN = 422


@dataclass(frozen=True, slots=True)
class Verdict:
    """Status, code, and the body that goes with them."""

    status: Status
    code: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Held:
    """What a mirror has of one log: its key, the latest checkpoint it accepted, its first missing entry."""

    origin: str
    key: VerifyingKey
    size: int
    root: bytes
    next_entry: int
    cosigned: int = 0

    def info(self, size: int | None = None) -> bytes:
        """Where this mirror stands, for whoever sent something that does not fit."""
        return MirrorInfo(self.size if size is None else size, self.next_entry).to_bytes()


@dataclass(frozen=True, slots=True)
class CheckpointJudged:
    """The verdict over a checkpoint, and whether it accuses the log of showing two faces."""

    verdict: Verdict
    checkpoint: Checkpoint | None = None
    forked: bool = False


def judge_checkpoint(
    held: Held | None,
    sent: NewCheckpoint,
    root_at: Callable[[int], bytes | None],
    suite: Suite = INTERNATIONAL,
) -> CheckpointJudged:
    """May the log go on with this checkpoint?

    `root_at` is the root over the first so many entries of the copy, None where
    the copy does not reach. Only a note under the log's own key can accuse it:
    another root at a size where the copy has one, that is a fork (分叉). A proof
    that fails accuses nobody, for anybody can attach a wrong proof.
    """
    try:
        checkpoint = Checkpoint.from_note(sent.note)
    except NoteRefused:
        return CheckpointJudged(Verdict(Status.UNREADABLE, "note_unreadable"))
    if held is None or checkpoint.origin != held.origin:
        return CheckpointJudged(Verdict(Status.UNKNOWN, "origin_unknown"))
    try:
        sent.note.verified_by([held.key], suite)
    except NoteRefused:
        return CheckpointJudged(Verdict(Status.UNTRUSTED, "signature_untrusted"))
    if sent.old > checkpoint.size:
        return CheckpointJudged(Verdict(Status.UNREADABLE, "old_size_larger"))
    known = held.root if checkpoint.size == held.size else root_at(checkpoint.size)
    if known is not None and known != checkpoint.root:
        return CheckpointJudged(
            Verdict(Status.CONFLICT, "log_forked", _size_line(held.size)), checkpoint, True
        )
    if sent.old != held.size:
        return CheckpointJudged(
            Verdict(Status.CONFLICT, "old_size_differs", _size_line(held.size)), checkpoint
        )
    if not _follows(held, checkpoint, sent.proof, suite):
        return CheckpointJudged(Verdict(Status.UNPROVEN, "consistency_unproven"), checkpoint)
    return CheckpointJudged(Verdict(Status.OK, "accepted"), checkpoint)


def judge_upload(held: Held | None, head: UploadHead, root: bytes | None) -> Verdict | None:
    """Can these entries be taken at all? None: yes. `root` is that of an accepted checkpoint of size `end`."""
    if held is None or head.origin != held.origin:
        return Verdict(Status.UNKNOWN, "origin_unknown")
    if root is None or head.end < held.cosigned:
        return Verdict(Status.CONFLICT, "checkpoint_not_pending", held.info())
    if head.start > held.next_entry:
        return Verdict(Status.CONFLICT, "entries_missing", held.info(head.end))
    return None


def proven_hashes(
    package: Package, before: Sequence[bytes], size: int, root: bytes, suite: Suite = INTERNATIONAL
) -> list[bytes] | None:
    """The leaf hashes of a package, if it lies in the tree of `size` leaves under `root`; else None.

    `before` are the leaf hashes that the copy has between the aligned start and the package's own.
    """
    hash = suite.hash
    hashes = [hash(b"\x00" + entry) for entry in package.entries]
    tree = CompactRange(suite)
    tree.extend([*before, *hashes])
    if len(before) != package.start - package.subtree_start:
        return None
    if not holds_subtree(package.subtree_start, package.end, size, tree.root(), root, package.proof, suite):
        return None
    return hashes


def root_over(entries: Sequence[bytes], suite: Suite = INTERNATIONAL) -> bytes:
    """The root over entries, worked out from their content alone."""
    tree = CompactRange(suite)
    tree.extend([leaf_hash(entry, suite) for entry in entries])
    return tree.root()


def _follows(held: Held, checkpoint: Checkpoint, proof: Sequence[bytes], suite: Suite) -> bool:
    if held.size == 0:
        return not proof and (checkpoint.size > 0 or checkpoint.root == suite.hash(b""))
    return continues(held.size, checkpoint.size, held.root, checkpoint.root, proof, suite)


def _size_line(size: int) -> bytes:
    return f"{size}\n".encode()

"""The log's own side: what to send next, and whether an answer can be believed.

An answer moves the sender on, or names a trouble; it never makes the sender
believe that something is held above. Only a cosignature by the mirror's key
over this very checkpoint does that.
"""

from collections.abc import Callable, Iterator, Sequence

from kaowu.basics.suites import INTERNATIONAL, Suite, VerifyingKey
from kaowu.engines.ledger.notes import Checkpoint, Note, NoteRefused
from kaowu.engines.ledger.tree import Tree, leaf_hash
from kaowu.engines.sync.packages import Package, aligned, package_bounds
from kaowu.engines.sync.wire import NewCheckpoint, UploadHead


class OwnCopyAltered(Exception):
    """This node's own journal is not what its checkpoint says; the index names the first bad fact."""

    def __init__(self, index: int | None) -> None:
        super().__init__("the root differs" if index is None else f"fact {index} differs from its leaf hash")
        self.index = index


def announce(tree: Tree, note: Note, old: int) -> NewCheckpoint:
    """The request that tells a mirror of a checkpoint, when the mirror stands at `old`."""
    size = Checkpoint.from_note(note).size
    proof = tree.consistency(old, size) if old else []
    return NewCheckpoint(old, tuple(proof), note)


def upload(
    tree: Tree,
    checkpoint: Checkpoint,
    start: int,
    entries_of: Callable[[int, int], Sequence[bytes]],
    most_bytes: int,
    suite: Suite = INTERNATIONAL,
) -> tuple[bytes, int]:
    """One `add-entries` request from `start` on, of at most so many bytes; returns it and where it ends.

    At least one package is always in it. Raises OwnCopyAltered rather than
    send a body that does not belong to its leaf hash.
    """
    parts = [UploadHead(checkpoint.origin, start, checkpoint.size).to_bytes()]
    length, reached = len(parts[0]), start
    for package in _packages(tree, checkpoint.size, start, entries_of, suite):
        written = package.to_bytes()
        if reached > start and length + len(written) > most_bytes:
            break
        parts.append(written)
        length += len(written)
        reached = package.end
    return b"".join(parts), reached


def cosigned_note(note: Note, answer: bytes, key: VerifyingKey, suite: Suite = INTERNATIONAL) -> Note | None:
    """The note with the mirror's cosignature, if the answer holds a good one over this text; else None."""
    try:
        signed = Note.from_bytes(note.text.encode() + b"\n" + answer)
        signed.verified_by([key], suite)
    except NoteRefused:
        return None
    lines = tuple(line for line in signed.signatures if line.is_by(key))
    return Note(note.text, (*note.signatures, *lines))


def _packages(
    tree: Tree, size: int, start: int, entries_of: Callable[[int, int], Sequence[bytes]], suite: Suite
) -> Iterator[Package]:
    for first, stop in package_bounds(start, size):
        entries = entries_of(first, stop)
        if len(entries) != stop - first:
            raise OwnCopyAltered(first + len(entries))
        for number, (entry, hash) in enumerate(zip(entries, tree.leaf_hashes(first, stop), strict=True)):
            if leaf_hash(entry, suite) != hash:
                raise OwnCopyAltered(first + number)
        proof = tree.subtree_consistency(aligned(first), stop, size)
        yield Package(first, stop, entries, proof)

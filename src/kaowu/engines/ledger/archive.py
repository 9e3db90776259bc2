"""Writing an archive (归档): a whole journal with all that it binds, in one file.

Parts come in a fixed order: the head; facts, with each checkpoint standing
right behind the last fact it covers; artefacts in the order of their digests;
documents in the order of their names; the seal. The writer holds at most 256
facts in memory and refuses a part that comes out of order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from kaowu.basics import canonical
from kaowu.basics.clock import Instant
from kaowu.basics.suites import INTERNATIONAL, SigningKey, Suite, VerifyingKey
from kaowu.engines.ledger import frames
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import CompactRange, leaf_hash


@dataclass(frozen=True, slots=True)
class ArchiveHead:
    """Whose journal the archive holds, and who seals it."""

    origin: str
    """Of the log, as in its checkpoints."""
    key: VerifyingKey
    """Of the log; it signed the checkpoints and will sign the seal."""
    exam: str
    made_at: Instant
    software: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was written: facts, root of the tree, length of the file, digest under the seal."""

    size: int
    root: bytes
    length: int
    digest: bytes


class ArchiveWriter:
    """Writes one archive to an open file, part by part; `seal` ends it."""

    def __init__(self, out: BinaryIO, head: ArchiveHead, suite: Suite = INTERNATIONAL) -> None:
        self._out = out
        self._head = head
        self._suite = suite
        self._digest = suite.hasher()
        self._length = 0
        self._tree = CompactRange(suite)
        self._waiting: list[bytes] = []
        self._waiting_hashes: list[bytes] = []
        self._checkpoint: Checkpoint | None = None
        self._latest = (frames.FACTS, "")
        self._counts = dict.fromkeys(
            (frames.ARTEFACT, frames.WITHHELD, frames.DOCUMENT, frames.CHECKPOINT), 0
        )
        self._withheld_fields = 0
        if not (
            frames.is_origin(head.origin) and frames.is_line(head.exam) and frames.is_line(head.software)
        ):
            raise ValueError("the head of an archive says each thing on one line")
        self._put(frames.MARKS[suite.name])
        self._write(
            frames.HEAD,
            canonical.encode(
                {
                    "format": frames.FORMAT,
                    "suite": suite.name,
                    "origin": head.origin,
                    "key": head.key.to_text(),
                    "exam": head.exam,
                    "made_at": head.made_at,
                    "software": head.software,
                }
            ),
        )

    @property
    def size(self) -> int:
        """How many facts were written."""
        return self._tree.size + len(self._waiting)

    def fact(
        self,
        entry: bytes,
        recorded_at: Instant,
        personal: bytes | None = None,
        salt: bytes | None = None,
        proof: bytes | None = None,
        *,
        withheld: bool = False,
    ) -> None:
        """The next fact of the journal; without personal part and salt if it has none or they were erased.

        `withheld` says that it has both and that they are left out of this archive.
        """
        self._step(frames.FACTS)
        leaf = frames.leaf_of(recorded_at, entry, proof)
        if len(leaf) > frames.LONGEST_LEAF or len(personal or b"") > frames.LONGEST_PERSONAL:
            raise ValueError("the fact is too long for an archive")
        if (personal is None) != (salt is None) or (salt and len(salt) != frames.SALT_BYTES):
            raise ValueError("personal fields are kept beside a salt of 32 bytes, or both are erased")
        if withheld and personal is not None:
            raise ValueError("what is withheld is not written")
        self._withheld_fields += withheld
        hash = leaf_hash(leaf, self._suite)
        self._waiting_hashes.append(hash)
        self._waiting.append(frames.row_bytes(leaf, hash, personal, salt, withheld))
        if len(self._waiting) == frames.FACTS_PER_FRAME:
            self._flush()

    def checkpoint(self, note: bytes) -> None:
        """A checkpoint that the log issued when it held exactly the facts written so far."""
        self._step(frames.FACTS)
        self._flush()
        checkpoint = Checkpoint.from_note(Note.from_bytes(note))
        if (checkpoint.origin, checkpoint.size) != (self._head.origin, self._tree.size):
            raise ValueError(f"a checkpoint of size {checkpoint.size} does not stand behind fact {self.size}")
        self._checkpoint = checkpoint
        self._counts[frames.CHECKPOINT] += 1
        self._write(frames.CHECKPOINT, note)

    def artefact(self, digest: bytes, size: int, media_type: str, content: Iterable[bytes]) -> None:
        """A sealed artefact that a fact binds by its digest."""
        self._step(frames.ARTEFACT, digest.hex())
        self._item(
            frames.ARTEFACT, {"digest": digest, "size": size, "media": media_type}, digest, size, content
        )

    def withheld(self, digest: bytes, size: int, what: str) -> None:
        """An artefact that a fact binds and that is left out; `what` says of which kind it is."""
        self._step(frames.ARTEFACT, digest.hex())
        self._counts[frames.WITHHELD] += 1
        self._write(frames.WITHHELD, canonical.encode({"digest": digest, "size": size, "what": what}))

    def document(
        self, name: str, digest: bytes, size: int, media_type: str, content: Iterable[bytes]
    ) -> None:
        """A document such as a printed list, under its name in the archive."""
        if not frames.is_document_name(name):
            raise ValueError(f"not the name of a document: {name!r}")
        self._step(frames.DOCUMENT, name)
        described = {"name": name, "digest": digest, "size": size, "media": media_type}
        self._item(frames.DOCUMENT, described, digest, size, content)

    def seal(self, key: SigningKey) -> Sealed:
        """Close the archive under a signature by the log's key."""
        self._flush()
        root = self._tree.root()
        if self._checkpoint is None or (self._checkpoint.size, self._checkpoint.root) != (
            self._tree.size,
            root,
        ):
            raise ValueError("the last checkpoint does not cover all facts")
        if key.verifying != self._head.key:
            raise ValueError("the seal is not by the key that the head names")
        manifest = {
            "facts": self._tree.size,
            "root": root,
            "checkpoints": self._counts[frames.CHECKPOINT],
            "artefacts": self._counts[frames.ARTEFACT],
            "documents": self._counts[frames.DOCUMENT],
        } | frames.withheld_counts(self._counts[frames.WITHHELD], self._withheld_fields)
        self._write(frames.MANIFEST, canonical.encode(manifest))
        digest = self._digest.digest()
        note = (
            frames.seal_note(self._head.origin, self._length, digest).signed_by(key, self._suite).to_bytes()
        )
        self._put(frames.frame_header(frames.SEAL, len(note)) + note)
        return Sealed(self._tree.size, root, self._length, digest)

    def _step(self, kind: bytes, name: str = "") -> None:
        """Artefacts follow the facts, documents follow the artefacts, each in order."""
        order = (frames.FACTS, frames.ARTEFACT, frames.DOCUMENT)
        before, last = self._latest
        rank, rank_before = order.index(kind), order.index(before)
        if rank < rank_before or (rank == rank_before and rank and name.encode() <= last.encode()):
            raise ValueError(f"out of order in the archive: {name or 'a fact'}")
        if rank:
            self._flush()
        self._latest = (kind, name)

    def _flush(self) -> None:
        if self._waiting:
            self._tree.extend(self._waiting_hashes)
            self._write(frames.FACTS, b"".join(self._waiting))
            self._waiting, self._waiting_hashes = [], []

    def _item(
        self, kind: bytes, described: dict[str, object], digest: bytes, size: int, content: Iterable[bytes]
    ) -> None:
        self._counts[kind] += 1
        self._write(kind, canonical.encode(described))
        whole, length = self._suite.hasher(), 0
        for piece in _pieces(content):
            whole.update(piece)
            length += len(piece)
            self._write(frames.CONTENT, piece)
        if (length, whole.digest()) != (size, digest):
            raise ValueError("the content is not what its size and digest say")

    def _write(self, kind: bytes, body: bytes) -> None:
        self._put(frames.frame_header(kind, len(body)) + body)
        self._put(self._digest.digest())

    def _put(self, content: bytes) -> None:
        self._out.write(content)
        self._digest.update(content)
        self._length += len(content)


def _pieces(content: Iterable[bytes]) -> Iterable[bytes]:
    """The same bytes in pieces of one mebibyte; only the last may be shorter."""
    kept = bytearray()
    for piece in content:
        kept += piece
        while len(kept) >= frames.CONTENT_PER_FRAME:
            yield bytes(kept[: frames.CONTENT_PER_FRAME])
            del kept[: frames.CONTENT_PER_FRAME]
    if kept:
        yield bytes(kept)

"""The proof of one fact (单条证明): a small text file that stands by itself.

It has the form of C2SP tlog-proof: where the fact stands in the log, the path
from its leaf to the root, the checkpoint with every cosignature. The fact itself
and what shows who signed it are the extra data. `docs/reference/fact-proof.md`
has the bytes; `fact_verdict` judges.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kaowu.basics import canonical
from kaowu.basics.suites import INTERNATIONAL, SUITES, Suite, strict_base64
from kaowu.engines.ledger.notes import Checkpoint, Note, NoteRefused
from kaowu.engines.ledger.runs import MOST_IN_RUN
from kaowu.engines.ledger.tree import HASH_BYTES, Tree, split_of

SUFFIX = ".tlog-proof"
LONGEST_PROOF = 200_000
MOST_ENROLMENTS = 16
_MARKS = {"international": "c2sp.org/tlog-proof@v1", "national": "kaowu/tlog-proof-sm3@v1"}
_MOST_HASHES = 63
_LATEST_INDEX = 1 << 63


class FactProofRefused(ValueError):
    """The file is not the proof of a fact."""


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Where an entry lies in the run that one signature covers, and what leads from it to the signature."""

    place: int
    count: int
    path: tuple[bytes, ...]
    proof: bytes | None
    """What stands beside the last entry of the run; None where that is the fact itself."""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """An earlier fact of the same log that makes a key known, with its path.

    The path leads to where it meets that of the fact that is proved: to the
    hash on that path under which the enrolment lies.
    """

    index: int
    leaf: bytes
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class FactProof:
    """Everything that shows one fact, but the keys of those who signed the checkpoint."""

    suite: Suite
    index: int
    path: tuple[bytes, ...]
    note: Note
    leaf: bytes
    run: RunPlace | None = None
    enrolments: tuple[Enrolment, ...] = ()
    personal: tuple[bytes, bytes] | None = None
    """Personal fields and their salt, where they are shown."""

    @property
    def checkpoint(self) -> Checkpoint:
        """What the note says."""
        return Checkpoint.from_note(self.note)

    def to_bytes(self) -> bytes:
        """The file."""
        run = self.run and [self.run.place, self.run.count, b"".join(self.run.path), self.run.proof]
        keys = [[one.index, one.leaf, b"".join(one.path)] for one in self.enrolments]
        extra = canonical.encode(
            {1: self.leaf, 2: run, 3: keys, 4: list(self.personal) if self.personal else None}
        )
        lines = [_MARKS[self.suite.name], f"extra {_text(extra)}", f"index {self.index}"]
        lines += map(_text, self.path)
        return "".join(f"{line}\n" for line in lines).encode() + b"\n" + self.note.to_bytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> "FactProof":
        """Read a proof; raises FactProofRefused for any second spelling."""
        if len(content) > LONGEST_PROOF:
            raise FactProofRefused("the proof is too long")
        head, parted, note = content.partition(b"\n\n")
        try:
            mark, extra, index, *path = head.decode().split("\n")
            suite = next((SUITES[name] for name, known in _MARKS.items() if known == mark), None)
            if (
                not parted
                or suite is None
                or not extra.startswith("extra ")
                or not index.startswith("index ")
            ):
                raise FactProofRefused("not the proof of a fact")
            read = cls(
                suite,
                _number(index.removeprefix("index ")),
                tuple(strict_base64(line) for line in path),
                Note.from_bytes(note),
                *_read_extra(canonical.decode(strict_base64(extra.removeprefix("extra ")))),
            )
            _ = read.checkpoint
        except (ValueError, NoteRefused) as error:
            raise FactProofRefused(str(error)) from error
        if len(path) > _MOST_HASHES or any(len(hash) != HASH_BYTES for hash in read.path):
            raise FactProofRefused("not a path of hashes")
        return read


def make_proof(
    tree: Tree,
    note: Note,
    index: int,
    leaf: bytes,
    *,
    run: tuple[int, Sequence[bytes], bytes | None] | None = None,
    enrolments: Sequence[tuple[int, bytes]] = (),
    personal: tuple[bytes, bytes] | None = None,
    suite: Suite = INTERNATIONAL,
) -> FactProof:
    """The proof of the fact at `index` under a checkpoint.

    `run` is the place of the entry in its run, the digests of the run's entries, and the proof
    beside the last of them (None if that is the fact itself).
    """
    size = Checkpoint.from_note(note).size
    keys = tuple(
        Enrolment(at, content, tuple(tree.subtree_inclusion(at, *meeting(index, size, at)[1])))
        for at, content in enrolments
    )
    placed = None
    if run is not None:
        place, digests, proof = run
        within = Tree(digests, suite).inclusion(place, len(digests))
        placed = RunPlace(place, len(digests), tuple(within), proof)
    return FactProof(suite, index, tuple(tree.inclusion(index, size)), note, leaf, placed, keys, personal)


def meeting(index: int, size: int, other: int) -> tuple[int, tuple[int, int]]:
    """Where the ways from two leaves to the root meet.

    Returns how deep below the root, and the range of leaves on the side of `other`: its hash is
    the one at this depth (0 the last) on the path of `index`.
    """
    if index == other or not (0 <= index < size and 0 <= other < size):
        raise ValueError("two different leaves of the tree are needed")
    start, end, depth = 0, size, 0
    while True:
        split = start + split_of(end - start)
        left, right = (start, split), (split, end)
        if (index < split) != (other < split):
            return depth, left if other < split else right
        (start, end), depth = (left if index < split else right), depth + 1


def _read_extra(
    read: Any,
) -> tuple[bytes, RunPlace | None, tuple[Enrolment, ...], tuple[bytes, bytes] | None]:
    if type(read) is not dict or list(read) != [1, 2, 3, 4] or type(read[1]) is not bytes:
        raise FactProofRefused("the extra data are not those of a fact")
    leaf, run, keys, personal = read.values()
    if type(keys) is not list or len(keys) > MOST_ENROLMENTS:
        raise FactProofRefused("not a list of enrolments")
    return leaf, _read_run(run), tuple(map(_read_enrolment, keys)), _read_personal(personal)


def _read_run(run: Any) -> RunPlace | None:
    if run is None:
        return None
    if type(run) is not list or [type(part) for part in run[:3]] != [int, int, bytes] or len(run) != 4:
        raise FactProofRefused("not the place in a run")
    place, count, path, proof = run
    if not 0 <= place < count <= MOST_IN_RUN or type(proof) not in (bytes, type(None)):
        raise FactProofRefused("not the place in a run")
    return RunPlace(place, count, _hashes(path), proof)


def _read_enrolment(one: Any) -> Enrolment:
    if type(one) is not list or [type(part) for part in one] != [int, bytes, bytes] or one[0] < 0:
        raise FactProofRefused("not an enrolment")
    return Enrolment(one[0], one[1], _hashes(one[2]))


def _read_personal(personal: Any) -> tuple[bytes, bytes] | None:
    if personal is None:
        return None
    if type(personal) is not list or [type(part) for part in personal] != [bytes, bytes]:
        raise FactProofRefused("not personal fields and their salt")
    return personal[0], personal[1]


def _hashes(joined: bytes) -> tuple[bytes, ...]:
    if len(joined) % HASH_BYTES or len(joined) > _MOST_HASHES * HASH_BYTES:
        raise FactProofRefused("not a path of hashes")
    return tuple(joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES))


def _number(digits: str) -> int:
    if (
        not (digits.isascii() and digits.isdigit())
        or str(int(digits)) != digits
        or int(digits) >= _LATEST_INDEX
    ):
        raise FactProofRefused(f"not an index: {digits[:30]!r}")
    return int(digits)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()

"""Mirroring this node's journal to a node above: announce, upload, believe only the cosignature.

One `step` brings the latest checkpoint as far as the link allows. After any
failure the next step asks the node above where it stands and goes on there;
what it holds is skipped. Nothing the node above says can make this node
believe more than a cosignature by the enrolled key proves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from kaowu.basics.suites import INTERNATIONAL, Suite, VerifyingKey
from kaowu.edge.carriers import ADD_CHECKPOINT, ADD_ENTRIES, Answer, Carrier, LinkDown
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import Tree
from kaowu.engines.sync import sender
from kaowu.engines.sync.sender import OwnCopyAltered
from kaowu.engines.sync.wire import MirrorInfo, WireRefused, read_size

Read = TypeVar("Read")

REQUEST_BYTES = 2_000_000
_MOST_CONFLICTS = 4
_HASHES_AT_ONCE = 8_192

LINK_DOWN = "link_down"
OWN_COPY_ALTERED = "own_copy_altered"
UPSTREAM_AHEAD = "upstream_ahead"
NOT_ENROLLED = "not_enrolled"
REFUSED = "refused"
FORKED = "log_forked"
LOG_CLOSED = "log_closed"
FALSE_COSIGNATURE = "false_cosignature"
CONFUSED = "upstream_confused"


class Log(Protocol):
    """This node's journal, as mirroring reads it (`store.own_log`)."""

    def latest_checkpoint(self) -> bytes | None:
        """The note of the largest checkpoint."""

    def leaf_hashes(self, start: int, end: int) -> Sequence[bytes]:
        """Leaf hashes of [start, end)."""

    def entries(self, start: int, end: int) -> Sequence[bytes]:
        """Leaf contents of [start, end)."""


class Record(Protocol):
    """What a node above has vouched for, kept durably (`store.upstreams`)."""

    def cosigned_size(self) -> int:
        """The largest size it cosigned."""

    def cosigned(self, size: int, note: bytes) -> None:
        """Keep a cosigned note."""

    def tried(self, trouble: str) -> None:
        """Note how an attempt ended."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How an attempt ended: what is cosigned now, and what stands in the way."""

    size: int
    cosigned: int
    sent: int
    trouble: str = ""
    detail: str = ""

    @property
    def settled(self) -> bool:
        """Whether all that this node has a checkpoint for is held above."""
        return not self.trouble and self.cosigned == self.size


class _Trouble(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Mirroring:
    """One journal on its way to one node above."""

    def __init__(
        self,
        log: Log,
        record: Record,
        carrier: Carrier,
        key: VerifyingKey,
        suite: Suite = INTERNATIONAL,
        *,
        request_bytes: int = REQUEST_BYTES,
    ) -> None:
        self._log = log
        self._record = record
        self._carrier = carrier
        self._key = key
        self._suite = suite
        self.request_bytes = request_bytes
        self._tree = Tree(suite=suite)
        self._announced = record.cosigned_size()
        self._sent = 0

    def step(self, tell: Callable[[int, int], None] = lambda done, of: None) -> Progress:
        """Bring the latest checkpoint to the node above; never raises for what the link or it does."""
        return self._attempt(lambda note: self._bring(note, tell))

    def touch(self) -> Progress:
        """Say that this node is there, though it has nothing new; the node above may have something against it."""
        return self._attempt(self._greet)

    def _attempt(self, act: Callable[[Note], None]) -> Progress:
        self._sent = 0
        size = 0
        trouble, detail = "", ""
        try:
            note = self._log.latest_checkpoint()
            if note is not None:
                signed = Note.from_bytes(note)
                size = Checkpoint.from_note(signed).size
                act(signed)
        except _Trouble as found:
            trouble, detail = found.code, found.detail
        except OwnCopyAltered as found:
            # What was read may be mended from a copy; the next attempt reads all of it again.
            self._tree = Tree(suite=self._suite)
            trouble, detail = OWN_COPY_ALTERED, str(found)
        except LinkDown as found:
            trouble, detail = LINK_DOWN, str(found)
        self._record.tried(trouble)
        return Progress(size, self._record.cosigned_size(), self._sent, trouble, detail)

    def root_at(self, size: int) -> bytes | None:
        """The root over this journal's first entries; None if it is shorter."""
        try:
            self._read_hashes(size)
        except OwnCopyAltered:
            return None
        return self._tree.root(size)

    def _greet(self, note: Note) -> None:
        checkpoint = Checkpoint.from_note(note)
        self._grow(checkpoint)
        self._announce(note, checkpoint)

    def _bring(self, note: Note, tell: Callable[[int, int], None]) -> None:
        checkpoint = Checkpoint.from_note(note)
        done = self._record.cosigned_size()
        if checkpoint.size < done:
            # Acknowledged facts are missing here: this disk is older than what it once sent.
            raise _Trouble(UPSTREAM_AHEAD, f"{done} were cosigned, this journal has {checkpoint.size}")
        self._grow(checkpoint)
        if checkpoint.size == done:
            return
        self._announce(note, checkpoint)
        self._upload(note, checkpoint, done, tell)

    def _grow(self, checkpoint: Checkpoint) -> None:
        """Read leaf hashes up to the checkpoint and compare the root with the one that was signed."""
        self._read_hashes(checkpoint.size)
        if self._tree.root(checkpoint.size) != checkpoint.root:
            raise OwnCopyAltered(None)

    def _read_hashes(self, size: int) -> None:
        for first in range(len(self._tree), size, _HASHES_AT_ONCE):
            end = min(size, first + _HASHES_AT_ONCE)
            hashes = self._log.leaf_hashes(first, end)
            if len(hashes) != end - first:
                raise OwnCopyAltered(first + len(hashes))
            self._tree.extend(hashes)

    def _announce(self, note: Note, checkpoint: Checkpoint) -> None:
        old = min(self._announced, checkpoint.size)
        for _ in range(_MOST_CONFLICTS):
            request = sender.announce(self._tree, note, old)
            answer = self._carrier.carry(ADD_CHECKPOINT, request.to_bytes())
            if answer.status == 200:
                self._announced = checkpoint.size
                return
            if answer.status != 409:
                raise _refused(answer)
            size = _read(read_size, answer.body)
            if size > checkpoint.size:
                raise _Trouble(UPSTREAM_AHEAD, f"it knows of {size}, this journal has {checkpoint.size}")
            if size == old:
                raise _Trouble(FORKED, "it holds another root of this size")
            old = size
        raise _Trouble(CONFUSED, "it names another size each time")

    def _upload(
        self, note: Note, checkpoint: Checkpoint, start: int, tell: Callable[[int, int], None]
    ) -> None:
        conflicts = 0
        while True:
            body, reached = sender.upload(
                self._tree, checkpoint, start, self._log.entries, self.request_bytes, self._suite
            )
            answer = self._carrier.carry(ADD_ENTRIES, body)
            if answer.status == 200:
                self._sent += reached - start
                return self._believe(note, checkpoint, answer)
            if answer.status not in (202, 409):
                raise _refused(answer)
            info = _read(MirrorInfo.from_bytes, answer.body)
            if answer.status == 409 or info.next_entry <= start:
                conflicts += 1
            if conflicts > _MOST_CONFLICTS or (info.size != checkpoint.size and info.size > len(self._tree)):
                raise _Trouble(CONFUSED, f"it asks for {info.next_entry} of {info.size} again and again")
            self._sent += max(0, min(info.next_entry, reached) - start) if answer.status == 202 else 0
            start = min(info.next_entry, checkpoint.size)
            tell(start, checkpoint.size)

    def _believe(self, note: Note, checkpoint: Checkpoint, answer: Answer) -> None:
        cosigned = sender.cosigned_note(note, answer.body, self._key, self._suite)
        if cosigned is None:
            raise _Trouble(FALSE_COSIGNATURE, "no good cosignature by the enrolled key")
        self._record.cosigned(checkpoint.size, cosigned.to_bytes())


def _refused(answer: Answer) -> _Trouble:
    if answer.body.startswith(b"log_closed"):
        return _Trouble(LOG_CLOSED, "the node above takes nothing more of this log")
    code = {403: NOT_ENROLLED, 404: NOT_ENROLLED}.get(answer.status, REFUSED)
    return _Trouble(code, f"{answer.status} {_code(answer)}".strip())


def _code(answer: Answer) -> str:
    """The first line of an answer, as far as it can be shown."""
    return answer.body[:200].decode("utf-8", "replace").split("\n")[0]


def _read(reader: Callable[[bytes], Read], content: bytes) -> Read:
    try:
        return reader(content)
    except WireRefused as error:
        raise _Trouble(CONFUSED, str(error)) from error

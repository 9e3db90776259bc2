"""The journal on a memory stick (离线包): what would have gone over the link, in one file, and the receipt that comes back.

A bundle holds the very requests of mirroring, so taking it in is judged by the
same code; handing it in twice, or after the link has brought the same, changes
nothing. What comes back is the cosignature, and only that counts; beside it stands
which bundles were taken whole, so that what lies beside records is not carried again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cbor2

from kaowu.basics.boxes import BoxKey
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import Suite, VerifyingKey
from kaowu.engines.ledger.notes import Checkpoint, Note, NoteRefused
from kaowu.engines.ledger.tree import Tree
from kaowu.engines.sync import sender
from kaowu.engines.sync.judge import Status
from kaowu.engines.sync.wire import NewCheckpoint
from kaowu.store.mirror import LARGEST_REQUEST, Mirror
from kaowu.store.models import MirroredCheckpoint, MirroredLog, Upstream
from kaowu.store.own_log import OwnLog
from kaowu.store.personal_up import boxes_between

UP, RECEIPT = "up", "receipt"
_REQUEST_BYTES = LARGEST_REQUEST - 500_000
_AT_ONCE = 8_192


@dataclass(frozen=True, slots=True)
class Made:
    """The content of a bundle, and which facts are in it."""

    content: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a bundle: whose log, up to where it is cosigned now, how many entries were new."""

    origin: str
    cosigned: int
    new: int


def bundle_for(upstream: str, key: BoxKey, send_personal: bool, suite: Suite) -> Made:
    """Everything up to the latest checkpoint that this node above has not acknowledged. Raises Refused or OwnCopyAltered.

    What lies beside entries goes from where the node above is known to have taken it, which may be less far:
    until the link has brought it, or a receipt names a bundle that did.
    """
    log = OwnLog()
    note = log.latest_checkpoint()
    row = Upstream.objects.get(pk=upstream)
    start = row.cosigned_size
    if note is None:
        raise _nothing()
    signed = Note.from_bytes(note)
    checkpoint = Checkpoint.from_note(signed)
    beside: list[list[object]] = []
    if send_personal:
        some = boxes_between(checkpoint.origin, row.personal_size, checkpoint.size, key, _REQUEST_BYTES)
        beside = [["add-personal", boxes.to_bytes()] for boxes in some]
    if checkpoint.size < start or (checkpoint.size == start and not beside):
        raise _nothing()
    tree = Tree(suite=suite)
    for first in range(0, checkpoint.size, _AT_ONCE):
        tree.extend(log.leaf_hashes(first, min(checkpoint.size, first + _AT_ONCE)))
    requests: list[list[object]] = [["add-checkpoint", sender.announce(tree, signed, start).to_bytes()]]
    reached = start
    while reached < checkpoint.size:
        body, reached = sender.upload(tree, checkpoint, reached, log.entries, _REQUEST_BYTES, suite)
        requests.append(["add-entries", body])
    return Made(cbor2.dumps([UP, requests + beside]), start, checkpoint.size)


def take_bundle(content: bytes, origin: str, mirror: Mirror, take_personal: Callable[[bytes], int]) -> Taken:
    """Take a bundle in, as if it had come over the link. Raises Refused with what does not fit."""
    requests = _read(content, UP)
    before = _held(origin)
    for endpoint, body in requests:
        if endpoint == "add-checkpoint":
            verdict = mirror.add_checkpoint(body)
            if verdict.code == "old_size_differs" and _covers(origin, body):
                continue
        elif endpoint == "add-entries":
            verdict = mirror.add_entries(body)
            if verdict.code == "checkpoint_not_pending":
                continue
        else:
            take_personal(body)
            continue
        if verdict.status not in (Status.OK, Status.MORE):
            raise Refused(
                verdict.code,
                Sentence(
                    f"离线包与本节点持有的副本接不上（{verdict.code}）。请先把本节点的回执带回去，再重新导出。",
                    f"The bundle does not join the copy held here ({verdict.code}). Carry this node's receipt back, then export again.",
                ),
            )
    after = _held(origin)
    return Taken(origin, after.cosigned_size, after.next_entry - before.next_entry)


def receipt_for(origin: str, taken: Sequence[bytes]) -> Made:
    """The latest cosignature over this log, to be carried back, with the bundles that were taken whole.

    Raises Refused if there is none.
    """
    log = _held(origin)
    row = MirroredCheckpoint.objects.filter(log=log, size=log.cosigned_size).exclude(cosignature="").first()
    if row is None:
        raise _nothing()
    named = [row.note.encode() + row.cosignature.encode(), list(taken)]
    return Made(cbor2.dumps([RECEIPT, named]), 0, row.size)


def read_receipt(
    content: bytes, origin: str, own: VerifyingKey, keeper: VerifyingKey, suite: Suite
) -> tuple[int, bytes, list[bytes]]:
    """The size that the node above vouches for, and its note, proven against this node's own journal; bundles taken whole.

    Raises Refused.
    """
    try:
        note_bytes, taken = _read(content, RECEIPT)
        note = Note.from_bytes(note_bytes)
        checkpoint = Checkpoint.from_note(note)
        note.verified_by([own], suite)
        note.verified_by([keeper], suite)
    except (NoteRefused, ValueError) as error:
        raise Refused(
            "receipt_unproven", Sentence("回执不成立。", f"The receipt does not hold: {error}.")
        ) from error
    tree = Tree(suite=suite)
    for first in range(0, checkpoint.size, _AT_ONCE):
        tree.extend(OwnLog().leaf_hashes(first, min(checkpoint.size, first + _AT_ONCE)))
    if checkpoint.origin != origin or len(tree) != checkpoint.size or tree.root() != checkpoint.root:
        raise Refused(
            "receipt_of_another_journal",
            Sentence("回执与本机流水不符。", "The receipt is not of this journal."),
        )
    return checkpoint.size, note_bytes, taken


def _read(content: bytes, wanted: str) -> list[Any]:
    try:
        kind, items = cbor2.loads(content)
        if kind == wanted:
            return items  # type: ignore[no-any-return]
    except (cbor2.CBORDecodeError, TypeError, ValueError):
        pass
    raise Refused(
        "bundle_of_another_kind",
        Sentence(
            "这不是要导入的那种离线包（上送或回执）。",
            "This is not the kind of bundle that is taken here (upward, or a receipt).",
        ),
    )


def _held(origin: str) -> MirroredLog:
    log = MirroredLog.objects.filter(origin=origin).first()
    if log is None:
        raise Refused(
            "origin_unknown",
            Sentence(f"流水 {origin} 未在本节点登记。", f"Log {origin} is not enrolled here."),
        )
    return log


def _covers(origin: str, body: bytes) -> bool:
    """Whether what a checkpoint announces is accepted here already."""
    sent = Checkpoint.from_note(NewCheckpoint.from_bytes(body).note)
    return MirroredCheckpoint.objects.filter(log__origin=origin, size=sent.size, root=sent.root).exists()


def _nothing() -> Refused:
    return Refused("nothing_to_carry", Sentence("没有需要带走的内容。", "There is nothing to carry."))

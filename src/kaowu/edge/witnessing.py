"""Asking witnesses to cosign this node's checkpoints (C2SP tlog-witness): only roots go out, never a fact.

A witness remembers the last checkpoint that it cosigned and signs the next one
only if a proof shows that it continues that one. What it answers counts only as
a cosignature by its key over this very checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kaowu.basics.suites import INTERNATIONAL, Suite, VerifyingKey
from kaowu.edge.carriers import ADD_CHECKPOINT, Carrier, LinkDown
from kaowu.edge.mirror import FALSE_COSIGNATURE, FORKED, LINK_DOWN, NOT_ENROLLED, REFUSED, UPSTREAM_AHEAD
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import Tree
from kaowu.engines.sync import sender
from kaowu.engines.sync.wire import WireRefused, read_size

_HASHES_AT_ONCE = 8_192
_MOST_CONFLICTS = 4


class Hashes(Protocol):
    """The leaf hashes of this node's journal (`store.own_log`)."""

    def leaf_hashes(self, start: int, end: int) -> Sequence[bytes]:
        """Leaf hashes of [start, end)."""


class Record(Protocol):
    """What is remembered of one witness (`store.witnessing`)."""

    def size(self) -> int:
        """The size it cosigned last."""

    def cosigned(self, size: int, note: Note) -> None:
        """Keep what it signed."""

    def stands_at(self, size: int) -> None:
        """It says itself where it stands."""

    def tried(self, trouble: str) -> None:
        """How an attempt ended."""


class GrowingTree:
    """The tree over this node's journal, read on as far as somebody asks; one for all witnesses."""

    def __init__(self, hashes: Hashes, suite: Suite = INTERNATIONAL) -> None:
        self._hashes = hashes
        self._tree = Tree(suite=suite)

    def of(self, size: int) -> Tree:
        """The tree, at least so long."""
        for first in range(len(self._tree), size, _HASHES_AT_ONCE):
            self._tree.extend(self._hashes.leaf_hashes(first, min(size, first + _HASHES_AT_ONCE)))
        return self._tree


@dataclass(frozen=True, slots=True)
class Asking:
    """One witness: how it is reached, and what is remembered of it."""

    name: str
    key: VerifyingKey
    carrier: Carrier
    record: Record
    tree: GrowingTree
    suite: Suite = INTERNATIONAL

    def ask(self, note: Note) -> str:
        """Ask it to cosign this checkpoint; returns the trouble, empty if it did. Never raises for the link."""
        size = Checkpoint.from_note(note).size
        try:
            trouble = self._ask(note, size)
        except LinkDown:
            trouble = LINK_DOWN
        if trouble:
            self.record.tried(trouble)
        return trouble

    def _ask(self, note: Note, size: int) -> str:
        old = self.record.size()
        for _ in range(_MOST_CONFLICTS):
            if old > size:
                return UPSTREAM_AHEAD
            request = sender.announce(self.tree.of(size), note, old)
            answer = self.carrier.carry(ADD_CHECKPOINT, request.to_bytes())
            if answer.status == 200:
                return self.believe(note, answer.body)
            if answer.status != 409:
                return NOT_ENROLLED if answer.status in (403, 404) else REFUSED
            try:
                stands = read_size(answer.body)
            except WireRefused:
                return REFUSED
            if stands == old:
                return FORKED
            self.record.stands_at(stands)
            old = stands
        return REFUSED

    def believe(self, note: Note, lines: bytes) -> str:
        """Keep the cosignature, if it is a good one over this checkpoint; else what is wrong."""
        cosigned = sender.cosigned_note(note, lines, self.key, self.suite)
        if cosigned is None:
            return FALSE_COSIGNATURE
        self.record.cosigned(Checkpoint.from_note(note).size, cosigned)
        return ""

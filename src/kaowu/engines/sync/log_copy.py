"""A whole copy of a log, to build a lost node anew from (流水副本): entries, the checkpoint that covers them, what lies beside.

Whoever reads it works out the root anew. It must be the one in the checkpoint,
which the log's own key and the key of whoever kept the copy have signed; so a
keeper can neither leave out nor slip in anything below the checkpoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cbor2

from kaowu.basics.suites import INTERNATIONAL, Suite, VerifyingKey
from kaowu.engines.ledger.notes import Checkpoint, Note, NoteRefused
from kaowu.engines.ledger.tree import CompactRange, leaf_hash

_FORM = 4


class CopyRefused(ValueError):
    """The copy is not what its checkpoint says, or nobody vouches for it."""


@dataclass(frozen=True, slots=True)
class LogCopy:
    """One log up to one checkpoint."""

    origin: str
    key: str
    note: bytes
    leaves: Sequence[bytes]
    personal: Sequence[tuple[int, bytes, bytes]]
    card: str = ""
    keeper: str = ""
    """The card of who gives the copy, where it goes to a node that does not know it yet."""
    readings: Sequence[tuple[int, bytes]] = ()
    """What was read from scanned sheets, with the place of the scan."""
    earlier: "Sequence[LogCopy]" = ()
    """The logs that this one went on from, the oldest first."""

    def to_bytes(self) -> bytes:
        """As it is kept and sent."""
        personal, readings = ([list(one) for one in some] for some in (self.personal, self.readings))
        named = [_FORM, self.origin, self.key, self.note]
        earlier = [copy.to_bytes() for copy in self.earlier]
        return cbor2.dumps([*named, list(self.leaves), personal, self.card, self.keeper, readings, earlier])

    @classmethod
    def from_bytes(cls, content: bytes) -> "LogCopy":
        """Read a copy; raises CopyRefused."""
        try:
            form, origin, key, note, leaves, personal, card, keeper, readings, earlier = cbor2.loads(content)
            if form != _FORM:
                raise CopyRefused("a copy of another form")
            return cls(
                origin,
                key,
                note,
                leaves,
                [(seq, fields, salt) for seq, fields, salt in personal],
                card,
                keeper,
                [(seq, content) for seq, content in readings],
                [cls.from_bytes(copy) for copy in earlier],
            )
        except (cbor2.CBORDecodeError, TypeError, ValueError) as error:
            raise CopyRefused("not a copy of a log") from error

    def checked(self, keeper: VerifyingKey, suite: Suite = INTERNATIONAL) -> Checkpoint:
        """The checkpoint that covers every entry, vouched for by the log and by the keeper. Raises CopyRefused."""
        try:
            note = Note.from_bytes(self.note)
            checkpoint = Checkpoint.from_note(note)
            for key in (VerifyingKey.from_text(self.key), keeper):
                note.verified_by([key], suite)
        except (NoteRefused, ValueError) as error:
            raise CopyRefused(f"nobody vouches for it: {error}") from error
        tree = CompactRange(suite)
        tree.extend([leaf_hash(leaf, suite) for leaf in self.leaves])
        if (
            checkpoint.origin != self.origin
            or checkpoint.size != len(self.leaves)
            or tree.root() != checkpoint.root
        ):
            raise CopyRefused("the entries are not those of the checkpoint")
        return checkpoint

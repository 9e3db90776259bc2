"""This node's own journal as it is carried upward: leaf contents, leaf hashes, signed checkpoints."""

from collections.abc import Sequence

from django.db import connection

from kaowu.engines.ledger.frames import leaf_of
from kaowu.store.models import Checkpoint


class OwnLog:
    """Reads the journal in order of its index; never writes."""

    def latest_checkpoint(self) -> bytes | None:
        """The note of the largest checkpoint that was signed; None before the first."""
        note = Checkpoint.objects.order_by("-size").values_list("note", flat=True).first()
        return note.encode() if note else None

    def leaf_hashes(self, start: int, end: int) -> Sequence[bytes]:
        """The leaf hashes of the entries [start, end), as they were kept at append."""
        return [bytes(row[0]) for row in _rows("leaf_hash", start, end)]

    def entries(self, start: int, end: int) -> Sequence[bytes]:
        """The leaf contents of [start, end): when each was recorded, the entry, and what signs it."""
        return [
            leaf_of(at, bytes(entry), None if proof is None else bytes(proof))
            for at, entry, proof in _rows("recorded_at, entry, proof", start, end)
        ]


def _rows(columns: str, start: int, end: int) -> list[tuple]:  # type: ignore[type-arg]
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT {columns} FROM store_journalentry WHERE "index" >= %s AND "index" < %s ORDER BY "index"',
            [start, end],
        )
        return cursor.fetchall()

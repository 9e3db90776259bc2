"""Frozen scores at rest: sealed buckets, found by the candidate's number; corrected and erased one by one.

What changes here changes in the transaction of the fact that says so.
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from kaowu.basics.ids import digest
from kaowu.loop.settle.score_rows import Frozen, ScoreRow
from kaowu.store.models import FrozenScores
from kaowu.store.sealed import seal_bytes, unseal_bytes

_PER_BUCKET = 64
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row with what is needed to prove it. `frozen` is the row of the tree, where a correction changed it."""

    index: int
    salt: bytes
    row: ScoreRow
    frozen: ScoreRow | None = None
    frozen_salt: bytes = b""

    @property
    def corrected(self) -> bool:
        """Was it corrected since the freeze?"""
        return self.frozen is not None

    def to_plain(self) -> list[Any]:
        """As it is sealed."""
        where = [self.row.county, self.row.site, self.row.room]
        before = [self.frozen_salt.hex(), self.frozen.to_plain()] if self.frozen else None
        return [self.index, self.salt.hex(), self.row.to_plain(), where, before]

    @classmethod
    def from_plain(cls, plain: Any) -> "StoredRow":
        """From a bucket."""
        index, salt, row, where, before = plain
        frozen = ScoreRow.from_plain(before[1], *where) if before else None
        frozen_salt = bytes.fromhex(before[0]) if before else b""
        return cls(index, bytes.fromhex(salt), ScoreRow.from_plain(row, *where), frozen, frozen_salt)


def keep(exam: str, frozen: Frozen) -> None:
    """Keep a freeze; what earlier freezes left is forgotten, for only the last one can be approved."""
    buckets = max(len(frozen.rows) // _PER_BUCKET, 1)
    filled: list[list[list[Any]]] = [[] for _ in range(buckets)]
    for index, (row, salt) in enumerate(zip(frozen.rows, frozen.salts, strict=True)):
        filled[_bucket_of(row.candidate, buckets)].append(StoredRow(index, salt, row).to_plain())
    root = frozen.root.hex()
    with transaction.atomic():
        FrozenScores.objects.filter(exam_id=exam).delete()
        FrozenScores.objects.bulk_create(
            (
                FrozenScores(
                    exam_id=exam, root=root, bucket=at, buckets=buckets, sealed=_seal(exam, root, at, rows)
                )
                for at, rows in enumerate(filled)
            ),
            batch_size=_CHUNK,
        )


def find(exam: str, root: bytes, candidate: str) -> StoredRow | None:
    """One candidate's row; None if there is none, or no more."""
    kept = _bucket(exam, root, candidate)
    return next((row for row in _rows(exam, kept) if row.row.candidate == candidate), None) if kept else None


def all_rows(exam: str, root: bytes) -> Iterator[StoredRow]:
    """Every row that is still there, bucket by bucket."""
    for kept in FrozenScores.objects.filter(exam_id=exam, root=root.hex()).iterator(_CHUNK):
        yield from _rows(exam, kept)


def correct(exam: str, root: bytes, row: ScoreRow, salt: bytes) -> None:
    """Put the corrected row in the place of the one before; the row of the tree stays beside it."""
    changed = False

    def corrected(old: StoredRow) -> StoredRow:
        nonlocal changed
        if old.row.candidate != row.candidate:
            return old
        changed = True
        return StoredRow(old.index, salt, row, old.frozen or old.row, old.frozen_salt or old.salt)

    _rewrite(exam, root, row.candidate, lambda rows: [corrected(old) for old in rows])
    if not changed:
        raise KeyError(row.candidate)


def erase(exam: str, root: bytes, candidate: str) -> None:
    """Destroy a candidate's rows and salts."""
    _rewrite(exam, root, candidate, lambda rows: [one for one in rows if one.row.candidate != candidate])


def _rewrite(exam: str, root: bytes, candidate: str, change: Any) -> None:
    kept = _bucket(exam, root, candidate)
    if kept is None:
        raise KeyError(candidate)
    rows = [row.to_plain() for row in change(list(_rows(exam, kept)))]
    kept.sealed = _seal(exam, kept.root, kept.bucket, rows)
    kept.save(update_fields=["sealed"])


def _bucket(exam: str, root: bytes, candidate: str) -> FrozenScores | None:
    held = FrozenScores.objects.filter(exam_id=exam, root=root.hex())
    buckets = held.values_list("buckets", flat=True).first()
    return held.filter(bucket=_bucket_of(candidate, buckets)).first() if buckets else None


def _bucket_of(candidate: str, buckets: int) -> int:
    return int.from_bytes(digest(candidate.encode())[:6], "big") % buckets


def _rows(exam: str, kept: FrozenScores) -> Iterator[StoredRow]:
    opened = unseal_bytes(bytes(kept.sealed), _place(exam, kept.root, kept.bucket))
    return (StoredRow.from_plain(plain) for plain in json.loads(zlib.decompress(opened)))


def _seal(exam: str, root: str, bucket: int, rows: Iterable[list[Any]]) -> bytes:
    content = json.dumps(list(rows), ensure_ascii=False, separators=(",", ":")).encode()
    return seal_bytes(zlib.compress(content, 1), _place(exam, root, bucket))


def _place(exam: str, root: str, bucket: int) -> str:
    return f"store_frozenscores.sealed/{exam}/{root}/{bucket}"

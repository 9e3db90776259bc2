"""Personal fields beside a record (个人信息), as they lie at rest: sealed under the record's own key, with the salt.

To erase is to forget the row and to destroy the key. The row goes in the
erasure's own transaction; the key after it, once the erasure is on disk, and if
the power fails between the two, at the next start or the next round.
"""

import functools
import os
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from kaowu.basics import canonical
from kaowu.basics.suites import SealBroken, deployed
from kaowu.store.models import DoomedKey
from kaowu.store.record_keys import KeyDestroyed, RecordKeys

FILE = "records.keys"
_NONCE = 12
_PLACE = b"kaowu personal fields of a record"


@functools.cache
def record_keys() -> RecordKeys:
    """The keys of this node's records."""
    return RecordKeys(settings.DATA.keys / FILE, settings.DATA.secret("personal.key", 32))


def seal_fields(personal: bytes, salt: bytes) -> tuple[bytes, int]:
    """Encoded fields and their salt as they are kept, and the slot of the key."""
    suite = deployed()
    slot, key = record_keys().new(suite)
    nonce = os.urandom(_NONCE)
    return nonce + suite.seal(key, nonce, salt + personal, _place(slot)), slot


def open_fields(sealed: Any, slot: int | None, salt_bytes: int = 32) -> tuple[bytes, bytes] | None:
    """Encoded fields and salt; None if there are none, or if they were erased. Raises SealBroken."""
    if sealed is None or slot is None:
        return None
    suite, kept = deployed(), bytes(sealed)
    try:
        opened = suite.unseal(record_keys().of(slot, suite), kept[:_NONCE], kept[_NONCE:], _place(slot))
    except KeyDestroyed:
        return None
    return opened[salt_bytes:], opened[:salt_bytes]


def read_fields(sealed: Any, slot: int | None) -> tuple[dict[str, Any], bytes]:
    """The fields and their salt for a screen; empty if there are none or they do not open, which the scrub names."""
    try:
        found = open_fields(sealed, slot)
    except SealBroken:
        found = None
    return (canonical.decode(found[0]), found[1]) if found else ({}, b"")


def doom(slots: Iterable[int | None]) -> None:
    """In the transaction of an erasure: these keys are destroyed as soon as it is on disk."""
    wanted = [slot for slot in slots if slot is not None]
    if wanted:
        DoomedKey.objects.bulk_create([DoomedKey(slot=slot) for slot in wanted], ignore_conflicts=True)
        transaction.on_commit(destroy_doomed)


def destroy_doomed() -> int:
    """Destroy every key that an erasure has doomed; returns how many. Harmless at any time."""
    slots = list(DoomedKey.objects.values_list("slot", flat=True))
    if slots:
        record_keys().destroy(slots)
        DoomedKey.objects.filter(slot__in=slots).delete()
        _forget_pages()
    return len(slots)


def _forget_pages() -> None:
    """Let SQLite write what it still keeps in its log into the file, whose freed places it overwrites."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        try:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except DatabaseError:
            return  # somebody reads; what the log still holds cannot be opened any more


def _place(slot: int) -> bytes:
    return _PLACE + slot.to_bytes(8, "big")

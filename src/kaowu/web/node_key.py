"""The log key of this node: made at first start, kept in the data folder, used to sign checkpoints."""

from functools import cache

from django.conf import settings

from kaowu.basics.suites import INTERNATIONAL, SigningKey, VerifyingKey
from kaowu.engines.ledger.notes import Checkpoint

_FILE = "journal.key"


@cache
def signing_key() -> SigningKey:
    """The node's signing key; its name is the origin of the journal without the epoch."""
    return INTERNATIONAL.new_key(settings.NODE, secret=settings.DATA.secret(_FILE, 32))


def verifying_key() -> VerifyingKey:
    """What auditors are given, on paper, before the exam."""
    return signing_key().verifying


def origin() -> str:
    """The journal's name: node and epoch. A rebuilt node opens a new epoch."""
    return f"{settings.NODE}/1"


def sign_checkpoint(origin: str, size: int, root: bytes) -> str:
    """The signed note of (origin, size, root)."""
    note = Checkpoint(origin, size, root).note().signed_by(signing_key())
    return note.to_bytes().decode()

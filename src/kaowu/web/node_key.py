"""The keys of this node, made when first needed and kept in the data folder: its log's, its mirror's, its office's."""

from functools import cache

from django.conf import settings

import kaowu
from kaowu.basics.boxes import OpeningKey
from kaowu.basics.suites import SigningKey, VerifyingKey, deployed
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.runs import Office
from kaowu.engines.sync.cards import NodeCard

_FILE = "journal.key"
_MIRROR_FILE = "mirror.key"
_BOX_FILE = "box.key"
_OFFICE_FILE = "office.key"


@cache
def signing_key() -> SigningKey:
    """The node's signing key; its name is the origin of the journal without the epoch."""
    return deployed().new_key(settings.NODE, secret=settings.DATA.secret(_FILE, 32))


def verifying_key() -> VerifyingKey:
    """What auditors are given, on paper, before the exam."""
    return signing_key().verifying


def origin() -> str:
    """The journal's name: node and epoch. A rebuilt node opens a new epoch."""
    return settings.IDENTITY.origin  # type: ignore[no-any-return]


def sign_checkpoint(origin: str, size: int, root: bytes) -> str:
    """The signed note of (origin, size, root)."""
    note = Checkpoint(origin, size, root).note().signed_by(signing_key(), deployed())
    return note.to_bytes().decode()


@cache
def mirror_key() -> SigningKey:
    """The key with which this node vouches for copies it keeps of other logs.

    Its name and secret are its own: a cosignature must never pass for a checkpoint of this node's log.
    """
    secret = settings.DATA.secret(_MIRROR_FILE, 32)
    return deployed().new_key(f"{settings.NODE}/mirror", deployed().cosignature_kind, secret)


@cache
def office() -> Office:
    """The pen of this node's own counters: it signs what its pages and programs write, and attests persons."""
    key = deployed().new_key(f"{settings.NODE}/office", secret=settings.DATA.secret(_OFFICE_FILE, 32))
    return Office(key, signing_key(), deployed())


@cache
def opening_key() -> OpeningKey:
    """The key that opens what other nodes sealed for this one: plan packages, personal fields, bundles."""
    return OpeningKey(settings.DATA.secret(_BOX_FILE, 32), deployed().box_kind)


def node_card() -> NodeCard:
    """What this node says of itself to others."""
    identity = settings.IDENTITY
    return NodeCard(
        name=identity.name,
        role=identity.role or "site",
        organisation=identity.organisation,
        origin=identity.origin,
        log_key=verifying_key(),
        mirror_key=mirror_key().verifying,
        box_key=opening_key().box_key,
        url=identity.url,
        software=kaowu.__version__,
    )


def cosign(note: Note, at: int) -> bytes:
    """The signature lines by which this node vouches for a checkpoint, at a second of time."""
    return Note(note.text).signed_by(mirror_key(), deployed(), at=at).to_bytes().rpartition(b"\n\n")[2]

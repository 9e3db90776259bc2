"""Sealed artefacts: rosters, plans, print packs, kept by their SHA-256 and encrypted at rest.

The bytes lie in the data folder, a file each, sealed with the deployment's cipher and
bound to their digest; the table knows their kind and size. The same content
is kept once. What is read back is hashed again before anybody sees it.
"""

import os
from pathlib import Path

from django.conf import settings

from kaowu.basics.clock import Instant
from kaowu.basics.ids import digest
from kaowu.basics.suites import SealBroken, deployed
from kaowu.store.models import Artefact

_NONCE = 12


class ArtefactDamaged(Exception):
    """The bytes on disk are not those that were kept."""


def keep(content: bytes, *, kind: str, at: Instant, exam: str = "", name: str = "") -> bytes:
    """Keep bytes durably; returns their digest. Keeping the same bytes again changes nothing."""
    named = digest(content)
    path = _path(named)
    if not path.exists():
        nonce = os.urandom(_NONCE)
        _write_durably(path, nonce + deployed().seal(_key(), nonce, content, named))
    Artefact.objects.get_or_create(
        digest=named,
        defaults={"kind": kind, "name": name[:200], "size": len(content), "exam": exam, "kept_at": at},
    )
    return named


def holds(named: bytes) -> bool:
    """Do the bytes of a digest lie on this node?"""
    return _path(named).exists()


def read(named: bytes) -> bytes:
    """The bytes of a digest; KeyError if there are none, ArtefactDamaged if they changed."""
    if not holds(named):
        raise KeyError(named.hex())
    sealed = _path(named).read_bytes()
    try:
        content = deployed().unseal(_key(), sealed[:_NONCE], sealed[_NONCE:], named)
    except SealBroken:
        raise ArtefactDamaged(named.hex()) from None
    if digest(content) != named:
        raise ArtefactDamaged(named.hex())
    return content


def back_up(named: bytes, folder: Path) -> None:
    """Copy an artefact, sealed as it lies here, to a folder; read back there and verified by its digest.

    Raises OSError if the place cannot be written, ArtefactDamaged if the copy is not what was kept.
    """
    target = folder / named.hex()[:2] / named.hex()
    if not target.exists():
        _write_durably(target, _path(named).read_bytes())
    sealed = target.read_bytes()
    try:
        content = deployed().unseal(_key(), sealed[:_NONCE], sealed[_NONCE:], named)
    except SealBroken:
        raise ArtefactDamaged(named.hex()) from None
    if digest(content) != named:
        raise ArtefactDamaged(named.hex())


def _path(named: bytes) -> Path:
    return settings.DATA.artefacts / named.hex()[:2] / named.hex()


def _key() -> bytes:
    return settings.ARTEFACT_KEY[: deployed().cipher_key_bytes]  # type: ignore[no-any-return]


def _write_durably(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)

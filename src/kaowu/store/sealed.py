"""Columns that a stolen database does not give away: document numbers and telephones.

`SealedText` encrypts with the deployment's cipher (AES-256-GCM, or SM4-GCM), bound to its table and column, so
that a value copied elsewhere does not open. `BlindIndex` stands beside it for searching: a keyed HMAC (SHA-256,
or SM3), since a bare hash of an 18-digit number is undone by trying them all. The key lies in the data folder,
never in the database.
"""

import base64
import functools
import os
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.conf import settings
from django.db import models

from kaowu.basics.suites import NATIONAL, deployed

_MARK = "s1:"  # form and key generation of what follows
_NONCE = 12


class SealBroken(Exception):
    """A sealed column does not open: the key is another one, or the value was changed or moved."""


def seal(value: str, place: str) -> str:
    """The sealed form of a value that belongs at `place` ("table.column")."""
    nonce = os.urandom(_NONCE)
    return _MARK + base64.b85encode(nonce + _sealed(nonce, value.encode(), place)).decode()


def unseal(stored: str, place: str) -> str:
    """The value again; raises SealBroken rather than showing anything doubtful."""
    if not stored.startswith(_MARK):
        raise SealBroken(place)
    try:
        content = base64.b85decode(stored.removeprefix(_MARK))
        return _opened(content, place).decode()
    except ValueError as error:
        raise SealBroken(place) from error


def seal_bytes(content: bytes, place: str) -> bytes:
    """Bytes sealed at rest, bound to their place."""
    nonce = os.urandom(_NONCE)
    return nonce + _sealed(nonce, content, place)


def unseal_bytes(stored: bytes, place: str) -> bytes:
    """The bytes again; raises SealBroken."""
    try:
        return _opened(stored, place)
    except ValueError as error:
        raise SealBroken(place) from error


def blind_index(value: str, kind: str) -> str:
    """What is looked up instead of the value. `kind` keeps a telephone from matching a document number."""
    if not value:
        return ""
    return deployed().mac(_key("index"), f"{kind}\0{value}".encode()).hex()


class SealedText(models.TextField):
    """Text that lies encrypted in its column. It cannot be searched or sorted; see BlindIndex."""

    def _place(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_prep_value(self, value: Any) -> str:
        text = "" if value is None else str(value)
        return seal(text, self._place()) if text else ""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str:
        return unseal(value, self._place()) if value else ""

    def get_lookup(self, lookup_name: str) -> None:  # type: ignore[override]
        """Searching ciphertext would silently find nothing."""
        raise TypeError(f"{self.name} is sealed: search its blind index instead")


class BlindIndex(models.CharField):
    """Fills itself from the sealed field `of` whenever its row is saved."""

    def __init__(self, *, of: str, kind: str, **options: Any) -> None:
        self.of, self.kind = of, kind
        options |= {"max_length": 64, "blank": True, "editable": False, "db_index": True}
        super().__init__(**options)

    def deconstruct(self) -> Any:
        name, path, args, options = super().deconstruct()
        for fixed in ("max_length", "blank", "editable", "db_index"):
            options.pop(fixed, None)
        return name, path, args, {**options, "of": self.of, "kind": self.kind}

    def pre_save(self, instance: models.Model, add: bool) -> str:
        index = blind_index(getattr(instance, self.of) or "", self.kind)
        setattr(instance, self.attname, index)
        return index


@functools.lru_cache(maxsize=4)
def _key(purpose: str) -> bytes:
    return HKDFExpand(
        SM3() if deployed() is NATIONAL else SHA256(), 32, f"kaowu columns {purpose}".encode()
    ).derive(settings.COLUMN_KEY)


def _sealed(nonce: bytes, content: bytes, place: str) -> bytes:
    return deployed().seal(_seal_key(), nonce, content, place.encode())


def _opened(stored: bytes, place: str) -> bytes:
    return deployed().unseal(_seal_key(), stored[:_NONCE], stored[_NONCE:], place.encode())


def _seal_key() -> bytes:
    return _key("seal")[: deployed().cipher_key_bytes]

"""The cipher suites (密码套件): how bytes are hashed, signed and verified.

A suite is passed as an argument to whoever hashes or signs, so that one
deployment may run on SHA-256 and Ed25519 and another on 国密 algorithms. What
has been signed stays verifiable under the suite that is named beside it.

Keys are small frozen values. Written down they take the compact form of C2SP
signed notes, one line each: `name+keyid+base64` for the verifying key and
`PRIVATE+KEY+name+keyid+base64` for the signing key. A key has a name, and the
key id is a digest over name, kind and public key, so a key cannot be taken for
another one of the same name.
"""

import base64
import binascii
import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
"""A plain Ed25519 signature over the text of a note."""
ED25519_COSIGNATURE = b"\x04"
"""A timestamped Ed25519 cosignature of a checkpoint, by a mirror or witness."""

_KEY_BYTES = 32
_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+]+")


class KeyUnreadable(ValueError):
    """The text is not a key of the form that was expected."""


class Hasher(Protocol):
    """A digest that grows piece by piece."""

    def update(self, content: bytes, /) -> None:
        """Take in more bytes."""

    def digest(self) -> bytes:
        """The digest of what was taken in so far."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public half of a key (验证公钥): its name, its kind and the key itself."""

    name: str
    kind: bytes
    public: bytes

    def __post_init__(self) -> None:
        _require_key(self.name, self.kind, self.public)

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, kind and public key."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def to_text(self) -> str:
        """The key on one line; fit to be printed, read out and compared."""
        return f"{self.name}+{self.id.hex()}+{_base64(self.kind + self.public)}"

    @classmethod
    def from_text(cls, text: str) -> "VerifyingKey":
        """Read `name+keyid+base64`; raises KeyUnreadable."""
        name, id, content = _key_parts(text.strip())
        key = cls(name, content[:1], content[1:])
        if key.id != id:
            raise KeyUnreadable(f"key id {id.hex()} does not belong to this key")
        return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret half of a key (签名私钥); the secret is a seed of 32 bytes."""

    name: str
    kind: bytes
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _require_key(self.name, self.kind, self.secret)

    @property
    def verifying(self) -> VerifyingKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw()
        return VerifyingKey(self.name, self.kind, public)

    def to_text(self) -> str:
        """The key on one line; whoever reads it can sign."""
        return f"{_PRIVATE}{self.name}+{self.verifying.id.hex()}+{_base64(self.kind + self.secret)}"

    @classmethod
    def from_text(cls, text: str) -> "SigningKey":
        """Read `PRIVATE+KEY+name+keyid+base64`; raises KeyUnreadable."""
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise KeyUnreadable("not a signing key")
        name, id, content = _key_parts(text.removeprefix(_PRIVATE))
        key = cls(name, content[:1], content[1:])
        if key.verifying.id != id:
            raise KeyUnreadable(f"key id {id.hex()} does not belong to this key")
        return key


class Suite(Protocol):
    """One choice of algorithms, used together."""

    @property
    def name(self) -> str:
        """The word by which files and settings name the suite."""

    def hash(self, content: bytes, /) -> bytes:
        """The digest of bytes, 32 bytes long."""

    def hasher(self) -> Hasher:
        """A digest that grows piece by piece."""

    def new_key(self, name: str, kind: bytes = ED25519, secret: bytes | None = None) -> SigningKey:
        """A fresh signing key; with `secret` always the same one."""

    def sign(self, key: SigningKey, message: bytes) -> bytes:
        """The signature of a message."""

    def verify(self, key: VerifyingKey, message: bytes, signature: bytes) -> bool:
        """Whether the signature of the message is by this key."""


class International:
    """SHA-256 and Ed25519: the suite of a deployment that chose none."""

    name = "international"

    def hash(self, content: bytes, /) -> bytes:
        """SHA-256."""
        return hashlib.sha256(content).digest()

    def hasher(self) -> Hasher:
        """SHA-256, piece by piece."""
        return hashlib.sha256()

    def new_key(self, name: str, kind: bytes = ED25519, secret: bytes | None = None) -> SigningKey:
        """An Ed25519 key for signing notes, or for cosigning them."""
        return SigningKey(name, kind, os.urandom(_KEY_BYTES) if secret is None else secret)

    def sign(self, key: SigningKey, message: bytes) -> bytes:
        """Ed25519 (RFC 8032); the same key and message give the same signature."""
        return Ed25519PrivateKey.from_private_bytes(key.secret).sign(message)

    def verify(self, key: VerifyingKey, message: bytes, signature: bytes) -> bool:
        """Ed25519; a signature spelt in a second way (S not reduced) is refused."""
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


INTERNATIONAL = International()
SUITES: dict[str, Suite] = {INTERNATIONAL.name: INTERNATIONAL}


def strict_base64(text: str) -> bytes:
    """Bytes from base64 in its one canonical spelling; raises ValueError for any other."""
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise ValueError("not base64") from error
    if _base64(content) != text:
        raise ValueError("base64 in a second spelling")
    return content


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _key_parts(text: str) -> tuple[str, bytes, bytes]:
    # Base64 may hold plus signs, so only the first two part the fields.
    parts = text.split("+", 2)
    if len(parts) != 3 or not re.fullmatch("[0-9a-f]{8}", parts[1]):
        raise KeyUnreadable("a key is written name+keyid+base64")
    try:
        return parts[0], bytes.fromhex(parts[1]), strict_base64(parts[2])
    except ValueError as error:
        raise KeyUnreadable(str(error)) from error


def _require_key(name: str, kind: bytes, content: bytes) -> None:
    if not _NAME.fullmatch(name):
        raise KeyUnreadable(f"a key's name has no spaces and no plus sign: {name!r}")
    if kind not in (ED25519, ED25519_COSIGNATURE) or len(content) != _KEY_BYTES:
        raise KeyUnreadable("not an Ed25519 key of 32 bytes")

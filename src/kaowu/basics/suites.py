"""The cipher suites (密码套件): how bytes are hashed, signed, verified and sealed.

A suite is passed as an argument to whoever hashes or signs, so that one
deployment may run on SHA-256, Ed25519 and AES and another on 国密 algorithms. What
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
import hmac
import os
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as RawCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from kaowu.basics.signing import (
    ED25519,
    ED25519_COSIGNATURE,
    P256,
    SCHEMES,
    SECRET_BYTES,
    SM2,
    SM2_COSIGNATURE,
    AlgorithmMissing,
    Scheme,
    scheme_of,
    sm3,
    sm3_hasher,
)

__all__ = [
    "ED25519",
    "ED25519_COSIGNATURE",
    "INTERNATIONAL",
    "NATIONAL",
    "P256",
    "SM2",
    "SM2_COSIGNATURE",
    "SUITES",
    "AlgorithmMissing",
    "KeyUnreadable",
    "SealBroken",
    "SigningKey",
    "Suite",
    "VerifyingKey",
    "deploy",
    "deployed",
    "strict_base64",
]

_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+]+")
_TAG_BYTES = 16


class KeyUnreadable(ValueError):
    """The text is not a key of the form that was expected."""


class SealBroken(ValueError):
    """What was sealed does not open: another key, another place, or it was changed."""


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
        if len(self.public) != _scheme(self.name, self.kind).public_bytes:
            raise KeyUnreadable("the public key does not have the length of its kind")

    @property
    def id(self) -> bytes:
        """The first four bytes of the digest over name, newline, kind and public key."""
        return SCHEMES[self.kind].digest(self.name.encode() + b"\n" + self.kind + self.public)[:4]

    @property
    def is_cosigner(self) -> bool:
        """Whether it vouches for copies of logs, stating its time, rather than signing notes of its own."""
        return SCHEMES[self.kind].is_cosignature

    def to_text(self) -> str:
        """The key on one line; fit to be printed, read out and compared."""
        return f"{self.name}+{self.id.hex()}+{_base64(self.kind + self.public)}"

    @classmethod
    def from_text(cls, text: str) -> "VerifyingKey":
        """Read `name+keyid+base64`; raises KeyUnreadable."""
        name, id, scheme, content = _key_parts(text.strip())
        key = cls(name, scheme.kind, content)
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
        _scheme(self.name, self.kind)
        if len(self.secret) != SECRET_BYTES:
            raise KeyUnreadable("a secret has 32 bytes")

    @property
    def verifying(self) -> VerifyingKey:
        """The public half."""
        return VerifyingKey(self.name, self.kind, SCHEMES[self.kind].public_of(self.secret))

    def to_text(self) -> str:
        """The key on one line; whoever reads it can sign."""
        return f"{_PRIVATE}{self.name}+{self.verifying.id.hex()}+{_base64(self.kind + self.secret)}"

    @classmethod
    def from_text(cls, text: str) -> "SigningKey":
        """Read `PRIVATE+KEY+name+keyid+base64`; raises KeyUnreadable."""
        text = text.strip()
        if not text.startswith(_PRIVATE):
            raise KeyUnreadable("not a signing key")
        name, id, scheme, content = _key_parts(text.removeprefix(_PRIVATE))
        key = cls(name, scheme.kind, content)
        if key.verifying.id != id:
            raise KeyUnreadable(f"key id {id.hex()} does not belong to this key")
        return key


class Suite(Protocol):
    """One choice of algorithms, used together."""

    @property
    def name(self) -> str:
        """The word by which files and settings name the suite."""

    @property
    def note_kind(self) -> bytes:
        """The kind of key that signs notes, such as checkpoints."""

    @property
    def cosignature_kind(self) -> bytes:
        """The kind of key that vouches for copies."""

    @property
    def kinds(self) -> frozenset[bytes]:
        """Every kind of key that counts under this suite."""

    @property
    def box_kind(self) -> str:
        """The kind of key for which boxes are sealed (`basics/boxes.py`)."""

    @property
    def cipher_key_bytes(self) -> int:
        """How long a key is under which content is sealed."""

    def hash(self, content: bytes, /) -> bytes:
        """The digest of bytes, 32 bytes long."""

    def hasher(self) -> Hasher:
        """A digest that grows piece by piece."""

    def mac(self, key: bytes, content: bytes) -> bytes:
        """The keyed digest (HMAC) of bytes."""

    def new_key(self, name: str, kind: bytes | None = None, secret: bytes | None = None) -> SigningKey:
        """A fresh signing key, for notes if no kind is named; with `secret` always the same one."""

    def sign(self, key: SigningKey, message: bytes) -> bytes:
        """The signature of a message."""

    def verify(self, key: VerifyingKey, message: bytes, signature: bytes) -> bool:
        """Whether the signature of the message is by this key."""

    def seal(self, key: bytes, nonce: bytes, content: bytes, place: bytes) -> bytes:
        """Content encrypted and bound to its place; a nonce of 12 bytes serves a key once."""

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, place: bytes) -> bytes:
        """The content again; raises SealBroken."""


class _Signing:
    """What the suites share: each kind of key signs and verifies in its own scheme."""

    note_kind: bytes
    cosignature_kind: bytes
    kinds: frozenset[bytes]

    def new_key(self, name: str, kind: bytes | None = None, secret: bytes | None = None) -> SigningKey:
        """A fresh signing key; with `secret` always the same one."""
        return SigningKey(
            name, kind or self.note_kind, os.urandom(SECRET_BYTES) if secret is None else secret
        )

    def sign(self, key: SigningKey, message: bytes) -> bytes:
        """The signature of a message."""
        return SCHEMES[key.kind].sign(key.secret, message)

    def verify(self, key: VerifyingKey, message: bytes, signature: bytes) -> bool:
        """Whether the signature is by this key; a key of another suite never counts."""
        return key.kind in self.kinds and SCHEMES[key.kind].verify(key.public, message, signature)


class International(_Signing):
    """SHA-256, Ed25519 (devices also P-256) and AES-256-GCM: the suite of a deployment that chose none."""

    name = "international"
    note_kind = ED25519
    cosignature_kind = ED25519_COSIGNATURE
    kinds = frozenset((ED25519, ED25519_COSIGNATURE, P256))
    box_kind = "x25519"
    cipher_key_bytes = 32

    def hash(self, content: bytes, /) -> bytes:
        """SHA-256."""
        return hashlib.sha256(content).digest()

    def hasher(self) -> Hasher:
        """SHA-256, piece by piece."""
        return hashlib.sha256()

    def mac(self, key: bytes, content: bytes) -> bytes:
        """HMAC with SHA-256."""
        return hmac.digest(key, content, "sha256")

    def seal(self, key: bytes, nonce: bytes, content: bytes, place: bytes) -> bytes:
        """AES-256-GCM."""
        return _aes(key).encrypt(nonce, content, place)

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, place: bytes) -> bytes:
        """AES-256-GCM."""
        try:
            return _aes(key).decrypt(nonce, sealed, place)
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error


class National(_Signing):
    """SM3, SM2 and SM4-GCM (国密套件); SM2 comes with the extra `kaowu[national]`."""

    name = "national"
    note_kind = SM2
    cosignature_kind = SM2_COSIGNATURE
    kinds = frozenset((SM2, SM2_COSIGNATURE))
    box_kind = "sm2"
    cipher_key_bytes = 16

    def hash(self, content: bytes, /) -> bytes:
        """SM3."""
        return sm3(content)

    def hasher(self) -> Hasher:
        """SM3, piece by piece."""
        hasher: Hasher = sm3_hasher()
        return hasher

    def mac(self, key: bytes, content: bytes) -> bytes:
        """HMAC with SM3."""
        keyed = HMAC(key, SM3())
        keyed.update(content)
        return keyed.finalize()

    def seal(self, key: bytes, nonce: bytes, content: bytes, place: bytes) -> bytes:
        """SM4-GCM; the tag follows the content, as with AES-GCM."""
        sealing = RawCipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(place)
        return sealing.update(content) + sealing.finalize() + sealing.tag

    def unseal(self, key: bytes, nonce: bytes, sealed: bytes, place: bytes) -> bytes:
        """SM4-GCM."""
        try:
            opening = RawCipher(
                algorithms.SM4(key), modes.GCM(nonce, sealed[-_TAG_BYTES:], _TAG_BYTES)
            ).decryptor()
            opening.authenticate_additional_data(place)
            return opening.update(sealed[:-_TAG_BYTES]) + opening.finalize()
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error


@lru_cache(16)
def _aes(key: bytes) -> AESGCM:
    return AESGCM(key)


INTERNATIONAL = International()
NATIONAL = National()
SUITES: dict[str, Suite] = {suite.name: suite for suite in (INTERNATIONAL, NATIONAL)}

_deployed: list[Suite] = [INTERNATIONAL]


def deployed() -> Suite:
    """The suite of this deployment: what it writes and signs from now on."""
    return _deployed[0]


def deploy(suite: Suite) -> None:
    """Choose the suite, once, when the settings are read."""
    _deployed[0] = suite


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


def _key_parts(text: str) -> tuple[str, bytes, Scheme, bytes]:
    # Base64 may hold plus signs, so only the first two part the fields.
    parts = text.split("+", 2)
    if len(parts) != 3 or not re.fullmatch("[0-9a-f]{8}", parts[1]):
        raise KeyUnreadable("a key is written name+keyid+base64")
    try:
        id, content = bytes.fromhex(parts[1]), strict_base64(parts[2])
    except ValueError as error:
        raise KeyUnreadable(str(error)) from error
    scheme = scheme_of(content)
    if scheme is None:
        raise KeyUnreadable("a key of an unknown kind")
    return parts[0], id, scheme, content[len(scheme.kind) :]


def _scheme(name: str, kind: bytes) -> Scheme:
    if not _NAME.fullmatch(name):
        raise KeyUnreadable(f"a key's name has no spaces and no plus sign: {name!r}")
    if kind not in SCHEMES:
        raise KeyUnreadable("a key of an unknown kind")
    return SCHEMES[kind]

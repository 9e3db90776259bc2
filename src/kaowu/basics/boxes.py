"""Sealing something so that only one holder of a key can open it (加密投递): plan packages, personal fields, bundles.

Under the international suite a box is HPKE (RFC 9180, base mode: X25519, HKDF,
AES-256-GCM). Under the national one it is a digital envelope (数字信封): a fresh
SM4 key, sealed by SM2 (GB/T 32918.4), and the content under SM4-GCM. Whoever
opens needs the secret half; who sealed it is not proven by the box, so what is
sealed is signed as well, beside it. `about` binds a box to its purpose and place:
one cut out of a message and put into another does not open.
"""

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM
from cryptography.hazmat.primitives.hpke import Suite as Hpke

from kaowu.basics.signing import SCHEMES, SM2, Digest, sha256, sm2_library, sm2_scalar, sm3
from kaowu.basics.suites import NATIONAL, SealBroken

X25519 = "x25519"
SM2_ENVELOPE = "sm2"
_HPKE = Hpke(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_NONCE = 12
_LENGTH = 2


class BoxBroken(ValueError):
    """The box does not open: it is for another key, another purpose, or was changed."""


@dataclass(frozen=True, slots=True)
class _Scheme:
    """What one kind of box key can do."""

    public_bytes: int
    digest: Digest
    public_of: Callable[[bytes], bytes]
    seal: Callable[[bytes, bytes, bytes], bytes]
    """Public key, content and purpose; the box."""
    open: Callable[[bytes, bytes, bytes], bytes]
    """Secret, box and purpose; the content. Raises InvalidTag, SealBroken or ValueError."""


@dataclass(frozen=True, slots=True)
class BoxKey:
    """The public half: whoever has it can seal for its owner."""

    public: bytes
    kind: str = X25519

    def __post_init__(self) -> None:
        if self.kind not in _SCHEMES:
            raise ValueError("a box key of an unknown kind")
        if len(self.public) != _SCHEMES[self.kind].public_bytes:
            raise ValueError("the box key does not have the length of its kind")

    @property
    def id(self) -> bytes:
        """Eight bytes by which a message says for whom it is."""
        return _SCHEMES[self.kind].digest(b"kaowu box " + self.public)[:8]

    def to_text(self) -> str:
        """The key on one line."""
        return f"{self.kind}+{base64.b64encode(self.public).decode()}"

    @classmethod
    def from_text(cls, text: str) -> "BoxKey":
        """Read the line; raises ValueError."""
        kind, _, content = text.strip().partition("+")
        return cls(base64.b64decode(content, validate=True), kind)

    def seal(self, content: bytes, about: bytes) -> bytes:
        """The box; only the owner of the secret half opens it, and only for the same purpose."""
        return _SCHEMES[self.kind].seal(self.public, content, about)


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """The secret half of a box key, a seed of 32 bytes."""

    secret: bytes = field(repr=False)
    kind: str = X25519

    @property
    def box_key(self) -> BoxKey:
        """The public half."""
        return BoxKey(_SCHEMES[self.kind].public_of(self.secret), self.kind)

    def open(self, box: bytes, about: bytes) -> bytes:
        """The content; raises BoxBroken."""
        try:
            return _SCHEMES[self.kind].open(self.secret, box, about)
        except (InvalidTag, SealBroken, ValueError) as error:
            raise BoxBroken("the box does not open with this key") from error


# ---- X25519, by HPKE ----


def _x25519_public_of(secret: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def _x25519_seal(public: bytes, content: bytes, about: bytes) -> bytes:
    return _HPKE.encrypt(content, X25519PublicKey.from_public_bytes(public), info=about)


def _x25519_open(secret: bytes, box: bytes, about: bytes) -> bytes:
    return _HPKE.decrypt(box, X25519PrivateKey.from_private_bytes(secret), info=about)


# ---- SM2 and SM4, as a digital envelope ----


def _sm2_seal(public: bytes, content: bytes, about: bytes) -> bytes:
    key, nonce = os.urandom(NATIONAL.cipher_key_bytes), os.urandom(_NONCE)
    wrapped: bytes = sm2_library().encrypt(public, key)
    return len(wrapped).to_bytes(_LENGTH, "big") + wrapped + nonce + NATIONAL.seal(key, nonce, content, about)


def _sm2_open(secret: bytes, box: bytes, about: bytes) -> bytes:
    nonce_at = _LENGTH + int.from_bytes(box[:_LENGTH], "big")
    content_at = nonce_at + _NONCE
    key: bytes = sm2_library().decrypt(sm2_scalar(secret), box[_LENGTH:nonce_at])
    return NATIONAL.unseal(key, box[nonce_at:content_at], box[content_at:], about)


_SCHEMES = {
    X25519: _Scheme(32, sha256, _x25519_public_of, _x25519_seal, _x25519_open),
    SM2_ENVELOPE: _Scheme(SCHEMES[SM2].public_bytes, sm3, SCHEMES[SM2].public_of, _sm2_seal, _sm2_open),
}

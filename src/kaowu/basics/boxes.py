"""Sealing something so that only one holder of a key can open it (加密投递): plan packages, personal fields, bundles.

A box is HPKE (RFC 9180, base mode). Whoever opens needs the secret half; who
sealed it is not proven by the box, so what is sealed is signed as well, beside
it. `about` binds a box to its purpose and place: one cut out of a message and
put into another does not open.
"""

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_KIND = "x25519"
_KEY_BYTES = 32


class BoxBroken(ValueError):
    """The box does not open: it is for another key, another purpose, or was changed."""


@dataclass(frozen=True, slots=True)
class BoxKey:
    """The public half: whoever has it can seal for its owner."""

    public: bytes

    def __post_init__(self) -> None:
        if len(self.public) != _KEY_BYTES:
            raise ValueError("a box key has 32 bytes")

    @property
    def id(self) -> bytes:
        """Eight bytes by which a message says for whom it is."""
        return hashlib.sha256(b"kaowu box " + self.public).digest()[:8]

    def to_text(self) -> str:
        """The key on one line."""
        return f"{_KIND}+{base64.b64encode(self.public).decode()}"

    @classmethod
    def from_text(cls, text: str) -> "BoxKey":
        """Read the line; raises ValueError."""
        kind, _, content = text.strip().partition("+")
        if kind != _KIND:
            raise ValueError("not a box key")
        return cls(base64.b64decode(content, validate=True))

    def seal(self, content: bytes, about: bytes) -> bytes:
        """The box; only the owner of the secret half opens it, and only for the same purpose."""
        return _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(self.public), info=about)


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """The secret half of a box key, a seed of 32 bytes."""

    secret: bytes = field(repr=False)

    @property
    def box_key(self) -> BoxKey:
        """The public half."""
        return BoxKey(X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw())

    def open(self, box: bytes, about: bytes) -> bytes:
        """The content; raises BoxBroken."""
        try:
            return _SUITE.decrypt(box, X25519PrivateKey.from_private_bytes(self.secret), info=about)
        except (InvalidTag, ValueError) as error:
            raise BoxBroken("the box does not open with this key") from error

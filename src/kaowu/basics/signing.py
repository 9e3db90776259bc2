"""Signature schemes (签名算法): what a kind of key can do, whatever is signed with it.

A kind is the byte, or the long identifier behind 0xff, that C2SP signed notes
put before a key. All public keys and signatures have a fixed length, so a key
and a signature have one spelling each: points are written uncompressed, pairs
of numbers as r ‖ s in 32 bytes each.
"""

import hashlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

ED25519 = b"\x01"
"""A plain Ed25519 signature over the text of a note."""
ED25519_COSIGNATURE = b"\x04"
"""A timestamped Ed25519 cosignature of a checkpoint, by a mirror or witness."""
P256 = b"\xffkaowu/p256\n"
"""ECDSA over P-256 with SHA-256: what browsers and many security chips can do."""
SM2 = b"\xffkaowu/sm2\n"
"""SM2 with SM3 (GB/T 32918), the user's identity being the default one of GB/T 35276."""
SM2_COSIGNATURE = b"\xffkaowu/sm2-cosignature\n"
"""The same as a timestamped cosignature."""

SECRET_BYTES = 32
_ED25519_BYTES, _ED25519_SIGNATURE_BYTES = 32, 64
_POINT_BYTES = 65
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_SM2_ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
_MOST_KEYS = 4_096

Digest = Callable[[bytes], bytes]


class AlgorithmMissing(RuntimeError):
    """A library for this algorithm is not installed."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """One kind of key."""

    kind: bytes
    public_bytes: int
    is_cosignature: bool
    public_of: Callable[[bytes], bytes]
    """The public key of a secret."""
    sign: Callable[[bytes, bytes], bytes]
    """Secret and message; the signature."""
    verify: Callable[[bytes, bytes, bytes], bool]
    """Public key, message and signature."""
    digest: Digest
    """By which key ids are made."""


def sha256(content: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(content).digest()


def sm3(content: bytes) -> bytes:
    """SM3 (GB/T 32905)."""
    hasher = sm3_hasher()
    hasher.update(content)
    return bytes(hasher.digest())


class _Sm3:
    """SM3 by `cryptography`, where Python's own OpenSSL lacks it."""

    def __init__(self) -> None:
        self._hash = hashes.Hash(hashes.SM3())

    def update(self, content: bytes, /) -> None:
        self._hash.update(content)

    def digest(self) -> bytes:
        return self._hash.copy().finalize()


def sm3_hasher() -> Any:
    """SM3, piece by piece."""
    return hashlib.new("sm3") if _SM3_IN_PYTHON else _Sm3()


_SM3_IN_PYTHON = "sm3" in hashlib.algorithms_available


# ---- Ed25519 ----


@lru_cache(_MOST_KEYS)
def _ed25519_public(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


@lru_cache(64)
def _ed25519_private(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(secret)


def _ed25519_public_of(secret: bytes) -> bytes:
    return _ed25519_private(secret).public_key().public_bytes_raw()


def _ed25519_sign(secret: bytes, message: bytes) -> bytes:
    return _ed25519_private(secret).sign(message)


def _ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032; a signature spelt in a second way (S not reduced) is refused.

    libsodium is asked first: it needs less than half the time, and other threads work meanwhile. It
    refuses points of small order too, which RFC 8032 and browsers do not; so its no is put to OpenSSL.
    """
    # Joined to its message below, a short signature would borrow bytes from it.
    if len(public) != _ED25519_BYTES or len(signature) != _ED25519_SIGNATURE_BYTES:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return _ed25519_verify_again(public, message, signature)
    return True


def _ed25519_verify_again(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        _ed25519_public(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


# ---- P-256 ----


@lru_cache(_MOST_KEYS)
def _p256_public(public: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)


@lru_cache(64)
def _p256_private(secret: bytes) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(_scalar(secret, _P256_ORDER), ec.SECP256R1())


def _p256_public_of(secret: bytes) -> bytes:
    return _p256_private(secret).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _p256_sign(secret: bytes, message: bytes) -> bytes:
    return raw_pair(_p256_private(secret).sign(message, ec.ECDSA(hashes.SHA256())))


def _p256_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        _p256_public(public).verify(der_pair(signature), message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


# ---- SM2, by an extra ----


def _sm2_public_of(secret: bytes) -> bytes:
    return sm2_library().public_of(sm2_scalar(secret))  # type: ignore[no-any-return]


def _sm2_sign(secret: bytes, message: bytes) -> bytes:
    return raw_pair(sm2_library().sign(sm2_scalar(secret), message))


def _sm2_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        return sm2_library().verify(public, message, der_pair(signature))  # type: ignore[no-any-return]
    except ValueError:
        return False


def sm2_library() -> Any:
    """The module that knows SM2; raises AlgorithmMissing where its extra is not installed."""
    try:
        return importlib.import_module("kaowu.basics.sm2")
    except ImportError as error:
        raise AlgorithmMissing(
            "国密套件需要安装扩展：pip install 'kaowu[national]' · "
            "the national suite needs an extra: pip install 'kaowu[national]'"
        ) from error


# ---- numbers ----


def raw_pair(der: bytes) -> bytes:
    """r ‖ s of a signature in DER."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def der_pair(raw: bytes) -> bytes:
    """DER of r ‖ s; raises ValueError for another length."""
    if len(raw) != 64:
        raise ValueError("a signature is r and s in 32 bytes each")
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def sm2_scalar(secret: bytes) -> int:
    """The secret number that a seed stands for on the curve of SM2."""
    return _scalar(secret, _SM2_ORDER)


def _scalar(secret: bytes, order: int) -> int:
    # A seed of 32 bytes stands for a number from 1 to order − 2; the bias is below 2^-31 in every case
    # and vanishes for random seeds, since both orders lie that close under 2^256.
    return int.from_bytes(secret, "big") % (order - 2) + 1


SCHEMES: dict[bytes, Scheme] = {
    scheme.kind: scheme
    for scheme in (
        Scheme(ED25519, _ED25519_BYTES, False, _ed25519_public_of, _ed25519_sign, _ed25519_verify, sha256),
        Scheme(
            ED25519_COSIGNATURE,
            _ED25519_BYTES,
            True,
            _ed25519_public_of,
            _ed25519_sign,
            _ed25519_verify,
            sha256,
        ),
        Scheme(P256, _POINT_BYTES, False, _p256_public_of, _p256_sign, _p256_verify, sha256),
        Scheme(SM2, _POINT_BYTES, False, _sm2_public_of, _sm2_sign, _sm2_verify, sm3),
        Scheme(SM2_COSIGNATURE, _POINT_BYTES, True, _sm2_public_of, _sm2_sign, _sm2_verify, sm3),
    )
}


def scheme_of(content: bytes) -> Scheme | None:
    """The scheme whose kind stands before a key; None if it is none of ours."""
    if content[:1] != b"\xff":
        return SCHEMES.get(content[:1])
    end = content.find(b"\n") + 1
    return SCHEMES.get(content[:end]) if end else None

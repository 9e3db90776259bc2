"""SM2 by Tongsuo's Python library, the extra `kaowu[national]`; nothing else imports it.

Only fixed-length numbers reach the library: points of 65 bytes, DER that was
made here from r and s. `docs/decisions/` says why this library.
"""

from functools import lru_cache

from tongsuopy.crypto import hashes
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.exceptions import InvalidSignature

_ALGORITHM = ec.ECDSA(hashes.SM3())
_NUMBER_BYTES = 32


@lru_cache(64)
def _private(scalar: int) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(scalar, ec.SM2())


@lru_cache(4_096)
def _public(public: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SM2(), public)


def public_of(scalar: int) -> bytes:
    """The public point, uncompressed."""
    numbers = _private(scalar).public_key().public_numbers()
    x, y = int(numbers.x), int(numbers.y)
    return b"\x04" + x.to_bytes(_NUMBER_BYTES, "big") + y.to_bytes(_NUMBER_BYTES, "big")


def sign(scalar: int, message: bytes) -> bytes:
    """The signature in DER."""
    return _private(scalar).sign(message, _ALGORITHM)  # type: ignore[no-any-return]


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature in DER holds; raises ValueError for a point off the curve."""
    try:
        _public(public).verify(signature, message, _ALGORITHM)
    except InvalidSignature:
        return False
    return True

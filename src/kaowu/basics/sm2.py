"""SM2 by Tongsuo's Python library, the extra `kaowu[national]`; nothing else imports it.

Only fixed-length numbers reach the library: points of 65 bytes, DER that was
made here from r and s. `docs/decisions/` says why this library.
"""

from functools import lru_cache
from typing import Any

from tongsuopy.backends.tongsuo.backend import backend
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


def encrypt(public: bytes, content: bytes) -> bytes:
    """Content for the owner of a key (GB/T 32918.4), in the DER of GM/T 0009; raises ValueError for a bad point."""
    key = _public(public)
    return _crypt(key, content, backend._lib.EVP_PKEY_encrypt_init, backend._lib.EVP_PKEY_encrypt)


def decrypt(scalar: int, sealed: bytes) -> bytes:
    """The content again; raises ValueError if it was sealed for another key, or changed."""
    key = _private(scalar)
    return _crypt(key, sealed, backend._lib.EVP_PKEY_decrypt_init, backend._lib.EVP_PKEY_decrypt)


def _crypt(key: Any, content: bytes, begin: Any, work: Any) -> bytes:
    """Tongsuo's own EVP calls: its Python classes sign with SM2, and do not encrypt with it."""
    lib, ffi = backend._lib, backend._ffi
    context = ffi.gc(lib.EVP_PKEY_CTX_new(key._evp_pkey, ffi.NULL), lib.EVP_PKEY_CTX_free)
    length = ffi.new("size_t *")
    done = (
        begin(context) == 1
        and work(context, ffi.NULL, length, content, len(content)) == 1
        and (out := ffi.new("unsigned char[]", length[0])) is not None
        and work(context, out, length, content, len(content)) == 1
    )
    if not done:
        backend._consume_errors()
        raise ValueError("SM2 neither seals nor opens this")
    return bytes(ffi.buffer(out, length[0]))

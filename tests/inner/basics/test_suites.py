"""Keys have one written form each, and signatures one spelling."""

from dataclasses import FrozenInstanceError

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kaowu.basics.signing import SCHEMES, _Sm3, sm3
from kaowu.basics.suites import (
    ED25519,
    ED25519_COSIGNATURE,
    INTERNATIONAL,
    NATIONAL,
    P256,
    SM2,
    KeyUnreadable,
    SealBroken,
    SigningKey,
    VerifyingKey,
    strict_base64,
)

KEY = INTERNATIONAL.new_key("site.example/3704-01", secret=bytes(range(32)))
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture(params=["international", "international on P-256", "national"])
def pair(request):
    """A suite and a key of it; each test holds for all of them."""
    if request.param == "national":
        pytest.importorskip("tongsuopy")
    suite = NATIONAL if request.param == "national" else INTERNATIONAL
    kind = P256 if "P-256" in request.param else None
    return suite, suite.new_key("site.example/3704-01", kind, bytes(range(32)))


def test_a_key_of_any_suite_is_written_and_read_and_signs_for_its_message_alone(pair):
    suite, key = pair
    assert SigningKey.from_text(key.to_text()) == key
    assert VerifyingKey.from_text(key.verifying.to_text()) == key.verifying
    signature = suite.sign(key, b"30 papers")
    assert len(signature) == 64
    assert suite.verify(key.verifying, b"30 papers", signature)
    assert not suite.verify(key.verifying, b"31 papers", signature)
    assert not suite.verify(suite.new_key(key.name, key.kind).verifying, b"30 papers", signature)
    for broken in (signature[:-1], signature + b"\0", bytes(64), b"", b"\xff" * 64):
        assert not suite.verify(key.verifying, b"30 papers", broken)
    other = NATIONAL if suite is INTERNATIONAL else INTERNATIONAL
    assert not other.verify(key.verifying, b"30 papers", signature), "a key of another suite never counts"


def test_a_point_off_the_curve_verifies_nothing(pair):
    suite, key = pair
    public = bytearray(key.verifying.public)
    public[-1] ^= 1
    off = VerifyingKey(key.name, key.kind, bytes(public))
    assert not suite.verify(off, b"30 papers", suite.sign(key, b"30 papers"))


@pytest.mark.parametrize("suite", [INTERNATIONAL, NATIONAL], ids=lambda suite: suite.name)
def test_what_is_sealed_opens_in_its_place_and_nowhere_else(suite):
    key, nonce = bytes(suite.cipher_key_bytes), bytes(12)
    sealed = suite.seal(key, nonce, "考生".encode(), b"table.column")
    assert suite.unseal(key, nonce, sealed, b"table.column") == "考生".encode()
    changed = bytes([sealed[0] ^ 1]) + sealed[1:]
    for wrong in ((nonce, sealed, b"table.other"), (nonce, changed, b"table.column"), (nonce, b"", b"")):
        with pytest.raises(SealBroken):
            suite.unseal(key, *wrong)


def test_the_known_answers_of_the_standards_come_out():
    # GB/T 32905-2016, appendix A; GB/T 32907-2016 by way of RFC 8998, appendix A.2 (SM4-GCM).
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3(b"abcd" * 16).hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    other = _Sm3()
    other.update(b"ab")
    other.update(b"c")
    assert other.digest() == sm3(b"abc")
    assert NATIONAL.mac(b"key", b"abc") != INTERNATIONAL.mac(b"key", b"abc")
    sealed = NATIONAL.seal(
        bytes.fromhex("0123456789abcdeffedcba9876543210"),
        bytes.fromhex("00001234567800000000abcd"),
        bytes.fromhex("".join(byte * 8 for byte in ("aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa"))),
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"),
    )
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )


def test_two_sm2_libraries_agree():
    pytest.importorskip("tongsuopy")
    other = pytest.importorskip("gmssl_pyx")
    public, private = other.sm2_key_generate()
    scalar = int.from_bytes(private, "big")
    key = NATIONAL.new_key("k", SM2, (scalar - 1).to_bytes(32, "big"))
    assert key.verifying.public[1:] == public
    message = b"30 papers"
    from kaowu.basics.signing import der_pair, raw_pair

    assert other.sm2_verify(public, message, der_pair(NATIONAL.sign(key, message)))
    theirs = other.sm2_sign(private, public, message)
    assert NATIONAL.verify(key.verifying, message, raw_pair(theirs))


@pytest.mark.parametrize("key", [KEY, INTERNATIONAL.new_key("witness", ED25519_COSIGNATURE)])
def test_a_key_written_down_and_read_is_the_same_key(key):
    assert SigningKey.from_text(key.to_text()) == key
    assert VerifyingKey.from_text(f"{key.verifying.to_text()}\n") == key.verifying


def test_the_example_key_of_the_specification_is_read():
    text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert VerifyingKey.from_text(text).to_text() == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",  # id of another key
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",  # another name
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",  # cut short
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",  # id in capitals
        "two words+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+CekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",  # kind 9
    ],
)
def test_what_is_not_a_verifying_key_is_refused(text):
    with pytest.raises(KeyUnreadable):
        VerifyingKey.from_text(text)


def test_a_verifying_key_is_not_taken_for_a_signing_key():
    with pytest.raises(KeyUnreadable):
        SigningKey.from_text(KEY.verifying.to_text())


def test_a_secret_is_not_shown_by_accident_and_not_changed():
    assert KEY.secret.hex() not in repr(KEY) and repr(KEY.secret) not in repr(KEY)
    with pytest.raises(FrozenInstanceError):
        KEY.name = "other"  # type: ignore[misc]


def test_a_signature_holds_for_its_message_and_key_alone():
    signature = INTERNATIONAL.sign(KEY, b"30 papers")
    assert INTERNATIONAL.verify(KEY.verifying, b"30 papers", signature)
    assert not INTERNATIONAL.verify(KEY.verifying, b"31 papers", signature)
    assert not INTERNATIONAL.verify(INTERNATIONAL.new_key(KEY.name).verifying, b"30 papers", signature)
    assert not INTERNATIONAL.verify(KEY.verifying, b"30 papers", signature[:-1])


def test_a_signature_in_a_second_spelling_is_refused():
    signature = INTERNATIONAL.sign(KEY, b"30 papers")
    s = int.from_bytes(signature[32:], "little") + ORDER
    assert not INTERNATIONAL.verify(KEY.verifying, b"30 papers", signature[:32] + s.to_bytes(32, "little"))


_IDENTITY = bytes([1]) + bytes(31)
_SIGNED = INTERNATIONAL.sign(KEY, b"30 papers")


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [
        (KEY.verifying.public, b"30 papers", _SIGNED),
        (KEY.verifying.public, b"31 papers", _SIGNED),
        (KEY.verifying.public, _SIGNED[-1:] + b"30 papers", _SIGNED[:-1]),
        (KEY.verifying.public, b"0 papers", _SIGNED + b"3"),
        (_IDENTITY, b"any words", _IDENTITY + bytes(32)),  # a point of small order signs everything
        (_IDENTITY, b"any words", _IDENTITY + ORDER.to_bytes(32, "little")),
        (_IDENTITY[:-1] + b"\x80", b"any words", _IDENTITY + bytes(32)),  # the same point, spelt otherwise
        (b"\xff" * 32, b"any words", _SIGNED),
        (KEY.verifying.public[:-1], b"30 papers", _SIGNED),
    ],
)
def test_what_counts_as_a_signature_is_what_openssl_says(public, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        says = True
    except (InvalidSignature, ValueError):
        says = False
    assert SCHEMES[ED25519].verify(public, message, signature) == says


@pytest.mark.parametrize("text", ["AAB=", "AAA", "AA A=", "AAA=\n", "AAA=AAA=", "é"])
def test_base64_in_a_second_spelling_is_refused(text):
    with pytest.raises(ValueError, match="base64"):
        strict_base64(text)
    assert strict_base64("AAA=") == b"\0\0"

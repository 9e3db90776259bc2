"""Keys have one written form each, and signatures one spelling."""

from dataclasses import FrozenInstanceError

import pytest

from kaowu.basics.suites import (
    ED25519_COSIGNATURE,
    INTERNATIONAL,
    KeyUnreadable,
    SigningKey,
    VerifyingKey,
    strict_base64,
)

KEY = INTERNATIONAL.new_key("site.example/3704-01", secret=bytes(range(32)))
ORDER = 2**252 + 27742317777372353535851937790883648493


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


@pytest.mark.parametrize("text", ["AAB=", "AAA", "AA A=", "AAA=\n", "AAA=AAA=", "é"])
def test_base64_in_a_second_spelling_is_refused(text):
    with pytest.raises(ValueError, match="base64"):
        strict_base64(text)
    assert strict_base64("AAA=") == b"\0\0"

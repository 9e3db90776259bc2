"""Signed notes: unknown signers are passed over, a known one that fails is not."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.suites import ED25519_COSIGNATURE, INTERNATIONAL, VerifyingKey
from kaowu.engines.ledger.notes import Checkpoint, Note, NoteRefused

KNOWN = json.loads(
    (Path(__file__).parents[3] / "vectors" / "merkle" / "kat.json").read_text(encoding="utf-8")
)["signed_note"]
LOG = INTERNATIONAL.new_key("log.example", secret=bytes([1] * 32))
WITNESS = INTERNATIONAL.new_key("witness.example", ED25519_COSIGNATURE, secret=bytes([2] * 32))
STRANGER = INTERNATIONAL.new_key("stranger.example", secret=bytes([3] * 32))
CHECKPOINT = Checkpoint("log.example/3704-01", 20_852_163, bytes(range(32)))
SIGNED = CHECKPOINT.note().signed_by(LOG)


def test_the_example_of_the_specification_is_accepted():
    note, key = Note.from_bytes(KNOWN["note"].encode()), VerifyingKey.from_text(KNOWN["vkey"])
    assert note.verified_by([key]) == [key]
    assert note.to_bytes().decode() == KNOWN["note"]


def test_a_checkpoint_is_read_as_it_was_written():
    assert Checkpoint.from_note(Note.from_bytes(SIGNED.to_bytes())) == CHECKPOINT


def test_signatures_by_strangers_are_passed_over():
    note = CHECKPOINT.note().signed_by(STRANGER).signed_by(LOG)
    assert note.verified_by([LOG.verifying]) == [LOG.verifying]


def test_a_note_that_nobody_known_signed_is_refused():
    with pytest.raises(NoteRefused, match="no signature"):
        SIGNED.verified_by([STRANGER.verifying])


def test_one_false_signature_of_a_known_key_makes_the_note_worthless():
    other = Checkpoint("log.example/3704-01", 1, bytes(32)).note().signed_by(WITNESS, at=1)
    grafted = Note(SIGNED.text, (*SIGNED.signatures, *other.signatures))
    assert grafted.verified_by([LOG.verifying])
    with pytest.raises(NoteRefused, match="false"):
        grafted.verified_by([LOG.verifying, WITNESS.verifying])


def test_a_witness_says_when_it_cosigned():
    note = SIGNED.signed_by(WITNESS, at=1_780_900_000)
    assert note.verified_by([LOG.verifying, WITNESS.verifying]) == [LOG.verifying, WITNESS.verifying]
    assert note.cosigned_at(WITNESS.verifying) == 1_780_900_000
    assert note.cosigned_at(LOG.verifying) is None


def test_a_cosignature_does_not_stand_for_another_time():
    [line] = CHECKPOINT.note().signed_by(WITNESS, at=5).signatures
    moved = type(line)(line.name, line.key_id, (6).to_bytes(8, "big") + line.content[8:])
    with pytest.raises(NoteRefused):
        Note(CHECKPOINT.note().text, (moved,)).verified_by([WITNESS.verifying])


@given(st.integers(0, len(SIGNED.to_bytes()) - 1), st.integers(1, 255))
def test_no_byte_of_a_signed_checkpoint_can_be_changed(at, difference):
    content = bytearray(SIGNED.to_bytes())
    content[at] ^= difference
    with pytest.raises(NoteRefused):
        Note.from_bytes(bytes(content)).verified_by([LOG.verifying])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\nno dash AAAAAAA=\n",
        "text\n\n— name AAAAAAA=".encode(),  # the last line has no end
        "text\n\n— name AAAA\n".encode(),  # not even a key id
        "text\n\n— na+me AAAAAAA=\n".encode(),
        "text\n\n— name AAAAAAB=\n".encode(),  # base64 with stray bits
        "te\txt\n\n— name AAAAAAA=\n".encode(),
        b"\xff\n\n",
        b"text\n\n" + "— name AAAAAAA=\n".encode() * 101,
    ],
)
def test_what_is_not_a_note_is_refused(content):
    with pytest.raises(NoteRefused):
        Note.from_bytes(content)


@pytest.mark.parametrize(
    "text",
    [
        "log\n1\n",
        "log\n01\nAAAA\n",
        "log\n-1\nAAAA\n",
        "log\n１\nAAAA\n",  # a digit, but not one of ASCII
        "log\n1\nAAB=\n",
        "\n1\nAAAA\n",
        "log\n1\nAAAA\n\nmore\n",
    ],
)
def test_what_is_not_a_checkpoint_is_refused(text):
    with pytest.raises(NoteRefused):
        Checkpoint.from_note(Note(text))


def test_further_lines_of_a_checkpoint_are_passed_over():
    assert Checkpoint.from_note(Note(CHECKPOINT.note().text + "extension\n")) == CHECKPOINT

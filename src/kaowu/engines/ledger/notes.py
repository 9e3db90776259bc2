"""Signed notes and checkpoints in the form of C2SP.

A note is a few lines of text, an empty line, and one line for each signature:
`— name base64(key id ‖ signature)`. It can be read by eye and printed.
Signatures by unknown keys are passed over; a signature that claims to be by a
known key and fails makes the whole note worthless.

A checkpoint (校验点) is a note whose text says: of which log (origin), how many
facts (size), under which root.
"""

import base64
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.basics.suites import (
    INTERNATIONAL,
    SigningKey,
    Suite,
    VerifyingKey,
    strict_base64,
)

LONGEST_NOTE = 1_000_000
MOST_SIGNATURES = 100
_DASH = "— "
_KEY_ID_BYTES = 4


class NoteRefused(ValueError):
    """The note is not well formed, or no signature of it can be relied on."""


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: whose it says it is, and the bytes."""

    name: str
    key_id: bytes
    content: bytes

    def is_by(self, key: VerifyingKey) -> bool:
        """Whether the line claims to be by this key."""
        return (self.name, self.key_id) == (key.name, key.id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and its signatures."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or any(c < " " and c != "\n" for c in self.text):
            raise NoteRefused("the text of a note is made of whole lines without control characters")

    def to_bytes(self) -> bytes:
        """The note as it is sent and kept."""
        lines = [
            f"{_DASH}{one.name} {base64.b64encode(one.key_id + one.content).decode()}\n"
            for one in self.signatures
        ]
        return f"{self.text}\n{''.join(lines)}".encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Note":
        """Read a signed note; raises NoteRefused for any second spelling."""
        if len(content) > LONGEST_NOTE:
            raise NoteRefused("the note is too long")
        try:
            whole = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NoteRefused("the note is not UTF-8") from error
        text, parted, lines = whole.rpartition("\n\n")
        if not parted or not lines.endswith("\n"):
            raise NoteRefused("an empty line and whole signature lines should follow the text")
        # Only the line feed ends a line; str.splitlines knows more ends.
        signatures = tuple(_read_signature(line) for line in lines[:-1].split("\n"))
        if len(signatures) > MOST_SIGNATURES:
            raise NoteRefused("too many signatures")
        return cls(f"{text}\n", signatures)

    def signed_by(self, key: SigningKey, suite: Suite = INTERNATIONAL, at: int | None = None) -> "Note":
        """The note with one more signature; a cosigner says the second `at` which it signed."""
        if key.verifying.is_cosigner:
            if at is None:
                raise ValueError("a cosignature states its time")
            content = struct.pack(">Q", at) + suite.sign(key, _cosigned(self.text, at))
        else:
            content = suite.sign(key, self.text.encode())
        line = NoteSignature(key.name, key.verifying.id, content)
        return Note(self.text, (*self.signatures, line))

    def verified_by(self, keys: Sequence[VerifyingKey], suite: Suite = INTERNATIONAL) -> list[VerifyingKey]:
        """Which of the known keys signed; raises NoteRefused if one fails or none did."""
        signers: list[VerifyingKey] = []
        for line in self.signatures:
            for key in keys:
                if not line.is_by(key):
                    continue
                if not _is_good(self.text, line, key, suite):
                    raise NoteRefused(f"the signature by {key.name} is false")
                if key not in signers:
                    signers.append(key)
        if not signers:
            raise NoteRefused("no signature by a known key")
        return signers

    def cosigned_at(self, key: VerifyingKey) -> int | None:
        """The second at which a witness says it cosigned (look at `verified_by` first)."""
        for line in self.signatures:
            if key.is_cosigner and line.is_by(key):
                return int(struct.unpack(">Q", line.content[:8])[0])
        return None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How long a log is and under which root, at one moment."""

    origin: str
    size: int
    root: bytes

    def note(self) -> Note:
        """The checkpoint as a note still to be signed."""
        root = base64.b64encode(self.root).decode()
        return Note(f"{self.origin}\n{self.size}\n{root}\n")

    @classmethod
    def from_note(cls, note: Note) -> "Checkpoint":
        """Read the text of a note; raises NoteRefused. Lines after the root are passed over."""
        lines = note.text[:-1].split("\n")
        if len(lines) < 3 or not all(lines):
            raise NoteRefused("a checkpoint says origin, size and root")
        origin, size, root = lines[:3]
        if (
            not (size.isascii() and size.isdigit())
            or (size != "0" and size.startswith("0"))
            or len(size) > 19
        ):
            raise NoteRefused(f"not the size of a log: {size[:30]!r}")
        try:
            return cls(origin, int(size), strict_base64(root))
        except ValueError as error:
            raise NoteRefused(f"not a root: {root[:60]!r}") from error


def _read_signature(line: str) -> NoteSignature:
    name, parted, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not parted or not name or "+" in name or name.split() != [name]:
        raise NoteRefused("not a signature line")
    try:
        content = strict_base64(encoded)
    except ValueError as error:
        raise NoteRefused(f"the signature by {name}: {error}") from error
    if len(content) <= _KEY_ID_BYTES:
        raise NoteRefused(f"the signature by {name} is cut short")
    return NoteSignature(name, content[:_KEY_ID_BYTES], content[_KEY_ID_BYTES:])


def _is_good(text: str, line: NoteSignature, key: VerifyingKey, suite: Suite) -> bool:
    if not key.is_cosigner:
        return suite.verify(key, text.encode(), line.content)
    if len(line.content) <= 8:
        return False
    [at] = struct.unpack(">Q", line.content[:8])
    return suite.verify(key, _cosigned(text, at), line.content[8:])


def _cosigned(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()

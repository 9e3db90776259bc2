"""Files that go from node to node by any way (计划包、离线包): compressed, sealed to their receivers, signed by their maker.

    KAOWU1, newline, length of the rest (8 bytes)
    a canonical map: the signed head (a note), the content key for each receiver, the sealed content

The head can be read by anybody who holds the file: from whom, for whom, which
exam, which number, and digests of both forms of the content. The digest of the
whole file is its name in the journal.
"""

import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from kaowu.basics import canonical
from kaowu.basics.boxes import BoxBroken, BoxKey, OpeningKey
from kaowu.basics.suites import INTERNATIONAL, SUITES, SealBroken, SigningKey, Suite, VerifyingKey
from kaowu.engines.ledger.notes import Note, NoteRefused

PLAN_PACKAGE = "plan-package"
BUNDLE = "bundle"
LOG_COPY = "log-copy"
ERASURES = "erasures"
DISPATCHES = "dispatches"
AUDIT_SAMPLES = "audit-samples"
MAGIC = b"KAOWU1\n"
LARGEST_CONTENT = 2_000_000_000
_LINES = ("kind", "maker", "receiver", "exam", "number", "software", "suite", "content", "sealed", "keys")
_NONCE = 12


class FileRefused(ValueError):
    """The file cannot be taken; the code says why, the detail what was found."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}".strip())
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says of itself; signed by its maker."""

    kind: str
    maker: str
    receiver: str
    exam: str
    number: int
    software: str


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file whose form is right; whether its maker is trusted and it opens here is asked next."""

    head: Head
    digest: bytes
    note: Note
    content_digest: str
    suite: Suite
    _keys: Sequence[tuple[bytes, bytes]]
    _sealed: bytes

    def signed_by(self, makers: Sequence[VerifyingKey], suite: Suite = INTERNATIONAL) -> VerifyingKey:
        """The key under which it was signed, if that is one of these; raises FileRefused."""
        if suite.name != self.suite.name:
            raise FileRefused("suite_differs", self.suite.name)
        try:
            return self.note.verified_by(makers, suite)[0]
        except NoteRefused as error:
            raise FileRefused("maker_untrusted", self.head.maker) from error

    def open(self, key: OpeningKey) -> bytes:
        """The content; raises FileRefused. Look at `signed_by` first."""
        box = next((box for id, box in self._keys if id == key.box_key.id), None)
        if box is None:
            raise FileRefused("not_sealed_for_us", self.head.receiver)
        try:
            content_key = key.open(box, _about(self.head.kind, self.content_digest))
            packed = self.suite.unseal(
                content_key, self._sealed[:_NONCE], self._sealed[_NONCE:], self.head.kind.encode()
            )
        except (BoxBroken, SealBroken) as error:
            raise FileRefused("content_changed") from error
        reader = zlib.decompressobj()
        try:
            content = reader.decompress(packed, LARGEST_CONTENT)
        except zlib.error as error:
            raise FileRefused("content_changed") from error
        if reader.unconsumed_tail or self.suite.hash(content).hex() != self.content_digest:
            raise FileRefused("content_changed")
        return content


def seal_file(
    head: Head, content: bytes, receivers: Sequence[BoxKey], maker: SigningKey, suite: Suite = INTERNATIONAL
) -> bytes:
    """The file; each of the receivers can open it."""
    content_key, nonce = os.urandom(suite.cipher_key_bytes), os.urandom(_NONCE)
    sealed = nonce + suite.seal(content_key, nonce, zlib.compress(content, 6), head.kind.encode())
    named = suite.hash(content).hex()
    keys = [[key.id, key.seal(content_key, _about(head.kind, named))] for key in receivers]
    values = (
        head.kind,
        head.maker,
        head.receiver,
        head.exam,
        str(head.number),
        head.software,
        suite.name,
        named,
        suite.hash(sealed).hex(),
        _digest_of(keys, suite),
    )
    text = "".join(f"{name} {value}\n" for name, value in zip(_LINES, values, strict=True))
    note = Note(text).signed_by(maker, suite)
    body = canonical.encode({1: note.to_bytes(), 2: keys, 3: sealed})
    return MAGIC + len(body).to_bytes(8, "big") + body


def read_file(content: bytes) -> SealedFile:
    """Read the form of a file; raises FileRefused, with its own code for one that was not copied whole."""
    start = len(MAGIC) + 8
    if content[: len(MAGIC)] != MAGIC[: len(content)]:
        raise FileRefused("not_such_a_file")
    length = int.from_bytes(content[len(MAGIC) : start], "big") if len(content) >= start else None
    if length is None or len(content) < start + length:
        raise FileRefused(
            "file_incomplete", f"{len(content)}/{start + length if length is not None else '?'}"
        )
    if len(content) > start + length:
        raise FileRefused("content_changed", "bytes follow the end")
    try:
        read = canonical.decode(content[start:])
        note = Note.from_bytes(read[1])
        values = _values(note.text)
        keys = [(bytes(id), bytes(box)) for id, box in read[2]]
        sealed = bytes(read[3])
        kind, maker, receiver, exam, number, software, chosen, named, of_sealed, of_keys = values
        suite = SUITES[chosen]
        head = Head(kind, maker, receiver, exam, int(number), software)
    except (canonical.NotCanonical, NoteRefused, KeyError, TypeError, ValueError) as error:
        raise FileRefused("content_changed", str(error)[:100]) from error
    if suite.hash(sealed).hex() != of_sealed or _digest_of(keys, suite) != of_keys:
        raise FileRefused("content_changed")
    return SealedFile(head, suite.hash(content), note, named, suite, keys, sealed)


def _values(text: str) -> list[str]:
    lines = [line.partition(" ") for line in text[:-1].split("\n")]
    if tuple(name for name, _, _ in lines) != _LINES:
        raise ValueError("not the head of such a file")
    return [value for _, _, value in lines]


def _digest_of(keys: Sequence[Sequence[bytes]], suite: Suite) -> str:
    return suite.hash(b"".join(id + box for id, box in keys)).hex()


def _about(kind: str, named: str) -> bytes:
    return f"kaowu {kind} {named}".encode()

"""The frames of an archive file (归档 *.kwa), byte by byte.

A file is a mark of eight bytes, then frames:

    kind (1 byte) · length (4 bytes, big-endian) · body · check (32 bytes)

The check is the digest of *every* byte of the file before it, so each frame
ends by vouching for all that went before. The last frame is the seal: it has no
check, its body is a note signed over the digest of everything before the frame.
There is one way to cut given content into frames, so no byte is free.
`docs/reference/journal-format.md` is the full description.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

import cbor2

from kaowu.basics.suites import Suite
from kaowu.engines.ledger.notes import Note

FORMAT = 1
MARKS = {"international": b"\x89KWA\r\n\x1a\n", "national": b"\x89KWN\r\n\x1a\n"}
"""The first bytes of a file, by the suite that all its digests and signatures are of."""
MARK_BYTES = 8

HEAD = b"H"
FACTS = b"F"
CHECKPOINT = b"C"
ARTEFACT = b"A"
WITHHELD = b"W"
DOCUMENT = b"D"
CONTENT = b"B"
MANIFEST = b"M"
SEAL = b"S"
KINDS = frozenset((HEAD, FACTS, CHECKPOINT, ARTEFACT, WITHHELD, DOCUMENT, CONTENT, MANIFEST, SEAL))

HEADER_BYTES = 5
CHECK_BYTES = 32
LONGEST_BODY = 1 << 26
FACTS_PER_FRAME = 256
CONTENT_PER_FRAME = 1 << 20
LONGEST_LEAF = 65_534
LONGEST_PERSONAL = 65_533
SALT_BYTES = 32
LONGEST_NAME = 1000
LATEST_MS = (1 << 47) - 1

SEAL_TITLE = "kaowu archive seal"


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it stands in the file."""

    kind: bytes
    body: bytes
    offset: int
    length: int
    """Of the whole frame; for a frame cut short, of what there is."""
    state: str = "whole"
    """`whole`, or how it fails: `unknown`, `too_long`, `cut_short`, `check_wrong`."""

    @property
    def body_offset(self) -> int:
        """Where in the file the body begins."""
        return self.offset + HEADER_BYTES


def read_frames(source: BinaryIO, mark: bytes, suite: Suite) -> Iterator[tuple[Frame, bytes]]:
    """Each frame with the digest of all bytes before it; ends after one that is not whole.

    The source stands behind the mark. Nothing is said about what follows a seal.
    """
    whole = suite.hasher()
    whole.update(mark)
    offset = len(mark)
    while header := source.read(HEADER_BYTES):
        kind, length = header[:1], int.from_bytes(header[1:], "big")
        before = whole.digest()
        if len(header) < HEADER_BYTES:
            state, body, check = "cut_short", b"", b""
        elif kind not in KINDS:
            state, body, check = "unknown", b"", b""
        elif length > LONGEST_BODY:
            state, body, check = "too_long", b"", b""
        else:
            body = source.read(length)
            whole.update(header)
            whole.update(body)
            check = b"" if kind == SEAL else source.read(CHECK_BYTES)
            state = "whole"
            if len(body) < length or (kind != SEAL and len(check) < CHECK_BYTES):
                state = "cut_short"
            elif kind != SEAL and check != whole.digest():
                state = "check_wrong"
            whole.update(check)
        size = len(header) + len(body) + len(check)
        yield Frame(kind, body, offset, size, state), before
        if state != "whole":
            return
        offset += size


class Row(NamedTuple):
    """One fact in the body of a facts frame."""

    leaf: bytes
    hash: bytes
    """Of the leaf, as the writer says; it shows which fact was touched."""
    personal: bytes | None
    salt: bytes | None
    offset: int
    """Where in the body the row begins."""
    withheld: bool = False
    """Personal fields exist, but this archive was made without them."""

    @property
    def length(self) -> int:
        """How many bytes the row takes."""
        beside = 0 if self.personal is None else len(self.personal) + SALT_BYTES
        return _LENGTHS.size + len(self.leaf) + CHECK_BYTES + beside


_LENGTHS = struct.Struct(">HH")
_WITHHELD, _NONE = 0xFFFE, 0xFFFF


def row_bytes(
    leaf: bytes, hash: bytes, personal: bytes | None, salt: bytes | None, withheld: bool = False
) -> bytes:
    """A row: both lengths, the leaf and its hash; then personal fields and salt if there are any."""
    if personal is None or salt is None:
        return _LENGTHS.pack(len(leaf), _WITHHELD if withheld else _NONE) + leaf + hash
    return _LENGTHS.pack(len(leaf), len(personal)) + leaf + hash + personal + salt


def read_rows(body: bytes) -> Iterator[Row]:
    """The rows of a facts frame; raises ValueError where the body breaks off."""
    lengths, at, end = _LENGTHS.unpack_from, 0, len(body)
    while at < end:
        if at + _LENGTHS.size > end:
            raise ValueError("a row breaks off")
        of_leaf, of_personal = lengths(body, at)
        hash_at = at + 4 + of_leaf
        next_at = hash_at + CHECK_BYTES
        if of_personal >= _WITHHELD:
            withheld = of_personal == _WITHHELD
            row = Row(body[at + 4 : hash_at], body[hash_at:next_at], None, None, at, withheld)
        else:
            salt_at = next_at + of_personal
            row = Row(
                body[at + 4 : hash_at],
                body[hash_at:next_at],
                body[next_at:salt_at],
                body[salt_at : salt_at + SALT_BYTES],
                at,
            )
            next_at = salt_at + SALT_BYTES
        if next_at > end:
            raise ValueError("a row breaks off")
        at = next_at
        yield row


def withheld_counts(artefacts: int, facts: int) -> dict[str, int]:
    """What the manifest adds if anything was withheld: how many artefacts, of how many facts the personal fields."""
    return {"withheld": artefacts, "withheld_fields": facts} if artefacts or facts else {}


def is_line(text: str) -> bool:
    """Whether a text of the head can be shown on one line as it is."""
    return len(text) <= LONGEST_NAME and not any(
        c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029" for c in text
    )


def is_origin(origin: str) -> bool:
    """Whether a log can be called so: one line that is not the title of a seal."""
    return bool(origin) and is_line(origin) and origin != SEAL_TITLE


def is_document_name(name: str) -> bool:
    """Whether a name can be unpacked into a folder without leaving it."""
    return (
        len(name.encode()) <= LONGEST_NAME
        and not any(c < " " or c in '\\:*?"<>|\x7f' for c in name)
        and not any(part in ("", ".", "..") or part != part.strip() for part in name.split("/"))
    )


def frame_header(kind: bytes, length: int) -> bytes:
    """The first five bytes of a frame."""
    return kind + length.to_bytes(4, "big")


def leaf_of(recorded_at: int, entry: bytes, proof: bytes | None = None) -> bytes:
    """What a leaf of the tree is the hash of: when the node took the entry in, the entry, and what signs it."""
    # No map is in it, so the plain encoding is the canonical one.
    return cbor2.dumps([recorded_at, entry] if proof is None else [recorded_at, entry, proof])


def seal_note(origin: str, length: int, digest: bytes) -> Note:
    """The note that seals an archive: of which log, how many bytes before it, their digest."""
    return Note(f"{SEAL_TITLE}\n{origin}\n{length}\n{digest.hex()}\n")

"""What the two sides say to each other, byte by byte (C2SP tlog-witness and tlog-mirror).

`add-checkpoint` is text: the size the sender believes the mirror to hold, a
consistency proof, an empty line, the signed checkpoint. `add-entries` is
binary: of which log, from where, to which checkpoint, then packages (see
`packages`). A mirror that cannot go on says where it stands: `MirrorInfo`.
"""

import base64
from dataclasses import dataclass

from kaowu.basics.suites import strict_base64
from kaowu.engines.ledger.notes import Note, NoteRefused
from kaowu.engines.ledger.tree import HASH_BYTES

MOST_HASHES = 63
LONGEST_ORIGIN = 1_000
_LATEST_INDEX = 1 << 63


class WireRefused(ValueError):
    """The bytes are not a request, or not an answer, of the agreed form."""


@dataclass(frozen=True, slots=True)
class NewCheckpoint:
    """The body of `add-checkpoint`: the log has grown from `old` leaves to those of the note."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def to_bytes(self) -> bytes:
        """The request as it is sent."""
        lines = [f"old {self.old}\n", *(base64.b64encode(hash).decode() + "\n" for hash in self.proof), "\n"]
        return "".join(lines).encode() + self.note.to_bytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> "NewCheckpoint":
        """Read a request; raises WireRefused."""
        head, parted, note = content.partition(b"\n\n")
        lines = head.split(b"\n")
        if not parted or not lines[0].startswith(b"old ") or len(lines) > MOST_HASHES + 1:
            raise WireRefused("add-checkpoint says the old size, a proof of at most 63 hashes and a note")
        try:
            proof = tuple(strict_base64(line.decode("ascii")) for line in lines[1:])
            if any(len(hash) != HASH_BYTES for hash in proof):
                raise WireRefused("a hash of the proof does not have 32 bytes")
            return cls(_number(lines[0][4:]), proof, Note.from_bytes(note))
        except (NoteRefused, UnicodeDecodeError, ValueError) as error:
            raise WireRefused(str(error)) from error


@dataclass(frozen=True, slots=True)
class UploadHead:
    """The beginning of `add-entries`: entries [start, end) of a log, under its checkpoint of size `end`."""

    origin: str
    start: int
    end: int
    ticket: bytes = b""

    def to_bytes(self) -> bytes:
        """The head as it is sent before the packages."""
        origin = self.origin.encode()
        return (
            len(origin).to_bytes(2, "big")
            + origin
            + self.start.to_bytes(8, "big")
            + self.end.to_bytes(8, "big")
            + len(self.ticket).to_bytes(2, "big")
            + self.ticket
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> tuple["UploadHead", int]:
        """Read the head; returns it and where the packages begin. Raises WireRefused."""
        length = int.from_bytes(content[:2], "big")
        at = 2 + length
        start, end = (
            int.from_bytes(content[at : at + 8], "big"),
            int.from_bytes(content[at + 8 : at + 16], "big"),
        )
        ticket = int.from_bytes(content[at + 16 : at + 18], "big")
        begin = at + 18 + ticket
        if len(content) < begin or not 0 < length <= LONGEST_ORIGIN:
            raise WireRefused("the head of the upload is cut short")
        if not start <= end <= _LATEST_INDEX:
            raise WireRefused(f"an upload does not run from {start} to {end}")
        try:
            return cls(content[2:at].decode(), start, end, content[at + 18 : begin]), begin
        except UnicodeDecodeError as error:
            raise WireRefused("the origin is not UTF-8") from error


@dataclass(frozen=True, slots=True)
class MirrorInfo:
    """Where a mirror stands: the size of a checkpoint it accepted, and the first entry it lacks."""

    size: int
    next_entry: int
    ticket: bytes = b""

    def to_bytes(self) -> bytes:
        """The body of a 202 or 409 answer to `add-entries`."""
        return f"{self.size}\n{self.next_entry}\n{base64.b64encode(self.ticket).decode()}\n".encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "MirrorInfo":
        """Read an answer; raises WireRefused."""
        lines = content.split(b"\n")
        if len(lines) != 4 or lines[3]:
            raise WireRefused("a mirror says where it stands in three lines")
        try:
            return cls(_number(lines[0]), _number(lines[1]), strict_base64(lines[2].decode("ascii")))
        except (UnicodeDecodeError, ValueError) as error:
            raise WireRefused(str(error)) from error


def read_size(content: bytes) -> int:
    """The size in a 409 answer to `add-checkpoint`; raises WireRefused."""
    return _number(content.removesuffix(b"\n"))


def _number(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 19 or (digits != b"0" and digits.startswith(b"0")):
        raise WireRefused(f"not a number: {digits[:30]!r}")
    return int(digits)

"""座位凭据: proof to one candidate of the own seat in the sealed plan, which shows nobody else's.

The lines of a plan in their order are the leaves of an RFC 6962 tree; its root
stands in the fact that sealed the plan or changed it. A leaf is a salt of 16
bytes, then the line as canonical JSON; without the salt nobody can try out who
sits where. The salt of line i is the first 16 bytes of key(secret,
"seats/salt", i). Described in docs/reference/draw-specification.md.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.seeds import keys_of
from kaowu.engines.ledger.proofs import holds_leaf
from kaowu.engines.ledger.tree import CompactRange, Tree, leaf_hash
from kaowu.loop.prepare.seat_table import SeatLine, in_order

FORMAT = "kaowu.seat-proof/1"
SECRET_BYTES = 32
_SALT = 16


@dataclass(frozen=True, slots=True)
class SeatProof:
    """One candidate's seat, and the path from it to the root on record."""

    exam: str
    root: bytes
    size: int
    index: int
    salt: bytes
    line: SeatLine
    path: tuple[bytes, ...]

    @property
    def holds(self) -> bool:
        """Does the path lead from this seat to the root?"""
        leaf = leaf_hash(self.salt + _content(self.exam, self.line))
        return len(self.salt) == _SALT and holds_leaf(self.index, self.size, leaf, self.path, self.root)

    def to_bytes(self) -> bytes:
        """The proof as a file: JSON, UTF-8, keys sorted."""
        plain = {
            "format": FORMAT,
            "exam": self.exam,
            "root": self.root.hex(),
            "size": self.size,
            "index": self.index,
            "salt": self.salt.hex(),
            "seat": asdict(self.line),
            "path": [node.hex() for node in self.path],
        }
        return json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes) -> "SeatProof":
        """A proof from its file; Refused if it has another form."""
        try:
            return _read(json.loads(content))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "seat_proof_unreadable",
                Sentence(f"座位凭据文件无法读懂：{error}", f"The proof of a seat cannot be read: {error}"),
            ) from error


def root_of_seats(exam: str, lines: Iterable[SeatLine], secret: bytes) -> bytes:
    """The root over all seats of a plan."""
    tree = CompactRange()
    tree.extend(_leaves(exam, in_order(lines), secret))
    return tree.root()


def proofs_for(exam: str, lines: Iterable[SeatLine], secret: bytes, candidate: str) -> list[SeatProof]:
    """The proofs of one candidate's seats: one, or one for each seating; none without a seat."""
    ordered = in_order(lines)
    tree = Tree(_leaves(exam, ordered, secret))
    salt_of = keys_of(secret, "seats/salt")
    return [
        SeatProof(
            exam,
            tree.root(),
            len(ordered),
            index,
            salt_of(str(index))[:_SALT],
            line,
            tuple(tree.inclusion(index)),
        )
        for index, line in enumerate(ordered)
        if line.candidate == candidate
    ]


def _leaves(exam: str, ordered: Sequence[SeatLine], secret: bytes) -> list[bytes]:
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"the secret has {SECRET_BYTES} bytes, not {len(secret)}")
    salt_of = keys_of(secret, "seats/salt")
    return [
        leaf_hash(salt_of(str(index))[:_SALT] + _content(exam, line)) for index, line in enumerate(ordered)
    ]


def _content(exam: str, line: SeatLine) -> bytes:
    values = [exam, line.candidate, line.sitting, line.site, line.room, line.seat, line.admission_number]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


def _read(plain: Mapping[str, Any]) -> SeatProof:
    if plain["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    seat = {str(name): str(value) for name, value in plain["seat"].items()}
    return SeatProof(
        str(plain["exam"]),
        bytes.fromhex(plain["root"]),
        int(plain["size"]),
        int(plain["index"]),
        bytes.fromhex(plain["salt"]),
        SeatLine(**seat),
        tuple(bytes.fromhex(node) for node in plain["path"]),
    )

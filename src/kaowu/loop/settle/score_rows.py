"""What one candidate reached (成绩行), and the salted tree over all of them.

A leaf is a salt of 16 bytes, then the row as canonical JSON. The salts are
chance, one for each row, and lie beside the row: whoever destroys row and salt
leaves a leaf that says nothing to anybody, and every other proof as it was.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.ledger.proofs import holds_leaf
from kaowu.engines.ledger.tree import CompactRange, Tree, leaf_hash
from kaowu.engines.scores import UNDECIDED, State, written

FORMAT = "kaowu.score-proof/1"
SALT_BYTES = 16
LEAF_BYTES = 32
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class PartScore:
    """One part of a subject."""

    name: str
    state: State
    points: int = 0


@dataclass(frozen=True, slots=True)
class SubjectScore:
    """One subject: a state, and points only where there are some."""

    subject: str
    state: State
    points: int = 0
    parts: tuple[PartScore, ...] = ()

    @property
    def spoken(self) -> str:
        """As facts and papers keep it: “92.5”, or the state."""
        return written(self.points) if self.state is State.SCORED else self.state.value

    def to_plain(self) -> list[Any]:
        """The score as JSON values."""
        parts = [[part.name, part.state.value, part.points] for part in self.parts]
        return [self.subject, self.state.value, self.points, parts]

    @classmethod
    def from_spoken(cls, subject: str, text: str, points: Callable[[str], int]) -> "SubjectScore":
        """A corrected score: a state by its code, or points. Raises Refused."""
        if text in (State.ABSENT, State.VOID, State.EXEMPT):
            return cls(subject, State(text))
        return cls(subject, State.SCORED, points(text))


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """All subjects of one candidate."""

    candidate: str
    scores: tuple[SubjectScore, ...]
    county: str = ""
    site: str = ""
    room: str = ""

    @property
    def total(self) -> int:
        """The sum of the subjects that have points."""
        return sum(one.points for one in self.scores if one.state is State.SCORED)

    @property
    def undecided(self) -> int:
        """How many subjects still wait for somebody."""
        return sum(one.state in UNDECIDED for one in self.scores)

    def of(self, subject: str) -> SubjectScore | None:
        """The score of a subject; None if it was not taken."""
        return next((one for one in self.scores if one.subject == subject), None)

    def with_score(self, score: SubjectScore) -> "ScoreRow":
        """The row with one subject corrected."""
        kept = tuple(score if one.subject == score.subject else one for one in self.scores)
        return replace(self, scores=kept)

    def to_plain(self) -> list[Any]:
        """The row as JSON values; where somebody sat is not part of the leaf."""
        return [self.candidate, [one.to_plain() for one in self.scores], self.total]

    @classmethod
    def from_plain(cls, plain: Sequence[Any], county: str = "", site: str = "", room: str = "") -> "ScoreRow":
        """A row from its JSON values; raises ValueError, also when the total is not the sum."""
        candidate, scores, total = plain
        row = cls(
            str(candidate),
            tuple(
                SubjectScore(
                    str(subject),
                    State(state),
                    int(reached),
                    tuple(PartScore(str(name), State(of), int(n)) for name, of, n in parts),
                )
                for subject, state, reached, parts in scores
            ),
            county,
            site,
            room,
        )
        if row.total != total:
            raise ValueError("the total is not the sum of the subjects")
        return row


@dataclass(frozen=True, slots=True)
class Frozen:
    """Rows in the order of the tree, their salts, their leaves and the root."""

    rows: tuple[ScoreRow, ...]
    salts: tuple[bytes, ...]
    leaves: tuple[bytes, ...]
    root: bytes


@dataclass(frozen=True, slots=True)
class ScoreProof:
    """One candidate's scores and the path from them to the root on record."""

    exam: str
    root: bytes
    size: int
    index: int
    salt: bytes
    row: ScoreRow
    path: tuple[bytes, ...]

    @property
    def leaf(self) -> bytes:
        """The leaf that these scores make."""
        return leaf_of(self.exam, self.row, self.salt)

    @property
    def holds(self) -> bool:
        """Does the path lead from these scores to the root?"""
        return len(self.salt) == SALT_BYTES and holds_leaf(
            self.index, self.size, self.leaf, self.path, self.root
        )

    def to_plain(self) -> dict[str, Any]:
        """The proof as JSON values."""
        return {
            "format": FORMAT,
            "exam": self.exam,
            "root": self.root.hex(),
            "size": self.size,
            "index": self.index,
            "salt": self.salt.hex(),
            "row": self.row.to_plain(),
            "path": [node.hex() for node in self.path],
        }

    @classmethod
    def from_plain(cls, plain: Any) -> "ScoreProof":
        """A proof from JSON values; Refused if it has another form."""
        try:
            if plain["format"] != FORMAT:
                raise ValueError(f"format is not {FORMAT}")
            return cls(
                str(plain["exam"]),
                bytes.fromhex(plain["root"]),
                int(plain["size"]),
                int(plain["index"]),
                bytes.fromhex(plain["salt"]),
                ScoreRow.from_plain(plain["row"]),
                tuple(bytes.fromhex(node) for node in plain["path"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Refused(
                "score_proof_unreadable",
                Sentence(f"成绩凭据文件无法读懂：{error}", f"The proof of scores cannot be read: {error}"),
            ) from error


def leaf_of(exam: str, row: ScoreRow, salt: bytes) -> bytes:
    """The leaf of a row under its salt."""
    return leaf_hash(salt + _content(exam, row, {}))


def _content(exam: str, row: ScoreRow, spelled: dict[int, str]) -> bytes:
    """Canonical JSON of `[exam, *row.to_plain()]`; `spelled` keeps what candidates with the very same score share."""
    scores = []
    for one in row.scores:
        text = spelled.get(id(one))
        if text is None:
            text = spelled[id(one)] = _JSON.encode(one.to_plain())
        scores.append(text)
    return f"[{_JSON.encode(exam)},{_JSON.encode(row.candidate)},[{','.join(scores)}],{row.total}]".encode()


def new_salt() -> bytes:
    """Chance for one row, never used again."""
    return secrets.token_bytes(SALT_BYTES)


def freeze(exam: str, rows: Sequence[ScoreRow]) -> Frozen:
    """All rows by candidate number under one root, with fresh salts."""
    ordered = tuple(sorted(rows, key=lambda row: row.candidate))
    chance = secrets.token_bytes(SALT_BYTES * len(ordered))
    salts = tuple(chance[at : at + SALT_BYTES] for at in range(0, len(chance), SALT_BYTES))
    spelled: dict[int, str] = {}
    leaves = tuple(
        leaf_hash(salt + _content(exam, row, spelled)) for row, salt in zip(ordered, salts, strict=True)
    )
    tree = CompactRange()
    tree.extend(leaves)
    return Frozen(ordered, salts, leaves, tree.root())


def tree_of(leaves: bytes) -> Tree:
    """The tree over a file of leaves."""
    return Tree(leaves[at : at + LEAF_BYTES] for at in range(0, len(leaves), LEAF_BYTES))

"""Score records in an archive: what was frozen, approved, released and corrected must be one and the same.

A freeze binds a file of salted leaves, one for each candidate; nothing here opens a leaf. The file comes behind
the facts, so the facts only say what it must hold, and `settle` compares once all artefacts were read.
"""

from dataclasses import dataclass, field
from typing import Any

from kaowu.engines.ledger.tree import CompactRange

LEAF_BYTES = 32
_KIND, _EXAM, _PAYLOAD, _ATTACHMENTS = 3, 4, 13, 15
_PAYLOADS: dict[str, dict[str, type]] = {
    "scores_frozen": {"root": bytes, "leaves": bytes, "candidates": int},
    "scores_approved": {"root": bytes},
    "scores_released": {"root": bytes},
    "score_corrected": {"candidate": str, "leaf_before": bytes, "leaf": bytes},
}


@dataclass(frozen=True, slots=True)
class _Freeze:
    index: int
    root: bytes
    leaves: bytes
    candidates: int


@dataclass(slots=True)
class _Leaves:
    """A file of leaves, taken in as it is read."""

    sought: dict[bytes, int] = field(default_factory=dict)
    """Leaves that were corrected, with the index of the correction; found ones are taken out."""
    tree: CompactRange = field(default_factory=CompactRange)
    rest: bytes = b""

    def read(self, piece: bytes) -> None:
        content = self.rest + piece
        end = len(content) - len(content) % LEAF_BYTES
        leaves = [content[at : at + LEAF_BYTES] for at in range(0, end, LEAF_BYTES)]
        self.tree.extend(leaves)
        if self.sought:
            for leaf in leaves:
                self.sought.pop(leaf, None)
        self.rest = content[end:]


class ScoreRoll:
    """Takes the facts of one log in their order, then the files of leaves that they bind."""

    def __init__(self) -> None:
        self._freezes: list[_Freeze] = []
        self._frozen: dict[str, _Freeze] = {}
        self._approved: dict[str, _Freeze] = {}
        self._standing: dict[tuple[str, str], bytes] = {}
        self._files: dict[bytes, _Leaves] = {}

    def take(self, index: int, fields: dict[int, Any]) -> str | None:
        """The next fact; the code of what is wrong with it, if it speaks of scores."""
        form = _PAYLOADS.get(fields[_KIND])
        if form is None:
            return None
        payload, exam = fields[_PAYLOAD], fields[_EXAM]
        if any(type(payload.get(name)) is not kind for name, kind in form.items()):
            return "score_fact_malformed"
        if fields[_KIND] == "scores_frozen":
            return self._freeze(exam, index, fields)
        if fields[_KIND] == "score_corrected":
            return self._correct(exam, index, payload)
        known = (self._frozen if fields[_KIND] == "scores_approved" else self._approved).get(exam)
        if known is None or known.root != payload["root"]:
            return "score_root_unknown"
        self._approved[exam] = known
        return None

    def file(self, digest: bytes) -> _Leaves | None:
        """The file of leaves with this digest, if a freeze binds it; its content is read into it."""
        return self._files.get(digest)

    def settle(self) -> tuple[str, int] | None:
        """Once every file was read: the first fact that does not fit its file, and the code why."""
        found = []
        for one in self._freezes:
            file = self._files[one.leaves]
            if file.rest or file.tree.size != one.candidates:
                found.append((one.index, "score_count_wrong"))
            elif file.tree.root() != one.root:
                found.append((one.index, "score_root_wrong"))
        for file in self._files.values():
            found += [(index, "score_leaf_unknown") for index in file.sought.values()]
        return min(((code, index) for index, code in found), key=lambda fault: fault[1], default=None)

    def _freeze(self, exam: str, index: int, fields: dict[int, Any]) -> str | None:
        payload = fields[_PAYLOAD]
        if payload["leaves"] not in fields[_ATTACHMENTS]:
            return "score_leaves_unbound"
        if exam in self._approved:
            return "score_frozen_again"
        one = _Freeze(index, payload["root"], payload["leaves"], payload["candidates"])
        self._freezes.append(one)
        self._frozen[exam] = one
        self._files.setdefault(one.leaves, _Leaves())
        return None

    def _correct(self, exam: str, index: int, payload: dict[str, Any]) -> str | None:
        """The first correction of a candidate replaces a frozen leaf, each further one the leaf before it."""
        approved, whose, before = (
            self._approved.get(exam),
            (exam, payload["candidate"]),
            payload["leaf_before"],
        )
        if approved is None:
            return "score_root_unknown"
        if whose not in self._standing:
            sought = self._files[approved.leaves].sought
            if before in sought:
                return "score_leaf_unknown"
            sought[before] = index
        elif self._standing[whose] != before:
            return "score_leaf_unknown"
        self._standing[whose] = payload["leaf"]
        return None

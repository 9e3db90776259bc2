"""How the entries of a journal must look, and how they hang together.

This is the judge's own reading of `docs/reference/journal-format.md`; it shares
nothing with whoever writes entries. It knows the envelope of a fact, not what a
kind of fact means.
"""

import itertools
import unicodedata
from typing import Any

import cbor2
import numpy as np

from kaowu.basics import canonical
from kaowu.basics.suites import Suite, VerifyingKey
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.score_roll import ScoreRoll
from kaowu.engines.ledger.signers import DemandOf, Fault, SignatureJudge, nothing_asked

_COMMITMENT = b"\x02"
_INTEGER_LIMIT = 1 << 64
_FIELDS = list(range(1, 18))
_NUMBERED = [int] * len(_FIELDS)
_ACTOR, _TEXT = [str, str], {str}
_SHAPES = frozenset(
    itertools.product(
        [int],  # 1 version
        [bytes],  # 2 id
        [str],  # 3 kind
        [str],  # 4 exam
        [str, type(None)],  # 5 site
        [str],  # 6 device
        [int],  # 7 device sequence
        [bytes],  # 8 device previous
        [int],  # 9 stamped at
        [str],  # 10 time source
        [list],  # 11 actors
        [str],  # 12 subject
        [dict],  # 13 payload
        [bytes, type(None)],  # 14 corrects
        [list],  # 15 attachments
        [bytes, type(None)],  # 16 commitment
        [bytes, type(None)],  # 17 plan
    )
)
ID, _ATTACHMENTS, COMMITTED = 2, 15, 16
_LEAVES = ((int, bytes), (int, bytes, bytes))


class EntryRefused(ValueError):
    """An entry that must not stand in a journal; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EntryChain:
    """Takes the facts of one log in their order.

    It refuses the first that cannot stand in a journal at all; chains and
    signatures that do not hold are named and the reading goes on.
    """

    def __init__(
        self, suite: Suite, log_key: VerifyingKey | None = None, demand_of: DemandOf = nothing_asked
    ) -> None:
        self._suite = suite
        self._recorded_at = 0
        self.signers = SignatureJudge(log_key, suite, demand_of)
        # Sixteen bytes a fact and no object each: a set would take ten times as much.
        self._ids = bytearray()
        self.attached: dict[bytes, int] = {}
        """The artefacts that facts bind, with the index of the first fact that does."""
        self.scores = ScoreRoll()
        self.erased = 0
        """How many facts had personal fields that were erased."""

    def take(
        self, leaf: bytes, personal: bytes | None, salt: bytes | None, withheld: bool = False
    ) -> list[Fault]:
        """The next fact and what is wrong with its chain or signatures; raises EntryRefused."""
        recorded_at, entry, proof = read_leaf(leaf)
        fields = read_entry(entry)
        if recorded_at < self._recorded_at:
            raise EntryRefused("recorded_backwards")
        self._recorded_at = recorded_at
        require_committed(fields[COMMITTED], personal, salt, self._suite)
        if withheld and fields[COMMITTED] is None:
            raise EntryRefused("personal_uncommitted")
        self.erased += personal is None and fields[COMMITTED] is not None and not withheld
        index = len(self._ids) // 16
        for digest in fields[_ATTACHMENTS]:
            self.attached.setdefault(digest, index)
        self._ids += fields[ID]
        code = self.scores.take(index, fields)
        if code is not None:
            raise EntryRefused(code)
        return self.signers.take(index, entry, fields, proof)

    def first_repeated_id(self) -> int | None:
        """The index of the first fact whose id an earlier fact has."""
        halves = np.frombuffer(self._ids, dtype="<u8").reshape(-1, 2)
        order = np.lexsort((halves[:, 1], halves[:, 0]))
        same = (halves[order[1:]] == halves[order[:-1]]).all(axis=1)
        return int(order[1:][same].min()) if same.any() else None


def require_committed(
    commitment: bytes | None, personal: bytes | None, salt: bytes | None, suite: Suite
) -> None:
    """Personal fields beside an entry are those it commits to; raises EntryRefused."""
    if personal is None or salt is None:
        return
    if commitment is None:
        raise EntryRefused("personal_uncommitted")
    if suite.hash(_COMMITMENT + salt + personal) != commitment or not _is_map(personal):
        raise EntryRefused("personal_altered")


def read_leaf(leaf: bytes) -> tuple[int, bytes, bytes | None]:
    """When the node took the entry in, the entry, and what signs it; raises EntryRefused."""
    try:
        parts = cbor2.loads(leaf)
    except Exception as error:  # cbor2 raises many kinds for hostile input
        raise EntryRefused("leaf_not_canonical") from error
    if type(parts) is not list or tuple(map(type, parts)) not in _LEAVES or parts[0] < 0:
        raise EntryRefused("leaf_malformed")
    if leaf_of(*parts) != leaf:
        raise EntryRefused("leaf_not_canonical")
    return parts[0], parts[1], parts[2] if len(parts) == 3 else None


def read_entry(entry: bytes) -> dict[int, Any]:
    """The numbered fields of an entry; raises EntryRefused."""
    try:
        fields = cbor2.loads(entry)
    except Exception as error:  # as above
        raise EntryRefused("entry_not_canonical") from error
    # True and simple values compare equal to numbers, so the types of the keys count as well.
    if type(fields) is not dict or list(fields) != _FIELDS or list(map(type, fields)) != _NUMBERED:
        raise EntryRefused("entry_malformed")
    if not _is_entry(fields):
        raise EntryRefused("entry_malformed")
    # Encoded again in the order in which they were read, other spellings of numbers and lengths
    # show; the order itself, and the form of text, are looked at in the payload and fields.
    if cbor2.dumps(fields) != entry or not _is_canonical_map(fields[13]) or not _are_nfc(fields):
        raise EntryRefused("entry_not_canonical")
    return fields


def _is_entry(fields: dict[int, Any]) -> bool:
    """Whether every field has the type and length that it should."""
    return (
        tuple(map(type, fields.values())) in _SHAPES
        and fields[1] == 1
        and len(fields[2]) == 16
        and 1 <= fields[7] < _INTEGER_LIMIT
        and len(fields[8]) == 32
        and -_INTEGER_LIMIT <= fields[9] < _INTEGER_LIMIT
        and (fields[14] is None or len(fields[14]) == 16)
        and (fields[16] is None or len(fields[16]) == 32)
        and (fields[17] is None or len(fields[17]) == 32)
        and all(map(_is_actor, fields[11]))
        and set(map(type, fields[13])) <= _TEXT
        and (not fields[15] or all(type(digest) is bytes and len(digest) == 32 for digest in fields[15]))
    )


def _is_actor(value: Any) -> bool:
    return type(value) is list and list(map(type, value)) == _ACTOR


def _are_nfc(fields: dict[int, Any]) -> bool:
    words = [fields[3], fields[4], fields[5] or "", fields[6], fields[10], fields[12]]
    for actor in fields[11]:
        words += actor
    return "".join(words).isascii() or all(unicodedata.is_normalized("NFC", word) for word in words)


def _is_canonical_map(value: dict[str, Any]) -> bool:
    try:
        canonical.require_ordered(value)
    except (canonical.NotCanonical, RecursionError):
        return False
    return True


def _is_map(content: bytes) -> bool:
    try:
        return type(canonical.decode(content)) is dict
    except canonical.NotCanonical:
        return False

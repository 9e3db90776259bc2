"""How the entries of a journal must look, and how they hang together.

This is the judge's own reading of `docs/reference/journal-format.md`; it shares
nothing with whoever writes entries. It knows the envelope of a fact, not what a
kind of fact means.
"""

from typing import Any

import cbor2
import numpy as np

from kaowu.basics import canonical
from kaowu.basics.suites import Suite
from kaowu.engines.ledger.frames import leaf_of

_COMMITMENT = b"\x02"
_NO_PREVIOUS = bytes(32)
_FIELDS = list(range(1, 18))
_ID, _DEVICE, _SEQUENCE, _PREVIOUS = 2, 6, 7, 8
_ATTACHMENTS, COMMITTED = 15, 16


class EntryRefused(ValueError):
    """An entry that must not stand in a journal; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class EntryChain:
    """Takes the facts of one log in their order and refuses the first that does not fit."""

    def __init__(self, suite: Suite) -> None:
        self._suite = suite
        self._recorded_at = 0
        self._heads: dict[str, tuple[int, bytes]] = {}
        # Sixteen bytes a fact and no object each: a set would take ten times as much.
        self._ids = bytearray()
        self.attached: dict[bytes, int] = {}
        """The artefacts that facts bind, with the index of the first fact that does."""
        self.erased = 0
        """How many facts had personal fields that were erased."""

    def take(self, leaf: bytes, personal: bytes | None, salt: bytes | None) -> None:
        """The next fact; raises EntryRefused."""
        recorded_at, entry = read_leaf(leaf)
        fields = read_entry(entry)
        if recorded_at < self._recorded_at:
            raise EntryRefused("recorded_backwards")
        self._recorded_at = recorded_at
        self._take_device(fields, entry)
        require_committed(fields[COMMITTED], personal, salt, self._suite)
        self.erased += personal is None and fields[COMMITTED] is not None
        for digest in fields[_ATTACHMENTS]:
            self.attached.setdefault(digest, len(self._ids) // 16)
        self._ids += fields[_ID]

    def first_repeated_id(self) -> int | None:
        """The index of the first fact whose id an earlier fact has."""
        halves = np.frombuffer(self._ids, dtype="<u8").reshape(-1, 2)
        order = np.lexsort((halves[:, 1], halves[:, 0]))
        same = (halves[order[1:]] == halves[order[:-1]]).all(axis=1)
        return int(order[1:][same].min()) if same.any() else None

    def _take_device(self, fields: dict[int, Any], entry: bytes) -> None:
        device, sequence = fields[_DEVICE], fields[_SEQUENCE]
        latest, head = self._heads.get(device, (0, _NO_PREVIOUS))
        if sequence > latest + 1:
            raise EntryRefused("device_gap")
        if sequence <= latest:
            raise EntryRefused("device_fork")
        if fields[_PREVIOUS] != head:
            raise EntryRefused("device_chain_broken")
        self._heads[device] = sequence, self._suite.hash(entry)


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


def read_leaf(leaf: bytes) -> tuple[int, bytes]:
    """When the node took the entry in, and the entry; raises EntryRefused."""
    try:
        parts = cbor2.loads(leaf)
    except Exception as error:  # cbor2 raises many kinds for hostile input
        raise EntryRefused("leaf_not_canonical") from error
    if type(parts) is not list or [type(part) for part in parts] != [int, bytes] or parts[0] < 0:
        raise EntryRefused("leaf_malformed")
    recorded_at, entry = parts
    if leaf_of(recorded_at, entry) != leaf:
        raise EntryRefused("leaf_not_canonical")
    return recorded_at, entry


def read_entry(entry: bytes) -> dict[int, Any]:
    """The numbered fields of an entry; raises EntryRefused."""
    try:
        fields = canonical.decode(entry)
    except canonical.NotCanonical as error:
        raise EntryRefused("entry_not_canonical") from error
    if type(fields) is not dict or list(fields) != _FIELDS or not _is_entry(fields):
        raise EntryRefused("entry_malformed")
    return fields


def _is_entry(fields: dict[int, Any]) -> bool:
    version, id, site, sequence, corrects = fields[1], fields[2], fields[5], fields[7], fields[14]
    return (
        type(version) is int
        and version == 1
        and _is_id(id)
        and all(type(fields[number]) is str for number in (3, 4, 6, 10, 12))
        and (site is None or type(site) is str)
        and type(sequence) is int
        and sequence >= 1
        and _is_digest(fields[8])
        and type(fields[9]) is int
        and type(fields[11]) is list
        and all(type(actor) is list and [type(part) for part in actor] == [str, str] for actor in fields[11])
        and type(fields[13]) is dict
        and all(type(name) is str for name in fields[13])
        and (corrects is None or _is_id(corrects))
        and type(fields[15]) is list
        and all(_is_digest(digest) for digest in fields[15])
        and all(fields[number] is None or _is_digest(fields[number]) for number in (16, 17))
    )


def _is_id(id: object) -> bool:
    return type(id) is bytes and len(id) == 16


def _is_digest(digest: object) -> bool:
    return type(digest) is bytes and len(digest) == 32


def _is_map(content: bytes) -> bool:
    try:
        return type(canonical.decode(content)) is dict
    except canonical.NotCanonical:
        return False

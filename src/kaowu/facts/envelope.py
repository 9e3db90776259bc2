"""The envelope: what the journal keeps of every fact, whatever its kind.

A map of canonical CBOR with integer keys; `docs/reference/journal-format.md`
gives the numbers. Personal fields are not in it: they lie beside the entry,
and the entry holds a commitment to them (the digest of 0x02, a random salt of
32 bytes and their canonical bytes), so that they can be erased later while
every proof stays valid.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from kaowu.basics import canonical
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import FactId
from kaowu.basics.suites import deployed
from kaowu.facts.catalogue import Fact, kind_named

NO_PREVIOUS = bytes(32)
_FIELDS = list(range(1, 18))
_COMMITMENT = b"\x02"
LONGEST_PERSONAL = 65_533
"""Bytes of all personal fields of a fact: what a row of an archive holds."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: an account, authenticated at the act, in one post."""

    account: str
    post: str


class Envelope(NamedTuple):
    """One fact as it is hashed, signed and carried."""

    id: FactId
    kind: str
    exam: str
    site: str | None
    device: str
    device_seq: int
    device_prev: bytes
    stamped_at: Instant
    time_source: str
    actors: tuple[Actor, ...]
    subject: str
    payload: dict[str, Any]
    corrects: FactId | None = None
    attachments: tuple[bytes, ...] = ()
    commitment: bytes | None = None
    plan: bytes | None = None

    def to_bytes(self) -> bytes:
        """The canonical entry."""
        return canonical.encode_ordered(
            {
                1: 1,
                2: self.id.bytes,
                3: self.kind,
                4: self.exam,
                5: self.site,
                6: self.device,
                7: self.device_seq,
                8: self.device_prev,
                9: self.stamped_at,
                10: self.time_source,
                11: [[actor.account, actor.post] for actor in self.actors],
                12: self.subject,
                13: canonical.ordered(self.payload),
                14: self.corrects.bytes if self.corrects else None,
                15: list(self.attachments),
                16: self.commitment,
                17: self.plan,
            }
        )

    @classmethod
    def from_bytes(cls, entry: bytes) -> "Envelope":
        """Read an entry; raises NotCanonical for anything spelt differently."""
        return cls.from_map(canonical.decode(entry))

    @classmethod
    def from_map(cls, read: dict[int, Any]) -> "Envelope":
        """An envelope from the decoded map."""
        if list(read) != _FIELDS or read[1] != 1:
            raise canonical.NotCanonical("not an entry of version 1")
        return cls.from_values(read.values())

    @classmethod
    def from_values(cls, values: Iterable[Any]) -> "Envelope":
        """An envelope from the values of that map, in order."""
        _, id, kind, exam, site, device, seq, prev, at, source, actors, subject, payload, *more = values
        corrects, attachments, commitment, plan = more
        return cls(
            FactId(uuid.UUID(bytes=id)),
            kind,
            exam,
            site,
            device,
            seq,
            prev,
            Instant(at),
            source,
            tuple([_actor(*one) for one in actors]),
            subject,
            payload,
            FactId(uuid.UUID(bytes=corrects)) if corrects else None,
            tuple(attachments),
            commitment,
            plan,
        )

    def fact(self, personal: dict[str, Any] | None = None) -> Fact:
        """The fact inside; personal fields that were erased read as empty."""
        return kind_named(self.kind).again(self.payload if personal is None else personal | self.payload)


_actor = lru_cache(4_096)(Actor)  # the same few hundred people act all day


def commitment(personal: dict[str, Any], salt: bytes) -> bytes | None:
    """What the entry holds of its personal fields; None when there are none. Raises Refused if no archive could hold them."""
    if not personal:
        return None
    encoded = canonical.encode(personal)
    if len(encoded) > LONGEST_PERSONAL:
        raise Refused(
            "fact_too_long",
            Sentence(
                f"不能记录：内容过长（{len(encoded):,} 字节，一条记录至多 {LONGEST_PERSONAL:,} 字节），无法归档。",
                f"Cannot record: {len(encoded):,} bytes are more than the {LONGEST_PERSONAL:,} of which an archive holds a record.",
            ),
            remedy=Sentence(
                "请缩短题名等内容，或分成几条记录。", "Shorten it, such as the names of items, or divide it."
            ),
        )
    return deployed().hash(_COMMITMENT + salt + encoded)

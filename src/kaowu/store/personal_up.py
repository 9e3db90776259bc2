"""Personal fields on their way up (个人信息上送): beside the entries, sealed to the node above, never in a leaf.

The node above opens each box, compares it with the commitment in the entry
that it holds already, and keeps it sealed at rest. What was erased below is not
sent; what does not fit its commitment is not kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from kaowu.basics import canonical
from kaowu.basics.boxes import BoxBroken, BoxKey, OpeningKey
from kaowu.basics.suites import SealBroken, Suite, deployed
from kaowu.engines.ledger.entries import COMMITTED, ID, EntryRefused, read_entry, read_leaf, require_committed
from kaowu.store.models import (
    ErasedRecord,
    JournalEntry,
    MirroredEntry,
    MirroredLog,
    MirroredPersonal,
    Upstream,
)
from kaowu.store.personal import open_fields, read_fields, seal_fields

MOST_BOXES = 500


@dataclass(frozen=True, slots=True)
class Boxes:
    """Some personal fields of one log, each sealed to one node; `end` is up to where they were looked for."""

    origin: str
    end: int
    boxes: Sequence[tuple[int, bytes]]

    def to_bytes(self) -> bytes:
        """As it is sent."""
        return canonical.encode({1: self.origin, 2: self.end, 3: [[seq, box] for seq, box in self.boxes]})

    @classmethod
    def from_bytes(cls, content: bytes) -> "Boxes":
        """Read what was sent; raises ValueError."""
        read = canonical.decode(content)
        try:
            boxes = [(int(seq), bytes(box)) for seq, box in read[3]]
            return cls(str(read[1]), int(read[2]), boxes)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("not a list of boxes") from error


def waiting_boxes(upstream: str, origin: str, key: BoxKey, send_up: bool = True) -> Boxes | None:
    """What is to be sent next to a node above; None when nothing is waiting."""
    row = Upstream.objects.get(pk=upstream)
    if row.personal_size >= row.cosigned_size:
        return None
    rows = JournalEntry.objects.filter(index__gte=row.personal_size, index__lt=row.cosigned_size)
    rows = rows.filter(personal__isnull=False).order_by("index")[:MOST_BOXES] if send_up else rows.none()
    kept = list(rows.values_list("index", "personal", "key_slot"))
    end = kept[-1][0] + 1 if len(kept) == MOST_BOXES else row.cosigned_size
    return Boxes(origin, end, _boxes(key, origin, kept))


def boxes_between(origin: str, start: int, end: int, key: BoxKey) -> Iterator[Boxes]:
    """All personal fields of some entries, for a bundle."""
    rows = JournalEntry.objects.filter(index__gte=start, index__lt=end, personal__isnull=False).order_by(
        "index"
    )
    kept = list(rows.values_list("index", "personal", "key_slot"))
    for first in range(0, len(kept), MOST_BOXES):
        some = kept[first : first + MOST_BOXES]
        yield Boxes(origin, some[-1][0] + 1, _boxes(key, origin, some))


def sent(upstream: str, boxes: Boxes) -> None:
    """The node above has taken them."""
    Upstream.objects.filter(pk=upstream, personal_size__lt=boxes.end).update(personal_size=boxes.end)


def take_boxes(content: bytes, key: OpeningKey, suite: Suite | None = None) -> int:
    """Keep what fits its commitment; returns how many were kept. Raises ValueError or KeyError, then nothing is kept."""
    boxes = Boxes.from_bytes(content)
    log = MirroredLog.objects.filter(origin=boxes.origin).first()
    if log is None:
        raise KeyError(boxes.origin)
    opened = []
    for seq, box in boxes.boxes:
        try:
            personal, salt = canonical.decode(key.open(box, _about(boxes.origin, seq)))
        except (BoxBroken, canonical.NotCanonical, TypeError) as error:
            raise ValueError(f"the box of {seq} does not open") from error
        opened.append((seq, personal, salt))
    return keep_personal(log, opened, suite)


def keep_personal(
    log: MirroredLog, fields: Sequence[tuple[int, bytes, bytes]], suite: Suite | None = None
) -> int:
    """Keep personal fields of entries that are held, each compared with its commitment. Raises ValueError.

    Fields of a record that was erased meanwhile are passed over, however they come.
    """
    wanted = [seq for seq, _, _ in fields]
    leaves = dict(MirroredEntry.objects.filter(log=log, seq__in=wanted).values_list("seq", "leaf"))
    found: dict[int, UUID] = {}
    for seq, personal, salt in fields:
        if seq not in leaves:
            raise ValueError(f"entry {seq} is not held")
        try:
            entry = read_entry(read_leaf(bytes(leaves[seq]))[1])
            require_committed(entry[COMMITTED], personal, salt, suite or deployed())
        except EntryRefused as error:
            raise ValueError(f"the personal fields of {seq} do not fit: {error}") from error
        found[seq] = UUID(bytes=entry[ID])
    erased = set(ErasedRecord.objects.filter(fact_id__in=found.values()).values_list("fact_id", flat=True))
    held = set(MirroredPersonal.objects.filter(log=log, seq__in=wanted).values_list("seq", flat=True))
    kept = []
    for seq, personal, salt in fields:
        if found[seq] not in erased and seq not in held:
            sealed, slot = seal_fields(personal, salt)
            kept.append(MirroredPersonal(log=log, seq=seq, fact_id=found[seq], sealed=sealed, key_slot=slot))
    with transaction.atomic():
        MirroredPersonal.objects.bulk_create(kept, ignore_conflicts=True)
    return len(kept)


def seal_one(key: BoxKey, origin: str, index: int, personal: bytes, salt: bytes) -> bytes:
    """The personal fields of one entry, for the owner of a box key."""
    return key.seal(canonical.encode([bytes(personal), bytes(salt)]), _about(origin, index))


def personal_of(log: MirroredLog, seq: int) -> tuple[bytes, bytes] | None:
    """The personal fields of one entry of a copy, and their salt; None if there are none here."""
    row = MirroredPersonal.objects.filter(log=log, seq=seq).first()
    try:
        return open_fields(row.sealed, row.key_slot) if row else None
    except SealBroken:
        return None


def _boxes(key: BoxKey, origin: str, kept: Sequence[tuple[int, Any, int]]) -> list[tuple[int, bytes]]:
    """What is not erased, each in a box. A record that does not open stays for the scrub to name."""
    opened = [(index, read_fields(sealed, slot)) for index, sealed, slot in kept]
    return [
        (index, seal_one(key, origin, index, canonical.encode(fields), salt))
        for index, (fields, salt) in opened
        if fields
    ]


def _about(origin: str, index: int) -> bytes:
    return f"kaowu personal {origin} {index}".encode()

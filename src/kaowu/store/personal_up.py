"""Personal fields on their way up (个人信息上送): beside the entries, sealed to the node above, never in a leaf.

The node above opens each box, compares it with the commitment in the entry
that it holds already, and keeps it sealed at rest. What was erased below is not
sent; what does not fit its commitment is not kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import transaction

from kaowu.basics import canonical
from kaowu.basics.boxes import BoxBroken, BoxKey, OpeningKey
from kaowu.basics.suites import Suite, deployed
from kaowu.engines.ledger.entries import COMMITTED, EntryRefused, read_entry, read_leaf, require_committed
from kaowu.store.models import JournalEntry, MirroredEntry, MirroredLog, MirroredPersonal, Upstream
from kaowu.store.sealed import SealBroken, seal_bytes, unseal_bytes

MOST_BOXES = 500
_PLACE = "store_mirroredpersonal.sealed"


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
    kept = list(rows.values_list("index", "personal", "salt"))
    end = kept[-1][0] + 1 if len(kept) == MOST_BOXES else row.cosigned_size
    return Boxes(
        origin, end, [(at, seal_one(key, origin, at, personal, salt)) for at, personal, salt in kept]
    )


def boxes_between(origin: str, start: int, end: int, key: BoxKey) -> Iterator[Boxes]:
    """All personal fields of some entries, for a bundle."""
    rows = JournalEntry.objects.filter(index__gte=start, index__lt=end, personal__isnull=False).order_by(
        "index"
    )
    kept = list(rows.values_list("index", "personal", "salt"))
    for first in range(0, len(kept), MOST_BOXES):
        some = kept[first : first + MOST_BOXES]
        yield Boxes(
            origin, some[-1][0] + 1, [(at, seal_one(key, origin, at, one, salt)) for at, one, salt in some]
        )


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
    """Keep personal fields of entries that are held, each compared with its commitment. Raises ValueError."""
    wanted = [seq for seq, _, _ in fields]
    leaves = dict(MirroredEntry.objects.filter(log=log, seq__in=wanted).values_list("seq", "leaf"))
    kept = []
    for seq, personal, salt in fields:
        if seq not in leaves:
            raise ValueError(f"entry {seq} is not held")
        try:
            committed = read_entry(read_leaf(bytes(leaves[seq]))[1])[COMMITTED]
            require_committed(committed, personal, salt, suite or deployed())
        except EntryRefused as error:
            raise ValueError(f"the personal fields of {seq} do not fit: {error}") from error
        sealed = seal_bytes(canonical.encode([personal, salt]), f"{_PLACE}/{log.origin}/{seq}")
        kept.append(MirroredPersonal(log=log, seq=seq, sealed=sealed))
    with transaction.atomic():
        MirroredPersonal.objects.bulk_create(kept, ignore_conflicts=True)
    return len(kept)


def seal_one(key: BoxKey, origin: str, index: int, personal: bytes, salt: bytes) -> bytes:
    """The personal fields of one entry, for the owner of a box key."""
    return key.seal(canonical.encode([bytes(personal), bytes(salt)]), _about(origin, index))


def personal_of(log: MirroredLog, seq: int) -> tuple[bytes, bytes] | None:
    """The personal fields of one entry of a copy, and their salt; None if there are none here."""
    row = MirroredPersonal.objects.filter(log=log, seq=seq).first()
    if row is None:
        return None
    try:
        personal, salt = canonical.decode(unseal_bytes(bytes(row.sealed), f"{_PLACE}/{log.origin}/{seq}"))
    except SealBroken:
        return None
    return personal, salt


def _about(origin: str, index: int) -> bytes:
    return f"kaowu personal {origin} {index}".encode()

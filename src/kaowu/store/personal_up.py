"""Personal fields and readings of answer sheets on their way up (个人信息上送): beside the entries, never in a leaf.

Each goes in a box sealed to the node above, which compares it with the entry that
it holds already (`personal_held`). What was erased below is not sent. Both share one
watermark: up to which entry the node above has taken what lies beside.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db import transaction
from django.db.models import Q

from kaowu.basics import canonical
from kaowu.basics.boxes import BoxBroken, BoxKey, OpeningKey
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence
from kaowu.basics.suites import Suite
from kaowu.engines.sync.judge import Status
from kaowu.facts.envelope import Envelope
from kaowu.store.models import JournalEntry, MirroredLog, Upstream
from kaowu.store.personal import read_fields
from kaowu.store.personal_held import (
    SCANS,
    BesideRefused,
    erased_among,
    keep_personal,
    keep_readings,
    personal_unproven,
    readings_bound_by,
    readings_unproven,
)

MOST_ENTRIES = 500

Box = tuple[int, bytes]
"""The place of an entry, and something sealed."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """What lies beside some entries of one log, each sealed to one node; `end` is up to where it was looked for."""

    origin: str
    end: int
    boxes: Sequence[Box] = ()
    readings: Sequence[Box] = ()

    def to_bytes(self) -> bytes:
        """As it is sent."""
        both = [[list(box) for box in some] for some in (self.boxes, self.readings)]
        return canonical.encode({1: self.origin, 2: self.end, 3: both[0], 4: both[1]})

    @classmethod
    def from_bytes(cls, content: bytes) -> "Boxes":
        """Read what was sent; raises ValueError."""
        read = canonical.decode(content)
        try:
            both = [[(_place(seq), _bytes(box)) for seq, box in some] for some in (read[3], read[4])]
            return cls(str(read[1]), _place(read[2]), *both)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError("not a list of boxes") from error

    @property
    def is_empty(self) -> bool:
        """Is there nothing beside these entries?"""
        return not self.boxes and not self.readings


def waiting_boxes(
    upstream: str, origin: str, key: BoxKey, most_bytes: int, send_up: bool = True
) -> Boxes | None:
    """What is to be sent next to a node above, which may be empty; None when nothing is waiting."""
    row = Upstream.objects.get(pk=upstream)
    if row.personal_size >= row.cosigned_size:
        return None
    if not send_up:
        return Boxes(origin, row.cosigned_size)
    return _filled(origin, row.personal_size, row.cosigned_size, key, most_bytes)


def boxes_between(origin: str, start: int, end: int, key: BoxKey, most_bytes: int) -> Iterator[Boxes]:
    """All that lies beside some entries, for a bundle."""
    while start < end:
        some = _filled(origin, start, end, key, most_bytes)
        start = some.end
        if not some.is_empty:
            yield some


def sent(upstream: str, end: int) -> None:
    """The node above has taken what lies beside the entries up to there."""
    Upstream.objects.filter(pk=upstream, personal_size__lt=end).update(personal_size=end)


def take_boxes(content: bytes, key: OpeningKey, at: Instant, suite: Suite | None = None) -> int:
    """Keep what fits the entries that are held; returns how many were new. Raises BesideRefused, then nothing is kept."""
    try:
        boxes = Boxes.from_bytes(content)
    except ValueError as error:
        said = Sentence("请求读不懂，未写入任何内容。", "The request cannot be read; nothing was kept.")
        raise BesideRefused("request_unreadable", said, Status.UNREADABLE) from error
    log = MirroredLog.objects.filter(origin=boxes.origin).first()
    if log is None:
        said = Sentence(f"流水 {boxes.origin} 未登记。", f"Log {boxes.origin} is not enrolled here.")
        raise BesideRefused("origin_unknown", said, Status.UNKNOWN)
    fields, readings = [], []
    for seq, box in boxes.boxes:
        try:
            personal, salt = canonical.decode(key.open(box, _about(boxes.origin, seq)))
        except (BoxBroken, canonical.NotCanonical, TypeError) as error:
            raise personal_unproven(seq) from error
        fields.append((seq, personal, salt))
    for seq, box in boxes.readings:
        try:
            readings.append((seq, key.open(box, _about_readings(boxes.origin, seq))))
        except BoxBroken as error:
            raise readings_unproven(seq) from error
    with transaction.atomic():
        return keep_personal(log, fields, suite) + keep_readings(log, readings, at)


def seal_one(key: BoxKey, origin: str, index: int, personal: bytes, salt: bytes) -> bytes:
    """The personal fields of one entry, for the owner of a box key."""
    return key.seal(canonical.encode([bytes(personal), bytes(salt)]), _about(origin, index))


def seal_readings(key: BoxKey, origin: str, index: int, packed: bytes) -> bytes:
    """The readings that one entry binds, for the owner of a box key."""
    return key.seal(packed, _about_readings(origin, index))


def _filled(origin: str, start: int, end: int, key: BoxKey, most_bytes: int) -> Boxes:
    """What lies beside the entries from `start` on: as much as one request holds, and at least one entry's."""
    beside = Q(personal__isnull=False) | Q(kind=SCANS)
    rows = JournalEntry.objects.filter(beside, index__gte=start, index__lt=end).order_by("index")
    boxes: list[Box] = []
    readings: list[Box] = []
    size = looked = 0
    for row in rows[:MOST_ENTRIES]:
        index = row.index
        fields, salt = read_fields(row.personal, row.key_slot)
        # A record that does not open stays for the scrub to name.
        some = [seal_one(key, origin, index, canonical.encode(fields), salt)] if fields else []
        read = [seal_readings(key, origin, index, one) for one in _readings(row)]
        size += sum(map(len, chain(some, read)))
        if size > most_bytes and (boxes or readings):
            return Boxes(origin, index, boxes, readings)
        boxes += [(index, box) for box in some]
        readings += [(index, box) for box in read]
        looked += 1
    return Boxes(origin, index + 1 if looked == MOST_ENTRIES else end, boxes, readings)


def _readings(row: JournalEntry) -> list[bytes]:
    if row.kind != SCANS or erased_among([row.fact_id]):
        return []
    return readings_bound_by(Envelope.from_bytes(bytes(row.entry)))


def _place(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << 63:
        raise ValueError("not the place of an entry")
    return value


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("not a box")
    return value


def _about(origin: str, index: int) -> bytes:
    return f"kaowu personal {origin} {index}".encode()


def _about_readings(origin: str, index: int) -> bytes:
    return f"kaowu readings {origin} {index}".encode()

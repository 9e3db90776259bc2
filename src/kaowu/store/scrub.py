"""Reading the books again (巡检): every body against its leaf hash, every hash against the signed roots.

A changed body beside an unchanged leaf hash shows nowhere else until somebody
needs it. The own journal is read, and every copy of another node's; chains and
signatures are judged on the way, personal fields compared with what the entry
commits to. Every place that does not hold is named; the reading goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kaowu.basics.clock import Clock
from kaowu.basics.suites import SealBroken, VerifyingKey, deployed
from kaowu.engines.ledger.entries import COMMITTED, EntryRefused, read_entry, read_leaf, require_committed
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.notes import Checkpoint as Signed
from kaowu.engines.ledger.notes import Note, NoteRefused
from kaowu.engines.ledger.signers import SignatureJudge
from kaowu.engines.ledger.tree import CompactRange, leaf_hash
from kaowu.loop.demands import demands_by
from kaowu.store.models import (
    Checkpoint,
    JournalEntry,
    JournalHead,
    MirroredCheckpoint,
    MirroredEntry,
    MirroredLog,
    MirroredPersonal,
    Scrub,
    ScrubFault,
)
from kaowu.store.personal import open_fields
from kaowu.store.queries import exams

AT_ONCE = 2_048
MOST_KEPT = 1_000
Row = tuple[int, bytes, bytes, bytes | None, bytes | None]
"""Index, leaf content, leaf hash as kept, personal fields and salt."""


@dataclass(frozen=True, slots=True)
class Book:
    """One book to read again: whose it is, under which key, how long it is and what was signed."""

    origin: str
    key: VerifyingKey
    size: int
    notes: Sequence[str]
    log: int | None = None
    """The copy; None for this node's own journal."""

    def rows(self, first: int, stop: int) -> Iterator[Row]:
        """The rows of [first, stop) that are there, in order."""
        if self.log is None:
            own = JournalEntry.objects.filter(index__gte=first, index__lt=stop).order_by("index")
            for index, at, entry, proof, kept, sealed, slot in own.values_list(
                "index", "recorded_at", "entry", "proof", "leaf_hash", "personal", "key_slot"
            ):
                leaf = leaf_of(at, bytes(entry), _bytes(proof))
                yield index, leaf, bytes(kept), *_fields(sealed, slot)
            return
        beside = MirroredPersonal.objects.filter(log_id=self.log, seq__gte=first, seq__lt=stop)
        fields = {
            seq: (sealed, slot) for seq, sealed, slot in beside.values_list("seq", "sealed", "key_slot")
        }
        copy = MirroredEntry.objects.filter(log_id=self.log, seq__gte=first, seq__lt=stop).order_by("seq")
        for seq, leaf, kept in copy.values_list("seq", "leaf", "leaf_hash"):
            yield seq, bytes(leaf), bytes(kept), *_fields(*fields.get(seq, (None, None)))


def books(own_key: VerifyingKey) -> list[Book]:
    """This node's journal, then the copies it keeps."""
    head = JournalHead.objects.get(pk=1)
    notes = list(Checkpoint.objects.order_by("size").values_list("note", flat=True))
    found = [Book(head.origin, own_key, head.size, notes)]
    for log in MirroredLog.objects.order_by("origin"):
        held = MirroredCheckpoint.objects.filter(log=log, size__lte=log.next_entry).order_by("size")
        key = VerifyingKey.from_text(log.key)
        found.append(Book(log.origin, key, log.next_entry, list(held.values_list("note", flat=True)), log.pk))
    return found


def read_again(book: Book, clock: Clock) -> Scrub:
    """Read one book from its first fact to its last; how far it is stands in the row that is returned."""
    scrub = Scrub.objects.create(origin=book.origin, begun_at=clock.now(), size=book.size)
    reader = _Reader(book, scrub)
    for first in range(0, book.size, AT_ONCE):
        reader.read(first, min(book.size, first + AT_ONCE))
        Scrub.objects.filter(pk=scrub.pk).update(done=reader.done, faults=reader.faults)
    reader.end()
    scrub.done, scrub.faults, scrub.ended_at = reader.done, reader.faults, clock.now()
    scrub.save(update_fields=["done", "faults", "ended_at"])
    return scrub


def latest() -> list[Scrub]:
    """The last reading of each book."""
    found: dict[str, Scrub] = {}
    for scrub in Scrub.objects.order_by("-begun_at")[:200]:
        found.setdefault(scrub.origin, scrub)
    return sorted(found.values(), key=lambda scrub: scrub.origin)


def is_due(clock: Clock, hours: int) -> bool:
    """Whether the last reading was begun longer ago than the schedule says."""
    last = Scrub.objects.order_by("-begun_at").values_list("begun_at", flat=True).first()
    return hours > 0 and (last is None or clock.now() - last >= hours * 3_600_000)


class _Reader:
    def __init__(self, book: Book, scrub: Scrub) -> None:
        self.done = 0
        self.faults = 0
        self._book = book
        self._scrub = scrub
        self._suite = deployed()
        self._tree = CompactRange(self._suite)
        self._signers = SignatureJudge(book.key, self._suite, demands_by(exams.plan))
        self._signed = iter([*map(self._read_note, book.notes), None])
        self._due = next(self._signed)
        self._torn = False

    def read(self, first: int, stop: int) -> None:
        expected = first
        for index, leaf, kept, personal, salt in self._book.rows(first, stop):
            for missing in range(expected, min(index, expected + MOST_KEPT)):
                self._find(missing, "row_missing")
            self._torn = self._torn or index != expected
            expected = index + 1
            self._compare_root(index)
            if leaf_hash(leaf, self._suite) != kept:
                self._find(index, "leaf_hash_wrong")
            self._judge(index, leaf, personal, salt)
            self._tree.append(kept)
        for missing in range(expected, min(stop, expected + MOST_KEPT)):
            self._find(missing, "row_missing")
            self._torn = True
        self.done = stop

    def end(self) -> None:
        self._compare_root(self._book.size)
        unsigned = self._signers.settle()
        if self._signers.signatures:
            for fault in unsigned:
                self._find(fault.index, fault.code)

    def _judge(self, index: int, leaf: bytes, personal: bytes | None, salt: bytes | None) -> None:
        try:
            _, entry, proof = read_leaf(leaf)
            fields = read_entry(entry)
            require_committed(fields[COMMITTED], personal, salt, self._suite)
        except EntryRefused as refused:
            self._find(index, refused.code)
            return
        for fault in self._signers.take(index, entry, fields, proof):
            self._find(fault.index, fault.code)

    def _compare_root(self, size: int) -> None:
        while self._due is not None and self._due.size <= size:
            if self._due.size == size and not self._torn and self._tree.root() != self._due.root:
                self._find(max(0, size - 1), "checkpoint_root")
                self._torn = True  # what follows cannot agree either; one word is enough
            self._due = next(self._signed)

    def _read_note(self, text: str) -> Signed:
        note = Note.from_bytes(text.encode())
        checkpoint = Signed.from_note(note)
        try:
            note.verified_by([self._book.key], self._suite)
        except NoteRefused:
            self._find(max(0, checkpoint.size - 1), "note_signature")
        return checkpoint

    def _find(self, index: int, code: str) -> None:
        self.faults += 1
        if self.faults <= MOST_KEPT:
            ScrubFault.objects.get_or_create(scrub=self._scrub, index=index, code=code)


def _fields(sealed: bytes | None, slot: int | None) -> tuple[bytes | None, bytes | None]:
    """Personal fields and salt; fields that do not open are handed on as they lie, and fit no commitment."""
    try:
        return open_fields(sealed, slot) or (None, None)
    except SealBroken:
        return bytes(sealed or b""), b""


def _bytes(value: bytes | memoryview | None) -> bytes | None:
    return None if value is None else bytes(value)

"""A journal small enough to try every byte of, and the ways to tamper with it."""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import cbor2

from kaowu.basics.suites import INTERNATIONAL, SigningKey
from kaowu.engines.ledger.archive import ArchiveHead, ArchiveWriter
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import CompactRange, leaf_hash

ORIGIN = "kaowu.example/2026-06/3704-01"
LOG_KEY = INTERNATIONAL.new_key("kaowu.example/3704-01", secret=bytes(range(32)))
OTHER_KEY = INTERNATIONAL.new_key("kaowu.example/3704-01", secret=bytes(range(1, 33)))
HEAD = ArchiveHead(
    origin=ORIGIN, key=LOG_KEY.verifying, exam="2026-06", made_at=1_780_900_000_000, software="kaowu test"
)
BEGIN = 1_780_800_000_000
SEAT_PLAN = b"seat plan of the site, sealed"
PHOTOS = b"photographs"


@dataclass(frozen=True)
class SmallFact:
    """One fact before it is chained: what a test may want to alter."""

    number: int
    device: str
    recorded_at: int
    personal: dict[str, str] | None = None
    attachments: tuple[bytes, ...] = ()
    erased: bool = False
    note: str = ""


@dataclass(frozen=True)
class Journal:
    """Entries of a log, chained by device, and what stands beside them."""

    facts: tuple[SmallFact, ...]
    artefacts: tuple[bytes, ...] = (SEAT_PLAN, PHOTOS)
    documents: tuple[tuple[str, bytes], ...] = (("考场核对表.pdf", b"%PDF-1.7 one"), ("门贴.pdf", b""))
    checkpoints_after: tuple[int, ...] = ()
    alter: Callable[[int, dict[int, object]], None] = field(default=lambda number, fields: None)
    """May change the fields of an entry after it was chained."""

    def rows(self) -> list[tuple[bytes, int, bytes | None, bytes | None]]:
        """Entry, time of receipt, personal part, salt of each fact."""
        heads: dict[str, tuple[int, bytes]] = {}
        rows = []
        for fact in self.facts:
            sequence, previous = heads.get(fact.device, (0, bytes(32)))
            personal = cbor2.dumps(fact.personal, canonical=True) if fact.personal else None
            salt = hashlib.sha256(f"salt {fact.number}".encode()).digest() if personal else None
            fields: dict[int, object] = {
                1: 1,
                2: fact_id(fact.number),
                3: "candidate_admitted",
                4: "2026-06",
                5: "3704-01" if fact.number % 3 else None,
                6: fact.device,
                7: sequence + 1,
                8: previous,
                9: fact.recorded_at - 40,
                10: "ntp",
                11: [["account-1", "invigilator"], ["account-2", "chief_invigilator"]],
                12: "01/3704-01/003",
                13: {"seat": f"{fact.number % 30:02d}", "note": fact.note or "正常", "count": fact.number},
                14: None,
                15: list(fact.attachments),
                16: hashlib.sha256(b"\x02" + salt + personal).digest() if personal and salt else None,
                17: bytes(32),
            }
            self.alter(fact.number, fields)
            entry = cbor2.dumps(fields, canonical=True)
            heads[fact.device] = sequence + 1, hashlib.sha256(entry).digest()
            kept = (None, None) if fact.erased else (personal, salt)
            rows.append((entry, fact.recorded_at, *kept))
        return rows


def fact_id(number: int) -> bytes:
    """A UUIDv7, always the same for a number."""
    chance = hashlib.sha256(str(number).encode()).digest()
    return BEGIN.to_bytes(6, "big") + bytes([0x70]) + chance[:1] + bytes([0x80]) + chance[1:8]


def small_journal(count: int = 6, checkpoints_after: Sequence[int] = (3,)) -> Journal:
    """A few facts by two devices: some with personal fields, one erased, one binding artefacts."""
    facts = tuple(
        SmallFact(
            number=number,
            device="terminal-01" if number % 2 else "office",
            recorded_at=BEGIN + number * 1000,
            personal={"name": f"张三{number}", "id_number": "370402200701010417"} if number % 2 else None,
            attachments=tuple(sorted(map(digest, (SEAT_PLAN, PHOTOS)))) if number == 2 else (),
            erased=number == 3,
        )
        for number in range(1, count + 1)
    )
    return Journal(facts, checkpoints_after=tuple(checkpoints_after))


def checkpoint_note(rows: Sequence[tuple[bytes, int, object, object]], key: SigningKey = LOG_KEY) -> bytes:
    """The checkpoint that the log issues over these facts."""
    tree = CompactRange()
    for entry, recorded_at, *_ in rows:
        tree.append(leaf_hash(leaf_of(recorded_at, entry)))
    return Checkpoint(ORIGIN, len(rows), tree.root()).note().signed_by(key).to_bytes()


def archive_of(
    journal: Journal, key: SigningKey = LOG_KEY, withheld: Sequence[bytes] = (), without_persons: bool = False
) -> bytes:
    """The archive of a journal, properly sealed by whoever holds the key; some artefacts and all persons may be left out."""
    out = io.BytesIO()
    writer = ArchiveWriter(out, replace(HEAD, key=key.verifying))
    rows = journal.rows()
    for number, (entry, recorded_at, personal, salt) in enumerate(rows, 1):
        if without_persons and personal is not None:
            writer.fact(entry, recorded_at, withheld=True)
        else:
            writer.fact(entry, recorded_at, personal, salt)
        if number in journal.checkpoints_after:
            writer.checkpoint(checkpoint_note(rows[:number], key))
    writer.checkpoint(checkpoint_note(rows, key))
    for content in sorted({*journal.artefacts, *withheld}, key=digest):
        if content in withheld:
            writer.withheld(digest(content), len(content), "roster_photos")
            continue
        writer.artefact(digest(content), len(content), "application/octet-stream", [content])
    for name, content in sorted(journal.documents, key=lambda document: document[0].encode()):
        writer.document(name, digest(content), len(content), "application/pdf", [content])
    writer.seal(key)
    return out.getvalue()


def parse_note(content: bytes) -> Note:
    """A note as an auditor reads it from a file."""
    return Note.from_bytes(content)


def digest(content: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(content).digest()

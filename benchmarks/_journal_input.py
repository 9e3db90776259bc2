"""An archive of any size, as a site would leave behind: what the journal benchmarks judge.

Each fact has four hundred bytes or so, three in four by one of forty terminals,
one in four with personal fields; a checkpoint stands behind every 256th.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import cbor2

from kaowu.basics.clock import Instant
from kaowu.basics.suites import INTERNATIONAL
from kaowu.engines.ledger.archive import ArchiveHead, ArchiveWriter
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.notes import Checkpoint
from kaowu.engines.ledger.tree import CompactRange, leaf_hash

ARCHIVE = "journal.kwa"
ORIGIN = "kaowu.example/bench"
KEY = INTERNATIONAL.new_key(ORIGIN, secret=bytes(32))
BEGIN = 1_780_800_000_000
TERMINALS = 40
FACTS_PER_CHECKPOINT = 256


def write_archive(path: Path, size: int) -> None:
    """Write an archive of so many facts."""
    head = ArchiveHead(ORIGIN, KEY.verifying, "bench", Instant(BEGIN + size * 10), "kaowu bench")
    tree = CompactRange()
    with path.open("wb") as out:
        writer = ArchiveWriter(out, head)
        for number, (entry, personal, salt) in enumerate(_facts(size), 1):
            recorded_at = Instant(BEGIN + number * 10)
            writer.fact(entry, recorded_at, personal, salt)
            tree.append(leaf_hash(leaf_of(recorded_at, entry)))
            if number % FACTS_PER_CHECKPOINT == 0 or number == size:
                writer.checkpoint(Checkpoint(ORIGIN, number, tree.root()).note().signed_by(KEY).to_bytes())
        writer.seal(KEY)


def _facts(size: int) -> Iterator[tuple[bytes, bytes | None, bytes | None]]:
    heads: dict[str, tuple[int, bytes]] = {}
    for number in range(size):
        device = f"terminal-{number % TERMINALS:02d}"
        sequence, previous = heads.get(device, (0, bytes(32)))
        personal = salt = commitment = None
        if number % 4 == 0:
            personal = cbor2.dumps({"name": f"考生{number}", "id_number": f"{number:018d}"}, canonical=True)
            salt = hashlib.sha256(b"salt%d" % number).digest()
            commitment = hashlib.sha256(b"\x02" + salt + personal).digest()
        # The order of keys is the canonical one, so plain encoding gives canonical bytes.
        entry = cbor2.dumps(
            {
                1: 1,
                2: _id(number),
                3: "candidate_admitted",
                4: "2026-06",
                5: f"3704-{number % 13:02d}",
                6: device,
                7: sequence + 1,
                8: previous,
                9: BEGIN + number * 10,
                10: "ntp",
                11: [
                    ["invigilator-0071", "chief_invigilator"],
                    ["invigilator-0072", "assistant_invigilator"],
                ],
                12: f"02/3704-{number % 13:02d}/{number % 60:03d}",
                13: {"seat": f"{number % 30:02d}", "candidate": f"{number:014d}", "identity_check": "face"},
                14: None,
                15: [],
                16: commitment,
                17: bytes(32),
            }
        )
        heads[device] = sequence + 1, hashlib.sha256(entry).digest()
        yield entry, personal, salt


def _id(number: int) -> bytes:
    chance = hashlib.sha256(number.to_bytes(8, "big")).digest()
    return (BEGIN + number * 10).to_bytes(6, "big") + b"\x70" + chance[:1] + b"\x80" + chance[1:8]

"""A long backlog travels from a site's SQLite file into PostgreSQL, proven, kept and cosigned.

The site reads its leaves, compares bodies with leaf hashes, makes the packages and their subtree
proofs; the node above proves every package under the announced root, writes by binary COPY and
cosigns once all is committed. Measured from the first request to the cosignature, both sides in
one process; the carrier between them is a function call. PostgreSQL runs with fsync on.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sqlite3
import sys
from pathlib import Path

NAME = "catch-up"
SIZES = (10_000, 50_000, 200_000)

ORIGIN = "site/1"
BATCH = 1_024


def make_input(size: int, folder: Path) -> None:
    """A site whose journal holds so many facts and a checkpoint over all."""
    _settings(folder, "")
    from django.core.management import call_command

    from kaowu.basics.clock import SystemClock
    from kaowu.store.journal import DjangoBook, open_book

    call_command("migrate", verbosity=0)
    open_book(ORIGIN)
    book = DjangoBook(SystemClock(), _sign)
    for first in range(0, size, BATCH):
        _append(book, first, min(size, first + BATCH))
    book.checkpoint()


def set_up(folder: Path) -> object:
    """A PostgreSQL server of its own with the tables of a node above, and the two sides."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from tests.services import find_postgres, postgres_cluster

    programs = find_postgres()
    if programs is None:
        raise RuntimeError("postgresql is not installed: apt-get install postgresql")
    server = contextlib.ExitStack()
    _settings(folder, server.enter_context(postgres_cluster(programs, durable=True)))
    atexit.register(_end, server)
    from django.core.management import call_command

    from kaowu.basics.clock import SystemClock
    from kaowu.edge.mirror import Mirroring
    from kaowu.store.mirror import Mirror
    from kaowu.store.upstreams import UpstreamRecord, enroll_upstream

    call_command("migrate", verbosity=0)
    mirror = Mirror(SystemClock(), _cosign)
    mirror.enroll(ORIGIN, _keys()[0].verifying)
    key = _keys()[1].verifying
    enroll_upstream("county", "https://county.example/mirror", key)
    log = _SiteLog(folder / "site" / "kaowu.sqlite3")
    return Mirroring(log, UpstreamRecord("county", SystemClock()), _Direct(mirror), key)


def run(state, size: int, folder: Path) -> dict[str, float]:
    """From the first request to the cosignature."""
    progress = state.step()
    if not progress.settled or progress.cosigned != size:
        raise RuntimeError(f"the backlog did not arrive: {progress}")
    return {"requests": state._carrier.requests}


class _Direct:
    """A carrier without length, which counts."""

    def __init__(self, mirror) -> None:
        self._mirror = mirror
        self.requests = 0

    def carry(self, endpoint: str, body: bytes):
        from kaowu.edge.carriers import Answer

        self.requests += 1
        verdict = getattr(self._mirror, endpoint.replace("-", "_"))(body)
        return Answer(int(verdict.status), verdict.body)


class _SiteLog:
    """The site's journal, read from its file as `store.own_log` reads it; this process is the node above."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file)

    def latest_checkpoint(self) -> bytes | None:
        found = self._database.execute("SELECT note FROM store_checkpoint ORDER BY size DESC LIMIT 1")
        return found.fetchone()[0].encode()

    def leaf_hashes(self, start: int, end: int) -> list[bytes]:
        return [row[0] for row in self._rows("leaf_hash", start, end)]

    def entries(self, start: int, end: int) -> list[bytes]:
        from kaowu.engines.ledger.frames import leaf_of

        return [leaf_of(*row) for row in self._rows("recorded_at, entry, proof", start, end)]

    def _rows(self, columns: str, start: int, end: int) -> list[tuple]:
        sql = f'SELECT {columns} FROM store_journalentry WHERE "index" >= ? AND "index" < ? ORDER BY "index"'
        return self._database.execute(sql, (start, end)).fetchall()


def _end(server: contextlib.ExitStack) -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()
    server.close()


def _keys():
    from kaowu.basics.suites import ED25519_COSIGNATURE, INTERNATIONAL

    return (
        INTERNATIONAL.new_key("site", secret=bytes(31) + b"\x01"),
        INTERNATIONAL.new_key("county/mirror", ED25519_COSIGNATURE, bytes(31) + b"\x02"),
    )


def _sign(origin: str, size: int, root: bytes) -> str:
    from kaowu.engines.ledger.notes import Checkpoint

    return Checkpoint(origin, size, root).note().signed_by(_keys()[0]).to_bytes().decode()


def _cosign(note, at: int) -> bytes:
    from kaowu.engines.ledger.notes import Note

    return Note(note.text).signed_by(_keys()[1], at=at).to_bytes().rpartition(b"\n\n")[2]


def _append(book, first: int, end: int) -> None:
    from kaowu.basics.clock import SystemClock
    from kaowu.basics.ids import new_fact_id
    from kaowu.facts.envelope import Actor, Envelope

    now = SystemClock().now()
    actors = (Actor("inv-1", "chief_invigilator"),)
    with book.writing() as page:
        sequence, previous = page.device_head("gate")
        for n in range(first, end):
            sequence += 1
            envelope = Envelope(
                id=new_fact_id(now),
                kind="candidate_admitted",
                exam="bench",
                site="040501",
                device="gate",
                device_seq=sequence,
                device_prev=previous,
                stamped_at=now,
                time_source="node",
                actors=actors,
                subject=f"01/040501/{n // 30:03d}",
                payload={"admission_number": f"27{n:011d}", "identity": "matched", "written_at": None},
            )
            page.write(envelope, max(now, page.last_recorded_at()), {}, b"", ())
            previous = page.device_head("gate")[1]


def _settings(folder: Path, database_url: str) -> None:
    os.environ["KAOWU_DATA"] = str(folder / ("county" if database_url else "site"))
    os.environ["KAOWU_DATABASE_URL"] = database_url
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    import django

    django.setup()

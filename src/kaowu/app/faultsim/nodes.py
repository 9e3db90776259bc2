"""The nodes of a simulation: processes of their own that can be killed at any moment.

A node is forked from the simulator, which has loaded everything and opened no
database, so it starts in milliseconds. It is told what to do over a pipe. What
it left on its disk is read by the simulator with plain SQL.
"""

import multiprocessing
import resource
import shutil
import signal
import sqlite3
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID

import cbor2
from django.core.management import call_command
from django.db import OperationalError, connections

from kaowu.basics.clock import Instant, SystemClock
from kaowu.basics.ids import FactId
from kaowu.basics.suites import ED25519_COSIGNATURE, INTERNATIONAL, SigningKey
from kaowu.edge.carriers import Answer, LinkDown
from kaowu.edge.mirror import Mirroring
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.facts.envelope import Actor, Envelope
from kaowu.store import append_only
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.mirror import Mirror, first_altered
from kaowu.store.models import MirroredLog
from kaowu.store.own_log import OwnLog
from kaowu.store.upstreams import UpstreamRecord, enroll_upstream

ORIGIN = "site/1"
COUNTY = "county"
REQUEST_BYTES = 60_000
ANSWERS_WITHIN_S = 60
_FORK = multiprocessing.get_context("fork")


class Keys:
    """The site's log key and the county's mirror key; worthless outside a simulation."""

    def __init__(self, seed: int) -> None:
        secret = seed.to_bytes(32, "big", signed=True)
        self.log: SigningKey = INTERNATIONAL.new_key("site", secret=secret)
        self.mirror: SigningKey = INTERNATIONAL.new_key("county/mirror", ED25519_COSIGNATURE, secret)


class NodeDied(Exception):
    """The node ended before it answered."""


class Node:
    """One node: its file, and the process that works on it while it runs."""

    def __init__(self, file: Path, work: Callable[[Connection, Path, Keys], None], keys: Keys) -> None:
        self.file = file
        self._work = work
        self._keys = keys
        self._start()

    def _start(self) -> None:
        self.pipe, theirs = _FORK.Pipe()
        self._process = _FORK.Process(target=self._work, args=(theirs, self.file, self._keys), daemon=True)
        self._process.start()
        theirs.close()
        self.hear()  # it says when it is ready

    def tell(self, *command: Any) -> None:
        """Say what to do, without waiting."""
        self.pipe.send(command)

    def hear(self) -> Any:
        """The next answer; raises NodeDied."""
        try:
            if not self.pipe.poll(ANSWERS_WITHIN_S):
                raise NodeDied("no answer in time")
            return self.pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            raise NodeDied("the process ended") from error

    def ask(self, *command: Any) -> Any:
        """Say what to do and wait for the answer."""
        self.tell(*command)
        return self.hear()

    def kill(self) -> list[Any]:
        """kill -9; returns what it had still said."""
        self._process.kill()
        self._process.join()
        said = []
        try:
            while self.pipe.poll():
                said.append(self.pipe.recv())
        except (EOFError, ConnectionResetError):
            pass
        self.pipe.close()
        return said

    def restart(self) -> list[Any]:
        """kill -9 and start again on the same file."""
        said = self.kill()
        self._start()
        return said

    def swap_disk(self, other: Path) -> None:
        """Power off, put another disk in, power on."""
        self.kill()
        _move(other, self.file)
        self._start()

    def copy_disk(self, to: Path) -> None:
        """Power off, copy the disk as it is, power on."""
        self.kill()
        _move(self.file, to)
        self._start()

    # ---- what lies on the disk ----

    def rows(self, sql: str, *arguments: Any) -> list[Any]:
        """Read the file with plain SQL."""
        with sqlite3.connect(self.file, timeout=20) as database:
            return database.execute(sql, arguments).fetchall()

    def tamper(self, sql: str, *arguments: Any) -> None:
        """Change the file behind the program's back, past the triggers."""
        with sqlite3.connect(self.file, timeout=20) as database:
            database.execute("DROP TRIGGER IF EXISTS store_mirroredentry_no_update")
            database.execute(sql, arguments)


def make_disk(file: Path) -> None:
    """An empty node's file, made in a process of its own."""

    def make() -> None:
        _use(file)
        call_command("migrate", verbosity=0, interactive=False)
        append_only.install()
        connections.close_all()  # the last one to close brings the write-ahead log into the file

    process = _FORK.Process(target=make)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError("the tables of a node could not be made")


def site(pipe: Connection, file: Path, keys: Keys) -> None:
    """The node below: appends facts and mirrors them upward."""
    _use(file)
    clock = _JumpingClock()

    def sign(origin: str, size: int, root: bytes) -> str:
        return Checkpoint(origin, size, root).note().signed_by(keys.log).to_bytes().decode()

    open_book(ORIGIN)
    book = DjangoBook(clock, sign)
    enroll_upstream(COUNTY, "https://county.example/mirror", keys.mirror.verifying)
    link = Mirroring(
        OwnLog(),
        UpstreamRecord(COUNTY, clock),
        _Piped(pipe),
        keys.mirror.verifying,
        request_bytes=REQUEST_BYTES,
    )
    pipe.send(("ready",))
    while True:
        match pipe.recv():
            case ("append", ids):
                pipe.send(_appended(book, clock, ids))
            case ("clock", jump_ms):
                clock.jump_ms = jump_ms
                pipe.send(("done",))
            case ("writes fail", after_bytes):
                _fail_writes(after_bytes)
                pipe.send(("done",))
            case ("checkpoint",):
                pipe.send(("note", book.checkpoint()))
            case ("step",):
                pipe.send(("progress", link.step()))


def county(pipe: Connection, file: Path, keys: Keys) -> None:
    """The node above: keeps a copy and cosigns."""
    _use(file)

    def cosign(note: Note, at: int) -> bytes:
        return Note(note.text).signed_by(keys.mirror, at=at).to_bytes().rpartition(b"\n\n")[2]

    mirror = Mirror(SystemClock(), cosign)
    mirror.enroll(ORIGIN, keys.log.verifying)
    pipe.send(("ready",))
    while True:
        match pipe.recv():
            case ("take", endpoint, body):
                pipe.send(_taken(mirror, endpoint, body))
            case ("room", pages):
                with connections["default"].cursor() as cursor:
                    cursor.execute(f"PRAGMA max_page_count = {pages}")
                pipe.send(("done",))
            case ("scrub",):
                pipe.send(("altered", first_altered(MirroredLog.objects.get())))


class _JumpingClock(SystemClock):
    """The machine's clock, set wrong by so much."""

    jump_ms = 0

    def now(self) -> Instant:
        """The wrong time."""
        return Instant(super().now() + self.jump_ms)


def _appended(book: DjangoBook, clock: SystemClock, ids: list[UUID]) -> tuple[str, list[UUID]]:
    """Append, and say what was acknowledged: all of it, or nothing where the disk refused."""
    try:
        _append(book, clock, ids)
    except OperationalError:
        return "refused", []
    return "acknowledged", ids


def _fail_writes(after_bytes: int) -> None:
    """From here on this process's writes beyond so many bytes of a file fail, as on a broken disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (after_bytes, resource.RLIM_INFINITY))


class _Piped:
    """A carrier whose link is the simulator."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def carry(self, endpoint: str, body: bytes) -> Answer:
        self._pipe.send(("carry", endpoint, body))
        answer = self._pipe.recv()
        if answer is None:
            raise LinkDown("cut")
        return Answer(*answer)


def _taken(mirror: Mirror, endpoint: str, body: bytes) -> tuple[int, bytes]:
    try:
        verdict = mirror.add_checkpoint(body) if endpoint == "add-checkpoint" else mirror.add_entries(body)
    except Exception as defect:  # what a server does: say 500 and go on
        return 500, type(defect).__name__.encode()
    return int(verdict.status), verdict.body


def _append(book: DjangoBook, clock: SystemClock, ids: list[UUID]) -> None:
    with book.writing() as page:
        sequence, previous = page.device_head("gate")
        now = max(clock.now(), page.last_recorded_at())
        for id in ids:
            sequence += 1
            envelope = Envelope(
                id=FactId(id),
                kind="candidate_admitted",
                exam="simulated",
                site="0402",
                device="gate",
                device_seq=sequence,
                device_prev=previous,
                stamped_at=now,
                time_source="node",
                actors=(Actor("inv-1", "chief_invigilator"),),
                subject="S1/0402/001",
                payload={"admission_number": f"27{sequence:011d}", "identity": "matched", "written_at": None},
            )
            page.write(envelope, now, {}, b"", ())
            previous = page.device_head("gate")[1]


def leaves_of_journal(node: Node) -> list[bytes]:
    """Leaf contents of a node's own journal, from its file."""
    rows = node.rows('SELECT recorded_at, entry, proof FROM store_journalentry ORDER BY "index"')
    return [leaf_of(at, bytes(entry), proof and bytes(proof)) for at, entry, proof in rows]


def leaves_of_copy(node: Node) -> list[bytes]:
    """Leaf contents of the copy, from its file; raises where an index is missing or twice."""
    rows = node.rows("SELECT seq, leaf FROM store_mirroredentry ORDER BY seq")
    if [seq for seq, _ in rows] != list(range(len(rows))):
        raise AssertionError("the copy has a gap or an entry twice")
    return [bytes(leaf) for _, leaf in rows]


def id_of(leaf: bytes) -> UUID:
    """The id of the fact in a leaf."""
    return UUID(bytes=cbor2.loads(cbor2.loads(leaf)[1])[2])


def _use(file: Path) -> None:
    connections.databases["default"]["NAME"] = str(file)
    connections["default"].settings_dict["NAME"] = str(file)


def _move(source: Path, target: Path) -> None:
    """Copy a database with its write-ahead log, as a disk image would."""
    for suffix in ("", "-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        if Path(f"{source}{suffix}").exists():
            shutil.copyfile(f"{source}{suffix}", f"{target}{suffix}")

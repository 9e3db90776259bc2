"""The nodes of a simulation: processes of their own that can be killed at any moment.

A node is forked from the simulator, which has loaded everything and opened no
database, so it starts in milliseconds. It works with the functions of the
product: the counter, the carrier over HTTP, the mirror's door. It is told what
to do over a pipe; what it left on its disk is read by the simulator with plain SQL.
"""

import io
import os
import resource
import select
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import cbor2
from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError, connection, connections
from django.urls import resolve

from kaowu.app import rebuilding
from kaowu.app.collector import leave_what_is_loaded
from kaowu.app.faultsim import disk
from kaowu.app.faultsim.terminals import EXAM, SITE, Offer
from kaowu.app.faultsim.world import BEGINS, FORK, PROFILE, Hands, World, enter
from kaowu.basics.errors import Refused
from kaowu.basics.extensions import packages_of
from kaowu.basics.suites import deployed
from kaowu.edge.carriers import LinkDown
from kaowu.edge.https import HttpsCarrier
from kaowu.edge.mirror import Mirroring, Progress
from kaowu.edge.upward import Upward
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.sync.asking import PACKAGE
from kaowu.exam.plan import ExamPlan
from kaowu.facts.catalogue import kinds
from kaowu.facts.envelope import Actor
from kaowu.loop.duty import Intent, duty_that_records
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.registry import judge, rules_on
from kaowu.store import arrivals, devices, scrub, upstreams
from kaowu.store.journal import close_journal
from kaowu.store.models import ScrubFault, Upstream
from kaowu.store.own_log import OwnLog
from kaowu.store.upstreams import UpstreamRecord
from kaowu.web.counter import book, clock, counter
from kaowu.web.day.device_runs import intents_of
from kaowu.web.node_key import origin, signing_key, verifying_key
from kaowu.web.works import nodes as node_works
from kaowu.web.works import plan_packages
from kaowu.web.works.nodes import MACHINE

ANSWERS_WITHIN_S = 600
REQUEST_BYTES = 60_000
SAID = "stderr"
"""What a node had to say, in its folder."""
_WELL_S = 500.0
"""How long a site waits for an answer on a cable that is well: longer than the watch does, less than the simulator waits for it."""

Work = Callable[["Told", Path, World], None]


def warm_up() -> None:
    """Load what every node would load for itself; nodes are forked after."""
    profile_of(replace(ExamPlan.begin(EXAM), profile=PROFILE))
    for kind in kinds():
        duty_that_records(kind)
        rules_on(packages_of("rules"), kind)
    get_wsgi_application()
    resolve("/mirror/add-checkpoint")
    leave_what_is_loaded()


class NodeDied(Exception):
    """The node ended before it answered."""


class Node:
    """One node: its folder, and the process that works on it while it runs."""

    def __init__(self, folder: Path, work: Work, world: World, door: socket.socket | None = None) -> None:
        self.folder = folder
        self._work = work
        self._world = world
        self._door = door
        self._reader: sqlite3.Connection | None = None
        self.watched: disk.Watched | None = None
        self.start()

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "kaowu.sqlite3"

    def start(self) -> None:
        """Power on."""
        self.pipe, theirs = FORK.Pipe()
        self._channel, theirs_too = socket.socketpair()
        told = Told(theirs, theirs_too, self._door)
        self._process = FORK.Process(target=self._work, args=(told, self.folder, self._world), daemon=True)
        self._process.start()
        theirs.close()
        theirs_too.close()
        self.hear()  # it says when it is ready

    def tell(self, *command: Any) -> None:
        """Say what to do, without waiting."""
        try:
            self.pipe.send(command)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise NodeDied("the process ended") from error

    def ready(self, timeout_s: float) -> bool:
        """Whether it has something to say, or is dead; while it is watched its calls are answered."""
        if self.watched is None:
            return self.pipe.poll(timeout_s)
        return self.watched.wait(self.pipe, timeout_s=timeout_s) is not None

    def hear_or(self, other: socket.socket) -> bool:
        """Wait until this node or the other has something to say; true if it is the other. Raises NodeDied."""
        if self.watched is not None:
            ready = self.watched.wait(self.pipe, other, timeout_s=ANSWERS_WITHIN_S)
            if ready is None:
                raise NodeDied("killed, or no answer in time")
            return ready is other
        both: list[disk.Other] = [self.pipe, other]
        found = select.select(both, [], [], ANSWERS_WITHIN_S)[0]
        if not found:
            raise NodeDied("no answer in time")
        return self.pipe not in found

    def hear(self) -> Any:
        """The next answer; raises NodeDied."""
        try:
            if not self.ready(ANSWERS_WITHIN_S):
                raise NodeDied("killed, or no answer in time")
            return self.pipe.recv()
        except (EOFError, ConnectionResetError) as error:
            raise NodeDied("the process ended") from error

    def ask(self, *command: Any) -> Any:
        """Say what to do and wait for the answer."""
        self.tell(*command)
        return self.hear()

    def watch(self, plan: disk.Plan, *, network: bool = False) -> disk.Watched:
        """From here on the process asks before it changes a file."""
        self.tell("watch", network)
        assert self._process.pid is not None
        self.watched = disk.Watched.take(self._channel, self._process.pid, plan)
        self.hear()
        return self.watched

    def kill(self) -> list[Any]:
        """kill -9; returns what it had still said."""
        if self.pipe.closed:
            return []
        self._process.kill()
        self._process.join()
        if self.watched is not None:
            self.watched.close()
            self.watched = None
        said = []
        try:
            while self.pipe.poll():
                said.append(self.pipe.recv())
        except (EOFError, ConnectionResetError):
            pass
        self.pipe.close()
        self._channel.close()
        return said

    @property
    def memory_mb(self) -> float:
        """What the process holds in memory now."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return round(pages * resource.getpagesize() / 1_000_000, 1)

    @property
    def cpu_s(self) -> float:
        """The processor time that the process has taken."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended."""
        return not self._process.is_alive()

    @property
    def exit_code(self) -> int | None:
        """How the process ended, once it has."""
        self._process.join(ANSWERS_WITHIN_S)
        return self._process.exitcode

    def restart(self) -> list[Any]:
        """kill -9 and start again on the same disk."""
        said = self.kill()
        self.start()
        return said

    def swap_disk(self, other: Path) -> None:
        """Power off, put another disk in, power on."""
        self.kill()
        copy_disk(other, self.folder)
        self.start()

    def copy_disk(self, to: Path) -> None:
        """Power off, copy the disk as it is, power on."""
        self.kill()
        copy_disk(self.folder, to)
        self.start()

    # ---- what lies on the disk ----

    def rows(self, sql: str, *arguments: Any) -> list[Any]:
        """Read the file with plain SQL."""
        if self._reader is not None:
            return self._reader.execute(sql, arguments).fetchall()
        with self.reading():
            return self.rows(sql, *arguments)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read several times over one connection; the node is not ended meanwhile, for the last to close tidies up."""
        with closing(sqlite3.connect(self.file, timeout=20)) as self._reader:
            try:
                yield
            finally:
                self._reader = None

    def tamper(self, sql: str, *arguments: Any) -> None:
        """Change the file behind the program's back, past the triggers."""
        with closing(sqlite3.connect(self.file, timeout=20)) as database, database:
            database.execute("DROP TRIGGER IF EXISTS store_mirroredentry_no_update")
            database.execute(sql, arguments)


class Told:
    """How a node hears what to do, and answers."""

    def __init__(self, pipe: Connection, channel: socket.socket, door: socket.socket | None) -> None:
        self.pipe = pipe
        self.door = door
        self._channel = channel

    def begin(self, folder: Path, world: World) -> Hands:
        """Become the node of a folder."""
        # What lies in the simulator's own wake-up pipe is no business of a node.
        signal.set_wakeup_fd(-1)
        os.dup2(os.open(folder / SAID, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        enter(folder, world.suite)
        hands = Hands(BEGINS)
        self.pipe.send(("ready",))
        return hands

    def any_node(self, command: tuple[Any, ...], hands: Hands) -> Any:
        """What every node can be told."""
        match command:
            case ("clock", at):
                hands.at = at
            case ("watch", network):
                disk.watch_me(self._channel, network=network)
            case ("room", pages):
                with connection.cursor() as cursor:
                    cursor.execute(f"PRAGMA max_page_count = {pages}")
            case ("scrub",):
                return _scrubbed()
            case ("modules",):
                return "modules", sorted(sys.modules)
            case _:
                raise ValueError(f"a node cannot be told {command[0]}")
        return ("done",)


def site(told: Told, folder: Path, world: World) -> None:
    """The node below: takes facts at its counter and mirrors them upward."""
    hands = told.begin(folder, world)
    link: Upward | None = None
    patience = _WELL_S
    while True:
        match told.pipe.recv():
            case ("offer", offers):
                said: Any = _offered(offers)
            case ("step",):
                link = link or _upward(patience)
                said = ("progress", _step(link))
            case ("patience", seconds):
                patience, link, said = seconds or _WELL_S, None, ("done",)
            case ("above", url):
                Upstream.objects.update(url=url)
                link, said = None, ("done",)
            case ("rebuild", url, code, previous):
                said = ("rebuilt", rebuilding.from_upstream(url, code, previous))
            case ("pull",):
                plan_packages.take(_upward(_WELL_S).ask(PACKAGE, EXAM), MACHINE)
                said = ("done",)
            case command:
                said = told.any_node(command, hands)
        told.pipe.send(said)


def county(told: Told, folder: Path, world: World) -> None:
    """The node above: its door for other nodes' journals, and what it reads from the copies."""
    hands = told.begin(folder, world)
    assert told.door is not None
    server = _Server(told.door)
    while True:
        if not server.serve_until(told.pipe):
            return
        match told.pipe.recv():
            case ("read",):
                while arrivals.read_on(clock, judge):
                    continue
                said: Any = ("done",)
            case ("invite", replaces):
                code = node_works.invite(SITE, "site", Actor("county", "county_officer"), 1, replaces)
                said = ("code", code.to_text())
            case ("package",):
                plan_packages.make(EXAM, SITE, Actor("county", "county_officer"))
                said = ("done",)
            case command:
                said = told.any_node(command, hands)
        told.pipe.send(said)


# ---- the site's work ----


def _offered(offers: Sequence[Offer]) -> tuple[str, Any]:
    """Several senders in one commit, as the counter serves whoever waits; an answer for each fact."""
    intents: list[Intent] = []
    try:
        for offer in offers:
            if offer.intent is not None:
                intents.append(offer.intent)
            else:
                known = devices.device(offer.device)
                if known is None:
                    return "refused", f"{offer.device} is unknown"
                intents += intents_of(offer.request, known)
        answers = counter().submit_all(intents)
    except Refused as refused:
        return "refused", refused.code
    except DatabaseError as error:  # a full disk: nothing of it is kept
        connections.close_all()
        return "refused", str(error)
    kept = [intent.id for intent, one in zip(intents, answers, strict=True) if not isinstance(one, Refused)]
    codes = {one.code for one in answers if isinstance(one, Refused)}
    return "acknowledged", (kept, sorted(codes))


def _upward(patience_s: float) -> Upward:
    [above] = upstreams.upstreams()
    carrier = HttpsCarrier(above.url, timeout_s=patience_s)
    mirroring = Mirroring(
        OwnLog(),
        UpstreamRecord(above.name, clock),
        carrier,
        above.key,
        deployed(),
        request_bytes=REQUEST_BYTES,
    )
    return Upward(above.name, carrier, mirroring, origin(), signing_key(), None)


def _step(link: Upward) -> Progress:
    """What the carrier's round does: a checkpoint, then everything up, then see whether this disk is an old one."""
    book().checkpoint()
    progress = link.step()
    try:
        reason = link.lost_proof(progress)
    except LinkDown:
        reason = ""
    if reason:
        close_journal(reason)
    return progress


def _scrubbed() -> tuple[str, list[tuple[str, int, str]]]:
    """The faults that reading all books again finds."""
    read = [scrub.read_again(one, clock) for one in scrub.books(verifying_key())]
    origins = {row.pk: row.origin for row in read}
    found = ScrubFault.objects.filter(scrub__in=origins).values_list("scrub_id", "index", "code")
    return "faults", [(origins[of], index, code) for of, index, code in found]


# ---- the county's door ----


class _Handler(WSGIRequestHandler):
    """Nothing is written to the terminal."""

    def log_message(self, format: str, *arguments: Any) -> None:
        return

    def get_stderr(self) -> Any:
        return io.StringIO()


class _Server(WSGIServer):
    """The product's own door, behind a socket that outlives this process."""

    def __init__(self, door: socket.socket) -> None:
        super().__init__(("127.0.0.1", 0), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = door
        self.server_name, self.server_port = "127.0.0.1", door.getsockname()[1]
        self.setup_environ()
        self.set_app(get_wsgi_application())

    def serve_until(self, pipe: Connection) -> bool:
        """Serve requests until the pipe has something to say."""
        while True:
            both: list[disk.Other] = [pipe, self.socket]
            ready, _, _ = select.select(both, [], [])
            if pipe in ready:
                return True
            self.handle_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        return


# ---- reading what is left ----


def leaves_of_journal(node: Node) -> list[bytes]:
    """Leaf contents of a node's own journal, from its file."""
    rows = node.rows('SELECT recorded_at, entry, proof FROM store_journalentry ORDER BY "index"')
    return [leaf_of(at, bytes(entry), proof and bytes(proof)) for at, entry, proof in rows]


def leaves_of_copy(node: Node, log: str) -> list[bytes]:
    """Leaf contents of a copy, from its file; raises where an index is missing or twice."""
    rows = node.rows(
        "SELECT seq, leaf FROM store_mirroredentry JOIN store_mirroredlog AS log ON log.id = log_id"
        " WHERE log.origin = ? ORDER BY seq",
        log,
    )
    if [seq for seq, _ in rows] != list(range(len(rows))):
        raise AssertionError("the copy has a gap or an entry twice")
    return [bytes(leaf) for _, leaf in rows]


def id_of(leaf: bytes) -> str:
    """The id of the fact in a leaf."""
    id: bytes = cbor2.loads(cbor2.loads(leaf)[1])[2]
    return id.hex()


def copy_disk(source: Path, target: Path) -> None:
    """Copy a data folder with its database and write-ahead log, as a disk image would."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*-shm"))

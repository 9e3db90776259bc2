"""Real nodes on one machine: each a data folder, commands in processes of their own, a server behind a port."""

import atexit
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

from tests.failures.warm import Machine

from kaowu.facts.envelope import Envelope

ROOT = Path(__file__).resolve().parents[2]
EXAM, SITE, CITY = "gk2027-370405", "040501", "370400"

MORNING = """
import json, sys
import django; django.setup()
from kaowu.basics.ids import new_fact_id
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import PacketCollected, PacketHandedOut
from kaowu.facts.subjects import RoomSittingKey
from kaowu.facts.violations import ViolationRecorded
from kaowu.loop.duty import Intent
from kaowu.store import projections
from kaowu.store.models import RoomSitting, Sitting
from kaowu.store.queries import exams
from kaowu.web.counter import clock, counter
exam, first, end = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
sitting = exams.sittings(exam)[0]
site = RoomSitting.objects.filter(exam_id=exam).values_list("site", flat=True).first()
vault, chief, second = Actor("vault", "vault_keeper"), Actor("inv-a", "chief_invigilator"), Actor("deputy", "deputy_site_chief")
count, at = 0, sitting.starts_at - 1_500_000
def say(fact, key, *actors):
    global at
    at += 700
    return Intent(id=new_fact_id(clock.now()), fact=fact, exam=exam, subject=str(key), actors=actors, stamped_at=at, site=site)
ids = []
for room in RoomSitting.objects.filter(exam_id=exam, sitting=sitting.id).order_by("room")[first:end]:
    key = RoomSittingKey(sitting.id, site, room.room)
    packet = f"P-{room.room}"
    intents = [say(PacketHandedOut(packet=packet, seal="1", sheets=room.expected, subject=sitting.subjects[0]), key, vault, second)]
    seats = projections.seats(exam, key)
    intents += [say(CandidateAdmitted(admission_number=s.admission_number, identity="matched"), key, chief) for s in seats[1:]]
    intents.append(say(CandidateAbsent(admission_number=seats[0].admission_number), key, chief))
    intents.append(say(PacketCollected(packet=packet, seal="2", sheets=room.expected, state="intact"), key, vault, second))
    for answer in counter().submit_all(intents):
        assert hasattr(answer, "index"), answer
        ids.append(str(answer.id))
print(json.dumps({"ids": ids, "site": site}))
"""
TRY = """
import json, sys
import django; django.setup()
from kaowu.basics.errors import Refused
from kaowu.facts.nodes import NodeRevoked
from kaowu.web.counter import record
from kaowu.web.works.nodes import MACHINE, REGISTRY
try:
    record(NodeRevoked(origin="x/1", size=0, reason="-"), MACHINE, exam=REGISTRY, subject="node/x")
    print(json.dumps(""))
except Refused as refused:
    print(json.dumps(refused.code))
"""
DISPATCH = """
import sys
import django; django.setup()
from kaowu.facts.dispatches import DispatchSent
from kaowu.facts.envelope import Actor
from kaowu.store.models import Organisation
from kaowu.store.queries.dispatches import SUBJECT
from kaowu.web.counter import record
sender = Organisation.objects.get(code=sys.argv[2]).path
fact = DispatchSent(number="1", sender=sender, to="sites", urgency="urgent", sign_within=10, title="试听提前", body="按新时间试听。")
record(fact, Actor("city", "city_officer"), exam=sys.argv[1], subject=SUBJECT)
"""
HERE = Machine()
atexit.register(HERE.close)
_FIGURES = (
    "SELECT sitting, room, expected, entered, absent, packets, collected FROM store_roomsitting"
    " WHERE exam_id = ? AND site = ? ORDER BY sitting, room"
)
_FINDINGS = "SELECT code, subject FROM store_findingrow WHERE exam = ? ORDER BY code, subject"


class Node:
    """One node's data folder, and what is done with it."""

    def __init__(self, folder: Path, machine: Machine = HERE, **environment: str) -> None:
        """`machine`: where it stands; `environment`: what its commands are told besides where it lies."""
        self.folder = folder
        self._machine = machine
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KAOWU_")},
            "KAOWU_DATA": str(folder),
            "KAOWU_PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "kaowu.app.settings",
            **environment,
        }
        self.door = f"http://127.0.0.1:{self.port}/mirror"

    def kaowu(self, *arguments, ok=True):
        """A command; its JSON. With `ok=False` it must fail."""
        done = self._machine.kaowu([*arguments, "--json"], self.environment, self.folder)
        assert (done.code == 0) is ok, (arguments, done.out[-2000:], done.err[-3000:])
        return json.loads(done.out)

    def python(self, code, *arguments):
        """A program beside the node, with the node's settings; what it printed, as JSON."""
        done = self._machine.python(code, [*map(str, arguments)], self.environment, self.folder)
        assert done.code == 0, done.err[-3000:]
        return json.loads(done.out) if done.out.strip() else None

    def morning(self, first=0, end=3):
        """A morning in some rooms of this node: packets out, candidates in, one absent, packets back."""
        return self.python(MORNING, EXAM, first, end)

    def try_to_record(self):
        """The code of the refusal, or nothing, when somebody records a fact now."""
        return self.python(TRY, EXAM)

    def tell_the_sites(self):
        """A dispatch of the city to its sites."""
        self.python(DISPATCH, EXAM, CITY)

    # ---- what lies on its disk, read past the program ----

    def rows(self, sql, *arguments):
        """Rows of its database."""
        with closing(sqlite3.connect(self.folder / "kaowu.sqlite3", timeout=20)) as database:
            return database.execute(sql, arguments).fetchall()

    def count(self, table, where="1"):
        """How many rows there are."""
        return self.rows(f"SELECT COUNT(*) FROM store_{table} WHERE {where}")[0][0]

    def arrived(self):
        """The facts of the exam that it has read from others' journals, in the order of arrival."""
        rows = self.rows("SELECT fact_id FROM store_arrival WHERE exam = ? ORDER BY number", EXAM)
        return [str(UUID(id)) for (id,) in rows]

    def figures(self, site=SITE):
        """What its screens show of a site's rooms."""
        return self.rows(_FIGURES, EXAM, site)

    def findings(self):
        """What was found to be irregular."""
        return self.rows(_FINDINGS, EXAM)

    def plans(self):
        """The packages that the facts about rooms were recorded under."""
        rows = self.rows("SELECT entry FROM store_journalentry WHERE exam = ? AND subject LIKE '%/%'", EXAM)
        return sorted({(Envelope.from_bytes(bytes(entry)).plan or b"").hex() for (entry,) in rows})

    def begins_with(self):
        """The kind of the first fact of its journal."""
        return self.rows('SELECT kind FROM store_journalentry ORDER BY "index" LIMIT 1')[0][0]

    # ---- at work ----

    @contextmanager
    def running(self):
        """The node at work, as `kaowu run` starts it."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self):
        """Begin to work; back when it answers."""
        process = self._process = subprocess.Popen(
            [*self._machine.where, sys.executable, "-m", "kaowu.cli.main", "run"],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            assert process.poll() is None, process.stderr.read()[-3000:]
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/account/sign-in/", timeout=5).close()
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the node does not answer")

    def stop(self):
        """End the work, if it works."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def city(folder: Path, **environment: str) -> Node:
    """A node of the city that holds the example exam, seated and sealed."""
    node = Node(folder, **environment)
    node.kaowu("node", "init", "--role", "city", "--name", "city-370400", "--organisation", CITY)
    node.python("import django; django.setup()\nfrom kaowu.app import example; example.load()")
    return node


def empty_site(folder: Path, name: str = "site-040501", machine: Machine = HERE, **environment: str) -> Node:
    """A fresh machine for the site, which knows nobody yet."""
    node = Node(folder, machine, **environment)
    node.kaowu("node", "init", "--role", "site", "--name", name, "--organisation", SITE)
    return node


def enrolled(node: Node, above: Node, *how: str) -> Node:
    """The same node, which one above that must be running knows from here on."""
    node.kaowu("node", "enroll", above.door, above.kaowu("node", "invite", SITE)["code"], *how)
    return node


def until(condition, within_s=300):
    """Wait for something that another process does."""
    deadline = time.monotonic() + within_s
    while not (done := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return done

"""Real nodes on one machine: each a data folder, commands in processes of their own, a server behind a port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path

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
LOOK = """
import json, sys
import django; django.setup()
from kaowu.store.models import Arrival, JournalEntry, RoomSitting, FindingRow, MirroredPersonal
from kaowu.facts.envelope import Envelope
exam = sys.argv[1]
rows = RoomSitting.objects.filter(exam_id=exam, site=sys.argv[2]).order_by("sitting", "room")
print(json.dumps({
    "arrived": [str(id) for id in Arrival.objects.filter(exam=exam).order_by("number").values_list("fact_id", flat=True)],
    "own": JournalEntry.objects.filter(exam=exam).count(),
    "figures": [[r.sitting, r.room, r.expected, r.entered, r.absent, r.packets, r.collected] for r in rows],
    "plans": sorted({(Envelope.from_bytes(bytes(e)).plan or b"").hex() for e in JournalEntry.objects.filter(exam=exam, subject__contains="/").values_list("entry", flat=True)}),
    "findings": sorted(FindingRow.objects.filter(exam=exam).values_list("code", "subject")),
    "personal": MirroredPersonal.objects.count(),
    "kinds": sorted(set(JournalEntry.objects.values_list("kind", flat=True))),
    "first": JournalEntry.objects.order_by("index").values_list("kind", flat=True).first(),
}))
"""


class Node:
    """One node's data folder, and what is done with it."""

    def __init__(self, folder: Path, where: Sequence[str] = ()) -> None:
        """`where`: how its commands begin, when it is a machine of its own."""
        self.folder = folder
        self._where = where
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("KAOWU_")
        } | {
            "KAOWU_DATA": str(folder),
            "KAOWU_PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "kaowu.app.settings",
        }
        self.door = f"http://127.0.0.1:{self.port}/mirror"

    def kaowu(self, *arguments, ok=True):
        """A command; its JSON. With `ok=False` it must fail."""
        done = subprocess.run(
            [*self._where, sys.executable, "-m", "kaowu.cli.main", *arguments, "--json"],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert (done.returncode == 0) is ok, (arguments, done.stdout[-2000:], done.stderr[-3000:])
        return json.loads(done.stdout)

    def python(self, code, *arguments):
        """A program beside the node, with the node's settings; what it printed, as JSON."""
        done = subprocess.run(
            [*self._where, sys.executable, "-c", code, *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout) if done.stdout.strip() else None

    def morning(self, first=0, end=3):
        """A morning in some rooms of this node: packets out, candidates in, one absent, packets back."""
        return self.python(MORNING, EXAM, first, end)

    def try_to_record(self):
        """The code of the refusal, or nothing, when somebody records a fact now."""
        return self.python(TRY, EXAM)

    def look(self, site=SITE):
        """What this node shows of a site."""
        return self.python(LOOK, EXAM, site)

    @contextmanager
    def running(self):
        """The node at work, as `kaowu run` starts it."""
        process = subprocess.Popen(
            [*self._where, sys.executable, "-m", "kaowu.cli.main", "run"],
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            self._wait(process)
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait(self, process):
        deadline = time.monotonic() + 90
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


def city(folder: Path, where: Sequence[str] = ()) -> Node:
    """A node of the city that holds the example exam, seated and sealed."""
    node = Node(folder, where)
    node.kaowu("node", "init", "--role", "city", "--name", "city-370400", "--organisation", CITY)
    node.python("import django; django.setup()\nfrom kaowu.app import example; example.load()")
    return node


def empty_site(folder: Path, where: Sequence[str] = ()) -> Node:
    """A fresh machine for the site, which knows nobody yet."""
    node = Node(folder, where)
    node.kaowu("node", "init", "--role", "site", "--name", "site-040501", "--organisation", SITE)
    return node


def site(folder: Path, above: Node, where: Sequence[str] = ()) -> Node:
    """A node of a site, enrolled with the city, which must be running."""
    node = empty_site(folder, where)
    node.kaowu("node", "enroll", above.door, above.kaowu("node", "invite", SITE)["code"])
    return node

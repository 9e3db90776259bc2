"""What every schedule begins with (初始状态): a county that has planned a small exam, a site that has its package.

Made once for each cipher suite by the very functions of the product, in
processes of their own, and copied for each schedule. Sixteen rooms of twelve;
a part of the morning is recorded and cosigned already, so that schedules soon
cross the 256 entries after which packages end.
"""

import hashlib
import json
import multiprocessing
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from django.conf import settings
from django.core.management import call_command
from django.db import connections, transaction

from kaowu.app.data_folder import DataFolder
from kaowu.app.database_url import database_from_url
from kaowu.app.faultsim.terminals import EXAM, GATES, ROOM_SEATS, ROOMS, SITE, SITTING, Terminal, ticket
from kaowu.app.node_file import NodeIdentity, read_identity, write_identity
from kaowu.app.run import prepare_database
from kaowu.basics.clock import Instant, SystemClock
from kaowu.basics.suites import SUITES, SigningKey, Suite, VerifyingKey, deploy, deployed
from kaowu.engines.sync.cards import NodeCard
from kaowu.facts.devices import DeviceEnrolled
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
from kaowu.store import devices, neighbours
from kaowu.store.models import (
    Account,
    Assignment,
    Candidate,
    Organisation,
    RoomSitting,
    SeatRow,
    Site,
)
from kaowu.web.counter import clock, counter, record
from kaowu.web.day.device_runs import intents_of
from kaowu.web.node_key import node_card
from kaowu.web.works import plan_packages
from kaowu.web.works.nodes import MACHINE

COUNTY_UNIT = "370402"
PROFILE = "gaokao"
COUNTY_NAME, SITE_NAME = "county-370402", f"site-{SITE}"
STARTS = Instant(1_811_984_400_000)
"""2027-06-02 09:00 in exam time: when the sitting begins in every schedule."""
BEGINS = Instant(STARTS - 1_500_000)
_RECORDED_BEFORE = 200
_KEYS = ("journal.key", "mirror.key", "box.key", "office.key")
_PEOPLE = (
    ("inv-1", "chief_invigilator"),
    ("vault-1", "vault_keeper"),
    ("deputy-1", "deputy_site_chief"),
)
FORK = multiprocessing.get_context("fork")


class NotMade(RuntimeError):
    """The nodes that schedules begin with could not be made."""


@dataclass(frozen=True)
class World:
    """Data folders to copy, and the terminals as they stand in them."""

    suite: Suite
    site: Path
    county: Path
    spare: Path
    """A fresh machine for the site, which knows nobody."""
    terminals: dict[str, tuple[int, bytes]]

    def log_key(self) -> SigningKey:
        """The site's own key; here it can be stolen."""
        return self.suite.new_key(SITE_NAME, secret=_secret(SITE_NAME, "journal.key"))

    def mirror_key(self) -> VerifyingKey:
        """The key with which the county cosigns."""
        kind = self.suite.cosignature_kind
        return self.suite.new_key(f"{COUNTY_NAME}/mirror", kind, _secret(COUNTY_NAME, "mirror.key")).verifying

    def gates(self) -> list[Terminal]:
        """The terminals, each where its chain stood."""
        return [Terminal(self.suite, name, *self.terminals[name]) for name in GATES]


def enter(folder: Path, suite: Suite, url: str = "") -> None:
    """Let this process be the node of a data folder; `url` names a database other than its file."""
    deploy(suite)
    settings.DATA = DataFolder(folder)
    settings.IDENTITY = read_identity(folder)
    settings.NODE = settings.IDENTITY.name
    described = database_from_url(url, settings.DATA.database)
    if url:
        described["OPTIONS"].pop("pool")
    connections.databases["default"] = connections["default"].settings_dict | described
    del connections["default"]


class Hands:
    """The hands of a node's clock, which a simulation sets."""

    def __init__(self, at: Instant) -> None:
        self.at = at
        hands = self

        def now(self: SystemClock) -> Instant:
            return hands.at

        SystemClock.now = now  # type: ignore[method-assign]  # every clock of this process


def make_world(folder: Path, suite: str) -> World:
    """Make the nodes of one suite below a folder, or take them as they were made there."""
    kept = folder / "world.json"
    chosen = SUITES[suite]
    if not kept.exists():
        _make(folder, chosen)
    chains = {
        name: (sequence, bytes.fromhex(head))
        for name, (sequence, head) in json.loads(kept.read_text()).items()
    }
    return World(chosen, folder / "site", folder / "county", folder / "spare", chains)


def _make(folder: Path, suite: Suite) -> None:
    blank = DataFolder(folder.parent / "blank")
    if not blank.database.exists():
        blank.root.mkdir(parents=True)
        _as_node(blank.root, suite, lambda: call_command("migrate", verbosity=0, interactive=False))
    for name, identity in (
        ("county", NodeIdentity(COUNTY_NAME, "county", COUNTY_UNIT)),
        ("site", NodeIdentity(SITE_NAME, "site", SITE)),
        ("spare", NodeIdentity(SITE_NAME, "site", SITE)),
    ):
        data = DataFolder(folder / name)
        data.root.mkdir(mode=0o700, parents=True)
        write_identity(data.root, identity)
        shutil.copyfile(blank.database, data.database)
        for key in _KEYS:
            secret = _secret(f"{identity.name} {name}" if name == "spare" else identity.name, key)
            (data.keys / key).write_bytes(secret)
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}/mirror"
    cards = {name: folder / f"{name}.card" for name in ("county", "site")}
    _as_node(folder / "spare", suite, lambda: _prepare(None))
    _as_node(folder / "site", suite, lambda: _prepare(cards["site"]))
    _as_node(folder / "county", suite, lambda: _plan(cards["site"], cards["county"], folder / "site.kwp"))
    _as_node(folder / "site", suite, lambda: _open_site(cards["county"], folder / "site.kwp", url, folder))


def _as_node(folder: Path, suite: Suite, work: Callable[[], None]) -> None:
    def do() -> None:
        enter(folder, suite)
        Hands(Instant(BEGINS - 3_600_000))
        work()
        connections.close_all()  # the last one to close brings the write-ahead log into the file

    process = FORK.Process(target=do)
    process.start()
    process.join()
    if process.exitcode:
        raise NotMade(f"the node {folder.name} could not be made")


def _secret(node: str, key: str) -> bytes:
    return hashlib.sha256(f"simulated {node} {key}".encode()).digest()


def _prepare(card: Path | None) -> None:

    prepare_database()
    if card is not None:
        card.write_text(node_card().to_text())


def _plan(site_card: Path, card: Path, package: Path) -> None:
    """The county's part: registers, exam, seats, the site's node, its package."""

    _prepare(card)
    county = Organisation.objects.create(code=COUNTY_UNIT, name="市中区", level="county")
    unit = Organisation.objects.create(code=SITE, name="枣庄三中", level="site", parent=county)
    Site.objects.create(code=SITE, name="枣庄三中", organisation=unit)
    for number, post in _PEOPLE:
        account = Account.objects.open_account(number, number, None, organisation=unit)
        Assignment.objects.create(account=account, post=post, organisation=unit)
    officer = Actor("county", "county_officer")
    for fact in (
        ExamSetUp(name="演练", profile=PROFILE, organisation=COUNTY_UNIT),
        SittingScheduled(
            sitting=SITTING, subjects=("语文",), starts_at=STARTS, ends_at=Instant(STARTS + 9_000_000)
        ),
    ):
        record(fact, officer, exam=EXAM, subject=EXAM)
    with transaction.atomic():
        for room in ROOMS:
            seated = Candidate.objects.bulk_create(
                Candidate(
                    exam_id=EXAM,
                    number=ticket(room, seat),
                    name="欧阳青",
                    id_type="resident_id",
                    id_number=f"{room}{seat:015d}",
                    subjects="语文",
                )
                for seat in range(1, ROOM_SEATS + 1)
            )
            SeatRow.objects.bulk_create(
                SeatRow(
                    exam_id=EXAM,
                    site=SITE,
                    room=room,
                    seat=one.number[-2:],
                    admission_number=one.number,
                    candidate=one,
                )
                for one in seated
            )
            RoomSitting.objects.create(
                exam_id=EXAM, sitting=SITTING, site=SITE, room=room, expected=ROOM_SEATS
            )
    neighbours.keep_card(NodeCard.from_text(site_card.read_text()), clock)
    package.write_bytes(plan_packages.make(EXAM, SITE, officer).content)


def _open_site(card: Path, package: Path, url: str, folder: Path) -> None:
    """The site's part: the package, the terminals, and the beginning of the morning."""

    neighbours.keep_upstream(NodeCard.from_text(card.read_text()), url)
    plan_packages.take(package.read_bytes(), MACHINE)

    gates = [Terminal(deployed(), name) for name in GATES]
    for gate in gates:
        record(
            DeviceEnrolled(device=gate.name, site=SITE, key=gate.key.verifying.to_text()),
            Actor("deputy-1", "deputy_site_chief"),
            exam=EXAM,
            subject=f"device/{gate.name}",
            site=SITE,
        )
    Hands(BEGINS)
    chance = Random(0)
    while sum(gate.sequence for gate in gates) < _RECORDED_BEFORE:
        gate = chance.choice(gates)
        run = gate.admit(chance, BEGINS, 20)
        known = devices.device(gate.name)
        assert known is not None
        refused = [
            one for one in counter().submit_all(intents_of(run.request, known)) if isinstance(one, Exception)
        ]
        if refused:
            raise NotMade("; ".join(map(str, refused)))
    chains = {gate.name: (gate.sequence, gate.head.hex()) for gate in gates}
    (folder / "world.json").write_text(json.dumps(chains))

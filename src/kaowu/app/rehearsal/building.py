"""Making the scene of a rehearsal: both data folders, by the very functions of the product; then being the node above.

This runs in a process of its own (`scene.made`). The node above is a stand-in: the product's door for journals
and its reader of what came, without workers and pages. It ends when nobody listens to it any more.
"""

import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import cv2
import numpy
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connections, transaction
from numpy.random import PCG64, Generator

from kaowu.app.carry import Round
from kaowu.app.data_folder import DataFolder
from kaowu.app.faultsim.world import FORK, enter
from kaowu.app.node_file import NodeIdentity, write_identity
from kaowu.app.rehearsal.scene import (
    ABOVE,
    COUNTY,
    EXAM,
    HERE,
    ITEMS,
    LASTS,
    OPENS,
    PEOPLE,
    SITTING,
    SUBJECT,
    NotMade,
    Scene,
    read,
)
from kaowu.app.run import prepare_database
from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.suites import deployed
from kaowu.engines.omr.trial.ink import Hand, Mark, draw
from kaowu.engines.sync.cards import NodeCard
from kaowu.facts.devices import DeviceEnrolled
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
from kaowu.loop.duty import duties
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.blank import Bearer
from kaowu.reports.sheets.spec import Questions, SheetSpec
from kaowu.rules.load import rulebook
from kaowu.rules.registry import rules
from kaowu.store import neighbours
from kaowu.store.models import Account, Assignment, Candidate, Organisation, RoomSitting, SeatRow, Site
from kaowu.store.played_clock import play
from kaowu.web.counter import clock, record
from kaowu.web.node_key import node_card
from kaowu.web.works import plan_packages, score_plans, sheets
from kaowu.web.works.nodes import MACHINE
from kaowu.web.works.sheets import code_key

_DPI = 150
_SETTINGS_KEYS = ("columns.key", "artefacts.key")


def build_and_serve(folder_name: str) -> None:
    """Make what the folder describes, say so, and be the node above until standard input ends."""
    folder = Path(folder_name)
    scene = read(folder)
    rulebook(), rules(), duties()  # read once, for every node that is forked from here
    _at(folder / "blank", lambda: call_command("migrate", verbosity=0, interactive=False))
    for name, role, unit in ((ABOVE, "county", COUNTY), (HERE, "site", scene.site)):
        data = DataFolder(folder / name)
        data.root.mkdir(mode=0o700)
        write_identity(data.root, NodeIdentity(f"rehearsal-{name}", role, unit))
        shutil.copyfile(folder / "blank" / "kaowu.sqlite3", data.database)
        for key in _SETTINGS_KEYS:  # what this process writes there, the node's own processes shall read
            shutil.copyfile(folder / "blank" / "keys" / key, data.keys / key)
    here, above, package = folder / f"{HERE}.card", folder / f"{ABOVE}.card", folder / "plan.kwp"
    _at(folder / HERE, lambda: _open(here))
    _at(folder / ABOVE, lambda: _plan(scene, here, above, package))
    _at(folder / HERE, lambda: _take(scene, above, package))
    if scene.bags:
        _at(folder / HERE, lambda: _print(scene, folder / "sheets"))
    enter(folder / ABOVE, deployed())
    _serve()


def _at(folder: Path, work: Callable[[], object]) -> None:
    """Do something as the node of a folder."""

    def do() -> None:
        enter(folder, deployed())
        work()
        connections.close_all()

    process = FORK.Process(target=do)
    process.start()
    process.join()
    if process.exitcode:
        raise NotMade(f"the node {folder.name} could not be made")


def _serve() -> None:
    """The door on a port of its own, which is said on standard output; the reader beside it."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=_Quiet) as server:
        ended = threading.Event()
        reader = threading.Thread(target=Round(lambda line: None).run, args=(ended.is_set,))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reader.start()
        print(server.server_port, flush=True)
        sys.stdin.read()
        ended.set()
        reader.join()
        server.shutdown()


class _Quiet(WSGIRequestHandler):
    """Nothing is written to the terminal."""

    def log_message(self, format: str, *arguments: object) -> None:
        return


def _open(card: Path) -> None:
    prepare_database()
    card.write_text(node_card().to_text())


def _plan(scene: Scene, theirs: Path, card: Path, package: Path) -> None:
    """The part of the node above: units, exam, seats, the node below it, the package."""
    _open(card)
    county = Organisation.objects.create(code=COUNTY, name="联调演练", level="county")
    unit = Organisation.objects.create(code=scene.site, name="联调考点", level="site", parent=county)
    Site.objects.create(code=scene.site, name=unit.name, organisation=unit)
    for number, post in PEOPLE.items():
        account = Account.objects.open_account(number, number, None, organisation=unit)
        Assignment.objects.create(account=account, post=post, organisation=unit)
    officer = Actor("officer-1", "city_officer")
    held = SittingScheduled(
        sitting=SITTING,
        subjects=(SUBJECT,),
        starts_at=scene.starts_at,
        ends_at=Instant(scene.starts_at + LASTS),
    )
    exam = ExamSetUp(name="联调演练", profile=scene.profile, organisation=COUNTY)
    for fact in (exam, held):
        record(fact, officer, exam=EXAM, subject=EXAM)
    _seat(scene)
    _set_clock(scene)
    neighbours.keep_card(NodeCard.from_text(theirs.read_text()), clock)
    package.write_bytes(plan_packages.make(EXAM, scene.site, officer).content)


def _seat(scene: Scene) -> None:
    """Invented people: no district has their document numbers."""
    with transaction.atomic():
        for room, seats in scene.rooms:
            tickets = scene.tickets(room, seats)
            people = Candidate.objects.bulk_create(
                Candidate(
                    exam_id=EXAM,
                    number=ticket,
                    name="演练考生",
                    id_type="resident_id",
                    id_number=f"000000{ticket[-12:]:0>12}",
                    subjects=SUBJECT,
                    county=COUNTY,
                )
                for ticket in tickets
            )
            SeatRow.objects.bulk_create(
                SeatRow(
                    exam_id=EXAM,
                    site=scene.site,
                    room=room,
                    seat=f"{seat:02d}",
                    admission_number=one.number,
                    candidate=one,
                )
                for seat, one in enumerate(people, start=1)
            )
            RoomSitting.objects.create(
                exam_id=EXAM, sitting=SITTING, site=scene.site, room=room, expected=seats
            )


def _set_clock(scene: Scene) -> None:
    """The gates are open; time runs as it does."""
    play(EXAM, Instant(scene.starts_at - OPENS))


def _take(scene: Scene, card: Path, package: Path) -> None:
    """The part of the node itself: the package, its terminals, who signs in, the plans of scores and sheets."""
    neighbours.keep_upstream(NodeCard.from_text(card.read_text()), scene.url)
    plan_packages.take(package.read_bytes(), MACHINE)
    _set_clock(scene)
    Account.objects.filter(number__in=PEOPLE).update(password=make_password(scene.password))
    for name, key in scene.terminals.items():
        record(
            DeviceEnrolled(device=name, site=scene.site, key=key),
            Actor("deputy", "deputy_site_chief"),
            exam=EXAM,
            subject=f"device/{name}",
            site=scene.site,
        )
    signed = (Actor("officer-1", "city_officer"), Actor("officer-2", "city_officer"))
    parts = "主观题 | 录入 | " + " ".join(f"{item}={worth}" for item, worth in ITEMS)
    score_plans.approve(EXAM, score_plans.read(SUBJECT, parts, {}, 1), signed)
    if scene.bags:
        sheets.approve(EXAM, SUBJECT, _sheet(scene), signed)


def _sheet(scene: Scene) -> SheetSpec:
    [ticket, *_others] = scene.tickets(*scene.rooms[0])
    return SheetSpec("rehearsal", "联调答题卡", (Questions(1, 20),), number_digits=len(ticket))


def _print(scene: Scene, folder: Path) -> None:
    """Every candidate's sheet as a scanner writes it, answered."""
    spec, hand, chance = _sheet(scene), Hand(0.8, 0.2), Generator(PCG64(1))
    [layout] = blank.layouts(spec)
    ink = None
    for room, seats in scene.rooms[: scene.bags]:
        bearers = [
            Bearer(EXAM, SUBJECT, f"{scene.site}-{room}", f"{seat:02d}", ticket, f"{SITTING}-{ticket}")
            for seat, ticket in enumerate(scene.tickets(room, seats), start=1)
        ]
        printed = blank.pdf(spec, exam_time(Instant(scene.starts_at - OPENS)), bearers, code_key())
        (folder / room).mkdir(parents=True)
        for number, one in enumerate(bearers):
            paper = blank.raster(printed, number, _DPI)
            if ink is None:
                ink = numpy.zeros(paper.shape, numpy.float32)
                for one_field in layout.fields:
                    if one_field.id.startswith("q"):
                        draw(ink, one_field.options[0].box, Mark.FULL, _DPI, hand, chance)
            sheet = numpy.clip(paper * (1 - 0.94 * ink), 0, 255).astype(numpy.uint8)
            cv2.imwrite(str(folder / room / f"{one.seat}.jpg"), sheet)

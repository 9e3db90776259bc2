"""From the tap at a gate to the picture on the county's wall, with so many sites at once.

Every site is a log of its own with its own keys, and no process: what it would send was made and signed
before, and its processor time is reported apart (`clients_cpu_s`). A tap is one fact under a fresh checkpoint,
carried with two requests to a county on PostgreSQL with fsync on. As on a running node, one process is the
server (the door for logs, the walls), another the carrier that judges signatures and reads facts into the
figures of their rooms. A viewer looks at the county's wall through /live/cockpit, signed in like anybody.

Measured is each tap, from the moment of the tap (the site's carrier looks ten times a second, so up to a
tenth of a second passes before it moves) until the viewer has been sent a picture that counts it. The network
and the browser's drawing are not in it. `tap_cpu_ms` is what a tap costs server and carrier together,
without the database; `read_p95_ms` is until the county's figures are committed.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import multiprocessing
import os
import random
import re
import sys
import threading
import time
from pathlib import Path

NAME = "tap-to-screen"
SIZES = (10, 100, 1_000)

EXAM, SITTING = "tap2027", "S1"
TAPS = 600
TAPS_A_SECOND = 20
STARTS = 1_800_000_000_000
COUNTY = "370402"


def make_input(size: int, folder: Path) -> None:
    """Nothing lies on disk before but how many sites there are: they are made with the county."""
    (folder / "sites").write_text(str(size))


def set_up(folder: Path) -> object:
    """A PostgreSQL server, a county with its exam, its carrier, a viewer at its wall, and what the sites will send."""
    root = str(Path(__file__).resolve().parents[1])
    sys.path.insert(0, root)
    from tests.services import find_postgres, postgres_cluster

    programs = find_postgres()
    if programs is None:
        raise RuntimeError("postgresql is not installed: apt-get install postgresql")
    server = contextlib.ExitStack()
    os.environ["KAOWU_DATA"] = str(folder / "county")
    os.environ["KAOWU_DATABASE_URL"] = server.enter_context(postgres_cluster(programs, durable=True))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaowu.app.settings")
    import django

    django.setup()
    from django.conf import settings

    from kaowu.app.run import prepare_database

    settings.ALLOWED_HOSTS.append("testserver")
    prepare_database()
    sites = _county(int((folder / "sites").read_text()))
    cpu = time.process_time()
    taps = _taps(sites)
    clients = time.process_time() - cpu
    context = multiprocessing.get_context("spawn")
    told, until = context.Queue(), context.Event()
    carrier = context.Process(target=_carry, args=(told, until), daemon=True)
    carrier.start()
    told.get()  # it has its rules at hand
    wall = _Wall(_login())
    wall.first.wait(60)
    atexit.register(_end, server, until, carrier)
    return wall, taps, told, until, clients


def run(state, size: int, folder: Path) -> dict[str, float]:
    """So many taps, spread over the sites by chance."""
    from kaowu.app.carry import LOOKS_EVERY_S
    from kaowu.web.mirror_api import mirror

    wall, taps, told, until, clients = state
    chance, tapped = random.Random(7), {}
    cpu, begun = time.process_time(), time.monotonic()
    for number, (id, *requests) in enumerate(taps):
        time.sleep(max(0.0, begun + number / TAPS_A_SECOND - time.monotonic()))
        tapped[id] = time.monotonic() - chance.random() * LOOKS_EVERY_S
        for endpoint, body in zip(("add_checkpoint", "add_entries"), requests, strict=True):
            verdict = getattr(mirror(), endpoint)(body)
            if int(verdict.status) != 200:
                raise RuntimeError(f"a tap was not taken: {verdict}")
    try:
        wall.wait_for(TAPS)
    finally:
        wall.close()
    ended, cpu = time.monotonic(), time.process_time() - cpu
    until.set()
    arrived, carried = told.get()
    if len(arrived) != TAPS:
        raise RuntimeError(f"{len(arrived)} of {TAPS} taps arrived")
    # The figure on the wall counts taps, the order of arrival says which.
    read = sorted(at - tapped[id] for id, at in arrived)
    shown = sorted(wall.shown_at(rank) - tapped[id] for rank, (id, _) in enumerate(arrived, 1))
    return {
        "rate": TAPS / (ended - begun),
        "p50_ms": shown[TAPS // 2] * 1000,
        "p95_ms": shown[TAPS * 95 // 100] * 1000,
        "p99_ms": shown[TAPS * 99 // 100] * 1000,
        "read_p95_ms": read[TAPS * 95 // 100] * 1000,
        "pictures": len(wall.pictures),
        "tap_cpu_ms": (cpu + carried) / TAPS * 1000,
        "carrier_cpu_s": carried,
        "clients_cpu_s": clients,
    }


def _carry(told, until) -> None:
    """The county's carrier: reads what has come, and looks again as soon as a node's does."""
    import django

    django.setup()
    from django.db import connection

    from kaowu.app.carry import rest_after
    from kaowu.loop.duty import duties
    from kaowu.rules.load import rulebook
    from kaowu.rules.registry import judge, rules
    from kaowu.store import arrivals
    from kaowu.store.models import Arrival
    from kaowu.web.counter import clock

    rules(), rulebook(), duties(), arrivals.read_on(clock, judge)
    told.put("ready")
    cpu, arrived, last = time.process_time(), [], 0
    while not until.is_set():
        read = arrivals.read_on(clock, judge)
        if read:
            seen = time.monotonic()
            rows = Arrival.objects.filter(number__gt=last).order_by("number")
            for last, id in rows.values_list("number", "fact_id"):  # noqa: B007 - kept for the next look
                arrived.append((id, seen))
        time.sleep(rest_after(read))
    told.put((arrived, time.process_time() - cpu))
    connection.close()
    connection.close_pool()


class _Wall:
    """Somebody who looks at the county's wall: speaks ASGI, notes when which number of entries came."""

    def __init__(self, cookie: str) -> None:
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": "/live/cockpit",
            "query_string": f"exam={EXAM}&sitting={SITTING}".encode(),
            "headers": [(b"cookie", cookie.encode())],
            "client": ("127.0.0.1", 1),
        }
        self.pictures: list[tuple[float, int]] = []
        self.first = threading.Event()
        self._loop, self._gone = asyncio.new_event_loop(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._look()))
        self._thread.start()

    async def _look(self) -> None:
        from kaowu.web.cockpit.live import live

        await live(self._scope, self._leave, self._take)

    async def _leave(self) -> dict[str, str]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    def close(self) -> None:
        """Look away."""
        self._loop.call_soon_threadsafe(self._gone.set)
        self._thread.join()

    async def _take(self, message) -> None:
        text = message.get("body", b"").decode()
        if message.get("status", 200) != 200:
            raise RuntimeError(f"the wall is shut: {message}")
        if text.startswith("event: snapshot"):
            self.first.set()
            entered = re.search(r'<b class=\\"\\">([\d,]+)<i>/', text)
            if entered:
                self.pictures.append((time.monotonic(), int(entered[1].replace(",", ""))))

    def wait_for(self, entered: int) -> None:
        """Until the wall shows so many entries."""
        deadline = time.monotonic() + 120
        while not self.pictures or self.pictures[-1][1] < entered:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the wall shows {self.pictures[-1:]}, not {entered}")
            time.sleep(0.01)

    def shown_at(self, entered: int) -> float:
        """When a picture first counted so many."""
        return next(at for at, number in self.pictures if number >= entered)


def _login() -> str:
    """The cookie of a county officer."""
    from django.test import Client

    from kaowu.store.models import Account, Assignment, Organisation

    account = Account.objects.create(number="county-1", name="县考办")
    county = Organisation.objects.get(code=COUNTY)
    Assignment.objects.create(account=account, post="county_officer", organisation=county)
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return f"kaowu_login={client.cookies['kaowu_login'].value}"


def _taps(sites: list) -> list[tuple]:
    """Each tap: the fact's id, the checkpoint and the entries as its site sends them."""
    from kaowu.engines.ledger.notes import Checkpoint
    from kaowu.engines.ledger.tree import Tree, leaf_hash
    from kaowu.engines.sync import sender
    from kaowu.facts.entry import CandidateAdmitted

    chance, sent, taps = random.Random(11), [0] * len(sites), []
    for number in range(TAPS):
        which = chance.randrange(len(sites))
        site, old = sites[which], sent[which]
        sent[which] += 1
        id = site.say(
            CandidateAdmitted(admission_number=_ticket(site.organisation, old + 1), identity="matched"),
            ("inv-1", "chief_invigilator"),
            exam=EXAM,
            subject=f"{SITTING}/{site.organisation}/001",
            site=site.organisation,
            at=STARTS - 600_000 + number,
        )
        tree, note = Tree([leaf_hash(leaf) for leaf in site.leaves]), site.note()
        announced = sender.announce(tree, note, old).to_bytes()
        leaves = list(site.leaves)
        body, _ = sender.upload(
            tree, Checkpoint.from_note(note), old, lambda start, end, kept=leaves: kept[start:end], 10**7
        )
        taps.append((id, announced, body))
    return taps


def _county(size: int) -> list:
    """An exam with one room at each of so many sites, and their nodes enrolled."""
    from django.db import transaction
    from tests.web.other_nodes import OtherNode

    from kaowu.facts.envelope import Actor
    from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
    from kaowu.store import neighbours
    from kaowu.store.models import Candidate, Organisation, RoomSitting, SeatRow, Site
    from kaowu.web.counter import clock, record

    city = Organisation.objects.create(code="3704", name="枣庄市", level="city")
    county = Organisation.objects.create(code=COUNTY, name="市中区", level="county", parent=city)
    actor = Actor("city", "city_officer")
    record(ExamSetUp(name="试", profile="gaokao", organisation="3704"), actor, exam=EXAM, subject=EXAM)
    held = SittingScheduled(sitting=SITTING, subjects=("语文",), starts_at=STARTS, ends_at=STARTS + 9_000_000)
    record(held, actor, exam=EXAM, subject=EXAM)
    codes = [f"{number:06d}" for number in range(size)]
    seats = 2 * TAPS // size + 8
    with transaction.atomic():
        for code in codes:
            place = Organisation.objects.create(code=code, name=f"{code}考点", level="site", parent=county)
            Site.objects.create(code=code, name=place.name, organisation=place)
        people = Candidate.objects.bulk_create(
            (
                Candidate(
                    exam_id=EXAM,
                    number=_ticket(code, seat),
                    name="欧阳青",
                    id_type="resident_id",
                    id_number=f"{code}{seat:012d}",
                    subjects="语文",
                )
                for code in codes
                for seat in range(1, seats + 1)
            ),
            batch_size=2_000,
        )
        SeatRow.objects.bulk_create(
            (
                SeatRow(
                    exam_id=EXAM,
                    site=one.number[2:8],
                    room="001",
                    seat=one.number[-3:],
                    admission_number=one.number,
                    candidate=one,
                )
                for one in people
            ),
            batch_size=2_000,
        )
        RoomSitting.objects.bulk_create(
            RoomSitting(exam_id=EXAM, sitting=SITTING, site=code, room="001", expected=seats)
            for code in codes
        )
    sites = [OtherNode(f"site-{code}", code) for code in codes]
    for site in sites:
        neighbours.keep_card(site.card, clock)
    return sites


def _ticket(site: str, seat: int) -> str:
    return f"27{site}001{seat:03d}"


def _end(server: contextlib.ExitStack, until, carrier) -> None:
    from django.db import connection

    until.set()
    carrier.join(10)
    connection.close()
    connection.close_pool()
    server.close()

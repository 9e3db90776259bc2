"""From the tap at a gate to the figures that the county's screens are drawn from, with so many sites at once.

Every site is a log of its own with its own keys. A tap is one fact, signed under a fresh checkpoint and
carried with two requests to a county on PostgreSQL with fsync on, where the carrier's round reads it into
the figures of its room. Measured is each tap, from the moment of the tap (the site's carrier looks ten times
a second, so up to a tenth of a second passes before it moves) to the commit that changes the county's row.
The carrier between them is a function call; drawing the wall and the browser are not in it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import random
import sys
import threading
import time
from pathlib import Path

NAME = "tap-to-screen"
SIZES = (10, 100, 1_000)

EXAM = "tap2027"
SEATS = 30
TAPS = 600
TAPS_A_SECOND = 20
STARTS = 1_800_000_000_000


def make_input(size: int, folder: Path) -> None:
    """Nothing lies on disk before: the sites are made with the county."""


def set_up(folder: Path) -> object:
    """A PostgreSQL server of its own with the tables of a county."""
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
    atexit.register(_end, server)
    import django

    django.setup()
    from kaowu.app.run import prepare_database

    prepare_database()
    return server


def run(state, size: int, folder: Path) -> dict[str, float]:
    """So many taps, spread over the sites by chance."""
    from kaowu.app.carry import LOOKS_EVERY_S
    from kaowu.facts.entry import CandidateAdmitted
    from kaowu.web.mirror_api import mirror

    sites = _county(size)
    tapped: dict[object, float] = {}
    waits: list[float] = []
    reader = _Reader(tapped, waits)
    chance, sent = random.Random(7), [0] * size
    begun = time.monotonic()
    for number in range(TAPS):
        time.sleep(max(0.0, begun + number / TAPS_A_SECOND - time.monotonic()))
        which = chance.randrange(size)
        site = sites[which]
        ticket = f"27{site.organisation}001{sent[which] % SEATS + 1:02d}"
        tap = time.monotonic() - chance.random() * LOOKS_EVERY_S
        id = site.say(
            CandidateAdmitted(admission_number=ticket, identity="matched"),
            ("inv-1", "chief_invigilator"),
            exam=EXAM,
            subject=f"S1/{site.organisation}/001",
            site=site.organisation,
            at=STARTS - 600_000 + number,
        )
        tapped[id] = tap
        verdict = site.send(mirror(), old=sent[which])
        if int(verdict.status) != 200:
            raise RuntimeError(f"a tap was not taken: {verdict}")
        sent[which] += 1
    reader.finish()
    if len(waits) != TAPS:
        raise RuntimeError(f"{len(waits)} of {TAPS} taps arrived")
    waits.sort()
    return {
        "rate": TAPS / (time.monotonic() - begun),
        "p50_ms": waits[TAPS // 2] * 1000,
        "p95_ms": waits[TAPS * 95 // 100] * 1000,
        "p99_ms": waits[TAPS * 99 // 100] * 1000,
    }


class _Reader:
    """The county's carrier: reads what has come, ten times a second."""

    def __init__(self, tapped: dict[object, float], waits: list[float]) -> None:
        self._tapped, self._waits = tapped, waits
        self._last, self._done = 0, threading.Event()
        self._thread = threading.Thread(target=self._go_round)
        self._thread.start()

    def _go_round(self) -> None:
        from django.db import connections

        from kaowu.app.carry import LOOKS_EVERY_S

        while not self._done.is_set():
            self._look()
            time.sleep(LOOKS_EVERY_S)
        while len(self._waits) < len(self._tapped):
            self._look()
        connections.close_all()

    def _look(self) -> None:
        from kaowu.rules.registry import judge
        from kaowu.store import arrivals
        from kaowu.store.models import Arrival
        from kaowu.web.counter import clock

        if not arrivals.read_on(clock, judge):
            return
        seen = time.monotonic()
        for number, id in Arrival.objects.filter(number__gt=self._last).values_list("number", "fact_id"):
            self._last = max(self._last, number)
            self._waits.append(seen - self._tapped[id])

    def finish(self) -> None:
        """Read the rest and stop."""
        self._done.set()
        self._thread.join()


def _county(size: int) -> list:
    """An exam with one room at each of so many sites, and their nodes enrolled."""
    from django.db import transaction
    from tests.web.other_nodes import OtherNode

    from kaowu.facts.envelope import Actor
    from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
    from kaowu.store import neighbours
    from kaowu.store.models import Candidate, Organisation, RoomSitting, SeatRow
    from kaowu.web.counter import clock, record

    city = Organisation.objects.create(code="3704", name="枣庄市", level="city")
    actor = Actor("city", "city_officer")
    record(ExamSetUp(name="试", profile="gaokao", organisation="3704"), actor, exam=EXAM, subject=EXAM)
    held = SittingScheduled(sitting="S1", subjects=("语文",), starts_at=STARTS, ends_at=STARTS + 9_000_000)
    record(held, actor, exam=EXAM, subject=EXAM)
    codes = [f"{number:06d}" for number in range(size)]
    with transaction.atomic():
        people = Candidate.objects.bulk_create(
            (
                Candidate(
                    exam_id=EXAM,
                    number=f"27{code}001{seat:02d}",
                    name="欧阳青",
                    id_type="resident_id",
                    id_number=f"{code}{seat:012d}",
                    subjects="语文",
                )
                for code in codes
                for seat in range(1, SEATS + 1)
            ),
            batch_size=2_000,
        )
        SeatRow.objects.bulk_create(
            (
                SeatRow(
                    exam_id=EXAM,
                    site=one.number[2:8],
                    room="001",
                    seat=one.number[-2:],
                    admission_number=one.number,
                    candidate=one,
                )
                for one in people
            ),
            batch_size=2_000,
        )
        RoomSitting.objects.bulk_create(
            RoomSitting(exam_id=EXAM, sitting="S1", site=code, room="001", expected=SEATS) for code in codes
        )
    assert city.pk
    sites = [OtherNode(f"site-{code}", code) for code in codes]
    for site in sites:
        neighbours.keep_card(site.card, clock)
    return sites


def _end(server: contextlib.ExitStack) -> None:
    from django.db import connection

    connection.close()
    connection.close_pool()
    server.close()

"""Entries through the whole counter: duty, rules, journal, projections, group commit with fsync.

Sixteen doors hand in one entry after another, as gates do; each waits for its
receipt. The size is the number of candidates admitted, in rooms of thirty.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

NAME = "desk-admit"
SIZES = (1_000, 4_000, 16_000)

DOORS = 16
ROOM_SEATS = 30
EXAM = "bench"
SITE = "040501"


def make_input(size: int, folder: Path) -> None:
    """A node whose exam has seats for all."""
    _open_node(folder)
    from django.core.management import call_command

    from kaowu.basics.clock import Instant
    from kaowu.facts.envelope import Actor
    from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
    from kaowu.store.journal import open_book
    from kaowu.store.models import Candidate, Organisation, RoomSitting, SeatRow
    from kaowu.web.counter import clock, record
    from kaowu.web.node_key import origin

    call_command("migrate", verbosity=0)
    Organisation.objects.create(code="370405", name="台儿庄区", level="county")
    open_book(origin())
    city = Actor("city", "city_officer")
    record(ExamSetUp(name="基准", profile="gaokao", organisation="370405"), city, exam=EXAM, subject=EXAM)
    starts = Instant(clock.now() + 20 * 60_000)
    sitting = SittingScheduled(sitting="01", subjects=("语文",), starts_at=starts, ends_at=starts + 9_000_000)
    record(sitting, city, exam=EXAM, subject=EXAM)
    Candidate.objects.bulk_create(
        (
            Candidate(
                exam_id=EXAM,
                number=f"{n:08d}",
                name="考生",
                id_type="resident_id",
                id_number=f"{n:018d}",
                id_number_index=f"{n:064d}",
                subjects="语文",
            )
            for n in range(size)
        ),
        batch_size=5_000,
    )
    keys = list(Candidate.objects.order_by("number").values_list("pk", flat=True))
    SeatRow.objects.bulk_create(
        (
            SeatRow(
                exam_id=EXAM,
                site=SITE,
                room=_room(n),
                seat=f"{n % ROOM_SEATS + 1:02d}",
                admission_number=_ticket(n),
                candidate_id=key,
            )
            for n, key in enumerate(keys)
        ),
        batch_size=5_000,
    )
    RoomSitting.objects.bulk_create(
        (
            RoomSitting(exam_id=EXAM, sitting="01", site=SITE, room=room, expected=ROOM_SEATS)
            for room in sorted({_room(n) for n in range(size)})
        ),
        batch_size=5_000,
    )


def set_up(folder: Path) -> object:
    """Open the node with its duties and rules; fold nothing yet."""
    _open_node(folder)
    from kaowu.loop.duty import duties
    from kaowu.rules.load import rulebook
    from kaowu.rules.registry import rules
    from kaowu.web.counter import counter

    duties(), rules(), rulebook()
    return counter()


def run(state, size: int, folder: Path) -> dict[str, float]:
    """Admit everybody; returns the times from handing in to receipt."""
    from django.db import connection

    from kaowu.basics.ids import new_fact_id
    from kaowu.facts.entry import CandidateAdmitted
    from kaowu.facts.envelope import Actor
    from kaowu.loop.duty import Intent
    from kaowu.web.counter import clock

    actor = Actor("inv-1", "chief_invigilator")
    times: list[float] = []
    lock = threading.Lock()

    def door(number: int) -> None:
        own = []
        for n in range(number, size, DOORS):
            begun, now = time.perf_counter(), clock.now()
            fact = CandidateAdmitted(admission_number=_ticket(n), identity="matched")
            subject = f"01/{SITE}/{_room(n)}"
            state.submit(
                Intent(new_fact_id(now), fact, EXAM, subject, (actor,), now, SITE, f"gate-{number:02d}")
            )
            own.append(time.perf_counter() - begun)
        connection.close()
        with lock:
            times.extend(own)

    doors = [threading.Thread(target=door, args=(number,)) for number in range(DOORS)]
    for one in doors:
        one.start()
    for one in doors:
        one.join()
    if len(times) != size:
        raise RuntimeError(f"{size - len(times)} entries were not admitted")
    times.sort()
    return {"p50_ms": times[size // 2] * 1000, "p99_ms": times[size * 99 // 100] * 1000}


def _open_node(folder: Path) -> None:
    os.environ["KAOWU_DATA"] = str(folder / "node")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    import django

    django.setup()


def _room(n: int) -> str:
    return f"{n // ROOM_SEATS + 1:04d}"


def _ticket(n: int) -> str:
    return f"27{n:011d}"

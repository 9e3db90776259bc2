"""A whole day of a site arrives after the link comes back: kept, cosigned, judged, and on the county's screens.

The site has worked alone: its papers were handed out, unsealed, collected and counted by two persons, its
candidates admitted, all signed by its office key. Then everything travels as in `catch-up`; beside it the
county's carrier, a process of its own as on a running node, checks every signature and reads the facts
into the figures of their rooms. Measured from the first request until the last figure stands:
`cosigned_s` until all is vouched for, `rate` and `wall_s` until all is on the screens, `read_cpu_s` the carrier's
own processor time. PostgreSQL runs with fsync on.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from pathlib import Path

from benchmarks import catch_up
from benchmarks.catch_up import set_up as set_up_catch_up

NAME = "day-settled"
SIZES = (10_000, 50_000, 200_000)

EXAM, SITE, SITTING = "day2027", "040501", "S1"
SEATS = 30
STARTS = 1_800_000_000_000
FACTS_OF_A_ROOM = SEATS + 4
_MINUTE = {
    "packet_handed_out": -40,
    "candidate_admitted": -20,
    "packet_unsealed": -5,
    "packet_collected": 160,
    "sheets_counted": 165,
}


def make_input(size: int, folder: Path) -> None:
    """A site whose journal holds a day of so many facts."""
    catch_up._settings(folder, "")
    from django.core.management import call_command

    from kaowu.basics.clock import SystemClock
    from kaowu.basics.suites import INTERNATIONAL
    from kaowu.engines.ledger.runs import Office
    from kaowu.store.journal import DjangoBook, open_book

    call_command("migrate", verbosity=0)
    open_book(catch_up.ORIGIN)
    office = Office(INTERNATIONAL.new_key("site/office", secret=bytes(31) + b"\x03"), catch_up._keys()[0])
    book = DjangoBook(SystemClock(), catch_up._sign, office)
    facts = _day(size)
    for first in range(0, size, catch_up.BATCH):
        _append(book, facts[first : first + catch_up.BATCH])
    book.checkpoint()


def set_up(folder: Path) -> object:
    """The two sides of `catch-up`, the county's exam with its rooms and seats, and its carrier waiting."""
    state = set_up_catch_up(folder)
    rooms = -(-_size_of(folder) // FACTS_OF_A_ROOM)
    _exam(rooms)
    go, ended = multiprocessing.get_context("spawn").Event(), multiprocessing.get_context("spawn").Queue()
    carrier = multiprocessing.get_context("spawn").Process(target=_carry, args=(go, ended), daemon=True)
    carrier.start()
    ended.get()  # it has its rules at hand
    return state, go, ended


def run(state, size: int, folder: Path) -> dict[str, float]:
    """From the first request to the last figure."""
    link, go, ended = state
    go.set()
    begun = time.perf_counter()
    catch_up.run(link, size, folder)
    cosigned = time.perf_counter() - begun
    read, cpu, faults = ended.get()
    spent = time.perf_counter() - begun
    if read < size or faults:
        raise RuntimeError(f"{read} of {size} were read, {faults} do not count")
    _require_figures(size)
    return {"rate": size / spent, "cosigned_s": cosigned, "read_cpu_s": cpu, "read_per_cpu_s": size / cpu}


def _carry(go, ended) -> None:
    """The county's carrier: reads what has come until nothing more comes."""
    os.environ["KAOWU_DATABASE_URL"]  # as the county runs
    import django

    django.setup()
    from django.db import connection

    from kaowu.loop.duty import duties
    from kaowu.rules.load import rulebook
    from kaowu.rules.registry import judge, rules
    from kaowu.store import arrivals
    from kaowu.store.models import CopyFault, MirroredLog
    from kaowu.web.counter import clock

    rules(), rulebook(), duties(), arrivals.read_on(clock, judge)
    ended.put("ready")
    go.wait()
    cpu, read = time.process_time(), 0
    while not _is_done(MirroredLog.objects.get()):
        fresh = arrivals.read_on(clock, judge)
        read += fresh
        if not fresh:
            time.sleep(0.05)
    ended.put((read, time.process_time() - cpu, CopyFault.objects.count()))
    connection.close()
    connection.close_pool()


def _is_done(log) -> bool:
    return bool(log.cosigned_size and log.arrived == log.cosigned_size == log.size)


def _require_figures(size: int) -> None:

    admitted = sum(1 for kind, _ in _kinds(size) if kind == "candidate_admitted")

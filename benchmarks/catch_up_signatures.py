"""A long backlog travels into PostgreSQL as in `catch-up`, and then every signature of it is checked there.

Of sixteen facts one is an act of two persons: signed by itself, with two attestations; the others lie in runs
of at most 128 under one signature each. Measured from the first request to the last verdict: chains, signatures,
persons, canonical form. `signatures` counts those that were checked. PostgreSQL runs with fsync on.
"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks import catch_up
from benchmarks.catch_up import set_up as set_up_catch_up

NAME = "catch-up-signatures"
SIZES = (10_000, 100_000, 1_000_000)

ONE_OF_TWO_IN = 16


def make_input(size: int, folder: Path) -> None:
    """A site whose journal holds so many signed facts and a checkpoint over all."""
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
    for first in range(0, size, catch_up.BATCH):
        _append(book, first, min(size, first + catch_up.BATCH))
    book.checkpoint()


def set_up(folder: Path) -> object:
    """The two sides of `catch-up`, and the judge with its rules read."""
    state = set_up_catch_up(folder)
    from kaowu.loop.demands import usual_demand

    usual_demand("sheets_counted", "bench")
    return state


def run(state, size: int, folder: Path) -> dict[str, float]:
    """From the first request to the last verdict."""
    from kaowu.basics.clock import SystemClock
    from kaowu.store import intake
    from kaowu.store.models import CopyFault, MirroredLog

    begun, cpu = time.perf_counter(), time.process_time()
    copied = catch_up.run(state, size, folder)
    held = time.perf_counter()
    log = MirroredLog.objects.get().pk
    while intake.judge_log(log, SystemClock()):
        pass
    if MirroredLog.objects.get().judged != size or CopyFault.objects.exists():
        raise RuntimeError("not everything was judged good")
    spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
    alone = -(-size // ONE_OF_TWO_IN)
    return {
        **copied,
        "rate": size / spent,
        "per_cpu_s": size / cpu,
        "held_s": held - begun,
        "signatures": alone * 3 + (size - alone) // 15,
    }


def _append(book, first: int, end: int) -> None:
    from kaowu.basics.clock import SystemClock
    from kaowu.basics.ids import digest, new_fact_id
    from kaowu.engines.ledger.runs import Proven
    from kaowu.facts.envelope import Actor, Envelope

    now = SystemClock().now()
    one = (Actor("inv-1", "chief_invigilator"),)
    two = (*one, Actor("inv-2", "assistant_invigilator"))
    proven = (Proven("inv-1", "pin/1", "password", now), Proven("inv-2", "pin/2", "password", now))
    with book.writing() as page:
        heads = {device: page.device_head(device) for device in ("gate", "rooms")}
        for n in range(first, end):
            both = n % ONE_OF_TWO_IN == 0
            device = "rooms" if both else "gate"
            sequence, previous = heads[device]
            envelope = Envelope(
                id=new_fact_id(now),
                kind="sheets_counted" if both else "candidate_admitted",
                exam="bench",
                site="040501",
                device=device,
                device_seq=sequence + 1,
                device_prev=previous,
                stamped_at=now,
                time_source="node",
                actors=two if both else one,
                subject=f"01/040501/{n // 30:03d}",
                payload={"issued": 30, "used": 29, "absent": 1, "spare": 0, "void": 0}
                if both
                else {"admission_number": f"27{n:011d}", "identity": "matched", "written_at": None},
            )
            written = page.write(
                envelope, max(now, page.last_recorded_at()), {}, b"", (), proven if both else ()
            )
            heads[device] = (sequence + 1, digest(written.entry))

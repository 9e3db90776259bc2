"""Facts into the journal: canonical entry, leaf hash, tree, signed checkpoint, one fsynced commit per 128.

No duty and no rule stands in the way: this is what the book itself can take.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

NAME = "journal-append"
SIZES = (10_000, 30_000, 100_000)

BATCH = 128


def make_input(size: int, folder: Path) -> None:
    """An empty node."""
    _open_node(folder)
    from django.core.management import call_command

    from kaowu.store.journal import open_book
    from kaowu.web.node_key import origin

    call_command("migrate", verbosity=0)
    open_book(origin())


def set_up(folder: Path) -> object:
    """Open the book."""
    _open_node(folder)
    from kaowu.store.journal import DjangoBook
    from kaowu.web.counter import clock
    from kaowu.web.node_key import sign_checkpoint

    return DjangoBook(clock, sign_checkpoint)


def run(state, size: int, folder: Path) -> dict[str, float]:
    """Append; returns the times of the commits, each of 128 facts."""
    from kaowu.basics.ids import new_fact_id
    from kaowu.facts.envelope import Actor, Envelope
    from kaowu.web.counter import clock

    actors = (Actor("inv-1", "chief_invigilator"),)
    times = []
    for first in range(0, size, BATCH):
        begun = time.perf_counter()
        with state.writing() as page:
            sequence, previous = page.device_head("bench")
            for n in range(first, min(first + BATCH, size)):
                now = clock.now()
                sequence += 1
                envelope = Envelope(
                    id=new_fact_id(now),
                    kind="candidate_admitted",
                    exam="bench",
                    site="040501",
                    device="bench",
                    device_seq=sequence,
                    device_prev=previous,
                    stamped_at=now,
                    time_source="node",
                    actors=actors,
                    subject=f"01/040501/{n // 30:03d}",
                    payload={"admission_number": f"27{n:011d}", "identity": "matched", "written_at": None},
                )
                page.write(envelope, now, {}, b"", ())
                previous = page.device_head("bench")[1]
        state.checkpoint()
        times.append(time.perf_counter() - begun)
    times.sort()
    return {
        "p50_ms": times[len(times) // 2] * 1000,
        "p99_ms": times[min(len(times) - 1, len(times) * 99 // 100)] * 1000,
    }


def _open_node(folder: Path) -> None:
    os.environ["KAOWU_DATA"] = str(folder / "node")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    import django

    django.setup()

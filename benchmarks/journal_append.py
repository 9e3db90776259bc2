"""Signed facts into the journal: every signature verified, chains followed, tree, checkpoints, one fsync a commit.

Sixty-four terminals hand in at the counter of a node, each waiting for its receipt before it sends the next, and
never pausing. They have made and signed everything before; their CPU is reported apart. First runs of 128 facts
under one signature each: `rate`, `per_cpu_s`. Then what a terminal has gathered meanwhile, four facts under one
signature: `short_rate`, and how long a receipt takes: `p50_ms`, `p99_ms`. Then acts of two persons, each signed by
itself with two attestations: `acts_rate`, `acts_p50_ms`, `acts_p99_ms`. At last such acts at a pace, ten a second from
each terminal whether or not it has its receipts: `paced_p50_ms`, `paced_p99_ms`, counted from when the act was due.
No duty and no rule stands in the way: this is what the book itself can take.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from benchmarks._terminals import TERMINALS, BookDesk, Part, read_head, read_runs, write_runs

NAME = "journal-append"
SIZES = (10_000, 100_000, 1_000_000)
RUN, SHORT_RUN = 128, 4
MOST_IN_SHORT_RUNS, MOST_ACTS, MOST_PACED = 25_600, 6_400, 3_200
PACE_S = 0.1


def make_input(size: int, folder: Path) -> None:
    """An empty node with its terminals enrolled, and what they will hand in."""
    _open_node(folder)
    from django.core.management import call_command

    from kaowu.store.journal import open_book
    from kaowu.store.models import DeviceHead
    from kaowu.web.node_key import origin

    call_command("migrate", verbosity=0)
    open_book(origin())
    write_runs(
        folder,
        (
            Part("runs", size, RUN),
            Part("short", min(MOST_IN_SHORT_RUNS, size), SHORT_RUN),
            Part("acts", min(MOST_ACTS, size), 1, both=True),
            Part("paced", min(MOST_PACED, size), 1, both=True),
        ),
    )
    DeviceHead.objects.bulk_create(
        DeviceHead(device=name, key=text, exam="bench", site="040501", enrolled_index=0)
        for name, text in read_head(folder)["keys"].items()
    )


def set_up(folder: Path) -> object:
    """Open the book for the terminals' keys."""
    _open_node(folder)
    from kaowu.app.collector import leave_what_is_loaded
    from kaowu.store.journal import DjangoBook
    from kaowu.web.counter import clock
    from kaowu.web.node_key import office, sign_checkpoint

    head = read_head(folder)
    leave_what_is_loaded()  # as the server does
    return BookDesk(DjangoBook(clock, sign_checkpoint, office()), head["keys"]), head


def run(state, size: int, folder: Path) -> dict[str, float]:
    """The four parts, one after the other."""
    desk, head = state
    cpu = time.process_time()
    spent, _ = hand_in(desk, folder, "runs")
    cpu = time.process_time() - cpu
    short, waits = hand_in(desk, folder, "short")
    acts, waits_of_acts = hand_in(desk, folder, "acts")
    _, waits_at_a_pace = hand_in(desk, folder, "paced", PACE_S)
    return {
        "rate": size / spent,
        "per_cpu_s": size / cpu,
        "short_rate": min(MOST_IN_SHORT_RUNS, size) / short,
        "p50_ms": _at(waits, 0.5),
        "p99_ms": _at(waits, 0.99),
        "acts_rate": len(waits_of_acts) / acts,
        "acts_p50_ms": _at(waits_of_acts, 0.5),
        "acts_p99_ms": _at(waits_of_acts, 0.99),
        "paced_p50_ms": _at(waits_at_a_pace, 0.5),
        "paced_p99_ms": _at(waits_at_a_pace, 0.99),
        "clients_cpu_s": head["clients_cpu_s"],
    }


def hand_in(desk, folder: Path, part: str, pace_s: float = 0) -> tuple[float, list[float]]:
    """64 terminals at once, each waiting for one receipt before it sends the next; what all took, and each wait.

    At a pace, each has something to send every so often; what it is late with waits from when it was due.
    """
    from django.db import connection

    from kaowu.web.counter import Counter

    counter = Counter(lambda: desk)
    waits: list[float] = []
    begin = threading.Barrier(TERMINALS + 1)

    def terminal(number: int) -> None:
        begin.wait()
        due = time.perf_counter() + pace_s * number / TERMINALS
        for one in read_runs(folder, part, number):
            at = time.perf_counter()
            if pace_s:
                time.sleep(max(0, due - at))
                at, due = due, due + pace_s
            counter.submit_all(desk.read(one))
            waits.append(time.perf_counter() - at)
        connection.close()

    threads = [threading.Thread(target=terminal, args=(number,)) for number in range(TERMINALS)]
    for thread in threads:
        thread.start()
    begin.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun, waits


def _at(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1000


def _open_node(folder: Path) -> None:
    os.environ["KAOWU_DATA"] = str(folder / "node")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    import django

    django.setup()

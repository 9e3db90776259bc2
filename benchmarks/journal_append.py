"""Signed facts into the journal: every signature verified, chains followed, tree, checkpoints, one fsync a commit.

Sixty-four terminals have made and signed everything before; their CPU is reported apart. First runs of 128
facts under one signature each, one commit a run: `rate`, `per_cpu_s`, `p99_ms`. Then acts of two persons, each signed by
itself with two attestations, handed in by 64 threads of which each waits for its receipt: `alone_rate`,
`ack_p99_ms`. No duty and no rule stands in the way: this is what the book itself can take.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from benchmarks._terminals import FILE, TERMINALS, BookDesk, read_head, read_runs, write_runs

NAME = "journal-append"
SIZES = (10_000, 100_000, 1_000_000)
MOST_ALONE = 6_400


def make_input(size: int, folder: Path) -> None:
    """An empty node with its terminals enrolled, and what they will hand in."""
    _open_node(folder)
    from django.core.management import call_command

    from kaowu.store.journal import open_book
    from kaowu.store.models import DeviceHead
    from kaowu.web.node_key import origin

    call_command("migrate", verbosity=0)
    open_book(origin())
    write_runs(folder / FILE, size, min(MOST_ALONE, size))
    DeviceHead.objects.bulk_create(
        DeviceHead(device=name, key=text, exam="bench", site="040501", enrolled_index=0)
        for name, text in read_head(folder / FILE)["keys"].items()
    )


def set_up(folder: Path) -> object:
    """Open the book for the terminals' keys."""
    _open_node(folder)
    from kaowu.store.journal import DjangoBook
    from kaowu.web.counter import clock
    from kaowu.web.node_key import office, sign_checkpoint

    head = read_head(folder / FILE)
    return BookDesk(DjangoBook(clock, sign_checkpoint, office()), head["keys"]), head


def run(state, size: int, folder: Path) -> dict[str, float]:
    """Both parts, each with its own rate."""
    desk, head = state
    begun, cpu = time.perf_counter(), time.process_time()
    commits = []
    for one in read_runs(folder / FILE):
        at = time.perf_counter()
        desk.submit_all(desk.read(one))
        commits.append(time.perf_counter() - at)
    spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
    alone, receipts = _alone(desk, head["singles"])
    return {
        "rate": size / spent,
        "per_cpu_s": size / cpu,
        "p50_ms": _at(commits, 0.5),
        "p99_ms": _at(commits, 0.99),
        "alone_rate": len(receipts) / alone,
        "ack_p50_ms": _at(receipts, 0.5),
        "ack_p99_ms": _at(receipts, 0.99),
        "clients_cpu_s": head["clients_cpu_s"],
    }


def _alone(desk, singles) -> tuple[float, list[float]]:
    """64 terminals at once, each waiting for one receipt before it sends the next."""
    from django.db import connection

    from kaowu.web.counter import Counter

    counter = Counter(lambda: desk)
    receipts: list[float] = []

    def terminal(number: int) -> None:
        for one in singles[number::TERMINALS]:
            at = time.perf_counter()
            counter.submit_all(desk.read(one))
            receipts.append(time.perf_counter() - at)
        connection.close()

    threads = [threading.Thread(target=terminal, args=(number,)) for number in range(TERMINALS)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun, receipts


def _at(times: list[float], part: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * part))] * 1000


def _open_node(folder: Path) -> None:
    os.environ["KAOWU_DATA"] = str(folder / "node")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    import django

    django.setup()

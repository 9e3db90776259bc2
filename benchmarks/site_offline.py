"""A site that works alone for 72 hours of exam traffic: does it slow down, does it grow, how soon is it caught up?

The clock is simulated, nothing else: terminals sign runs of 32 facts, the site takes them at its counter with
duties, rules, projections and one fsync a commit, hour after hour without a link. `size` is the facts of one hour.
Compared are the waits for an acknowledgement, the processor time a fact and the memory of the site's process in the
first seven hours and the last; then the link returns, and all of it goes over HTTP to a county on SQLite until it is cosigned.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

NAME = "site-offline"
SIZES = (64, 256, 640)

HOURS = 72
RUN = 32


def make_input(size: int, folder: Path) -> None:
    """Nothing lies on disk before."""


def set_up(folder: Path) -> object:
    """A county and a site that has its package."""
    os.environ["KAOWU_DATA"] = str(folder / "simulator")
    os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
    import django

    django.setup()
    from kaowu.app.faultsim import nodes, schedule

    nodes.warm_up()
    return schedule.begin(folder / "world", "international")


def run(world, size: int, folder: Path) -> dict[str, float]:
    """Seventy-two hours, then the link."""
    from kaowu.app.faultsim.schedule import Outcome, Schedule

    play = Schedule(1, folder / "play", world, Outcome(1))
    try:
        before, begun = play.size(), time.monotonic()
        hours = []
        for _ in range(HOURS):
            play.now += 3_600_000
            play.site.ask("clock", play.now)
            cpu = play.site.cpu_s
            waits = [_one_commit(play) for _ in range(max(1, size // RUN))]
            cpu = (play.site.cpu_s - cpu) / (len(waits) * RUN)
            hours.append((waits, cpu, play.site.memory_mb))
        spent, facts = time.monotonic() - begun, play.size() - before
        begun = time.monotonic()
        while not play.step().settled:
            continue
        caught_up = time.monotonic() - begun
    finally:
        play.close()
    (first, first_cpu, first_mb), (last, last_cpu, last_mb) = _tenth(hours[:7]), _tenth(hours[-7:])
    return {
        "rate": round(facts / spent, 1),
        "first_hours_p50_ms": first[len(first) // 2],
        "last_hours_p50_ms": last[len(last) // 2],
        "first_hours_p99_ms": first[len(first) * 99 // 100],
        "last_hours_p99_ms": last[len(last) * 99 // 100],
        "first_hours_cpu_ms_a_fact": first_cpu,
        "last_hours_cpu_ms_a_fact": last_cpu,
        "half_days_cpu_ms_a_fact": [_tenth(hours[at : at + 12])[1] for at in range(0, HOURS, 12)],
        "first_hours_mb": first_mb,
        "last_hours_mb": last_mb,
        "facts": facts,
        "catch_up_s": round(caught_up, 2),
        "catch_up_rate": round(facts / caught_up, 1),
    }


def _one_commit(play) -> float:
    gate = play.chance.choice(play.gates)
    offer = gate.admit(play.chance, play.now, RUN, exactly=True)
    begun = time.perf_counter()
    said = play.site.ask("offer", [offer])
    if said[0] != "acknowledged" or len(said[1][0]) != RUN:
        raise RuntimeError(f"the site refused: {said}")
    return round((time.perf_counter() - begun) * 1000, 2)


def _tenth(hours) -> tuple[list[float], float, float]:
    cpu = sum(cpu for _, cpu, _ in hours) / len(hours)
    waits = sorted(wait for waits, _, _ in hours for wait in waits)
    return waits, round(cpu * 1000, 3), max(mb for _, _, mb in hours)

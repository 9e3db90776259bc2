"""Processor time and memory of a process and all its descendants, read from Linux's /proc.

The kernel adds a child's processor time to its parent only once the parent has waited for it,
so living descendants are added here. Memory of several processes is added by proportional share
(Pss), because pages that a fork shares would otherwise count twice.
"""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
UTIME, CSTIME = 11, 15  # positions after the command's name in /proc/PID/stat; utime stime cutime cstime


def descendants(pid: int) -> list[int]:
    """The living children of a process, their children, and so on."""
    found = []
    try:
        for task in (PROC / str(pid) / "task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    except OSError:  # the process has ended meanwhile
        return []
    return found + [pid for child in found for pid in descendants(child)]


def cpu_seconds() -> float:
    """Processor seconds of this process, of the children it waited for and of living descendants."""
    spent = os.times()
    own = spent.user + spent.system + spent.children_user + spent.children_system
    return own + sum(_stat_seconds(pid) for pid in descendants(os.getpid()))


def tree_mb(pid: int) -> float:
    """Memory that a process and its descendants occupy together at this moment."""
    return sum(_field_kb(PROC / str(one) / "smaps_rollup", "Pss:") for one in (pid, *descendants(pid))) / 1024


def held_mb(pid: int) -> float:
    """What one process has made and holds in memory at this moment; pages of files, such as libraries, do not count."""
    return _field_kb(PROC / str(pid) / "smaps_rollup", "Pss_Anon:") / 1024


def own_peak_mb() -> float:
    """The high-water mark of this process's own memory since `reset_own_peak`."""
    return _field_kb(PROC / "self" / "status", "VmHWM:") / 1024


def reset_own_peak() -> None:
    """Let the high-water mark start again from what is in memory now."""
    (PROC / "self" / "clear_refs").write_text("5")


def _stat_seconds(pid: int) -> float:
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[UTIME:CSTIME]) / TICKS_PER_SECOND


def _field_kb(path: Path, field: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)

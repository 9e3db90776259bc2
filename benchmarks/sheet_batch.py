"""A folder of answer sheets (A4, 200 dpi) through `kaowu sheet read`, on all cores, as an officer runs it.

The command is started anew: its start, the blank it renders and the file it writes are all counted.
Some dozen scans are read again and again under new names. `parent_mb` and `workers_mb` are what the
command and its reading processes hold after each tenth of the pages but the last, without pages of files (the part of
a library that counts for a process depends on who else has it open): flat means that it does not grow. `cpu_ms_page` is all processor time by page.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks import _scans

NAME = "sheet-batch"
SIZES = (200, 1_000, 10_000)
DISTINCT = 96
TENTHS = 10


def make_input(size: int, folder: Path) -> None:
    _scans.make(folder, 200, DISTINCT)
    (folder / "batch").mkdir()
    for number in range(size):
        os.link(folder / f"{number % DISTINCT:02}.jpg", folder / "batch" / f"{number:06}.jpg")


def set_up(folder: Path) -> Any:
    return [
        *(str(Path(sys.executable).with_name("kaowu")), "sheet", "read", str(folder / "batch"), "--json"),
        *("--layout", str(folder / "layout.json"), "--out", str(folder / "pred.json")),
    ]


def run(state: Any, size: int, folder: Path) -> dict[str, Any]:
    from kaowu.cli._process_tree import descendants, held_mb

    before = os.times()
    parent: list[float] = []
    workers: list[float] = []
    with subprocess.Popen(state, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None and command.stderr is not None
        for line in command.stderr:  # “1,200 / 10,000”
            done = line.partition(" / ")[0].replace(",", "")
            if done.isdecimal() and size > int(done) >= size * (len(parent) + 1) / TENTHS:
                parent.append(round(held_mb(command.pid)))
                workers.append(round(sum(map(held_mb, descendants(command.pid)))))
        told = json.loads(command.stdout.read())
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    assert told["sheets"] == size
    return {
        "cpu_ms_page": round(1_000 * spent / size, 1),
        "rejected": told["rejected"],
        "parent_mb": parent,
        "workers_mb": workers,
    }

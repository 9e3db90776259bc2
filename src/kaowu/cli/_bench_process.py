"""The two processes behind one row of `kaowu bench`: one makes the input, a fresh one is measured.

Run as `python -m kaowu.cli._bench_process input|measure ROOT NAME SIZE FOLDER`. The measured
process writes `result.json` into the folder; while the measured part runs, a file `measuring`
lies there, so that whoever started it knows when to look at its memory.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from kaowu.cli._process_tree import cpu_seconds, own_peak_mb, reset_own_peak

MEASURING = "measuring"
RESULT = "result.json"


def load(root: Path, name: str) -> ModuleType:
    """The benchmark module `benchmarks/<name with _>.py` of the checkout at `root`."""
    sys.path.insert(0, str(root))
    return import_module(f"benchmarks.{name.replace('-', '_')}")


def measure(benchmark: ModuleType, size: int, folder: Path, input_folder: Path) -> dict[str, Any]:
    """One row: `set_up` is reported apart, only `run` is measured."""
    state = benchmark.set_up(input_folder)
    setup_cpu = cpu_seconds()
    reset_own_peak()
    (folder / MEASURING).touch()
    wall = time.perf_counter()
    extra = benchmark.run(state, size, input_folder) or {}
    wall = time.perf_counter() - wall
    (folder / MEASURING).unlink()
    cpu = cpu_seconds() - setup_cpu
    largest_child_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    row = {
        "name": benchmark.NAME,
        "size": size,
        "cpu_s": round(cpu, 3),
        "wall_s": round(wall, 3),
        "peak_mb": round(max(own_peak_mb(), largest_child_mb), 1),
        "rate": round(size / wall, 1),
        "setup_cpu_s": round(setup_cpu, 3),
    }
    return row | extra


def main(step: str, root: str, name: str, size: str, folder: str) -> None:
    """Do one of the two steps."""
    benchmark = load(Path(root), name)
    input_folder = Path(folder) / "input"
    if step == "input":
        input_folder.mkdir()
        benchmark.make_input(int(size), input_folder)
        return
    row = measure(benchmark, int(size), Path(folder), input_folder)
    (Path(folder) / RESULT).write_text(json.dumps(row), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""性能测量 · benchmarks: processor time, memory and rate of the heavy parts.

A benchmark is a module of the checkout's `benchmarks/` folder with `NAME`, `SIZES` (the last is
the headline size), `make_input(size, folder)`, `set_up(folder)` and `run(state, size, folder)`.

One row is one name at one size. A first process makes the input; a second, fresh one imports,
sets up (`setup_cpu_s`) and runs the measured part (`cpu_s`, `wall_s`). `cpu_s` counts children,
those that still live too. `peak_mb` is the largest of: the high-water mark of the measured process
while the measured part ran, the high-water mark of its largest child, and the memory of the whole
process tree (each shared page counted once) looked at twenty times a second. `rate` is
`size / wall_s` unless the benchmark counts otherwise.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from kaowu.cli._bench_process import MEASURING, RESULT
from kaowu.cli._output import emit, fail, json_option, progress
from kaowu.cli._process_tree import descendants, tree_mb
from kaowu.cli._project import project_root

LOOK_EVERY_S = 0.05
STANDARD_ERROR = 2
COLUMNS = ("name", "size", "cpu_s", "wall_s", "peak_mb", "rate", "p50_ms", "p99_ms", "setup_cpu_s")


@dataclass(frozen=True)
class Benchmark:
    """A benchmark as its file declares it, without running the file."""

    name: str
    sizes: tuple[int, ...]


def benchmarks(root: Path) -> dict[str, Benchmark]:
    """The benchmarks of a checkout by name."""
    found = {}
    for path in sorted((root / "benchmarks").glob("[!_]*.py")):
        declared = {
            target.id: statement.value
            for statement in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        if "NAME" in declared and "SIZES" in declared:
            name = ast.literal_eval(declared["NAME"])
            found[name] = Benchmark(name, tuple(ast.literal_eval(declared["SIZES"])))
    return found


def measured(root: Path, name: str, size: int) -> dict[str, Any] | None:
    """One row, or nothing if the benchmark failed (its own words went to standard error)."""
    with tempfile.TemporaryDirectory(prefix="kaowu-bench-") as name_of_folder:
        folder = Path(name_of_folder)
        start = [sys.executable, "-m", "kaowu.cli._bench_process"]
        rest = [str(root), name, str(size), str(folder)]
        # Standard output belongs to the result alone.
        if subprocess.run([*start, "input", *rest], stdout=STANDARD_ERROR).returncode:
            return None
        process = subprocess.Popen([*start, "measure", *rest], stdout=STANDARD_ERROR)
        tree_peak = watch(process, folder / MEASURING)
        if process.returncode:
            return None
        row: dict[str, Any] = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    row["peak_mb"] = max(row["peak_mb"], round(tree_peak, 1))
    return row


def watch(process: subprocess.Popen[bytes], measuring: Path) -> float:
    """The most memory that the process and its children were seen to hold together.

    A process without children keeps its own high-water mark exactly, so only trees are looked at.
    """
    peak = 0.0
    while process.poll() is None:
        if measuring.exists() and descendants(process.pid):
            peak = max(peak, tree_mb(process.pid))
        time.sleep(LOOK_EVERY_S)
    return peak


def as_text(rows: list[dict[str, Any]]) -> str:
    """The rows as a table with aligned columns."""
    columns = [name for name in COLUMNS if any(name in row for row in rows)]
    columns += sorted({name for row in rows for name in row} - set(columns))
    table = [columns, *([_cell(row.get(name)) for name in columns] for row in rows)]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in table
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="全部项目 · every benchmark")
@click.option(
    "--size", "sizes", type=click.IntRange(min=1), multiple=True, help="规模，可多次给出 · may be repeated"
)
@click.option("--growth", is_flag=True, help="各项声明的全部规模 · every size that a benchmark declares")
@json_option
def command(
    names: tuple[str, ...], everything: bool, sizes: tuple[int, ...], growth: bool, as_json: bool
) -> None:
    """按名称测量性能。

    Measure benchmarks by name, one fresh process for each name and size.
    Without --size the headline size is measured.
    """
    root = project_root()
    known = benchmarks(root) if root else {}
    if root is None or not known:
        raise click.ClickException(
            "找不到 benchmarks 文件夹，请在源码目录中运行。"
            " · The benchmarks folder is part of the source checkout; run this from one."
        )
    unknown = [name for name in names if name not in known]
    if unknown or not (names or everything):
        raise click.UsageError("可用项目 · benchmarks: " + ", ".join(known))
    rows, failed = [], []
    for name in known if everything else dict.fromkeys(names):
        for size in sizes or (known[name].sizes if growth else known[name].sizes[-1:]):
            progress(f"{name} {size:,} …")
            row = measured(root, name, size)
            if row:
                rows.append(row)
            else:
                failed.append(f"{name} {size:,}")
    if failed:
        progress("未能完成 · failed: " + ", ".join(failed))
        fail(rows, as_json, as_text)
    emit(rows, as_json, as_text)

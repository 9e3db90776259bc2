"""A benchmark's row tells the cost of the measured part, its children included, and nothing else."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from kaowu.cli import bench
from kaowu.cli.main import group

# 40 MB and some CPU time in set-up; 60 MB of its own and a child with 120 MB while measured.
BENCHMARK = """
import subprocess, sys, time

NAME = "weigh-paper"
SIZES = (10, 1000)
CHILD = "import time; held = b'x' * 120_000_000; ends = time.process_time() + 0.3\\nwhile time.process_time() < ends: pass\\ntime.sleep(0.4)"

def make_input(size, folder):
    (folder / "sheets").write_bytes(b"x" * size)

def set_up(folder):
    ends = time.process_time() + 0.2
    while time.process_time() < ends:
        pass
    return (folder / "sheets").read_bytes()

def run(state, size, folder):
    print("not part of the result")
    if len(state) != size or len(state) == 13:
        raise ValueError("wrong input")
    held = b"x" * 60_000_000
    subprocess.run([sys.executable, "-c", CHILD], check=True)
    return {"p50_ms": 1.5}
"""


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout with one benchmark."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "weigh_paper.py").write_text(BENCHMARK, encoding="utf-8")
    (tmp_path / "benchmarks" / "_inside.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(bench, "project_root", lambda: tmp_path)
    return tmp_path


def test_a_row_holds_time_memory_and_rate_with_children_counted(checkout):
    done = CliRunner().invoke(group, ["bench", "weigh-paper", "--json"])
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert (row["name"], row["size"], row["p50_ms"]) == ("weigh-paper", 1000, 1.5)
    assert row["setup_cpu_s"] >= 0.2
    assert 0.3 <= row["cpu_s"] < row["wall_s"]
    assert row["peak_mb"] > 180  # the process and its child together
    assert row["rate"] == pytest.approx(1000 / row["wall_s"], rel=0.01)


def test_a_benchmark_that_fails_makes_the_command_fail(checkout):
    done = CliRunner().invoke(group, ["bench", "weigh-paper", "--size", "13", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout) == []


def test_an_unknown_benchmark_is_answered_with_those_there_are(checkout):
    done = CliRunner().invoke(group, ["bench", "weigh-papers"])
    assert done.exit_code == 2
    assert "weigh-paper" in done.stderr


def test_without_the_checkout_there_is_nothing_to_measure(monkeypatch):
    monkeypatch.setattr(bench, "project_root", lambda: None)
    done = CliRunner().invoke(group, ["bench", "--all"])
    assert done.exit_code == 1
    assert "benchmarks" in done.stderr

"""Everything goes wrong between two nodes, by the seed; and the judge of it is not blind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCHEDULES = 12
PLANTED = {
    "the site believes any answer": (
        "import kaowu.edge.mirror as m; m.sender.cosigned_note = lambda note, *_: note"
    ),
    "the county vouches for what it did not write": (
        "import kaowu.store.mirror as m; whole = m.write_entries\n"
        "m.write_entries = lambda log, first, entries, hashes:"
        " whole(log, first, entries[:-1] + [b'x'], hashes)"
    ),
    "the county takes any checkpoint": ("import kaowu.engines.sync.judge as j; j._follows = lambda *_: True"),
    "a fact is acknowledged and not kept": (
        "import kaowu.app.faultsim.nodes as n; whole = n._append\n"
        "n._append = lambda book, clock, ids: whole(book, clock, ids[1:])"
    ),
    "the site sends what it has, altered or not": (
        "import kaowu.engines.sync.sender as s; s.leaf_hash = lambda entry, suite: Any()\n"
        "class Any:\n    __ne__ = lambda *_: False"
    ),
}
PLAY = """
import sys, tempfile, os
from pathlib import Path
folder = Path(tempfile.mkdtemp()); os.environ["KAOWU_DATA"] = str(folder)
os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
import django; django.setup()
from kaowu.app.faultsim import schedule
from kaowu.app.faultsim.nodes import make_disk
exec(sys.argv[1])
make_disk(folder / "empty")
found = (schedule.run(seed, folder / "empty").violation for seed in range(1, 9))
print(next(filter(None, found), "nothing"))
"""


def environment() -> dict[str, str]:
    # Killing a process asks nothing of the disk below, so memory will do.
    memory = {"TMPDIR": "/dev/shm"} if Path("/dev/shm").is_dir() else {}
    return {name: value for name, value in os.environ.items() if name != "KAOWU_DATABASE_URL"} | memory


def test_no_acknowledged_fact_is_lost_or_doubled_whatever_happens():
    done = subprocess.run(
        [sys.executable, "-m", "kaowu.cli.main", "faultsim", "--seeds", str(SCHEDULES), "--json"],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["violations"] == [] and result["facts"] > 1000
    assert len(result["faults"]) >= 12


@pytest.mark.parametrize("defect", PLANTED)
def test_a_planted_defect_is_found_by_the_simulation(defect):
    done = subprocess.run(
        [sys.executable, "-c", PLAY, PLANTED[defect]],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() != "nothing"

"""Programs that play on the simulator's own nodes, each in a process of its own."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

PLAY = """
import os, sys
from pathlib import Path
folder = Path(sys.argv[1])
os.environ["KAOWU_DATA"] = str(folder / "simulator")
os.environ["DJANGO_SETTINGS_MODULE"] = "kaowu.app.settings"
import django; django.setup()
from kaowu.app.faultsim import acts, disk, judgement, nodes, schedule
suite = sys.argv[2]
world = schedule.begin(folder / suite, suite)
"""


def environment() -> dict[str, str]:
    # What a power cut takes away is taken away by the simulator, so memory will do.
    memory = {"TMPDIR": "/dev/shm"} if Path("/dev/shm").is_dir() else {}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KAOWU_")}
    return kept | memory


def python(code: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


@cache
def why_not(folder: Path) -> str:
    """Why disks cannot be spoilt here; empty where they can."""
    return python(PLAY.partition("suite =")[0] + "print(disk.why_not())", folder)

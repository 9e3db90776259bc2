"""The same suites on a real PostgreSQL server, in a process whose settings name it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = (
    "tests/store/test_book_on_database.py",
    "tests/store/test_mirror.py",
    "tests/web/nodes/test_arrivals.py",
)


def test_book_and_mirror_keep_their_promises_on_postgresql(postgres_dsn):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *SUITES],
        env=environment | {"KAOWU_DATABASE_URL": postgres_dsn},
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert " passed" in run.stdout and "skipped" not in run.stdout

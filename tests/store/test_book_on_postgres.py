"""The same suite on a real PostgreSQL server, in a process whose settings name it."""

import os
import subprocess
import sys
from pathlib import Path

SUITE = Path(__file__).with_name("test_book_on_database.py")


def test_the_book_keeps_its_promises_on_postgresql(postgres_dsn):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(SUITE)],
        env=environment | {"KAOWU_DATABASE_URL": postgres_dsn},
        capture_output=True,
        text=True,
        cwd=SUITE.parents[2],
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert " passed" in run.stdout and "skipped" not in run.stdout

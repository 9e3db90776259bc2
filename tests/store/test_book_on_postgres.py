"""The same suites on a real PostgreSQL server, in a process whose settings name it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SUITES = ("test_book_on_database.py", "test_mirror.py")


@pytest.mark.parametrize("name", SUITES)
def test_book_and_mirror_keep_their_promises_on_postgresql(postgres_dsn, name):
    suite = Path(__file__).with_name(name)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(suite)],
        env=environment | {"KAOWU_DATABASE_URL": postgres_dsn},
        capture_output=True,
        text=True,
        cwd=suite.parents[2],
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert " passed" in run.stdout and "skipped" not in run.stdout

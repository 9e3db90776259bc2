"""The same tests once more in a process whose deployment has chosen 国密: SM2, SM3, SM4."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AGAIN = (
    "tests/store/test_book_on_database.py",
    "tests/store/test_mirror.py",
    "tests/store/test_intake.py",
    "tests/store/test_scrub.py",
    "tests/web/api/test_device_runs.py",
    "tests/web/nodes",
    "tests/scenarios/test_small_day_to_archive.py",
)


def test_books_copies_packages_bundles_devices_and_archives_hold_under_the_national_suite(tmp_path: Path):
    pytest.importorskip("tongsuopy")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *AGAIN]
    done = subprocess.run(
        command,
        cwd=ROOT,
        # A data folder keeps the suite it was begun with: this process has another.
        env={**os.environ, "KAOWU_SUITE": "national", "KAOWU_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout[-4_000:]

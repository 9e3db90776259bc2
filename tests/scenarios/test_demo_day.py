"""The demonstration day of the example exam: played whole, through the public doors, into an archive."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KAOWU = Path(sys.executable).with_name("kaowu")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """One day played with seed 7; what the command said, and the archive it wrote."""
    folder = tmp_path_factory.mktemp("day")
    archive = folder / "day.kwa"
    command = [
        KAOWU,
        "demo",
        "--seed",
        "7",
        "--fast",
        "--data",
        folder / "node",
        "--archive",
        archive,
        "--json",
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("KAOWU_", "DJANGO_"))}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder, timeout=600)
    assert run.returncode == 0, run.stderr[-3000:]
    return json.loads(run.stdout), archive


def test_every_request_was_answered_and_every_site_signed(played):
    said, _ = played
    assert said["outcomes"] == {"recorded": said["requests"]}
    assert said["requests"] > 4_000  # two sittings of 2,000 candidates and their papers
    assert said["sites_signed"] == 3 * len(said["sittings"])


def test_what_went_wrong_in_the_story_was_found_by_the_rules(played):
    said, _ = played
    assert said["findings"]["custody.two_at_unsealing"] >= 1
    assert said["findings"]["counts.sheets_equation"] >= 1
    assert sum(said["findings"].values()) < said["requests"] / 50


@pytest.mark.feature("X-01")
def test_two_verifiers_that_share_no_code_accept_the_archive_and_refuse_one_changed_byte(played, tmp_path):
    said, archive = played
    second = [sys.executable, "-S", ROOT / "tools" / "verify_archive.py"]
    first = [KAOWU, "verify", "--key", said["key"]]
    for verifier in (first, second):
        assert subprocess.run([*verifier, archive], capture_output=True).returncode == 0
    content = bytearray(archive.read_bytes())
    content[len(content) // 3] ^= 1
    changed = tmp_path / "changed.kwa"
    changed.write_bytes(content)
    for verifier in (first, second):
        assert subprocess.run([*verifier, changed], capture_output=True).returncode == 1

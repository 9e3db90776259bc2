"""`kaowu verify` and the stand-alone verifier as an auditor uses them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.inner.engines.ledger.small_archive import LOG_KEY, archive_of, checkpoint_note, small_journal

from kaowu.cli.main import group

VKEY = LOG_KEY.verifying.to_text()
STAND_ALONE = Path(__file__).parents[2] / "tools" / "verify_archive.py"


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "exam.kwa"
    path.write_bytes(archive_of(small_journal()))
    return path


def verify(*arguments):
    return CliRunner().invoke(group, ["verify", *map(str, arguments)])


@pytest.mark.feature("X-01", "PAP-22")
def test_a_good_archive_is_accepted_with_key_and_earlier_checkpoint(archive, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_bytes(checkpoint_note(small_journal().rows()[:4]))
    done = verify(archive, "--key", VKEY, "--checkpoint", kept, "--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (said["ok"], said["origin_checked"], said["size"]) == (True, True, 6)
    assert (said["checkpoints_checked"], said["first_bad"]) == ([4], None)


def test_without_a_key_it_says_that_the_origin_is_not_checked(archive):
    done = verify(archive)
    assert done.exit_code == 0
    assert done.stdout.startswith(
        "内部一致，来源未核：6 条记录。\nConsistent, origin not checked: 6 facts.\n"
    )


def test_a_damaged_archive_is_refused_with_the_place_in_both_languages(archive):
    content = bytearray(archive.read_bytes())
    content[900] ^= 1
    archive.write_bytes(content)
    done = verify(archive, "--json")
    bad = json.loads(done.stdout)["first_bad"]
    assert done.exit_code == 1
    assert bad["index"] == 1 and bad["offset"] <= 900 < bad["offset"] + bad["length"]
    spoken = verify(archive)
    assert spoken.exit_code == 1 and not spoken.stdout
    assert bad["place"]["zh"] in spoken.stderr and bad["reason"]["en"] in spoken.stderr


def test_a_key_may_lie_in_a_file(archive, tmp_path):
    (tmp_path / "log.vkey").write_text(VKEY + "\n")
    assert json.loads(verify(archive, "--key", tmp_path / "log.vkey", "--json").stdout)["origin_checked"]


def test_a_checkpoint_that_went_through_another_system_is_still_read(archive, tmp_path):
    kept = tmp_path / "kept.txt"
    note = checkpoint_note(small_journal().rows()[:4]).replace(b"\n", b"\r\n")
    kept.write_bytes(b"\xef\xbb\xbf" + note + b"\r\n")
    assert json.loads(verify(archive, "--checkpoint", kept, "--json").stdout)["checkpoints_checked"] == [4]
    command = [sys.executable, str(STAND_ALONE), str(archive), "--checkpoint", str(kept)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["checkpoints_checked"] == [4]


@pytest.mark.parametrize("option", [("--key", "nonsense"), ("--checkpoint", __file__)])
def test_a_key_or_checkpoint_that_is_none_is_an_error_of_use(archive, option):
    assert verify(archive, *option).exit_code == 2


@pytest.mark.feature("X-01")
def test_the_second_verifier_runs_with_nothing_but_python(archive, tmp_path):
    kept = tmp_path / "kept.txt"
    kept.write_bytes(checkpoint_note(small_journal().rows()[:4]))
    command = [
        sys.executable,
        "-I",
        "-S",
        str(STAND_ALONE),
        str(archive),
        "--key",
        VKEY,
        "--checkpoint",
        str(kept),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["checkpoints_checked"] == [4]
    archive.write_bytes(archive.read_bytes()[:-1])
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1

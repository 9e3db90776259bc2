"""A node keeps the cipher suite it began with."""

import os
import subprocess
import sys

import pytest


def suite_of(folder, wanted=""):
    environment = {**os.environ, "KAOWU_DATA": str(folder), "KAOWU_SUITE": wanted}
    if not wanted:
        del environment["KAOWU_SUITE"]
    ask = "from kaowu.app import settings; from kaowu.basics.suites import deployed; print(deployed().name)"
    return subprocess.run(
        [sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("first", ["", "national"])
def test_what_was_chosen_first_holds_and_another_choice_is_refused(tmp_path, first):
    began = suite_of(tmp_path, first).stdout.strip()
    assert began == (first or "international")
    assert suite_of(tmp_path).stdout.strip() == began
    other = "international" if first else "national"
    refused = suite_of(tmp_path, other)
    assert refused.returncode != 0 and f"begun with suite {began}" in refused.stderr

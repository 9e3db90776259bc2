"""`kaowu demo` where there is nothing to play."""

import json
import os
import subprocess
import sys
from pathlib import Path


def test_a_data_folder_without_an_exam_is_answered_with_a_sentence(tmp_path):
    kaowu = Path(sys.executable).with_name("kaowu")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("KAOWU_", "DJANGO_"))}
    done = subprocess.run(
        [kaowu, "demo", "--data", tmp_path, "--json"], env=inherited, capture_output=True, timeout=60
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["code"] == "nothing_to_play"
    assert b"Traceback" not in done.stderr

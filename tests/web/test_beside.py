"""A command beside the worker: its lines are passed on, its value comes back, its refusal is the job's, and it ends with the job."""

import sys

import pytest

from kaowu.basics.errors import Refused
from kaowu.web.beside import run_beside

REFUSAL = '{"code": "nothing_to_play", "sentence": {"zh": "不能演示。", "en": "Cannot play."}}'


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a few lines of shell in the place of `kaowu`."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    def write(script):
        (tmp_path / "kaowu").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        (tmp_path / "kaowu").chmod(0o755)

    return write


def test_lines_are_passed_on_and_the_value_comes_back_whatever_the_exit_code(program):
    program('echo one >&2; echo two >&2; echo "{\\"asked\\": \\"$*\\"}"; exit 1')
    heard = []
    assert run_beside(("rehearse", "--exam", "x"), heard.append) == {"asked": "rehearse --exam x --json"}
    assert heard == ["one\n", "two\n"]


def test_a_value_longer_than_a_pipe_holds_comes_back_while_lines_are_still_to_come(program):
    long = "head -c 200000 /dev/zero | tr '\\0' x"
    program(f"echo one >&2; printf '{{\"long\": \"'; {long}; echo '\"}}'; echo two >&2")
    heard = []
    assert len(run_beside(("rehearse",), heard.append)["long"]) == 200_000
    assert heard == ["one\n", "two\n"]


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        (f"echo '{REFUSAL}'; exit 1", "nothing_to_play", "不能演示"),
        ("echo 'MemoryError' >&2; exit 1", "command_stopped", "MemoryError"),
        ("exit 9", "command_stopped", "中断"),
    ],
)
def test_a_refusal_is_the_jobs_own_and_a_crash_says_its_last_words(program, script, code, words):
    program(script)
    with pytest.raises(Refused) as refused:
        run_beside(("demo",), lambda line: None)
    assert refused.value.code == code and words in refused.value.sentence.zh


def test_a_job_that_is_cancelled_ends_the_command(program, tmp_path):
    program(
        f"trap 'echo ended > {tmp_path}/ended; exit 0' TERM; echo begun >&2; while :; do sleep 0.05; done"
    )

    def cancel(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_beside(("demo",), cancel)
    assert (tmp_path / "ended").exists()

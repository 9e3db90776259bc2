"""A command of the program, run by a long job in a process beside the worker."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kaowu.basics.errors import Refused, Sentence


def run_beside(arguments: Sequence[str], heard: Callable[[str], None]) -> dict[str, Any]:
    """Run `kaowu … --json`, pass on every line of its standard error, return its JSON.

    Raises Refused: its own refusal, or its last words. Whatever `heard` raises ends it: a job is cancelled so.
    """
    command = [str(Path(sys.executable).with_name("kaowu")), *arguments, "--json"]
    said: list[str] = []
    # Into a file: a pipe that nobody reads while lines are still to come would hold up a long value for ever.
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8") as result,
        subprocess.Popen(command, stdout=result, stderr=subprocess.PIPE, text=True) as process,
    ):
        assert process.stderr is not None
        try:
            for line in process.stderr:
                said.append(line)
                heard(line)
        except BaseException:
            process.terminate()
            raise
        process.wait()
        result.seek(0)
        value = result.read()
    return _read(value, said)


def _read(result: str, said: Sequence[str]) -> dict[str, Any]:
    """What the command said; a value with a code is a refusal."""
    try:
        value: dict[str, Any] = json.loads(result)
        if "sentence" not in value:
            return value
        refusal = Refused(value["code"], Sentence(**value["sentence"]))
    except (ValueError, KeyError, TypeError):
        last = (said[-1] if said else "").strip()[:300]
        refusal = Refused("command_stopped", Sentence(f"中断：{last}", f"It stopped: {last}"))
    raise refusal

"""A machine on which commands start warm: each is forked from a process that has loaded what they load.

Started from nothing, most of a short command is imports. What is forked has an environment, a folder and an output of its own,
forgets the settings under which all was loaded, reads those of its node itself and ends as any program ends. What a command
loaded is there for the next. The process that is forked is a node with an empty folder, and opens no database.
"""

import importlib
import json
import multiprocessing
import os
import runpy
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.conf import empty, global_settings, settings
from django.db import connections

_WITHIN_S = 300
_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Machine:
    """Where commands run: here, or behind the words with which a command begins that runs elsewhere."""

    def __init__(self, where: Sequence[str] = ()) -> None:
        self.where = tuple(where)
        self._warm: subprocess.Popen[str] | None = None

    def kaowu(self, arguments: Sequence[str], environment: dict[str, str], folder: Path) -> Done:
        """A command of the program."""
        return self._run(["kaowu", *arguments], "", environment, folder)

    def python(self, code: str, arguments: Sequence[str], environment: dict[str, str], folder: Path) -> Done:
        """A program that is handed over."""
        return self._run(["-c", *arguments], code, environment, folder)

    def close(self) -> None:
        """End the process behind the commands."""
        if self._warm is not None:
            self._warm.communicate()
            self._warm = None

    def _run(self, argv: list[str], code: str, environment: dict[str, str], folder: Path) -> Done:
        if self._warm is None:
            self._warm = subprocess.Popen(
                [*self.where, sys.executable, __file__],
                env={
                    name: one
                    for name, one in environment.items()
                    if "KAOWU" not in name and "DJANGO" not in name
                },
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._warm.stdin and self._warm.stdout
        order = {"argv": argv, "code": code, "environment": environment, "folder": str(folder)}
        self._warm.stdin.write(json.dumps(order) + "\n")
        self._warm.stdin.flush()
        return Done(**json.loads(self._warm.stdout.readline()))


def serve() -> None:
    """Fork a process for each order."""
    blank = tempfile.mkdtemp(prefix="kaowu-warm-")
    os.environ.update(KAOWU_DATA=blank, DJANGO_SETTINGS_MODULE="kaowu.app.settings")
    django.setup()
    # Django-axes writes what is usual for it into the settings, once in a process.
    vars(global_settings).update({name: getattr(settings, name) for name in dir(settings) if "AXES_" in name})
    for line in sys.stdin:
        place = Path(tempfile.mkdtemp(prefix="kaowu-warm-"))
        out, err, loaded = (place / name for name in ("out", "err", "loaded"))
        child = _FORK.Process(target=_do, args=(json.loads(line), out, err, loaded))
        child.start()
        child.join()
        print(
            json.dumps({"code": child.exitcode, "out": out.read_text(), "err": err.read_text()}), flush=True
        )
        _load(loaded.read_text().split() if loaded.exists() else [])
        shutil.rmtree(place)
    shutil.rmtree(blank)


def _do(order: dict[str, Any], out: Path, err: Path, loaded: Path) -> None:
    code = _become(order, out, err)
    loaded.write_text("\n".join(sys.modules))
    connections.close_all()
    sys.exit(code)


def _become(order: dict[str, Any], *said: Path) -> int:
    signal.alarm(_WITHIN_S)
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in enumerate(said, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = order["argv"]
    _forget_settings()
    try:
        if order["code"]:
            exec(compile(order["code"], "<program>", "exec"), {"__name__": "__main__"})
        else:
            runpy.run_module("kaowu.cli.main", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _forget_settings() -> None:
    sys.modules.pop("kaowu.app.settings", None)
    settings._wrapped = empty
    vars(connections).pop("settings", None)
    connections._settings = None
    del connections["default"]


def _load(names: Sequence[str]) -> None:
    for name in names:
        if name not in sys.modules and not name.startswith("kaowu.app"):
            with suppress(Exception):  # a part of a program that is no module by itself
                importlib.import_module(name)


if __name__ == "__main__":
    serve()

"""Nobody stands still unseen (看守): a process beside the simulator that hears a mark at each of its steps.

What waits for ever cannot end its own waiting, so the watch is a process apart. Where a mark is followed by none within
the patience, it shows where that was, with the seed, and the stacks of all processes; then it ends them. The simulator
fails because its players died.
"""

import faulthandler
import multiprocessing
import os
import select
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

PATIENCE_S = 120.0
"""An act takes a second; on a machine that is busy with other things, some."""
_LOOKS_EVERY_S = 0.5
_FOR_A_STACK_S = 0.5
_TO_GIVE_UP_S = 30.0


class Watch:
    """Begins before anything else is started, so that all of it can show its stack."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        # Nodes speak into files of their own; stacks are wanted where the simulator speaks.
        self._shown = os.dup(2)
        faulthandler.register(signal.SIGUSR1, self._shown)
        heard, self._marks = os.pipe()
        told = (heard, self._marks, os.getpid(), patience_s)
        self._process = multiprocessing.get_context("fork").Process(target=_watch, args=told, daemon=True)
        self._process.start()
        os.close(heard)

    def __enter__(self) -> "Watch":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Nobody is watched any more."""
        self._process.kill()
        self._process.join()
        os.close(self._marks)
        faulthandler.unregister(signal.SIGUSR1)
        os.close(self._shown)

    def mark(self, what: str) -> None:
        """This process begins with that; with nothing that can stand still where it is empty."""
        os.write(self._marks, f"{os.getpid()} {what}\n".encode())


def _watch(heard: int, marks: int, whole: int, patience_s: float) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # whoever breaks it off ends the simulator, and that ends this
    os.close(marks)
    at: dict[int, tuple[float, str]] = {}
    rest = b""
    while True:
        if select.select([heard], [], [], _LOOKS_EVERY_S)[0]:
            read = os.read(heard, 65_536)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                who, _, what = line.decode().partition(" ")
                at[int(who)] = (time.monotonic(), what)
        late = time.monotonic() - patience_s
        stuck = {process: what for process, (since, what) in at.items() if what and since < late}
        if stuck:
            for process, what in stuck.items():
                _say(f"停住 no progress for {patience_s:g} s — process {process}: {what}")
            _show(below(whole))
            _end(whole)
            return


def below(whole: int) -> list[int]:
    """All living processes that come from one, itself first; without the one that asks."""
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent, *_ = (folder / "stat").read_text().rpartition(") ")[2].split()
            if state != "Z":
                parents.setdefault(int(parent), []).append(int(folder.name))
    found = [whole]
    for one in found:
        found += [child for child in sorted(parents.get(one, ())) if child != os.getpid()]
    return found


def _show(processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(OSError):
            parent = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()[1]
            waits = Path(f"/proc/{process}/wchan").read_text()
            _say(f"— process {process}, started by {parent}, waits in {waits}")
            os.kill(process, signal.SIGUSR1)
            until = time.monotonic() + _TO_GIVE_UP_S
            while _has_yet_to_hear(process) and time.monotonic() < until:
                time.sleep(_FOR_A_STACK_S)
            time.sleep(_FOR_A_STACK_S)  # it writes its stack itself


def _has_yet_to_hear(process: int) -> bool:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        name, _, pending = line.partition(":")
        if name in ("SigPnd", "ShdPnd") and int(pending, 16) >> (signal.SIGUSR1 - 1) & 1:
            return True
    return False


def _end(whole: int) -> None:
    for process in below(whole)[1:]:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    until = time.monotonic() + _TO_GIVE_UP_S
    while os.getppid() == whole and time.monotonic() < until:
        time.sleep(_LOOKS_EVERY_S)
    if os.getppid() == whole:
        os.kill(whole, signal.SIGKILL)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

"""A second process that judges the next stretches of a backlog while this one reads the last (预先再核).

Judging and reading a day's facts cost about the same, and one process of Python uses one core. The second
has no database: it gets all that it needs through a pipe and sends back what it found. Nothing rests on
it: what it does not answer, whoever asked judges himself. It ends when its pipe is closed, so it outlives nobody;
one that hangs is killed, so it holds nobody up.
"""

import marshal
import pickle
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Timer
from typing import Any, BinaryIO, NamedTuple

from kaowu.basics.suites import SUITES, deploy, deployed
from kaowu.loop.demands import demands_within, usual_demand
from kaowu.store.judging import Judged, Leaf, Stretch, judge, no_rings

HANGS_AFTER_S = 60.0
"""A portion is judged within seconds; what takes as long as this was stopped, or waits for what does not come."""


class Given(NamedTuple):
    """A stretch with its leaves, up to a place that may lie somewhat beyond what is wanted."""

    stretch: Stretch
    leaves: Sequence[Leaf]
    reach: int


class Ahead:
    """The second process, as the first sees it: one task at a time. It starts when this is made, to be warm in time."""

    def __init__(self, hangs_after_s: float = HANGS_AFTER_S) -> None:
        self._hangs_after_s = hangs_after_s
        self._process = _started()
        self._asked: Sequence[Given] = ()
        self._found: dict[int, Judged] = {}

    @property
    def is_free(self) -> bool:
        """Whether it can be given something; one that has ended is started again."""
        if self._process.poll() is not None:
            self.close()
            self._process, self._asked = _started(), ()
        return not self._asked

    def begin(self, given: Sequence[Given], minutes: Mapping[str, int | None]) -> None:
        """Let it judge these, where the persons of an act sign within so many minutes in each exam."""
        self._asked, self._found = given, {}
        with self._killed_if_it_hangs(), suppress(BrokenPipeError):  # then there will be no answer either
            _send(self._process.stdin, (deployed().name, minutes, given))

    def judged(self, stretch: Stretch) -> Judged | None:
        """What it found of this stretch: waits if it is at it, None if it knows nothing of it."""
        if any(one.stretch.log == stretch.log for one in self._asked):
            self.wait()
        found = self._found.pop(stretch.log, None)
        return found if found is not None and found.begin == stretch.begin else None

    def wait(self) -> None:
        """Until it has answered what it was given, or ended."""
        self._found, self._asked = self._answers(), ()

    def close(self) -> None:
        """End it, whatever it is at: nothing rests on that, and an answer nobody reads would keep it waiting."""
        self._process.kill()
        self._process.wait()
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()

    def _answers(self) -> dict[int, Judged]:
        try:
            with self._killed_if_it_hangs():
                answers: list[tuple[int, Judged, bytes]] = pickle.load(self._process.stdout)
        except (EOFError, pickle.UnpicklingError):
            return {}
        return {log: judged._replace(entries=marshal.loads(entries)) for log, judged, entries in answers}

    @contextmanager
    def _killed_if_it_hangs(self) -> Iterator[None]:
        """Around whatever waits for it: killed, it has ended without an answer, and nobody waits any more."""
        limit = Timer(self._hangs_after_s, self._process.kill)
        limit.start()
        try:
            yield
        finally:
            limit.cancel()


def _started() -> Any:
    # A session of its own: who interrupts the first process speaks to that one alone.
    return subprocess.Popen(
        [sys.executable, "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )


def _send(pipe: BinaryIO, value: object) -> None:
    pickle.dump(value, pipe, pickle.HIGHEST_PROTOCOL)
    pipe.flush()


def _serve(source: BinaryIO, sink: BinaryIO) -> None:
    """The second process: judge what comes until nothing more can come."""
    usual_demand("", "")  # the rules are read before they are needed
    with suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):  # the first is there no more
        while True:
            suite, minutes, given = pickle.load(source)
            deploy(SUITES[suite])
            demands = demands_within(minutes.get)
            with no_rings():
                found = {one.stretch.log: judge(one.stretch, one.leaves, one.reach, demands) for one in given}
                _send(sink, [_packed(log, judged) for log, judged in found.items() if judged is not None])


def _packed(log: int, judged: Judged) -> tuple[int, Judged, bytes]:
    """An answer; to take entries out of what `marshal` packed is a fifth of the work of decoding them again."""
    return log, judged._replace(entries=[]), marshal.dumps(judged.entries, 2)


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)

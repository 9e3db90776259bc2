"""Processes that read pages for a batch, each of which may break on a page without breaking the batch.

A hostile file can make a picture library crash, eat memory or never end. So a
worker has a limit of memory, and a page one of time; a worker that breaks
either is ended and replaced, and its page is answered with an error.
"""

import ctypes
import multiprocessing
import os
import resource
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

AHEAD = 2  # pages given to each worker: one it reads, one that waits
STARTING_S = 120.0
# A page's pictures come and go some hundred times a second. Left alone, the C library gives their memory back to the
# kernel each time and gets it again cleared: thousands of page faults for each page, a seventh of its time.
KEPT_FREE = 256 << 20
KEPT_PIECE = 32 << 20  # the most that glibc takes here
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of <malloc.h>

# Spawned, not forked: image libraries hold threads that a fork would leave behind.
_spawn = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Work:
    """What every worker does: `begin(*start)` once, then `one(page)` for each page."""

    begin: Callable[..., None]
    start: tuple[Any, ...]
    one: Callable[[Any], Any]
    broken: Any
    """The answer for a page on which a worker broke."""
    most_seconds: float = 60.0
    most_memory: int = 3 << 30
    """Bytes beyond what the worker holds when it has started."""


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    pages: deque[int] = field(default_factory=deque)
    since: float = 0.0
    ready: bool = False


def answers(work: Work, pages: Sequence[Any], workers: int) -> Iterator[Any]:
    """The answer to each page in order, by so many processes; pages far ahead are not begun."""
    crew = [_started(work) for _ in range(min(workers, len(pages)))]
    coming = deque(range(len(pages)))
    done: dict[int, Any] = {}
    told = 0
    try:
        while told < len(pages):
            for one in crew:
                while coming and len(one.pages) < AHEAD and coming[0] < told + 4 * AHEAD * len(crew):
                    _give(one, pages, coming.popleft())
            for at, one in enumerate(crew):
                if (one.pages and not _listened(one, done)) or _late(one, work):
                    _end(one)
                    crew[at] = _started(work)
                    if one.pages and one.ready:
                        done[one.pages.popleft()] = work.broken
                    elif one.pages and not one.ready:
                        raise RuntimeError("a reading process does not start")
                    coming.extendleft(reversed(one.pages))
            while told in done:
                yield done.pop(told)
                told += 1
            if told < len(pages) and told not in done:
                wait([one.pipe for one in crew if one.pages], timeout=0.5)
    finally:
        for one in crew:
            _end(one)


def _started(work: Work) -> _Worker:
    own, its = _spawn.Pipe()
    process = _spawn.Process(target=_work, args=(its, work), daemon=True)
    process.start()
    its.close()
    return _Worker(process, own, since=time.monotonic())


def _give(worker: _Worker, pages: Sequence[Any], number: int) -> None:
    if not worker.pages and worker.ready:
        worker.since = time.monotonic()
    worker.pages.append(number)
    with suppress(OSError):  # one that broke in between is noticed when it is listened to
        worker.pipe.send(pages[number])


def _listened(worker: _Worker, done: dict[int, Any]) -> bool:
    """Take what a worker says; False if it is gone."""
    try:
        while worker.pipe.poll():
            said = worker.pipe.recv()
            worker.since = time.monotonic()
            if not worker.ready:
                worker.ready = True
            else:
                done[worker.pages.popleft()] = said
    except (EOFError, OSError):
        return False
    return True


def _late(worker: _Worker, work: Work) -> bool:
    most = work.most_seconds if worker.ready else STARTING_S
    return bool(worker.pages) and time.monotonic() - worker.since > most


def _end(worker: _Worker) -> None:
    worker.process.kill()
    worker.process.join()
    worker.pipe.close()


def keep_freed_memory() -> None:
    """What was freed serves the next page; a C library without this setting manages by itself."""
    with suppress(AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, KEPT_FREE)
        mallopt(_MMAP_THRESHOLD, KEPT_PIECE)


def _work(pipe: Connection, work: Work) -> None:
    work.begin(*work.start)
    held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGESIZE")
    most = held + work.most_memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    pipe.send(None)
    with suppress(EOFError):
        while True:
            page = pipe.recv()
            try:
                found = work.one(page)
            except MemoryError:
                found = work.broken
            pipe.send(found)

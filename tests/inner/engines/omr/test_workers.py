"""One page that breaks its reading process breaks neither the batch nor the pages beside it."""

import os
import signal
import time

from kaowu.engines.omr.workers import Work, answers

BROKEN = "broken"


def begin() -> None:
    """Nothing has to be made ready."""


def one(page: str) -> str:
    if page == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if page == "hangs":
        time.sleep(600)
    if page == "bomb":
        bytearray(64 << 30)
    return page.upper()


def test_a_page_that_kills_hangs_or_eats_memory_is_answered_as_broken_and_the_rest_in_order():
    pages = ["a", "dies", "b", "bomb", "c", "hangs", "d", "e"]
    work = Work(begin, (), one, BROKEN, most_seconds=2.0)
    assert list(answers(work, pages, 2)) == ["A", BROKEN, "B", BROKEN, "C", BROKEN, "D", "E"]


def test_a_batch_that_is_left_early_leaves_no_process_behind():
    begun = answers(Work(begin, (), one, BROKEN), ["a", "b", "c", "d"], 1)
    assert next(begun) == "A"
    begun.close()
    with_children = [
        entry for entry in os.listdir("/proc") if entry.isdigit() and _parent(entry) == os.getpid()
    ]
    assert not [entry for entry in with_children if "spawn_main" in _command(entry)]


def _parent(entry: str) -> int:
    try:
        with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
            return int(file.read().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def _command(entry: str) -> str:
    try:
        with open(f"/proc/{entry}/cmdline", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""

"""A folder of pages through one reader, on all cores; what was read is kept line by line and not read again.

    for name, entry in read_batch(layout, blank, sources, workers=2, kept=Path("pred.json.part")): …

An entry has the form of docs/reference/sheet-layout.md: fields, codes, flag, error.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2

from kaowu.engines.omr.decide import DEFAULT
from kaowu.engines.omr.files import Source, load
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey, Rejected
from kaowu.engines.omr.read import Reader, Reading
from kaowu.engines.omr.workers import Work, answers, keep_freed_memory

Entry = dict[str, Any]


def entry_of(reading: Reading) -> Entry:
    """A reading as the prediction file says it."""
    return {
        "fields": {
            answer.field.id: {"value": list(answer.value), "flag": answer.flag} for answer in reading.answers
        },
        "codes": dict(reading.codes),
        "flag": reading.flag,
        "error": reading.error,
    }


def read_batch(
    layout: Layout, blank: Grey | None, sources: Sequence[Source], workers: int, kept: Path
) -> Iterator[tuple[str, Entry]]:
    """Each source's name and entry, those read before the last stop first.

    `kept` holds one line for each page read; a line that was cut off by a stop
    is read again. One worker reads in this process; with more, each has a
    process of its own that may break on a hostile file without harm.
    """
    head = json.dumps({"layout": layout.digest, "policy": DEFAULT.version})
    done = _tidied(kept, head)
    names = {source.name for source in sources}
    for name, entry in _whole(kept, head):
        if name in names:
            yield name, entry
    waiting = [source for source in sources if source.name not in done]
    with kept.open("a", encoding="utf-8") as lines:
        for name, entry in _read(layout, blank, waiting, workers):
            lines.write(_line(name, entry))
            lines.flush()
            yield name, entry


def _read(
    layout: Layout, blank: Grey | None, waiting: Sequence[Source], workers: int
) -> Iterator[tuple[str, Entry]]:
    if workers <= 1 or not waiting:
        begin(layout.to_bytes(), blank)
        for source in waiting:
            yield source.name, read_one(source)
        return
    broken = entry_of(Reading("", flag=True, error="not_readable"))
    work = Work(begin, (layout.to_bytes(), blank), read_one, broken)
    for source, entry in zip(waiting, answers(work, waiting, workers), strict=True):
        yield source.name, entry


def _tidied(kept: Path, head: str) -> set[str]:
    """The names read before; the file then holds its head and whole lines alone, each name once."""
    draft = kept.with_name(f"{kept.name}.draft")
    names: set[str] = set()
    with draft.open("w", encoding="utf-8") as lines:
        lines.write(head + "\n")
        for name, entry in _whole(kept, head):
            if name not in names:
                names.add(name)
                lines.write(_line(name, entry))
    draft.replace(kept)
    return names


def _whole(kept: Path, head: str) -> Iterator[tuple[str, Entry]]:
    """The lines that can be read, one after another: a big batch does not fit into memory."""
    try:
        lines = kept.open("rb")
    except OSError:
        return
    with lines:
        if lines.readline() != head.encode() + b"\n":
            return
        for line in lines:
            try:
                name, entry = json.loads(line)
            except ValueError:
                continue
            yield name, entry


def _line(name: str, entry: Entry) -> str:
    return json.dumps([name, entry], ensure_ascii=False) + "\n"


_reader: Reader | None = None
"""The reader of this worker process."""


def begin(layout: bytes, blank: Grey | None) -> None:
    """Make this process one that reads pages of a layout."""
    global _reader
    keep_freed_memory()
    cv2.setNumThreads(1)
    _reader = Reader(Layout.from_bytes(layout), blank)


def read_one(source: Source) -> Entry:
    """One page, from its file to its entry."""
    assert _reader is not None
    try:
        page = load(source)
    except Rejected as rejected:
        return entry_of(Reading("", flag=True, error=rejected.code))
    except OSError:
        return entry_of(Reading("", flag=True, error="not_readable"))
    return entry_of(_reader.read(page))

"""打印包 · print pack: all that one site needs on paper, in one file and in order.

Cover, site papers, then room by room, then the tickets by batch. Pages are
counted before they are set, so the cover states what lies behind it. Setting
goes in chunks, each in a process of its own, and the chunks are bound at the
end: memory stays flat however large the site is.
"""

import datetime
import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_all_start_methods, get_context
from pathlib import Path
from types import TracebackType

import pikepdf

from kaowu.basics.errors import Finding
from kaowu.reports import pack_cover, registry
from kaowu.reports.contents import PackLine, RoomContents, SiteContents
from kaowu.reports.document import Document, Page, Scope
from kaowu.reports.lettering import glyph_findings
from kaowu.reports.photographs import photo_findings
from kaowu.reports.typesetting import Imprint, Sheet, forget, typeset

PAGES_PER_CHUNK = 80
TITLE = "考点打印包"

Progress = Callable[[int, int], bool | None]
"""Told pages done and pages in all; answering False cancels."""


class Cancelled(Exception):
    """The person cancelled; no file was written."""


@dataclass(frozen=True, slots=True)
class PackSummary:
    """What a pack holds: a line for each document, the pages, what to look at."""

    counts: tuple[PackLine, ...]
    pages: int
    findings: tuple[Finding, ...]

    def as_dict(self) -> dict[str, object]:
        """The summary as JSON values."""
        return {
            "counts": [
                {"document": line.document, "copies": line.copies, "pages": line.pages}
                for line in self.counts
            ],
            "pages": self.pages,
            "findings": [finding.as_dict() for finding in self.findings],
        }


class Press:
    """Processes that set chunks; one press may serve many packs."""

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        context = get_context("forkserver" if "forkserver" in get_all_start_methods() else "spawn")
        context.set_forkserver_preload([typeset.__module__])
        self._pool: Executor = ProcessPoolExecutor(workers, context, initializer=_work_alone)

    def __enter__(self) -> "Press":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def set(self, sheets: Sequence[Sheet], imprint: Imprint, target: Path) -> Future[int]:
        """Set one chunk into a file; the result is its number of pages."""
        return self._pool.submit(_set_chunk, sheets, imprint, target)


def build(
    contents: SiteContents,
    out_path: Path,
    progress: Progress | None = None,
    *,
    printed_at: datetime.datetime,
    digest: str,
    documents: Sequence[Document[SiteContents]] | None = None,
    press: Press | None = None,
) -> PackSummary:
    """Write the pack of one site and say what is in it.

    Without a press the chunks are set in this process, one after the other.
    """
    chosen = [
        each
        for each in (registry.documents() if documents is None else documents)
        if each.pack_order is not None
    ]
    findings = (*glyph_findings(contents), *photo_findings(contents))
    bodies = {each.id: _body(each, contents) for each in chosen}
    counts = tuple(_line(each, contents, bodies[each.id]) for each in chosen if any(bodies[each.id]))
    cover = pack_cover.document.sheets(replace(contents, pack=counts, findings=findings))
    sheets = [*cover, *_in_order(chosen, bodies)]
    write(sheets, Imprint(TITLE, printed_at, digest), out_path, progress, press)
    return PackSummary(counts, len(sheets), findings)


_Body = list[list[Sheet]]
"""The sheets of one document: one list for each room, or a single list."""


def _body(document: Document[SiteContents], contents: SiteContents) -> _Body:
    parts = [list(document.pages(part)) for part in _parts(document, contents)]
    total = sum(map(len, parts))
    numbers = iter(range(1, total + 1))
    return [[_sheet(document, page, next(numbers), total) for page in part] for part in parts]


def _parts(document: Document[SiteContents], contents: SiteContents) -> Iterator[SiteContents]:
    if document.scope is Scope.ROOM:
        shown = _fullest(contents.rooms) if document.once_per_room else contents.rooms
        for room in contents.rooms:
            yield replace(contents, rooms=tuple(each for each in shown if each is room))
    elif document.scope is Scope.CANDIDATE:
        yield replace(contents, tickets=tuple(sorted(contents.tickets, key=lambda t: t.batch)))
    else:
        yield contents


def _fullest(rooms: Sequence[RoomContents]) -> list[RoomContents]:
    """Of each room the sitting with most people: what stays on the desks must serve all of them."""
    found: dict[tuple[str, str], RoomContents] = {}
    for room in rooms:
        # Where electives are seated anew, each seating has labels of its own.
        known = found.setdefault((room.room.room_id, room.seating), room)
        if len(room.seats) > len(known.seats):
            found[room.room.room_id, room.seating] = room
    return list(found.values())


def _sheet(document: Document[SiteContents], page: Page, number: int, total: int) -> Sheet:
    data = {"page_number": number, "page_total": total, **page}
    return Sheet(document.layout, document.paper.value, data)


def _in_order(documents: Sequence[Document[SiteContents]], bodies: dict[str, _Body]) -> Iterator[Sheet]:
    """Site papers, then everything of the first room, of the second …, then the candidates'."""
    rooms = [bodies[each.id] for each in documents if each.scope is Scope.ROOM]
    for each in documents:
        if each.scope in (Scope.EXAM, Scope.SITE):
            yield from _flat(bodies[each.id])
    for room in zip(*rooms, strict=True):
        yield from _flat(room)
    for each in documents:
        if each.scope is Scope.CANDIDATE:
            yield from _flat(bodies[each.id])


def _flat(parts: Iterable[list[Sheet]]) -> Iterator[Sheet]:
    for part in parts:
        yield from part


def _line(document: Document[SiteContents], contents: SiteContents, body: _Body) -> PackLine:
    pages = sum(map(len, body))
    copies = {
        Scope.ROOM: sum(map(bool, body)),
        Scope.CANDIDATE: len(contents.tickets),
    }.get(document.scope, pages)
    unit = "张" if document.scope is Scope.CANDIDATE else "份"
    note = _batches(contents) if document.scope is Scope.CANDIDATE else ""
    return PackLine(document.id, document.zh, unit, copies, pages, note)


def _batches(contents: SiteContents) -> str:
    count = len({ticket.batch for ticket in contents.tickets})
    return f"按 {count} 批排列" if count > 1 else ""


def write(
    sheets: Sequence[Sheet],
    imprint: Imprint,
    out_path: Path,
    progress: Progress | None,
    press: Press | None,
) -> None:
    """Set the sheets chunk by chunk and bind them into one file. Raises Cancelled; then there is none."""
    with tempfile.TemporaryDirectory(prefix="kaowu-pack-") as folder:
        chunks: list[Path] = []
        with closing(_set_all(sheets, imprint, Path(folder), press)) as setting:
            for path, done in setting:
                chunks.append(path)
                if progress and progress(done, len(sheets)) is False:
                    raise Cancelled
        _bind(chunks, imprint, out_path)


def _set_all(
    sheets: Sequence[Sheet], imprint: Imprint, folder: Path, press: Press | None
) -> Generator[tuple[Path, int], None, None]:
    """Set chunk by chunk, in order; a few chunks ahead of what was asked for."""
    starts = range(0, len(sheets), PAGES_PER_CHUNK)
    chunks = ((sheets[at : at + PAGES_PER_CHUNK], folder / f"{at}.pdf") for at in starts)
    done = 0
    if press is None:
        for part, path in chunks:
            done += _set_chunk(part, imprint, path)
            yield path, done
        return
    waiting: list[tuple[Path, Future[int]]] = []
    try:
        while True:
            for part, path in islice(chunks, press.workers + 1 - len(waiting)):
                waiting.append((path, press.set(part, imprint, path)))
            if not waiting:
                return
            path, future = waiting.pop(0)
            done += future.result()
            yield path, done
    finally:
        # Whoever cancels waits for the chunks under way, which would write into a folder that is gone.
        begun = [future for _, future in waiting if not future.cancel()]
        wait(begun)


def _work_alone() -> None:
    """One thread for each process: threads that wait for each other burn a third of the time."""
    os.environ["RAYON_NUM_THREADS"] = "1"


def _set_chunk(sheets: Sequence[Sheet], imprint: Imprint, target: Path) -> int:
    target.write_bytes(typeset(sheets, imprint))
    forget()
    return len(sheets)


def _bind(chunks: Sequence[Path], imprint: Imprint, out_path: Path) -> None:
    """One file out of the chunks; it appears whole or not at all."""
    part = out_path.with_name(out_path.name + ".part")
    with pikepdf.new() as bound:
        for chunk in chunks:
            with pikepdf.open(chunk) as pdf:
                bound.pages.extend(pdf.pages)
        when = imprint.printed_at.strftime("%Y%m%d%H%M%S%z")
        bound.docinfo["/Title"] = imprint.title
        bound.docinfo["/Creator"] = "kaowu"
        bound.docinfo["/CreationDate"] = f"D:{when[:17]}'{when[17:]}"
        bound.save(part, deterministic_id=True)
    os.replace(part, out_path)

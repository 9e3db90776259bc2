"""One bag of answer sheets from the triple check to the handover: scanned, kept, copied, accounted for, sealed.

A scan computes first and writes at its end: a job that is cancelled leaves
nothing. The files are kept byte for byte as the scanner made them; what was
read from them lies beside them and is bound by one fact.
"""

import hmac
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.engines.omr.batch import read_batch
from kaowu.engines.omr.decide import DEFAULT
from kaowu.engines.omr.files import IMAGES, Source, load, sources
from kaowu.engines.omr.layout import Layout
from kaowu.engines.omr.page import Grey, Rejected
from kaowu.engines.omr.read import Reader
from kaowu.exam import sheet_readings
from kaowu.exam.sheet_identity import Bag, SheetCode, Sources, identify
from kaowu.exam.sheet_readings import NUMBER, PageRead, Readings, is_answer, page_digest
from kaowu.facts.envelope import Actor
from kaowu.facts.sheet_bags import (
    SheetBagChecked,
    SheetBagHandedOver,
    SheetBagSealed,
    SheetSettled,
    SheetsScanned,
)
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Receipt
from kaowu.loop.settle.seal_sheet_bag import digest_over
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.spec import SheetSpec
from kaowu.store import artefacts
from kaowu.store.queries import exams, sheet_bags
from kaowu.store.queries.sheet_bags import BagView
from kaowu.web.counter import clock, record
from kaowu.web.works.foreign_forms import blank_of, foreign_form
from kaowu.web.works.sheets import code_key

IMAGE = "sheet_image"
SUFFIXES = (*IMAGES, ".pdf")
DPI = 200
MOST_PAGES = 2_000
PAGES_A_WORKER = 64  # below this another process costs more than it saves
KNOWN_FROM_PAGES, KNOWN_EACH = 3, 2
MAC_DIGITS = 12

Progress = Callable[[int, int], bool | None]
Scanned = tuple[str, Path]
"""The name a file came with, and where it lies now."""


@dataclass(frozen=True)
class Form:
    """The sheet of a subject, ready to be read: each page's layout with its blank."""

    layouts: tuple[Layout, ...]
    blanks: tuple[Grey, ...]


def form_of(exam: str, subject: str) -> Form:
    """The approved sheet of a subject. Raises Refused."""
    approved = exams.plan(exam).sheets.get(subject)
    if approved is None:
        raise Refused(
            "sheet_not_approved",
            Sentence(
                f"不能扫描：“{subject}”的答题卡没有审定。",
                f"Cannot scan: the sheet of {subject} is not approved.",
            ),
        )
    return _form(approved.design)


@lru_cache(maxsize=8)
def _form(design: bytes) -> Form:
    content = artefacts.read(design)
    foreign = foreign_form(content)
    if foreign is not None:
        return Form((foreign.layout,), (blank_of(foreign.blank).grey,))
    spec = SheetSpec.from_bytes(content)
    layouts = tuple(blank.layouts(spec))
    printed = blank.pdf(spec, exam_time(Instant(0)))
    return Form(layouts, tuple(blank.raster(printed, number, DPI) for number in range(len(layouts))))


@lru_cache(maxsize=8)
def reader_of(design: bytes, side: int) -> Reader:
    """A reader of one side, for crops and for choosing known ones."""
    form = _form(design)
    return Reader(form.layouts[side - 1], form.blanks[side - 1])


def check(view: BagView, given: Mapping[str, Any], actor: Actor) -> Receipt:
    """The three fields as typed from the bag. Raises Refused."""
    return _record(view, SheetBagChecked(**given), actor)


def receive(view: BagView, files: Sequence[Scanned], actor: Actor, progress: Progress) -> Receipt:
    """Read a bag's files, keep and copy them, put the readings on record. Raises Refused."""
    require_here(view)
    form = form_of(view.exam, view.subject)
    settings.DATA.uploads.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.DATA.uploads) as folder:
        found = _linked(files, Path(folder))
        pages = [page for path in found for page in sources(path)]
        if not pages or len(pages) > MOST_PAGES:
            raise Refused(
                "scan.pages",
                Sentence(
                    f"文件里有 {len(pages):,} 页；一袋应有 1 到 {MOST_PAGES:,} 页。",
                    f"The files hold {len(pages):,} pages; a bag has 1 to {MOST_PAGES:,}.",
                ),
            )
        read = _read(form, pages, Path(folder), progress)
        digests = {path: digest(path.read_bytes()) for path in found}
        known = _known(form, view, pages, read)
        rows = [
            _row(
                view,
                form,
                page,
                found[page.path],
                digests[page.path],
                read[page.name],
                known.get(page.name, ()),
            )
            for page in pages
        ]
        backed_up = 0
        for path, name in found.items():
            kept = artefacts.keep(path.read_bytes(), kind=IMAGE, at=clock.now(), exam=view.exam, name=name)
            backed_up += back_up(kept)
    made = Readings(view.subject, tuple(one.digest for one in form.layouts), DEFAULT.version, tuple(rows))
    kept = artefacts.keep(
        made.to_bytes(),
        kind=sheet_readings.KIND,
        at=clock.now(),
        exam=view.exam,
        name=f"{view.key} {view.subject}",
    )
    rejected = sum(bool(row.error) for row in rows)
    fact = SheetsScanned(
        subject=view.subject,
        readings=kept,
        pages=len(rows),
        read=len(rows) - rejected,
        rejected=rejected,
        doubtful=sum(len(row.doubts) for row in rows),
        files=len(found),
        backed_up=backed_up,
        reader=DEFAULT.version,
    )
    return _record(view, fact, actor, attachments=(kept,))


def settle(view: BagView, target: str, state: str, reason: str, actor: Actor) -> Receipt:
    """Say what a seat's sheet is, or what a page of no seat is. Raises Refused."""
    fact = SheetSettled(subject=view.subject, target=target, state=state, reason=reason)
    return _record(view, fact, actor)


def seal(view: BagView, signed: tuple[Actor, Actor], remark: str) -> Receipt:
    """Put the account on record under two names; every image is copied and verified once more. Raises Refused."""
    account = view.account
    require_here(view)
    if account.open:
        raise Refused(
            "bag_not_settled",
            Sentence(
                f"不能封存：还有 {account.open} 处没有认定。",
                f"Cannot seal: {account.open} things are not settled.",
            ),
            remedy=Sentence("逐项重扫、移走或写明认定。", "Scan again, move away or settle each of them."),
        )
    fact = SheetBagSealed(
        subject=view.subject,
        expected=len(account.seats),
        present=account.count("present"),
        absent=account.count("absent"),
        void=account.count("void"),
        missing=account.count("missing"),
        spare=account.count_loose("spare"),
        pages=account.pages,
        files=len(account.files),
        backed_up=sum(back_up(file) for file in sorted(account.files)),
        counted=account.counted,
        found=account.sheets,
        absent_with_answers=account.differing("absent_with_answers"),
        absence_differs=account.absence_differs,
        violation_differs=account.violation_differs,
        readings=digest_over(view.bag),
        remark=remark,
    )
    return _record(view, fact, *signed)


def hand_over(view: BagView, to: str, seal: str, signed: tuple[Actor, Actor]) -> Receipt:
    """A sealed bag goes on, between two parties. Raises Refused."""
    sheets = view.bag.sealed.found if view.bag.sealed is not None else 0
    return _record(view, SheetBagHandedOver(subject=view.subject, to=to, seal=seal, sheets=sheets), *signed)


def require_here(view: BagView) -> None:
    """Two nodes do not read one bag: every seat would have two sheets, and neither could seal it. Raises Refused."""
    if view.scanned_elsewhere:
        raise Refused(
            "scanned_elsewhere",
            Sentence(
                f"不能扫描、封存：{view.key.room} 考场这一袋在别的节点扫描，原始图像在那里。",
                f"Cannot scan or seal: the bag of room {view.key.room} was scanned on another node; its original images are there.",
            ),
            remedy=Sentence(
                "在扫描的节点补扫、封存；那台机器已不能用的，由考点两人在考场记录中更正那次扫描，再在本机扫描。",
                "Scan more and seal where it was scanned; if that machine is lost, two of the site withdraw its scan on the record of the room, then scan here.",
            ),
        )


def back_up(file: bytes) -> bool:
    """Copy one original to the backup place and verify it there; False if there is no such place or it fails."""
    if settings.SHEET_BACKUP is None:
        return False
    try:
        artefacts.back_up(file, settings.SHEET_BACKUP)
    except (OSError, artefacts.ArtefactDamaged):
        return False
    return True


def code_of(text: str) -> tuple[SheetCode | None, bool]:
    """The house's code in a text, and whether its check value is this node's."""
    code = SheetCode.read(text)
    if code is None:
        return None, False
    made = hmac.digest(code_key(), code.signed.encode(), "sha256").hex()[:MAC_DIGITS]
    return code, hmac.compare_digest(made.encode(), code.mac.encode())


def bag_of(view: BagView) -> Bag:
    """Which sheets belong into a bag."""
    return Bag(view.exam, view.subject, f"{view.key.site}-{view.key.room}", view.seats)


# ---- reading ----


def _linked(files: Sequence[Scanned], folder: Path) -> dict[Path, str]:
    """Each file under a plain name of its own, with the name it came with."""
    found = {}
    for number, (name, path) in enumerate(files, start=1):
        suffix = Path(name).suffix.lower()
        if suffix not in SUFFIXES:
            raise Refused(
                "scan.kind",
                Sentence(f"“{name}”不是图像、TIFF 或 PDF 文件。", f"{name} is no image, TIFF or PDF file."),
            )
        link = folder / f"{number:05d}{suffix}"
        try:
            os.link(path, link)
        except OSError:
            link.write_bytes(path.read_bytes())
        found[link] = name
    return found


def _read(
    form: Form, pages: Sequence[Source], folder: Path, progress: Progress
) -> dict[str, tuple[int, Mapping[str, Any]]]:
    """Each page's side and entry: tried as every side of the sheet, until one is right."""
    found: dict[str, tuple[int, Mapping[str, Any]]] = {}
    waiting = list(pages)
    workers = min(len(os.sched_getaffinity(0)), -(-len(pages) // PAGES_A_WORKER))
    done = 0
    for side, (layout, image) in enumerate(zip(form.layouts, form.blanks, strict=True), start=1):
        for name, entry in read_batch(layout, image, waiting, workers, folder / f"read-{side}"):
            if entry["error"] is None or name not in found or found[name][1]["error"] == "wrong_page":
                found[name] = (side, entry)
            done += entry["error"] is None or side == len(form.layouts)
            progress(done, len(pages))
        waiting = [page for page in waiting if found[page.name][1]["error"] is not None]
        if not waiting:
            break
    return found


def _row(
    view: BagView,
    form: Form,
    page: Source,
    name: str,
    file: bytes,
    read: tuple[int, Mapping[str, Any]],
    known: tuple[str, ...],
) -> PageRead:
    side, entry = read
    named = page_digest(file, page.page, page.of)
    if entry["error"] is not None:
        return PageRead(named, file, page.page, page.of, name, error=entry["error"], side=1)
    fields = {id: "".join(said["value"]) for id, said in entry["fields"].items()}
    flags = {id for id, said in entry["fields"].items() if said["flag"]}
    texts = dict(entry["codes"])
    who = identify(_sources(view, form, side, texts, _grid(view, fields, flags)), bag_of(view))
    return PageRead(
        named,
        file,
        page.page,
        page.of,
        name,
        side=side,
        agreement=who.agreement,
        candidate=who.candidate,
        seat=who.seat,
        codes=texts,
        fields=fields,
        doubts=frozenset(id for id in flags if not id.startswith(NUMBER)),
        known=known,
    )


def _sources(view: BagView, form: Form, side: int, texts: Mapping[str, str], grid: str | None) -> Sources:
    """The house's code, whatever other codes say, and the number grid."""
    layout = form.layouts[side - 1]
    read = {id: code_of(text) for id, text in texts.items()}
    own = next(((code, proven) for code, proven in read.values() if code is not None), (None, False))
    labels = tuple(texts[id] for id, (code, _proven) in read.items() if code is None)
    has_grid = any(field.id.startswith(NUMBER) for field in layout.fields)
    return Sources(own[0], own[1], labels, grid, len(layout.codes) + has_grid)


def _grid(view: BagView, fields: Mapping[str, str], flags: Iterable[str]) -> str | None:
    """The filled-in number, if every digit of it is clear."""
    places = [id for id in fields if id.startswith(NUMBER)]
    doubtful = set(flags)
    said = "".join(fields[id] for id in places)
    whole = len(said) == len(next(iter(view.seats), ""))
    clear = all(len(fields[id]) <= 1 and id not in doubtful for id in places)
    return said if whole and clear and said else None


def _known(
    form: Form, view: BagView, pages: Sequence[Source], read: Mapping[str, tuple[int, Mapping[str, Any]]]
) -> dict[str, tuple[str, ...]]:
    """Of a few pages the clear fields that look least clear: known crops for the reviewers."""
    approved = exams.plan(view.exam).sheets[view.subject]
    found = {}
    for page in [one for one in pages if read[one.name][1]["error"] is None][:KNOWN_FROM_PAGES]:
        try:
            reading = reader_of(approved.design, read[page.name][0]).read(load(page))
        except (Rejected, OSError):
            continue
        clear = [one for one in reading.answers if not one.flag and is_answer(one.field.id) and one.value]
        clear.sort(key=lambda one: max(one.ink))
        found[page.name] = tuple(one.field.id for one in clear[:KNOWN_EACH])
    return found


def _record(view: BagView, fact: Any, *actors: Actor, attachments: tuple[bytes, ...] = ()) -> Receipt:
    return record(
        fact,
        *actors,
        exam=view.exam,
        subject=str(view.key),
        site=view.key.site,
        attachments=attachments,
    )


def bag_view(exam: str, key: RoomSittingKey, subject: str) -> BagView:
    """The bag, or Refused: for programs that name it by hand."""
    view = sheet_bags.bag(exam, key, subject)
    if view is None:
        raise Refused(
            "no_such_bag",
            Sentence(f"没有这袋答题卡：{key} {subject}。", f"There is no such bag: {key} {subject}."),
        )
    return view

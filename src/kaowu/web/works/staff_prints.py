"""Making papers of the staff: at once where they are few pages, as a kept file where they are many."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.facts.envelope import Actor
from kaowu.facts.staff_papers import StaffPapersMade
from kaowu.reports import print_pack, registry
from kaowu.reports.contents import SiteContents
from kaowu.reports.document import Document
from kaowu.reports.lettering import glyph_findings
from kaowu.reports.print_pack import Press
from kaowu.reports.typesetting import Imprint, typeset
from kaowu.store import artefacts
from kaowu.web.counter import clock, record
from kaowu.web.works.paper_heads import printed_at
from kaowu.web.works.staff_papers import StaffPapers

Progress = Callable[[int, int], bool | None]

KIND = "staff_papers"
MOST_AT_ONCE = 40
"""More pages than these are set by a job."""

PAY = "pay-sheet"
OFFERED = (
    "duty-list",
    "duty-notice",
    "duty-sheet",
    "badges",
    "vest-list",
    "handbook-page",
    "video-watch",
    PAY,
)
"""The papers of the staff of a site, in the order in which they are used."""


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was set and kept."""

    paper: bytes
    pages: int
    missing_glyphs: int


def offered(*, with_pay: bool) -> list[Document[SiteContents]]:
    """The documents of the staff; the pay sheet only to those who may see pay."""
    return [registry.document(name) for name in OFFERED if with_pay or name != PAY]


def pages_of(document: Document[SiteContents], papers: StaffPapers) -> int:
    """How many pages it would be. Refused if there is nothing to print."""
    pages = len(document.pages(papers.contents))
    if not pages:
        raise Refused(
            "nothing_to_print",
            Sentence(
                f"没有可印的内容：{document.zh}在所选范围内没有条目。",
                f"Nothing to print: there is no entry for “{document.en}” in this choice.",
            ),
        )
    return pages


def set_now(exam: str, document: Document[SiteContents], papers: StaffPapers) -> bytes:
    """The finished PDF of few pages."""
    imprint = Imprint(document.zh, printed_at(exam), papers.version.hex())
    return typeset(document.sheets(papers.contents), imprint)


def make(
    exam: str,
    site: str,
    document: Document[SiteContents],
    papers: StaffPapers,
    actor: Actor,
    progress: Progress | None = None,
) -> Made:
    """Set a paper of any length, keep it, and record from which list it was made."""
    sheets = document.sheets(papers.contents)
    imprint = Imprint(document.zh, printed_at(exam), papers.version.hex())
    descriptor, name = tempfile.mkstemp(prefix="kaowu-staff-", suffix=".pdf")
    os.close(descriptor)
    path = Path(name)
    try:
        with Press() as press:
            print_pack.write(sheets, imprint, path, progress, press)
        kept = artefacts.keep(
            path.read_bytes(), kind=KIND, at=clock.now(), exam=exam, name=f"{document.zh}_{site}.pdf"
        )
    finally:
        path.unlink(missing_ok=True)
    missing = len(glyph_findings(papers.contents))
    fact = StaffPapersMade(
        document=document.id,
        paper=kept,
        duties=papers.version,
        pages=len(sheets),
        people=len(papers.staff.people),
        missing_glyphs=missing,
    )
    record(fact, actor, exam=exam, subject=site, site=site, attachments=(kept,))
    return Made(kept, len(sheets), missing)


def words_of(document: Document[Any]) -> Sentence:
    """The name of a document in both languages."""
    return Sentence(document.zh, document.en)

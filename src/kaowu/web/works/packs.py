"""Print packs: all that one site needs on paper, kept as a sealed artefact and bound to the plan it shows."""

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kaowu.facts.envelope import Actor
from kaowu.facts.seating import PrintPackMade
from kaowu.reports import print_pack, registry
from kaowu.reports.document import Document
from kaowu.reports.print_pack import PackSummary, Press
from kaowu.store import artefacts
from kaowu.store.queries import exams
from kaowu.web.counter import clock, record
from kaowu.web.works.paper_heads import printed_at
from kaowu.web.works.papers import site_contents
from kaowu.web.works.reprints import Stale, only_stale
from kaowu.web.works.reprints import since as changed_since
from kaowu.web.works.staff_papers import with_staff

Progress = Callable[[int, int], bool | None]

PACK, SUMMARY = "print_pack", "print_pack_summary"
_GLYPH = "glyph_missing"


@dataclass(frozen=True, slots=True)
class MadePack:
    """A pack that was made and recorded."""

    digest: bytes
    summary: PackSummary


def make_pack(
    exam: str, site: str, actor: Actor, progress: Progress | None = None, since: bytes | None = None
) -> MadePack:
    """Set the pack of a site, keep it, and record that it was made. Raises Refused.

    `since` names the plan of an earlier pack: then only what changed is set again (补印包).
    """
    contents = site_contents(exam, site)
    plan = exams.plan(exam).seats_now
    assert plan is not None, "contents are refused without a sealed plan"
    if since is None:
        contents = with_staff(contents, exam)
    else:
        contents = only_stale(contents, changed_since(exam, since).get(site, Stale()))
    descriptor, name = tempfile.mkstemp(prefix="kaowu-pack-", suffix=".pdf")
    os.close(descriptor)
    path = Path(name)
    try:
        with Press() as press:
            summary = print_pack.build(
                contents,
                path,
                progress,
                printed_at=printed_at(exam),
                digest=plan.hex(),
                press=press,
            )
        pack = artefacts.keep(
            path.read_bytes(), kind=PACK, at=clock.now(), exam=exam, name=f"打印包_{site}.pdf"
        )
    finally:
        path.unlink(missing_ok=True)
    said = json.dumps(summary.as_dict(), ensure_ascii=False, sort_keys=True).encode()
    kept = artefacts.keep(said, kind=SUMMARY, at=clock.now(), exam=exam, name=f"打印包_{site}.json")
    fact = PrintPackMade(
        pack=pack,
        plan=plan,
        since=since,
        pages=summary.pages,
        rooms=len({room.room.number for room in contents.rooms}),
        missing_glyphs=sum(finding.code == _GLYPH for finding in summary.findings),
    )
    record(fact, actor, exam=exam, subject=site, site=site, attachments=(pack, kept))
    return MadePack(pack, summary)


def summary_of(named: bytes) -> dict[str, Any]:
    """What a kept pack holds: counts and findings."""
    return json.loads(artefacts.read(named))  # type: ignore[no-any-return]


def single(exam: str, site: str, room: str, sitting: str, document: Document) -> bytes:
    """One document for one room, as a PDF. Raises Refused."""
    contents = site_contents(exam, site, rooms=(room,), sitting=sitting)
    plan = exams.plan(exam).seats_now
    assert plan is not None, "contents are refused without a sealed plan"
    return document.render(contents, printed_at(exam), plan.hex())


def offered() -> list[Document]:
    """Every document there is, in the order of the pack."""
    return registry.documents()

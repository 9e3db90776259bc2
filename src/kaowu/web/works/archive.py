"""Closing the archive: the whole journal, every artefact it binds and the closing papers, in one sealed file.

The log of a node is one, so the archive holds all of it; its documents are
those of the exam that is closed. The file is written beside its final name,
readable by its owner alone, and moved there when it is complete; where it cannot
be begun, nothing is recorded.

An open copy (公开版) is the same without persons: personal fields and every
artefact that may speak of a person are left out, counted and named. All its
proofs hold, since entries commit to the fields and bind artefacts by digest.
"""

import csv
import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import BinaryIO

from django.db.models import Count

import kaowu
from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import digest
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.archive import ArchiveHead, ArchiveWriter, Sealed
from kaowu.exam.room_sitting import Figures
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.settling import ArchiveClosed
from kaowu.store import artefacts, witnessing
from kaowu.store.models import Artefact, Checkpoint, FindingRow, JournalEntry, JournalHead, RoomSitting
from kaowu.store.personal import open_fields
from kaowu.store.queries import exams
from kaowu.web.counter import book, clock, record
from kaowu.web.node_key import signing_key, verifying_key
from kaowu.web.works import foreign_forms, score_plans, score_totals, sheets

Progress = Callable[[int, int], None]

WITHOUT_PERSONS = frozenset(
    ("exam_description", foreign_forms.BLANK, sheets.DESIGN, score_plans.PLAN, score_totals.LEAVES)
)
"""Kinds of artefacts that speak of nobody: leaves of scores are salted hashes."""
WITNESSES_WITHIN_S = 30.0
_LOOKS_EVERY_S = 0.2
_CHUNK = 1_000


@dataclass(frozen=True, slots=True)
class ClosedArchive:
    """What was filed and where."""

    path: Path
    sealed: Sealed
    artefacts: int
    documents: int
    withheld: int = 0


def close_archive(exam: str, path: Path, actor: Actor, progress: Progress | None = None) -> ClosedArchive:
    """Record the closing, sign a last checkpoint and write the archive to `path`. Raises Refused."""
    _require_known(exam)
    with _drafted(path) as out:
        head = JournalHead.objects.get(pk=1)
        bound = Artefact.objects.count()
        record(
            ArchiveClosed(facts=head.size, artefacts=bound, root=bytes(head.root)),
            actor,
            exam=exam,
            subject=exam,
        )
        book().checkpoint()
        _wait_for_witnesses()
        return _written(exam, path, out, progress)


def _wait_for_witnesses() -> None:
    """The carrier is asking for their signatures meanwhile; an archive without the quorum is written all the same."""
    policy = witnessing.policy()
    size = Checkpoint.objects.order_by("-size").values_list("size", flat=True)[0]
    if policy is None or not any(one.url for one in policy.witnesses):
        return
    until = time.monotonic() + WITNESSES_WITHIN_S
    while not witnessing.has_quorum(size, policy) and time.monotonic() < until:
        time.sleep(_LOOKS_EVERY_S)


def write_archive(
    exam: str, path: Path, progress: Progress | None = None, *, without_persons: bool = False
) -> ClosedArchive:
    """Write the journal up to its last checkpoint; what is recorded meanwhile stays for the next archive. Raises Refused."""
    _require_known(exam)
    with _drafted(path) as out:
        return _written(exam, path, out, progress, without_persons=without_persons)


@contextmanager
def _drafted(path: Path) -> Iterator[BinaryIO]:
    """A file of this name once it is written whole; none if not. Raises Refused where none can be begun."""
    draft = path.with_name(f".{path.name}.draft")
    try:
        draft.unlink(missing_ok=True)  # of an earlier attempt, whoever could read it
        out = os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except OSError as error:
        raise Refused(
            "archive_not_writable",
            Sentence(
                f"不能写出档案：{path.parent} 不存在或不能写入，未作任何记录。",
                f"Cannot write an archive: {path.parent} is not there or cannot be written to; nothing was recorded.",
            ),
            remedy=Sentence(
                "先建好文件夹、接好磁盘，或换一个位置，再重新办理。",
                "Make the folder, connect the disk or choose another place, then try again.",
            ),
        ) from error
    try:
        with out:
            yield out
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _written(
    exam: str, path: Path, out: BinaryIO, progress: Progress | None, *, without_persons: bool = False
) -> ClosedArchive:
    last = Checkpoint.objects.order_by("-size").first()
    if last is None:
        raise Refused(
            "nothing_signed",
            Sentence(
                "不能写出档案：流水还没有签发过校验点。",
                "Cannot write an archive: no checkpoint of the journal was signed yet.",
            ),
        )
    writer = ArchiveWriter(
        out,
        ArchiveHead(
            origin=JournalHead.objects.get(pk=1).origin,
            key=verifying_key(),
            exam=exam,
            made_at=clock.now(),
            software=f"kaowu {kaowu.__version__}",
        ),
        deployed(),
    )
    attached = _write_facts(writer, last.size, progress, without_persons)
    withheld = _speaking_of_persons(attached) if without_persons else {}
    for named in sorted(attached):
        if named in withheld:
            writer.withheld(named, *withheld[named])
            continue
        content = artefacts.read(named)
        writer.artefact(named, len(content), "application/octet-stream", [content])
    documents = closing_papers(exam)
    for name, content in sorted(documents.items()):
        media = "text/csv" if name.endswith(".csv") else "text/plain"
        writer.document(name, digest(content), len(content), media, [content])
    sealed = writer.seal(signing_key())
    return ClosedArchive(path, sealed, len(attached) - len(withheld), len(documents), len(withheld))


def _require_known(exam: str) -> None:
    if exams.exam(exam) is None:
        raise Refused("exam_unknown", Sentence(f"没有考试 {exam}。", f"There is no exam {exam}."))


def closing_papers(exam: str) -> dict[str, bytes]:
    """The tables that go into the archive, without personal data: figures, findings, counts of facts."""
    return {
        "facts-by-kind.csv": _table(
            ("kind", "facts"),
            JournalEntry.objects.filter(exam=exam)
            .values_list("kind")
            .annotate(number=Count("index"))
            .order_by("kind"),
        ),
        "findings.csv": _table(
            ("index", "subject", "code", "severity", "sentence", "clause"),
            FindingRow.objects.filter(exam=exam)
            .order_by("entry_id", "id")
            .values_list("entry_id", "subject", "code", "severity", "zh", "clause"),
        ),
        "room-sittings.csv": _table(
            ("sitting", "site", "room", *(item.name for item in fields(Figures))),
            RoomSitting.objects.filter(exam_id=exam).values_list(
                "sitting", "site", "room", *(item.name for item in fields(Figures))
            ),
        ),
        **_policy(),
        "sittings.csv": _table(
            ("sitting", "subjects", "starts_at", "ends_at"),
            (
                (s.id, "|".join(s.subjects), _said(s.starts_at), _said(s.ends_at))
                for s in exams.sittings(exam)
            ),
        ),
    }


def _policy() -> dict[str, bytes]:
    """The policy under which the checkpoints were cosigned; whoever verifies should have it from elsewhere too."""
    policy = witnessing.policy()
    return {"witness-policy.txt": policy.text.encode()} if policy else {}


def _speaking_of_persons(attached: set[bytes]) -> dict[bytes, tuple[int, str]]:
    """Size and kind of every artefact but those of a kind in which there are no persons; what is unknown is withheld."""
    rows = Artefact.objects.values_list("digest", "size", "kind").iterator(_CHUNK)
    known = {bytes(named): (size, kind) for named, size, kind in rows if bytes(named) in attached}
    return {named: known[named] for named in attached if known[named][1] not in WITHOUT_PERSONS}


def _write_facts(
    writer: ArchiveWriter, size: int, progress: Progress | None, without_persons: bool
) -> set[bytes]:
    """All facts in order, each checkpoint behind the last fact it covers; returns the artefacts they bind."""
    notes = iter(Checkpoint.objects.filter(size__lte=size).order_by("size").iterator(_CHUNK))
    due = next(notes, None)
    cosigned = witnessing.cosignature_lines()
    attached: set[bytes] = set()
    for entry in _entries(size):
        personal, salt = open_fields(entry.personal, entry.key_slot) or (None, None)
        withheld = without_persons and personal is not None
        if withheld:
            personal, salt = None, None
        proof = bytes(entry.proof) if entry.proof is not None else None
        writer.fact(bytes(entry.entry), Instant(entry.recorded_at), personal, salt, proof, withheld=withheld)
        attached.update(Envelope.from_bytes(bytes(entry.entry)).attachments)
        while due is not None and due.size == entry.index + 1:
            writer.checkpoint((due.note + cosigned.get(due.size, "")).encode())
            due = next(notes, None)
        if progress and writer.size % _CHUNK == 0:
            progress(writer.size, size)
    return attached


def _entries(size: int) -> Iterator[JournalEntry]:
    for first in range(0, size, _CHUNK):
        yield from JournalEntry.objects.filter(
            index__gte=first, index__lt=min(first + _CHUNK, size)
        ).order_by("index")


def _table(header: tuple[str, ...], rows: object) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)  # type: ignore[arg-type]
    return out.getvalue().encode()


def _said(at: Instant) -> str:
    return exam_time(at).isoformat(timespec="minutes")

"""An archive is written in one way only and read back whole."""

import hashlib
import io
import tracemalloc

import pytest
from tests.inner.engines.ledger.small_archive import (
    BEGIN,
    HEAD,
    LOG_KEY,
    OTHER_KEY,
    Journal,
    archive_of,
    checkpoint_note,
    digest,
    parse_note,
    small_journal,
)
from tools.verify_archive import judge

from kaowu.engines.ledger import frames
from kaowu.engines.ledger.archive import ArchiveWriter
from kaowu.engines.ledger.verify import verify_archive

VKEY = LOG_KEY.verifying


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 600])
@pytest.mark.parametrize("checkpoints_after", [(), (1, 2, 300, 512)])
def test_a_good_archive_of_any_size_is_accepted_by_both_verifiers(count, checkpoints_after):
    journal = small_journal(count, checkpoints_after)
    archive = archive_of(journal)
    earlier = checkpoint_note(journal.rows()[: count // 2])
    verdict = verify_archive(io.BytesIO(archive), [VKEY], [parse_note(earlier)])
    assert verdict.first_bad is None and verdict.ok and verdict.origin_checked
    assert (verdict.size, verdict.checkpoints_checked) == (count, (count // 2,))
    assert verdict.checkpoints == len([at for at in checkpoints_after if at < count or at == count]) + 1
    second = judge(io.BytesIO(archive), VKEY.to_text(), [earlier])
    assert second["ok"] and second["origin_checked"] and second["first_bad"] is None
    assert (second["size"], second["root"]) == (count, verdict.as_dict()["root"])


def test_without_a_key_from_outside_the_origin_stays_unchecked():
    verdict = verify_archive(io.BytesIO(archive_of(small_journal())))
    assert verdict.ok and not verdict.origin_checked
    assert verdict.sentence.zh == "内部一致，来源未核：6 条记录。"
    assert verdict.sentence.en == "Consistent, origin not checked: 6 facts."


def test_the_same_journal_gives_the_same_bytes_however_its_content_comes():
    def written(piece: int) -> bytes:
        out = io.BytesIO()
        writer = ArchiveWriter(out, HEAD)
        writer.checkpoint(checkpoint_note([]))
        content = bytes(range(256)) * 10_000
        pieces = [content[at : at + piece] for at in range(0, len(content), piece)]
        writer.document("试卷袋.pdf", digest(content), len(content), "application/pdf", pieces)
        writer.seal(LOG_KEY)
        return out.getvalue()

    assert written(997) == written(1 << 22)
    assert verify_archive(io.BytesIO(written(997))).documents == 1


def test_the_seal_can_be_checked_with_common_tools():
    archive = archive_of(small_journal())
    note = archive[archive.rindex(b"kaowu archive seal") :].decode()
    _, origin, length, sealed = note.split("\n")[:4]
    assert origin == HEAD.origin
    assert hashlib.sha256(archive[: int(length)]).hexdigest() == sealed


def _writer() -> ArchiveWriter:
    return ArchiveWriter(io.BytesIO(), HEAD)


def _fact_after_an_artefact(writer: ArchiveWriter) -> None:
    writer.artefact(digest(b"a"), 1, "text/plain", [b"a"])
    writer.fact(b"entry", BEGIN)


def _documents_out_of_order(writer: ArchiveWriter) -> None:
    for name in ("b", "a"):
        writer.document(name, digest(b""), 0, "text/plain", [])


@pytest.mark.parametrize(
    "mistake",
    [
        lambda writer: writer.seal(LOG_KEY),  # no checkpoint covers the facts
        lambda writer: (writer.checkpoint(checkpoint_note([])), writer.seal(OTHER_KEY)),
        lambda writer: writer.checkpoint(checkpoint_note(small_journal().rows())),  # of six facts, after none
        lambda writer: writer.fact(b"entry", BEGIN, personal=b"\xa0"),  # no salt
        lambda writer: writer.fact(b"entry", BEGIN, b"\xa0", b"salt"),  # a short one
        lambda writer: writer.fact(bytes(70_000), BEGIN),
        lambda writer: writer.artefact(digest(b"a"), 1, "text/plain", [b"b"]),
        lambda writer: writer.artefact(digest(b"a"), 2, "text/plain", [b"a"]),
        lambda writer: writer.document("../outside", digest(b""), 0, "text/plain", []),
        _fact_after_an_artefact,
        _documents_out_of_order,
    ],
)
def test_the_writer_refuses_what_would_not_be_accepted(mistake):
    writer = _writer()
    with pytest.raises(ValueError):
        mistake(writer)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("考场核对表.pdf", True),
        ("3704-01/01/门贴.pdf", True),
        ("", False),
        ("/etc/passwd", False),
        ("a//b", False),
        ("a/../b", False),
        ("a/.", False),
        ("C:\\b", False),
        ("a\nb", False),
        (" a", False),
        ("长" * 400, False),
    ],
)
def test_the_name_of_a_document_never_leads_out_of_a_folder(name, good):
    assert frames.is_document_name(name) == good


def test_memory_does_not_grow_with_the_journal(tmp_path):
    def peak(count: int) -> int:
        path = tmp_path / f"{count}.kwa"
        path.write_bytes(archive_of(Journal(small_journal(count).facts, artefacts=(), documents=())))
        tracemalloc.start()
        try:
            with path.open("rb") as source:
                assert verify_archive(source, roots_only=True).size == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = (peak(count) for count in (512, 4096))
    assert large < small * 1.5

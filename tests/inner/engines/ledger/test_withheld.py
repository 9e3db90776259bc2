"""An archive without persons: what is left out is counted and named, and whatever remains is proven as before."""

import io
from dataclasses import replace

import pytest
from tests.inner.engines.ledger.small_archive import (
    HEAD,
    LOG_KEY,
    PHOTOS,
    SEAT_PLAN,
    archive_of,
    checkpoint_note,
    parse_note,
    small_journal,
)
from tests.inner.engines.ledger.test_scores_in_archive import LEAVES, journal
from tools.verify_archive import judge

from kaowu.engines.ledger import frames
from kaowu.engines.ledger.archive import ArchiveWriter
from kaowu.engines.ledger.verify import verify_archive

VKEY = LOG_KEY.verifying
JOURNAL = small_journal()
OPEN = archive_of(JOURNAL, withheld=(PHOTOS,), without_persons=True)


def both(archive, kept=()):
    """Both verdicts, which agree."""
    first = verify_archive(io.BytesIO(archive), [VKEY], [parse_note(note) for note in kept])
    second = judge(io.BytesIO(archive), VKEY.to_text(), kept)
    assert first.ok == second["ok"] and dict(first.withheld) == second["withheld"], (first.first_bad, second)
    assert not first.ok or first.withheld_fields == second["withheld_fields"]
    return first


@pytest.mark.feature("X-01")
def test_an_open_copy_is_accepted_with_the_root_of_the_whole_one_and_names_what_is_left_out():
    kept = checkpoint_note(JOURNAL.rows()[:5])
    whole, found = both(archive_of(JOURNAL), (kept,)), both(OPEN, (kept,))
    assert found.ok and found.origin_checked and (found.size, found.root) == (whole.size, whole.root)
    assert (found.withheld, found.withheld_fields, found.erased) == ({"roster_photos": 1}, 2, 1)
    assert (whole.withheld, whole.withheld_fields, whole.erased) == ({}, 0, 1)
    assert found.artefacts == whole.artefacts - 1
    assert found.sentence.zh.endswith("未随附：封存件 1 件、2 条记录的个人信息。")
    assert "张三".encode() in archive_of(JOURNAL) and "张三".encode() not in OPEN and PHOTOS not in OPEN


@pytest.mark.parametrize(
    ("archive", "code"),
    [
        (archive_of(JOURNAL, withheld=(PHOTOS, b"bound by no fact")), "malformed"),
        (archive_of(replace(JOURNAL, artefacts=(SEAT_PLAN,)), without_persons=True), "artefact_missing"),
        (archive_of(journal(), withheld=(b"".join(LEAVES),)), "score_count_wrong"),
    ],
)
def test_what_no_fact_binds_cannot_be_withheld_nor_what_scores_are_proven_by(archive, code):
    found = both(archive)
    assert not found.ok and found.first_bad.code == code


def test_personal_fields_that_never_were_cannot_be_withheld():
    out, rows = io.BytesIO(), JOURNAL.rows()[:2]
    writer = ArchiveWriter(out, replace(HEAD, key=VKEY))
    for entry, recorded_at, *_beside in rows:
        writer.fact(entry, recorded_at, withheld=True)
    writer.checkpoint(checkpoint_note(rows))
    writer.seal(LOG_KEY)
    found = both(out.getvalue())
    assert (found.first_bad.code, found.first_bad.index) == ("personal_uncommitted", 1)


@pytest.mark.parametrize(
    "told", [{}, {"withheld": 1, "withheld_fields": 1}, {"withheld": 0, "withheld_fields": 2}]
)
def test_a_manifest_that_tells_another_number_is_refused(monkeypatch, told):
    with monkeypatch.context() as lying:
        lying.setattr(frames, "withheld_counts", lambda artefacts, facts: told)
        archive = archive_of(JOURNAL, withheld=(PHOTOS,), without_persons=True)
    assert both(archive).first_bad.code == "manifest_wrong"


def test_whatever_is_changed_in_an_open_copy_is_found():
    for at in range(0, len(OPEN), 7):
        changed = bytearray(OPEN)
        changed[at] ^= 1 << at % 8
        assert not verify_archive(io.BytesIO(changed)).ok, at
        assert at % 77 or not judge(io.BytesIO(changed))["ok"], at

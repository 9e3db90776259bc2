"""Whatever is done to an archive afterwards is found, and the first bad place named."""

import io
import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.inner.engines.ledger.small_archive import (
    BEGIN,
    LOG_KEY,
    OTHER_KEY,
    PHOTOS,
    SEAT_PLAN,
    Journal,
    SmallFact,
    archive_of,
    checkpoint_note,
    digest,
    fact_id,
    parse_note,
    small_journal,
)
from tools.verify_archive import judge

from kaowu.basics import canonical
from kaowu.basics.suites import INTERNATIONAL
from kaowu.engines.ledger import frames
from kaowu.engines.ledger.tree import leaf_hash
from kaowu.engines.ledger.verify import verify_archive

VKEY = LOG_KEY.verifying
JOURNAL = small_journal()
ARCHIVE = archive_of(JOURNAL)
KEPT = checkpoint_note(JOURNAL.rows()[:5])
"""The checkpoint that an auditor took home after five facts."""


def refuse(archive: bytes):
    """The first bad place by the first verifier alone."""
    verdict = verify_archive(io.BytesIO(archive))
    assert not verdict.ok and verdict.first_bad is not None
    return verdict.first_bad


def both_refuse(archive: bytes, key=None, kept: tuple[bytes, ...] = ()):
    """The first bad place by the first verifier; the second must refuse as well."""
    second = judge(io.BytesIO(archive), key.to_text() if key else None, kept)
    verdict = verify_archive(io.BytesIO(archive), [key] if key else [], [parse_note(note) for note in kept])
    assert not verdict.ok and not verdict.origin_checked and verdict.first_bad is not None
    assert not second["ok"] and not second["origin_checked"] and second["first_bad"] is not None
    return verdict.first_bad


def first_told(changed: bytes) -> int:
    """The first byte by which a changed file can be told: the mark of the other suite is a mark as well."""
    same = (one == other for one, other in zip(ARCHIVE, changed, strict=False))
    marked = changed.startswith(tuple(frames.MARKS.values()))
    return max(frames.MARK_BYTES if marked else 0, len(list(itertools.takewhile(bool, same))))


# ---- by whoever holds the file ----


@pytest.mark.feature("X-01")
def test_any_one_byte_changed_is_found_where_it_lies():
    for at in range(len(ARCHIVE)):
        changed = bytearray(ARCHIVE)
        changed[at] ^= 1 << at % 8
        # The second verifier works out signatures in plain Python: it sees every seventh.
        bad = (refuse if at % 7 else both_refuse)(bytes(changed))
        assert bad.offset <= at < bad.offset + bad.length, (at, bad)
        assert bad.place.zh and bad.place.en and bad.reason.zh and bad.reason.en


@given(st.integers(0, len(ARCHIVE) - 1), st.integers(1, 255))
@example(3, ord("A") ^ ord("N"))
@settings(max_examples=200)
def test_any_change_of_any_byte_is_found_where_it_lies(at, difference):
    changed = bytearray(ARCHIVE)
    changed[at] ^= difference
    bad = both_refuse(bytes(changed))
    assert bad.offset <= first_told(changed) < bad.offset + bad.length


@given(st.integers(0, len(ARCHIVE)), st.integers(0, 40), st.binary(max_size=40))
@example(0, 0, frames.MARKS["national"])
@settings(max_examples=200)
def test_bytes_put_in_or_taken_out_anywhere_are_found(at, length, put):
    changed = ARCHIVE[:at] + put + ARCHIVE[at + length :]
    if changed != ARCHIVE:
        assert both_refuse(changed).offset <= first_told(changed)


def test_a_byte_changed_in_a_large_journal_names_the_one_fact():
    journal = small_journal(700, ())
    archive = archive_of(journal)
    entry = journal.rows()[613][0]
    at = archive.index(entry) + 50
    bad = both_refuse(archive[:at] + b"\xff" + archive[at + 1 :])
    assert (bad.part, bad.index, bad.code) == ("fact", 613, "leaf_hash_wrong")
    assert bad.place.zh.startswith("流水记录（流水序号 613），文件第 ")


def test_a_file_cut_anywhere_is_refused():
    for end in (*range(0, len(ARCHIVE), 5), *range(len(ARCHIVE) - 260, len(ARCHIVE))):
        assert (refuse if end % 7 else both_refuse)(ARCHIVE[:end]).offset <= end


@pytest.mark.parametrize("more", [b"\0", b"\n", ARCHIVE])
def test_anything_behind_the_seal_is_refused(more):
    bad = both_refuse(ARCHIVE + more)
    assert (bad.code, bad.offset, bad.length) == ("trailing_bytes", len(ARCHIVE), len(more))


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x89KWA\r\n\x1a\n", b"\x89KWA\r\n\x1a\n" + bytes(99)]
)
def test_what_is_no_archive_is_refused(content):
    both_refuse(content)


def test_a_second_spelling_of_the_seal_is_refused():
    order = 2**252 + 27742317777372353535851937790883648493
    note = parse_note(ARCHIVE[ARCHIVE.rindex(b"kaowu archive seal") :])
    [line] = note.signatures
    s = int.from_bytes(line.content[32:], "little") + order
    again = replace(line, content=line.content[:32] + s.to_bytes(32, "little"))
    bad = both_refuse(with_frame(ARCHIVE, frames.SEAL, replace(note, signatures=(again,)).to_bytes()))
    assert (bad.part, bad.code) == ("seal", "note_signature")


def test_a_second_signature_under_the_seal_is_refused():
    note = parse_note(ARCHIVE[ARCHIVE.rindex(b"kaowu archive seal") :])
    twice = replace(note, signatures=note.signatures * 2)
    assert both_refuse(with_frame(ARCHIVE, frames.SEAL, twice.to_bytes())).part == "seal"


# ---- by somebody who mends all digests but has no key ----


def with_frame(archive: bytes, kind: bytes, body: bytes, number: int = 0) -> bytes:
    """The archive with the body of one frame replaced and every check mended."""
    mark = frames.MARKS["international"]
    source = io.BytesIO(archive)
    source.read(len(mark))
    whole, seen = mark, 0
    for frame, _ in frames.read_frames(source, mark, INTERNATIONAL):
        put = frame.body
        if frame.kind == kind:
            put = body if seen == number else put
            seen += 1
        whole += frames.frame_header(frame.kind, len(put)) + put
        whole += b"" if frame.kind == frames.SEAL else digest(whole)
    return whole


def mended_fact(**changes: object) -> bytes:
    """The second fact altered, with leaf hash and checks mended."""
    facts = list(JOURNAL.facts)
    facts[1] = replace(facts[1], **changes)
    rows = replace(JOURNAL, facts=tuple(facts)).rows()[:3]
    body = b""
    for entry, recorded_at, personal, salt in rows:
        leaf = frames.leaf_of(recorded_at, entry)
        body += frames.row_bytes(leaf, leaf_hash(leaf), personal, salt)
    return with_frame(ARCHIVE, frames.FACTS, body)


@pytest.mark.feature("X-01")
@pytest.mark.parametrize("changes", [{"note": "异常"}, {"recorded_at": BEGIN + 1500}, {"number": 7}])
def test_an_altered_fact_contradicts_the_next_checkpoint(changes):
    bad = both_refuse(mended_fact(**changes))
    assert bad.code == "checkpoint_root" and bad.index == 3


def test_an_altered_manifest_or_head_breaks_the_seal():
    for kind, number in ((frames.HEAD, 0), (frames.DOCUMENT, 0)):
        frame = next(f for f in all_frames() if f.kind == kind)
        body = frame.body.replace(b"kaowu test", b"kaowu best").replace(b"application", b"applicatiom")
        assert body != frame.body
        bad = both_refuse(with_frame(ARCHIVE, kind, body, number))
        assert (bad.part, bad.code) == ("seal", "seal_wrong")


def all_frames() -> list[frames.Frame]:
    mark = frames.MARKS["international"]
    return [frame for frame, _ in frames.read_frames(io.BytesIO(ARCHIVE[len(mark) :]), mark, INTERNATIONAL)]


def test_personal_fields_exchanged_beside_an_entry_are_found():
    body = next(frame.body for frame in all_frames() if frame.kind == frames.FACTS)
    assert "张三1".encode() in body
    bad = both_refuse(with_frame(ARCHIVE, frames.FACTS, body.replace("张三1".encode(), "李四1".encode())))
    assert (bad.code, bad.index) == ("personal_altered", 0)


def test_an_exchanged_artefact_is_found():
    bad = both_refuse(
        with_frame(ARCHIVE, frames.CONTENT, b"phonographs", 0 if digest(PHOTOS) < digest(SEAT_PLAN) else 1)
    )
    assert (bad.part, bad.code) == ("artefact", "content_digest")


def test_an_archive_sealed_by_another_key_is_refused_when_the_key_is_known():
    forged = archive_of(JOURNAL, OTHER_KEY)
    assert verify_archive(io.BytesIO(forged)).ok
    assert both_refuse(forged, VKEY).code == "other_key"
    assert both_refuse(forged, None, (KEPT,)).code == "outside_signature"


# ---- by whoever holds the key: everything signed anew ----


def without(journal: Journal, number: int) -> Journal:
    return replace(journal, facts=tuple(fact for fact in journal.facts if fact.number != number))


def changed(number: int, **changes: object) -> Journal:
    return replace(
        JOURNAL,
        facts=tuple(replace(fact, **changes) if fact.number == number else fact for fact in JOURNAL.facts),
    )


def reordered() -> Journal:
    first, second, *rest = JOURNAL.facts
    moved = (
        replace(second, recorded_at=first.recorded_at),
        replace(first, recorded_at=second.recorded_at),
    )
    return replace(JOURNAL, facts=(*moved, *rest))


REWRITTEN = {
    "dropped": without(JOURNAL, 4),
    "dropped and more added": replace(
        without(JOURNAL, 4), facts=(*without(JOURNAL, 4).facts, SmallFact(7, "office", BEGIN + 9000))
    ),
    "reordered": reordered(),
    "back-dated": changed(4, recorded_at=BEGIN + 3001),
    "altered": changed(4, note="异常"),
    "by another device": changed(5, device="terminal-09"),
    "other personal fields": changed(5, personal={"name": "李四"}),
    "one slipped in": replace(
        JOURNAL, facts=(*JOURNAL.facts[:2], SmallFact(9, "office", BEGIN + 2500), *JOURNAL.facts[2:])
    ),
    "tail cut": replace(JOURNAL, facts=JOURNAL.facts[:4]),
}


@pytest.mark.feature("X-01")
@pytest.mark.parametrize("name", REWRITTEN)
def test_what_the_holder_of_the_key_rewrote_is_found_against_an_earlier_checkpoint(name):
    archive = archive_of(REWRITTEN[name])
    assert verify_archive(io.BytesIO(archive), [VKEY]).ok
    assert judge(io.BytesIO(archive), VKEY.to_text())["ok"]
    assert both_refuse(archive, VKEY, (KEPT,)).code in ("outside_root", "outside_longer")


def test_what_was_added_after_the_earlier_checkpoint_is_no_rewriting():
    longer = replace(JOURNAL, facts=(*JOURNAL.facts, SmallFact(7, "office", BEGIN + 9000)))
    verdict = verify_archive(io.BytesIO(archive_of(longer)), [VKEY], [parse_note(KEPT)])
    assert verdict.ok and verdict.checkpoints_checked == (5,)


def test_personal_fields_erased_later_leave_every_proof_standing():
    verdict = verify_archive(io.BytesIO(archive_of(changed(5, erased=True))), [VKEY], [parse_note(KEPT)])
    assert verdict.ok and verdict.erased == 2


def test_a_checkpoint_of_another_log_is_refused():
    other = KEPT.replace(b"3704-01\n", b"3704-02\n", 1)
    assert both_refuse(ARCHIVE, VKEY, (other,)).code == "outside_signature"
    signed = replace(parse_note(other), signatures=()).signed_by(LOG_KEY).to_bytes()
    assert both_refuse(ARCHIVE, VKEY, (signed,)).code == "outside_of_other_log"


# ---- a node that breaks the rules of the journal, and signs it ----


def field(number: int, key: int, value: object) -> Journal:
    def alter(fact: int, fields: dict[int, object]) -> None:
        if fact == number:
            fields[key] = value

    return replace(JOURNAL, alter=alter)


def lacking(number: int, key: int) -> Journal:
    return replace(JOURNAL, alter=lambda fact, fields: fields.pop(key) if fact == number else None)


BROKEN_RULES: dict[str, tuple[Journal, str, int]] = {
    "id used twice": (field(4, 2, fact_id(2)), "id_repeated", 3),
    "gap in a device's chain": (field(4, 7, 3), "device_gap", 3),
    "fork of a device's chain": (field(4, 7, 1), "device_fork", 3),
    "sequence from zero": (field(1, 7, 0), "entry_malformed", 0),
    "previous entry is another": (field(4, 8, bytes(range(32))), "device_chain_broken", 3),
    "first entry has a previous one": (field(1, 8, bytes(range(32))), "device_chain_broken", 0),
    "received backwards": (changed(4, recorded_at=BEGIN + 2999), "recorded_backwards", 3),
    "commitment to other personal fields": (field(5, 16, bytes(32)), "personal_altered", 4),
    "no commitment": (field(5, 16, None), "personal_uncommitted", 4),
    "artefact left out": (replace(JOURNAL, artefacts=(PHOTOS,)), "artefact_missing", 1),
    "unknown version": (field(4, 1, 2), "entry_malformed", 3),
    "version is true": (field(4, 1, True), "entry_malformed", 3),
    "short id": (field(4, 2, b"short"), "entry_malformed", 3),
    "field missing": (lacking(4, 17), "entry_malformed", 3),
    "field too many": (field(4, 18, None), "entry_malformed", 3),
    "actor without a post": (field(4, 11, [["account-1"]]), "entry_malformed", 3),
    "payload with numbered keys": (field(4, 13, {1: "x"}), "entry_malformed", 3),
    "a float": (field(4, 13, {"share": 0.5}), "entry_not_canonical", 3),
    "text not in NFC": (field(4, 13, {"name": "e\u0301"}), "entry_not_canonical", 3),
}


@pytest.mark.feature("X-01")
@pytest.mark.parametrize("name", BROKEN_RULES)
def test_a_journal_that_breaks_its_rules_is_refused_though_well_signed(name):
    journal, code, index = BROKEN_RULES[name]
    bad = both_refuse(archive_of(journal), VKEY)
    assert (bad.code, bad.index, bad.part) == (code, index, "fact")


def test_with_roots_only_the_rules_of_entries_are_not_judged_and_the_verdict_says_so():
    verdict = verify_archive(io.BytesIO(archive_of(field(4, 7, 3))), [VKEY], roots_only=True)
    assert verdict.ok and not verdict.facts_checked


def edited(change: Callable[[list[tuple[bytes, bytes]]], object]) -> bytes:
    """The frames changed at will, everything mended and sealed anew by the holder of the key."""
    parts = [(frame.kind, frame.body) for frame in all_frames()][:-1]
    change(parts)
    whole = frames.MARKS["international"]
    for kind, body in parts:
        whole += frames.frame_header(kind, len(body)) + body
        whole += digest(whole)
    note = frames.seal_note("kaowu.example/2026-06/3704-01", len(whole), digest(whole)).signed_by(LOG_KEY)
    return whole + frames.frame_header(frames.SEAL, len(note.to_bytes())) + note.to_bytes()


def head_with(**changes: object) -> Callable[[list[tuple[bytes, bytes]]], None]:
    def change(parts: list[tuple[bytes, bytes]]) -> None:
        head = canonical.decode(parts[0][1]) | changes
        parts[0] = (frames.HEAD, canonical.encode(head))

    return change


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"format": 2}, "version_unknown"),
        ({"suite": "other"}, "version_unknown"),
        ({"format": True}, "malformed"),
        ({"origin": ""}, "malformed"),
        ({"origin": "kaowu archive seal"}, "malformed"),
        ({"exam": "2026\x1b[2J"}, "malformed"),  # would clear the auditor's screen
        ({"made_at": 1 << 47}, "malformed"),
        ({"key": "nobody+00000000+AAAA"}, "malformed"),
        ({"key": OTHER_KEY.verifying.to_text()}, "note_signature"),
        ({"origin": "another log"}, "checkpoint_of_other_log"),
        ({"more": 1}, "malformed"),
    ],
)
def test_a_head_that_says_what_it_should_not_is_refused(changes, code):
    assert both_refuse(edited(head_with(**changes))).code == code


def _split_first_facts(parts: list[tuple[bytes, bytes]]) -> None:
    rows = list(frames.read_rows(parts[1][1]))
    cut = rows[1].offset
    parts[1:2] = [(frames.FACTS, parts[1][1][:cut]), (frames.FACTS, parts[1][1][cut:])]


@pytest.mark.parametrize(
    "change",
    [
        _split_first_facts,  # the same facts in another cut
        lambda parts: parts.insert(1, (frames.FACTS, b"")),
        lambda parts: parts.insert(0, parts[0]),
        lambda parts: parts.append(parts[-1]),
        lambda parts: parts.pop(),  # no manifest
        lambda parts: parts.pop(4),  # the last checkpoint
        lambda parts: parts.insert(2, parts.pop(4)),  # checkpoints in another order
        lambda parts: parts.append((frames.CONTENT, b"slack")),
        lambda parts: parts.__setitem__(
            -1, (frames.MANIFEST, parts[-1][1].replace(b"facts\x06", b"facts\x05"))
        ),
        lambda parts: parts.insert(5, (frames.CONTENT, b"slack")),
        lambda parts: parts.__setitem__(slice(5, 9), parts[7:9] + parts[5:7]),  # artefacts out of order
        lambda parts: parts.__setitem__(5, (parts[5][0], parts[5][1] + b"\0")),
    ],
)
def test_an_archive_can_be_cut_into_frames_in_one_way_only(change):
    assert verify_archive(io.BytesIO(edited(lambda parts: None)), [VKEY]).ok
    both_refuse(edited(change), VKEY)

"""The books are read again: whatever was changed at rest is found, and named."""

import json

import pytest
from click.testing import CliRunner
from django.db import connection
from tests.store.test_mirror import KEY, MIRROR_KEY, ORIGIN, SUITE, append, clock, cosign, mirroring, sign

from kaowu.basics.ids import new_fact_id
from kaowu.engines.ledger.frames import leaf_of
from kaowu.engines.ledger.runs import Office
from kaowu.engines.ledger.tree import leaf_hash
from kaowu.facts.envelope import Actor, Envelope, commitment
from kaowu.store import scrub
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.mirror import Mirror
from kaowu.store.models import JournalEntry, MirroredEntry
from kaowu.store.upstreams import enroll_upstream

pytestmark = pytest.mark.django_db(transaction=True)
PERSONAL, SALT = {"narrative": "经过"}, bytes(range(32))


@pytest.fixture
def journal(db):
    """Three hundred facts; the last one has personal fields."""
    open_book(ORIGIN)
    book = DjangoBook(clock, sign, OFFICE)
    append(book, 300)
    with book.writing() as page:
        sequence, previous = page.device_head("office")
        envelope = Envelope(
            id=new_fact_id(clock.now()), kind="violation_recorded", exam="none", site="0402", device="office",
            device_seq=sequence + 1, device_prev=previous, stamped_at=clock.now(), time_source="node",
            actors=(Actor("inv-1", "chief_invigilator"),), subject="S1/0402/001",
            payload={"admission_number": "1", "clause": "6-4", "found_by": "video"},
            commitment=commitment(PERSONAL, SALT),
        )  # fmt: skip
        page.write(envelope, clock.now(), PERSONAL, SALT, ())
    book.checkpoint()
    return book


OFFICE = Office(SUITE.new_key("site-7/office", secret=bytes(31) + b"\x09"), KEY, SUITE)


def found(number=0):
    row = scrub.read_again(scrub.books(KEY.verifying)[number], clock)
    assert row.ended_at and row.done == row.size
    kept = list(row.found.order_by("index", "code").values_list("index", "code"))
    assert row.faults == len(kept)
    return kept


def flip(table, column, where, at=-3):
    """As somebody with the database file, or a tired disk, would."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {where}")
        body = bytearray(cursor.fetchone()[0])
        body[at] ^= 1
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {where}", [bytes(body)])


def test_a_book_that_nobody_touched_has_no_fault(journal):
    assert found() == []
    assert scrub.latest()[0].size == 301


CHANGES = {
    "body": (lambda: flip("store_journalentry", "entry", '"index" = 17'), (17, "leaf_hash_wrong")),
    "proof": (lambda: flip("store_journalentry", "proof", '"index" = 127'), (127, "leaf_hash_wrong")),
    "leaf hash": (lambda: flip("store_journalentry", "leaf_hash", '"index" = 20'), (20, "leaf_hash_wrong")),
    "time of receipt": (
        lambda: JournalEntry.objects.filter(index=5).update(recorded_at=5),
        (5, "leaf_hash_wrong"),
    ),
    "personal fields": (
        lambda: flip("store_journalentry", "personal", '"index" = 300'),
        (300, "personal_altered"),
    ),
    "a row": (lambda: JournalEntry.objects.filter(index=299).delete(), (299, "row_missing")),
    "a signed root": (
        lambda: connection.cursor().execute("UPDATE store_checkpoint SET note = replace(note, '301', '302')"),
        (301, "note_signature"),
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_at_rest_is_found_and_its_place_named(journal, what):
    change, place = CHANGES[what]
    change()
    assert place in found()


def test_body_and_hash_changed_together_are_found_by_the_signed_root(journal):
    forged = JournalEntry.objects.get(index=40)
    entry = bytes(forged.entry).replace(b"matched", b"MATCHED")
    hash = leaf_hash(leaf_of(forged.recorded_at, entry, forged.proof), SUITE)
    JournalEntry.objects.filter(index=40).update(entry=entry, leaf_hash=hash)
    codes = {code for _, code in found()}
    assert {"checkpoint_root", "signature_false", "device_chain_broken"} <= codes


def test_two_changes_are_both_named(journal):
    flip("store_journalentry", "entry", '"index" = 17')
    flip("store_journalentry", "entry", '"index" = 230')
    assert [place for place, code in found() if code == "leaf_hash_wrong"] == [17, 230]


def test_a_copy_of_another_nodes_book_is_read_again_as_well(journal):
    mirror = Mirror(clock, cosign, SUITE)
    mirror.enroll(ORIGIN, KEY.verifying)
    enroll_upstream("county", "https://county.example/mirror", MIRROR_KEY.verifying)
    assert mirroring(mirror).step().settled
    assert found(1) == []
    flip("store_mirroredentry", "leaf", "seq = 217")
    assert (217, "leaf_hash_wrong") in found(1)
    MirroredEntry.objects.filter(seq=299).delete()
    assert (299, "row_missing") in found(1)


def test_a_reading_is_due_after_the_hours_and_never_when_switched_off(journal):
    assert scrub.is_due(clock, 24)
    found()
    assert not scrub.is_due(clock, 24)
    clock.advance(seconds=24 * 3600)
    assert scrub.is_due(clock, 24) and not scrub.is_due(clock, 0)


def test_the_command_reads_the_node_and_fails_when_something_was_changed(db, monkeypatch):
    # Opening a node installs the triggers that keep tables from shrinking; tests must empty theirs.
    monkeypatch.setattr("kaowu.cli.verify.opened", lambda: None)
    from kaowu.cli.verify import command
    from kaowu.web.node_key import office, origin, sign_checkpoint

    open_book(origin())
    append(DjangoBook(clock, sign_checkpoint, office()), 5)
    good = CliRunner().invoke(command, ["--node", "--json"])
    assert good.exit_code == 0 and json.loads(good.output)["books"][0]["faults"] == 0
    flip("store_journalentry", "entry", '"index" = 3')
    bad = CliRunner().invoke(command, ["--node", "--json"])
    assert bad.exit_code == 1
    assert json.loads(bad.output)["books"][0]["found"][0]["index"] == 3

"""A copy of another node's journal: what is cosigned is on disk, and nothing else ever is."""

import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from tests.web.other_nodes import OtherNode

from kaowu.basics.clock import SetClock
from kaowu.basics.ids import digest, new_fact_id
from kaowu.basics.suites import deployed
from kaowu.edge.carriers import Answer, LinkDown
from kaowu.edge.mirror import LOG_CLOSED, UPSTREAM_AHEAD, Mirroring, Progress
from kaowu.edge.upward import Upward
from kaowu.engines.ledger.notes import Checkpoint, Note
from kaowu.engines.ledger.tree import Tree, leaf_hash
from kaowu.engines.sync.wire import MirrorInfo, NewCheckpoint, UploadHead
from kaowu.facts.envelope import Actor, Envelope
from kaowu.facts.violations import ViolationRecorded
from kaowu.store import bulk, erasing, neighbours
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.mirror import Mirror, first_altered
from kaowu.store.models import Checkpoint as CheckpointRow
from kaowu.store.models import (
    JournalEntry,
    JournalHead,
    LogConflict,
    MirroredCheckpoint,
    MirroredEntry,
    MirroredLog,
    MirroredPersonal,
)
from kaowu.store.own_log import OwnLog
from kaowu.store.personal_held import keep_personal
from kaowu.store.upstreams import UpstreamRecord, enroll_upstream, upstreams

pytestmark = pytest.mark.django_db(transaction=True)

ORIGIN = "site-7/1"
SUITE = deployed()
KEY = SUITE.new_key("site-7", secret=bytes(31) + b"\x07")
MIRROR_KEY = SUITE.new_key("county/mirror", SUITE.cosignature_kind, bytes(31) + b"\x08")
clock = SetClock(1_800_000_000_000)


def cosign(note, at):
    return Note(note.text).signed_by(MIRROR_KEY, SUITE, at=at).to_bytes().rpartition(b"\n\n")[2]


def sign(origin, size, root):
    return Checkpoint(origin, size, root).note().signed_by(KEY, SUITE).to_bytes().decode()


@pytest.fixture
def book(db):
    open_book(ORIGIN)
    return DjangoBook(clock, sign)


@pytest.fixture
def mirror(db):
    mirror = Mirror(clock, cosign, SUITE)
    mirror.enroll(ORIGIN, KEY.verifying)
    enroll_upstream("county", "https://county.example/mirror", MIRROR_KEY.verifying)
    return mirror


def append(book, count):
    """So many facts in one commit, and a checkpoint over all."""
    with book.writing() as page:
        sequence, previous = page.device_head("gate")
        for _ in range(count):
            sequence += 1
            envelope = Envelope(
                id=new_fact_id(clock.now()),
                kind="candidate_admitted",
                exam="none",
                site="0402",
                device="gate",
                device_seq=sequence,
                device_prev=previous,
                stamped_at=clock.now(),
                time_source="node",
                actors=(Actor("inv-1", "chief_invigilator"),),
                subject="S1/0402/001",
                payload={"admission_number": f"27{sequence:011d}", "identity": "matched", "written_at": None},
            )
            previous = digest(page.write(envelope, clock.now(), {}, b"", ()).entry)
    book.checkpoint()


class Direct:
    """A link without length; `tamper` may answer instead of the mirror, or change what is sent."""

    def __init__(self, mirror, tamper=None):
        self.mirror = mirror
        self.tamper = tamper
        self.asked = []

    def carry(self, endpoint, body):
        self.asked.append(endpoint)
        if self.tamper is not None:
            changed = self.tamper(endpoint, body)
            if isinstance(changed, Answer):
                return changed
            body = changed
        verdict = getattr(self.mirror, endpoint.replace("-", "_"))(body)
        return Answer(int(verdict.status), verdict.body)


def mirroring(mirror, tamper=None, **more):
    return Mirroring(
        OwnLog(), UpstreamRecord("county", clock), Direct(mirror, tamper), MIRROR_KEY.verifying, SUITE, **more
    )


def copy():
    return [bytes(leaf) for leaf in MirroredEntry.objects.order_by("seq").values_list("leaf", flat=True)]


def own():
    log = OwnLog()
    size = CheckpointRow.objects.order_by("-size").values_list("size", flat=True).first() or 0
    return list(log.entries(0, size))


@pytest.mark.parametrize("sizes", [[1], [255, 1, 1], [256, 256], [700, 3, 300], [40] * 10])
def test_a_journal_arrives_whole_however_it_grew(book, mirror, sizes):
    link = mirroring(mirror)
    for size in sizes:
        append(book, size)
        assert link.step().settled
    assert copy() == own() and len(copy()) == sum(sizes)
    assert upstreams()[0].cosigned_size == sum(sizes)
    assert first_altered(MirroredLog.objects.get(), SUITE) is None


def test_a_long_backlog_travels_in_several_requests_and_a_new_process_goes_on(book, mirror):
    append(book, 1500)
    cut = []

    def after_two(endpoint, body):
        cut.append(endpoint)
        if len(cut) > 3:
            raise LinkDown("cut")
        return body

    stopped = mirroring(mirror, after_two, request_bytes=90_000).step()
    assert stopped.trouble == "link_down" and 0 < len(copy()) < 1500
    assert upstreams()[0].cosigned_size == 0 and upstreams()[0].trouble == "link_down"
    finished = mirroring(mirror, request_bytes=90_000).step()
    assert finished.settled and copy() == own()
    assert finished.sent <= 1500


def test_the_same_request_twice_and_an_old_one_late_change_nothing(book, mirror):
    sent = []

    def remember(endpoint, body):
        sent.append((endpoint, body))
        return body

    link = mirroring(mirror, remember)
    for _ in range(3):
        append(book, 100)
        link.step()
    for endpoint, body in [*sent, *reversed(sent)]:
        getattr(mirror, endpoint.replace("-", "_"))(body)
    assert copy() == own() and LogConflict.objects.count() == 0
    append(book, 5)
    assert link.step().settled


@pytest.mark.parametrize("at", [60, 5_000, 40_000, -3])
def test_a_bit_flipped_on_the_way_is_refused_and_the_next_attempt_succeeds(book, mirror, at):
    append(book, 300)
    flipped = []

    def flip(endpoint, body):
        if endpoint == "add-checkpoint" or flipped:
            return body
        flipped.append(at)
        broken = bytearray(body)
        broken[at] ^= 4
        return bytes(broken)

    link = mirroring(mirror, flip)
    link.step()
    assert flipped
    assert own()[: len(copy())] == copy()
    link.step()
    assert link.step().settled and copy() == own()


def test_an_unknown_log_and_a_stolen_name_are_refused(book, mirror):
    append(book, 3)
    link = mirroring(Mirror(clock, cosign, SUITE))
    MirroredLog.objects.update(origin="other/1")
    assert link.step().trouble == "not_enrolled"
    MirroredLog.objects.update(
        origin=ORIGIN, key=SUITE.new_key("site-7", secret=bytes(32)).verifying.to_text()
    )
    assert link.step().trouble == "not_enrolled"
    assert copy() == []
    with pytest.raises(ValueError, match="another key"):
        mirror.enroll(ORIGIN, KEY.verifying)


def test_a_log_that_was_forked_with_its_own_key_is_refused_and_the_proof_is_kept(book, mirror):
    append(book, 300)
    mirroring(mirror).step()
    leaves = own()
    forged = Tree(
        [leaf_hash(leaf, SUITE) for leaf in [*leaves[:200], *[b"forged %d" % n for n in range(50)]]], SUITE
    )
    note = Note.from_bytes(sign(ORIGIN, 250, forged.root()).encode())
    verdict = mirror.add_checkpoint(NewCheckpoint(200, tuple(forged.consistency(200)), note).to_bytes())
    assert (verdict.status, verdict.code) == (409, "log_forked")
    conflict = LogConflict.objects.get()
    assert (conflict.size, bytes(conflict.root), conflict.note) == (
        250,
        forged.root(),
        note.to_bytes().decode(),
    )
    assert copy() == leaves
    append(book, 1)
    assert mirroring(mirror).step().settled


def test_entries_that_the_checkpoint_does_not_cover_are_not_kept(book, mirror):
    append(book, 300)
    link = mirroring(
        mirror, lambda endpoint, body: body if endpoint == "add-checkpoint" else Answer(500, b"")
    )
    assert link.step().trouble == "refused"
    head = UploadHead(ORIGIN, 0, 300).to_bytes()
    body = head + (b"\x00\x01x" * 256) + b"\x00"
    assert mirror.add_entries(body).code == "entries_unproven"
    assert mirror.add_entries(head).code == "no_package"
    assert mirror.add_entries(UploadHead(ORIGIN, 0, 299).to_bytes()).code == "checkpoint_not_pending"
    gap = mirror.add_entries(UploadHead(ORIGIN, 256, 300).to_bytes() + b"x")
    assert MirrorInfo.from_bytes(gap.body) == MirrorInfo(300, 0)
    assert copy() == []


LIES = {
    "a made-up cosignature": Answer(
        200, "— county/mirror bm90IGEgc2lnbmF0dXJlIGF0IGFsbCwgYnV0IGxvbmc=\n".encode()
    ),
    "yes without a signature": Answer(200, b""),
    "it has more than there is": Answer(409, b"999999\n999999\n\n"),
    "again and again": Answer(202, b"300\n0\n\n"),
    "noise": Answer(409, b"\xff\x00"),
    "another language": Answer(302, b"<html>"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_node_above_that_lies_is_not_believed(book, mirror, lie):
    append(book, 300)
    answer = LIES[lie]
    progress = mirroring(mirror, lambda endpoint, body: answer if endpoint == "add-entries" else body).step()
    assert progress.trouble and not progress.settled
    assert upstreams()[0].cosigned_size == 0


def test_an_old_cosignature_does_not_count_for_new_facts(book, mirror):
    old = []
    append(book, 10)
    link = mirroring(mirror)
    link.step()
    note = Note.from_bytes(CheckpointRow.objects.get(size=10).note.encode())
    old.append(Answer(200, cosign(note, 1)))
    append(book, 10)
    progress = mirroring(mirror, lambda e, body: old[0] if e == "add-entries" else body).step()
    assert progress.trouble == "false_cosignature" and upstreams()[0].cosigned_size == 10


def test_a_node_set_back_to_an_old_disk_says_so_and_sends_nothing(book, mirror):
    append(book, 10)
    mirroring(mirror).step()
    append(book, 10)
    mirroring(mirror).step()
    CheckpointRow.objects.filter(size=20).delete()
    link = Direct(mirror)
    record = UpstreamRecord("county", clock)
    progress = Mirroring(OwnLog(), record, link, MIRROR_KEY.verifying, SUITE).step()
    assert progress.trouble == "upstream_ahead" and link.asked == []


def test_only_a_journal_that_lacks_what_is_held_above_is_called_an_old_disk(book, mirror):
    append(book, 3)
    way, another = mirroring(mirror), mirroring(mirror)
    assert way.step().settled
    append(book, 2)
    assert another.step().settled, "another process of this node has written and sent more"
    held = MirroredCheckpoint.objects.get(size=5).note.encode()
    above = SimpleNamespace(carry=lambda endpoint, body: Answer(200, held))
    link = Upward("county", above, way, ORIGIN, KEY, None)
    assert link.lost_proof(Progress(3, 3, 0, UPSTREAM_AHEAD)) == ""
    JournalEntry.objects.filter(index__gte=3).delete()
    old = replace(link, mirroring=mirroring(mirror))
    assert "old disk" in old.lost_proof(Progress(3, 3, 0, UPSTREAM_AHEAD))


def test_a_journal_that_was_closed_above_hears_of_it_though_it_has_nothing_new(book, mirror):
    append(book, 3)
    way = mirroring(mirror)
    assert way.step().settled and way.touch().trouble == ""
    neighbours.close_log(ORIGIN, "taken over", clock)
    assert way.step().trouble == "", "there was nothing to send"
    assert way.touch().trouble == LOG_CLOSED


def alter(table, where):
    """As somebody with the database file would: one bit of a body."""
    column = "entry" if table == "store_journalentry" else "leaf"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table} WHERE {where}")
        body = bytearray(cursor.fetchone()[0])
        body[len(body) // 2] ^= 1
        cursor.execute(f"UPDATE {table} SET {column} = %s WHERE {where}", [bytes(body)])


def test_a_bit_flipped_in_the_own_journal_is_not_sent_and_its_place_is_named(book, mirror):
    append(book, 300)
    alter("store_journalentry", '"index" = 123')
    progress = mirroring(mirror).step()
    assert progress.trouble == "own_copy_altered" and "123" in progress.detail
    assert copy() == []


def test_a_bit_flipped_in_the_copy_is_found_and_its_place_is_named(book, mirror):
    append(book, 300)
    mirroring(mirror).step()
    log = MirroredLog.objects.get()
    assert first_altered(log, SUITE) is None
    alter("store_mirroredentry", "seq = 217")
    assert first_altered(log, SUITE) == 217


def test_body_and_hash_altered_together_are_found_by_the_root(book, mirror):
    link = mirroring(mirror)
    for _ in range(3):
        append(book, 100)
        link.step()
    forged = b"another fact"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE store_mirroredentry SET leaf = %s, leaf_hash = %s WHERE seq = 150",
            [forged, leaf_hash(forged, SUITE)],
        )
    assert first_altered(MirroredLog.objects.get(), SUITE) == 100


def test_a_row_taken_from_the_copy_is_missed(book, mirror):
    append(book, 300)
    mirroring(mirror).step()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM store_mirroredentry WHERE seq = 299")
    assert first_altered(MirroredLog.objects.get(), SUITE) == 299


def is_done_or_waits(other):
    """Whether another thread has ended, or its connection waits for a lock of this one's."""
    return not other.is_alive() or bool(bulk.rows("SELECT 1 FROM pg_locks WHERE NOT granted", []))


def test_what_comes_in_the_moment_of_its_erasure_is_gone_with_it(book, mirror):
    """Two connections: a copy of personal fields arrives while the transaction that erases them is not committed."""
    site = OtherNode("site-9", "0409")
    fact = ViolationRecorded(admission_number="1", clause="6-4", found_by="video", narrative="欧阳青夹带")
    id = site.say(fact, ("i", "chief_invigilator"), exam="none", subject="S1/0409/001", site="0409", at=1)
    mirror.enroll(site.origin, site.log_key.verifying)
    assert int(site.send(mirror).status) == 200
    log = MirroredLog.objects.get(origin=site.origin)

    def arrives():
        try:
            keep_personal(log, [(0, *site.personal[0])])
        finally:
            connection.close()

    other = threading.Thread(target=arrives)
    with transaction.atomic():
        JournalHead.objects.select_for_update().get(pk=1)
        erasing.erase(id)
        other.start()
        while connection.vendor == "postgresql" and not is_done_or_waits(other):
            other.join(0.01)
    other.join()
    assert not MirroredPersonal.objects.exists()

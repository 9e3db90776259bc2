"""The book on the database that the settings name: SQLite here, PostgreSQL in `test_book_on_postgres`."""

import pytest
from django.db import connection
from tests.small_exam import EXAM, no_findings, seats
from tests.store.book_contract import OFFICE, BookContract

from kaowu.basics.suites import deployed
from kaowu.engines.ledger.tree import CompactRange
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.models import (
    Candidate,
    Checkpoint,
    JournalEntry,
    JournalHead,
    Organisation,
    RoomSitting,
    SeatRow,
)

pytestmark = pytest.mark.django_db(transaction=True)


def seat_the_small_exam():
    """Rows as the sealing of a seat plan leaves them."""
    for (_, room), expected in seats().items():
        for seat in expected:
            candidate = Candidate.objects.create(
                exam_id=EXAM,
                number=seat.admission_number,
                name="欧阳青",
                id_type="resident_id",
                id_number=seat.admission_number,
                subjects="语文|数学",
            )
            SeatRow.objects.create(
                exam_id=EXAM,
                site=room.site,
                room=room.room,
                seat=seat.seat_number,
                admission_number=seat.admission_number,
                candidate=candidate,
            )
        RoomSitting.objects.create(
            exam_id=EXAM, sitting=room.sitting, site=room.site, room=room.room, expected=len(expected)
        )


class TestDatabaseBook(BookContract):
    @pytest.fixture
    def book(self, clock):
        Organisation.objects.create(code="3704", name="枣庄市", level="city")
        open_book("kaowu.test/node/1")
        sign = lambda origin, size, root: f"{origin}\n{size}\n{root.hex()}\n"  # noqa: E731
        return DjangoBook(clock, sign, OFFICE)

    def leaves(self, book):
        rows = JournalEntry.objects.order_by("index").values_list("entry", "proof")
        return [(bytes(entry), proof if proof is None else bytes(proof)) for entry, proof in rows]

    def open_desk(self, book, clock, judge=no_findings):
        desk = super().open_desk(book, clock, judge)
        seat_the_small_exam()
        return desk

    def in_threads(self, act, items):
        def in_its_own_connection(item):
            try:
                act(item)
            finally:
                connection.close()

        super().in_threads(in_its_own_connection, items)

    def test_the_head_holds_the_tree_over_every_entry(self, book, desk, clock):
        for seat in range(5):
            desk.submit(self.admitted(clock, seat))
        tree = CompactRange(deployed())
        for leaf in JournalEntry.objects.order_by("index").values_list("leaf_hash", flat=True):
            tree.append(bytes(leaf))
        head = JournalHead.objects.get()
        assert bytes(head.root) == tree.root()
        assert head.size == JournalEntry.objects.count()

    def test_a_checkpoint_is_signed_when_its_time_has_come_and_when_asked_for(self, book, desk, clock):
        desk.submit(self.admitted(clock))
        signed = Checkpoint.objects.count()
        clock.advance(seconds=1)
        desk.submit(self.admitted(clock, 1))
        assert Checkpoint.objects.count() == signed
        clock.advance(seconds=2)
        desk.submit(self.admitted(clock, 2))
        assert Checkpoint.objects.count() == signed + 1
        desk.submit(self.admitted(clock, 3))
        note = book.checkpoint()
        assert note.splitlines()[1] == str(JournalEntry.objects.count())
        assert Checkpoint.objects.count() == signed + 2

"""The plan of an exam as pages read it: folded once, read on from there, never from another journal."""

import pytest
from tests.small_exam import CITY, EXAM, STARTS, desk_over, intent

from kaowu.basics.clock import SetClock, minutes_after
from kaowu.facts.exam_setup import SittingScheduled
from kaowu.store.journal import DjangoBook, open_book
from kaowu.store.models import Checkpoint, DeviceHead, Exam, JournalEntry, JournalHead, Organisation, Sitting
from kaowu.store.queries import exams

pytestmark = pytest.mark.django_db(transaction=True)

# One of the own journal since the last fact read, one of plan packages and of copies from below.
QUERIES = 2


@pytest.fixture
def clock():
    return SetClock(minutes_after(STARTS, -600))


def new_node(clock):
    open_book("kaowu.test/node/1")
    book = DjangoBook(clock, sign=lambda origin, size, root: f"{origin}\n{size}\n{root.hex()}\n")
    return desk_over(book, clock)


def schedule(desk, clock, code, days):
    start = STARTS + days * 86_400_000
    fact = SittingScheduled(sitting=code, subjects=("数学",), starts_at=start, ends_at=start + 9_000_000)
    desk.submit(intent(fact, CITY, at=clock.now()))


def test_a_later_fact_is_seen_and_earlier_ones_are_not_read_again(clock, django_assert_num_queries):
    Organisation.objects.create(code="3704", name="枣庄市", level="city")
    desk = new_node(clock)
    assert list(exams.plan(EXAM).sittings) == ["S1"]
    schedule(desk, clock, "S2", 1)
    with django_assert_num_queries(QUERIES):
        assert list(exams.plan(EXAM).sittings) == ["S1", "S2"]
    with django_assert_num_queries(QUERIES):
        once = exams.plan(EXAM)
    assert exams.plan(EXAM) is once


def test_a_database_with_another_journal_is_folded_anew(clock):
    Organisation.objects.create(code="3704", name="枣庄市", level="city")
    schedule(new_node(clock), clock, "S2", 1)
    assert list(exams.plan(EXAM).sittings) == ["S1", "S2"]
    for table in (Checkpoint, DeviceHead, JournalEntry, JournalHead, Sitting, Exam):
        table.objects.all().delete()
    clock.advance(minutes=1)
    schedule(new_node(clock), clock, "S9", 2)
    assert list(exams.plan(EXAM).sittings) == ["S1", "S9"]
    assert exams.plan("nothing").sittings == {}

"""A page fails after it handed a fact in: nothing of it stays, and the next fact is none the wiser."""

import pytest
from django.db import connection, transaction
from tests.failures.test_scanned_twice import at_once
from tests.scenarios.test_small_day_to_archive import set_up  # noqa: F401
from tests.small_exam import CHIEF, EXAM, ROOM, in_room, tickets

from kaowu.facts.entry import CandidateAdmitted
from kaowu.store.models import JournalEntry, RoomSitting
from kaowu.web.counter import clock, counter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("set_up")]


class PageFailed(Exception):
    """Something behind the desk went wrong."""


def admitted(seat):
    fact = CandidateAdmitted(admission_number=tickets(ROOM)[seat], identity="matched")
    return in_room(fact, CHIEF, at=clock.now())


def entered():
    return RoomSitting.objects.get(exam_id=EXAM, site=ROOM.site, room=ROOM.room).entered


def test_a_fact_in_an_abandoned_transaction_never_happened():
    counter().submit(admitted(0))
    before = JournalEntry.objects.count()
    lost = admitted(1)
    with pytest.raises(PageFailed), transaction.atomic():
        counter().submit(lost)
        raise PageFailed
    assert JournalEntry.objects.count() == before
    receipt = counter().submit(admitted(2))
    assert receipt.index == before
    assert entered() == 2
    assert not counter().submit(lost).repeated
    assert entered() == 3


def test_a_caller_in_a_transaction_and_a_busy_counter_do_not_wait_for_each_other():
    assert (
        connection.vendor == "postgresql"
        or connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    )

    def within(seat):
        with transaction.atomic():
            return counter().submit(admitted(seat))

    acts = [lambda seat=seat: within(seat) for seat in (0, 1)]
    acts += [lambda seat=seat: counter().submit(admitted(seat)) for seat in (2, 3, 4)]
    answers = at_once(acts)
    assert len({answer.index for answer in answers}) == 5
    assert entered() == 5

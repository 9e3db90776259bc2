"""The same ticket is scanned twice: by one device that repeats itself, and by two doors at once."""

import threading

import pytest
from django.db import connection
from tests.scenarios.test_small_day_to_archive import set_up  # noqa: F401
from tests.small_exam import CHIEF, EXAM, ROOM, in_room, tickets

from kaowu.basics.clock import minutes_after
from kaowu.facts.entry import CandidateAdmitted
from kaowu.store.models import JournalEntry, RoomSitting
from kaowu.web.counter import clock, counter

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(acts):
    """Run all at the same moment, each in a thread with a connection of its own."""
    ready = threading.Barrier(len(acts))
    answers = []

    def run(act):
        ready.wait()
        try:
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def scan(device="gate-1"):
    fact = CandidateAdmitted(admission_number=tickets(ROOM)[0], identity="matched")
    return in_room(fact, CHIEF, at=minutes_after(clock.now(), 0), device=device)


@pytest.mark.usefixtures("set_up")
def test_one_fact_sent_by_sixteen_threads_is_kept_once():
    sent = scan()
    answers = at_once([lambda: counter().submit(sent)] * 16)
    assert len(answers) == 16
    assert len({answer.index for answer in answers}) == 1
    assert sum(not answer.repeated for answer in answers) == 1
    assert JournalEntry.objects.filter(fact_id=sent.id).count() == 1


@pytest.mark.usefixtures("set_up")
def test_one_ticket_at_two_gates_is_two_facts_one_entry_and_a_finding():
    answers = at_once([lambda: counter().submit(scan("gate-1")), lambda: counter().submit(scan("gate-2"))])
    assert len({answer.index for answer in answers}) == 2
    assert RoomSitting.objects.get(exam_id=EXAM, room=ROOM.room, site=ROOM.site).entered == 1
    second = max(answers, key=lambda answer: answer.index)
    assert any(finding.code.startswith("entry.") for finding in second.findings)

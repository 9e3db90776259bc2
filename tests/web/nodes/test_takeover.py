"""The standby goes on from its own copy, and the machine that failed adds nothing more."""

import pytest
from django.conf import settings
from tests.web.exam_day import EXAM, STARTS
from tests.web.other_nodes import OtherNode

from kaowu.app import rebuilding
from kaowu.app.node_file import NodeIdentity
from kaowu.basics.errors import Refused
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.rules.registry import judge
from kaowu.store import arrivals, log_copies, neighbours
from kaowu.store.models import JournalEntry, MirroredEntry, MirroredLog, RoomSitting
from kaowu.web.counter import clock
from kaowu.web.mirror_api import mirror
from kaowu.web.node_key import mirror_key

INV = ("inv-9", "chief_invigilator")


@pytest.fixture
def primary(exam_day, monkeypatch):
    """The first machine of the site; this one is its standby and has what it has recorded so far."""
    monkeypatch.setattr(settings, "IDENTITY", NodeIdentity(settings.NODE, "site", exam_day.site))
    node = OtherNode("site-a", exam_day.site)
    neighbours.keep_card(node.card, clock)
    for minute, number in enumerate(exam_day.tickets()[:3]):
        node.say(
            CandidateAdmitted(admission_number=number, identity="matched"),
            INV,
            exam=EXAM,
            subject=str(exam_day.room),
            site=exam_day.site,
            at=STARTS - 60_000 * (20 - minute),
        )
    assert int(node.send(mirror()).status) == 200
    return node


def test_the_standby_goes_on_with_everything_that_it_had_acknowledged(exam_day, primary):
    done = rebuilding.from_standby("site-a/1")
    assert (done["previous"], done["size"]) == ("site-a/1", 3)
    assert JournalEntry.objects.filter(kind="epoch_opened").count() == 1
    room = RoomSitting.objects.get(exam_id=EXAM, sitting="S1", room="001")
    assert room.entered == 3
    exam_day.record(
        CandidateAbsent(admission_number=exam_day.tickets()[3]), "chief_invigilator", at=exam_day.at(20)
    )
    room.refresh_from_db()
    assert (room.entered, room.absent) == (3, 1), "what comes now stands on what was before"


def test_the_machine_that_failed_can_add_nothing_more(exam_day, primary):
    rebuilding.from_standby("site-a/1")
    primary.leaves.append(primary.leaves[0])
    assert primary.send(mirror(), old=3).code == "log_closed"
    assert MirroredEntry.objects.count() == 3


def test_nobody_takes_over_from_a_log_of_another_unit_or_an_unknown_one(exam_day, primary):
    MirroredLog.objects.update(organisation="040301")
    for origin in ("site-a/1", "site-q/1"):
        with pytest.raises(Refused, match="no_copy_held"):
            rebuilding.from_standby(origin)


def test_a_fact_that_is_offered_again_after_the_takeover_counts_once(exam_day, primary):
    rebuilding.from_standby("site-a/1")
    from kaowu.basics.ids import FactId
    from kaowu.facts.envelope import Actor
    from kaowu.loop.duty import Intent
    from kaowu.store.models import Arrival
    from kaowu.web.counter import counter

    known = Arrival.objects.order_by("number").first()
    receipt = counter().submit(
        Intent(
            id=FactId(known.fact_id),
            fact=CandidateAdmitted(admission_number=exam_day.tickets()[0], identity="matched"),
            exam=EXAM,
            subject=str(exam_day.room),
            actors=(Actor(*INV),),
            stamped_at=known.stamped_at,
            site=exam_day.site,
        )
    )
    assert receipt.repeated
    assert RoomSitting.objects.get(exam_id=EXAM, sitting="S1", room="001").entered == 3


def test_a_copy_that_leaves_out_or_slips_in_anything_is_refused(exam_day, primary):
    copy = log_copies.copy_of("site-a/1", exam_day.site)
    keeper = mirror_key().verifying
    assert copy.checked(keeper).size == 3
    from dataclasses import replace

    for leaves in (copy.leaves[:-1], [*copy.leaves, copy.leaves[0]], [*copy.leaves[1:], copy.leaves[0]]):
        with pytest.raises(Exception, match="entries are not those"):
            replace(copy, leaves=leaves).checked(keeper)
    with pytest.raises(Exception, match="nobody vouches"):
        copy.checked(OtherNode("else", "0").mirror_key.verifying)
    while arrivals.read_on(clock, judge):
        continue

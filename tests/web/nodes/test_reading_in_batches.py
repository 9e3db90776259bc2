"""What a centre reads from many sites costs it queries by the batch, and comes to the same however it is cut."""

from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.web.exam_day import EXAM, STARTS
from tests.web.nodes.test_arrivals import INV, VAULT, admit, row
from tests.web.other_nodes import OtherNode

from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted, DoubtSettled
from kaowu.facts.papers import PacketCollected, PacketHandedOut, PacketUnsealed, SheetsCounted
from kaowu.facts.record import FactWithdrawn, FindingAnswered
from kaowu.facts.subjects import RoomSittingKey
from kaowu.rules.registry import judge
from kaowu.store import arrivals, neighbours
from kaowu.store.models import Arrival, Claim, FindingRow, MirroredLog, RoomSitting
from kaowu.web.counter import clock
from kaowu.web.mirror_api import mirror


def site_of_its_own(number):
    node = OtherNode(f"site-{number}", f"05{number:04d}")
    neighbours.keep_card(node.card, clock)
    key = RoomSittingKey("S1", node.organisation, "001")
    RoomSitting.objects.create(exam_id=EXAM, sitting="S1", site=key.site, room=key.room, expected=5)
    return node, key


def taps(sites, minute, old):
    """One entry at each site, carried up; what reading them all costs in queries."""
    for number, (node, key) in enumerate(sites):
        admit(node, None, f"27{key.site}{minute + 60:03d}{number:02d}", minute, room=key)
        assert int(node.send(mirror(), old).status) == 200
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert arrivals.read_on(clock, judge) >= len(sites)
    return len(asked)


def test_taps_at_twenty_sites_are_read_with_as_many_queries_as_taps_at_two(exam_day):
    two, twenty = [[site_of_its_own(10 * size + n) for n in range(size)] for size in (2, 20)]
    taps([*two, *twenty], -30, old=0)  # own facts are compared once; rooms are warm after
    few, many = taps(two, -20, old=1), taps(twenty, -20, old=1)
    assert few == many, "reading costs queries by the batch, not by the site"
    assert many < 2 * 20
    assert {one.entered for one in RoomSitting.objects.filter(site__startswith="05")} == {2}


@pytest.fixture
def site(exam_day):
    node = OtherNode("site-a", exam_day.site)
    neighbours.keep_card(node.card, clock)
    return node


def a_day(node, exam_day):
    """Entries in two rooms, one twice, papers counted differently, an absence withdrawn."""
    first, second, third, *_ = exam_day.tickets()
    admit(node, exam_day, first, -25)
    admit(node, exam_day, second, -24, room=exam_day.next_room)
    admit(node, exam_day, first, -20)
    for sheets in (30, 31):
        node.say(
            PacketHandedOut(packet="P-1", seal="1", sheets=sheets, subject="语文"),
            VAULT,
            exam=EXAM,
            subject=str(exam_day.room),
            site=exam_day.site,
            at=STARTS - 1_000_000 + sheets,
        )
    more = {"exam": EXAM, "subject": str(exam_day.room), "site": exam_day.site}
    wrong = node.say(CandidateAbsent(admission_number=third), INV, at=STARTS + 1_200_000, **more)
    withdrawn = FactWithdrawn(withdrawn=str(wrong), reason="看错")
    node.say(withdrawn, INV, at=STARTS + 1_300_000, corrects=wrong, **more)
    admit(node, exam_day, third, 22)


def what_stands():
    figures = list(RoomSitting.objects.order_by("pk").values_list("entered", "absent", "packets", "issued"))
    found = sorted(FindingRow.objects.values_list("code", "subject", "zh", "is_open"))
    return figures, found, Arrival.objects.count(), Claim.objects.count()


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_a_day_comes_to_the_same_read_at_once_or_fact_by_fact(exam_day, site, at_once):
    a_day(site, exam_day)
    assert int(site.send(mirror()).status) == 200
    while arrivals.read_on(clock, judge, at_once):
        continue
    figures, found, arrived, claimed = what_stands()
    assert figures[0] == (2, 0, 1, 31) and (arrived, claimed) == (8, 6)
    codes = [code for code, *_ in found]
    assert codes.count("records_contradict") >= 2 and "entry.entered_before" in codes


def anything(chance, node, exam_day):
    """A day by chance: entries matched and in doubt, twice and elsewhere, papers, counts; some withdrawn, some answered."""
    said = []
    for minute in range(-30, 20):
        room = chance.choice((exam_day.room, exam_day.next_room))
        ticket = chance.choice(exam_day.tickets())
        packet = {"packet": chance.choice(("P-1", "P-2")), "seal": "1"}
        fact = chance.choice(
            (
                CandidateAdmitted(admission_number=ticket, identity=chance.choice(("matched", "in_doubt"))),
                CandidateAdmitted(admission_number=ticket, identity="matched"),
                DoubtSettled(admission_number=ticket, is_candidate=True, grounds=""),
                CandidateAbsent(admission_number=ticket),
                PacketHandedOut(**packet, sheets=chance.choice((30, 31)), subject="语文"),
                PacketUnsealed(**packet, subject="语文", witnessed_by=()),
                PacketCollected(**packet, sheets=chance.choice((30, 31)), state="intact", remark=""),
                SheetsCounted(issued=31, used=chance.randrange(3), absent=3, spare=1, void=0),
            )
        )
        more = {"exam": EXAM, "site": exam_day.site, "at": STARTS + minute * 60_000}
        said.append((node.say(fact, INV, subject=str(room), **more), room))
        wrong, where = chance.choice(said)
        if chance.random() < 0.15:
            withdrawn = FactWithdrawn(withdrawn=str(wrong), reason="看错")
            node.say(withdrawn, INV, subject=str(where), corrects=wrong, **more)
        elif chance.random() < 0.15:
            code = chance.choice(("records_contradict", "entry.entered_before", "counts.used"))
            answered = FindingAnswered(record=str(wrong), code=code, answer="已核对")
            node.say(answered, INV, subject=str(where), **more)


def read_anew(at_once):
    """What stands once all was read from its beginning, so many at once."""
    for rows in (FindingRow, Claim, Arrival):
        rows.objects.all().delete()
    RoomSitting.objects.update(entered=0, absent=0, packets=0, issued=0, in_doubt=0, used=0, counted=False)
    MirroredLog.objects.update(arrived=0)
    while arrivals.read_on(clock, judge, at_once):
        continue
    figures = [vars(row) | {"_state": None} for row in RoomSitting.objects.order_by("pk")]
    found = sorted(FindingRow.objects.values_list("arrival__seq", "code", "zh", "is_open"))
    return figures, found, sorted(Claim.objects.values_list("key", "value", "fact_id"))


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_comes_to_the_same_read_at_once_or_one_by_one(exam_day, site, seed):
    chance = Random(seed)
    exam_day.record(
        CandidateAbsent(admission_number=exam_day.tickets()[-1]), "chief_invigilator", at=exam_day.at(1)
    )
    anything(chance, site, exam_day)
    assert int(site.send(mirror()).status) == 200
    one_by_one = read_anew(1)
    assert {is_open for *_, is_open in one_by_one[1]} == {True, False}, "some findings were answered"
    assert read_anew(chance.randrange(2, 12)) == one_by_one
    assert read_anew(1_000) == one_by_one


def test_what_an_abandoned_reading_folded_is_forgotten(exam_day, site):
    first, second, *_ = exam_day.tickets()
    admit(site, exam_day, first, -20)
    assert int(site.send(mirror()).status) == 200
    assert arrivals.read_on(clock, judge)
    admit(site, exam_day, second, -19)
    admit(site, exam_day, second, -18)
    assert int(site.send(mirror(), old=1).status) == 200
    seen = []

    def fails_at_the_second(kind, fact, state, *rest):
        seen.append(len(state.entries))
        if len(seen) == 2:
            raise RuntimeError("a defective rule")
        return judge(kind, fact, state, *rest)

    with pytest.raises(RuntimeError):
        arrivals.read_on(clock, fails_at_the_second)
    assert (Arrival.objects.count(), MirroredLog.objects.get().arrived, row(exam_day.room).entered) == (
        1,
        1,
        1,
    )
    arrivals.read_on(clock, fails_at_the_second)
    assert seen == [1, 2, 1, 2], "each time the rules saw what the room held before"
    assert row(exam_day.room).entered == 2


def test_a_room_about_which_this_node_wrote_as_well_is_not_read_from_memory(exam_day, site):
    first, second, third, *_ = exam_day.tickets()
    admit(site, exam_day, first, -20)
    assert int(site.send(mirror()).status) == 200
    assert arrivals.read_on(clock, judge)
    exam_day.record(CandidateAbsent(admission_number=second), "chief_invigilator", at=exam_day.at(20))
    admit(site, exam_day, third, -18)
    assert int(site.send(mirror(), old=1).status) == 200
    seen = []
    arrivals.read_on(clock, lambda kind, fact, state, *rest: seen.append(state) or ())
    assert [sorted(state.absent) for state in seen] == [[second]]
    assert (row(exam_day.room).entered, row(exam_day.room).absent) == (2, 1)

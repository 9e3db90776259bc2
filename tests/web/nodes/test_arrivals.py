"""What sites record is seen at the node above; where two records contradict each other, both stand and people are told."""

import pytest
from tests.web.exam_day import EXAM, STARTS
from tests.web.other_nodes import OtherNode

from kaowu.basics.clock import Instant
from kaowu.basics.ids import new_fact_id
from kaowu.exam.room_sitting import figures
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.facts.papers import PacketHandedOut
from kaowu.facts.record import FactWithdrawn
from kaowu.facts.violations import ViolationRecorded
from kaowu.loop.duty import Intent
from kaowu.rules.registry import judge
from kaowu.store import arrivals, neighbours
from kaowu.store.models import Arrival, FindingRow, JournalEntry, MirroredLog, MirroredPersonal, RoomSitting
from kaowu.store.personal_held import BesideRefused, personal_of
from kaowu.store.personal_up import Boxes, seal_one, take_boxes
from kaowu.store.queries import copies, day
from kaowu.store.queries.room_state import room_state
from kaowu.web.counter import clock, counter
from kaowu.web.mirror_api import mirror
from kaowu.web.node_key import opening_key

INV = ("inv-9", "chief_invigilator")
VAULT = ("vault-9", "vault_keeper")


@pytest.fixture
def site(exam_day):
    """The site's own node, enrolled here."""
    node = OtherNode("site-a", exam_day.site)
    neighbours.keep_card(node.card, clock)
    return node


def admit(node, exam_day, number, minute, room=None):
    key = room or exam_day.room
    return node.say(
        CandidateAdmitted(admission_number=number, identity="matched"),
        INV,
        exam=EXAM,
        subject=str(key),
        site=key.site,
        at=STARTS + minute * 60_000,
    )


def arrive(node, old=0):
    assert int(node.send(mirror(), old).status) == 200
    while arrivals.read_on(clock, judge):
        continue


def row(key):
    return RoomSitting.objects.get(exam_id=EXAM, sitting=key.sitting, site=key.site, room=key.room)


def test_facts_of_a_site_change_the_figures_of_its_rooms_here(exam_day, site):
    first, second, *_ = exam_day.tickets()
    admit(site, exam_day, first, -20)
    admit(site, exam_day, second, -19)
    arrive(site)
    assert (row(exam_day.room).entered, Arrival.objects.count()) == (2, 2)
    assert figures(room_state(EXAM, exam_day.room)).entered == 2
    lines = day.timeline(EXAM, str(exam_day.room))
    assert [line.kind for line in lines] == ["candidate_admitted"] * 2 and all(
        line.index < 0 for line in lines
    )
    admit(site, exam_day, exam_day.tickets()[2], -18)
    arrive(site, old=2)
    assert row(exam_day.room).entered == 3


def test_the_same_fact_in_two_logs_counts_once(exam_day, site):
    admit(site, exam_day, exam_day.tickets()[0], -20)
    arrive(site)
    again = OtherNode("site-b", exam_day.site, leaves=list(site.leaves))
    neighbours.keep_card(again.card, clock)
    arrive(again)
    assert Arrival.objects.count() == 1 and row(exam_day.room).entered == 1


def test_a_fact_that_a_site_sent_is_known_when_somebody_hands_it_in_here_too(exam_day, site):
    first, second, *_ = exam_day.tickets()
    sent, new = admit(site, exam_day, first, -20), new_fact_id(clock.now())
    arrive(site)
    intents = [
        Intent(
            id,
            CandidateAdmitted(admission_number=number, identity="matched"),
            EXAM,
            str(exam_day.room),
            (Actor(*INV),),
            Instant(STARTS - 20 * 60_000),
            exam_day.room.site,
            "gate-1",
        )
        for id, number in ((sent, first), (new, second))
    ]
    answers = counter().submit_all(intents)
    assert [answer.repeated for answer in answers] == [True, False]
    assert (row(exam_day.room).entered, JournalEntry.objects.filter(fact_id=sent).count()) == (2, 0)


def test_a_withdrawn_fact_counts_no_longer_and_both_stay_readable(exam_day, site):
    wrong = admit(site, exam_day, exam_day.tickets()[0], -20)
    arrive(site)
    site.say(
        FactWithdrawn(withdrawn=str(wrong), reason="看错"),
        INV,
        exam=EXAM,
        subject=str(exam_day.room),
        site=exam_day.site,
        at=STARTS,
        corrects=wrong,
    )
    arrive(site, old=1)
    assert row(exam_day.room).entered == 0
    assert [line.withdrawn for line in day.timeline(EXAM, str(exam_day.room))] == [False, True]


def test_facts_of_the_own_counter_and_of_the_site_are_folded_together(exam_day, site):
    admit(site, exam_day, exam_day.tickets()[0], -20)
    arrive(site)
    exam_day.record(
        CandidateAbsent(admission_number=exam_day.tickets()[1]), "chief_invigilator", at=exam_day.at(20)
    )
    assert (row(exam_day.room).entered, row(exam_day.room).absent) == (1, 1)
    admit(site, exam_day, exam_day.tickets()[2], -18)
    arrive(site, old=1)
    exam_day.record(
        CandidateAbsent(admission_number=exam_day.tickets()[3]), "chief_invigilator", at=exam_day.at(21)
    )
    assert (row(exam_day.room).entered, row(exam_day.room).absent) == (2, 2)


def test_findings_are_worked_out_here_as_they_were_at_the_site(exam_day, site):
    admit(site, exam_day, exam_day.tickets()[0], -20)
    admit(site, exam_day, exam_day.tickets()[0], -10)
    arrive(site)
    assert "entry.entered_before" in FindingRow.objects.values_list("code", flat=True)
    [found] = [one for one in day.open_findings(EXAM) if one.finding.code == "entry.entered_before"]
    assert found.site == exam_day.site and found.index < 0


def handed_out(node, exam_day, sheets, minute):
    node.say(
        PacketHandedOut(packet="P-1", seal="1", sheets=sheets, subject="语文"),
        VAULT,
        exam=EXAM,
        subject=str(exam_day.room),
        site=exam_day.site,
        at=STARTS + minute * 60_000,
    )


def test_a_bag_counted_30_and_31_is_a_finding_beside_both_and_nothing_is_merged(exam_day, site):
    county = OtherNode("county-vault", "370402", role="county")
    neighbours.keep_card(county.card, clock)
    handed_out(site, exam_day, 30, -30)
    handed_out(county, exam_day, 31, -29)
    arrive(site)
    arrive(county)
    found = FindingRow.objects.filter(code="records_contradict")
    assert found.count() == 2 and {one.arrival.log.origin for one in found} == {"site-a/1", "county-vault/1"}
    assert all("30" in one.zh and "31" in one.zh and one.severity == 3 for one in found)
    assert Arrival.objects.count() == 2


def test_one_candidate_admitted_in_two_rooms_is_a_finding_and_the_same_room_twice_is_not(exam_day, site):
    other = OtherNode("site-b", "040301")
    neighbours.keep_card(other.card, clock)
    number = exam_day.tickets()[0]
    admit(site, exam_day, number, -20)
    admit(site, exam_day, number, -19)
    arrive(site)
    assert not FindingRow.objects.filter(code="records_contradict").exists()
    admit(other, exam_day, number, -18, room=exam_day.next_room)
    arrive(other)
    assert FindingRow.objects.filter(code="records_contradict").exists()


def test_an_own_record_is_compared_with_what_arrives(exam_day, site):
    exam_day.record(
        PacketHandedOut(packet="P-1", seal="1", sheets=30, subject="语文"),
        "vault_keeper",
        "site_chief",
        at=exam_day.at(-30),
    )
    handed_out(site, exam_day, 31, -29)
    arrive(site)
    beside = {bool(one.entry_id) for one in FindingRow.objects.filter(code="records_contradict")}
    assert beside == {True, False}


def test_what_arrived_before_the_plan_is_worked_out_once_the_plan_is_here(exam_day, site):
    RoomSitting.objects.filter(exam_id=EXAM).delete()
    admit(site, exam_day, exam_day.tickets()[0], -20)
    arrive(site)
    RoomSitting.objects.create(exam_id=EXAM, sitting="S1", site=exam_day.site, room="001", expected=5)
    arrivals.read_again(EXAM, judge)
    arrivals.read_again(EXAM, judge)
    assert row(exam_day.room).entered == 1
    assert FindingRow.objects.values("code", "arrival").distinct().count() == FindingRow.objects.count()


def violation(node, exam_day):
    kind = ViolationRecorded.kind
    values = {spec.name: _value(spec) for spec in kind.fields if spec.required or spec.personal}
    node.say(kind.read(values), INV, exam=EXAM, subject=str(exam_day.room), site=exam_day.site, at=STARTS)


def _value(spec):
    if spec.choices:
        return spec.choices[0][0]
    return {"number": 1, "instant": STARTS, "yes_no": True}.get(spec.shape.value, "夹带纸条")


def test_personal_fields_come_sealed_are_compared_with_the_commitment_and_lie_sealed(exam_day, site):
    violation(site, exam_day)
    arrive(site)
    [(seq, (fields, salt))] = site.personal.items()
    key = opening_key().box_key
    good = Boxes(site.origin, 1, [(seq, seal_one(key, site.origin, seq, fields, salt))])
    forged = Boxes(site.origin, 1, [(seq, seal_one(key, site.origin, seq, fields + b"", b"x" * 32))])
    moved = Boxes(site.origin, 1, [(seq, seal_one(key, "another/1", seq, fields, salt))])
    for wrong in (forged, moved):
        with pytest.raises(BesideRefused, match="personal_unproven"):
            take_boxes(wrong.to_bytes(), opening_key(), clock.now())
    assert MirroredPersonal.objects.count() == 0
    assert [take_boxes(good.to_bytes(), opening_key(), clock.now()) for _ in range(2)] == [1, 0]
    log = MirroredLog.objects.get(origin=site.origin)
    assert personal_of(log, seq) == (fields, salt)
    assert "夹带".encode() not in bytes(MirroredPersonal.objects.get().sealed)


def test_a_silent_site_is_unknown_and_never_in_order(exam_day, site, client):
    admit(site, exam_day, exam_day.tickets()[0], -20)
    arrive(site)
    now = clock.now()
    assert copies.silent_since([exam_day.site], now) == {}
    later = Instant(now + copies.SILENT_AFTER_MS + 60_000)
    assert copies.silent_since([exam_day.site], later)[exam_day.site] is not None
    assert copies.silent_since(["040301"], later) == {}, "a site without a node of its own cannot be silent"
    MirroredLog.objects.update(heard_at=1_000_000)
    page = exam_day.browser("site_chief").get(f"/day/{EXAM}/S1/").content.decode()
    assert "起情况不明" in page

"""Whatever was erased at one node is gone at all of them, and only whoever owns a record erases it."""

from uuid import uuid4

import cbor2
import pytest
from django.conf import settings
from tests.web.exam_day import EXAM, STARTS
from tests.web.nodes.test_arrivals import INV, arrive, site, violation
from tests.web.other_nodes import OtherNode

from kaowu.app.node_file import NodeIdentity
from kaowu.basics.suites import deployed
from kaowu.engines.sync.asking import QuestionRefused
from kaowu.engines.sync.sealed_file import ERASURES, Head, read_file, seal_file
from kaowu.facts.envelope import Actor
from kaowu.facts.nodes import EpochOpened
from kaowu.facts.record import PersonalDataErased
from kaowu.facts.violations import ViolationRecorded
from kaowu.store import erasing, neighbours, personal
from kaowu.store.models import (
    Arrival,
    DoomedKey,
    ErasedRecord,
    FindingRow,
    JournalEntry,
    MirroredPersonal,
    Upstream,
)
from kaowu.store.personal_up import Boxes, seal_one, take_boxes
from kaowu.web.counter import clock, record
from kaowu.web.node_key import opening_key
from kaowu.web.works import orders

__all__ = ["site"]


@pytest.fixture(autouse=True)
def keys_go_at_once(monkeypatch):
    """A test's transaction never ends, so what waits for its end is done at once."""
    monkeypatch.setattr(personal.transaction, "on_commit", lambda act: act())


def boxes(node):
    """The personal fields of a node's log, as it sends them."""
    key = opening_key().box_key
    sealed = [(seq, seal_one(key, node.origin, seq, *kept)) for seq, kept in node.personal.items()]
    return Boxes(node.origin, len(node.leaves), sealed).to_bytes()


@pytest.fixture
def told(exam_day, site):
    """A record of the site with personal fields, which are held here too; its id."""
    violation(site, exam_day)
    arrive(site)
    take_boxes(boxes(site), opening_key(), clock.now())
    return Arrival.objects.get(kind="violation_recorded").fact_id


def erase(node, id, exam_day, old):
    node.say(
        PersonalDataErased(record=str(id), grounds="request"),
        INV,
        exam=EXAM,
        subject=EXAM,
        site=exam_day.site,
        at=STARTS,
    )
    arrive(node, old)


def test_a_site_erases_its_own_record_and_the_copy_above_is_gone_with_its_key(exam_day, site, told):
    kept = MirroredPersonal.objects.get()
    assert personal.open_fields(kept.sealed, kept.key_slot)
    erase(site, told, exam_day, 1)
    assert MirroredPersonal.objects.count() == DoomedKey.objects.count() == 0
    assert personal.open_fields(kept.sealed, kept.key_slot) is None, "a backup of the row does not open"
    assert FindingRow.objects.filter(code="privacy.erasure_not_entitled").count() == 0


def test_boxes_that_come_after_the_erasure_or_in_an_old_bundle_bring_nothing_back(exam_day, site, told):
    erase(site, told, exam_day, 1)
    assert take_boxes(boxes(site), opening_key(), clock.now()) == 0
    assert MirroredPersonal.objects.count() == 0


@pytest.mark.parametrize("unit", ["040301", ""])
def test_another_units_node_erases_nothing_and_its_attempt_stands_with_a_finding(exam_day, site, told, unit):
    stranger = OtherNode("site-x", unit)
    neighbours.keep_card(stranger.card, clock)
    stranger.say(
        EpochOpened(previous=site.origin, size=1, root=b"\0" * 32, source="standby"),
        INV, exam="registry", subject=f"node/{site.origin}", site=None, at=STARTS,
    )  # fmt: skip
    erase(stranger, told, exam_day, 0)
    assert MirroredPersonal.objects.count() == 1
    assert FindingRow.objects.filter(code="privacy.erasure_not_entitled").count() == 1


def test_the_county_erases_at_the_city_what_its_site_recorded_and_no_other_county_does(exam_day, site, told):
    for unit, kept, alarms in (("370403", 1, 1), ("370402", 0, 1)):
        county = OtherNode(f"county-{unit}", unit, role="county")
        neighbours.keep_card(county.card, clock)
        erase(county, told, exam_day, 0)
        assert MirroredPersonal.objects.count() == kept
        erase(county, uuid4(), exam_day, 1)  # of a site whose log goes to the county alone
        assert FindingRow.objects.filter(code="privacy.erasure_not_entitled").count() == alarms


def test_a_rebuilt_site_erases_what_its_earlier_log_recorded(exam_day, site, told):
    rebuilt = OtherNode("site-a", exam_day.site, epoch=2)
    neighbours.keep_card(rebuilt.card, clock)
    rebuilt.say(
        EpochOpened(previous=site.origin, size=1, root=b"\0" * 32, source="upstream"),
        INV, exam="registry", subject=f"node/{site.origin}", site=None, at=STARTS,
    )  # fmt: skip
    erase(rebuilt, told, exam_day, 0)
    assert MirroredPersonal.objects.count() == 0


def test_what_the_other_machine_of_the_unit_erases_is_gone_where_this_one_wrote_it(exam_day, monkeypatch):
    monkeypatch.setattr(settings, "IDENTITY", NodeIdentity(settings.NODE, "site", exam_day.site))
    standby = OtherNode("site-a-standby", exam_day.site)
    neighbours.keep_card(standby.card, clock)
    seen = ViolationRecorded(
        admission_number=exam_day.tickets()[0], clause="6-4", found_by="video", narrative="欧阳青经过"
    )
    exam_day.record(seen, "chief_invigilator", "assistant_invigilator", at=exam_day.at(30))
    ours = JournalEntry.objects.get(kind="violation_recorded")
    assert ours.personal
    erase(standby, ours.fact_id, exam_day, 0)
    assert JournalEntry.objects.get(fact_id=ours.fact_id).personal is None
    assert FindingRow.objects.filter(code="privacy.erasure_not_entitled").count() == 0


def test_what_is_erased_above_is_ordered_below_in_a_sealed_list_for_that_unit_alone(exam_day, site, told):
    other = OtherNode("site-b", "040301")
    neighbours.keep_card(other.card, clock)
    officers = Actor("o-1", "city_officer"), Actor("o-2", "city_officer")
    done = record(
        PersonalDataErased(record=str(told), grounds="retention"), *officers, exam=EXAM, subject=EXAM
    )
    assert MirroredPersonal.objects.count() == 0
    file = read_file(orders.given_to(site.card, "0"))
    [[number, named, order]] = cbor2.loads(file.open(site.opening))
    assert (named, order) == (told.bytes, done.id.bytes)
    assert cbor2.loads(read_file(orders.given_to(site.card, str(number))).open(site.opening)) == []
    assert cbor2.loads(read_file(orders.given_to(other.card, "0")).open(other.opening)) == []
    with pytest.raises(QuestionRefused):
        orders.given_to(site.card, "-1")


def test_a_unit_hears_of_its_erasure_though_many_of_others_come_before_it(exam_day, site, told, monkeypatch):
    monkeypatch.setattr(erasing, "MOST_ORDERS", 1)
    officers = Actor("o-1", "city_officer"), Actor("o-2", "city_officer")
    record(PersonalDataErased(record=str(told), grounds="retention"), *officers, exam=EXAM, subject=EXAM)
    of_site = ErasedRecord.objects.get(fact_id=told)
    ErasedRecord.objects.filter(fact_id=told).update(number=of_site.number + 10)
    ErasedRecord.objects.create(number=of_site.number, fact_id=uuid4(), erased_by=of_site.erased_by)
    assert [one.record for one in erasing.orders_for(site.card.organisation, 0)] == [told]


def test_a_node_follows_the_order_of_the_node_above_once_and_says_by_whose_order(exam_day):
    fact = ViolationRecorded(
        admission_number=exam_day.tickets()[0], clause="6-4", found_by="video", narrative="欧阳青经过"
    )
    exam_day.record(fact, "chief_invigilator", "assistant_invigilator", at=exam_day.at(30))
    here = JournalEntry.objects.get(kind="violation_recorded")
    above = OtherNode("city-1", "370400", role="city")
    neighbours.keep_upstream(above.card, "https://above.example/mirror")
    ours = opening_key().box_key
    head = Head(ERASURES, above.origin, exam_day.site, "-", 1, "-")
    rows = cbor2.dumps([[7, here.fact_id.bytes, b"o" * 16]])
    listed = seal_file(head, rows, [ours], above.log_key, deployed())
    assert orders.follow("city-1", above.card, listed) == 1
    assert orders.follow("city-1", above.card, listed) == 0
    assert orders.read_up_to("city-1") == "7" == str(Upstream.objects.get().erasures_read)
    after = JournalEntry.objects.get(pk=here.pk)
    assert (after.personal, after.key_slot) == (None, None)
    assert personal.open_fields(here.personal, here.key_slot) is None
    [erased] = JournalEntry.objects.filter(kind="personal_data_erased_on_order")
    assert b"city-1/1" in bytes(erased.entry)


def test_keys_are_destroyed_at_the_next_start_where_the_power_failed_before(exam_day, monkeypatch):
    slots = [personal.seal_fields(b"\xa0", b"s" * 32)[1] for _ in range(3)]
    monkeypatch.setattr(personal.transaction, "on_commit", lambda act: None)
    personal.doom(slots[:2])
    assert personal.record_keys().of(slots[0], deployed())
    assert (personal.destroy_doomed(), personal.destroy_doomed()) == (2, 0)
    for slot in slots[:2]:
        with pytest.raises(personal.KeyDestroyed):
            personal.record_keys().of(slot, deployed())
    assert personal.record_keys().of(slots[2], deployed()), "its neighbours stay"


def test_no_key_is_handed_out_twice_by_processes_that_share_the_file(tmp_path):
    one, two = (personal.RecordKeys(tmp_path / "k", b"n" * 32) for _ in range(2))
    slots = [keys.new(deployed())[0] for _ in range(300) for keys in (one, two)]
    assert len(set(slots)) == 600
    slot, key = one.new(deployed())
    assert two.of(slot, deployed()) == key
    assert personal.RecordKeys(tmp_path / "k", b"m" * 32).of(slot, deployed()) != key

"""The standby goes on from its own copy, and the machine that failed adds nothing more."""

from dataclasses import replace
from types import SimpleNamespace
from uuid import uuid4

import cbor2
import pytest
from django.conf import settings
from django.db import connection
from tests.web.exam_day import EXAM, STARTS
from tests.web.other_nodes import OtherNode

from kaowu.app import rebuilding
from kaowu.app.carry import Round
from kaowu.app.node_file import NodeIdentity
from kaowu.basics.errors import Refused
from kaowu.basics.suites import deployed
from kaowu.edge.mirror import LOG_CLOSED, Progress
from kaowu.engines.sync.log_copy import LogCopy
from kaowu.engines.sync.sealed_file import read_file
from kaowu.facts.dispatches import DispatchSent
from kaowu.facts.entry import CandidateAbsent, CandidateAdmitted
from kaowu.facts.envelope import Actor
from kaowu.facts.nodes import EpochOpened, NodeEnrolled
from kaowu.facts.record import PersonalDataErased
from kaowu.rules.registry import judge
from kaowu.store import arrivals, log_copies, neighbours, personal_held, sent_down
from kaowu.store.models import (
    Arrival,
    CopiedDevice,
    FindingRow,
    JournalEntry,
    JournalHead,
    LogConflict,
    MirroredCheckpoint,
    MirroredEntry,
    MirroredLog,
    RoomSitting,
    SentDown,
    Upstream,
)
from kaowu.store.queries import dispatches as dispatch_rows
from kaowu.store.queries.dispatches import SUBJECT
from kaowu.web.counter import clock
from kaowu.web.mirror_api import mirror
from kaowu.web.node_key import mirror_key, node_card, verifying_key
from kaowu.web.works import dispatches, log_files, nodes, orders
from kaowu.web.works.bundles import Pair

INV = ("inv-9", "chief_invigilator")
MACHINE = ("node", "system_administrator")


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


def test_the_machine_that_failed_stops_though_it_has_nothing_to_send(exam_day, monkeypatch):
    told = [Progress(3, 3, 0), Progress(3, 3, 0, LOG_CLOSED)]
    link = SimpleNamespace(
        name="city-1",
        card=None,
        step=lambda: told[0],
        mirroring=SimpleNamespace(touch=lambda: told[1]),
        lost_proof=lambda progress: "closed above" if progress.trouble == LOG_CLOSED else "",
    )
    monkeypatch.setattr(Round, "_present_links", lambda self: [link])
    round_ = Round(lambda said: None)
    round_.once()
    assert not JournalHead.objects.get().closed_because
    round_._waiting["city-1"].spoke_at -= 60
    round_.once()
    assert JournalHead.objects.get().closed_because == "closed above"


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
    assert copy.checked(keeper, deployed()).size == 3
    for leaves in (copy.leaves[:-1], [*copy.leaves, copy.leaves[0]], [*copy.leaves[1:], copy.leaves[0]]):
        with pytest.raises(Exception, match="entries are not those"):
            replace(copy, leaves=leaves).checked(keeper, deployed())
    with pytest.raises(Exception, match="nobody vouches"):
        copy.checked(OtherNode("else", "0").mirror_key.verifying, deployed())
    while arrivals.read_on(clock, judge):
        continue


# ---- at the node above ----


@pytest.fixture
def above(exam_day):
    """This node as the one above: the site's first machine and its standby are enrolled here."""
    first, second = OtherNode("site-a", exam_day.site), OtherNode("site-a-b", exam_day.site)
    for node in (first, second):
        neighbours.keep_card(node.card, clock)
    return first, second


def say_register(node, fact, about):
    node.say(fact, MACHINE, exam="registry", subject=f"node/{about.origin}", site=None, at=STARTS)


def enrolled(card):
    keys = {name: getattr(card, name).to_text() for name in ("log_key", "mirror_key", "box_key")}
    unit = {"role": card.role, "organisation": card.organisation}
    return NodeEnrolled(origin=card.origin, standing="standby", **unit, **keys)


def hear(node, old=0):
    assert int(node.send(mirror(), old).status) == 200
    while arrivals.read_on(clock, judge):
        continue


def goes_on(node, of):
    say_register(
        node, EpochOpened(previous=of.origin, size=len(of.leaves), root=b"\0" * 32, source="standby"), of
    )


def test_the_node_above_closes_the_old_log_by_itself_once_its_own_standby_has_gone_on(above):
    first, second = above
    say_register(first, enrolled(second.card), second)
    hear(first)
    goes_on(second, first)
    hear(second)
    found, since = nodes.close_taken_over(0)
    assert [(one.previous, one.by) for one in found] == [("site-a/1", "site-a-b/1")]
    assert nodes.close_taken_over(since) == ([], since)
    assert JournalEntry.objects.filter(kind="node_revoked").count() == 1
    say_register(first, enrolled(second.card), second)
    assert first.send(mirror(), old=1).code == "log_closed"
    late = LogConflict.objects.get()
    assert (late.code, late.size, MirroredEntry.objects.filter(log__origin="site-a/1").count()) == (
        "log_closed",
        2,
        1,
    )
    assert first.send(mirror(), old=1).code == "log_closed" and LogConflict.objects.count() == 1


@pytest.mark.parametrize("unit", ["", "040301", None])
def test_a_log_that_the_other_never_named_as_its_standby_closes_nothing(above, exam_day, unit):
    first, _ = above
    say_register(first, enrolled(OtherNode("site-q", exam_day.site).card), first)
    hear(first)
    stranger = OtherNode("site-x", exam_day.site if unit is None else unit)
    neighbours.keep_card(stranger.card, clock)
    goes_on(stranger, first)
    hear(stranger)
    found, _ = nodes.close_taken_over(0)
    assert found == [] and MirroredLog.objects.get(origin="site-a/1").closed_at == 0
    assert FindingRow.objects.filter(code="nodes.takeover_not_entitled").count() == 1
    nodes.close_taken_over(0)
    assert FindingRow.objects.filter(code="nodes.takeover_not_entitled").count() == 1


def delete_all(rows):
    """As if this node had never held them, which no program may do."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {rows._meta.db_table}")


# ---- copies in a file ----

PAIR = Pair([Actor("a-1", "site_chief"), Actor("b-1", "vault_keeper")])


def test_a_copy_in_a_file_goes_to_the_new_machine_of_that_unit_alone_and_closes_the_old_log(
    exam_day, primary
):
    new = OtherNode("site-a", exam_day.site, epoch=2)
    given = log_files.give("site-a/1", new.card.to_text(), PAIR)
    assert (given.facts, given.successor) == (3, "site-a/2")
    file = read_file(given.content)
    assert file.signed_by([verifying_key()], deployed())
    copy = LogCopy.from_bytes(file.open(new.opening))
    assert copy.checked(mirror_key().verifying, deployed()).size == 3
    assert log_files.keeper_of(copy, verifying_key()).origin == node_card().origin
    primary.leaves.append(primary.leaves[0])
    assert primary.send(mirror(), old=3).code == "log_closed"
    carried = JournalEntry.objects.get(kind="bundle_carried")
    assert b"site-a/2" in bytes(carried.entry)
    with pytest.raises(Refused, match="keeper_unproven"):
        log_files.keeper_of(copy, new.log_key.verifying)


@pytest.mark.parametrize("unit", ["040301", ""])
def test_no_copy_is_given_to_a_machine_of_another_unit(exam_day, primary, unit):
    stranger = OtherNode("site-x", unit)
    with pytest.raises(Refused, match="card_of_another_unit"):
        log_files.give("site-a/1", stranger.card.to_text(), PAIR)
    assert MirroredLog.objects.get(origin="site-a/1").closed_at == 0


def test_one_person_alone_gives_no_copy(exam_day, primary):
    new = OtherNode("site-a", exam_day.site, epoch=2)
    with pytest.raises(Refused) as refused:
        log_files.give("site-a/1", new.card.to_text(), Pair([Actor("a-1", "site_chief")]))
    assert refused.value.code in ("persons_missing", "second_person_missing")
    assert MirroredLog.objects.get(origin="site-a/1").closed_at == 0, "nothing is done by halves"


def test_the_copy_of_a_log_that_went_on_from_another_brings_that_as_well(
    exam_day, primary, above, monkeypatch
):
    _, second = above
    goes_on(second, primary)
    hear(second)
    copy = LogCopy.from_bytes(log_copies.copy_of("site-a-b/1", exam_day.site).to_bytes())
    assert [one.origin for one in copy.earlier] == ["site-a/1"]
    spoilt = replace(copy.earlier[0], leaves=copy.earlier[0].leaves[:-1])
    rows = CopiedDevice, MirroredEntry, MirroredCheckpoint, Arrival, MirroredLog
    for one in rows:
        delete_all(one)
    with pytest.raises(Refused, match="copy_unproven"):
        log_copies.take_in(replace(copy, earlier=[spoilt]), mirror_key().verifying, clock)
    assert not MirroredLog.objects.exists()
    assert log_copies.take_in(copy, mirror_key().verifying, clock).origin == "site-a-b/1"
    while arrivals.read_on(clock, judge):
        continue
    assert Arrival.objects.count() == 4


# ---- a centre that is built anew ----


@pytest.fixture
def rebuilt(exam_day, monkeypatch):
    """This node goes on from the log of a county's machine that was lost; what that had sent and erased is in it."""
    lost = OtherNode("county-a", "370402", role="county", epoch=1)
    officers = ("o-1", "county_officer"), ("o-2", "county_officer")
    told = DispatchSent(
        number="1",
        sender="370000/370400/370402/",
        to="sites",
        urgency="urgent",
        sign_within=10,
        title="试听提前",
        body="联系人李四。",
    )
    gone = uuid4()
    lost.say(told, officers[0], exam=EXAM, subject=SUBJECT, site=None, at=STARTS)
    erased = PersonalDataErased(record=str(gone), grounds="request")
    order = lost.say(erased, *officers, exam=EXAM, subject=EXAM, site=None, at=STARTS)
    monkeypatch.setattr(settings, "IDENTITY", NodeIdentity("county-a", "county", "370402", 2))
    keeper = OtherNode("city-1", "370400", role="city")
    note = lost.note().signed_by(keeper.mirror_key, deployed(), at=1)
    beside = [(seq, *kept) for seq, kept in lost.personal.items()]
    key = lost.log_key.verifying.to_text()
    copy = LogCopy(lost.origin, key, note.to_bytes(), lost.leaves, beside, lost.card.to_text())
    rebuilding._go_on(log_copies.take_in(copy, keeper.mirror_key.verifying, clock), "upstream")
    return gone, order


def test_a_centre_that_is_built_anew_gives_out_again_what_it_had_sent_and_keeps_to_what_it_had_erased(
    exam_day, rebuilt
):
    gone, order = rebuilt
    [sent] = dispatch_rows.dispatches(EXAM)
    assert (sent.text, FindingRow.objects.count()) == ("联系人李四。", 0)
    site = OtherNode("site-a", exam_day.site)
    neighbours.keep_card(site.card, clock)
    [[entry, personal, _]] = cbor2.loads(read_file(dispatches.given_to(site.card, "0")).open(site.opening))[1]
    assert b"dispatch_sent" in entry and "李四".encode() in personal
    listed = cbor2.loads(read_file(orders.given_to(site.card, "0")).open(site.opening))
    assert [one[1:] for one in listed] == [[gone.bytes, order.bytes]]
    assert gone in personal_held.erased_among([gone]), "whoever brings it again brings it in vain"
    sent_down.list_again()
    assert SentDown.objects.count() == 1


def test_a_node_below_that_enrols_with_the_rebuilt_one_begins_anew_with_it(exam_day):
    first, again = (OtherNode("city-1", "370400", role="city", epoch=epoch) for epoch in (1, 2))
    neighbours.keep_upstream(first.card, "https://above.example/mirror")
    Upstream.objects.update(cosigned_size=9, personal_size=8, erasures_read=7, dispatches_read=6)
    neighbours.keep_upstream(first.card, "https://elsewhere.example/mirror")
    row = Upstream.objects.get()
    assert (row.url, row.cosigned_size) == ("https://elsewhere.example/mirror", 9)
    neighbours.keep_upstream(again.card, "https://above.example/mirror")
    row = Upstream.objects.get()
    assert (row.key, row.url) == (again.mirror_key.verifying.to_text(), "https://above.example/mirror")
    assert (row.cosigned_size, row.personal_size, row.erasures_read, row.dispatches_read) == (0, 0, 0, 0)
    stranger = replace(again.card, mirror_key=first.mirror_key.verifying)
    for other in (stranger, first.card):
        with pytest.raises(ValueError, match="another key"):
            neighbours.keep_upstream(other, "https://above.example/mirror")

"""Dispatches between nodes: given down to whom they concern, kept as they were written, and heard of again above."""

from types import SimpleNamespace
from uuid import uuid4

import cbor2
import pytest
from django.conf import settings
from tests.web.exam_day import EXAM, STARTS
from tests.web.nodes.test_arrivals import arrive
from tests.web.other_nodes import OtherNode

from kaowu.app.carry import Round, _Waiting
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.suites import deployed
from kaowu.engines.ledger.entries import read_leaf
from kaowu.engines.sync.asking import DISPATCHES, ERASURES, QuestionRefused
from kaowu.engines.sync.sealed_file import Head, read_file, seal_file
from kaowu.facts.dispatches import DispatchDelivered, DispatchSent, DispatchSigned
from kaowu.facts.envelope import Actor
from kaowu.facts.record import PersonalDataErased, PersonalDataErasedOnOrder
from kaowu.store import neighbours
from kaowu.store.journal import close_journal
from kaowu.store.models import ErasedRecord, FindingRow, JournalEntry, SentDown, Upstream
from kaowu.store.personal import read_fields
from kaowu.store.queries import dispatches as kept
from kaowu.web.counter import clock, record
from kaowu.web.node_key import opening_key
from kaowu.web.works import dispatches, orders

CITY, COUNTY, SITE = "370000/370400/", "370000/370400/370402/", "370000/370400/370402/040201/"
OFFICER, CHIEF = ("o-1", "city_officer"), ("c-1", "site_chief")


def told(sender=CITY, to="sites", number="370400-0607-01", **more):
    words = {"urgency": "urgent", "sign_within": 10, "title": "试听提前", "body": "联系人李四。"}
    return DispatchSent(**{"number": number, "sender": sender, "to": to} | words | more)


def send(**more):
    return record(told(**more), Actor(*OFFICER), exam=EXAM, subject=kept.SUBJECT)


def opened(node, since="0"):
    answer = dispatches.given_to(node.card, since)
    return cbor2.loads(read_file(answer).open(node.opening)) if answer else [int(since), []]


def node_of(unit, role="site"):
    node = OtherNode(f"node-{unit}", unit, role=role)
    neighbours.keep_card(node.card, clock)
    return node


@pytest.fixture
def above(exam_day):
    """A node above this one, which is then the county's."""
    node = OtherNode("city-1", "370400", role="city")
    neighbours.keep_upstream(node.card, "https://above.example/mirror")
    return node


@pytest.fixture
def this_is_the_county(monkeypatch):
    monkeypatch.setattr(
        settings,
        "IDENTITY",
        settings.IDENTITY.__class__(**_identity(settings.IDENTITY) | {"organisation": "370402"}),
    )


def _identity(identity):
    return {name: getattr(identity, name) for name in identity.__slots__}


def answer_of(above, *rows, number=9, to=None):
    """A list as the node above seals it."""
    head = Head(DISPATCHES, above.origin, "370402", "-", 1, "-")
    return seal_file(
        head, cbor2.dumps([number, rows]), [to or opening_key().box_key], above.log_key, deployed()
    )


def answer_of_kind(kind, above):
    """An empty list."""
    head = Head(kind, above.origin, "370402", "-", 0, "-")
    return seal_file(head, cbor2.dumps([]), [opening_key().box_key], above.log_key, deployed())


def row_of(node, index, personal=None):
    """One entry of a node's log with its personal fields, as it goes down."""
    return [read_leaf(node.leaves[index])[1], *(personal or node.personal.get(index, (b"", b"")))]


def test_each_node_below_is_given_what_concerns_it_once(exam_day):
    site, other, county = node_of("040201"), node_of("040301"), node_of("370402", "county")
    assert dispatches.given_to(site.card, "0") == b"", "no news costs nothing"
    send()
    send(to="named", named=("040301",), number="370400-0607-02")
    send(to="counties", number="370400-0607-03")
    given = {node.organisation: opened(node) for node in (site, other, county)}
    assert [len(rows) for _, rows in given.values()] == [1, 2, 2]
    assert "李四".encode() in given["040201"][1][0][1], "the text goes with it, sealed to that node"
    place = str(given["040201"][0])
    assert dispatches.given_to(site.card, place) == b""
    assert len(opened(site, "999999")[1]) == 1, "a place of a list that was lost: everything again"
    with pytest.raises(QuestionRefused):
        dispatches.given_to(site.card, "-1")


def test_one_text_that_does_not_open_holds_up_none_that_comes_after_it(exam_day):
    site = node_of("040201")
    first = send()
    send(number="370400-0607-02")
    row = JournalEntry.objects.get(fact_id=first.id)
    JournalEntry.objects.filter(pk=row.pk).update(personal=bytes(row.personal)[:-1] + b"\0")
    assert [bool(personal) for _, personal, _ in opened(site)[1]] == [False, True]


@pytest.mark.feature("CMD-01")
def test_what_comes_from_above_is_delivered_signed_and_passed_on(exam_day, above, this_is_the_county):
    id = above.say(told(), OFFICER, exam=EXAM, subject=kept.SUBJECT, site=None, at=STARTS)
    answer = answer_of(above, row_of(above, 0))
    assert [dispatches.take("city-1", above.card, answer) for _ in range(2)] == [1, 0]
    assert [dispatches.put_delivery_on_record() for _ in range(2)] == [1, 0]
    [entry] = JournalEntry.objects.filter(kind=DispatchDelivered.kind.name)
    assert str(id).encode() in bytes(entry.entry) and COUNTY.encode() in bytes(entry.entry)
    [one] = kept.dispatches(EXAM)
    assert (one.id, one.text) == (str(id), "联系人李四。")
    assert dispatches.read_up_to("city-1") == "9"
    site = node_of("040201")
    [[passed, personal, salt]] = opened(site)[1]
    assert [passed, personal, salt] == row_of(above, 0), "byte for byte as the city's node wrote it"
    site.say(
        DispatchSigned(number=one.fact.number, dispatch=one.id, sender=CITY, unit=SITE, reply=""),
        CHIEF, exam=EXAM, subject=kept.receipts_of(one.fact.number), site="040201", at=STARTS,
    )  # fmt: skip
    arrive(site)
    assert list(kept.receipts(EXAM, [one])[one.id].signed) == [SITE]


def test_the_signature_above_comes_down_to_the_unit_that_had_asked_for_it(exam_day):
    site = node_of("040201")
    id = site.say(
        told(sender=SITE, to="named", named=("370400",)), CHIEF,
        exam=EXAM, subject=kept.SUBJECT, site="040201", at=STARTS,
    )  # fmt: skip
    arrive(site)
    [one] = kept.dispatches(EXAM)
    assert opened(site)[1] == [], "what it said itself is not told it again"
    record(
        DispatchSigned(number=one.fact.number, dispatch=str(id), sender=SITE, unit=CITY, reply="派车支援"),
        Actor(*OFFICER), exam=EXAM, subject=kept.receipts_of(one.fact.number),
    )  # fmt: skip
    [[entry, personal, _]] = opened(site)[1]
    assert b"dispatch_signed" in entry and "派车支援".encode() in personal
    assert opened(node_of("040301"))[1] == []


def test_a_site_that_speaks_for_the_city_is_not_believed(exam_day):
    site = node_of("040201")
    site.say(told(), OFFICER, exam=EXAM, subject=kept.SUBJECT, site=None, at=STARTS)
    send(number="370400-0607-02")
    site.say(
        DispatchSigned(number="370400-0607-02", dispatch="x", sender=CITY, unit="370000/370400/370403/040301/"),
        CHIEF, exam=EXAM, subject=kept.receipts_of("370400-0607-02"), site="040201", at=STARTS,
    )  # fmt: skip
    arrive(site)
    [one] = kept.dispatches(EXAM)
    assert one.fact.number == "370400-0607-02"
    assert kept.receipts(EXAM, [one])[one.id].signed == {}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda above: answer_of(above, row_of(above, 0, (cbor2.dumps({"body": "张三"}), b"s" * 32))),
        lambda above: answer_of(above, row_of(above, 1)),
        lambda above: answer_of(above, [b"\x00", b"", b""]),
        lambda above: answer_of(above, [1, 2]),
        lambda above: answer_of(OtherNode("stranger", "370400", role="city"), row_of(above, 0)),
        lambda above: answer_of(above, row_of(above, 0), to=above.opening.box_key),
        lambda above: answer_of(above, row_of(above, 0))[:-3],
    ],
    ids=["other text", "no dispatch", "no entry", "no row", "another maker", "not for us", "cut off"],
)
def test_a_list_that_is_not_what_it_should_be_is_refused_whole(exam_day, above, spoil):
    above.say(told(), OFFICER, exam=EXAM, subject=kept.SUBJECT, site=None, at=STARTS)
    above.say(
        PersonalDataErased(record="x", grounds="request"),
        OFFICER,
        exam=EXAM,
        subject=EXAM,
        site=None,
        at=STARTS,
    )
    with pytest.raises(Refused):
        dispatches.take("city-1", above.card, spoil(above))
    assert SentDown.objects.count() == 0 and Upstream.objects.get().dispatches_read == 0


def test_an_exam_whose_plan_is_not_here_yet_has_its_delivery_recorded_when_it_is(
    exam_day, above, this_is_the_county
):
    above.say(told(), OFFICER, exam="gk2028", subject=kept.SUBJECT, site=None, at=STARTS)
    assert dispatches.take("city-1", above.card, answer_of(above, row_of(above, 0))) == 1
    assert dispatches.put_delivery_on_record() == 0
    SentDown.objects.update(exam=EXAM)
    assert dispatches.put_delivery_on_record() == 1


def test_the_text_that_is_erased_where_it_was_written_is_erased_wherever_it_was_given(
    exam_day, above, this_is_the_county
):
    sent = send()
    site = node_of("040201")
    assert opened(site)[1][0][1]
    officers = Actor("o-1", "city_officer"), Actor("o-2", "city_officer")
    record(PersonalDataErased(record=str(sent.id), grounds="request"), *officers, exam=EXAM, subject=EXAM)
    assert opened(site)[1][0][1:] == [b"", b""], "given out later, it comes without"
    [[_, named, _]] = cbor2.loads(read_file(orders.given_to(site.card, "0")).open(site.opening))
    assert named == sent.id.bytes

    id = above.say(told(number="x"), OFFICER, exam=EXAM, subject=kept.SUBJECT, site=None, at=STARTS)
    answer = answer_of(above, row_of(above, 0))
    dispatches.take("city-1", above.card, answer)
    row = SentDown.objects.get(fact_id=id)
    assert read_fields(row.personal, row.key_slot)[0]
    head = Head("erasures", above.origin, "370402", "-", 1, "-")
    order = seal_file(
        head, cbor2.dumps([[4, id.bytes, b"o" * 16]]), [opening_key().box_key], above.log_key, deployed()
    )
    assert orders.follow("city-1", above.card, order) == 1
    row.refresh_from_db()
    assert (row.personal, row.key_slot) == (None, None)
    passed_on = cbor2.loads(read_file(orders.given_to(site.card, "0")).open(site.opening))
    assert id.bytes in [one[1] for one in passed_on], "what was followed is ordered further down"
    SentDown.objects.filter(pk=row.pk).delete()
    dispatches.take("city-1", above.card, answer)
    assert SentDown.objects.get(fact_id=id).personal is None, "whoever brings it again brings it in vain"


def test_a_copy_that_is_erased_below_on_order_raises_no_alarm_and_touches_no_other(
    exam_day, above, this_is_the_county
):
    """Below lie copies of what this node sent, of what it passed on, and of what a county sent that it only heard of."""
    own = str(send().id)
    passed = above.say(told(number="x"), OFFICER, exam=EXAM, subject=kept.SUBJECT, site=None, at=STARTS)
    dispatches.take("city-1", above.card, answer_of(above, row_of(above, 0)))
    county, site = node_of("370403", "county"), node_of("040201")
    heard = county.say(told(number="y"), OFFICER, exam=EXAM, subject=kept.SUBJECT, site=None, at=STARTS)
    arrive(county)
    for record_ in (own, passed, heard, uuid4()):
        site.say(
            PersonalDataErasedOnOrder(record=str(record_), ordered_by="city-1/1", order="o"),
            ("node", "system_administrator"), exam=EXAM, subject=EXAM, site=None, at=STARTS,
        )  # fmt: skip
    arrive(site)
    [alarm] = FindingRow.objects.filter(code="privacy.erasure_not_entitled")
    assert alarm.arrival.seq == 3, "only the record that nobody knows"
    assert kept.dispatches(EXAM)[0].text and not ErasedRecord.objects.exists()


def test_the_carrier_asks_the_node_above_and_again_only_after_a_while(
    exam_day, above, this_is_the_county, monkeypatch
):
    above.say(told(), OFFICER, exam=EXAM, subject=kept.SUBJECT, site=None, at=STARTS)
    asked = []

    class Link:
        name, card = "city-1", above.card

        def ask(self, what, about):
            asked.append((what, about))
            return (
                answer_of(above, row_of(above, 0))
                if what == DISPATCHES
                else orders.sealed_list("erasures", [], self.card)
            )

    from kaowu.app import carry

    said = []
    monkeypatch.setattr(carry, "_ASKED", [one for one in carry._ASKED if one.what == DISPATCHES])
    round_, waiting = Round(said.append), carry._Waiting()
    for _ in range(3):
        round_._ask(Link(), waiting)
    assert asked == [(DISPATCHES, "0")]
    assert JournalEntry.objects.filter(kind=DispatchDelivered.kind.name).count() == 1
    assert "1" in said[0]


def test_a_node_above_that_does_not_know_the_question_is_asked_ever_more_seldom_and_it_is_said_once(
    exam_day, above, this_is_the_county, monkeypatch
):
    from kaowu.app import carry

    passed, asked, said = [0.0], [], []
    monkeypatch.setattr(carry, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    monkeypatch.setattr(carry, "_ASKED", [one for one in carry._ASKED if one.what in (DISPATCHES, ERASURES)])

    class Link:
        name, card = "city-1", above.card

        def ask(self, what, about):
            asked.append(what)
            if what == DISPATCHES:
                raise Refused("question_refused", Sentence("读不懂", "not a question"))
            return answer_of_kind(what, above)

    round_, waiting = Round(said.append), carry._Waiting()
    for second in range(0, 3_600, 5):
        passed[0], waiting.pause_s = float(second), carry.LOOKS_EVERY_S
        round_._ask(Link(), waiting)
    assert len(said) == 1 and "not a question" in said[0]
    assert asked.count(DISPATCHES) == 9, "after 10 s, 20, 40 and so on, at last every half hour"
    assert asked.count(ERASURES) == 144, "the other questions are asked as ever"


def test_a_journal_that_takes_nothing_more_does_not_keep_the_carrier_from_its_other_links(
    exam_day, above, this_is_the_county
):
    above.say(told(), OFFICER, exam=EXAM, subject=kept.SUBJECT, site=None, at=STARTS)
    dispatches.take("city-1", above.card, answer_of(above, row_of(above, 0)))
    close_journal("old disk")

    class Link:
        name, card = "city-1", above.card

        def ask(self, what, about):
            return b"" if what == DISPATCHES else answer_of_kind("erasures", above)

    said = []
    Round(said.append)._ask(Link(), _Waiting())
    assert "old disk" in said[0]

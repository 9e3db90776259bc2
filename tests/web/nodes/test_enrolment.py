"""Nodes enrol with a code that serves once; closed logs are taken no more."""

import json
from types import SimpleNamespace

import pytest
from tests.web.other_nodes import OtherNode

from kaowu.app import carry
from kaowu.basics.errors import Refused
from kaowu.cli import _node_plan
from kaowu.edge.carriers import LinkDown
from kaowu.edge.upward import refused_above
from kaowu.engines.sync.cards import Enrolment, EnrolmentCode, NodeCard
from kaowu.engines.sync.sealed_file import PLAN_PACKAGE, Head, seal_file
from kaowu.facts.envelope import Actor
from kaowu.store.models import Invitation, JournalEntry, MirroredLog
from kaowu.web.mirror_api import mirror
from kaowu.web.works import nodes

OFFICER = Actor("city-1", "city_officer")


def request(node, code):
    text = node.card.to_text()
    return Enrolment(code.id, text, code.proof(text))


@pytest.fixture
def site(city):
    return OtherNode("site-a", city.north_site.code)


def invite(site, **more):
    return nodes.invite(site.organisation, "site", OFFICER, hours=2, **more)


def code_of(refused):
    return refused.value.code


def test_a_site_enrols_with_its_code_and_both_sides_have_proven_it(site):
    code = invite(site)
    sent = request(site, code)
    answer = Enrolment.from_bytes(nodes.admit(sent.to_bytes()))
    assert code.proves(answer.proof, answer.card, sent.proof)
    assert NodeCard.from_text(answer.card).origin
    assert MirroredLog.objects.get(origin="site-a/1").organisation == site.organisation
    assert JournalEntry.objects.filter(kind="node_enrolled").count() == 1


def test_a_code_serves_once_and_not_after_its_time(site):
    code = invite(site)
    nodes.admit(request(site, code).to_bytes())
    with pytest.raises(Refused) as again:
        nodes.admit(request(site, code).to_bytes())
    late = invite(site)
    Invitation.objects.filter(id=late.id).update(expires_at=1)
    with pytest.raises(Refused) as too_late:
        nodes.admit(request(site, late).to_bytes())
    assert code_of(again) == code_of(too_late) == "code_refused"


def test_a_code_that_is_guessed_at_is_worth_nothing_soon(site):
    code = invite(site)
    wrong = EnrolmentCode(code.id, EnrolmentCode.fresh().secret)
    for _ in range(5):
        with pytest.raises(Refused):
            nodes.admit(request(site, wrong).to_bytes())
    with pytest.raises(Refused) as refused:
        nodes.admit(request(site, code).to_bytes())
    assert code_of(refused) == "code_refused" and not MirroredLog.objects.exists()


def test_a_card_that_was_exchanged_on_the_way_is_refused(site):
    code = invite(site)
    sent = request(site, code)
    other = OtherNode("site-x", site.organisation)
    with pytest.raises(Refused) as refused:
        nodes.admit(Enrolment(sent.id, other.card.to_text(), sent.proof).to_bytes())
    assert code_of(refused) == "code_refused"


def test_a_code_for_one_site_does_not_enrol_another(site, city):
    code = invite(site)
    other = OtherNode("site-b", city.south_site.code)
    with pytest.raises(Refused) as refused:
        nodes.admit(request(other, code).to_bytes())
    assert code_of(refused) == "card_does_not_fit"


def test_a_rebuilt_node_closes_its_old_log_and_comes_in_a_new_epoch(site):
    nodes.admit(request(site, invite(site)).to_bytes())
    site.leaves.append(b"\x82\x01\x40")
    assert int(site.send(mirror()).status) == 200
    rebuilt = OtherNode("site-a", site.organisation, epoch=2)
    nodes.admit(request(rebuilt, invite(site, replaces="site-a/1")).to_bytes())
    site.leaves.append(b"\x82\x02\x40")
    assert site.send(mirror(), old=1).code == "log_closed"
    assert MirroredLog.objects.get(origin="site-a/1").next_entry == 1, "what is held stays"
    with pytest.raises(Refused) as same_epoch:
        impostor = OtherNode("site-a", site.organisation)
        impostor.log_key = OtherNode("site-z", site.organisation).log_key
        nodes.admit(request(impostor, invite(site)).to_bytes())
    assert code_of(same_epoch) in ("card_unreadable", "log_known_under_another_key")


def test_a_refusal_from_above_says_below_what_to_do_as_it_does_there(site):
    asked = request(site, EnrolmentCode.fresh())
    with pytest.raises(Refused) as there:
        nodes.admit(asked.to_bytes())
    here = refused_above(403, json.dumps(there.value.as_dict()).encode())
    assert here.as_dict() == there.value.as_dict() and here.remedy
    assert refused_above(502, b"<html>").code == "refused_above"


def package(maker, number):
    """A plan package of which nothing but the head is looked at."""
    return seal_file(Head(PLAN_PACKAGE, maker, "", "gk", number, ""), b"", [], OtherNode(maker, "").log_key)


FROM_PROVINCE, FROM_CITY, FROM_COUNTY = (package(one, 5) for one in ("province", "city", "county"))
NEWER, CUT = package("city", 6), FROM_COUNTY[:-1]


@pytest.mark.parametrize(
    ("answers", "given"),
    [
        ({"province": FROM_PROVINCE, "city": FROM_CITY, "county": FROM_COUNTY}, FROM_COUNTY),
        ({"province": FROM_PROVINCE, "city": NEWER, "county": FROM_COUNTY}, NEWER),
        ({"province": FROM_PROVINCE, "county": LinkDown("cut"), "city": FROM_CITY}, FROM_CITY),
        ({"province": FROM_PROVINCE, "county": CUT, "city": FROM_CITY}, FROM_CITY),
        ({"site": NEWER, "county": LinkDown("cut"), "city": refused_above(403, b"")}, Refused),
        ({"county": CUT}, Refused),
        ({"site": NEWER}, ValueError),
    ],
)
def test_the_latest_package_above_is_taken_and_of_equal_ones_the_nearest(monkeypatch, answers, given):
    def link(role):
        def ask(what, exam):
            if isinstance(answers[role], Exception):
                raise answers[role]
            return answers[role]

        return SimpleNamespace(card=SimpleNamespace(role=role), ask=ask)

    monkeypatch.setattr(carry, "links", lambda: [link(role) for role in answers])
    if isinstance(given, bytes):
        assert _node_plan._asked_for("-") == given
    else:
        with pytest.raises(given):
            _node_plan._asked_for("-")

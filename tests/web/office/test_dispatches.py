"""A unit tells those below and above what they have to know; each signs, and who has not is seen."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.web.exam_day import EXAM, STARTS, exam_day
from tests.web.nodes.test_arrivals import arrive
from tests.web.other_nodes import OtherNode

from kaowu.basics.ids import new_fact_id
from kaowu.facts.dispatches import DispatchSent, DispatchSigned
from kaowu.store import neighbours
from kaowu.store.models import AccessLog, Account, Assignment, JournalEntry, Organisation, RoomSitting, Site
from kaowu.store.personal_up import Boxes, seal_one, take_boxes
from kaowu.store.queries import dispatches
from kaowu.web.counter import clock
from kaowu.web.node_key import opening_key

__all__ = ["exam_day"]

pytestmark = pytest.mark.django_db

CITY, NORTH = "370000/370400/", "370000/370400/370402/040201/"


@pytest.fixture
def send(exam_day):
    def send(client, sender=CITY, to="sites", **more):
        form = {
            "fact_id": str(new_fact_id(STARTS)),
            "sender": sender,
            "to": to,
            "urgency": "urgent",
            "sign_within": "10",
            "title": "听力试听提前五分钟",
            "body": "各考点按新时间组织试听，联系人李四。",
        }
        return client.post(reverse("dispatch_send", args=[EXAM]), form | more)

    return send


def page(client):
    return client.get(reverse("dispatches", args=[EXAM])).content.decode()


def waiting(client):
    return client.get(reverse("dispatches_waiting", args=[EXAM])).content.decode()


def sign(client, one, unit=NORTH, reply=""):
    return client.post(reverse("dispatch_sign", args=[EXAM, one.id]), {"unit": unit, "reply": reply})


def figures(shown):
    """Signed, of how many, delivered, without a word."""
    found = re.search(r"<b>(\d+)<small>/(\d+)</small></b>.*?<b>(\d+)</b>.*?<b>(\d+)</b>", shown)
    return tuple(map(int, found.groups()))


@pytest.mark.feature("CMD-01")
def test_the_city_tells_its_sites_and_sees_who_has_signed_and_who_is_late(exam_day, as_post, send):
    city, chief = as_post("city_officer"), as_post("site_chief")
    assert waiting(chief).strip() == ""
    assert send(city).status_code == 302
    [one] = dispatches.dispatches(EXAM)
    assert one.fact.number == "370400-0607-01"
    assert figures(page(city)) == (0, 1, 1, 0), "the one site with rooms reads it on this node's own screens"
    assert "听力试听提前五分钟" in waiting(chief) and "待签收" in waiting(chief)
    exam_day.at(-25)
    assert "逾期未签收" in waiting(chief) and "1 个单位逾期未签" in page(city)
    assert "李四" in page(chief) and "市中区第一中学考点签收" in page(chief)
    assert sign(chief, one, reply="已布置").status_code == 302
    assert sign(chief, one, reply="再签一次").status_code == 302, "the same again changes nothing"
    assert JournalEntry.objects.filter(kind=DispatchSigned.kind.name).count() == 1
    shown = page(city)
    assert figures(shown) == (1, 1, 0, 0)
    assert all(words in shown for words in ("逾期签收", "已布置", "全部签收"))
    assert waiting(chief).strip() == ""


@pytest.mark.feature("CMD-01")
def test_a_site_tells_its_county_which_signs(exam_day, as_post, send):
    chief, county = as_post("site_chief"), as_post("county_officer")
    assert (
        send(chief, sender=NORTH, to="named", named=["370402"], title="停电，已启用发电机").status_code == 302
    )
    [one] = dispatches.dispatches(EXAM)
    assert "停电，已启用发电机" in waiting(county)
    assert sign(county, one, unit="370000/370400/370402/", reply="派车支援").status_code == 302
    assert "派车支援" in page(chief) and figures(page(chief)) == (1, 1, 0, 0)


def test_a_form_that_is_sent_twice_sends_one_dispatch(exam_day, as_post, send):
    officer, id = as_post("city_officer"), str(new_fact_id(STARTS))
    shown = page(officer)
    assert 'name="fact_id"' in shown
    assert [send(officer, fact_id=id).status_code for _ in range(2)] == [302, 302]
    [one] = dispatches.dispatches(EXAM)
    assert one.id == id


def test_names_in_the_text_can_be_erased_and_the_rest_stands(exam_day, as_post, send):
    assert send(as_post("city_officer")).status_code == 302
    row = JournalEntry.objects.get(kind=DispatchSent.kind.name)
    assert "李四".encode() not in bytes(row.entry) and "试听".encode() in bytes(row.entry)


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"to": "named"}, 422),
        ({"named": ["040201"]}, 422),
        ({"to": "named", "named": ["370403"]}, 302),
        ({"to": "named", "named": ["990000"]}, 422),
        ({"sender": "370000/"}, 422),
        ({"title": ""}, 422),
        ({"sign_within": "-1"}, 422),
    ],
)
def test_a_dispatch_that_would_reach_nobody_is_not_sent_and_what_was_typed_stays(
    exam_day, as_post, send, more, status
):
    answer = send(as_post("city_officer"), **more)
    assert answer.status_code == status
    assert JournalEntry.objects.filter(kind=DispatchSent.kind.name).count() == (status == 302)
    if status == 422:
        assert "联系人李四" in answer.content.decode()


def test_whoever_sends_for_several_units_names_only_those_above_or_below_the_one_that_sends(
    exam_day, as_post, city, send
):
    officer, county = as_post("county_officer"), city.north.path
    Assignment.objects.create(
        account=Account.objects.get(number="county-officer"), post="county_officer", organisation=city.south
    )
    assert send(officer, sender=county, to="named", named=["040301"]).status_code == 422
    assert send(officer, sender=county, to="named", named=["370400", "040201"]).status_code == 302


def test_of_very_many_units_those_that_have_not_signed_are_shown_until_all_are_asked_for(
    exam_day, as_post, city, send, django_assert_max_num_queries
):
    units = [
        Organisation(
            code=f"{n:06}",
            name=f"第{n}考点",
            level="site",
            parent=city.south,
            path=f"{city.south.path}{n:06}/",
        )
        for n in range(70)
    ]
    units = Organisation.objects.bulk_create(units)
    Site.objects.bulk_create(Site(code=unit.code, name=unit.name, organisation=unit) for unit in units)
    RoomSitting.objects.bulk_create(
        RoomSitting(exam_id=EXAM, sitting="S1", site=unit.code, room="001", expected=5) for unit in units
    )
    officer, chief = as_post("city_officer"), as_post("site_chief")
    send(officer)
    [one] = dispatches.dispatches(EXAM)
    sign(chief, one)
    with django_assert_max_num_queries(60):
        shown = page(officer)
    assert figures(shown) == (1, 71, 70, 0)
    table = shown[shown.index("<tbody>") : shown.index("</tbody>")]
    assert table.count("<tr>") == 60 and "市中区第一中学考点" not in table
    everybody = officer.get(reverse("dispatches", args=[EXAM]), {"all": one.id}).content.decode()
    assert everybody[everybody.index("<tbody>") : everybody.index("</tbody>")].count("<tr>") == 71


def test_another_sites_chief_sees_nothing_of_it_and_nobody_signs_for_a_unit_outside_the_scope(
    exam_day, as_post, account, city, send
):
    send(as_post("city_officer"), to="named", named=["040201"])
    [one] = dispatches.dispatches(EXAM)
    stranger = as_post("site_chief", organisation=city.south_site.organisation, number="south-chief")
    assert "试听" not in page(stranger) and waiting(stranger).strip() == ""
    assert sign(stranger, one).status_code == 403
    assert sign(stranger, one, unit="370000/370400/370403/040301/").status_code == 404
    assert AccessLog.objects.filter(outcome="refused", permission="dispatch.sign").exists()
    assert not JournalEntry.objects.filter(kind=DispatchSigned.kind.name).exists()


def test_whoever_stands_above_a_unit_does_not_sign_in_its_name(exam_day, as_post, send):
    city = as_post("city_officer")
    send(city)
    [one] = dispatches.dispatches(EXAM)
    assert sign(city, one).status_code == 403
    assert AccessLog.objects.filter(outcome="refused", permission="dispatch.sign").exists()
    assert not JournalEntry.objects.filter(kind=DispatchSigned.kind.name).exists()


def test_the_line_over_every_page_costs_the_same_however_many_have_signed(
    exam_day, as_post, city, send, django_assert_max_num_queries
):
    """Each reply of its own, come up from another node."""
    chief = as_post("site_chief")
    send(as_post("city_officer"), to="below")
    [one] = dispatches.dispatches(EXAM)

    def another_signs(n):
        node = OtherNode(f"node-{n}", "040301")
        neighbours.keep_card(node.card, clock)
        signed = DispatchSigned(
            number=one.fact.number,
            dispatch=one.id,
            sender=CITY,
            unit=city.south_site.organisation.path,
            reply=f"已布置{n}",
        )
        place = {"exam": EXAM, "subject": dispatches.receipts_of(one.fact.number), "site": "040301"}
        node.say(signed, ("c", "site_chief"), **place, at=STARTS + n)
        arrive(node)
        box = seal_one(opening_key().box_key, node.origin, 0, *node.personal[0])
        take_boxes(Boxes(node.origin, 1, [(0, box)]).to_bytes(), opening_key(), clock.now())

    another_signs(1)
    waiting(chief)
    with CaptureQueriesContext(connection) as before:
        assert "试听" in waiting(chief)
    for n in (2, 3):
        another_signs(n)
    with django_assert_max_num_queries(len(before)):
        assert "试听" in waiting(chief)
    replies = [each.reply for each in dispatches.receipts(EXAM, [one])[one.id].signatures]
    assert replies == ["已布置1", "已布置2", "已布置3"]


def test_a_page_that_asks_by_itself_does_not_keep_the_login_open(exam_day, as_post, settings):
    chief = as_post("site_chief")
    page(chief)
    session = chief.session
    session["login_seen"] = session["login_seen"] - 600
    session.save()
    before = session["login_seen"]
    waiting(chief)
    assert chief.session["login_seen"] == before
    page(chief)
    assert chief.session["login_seen"] > before

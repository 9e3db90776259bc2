"""Handing out to the staff: each receives handbook, sheet, badge and vest by name, and gives back what is lent."""

import pytest
from django.urls import reverse
from tests.web.drawn_site import drawn  # noqa: F401
from tests.web.exam_day import EXAM

from kaowu.facts.staff_papers import StaffThingHandedOut
from kaowu.store.models import JournalEntry
from kaowu.store.queries import staff_papers

THINGS = ["handbook", "duty_sheet", "badge", "vest"]


def page_of(client, site):
    return client.get(reverse("staff_hand_out", args=[EXAM, site])).content.decode()


def give(client, site, people, things=THINGS, way="given"):
    form = {"person": people, "thing": things, "way": way}
    return client.post(reverse("staff_hand_out_record", args=[EXAM, site]), form, follow=True)


@pytest.mark.feature("STF-19")
def test_each_of_the_staff_receives_a_handbook_and_the_page_counts_who_has_not(drawn, as_post):  # noqa: F811
    chief, site = as_post("site_chief"), drawn.site
    people = sorted({duty.person for duty in drawn.plan.duties})
    assert f"考务手册 0/{len(people)}" in page_of(chief, site)
    answer = give(chief, site, people[:2], ["handbook"])
    assert "已登记 2 件" in answer.content.decode()
    assert f"考务手册 2/{len(people)}" in page_of(chief, site)
    give(chief, site, people)
    assert f"考务手册 {len(people)}/{len(people)}" in page_of(chief, site)
    assert all((person, "handbook") in staff_papers.handed_out(EXAM, site) for person in people)


@pytest.mark.feature("STF-21")
def test_vests_are_shown_by_colour_and_name_and_counted_until_they_are_back(drawn, as_post):  # noqa: F811
    chief, site = as_post("site_chief"), drawn.site
    person = drawn.duty("S1", "video_invigilator").person
    assert "紫色" in page_of(chief, site)
    give(chief, site, [person], ["vest", "badge"])
    assert "未交回 1" in page_of(chief, site)
    give(chief, site, [person], ["vest", "badge"], way="returned")
    page = page_of(chief, site)
    assert "未交回" not in page and "已交回" in page


def test_receiving_twice_is_recorded_once(drawn, as_post):  # noqa: F811
    chief, person = as_post("site_chief"), drawn.plan.duties[0].person
    give(chief, drawn.site, [person])
    assert "已登记 0 件" in give(chief, drawn.site, [person]).content.decode()
    assert JournalEntry.objects.filter(kind=StaffThingHandedOut.kind.name).count() == 4
    give(chief, drawn.site, [person], ["vest"], way="returned")
    give(chief, drawn.site, [person], ["vest"])
    assert staff_papers.handed_out(EXAM, drawn.site)[person, "vest"].returned_at is None


@pytest.mark.parametrize(
    ("people", "things"), [([], THINGS), (["X9"], THINGS), (["T001"], []), (["T001"], ["car"])]
)
def test_an_empty_or_unknown_choice_records_nothing_and_says_so(drawn, as_post, people, things):  # noqa: F811
    answer = give(as_post("site_chief"), drawn.site, people, things)
    assert "没有登记：请勾选人员和物品" in answer.content.decode()
    assert not JournalEntry.objects.filter(kind=StaffThingHandedOut.kind.name).exists()


def test_only_those_who_print_for_the_site_hand_out(drawn, as_post, city):  # noqa: F811
    assert give(as_post("screener"), drawn.site, ["T001"]).status_code == 403
    assert give(as_post("site_chief"), city.south_site.code, ["T001"]).status_code == 403

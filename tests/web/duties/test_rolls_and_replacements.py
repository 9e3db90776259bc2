"""The morning of a sitting: people report, somebody is missing, and the list that holds keeps every rule."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.web.drawn_site import problem_for, seal, staff
from tests.web.exam_day import EXAM

from kaowu.engines.draw import Repeats, Sex
from kaowu.facts.envelope import Actor
from kaowu.facts.staffing import DutyLocked
from kaowu.facts.subjects import DrawKey
from kaowu.store.models import DutyRow, FindingRow, JournalEntry
from kaowu.web.counter import record


@pytest.fixture
def roll(drawn):
    """The address of a sitting's roll."""

    def of(sitting="S1"):
        return f"/office/on-duty/{EXAM}/{sitting}/{drawn.site}/"

    return of


def form(page, way="legal"):
    """What the page's form of a way would send."""
    text = page.content.decode()
    assert f'name="way" value="{way}"' in text, text[:200]
    return {"way": way, "before": text.split('name="before" value="')[1][:64]}


@pytest.mark.feature("X-11", "STF-07")
def test_from_a_missing_invigilator_to_a_new_legal_list_is_three_steps(drawn, chief, roll):
    missing = drawn.duty("S1", "assistant_invigilator", "002")
    listed = chief.get(roll())
    assert f"{roll()}absent/{missing.person}/" in listed.content.decode()
    proposed = chief.get(f"{roll()}absent/{missing.person}/")
    assert "符合全部规则的替补" in proposed.content.decode()
    done = chief.post(f"{roll()}absent/{missing.person}/", form(proposed) | {"reason": "发热"}, follow=True)
    page = done.content.decode()
    assert "本场替补" in page and "data-print" in page
    came = DutyRow.objects.get(sitting="S1", room="002", post="assistant_invigilator").person
    assert came != missing.person and came in page
    assert drawn.breaks() == []
    assert JournalEntry.objects.filter(kind="person_replaced").count() == 1


def test_the_reason_of_an_absence_lies_beside_the_record_and_not_in_it(drawn, chief, roll):
    missing = drawn.duty("S1", "assistant_invigilator", "002").person
    chief.post(
        f"{roll()}absent/{missing}/", form(chief.get(f"{roll()}absent/{missing}/")) | {"reason": "发热住院"}
    )
    entry = JournalEntry.objects.get(kind="person_replaced")
    assert "发热住院".encode() not in bytes(entry.entry)


@pytest.mark.feature("STF-07")
def test_everybody_may_be_missing_one_after_another_until_nobody_is_left(drawn, chief, roll, signature):
    """While somebody may come the list stays legal; then it says why nobody may, and the post stands empty."""
    for _ in range(30):
        row = DutyRow.objects.filter(sitting="S1", room__gt="").order_by("since", "room").first()
        page = chief.get(f"{roll()}absent/{row.person}/")
        legal = 'value="legal"' in page.content.decode()
        chief.post(f"{roll()}absent/{row.person}/", form(page, "legal" if legal else "empty"))
        if not legal:
            break
        assert drawn.breaks() == []
    assert "无人可替" in page.content.decode()
    assert [found.code for found in drawn.breaks()] == ["post_short"]
    assert FindingRow.objects.filter(code="staffing.post_left_empty", severity=3).count() == 1
    assert "空缺" in chief.get(roll()).content.decode()
    return_of = row.person, row.room, row.post
    _comes_late_and_fills_the_empty_post(drawn, chief, roll, signature, *return_of)


def _comes_late_and_fills_the_empty_post(drawn, chief, roll, signature, person, room, post):
    """Whoever was missing reports late, in the sitting; two persons put them back, and the list is whole."""
    drawn.day.at(10)
    chief.post(f"{roll()}report/", {"number": person})
    change = f"/office/duties/{EXAM}/{drawn.site}/change/?sitting=S1"
    wish = {"way": "place", "duty": f"{room}|{post}|", "person": person, "before": drawn.in_force().digest}
    assert "核验通过" in chief.post(change, wish).content.decode()
    done = chief.post(change, wish | signature | {"reason": "迟到后到岗，补岗"})
    assert done.status_code == 302, done.content.decode()[-1500:]
    assert drawn.breaks() == []
    assert drawn.in_force().vacant("S1") == []
    assert DutyRow.objects.get(sitting="S1", room=room, post=post).person == person


def test_a_missing_reserve_needs_no_replacement(drawn, chief, roll):
    reserve = drawn.waiting("S1")[0]
    page = chief.get(f"{roll()}absent/{reserve}/")
    assert "候补未到" in page.content.decode()
    chief.post(f"{roll()}absent/{reserve}/", form(page))
    assert drawn.in_force().draw.since_sealed.absent["S1", reserve].outcome == "reserve_missing"
    assert drawn.breaks() == []


@pytest.mark.feature("X-11")
def test_somebody_of_the_city_reserve_is_called_by_an_office_and_not_by_the_site(drawn, chief, officer, roll):
    """All who wait are gone; those at home are men and women of another unit."""
    for reserve in [*drawn.waiting("S1"), *sorted(_free(drawn, "S1"))]:
        _gone(drawn, chief, roll, reserve)
    missing = drawn.duty("S1", "chief_invigilator", "003").person
    address = f"{roll()}absent/{missing}/"
    page = chief.get(address)
    text = page.content.decode()
    assert "由市县机动人员中调来" in text and 'name="way" value="called"' not in text
    before = drawn.in_force().digest
    refused = chief.post(address, {"way": "called", "before": before})
    assert refused.status_code == 422 and "市、县招生考试机构" in refused.content.decode()
    assert drawn.in_force().digest == before
    officer.post(address, form(officer.get(address), "called"))
    came = DutyRow.objects.get(sitting="S1", room="003", post="chief_invigilator").person
    assert came.startswith("Z")
    assert drawn.breaks() == []
    assert (came, drawn.site) in drawn.in_force().plan.sent


def _free(drawn, sitting):
    here = {duty.person for duty in drawn.in_force().in_sitting(sitting)}
    return {name for name, _ in drawn.plan.sent} - here


def _gone(drawn, chief, roll, person):
    """Somebody who waits does not come; who is free is kept away by a lock in the fold."""
    if person in {duty.person for duty in drawn.in_force().in_sitting("S1")}:
        chief.post(f"{roll()}absent/{person}/", form(chief.get(f"{roll()}absent/{person}/")))
    else:
        fact = DutyLocked(person=person, sitting="S1", locked=True, reason="不在本地")
        record(fact, Actor("chief", "site_chief"), exam=EXAM, subject=str(drawn.key), site=drawn.site)


def test_a_proposal_that_another_change_has_overtaken_is_not_recorded(drawn, chief, roll):
    one, other = (drawn.duty("S1", "assistant_invigilator", room).person for room in ("001", "002"))
    first, second = (chief.get(f"{roll()}absent/{person}/") for person in (one, other))
    chief.post(f"{roll()}absent/{one}/", form(first))
    late = chief.post(f"{roll()}absent/{other}/", form(second))
    assert late.status_code == 422
    assert "名单刚被变更过" in late.content.decode()
    assert JournalEntry.objects.filter(kind="person_replaced").count() == 1


def test_who_reports_is_marked_by_number_by_scan_and_by_a_tick_and_only_once(drawn, chief, roll):
    person = drawn.duty("S1", "chief_invigilator", "001").person
    chief.post(f"{roll()}report/", {"number": f" {person} "})
    again = chief.post(f"{roll()}report/", {"number": person, "list": "1"}, follow=True)
    assert "此前已登记" in again.content.decode()
    assert JournalEntry.objects.filter(kind="duty_taken").count() == 1
    assert DutyRow.objects.get(sitting="S1", person=person).taken_at is not None
    assert DutyRow.objects.filter(sitting="S2", taken_at__isnull=False).count() == 0
    shown = chief.get(f"{roll()}?only=due").content.decode()
    assert f"/absent/{person}/" not in shown


def test_a_number_that_is_not_on_the_roll_is_told_so(drawn, chief, roll):
    page = chief.post(f"{roll()}report/", {"number": "Z00"})
    assert page.status_code == 422
    assert "不在" in page.content.decode()
    assert not JournalEntry.objects.filter(kind="duty_taken").exists()


def test_who_has_reported_has_reported_also_at_the_place_they_are_moved_to(drawn, chief, roll):
    for person in drawn.waiting("S1"):
        chief.post(f"{roll()}report/", {"number": person})
    missing = drawn.duty("S1", "assistant_invigilator", "002").person
    page = chief.get(f"{roll()}absent/{missing}/")
    chief.post(f"{roll()}absent/{missing}/", form(page))
    came = drawn.in_force().draw.since_sealed.absent["S1", missing].came
    if came in drawn.waiting("S1"):
        assert DutyRow.objects.get(sitting="S1", person=came).taken_at is not None


def test_a_sitting_that_is_not_drawn_has_no_roll_and_says_what_to_do(drawn, chief, roll, city):
    DutyRow.objects.all().delete()
    page = chief.get(f"/office/on-duty/{EXAM}/S1/040301/")
    assert page.status_code == 403
    assert chief.get(f"/office/on-duty/{EXAM}/S1/").status_code in (200, 302)


def test_a_site_chief_reaches_no_other_site_and_an_invigilator_no_roll(drawn, chief, city):
    other = f"/office/on-duty/{EXAM}/S1/{city.south_site.code}/"
    for address in (other, f"{other}report/", f"{other}absent/T001/"):
        assert chief.get(address).status_code == 403
        assert chief.post(address).status_code == 403
    for post in ("chief_invigilator", "screener"):
        assert drawn.day.browser(post).get(f"/office/on-duty/{EXAM}/S1/{drawn.site}/").status_code == 403


@pytest.mark.feature("X-04")
def test_where_nobody_may_step_in_it_says_why_and_which_line_would_help(drawn, chief, officer, roll, city):
    """A second draw in which all who wait are women while a man is missing."""
    people = [
        replace(one, sex=Sex.MAN if n < 6 else Sex.WOMAN, years=6)
        for n, one in enumerate(staff(18, drawn.site))
    ]
    strict = {"repeated_room": Repeats.NEVER, "repeated_pair": Repeats.NEVER, "both_sexes": True}
    problem = problem_for(drawn.site, people, ("S1",), **strict)
    drawn.day.at(-600)
    seal(DrawKey("rooms", drawn.site, "S1"), problem)
    drawn.day.at(-40)
    man = next(
        d.person
        for d in drawn.in_force().in_sitting("S1")
        if d.room and d.person in {p.id for p in people[:6]}
    )
    page = chief.get(f"{roll()}absent/{man}/").content.decode()
    assert "无人可替" in page
    assert "不是一男一女" in page
    assert "不要求一男一女" in page and "one_man_one_woman" in page

"""A site's staff from the draw to the pay: drawn from the registers, changed by hand, one missing, all on record."""

import pytest

from kaowu.app import example
from kaowu.engines.draw import judged, swapped, verify
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import SENT, DrawKey
from kaowu.loop.profile_of_exam import profile_of
from kaowu.loop.settle.pay import Served, pay_rows, totals
from kaowu.store.journal import open_book
from kaowu.store.models import DutyRow
from kaowu.store.queries import duties, exams
from kaowu.web.node_key import origin
from kaowu.web.works import draws, duty_changes, duty_lists, replacements

pytestmark = pytest.mark.django_db(transaction=True)

CITY = (Actor("city", "city_officer"), Actor("city2", "city_officer"))
CHIEF = Actor("chief", "site_chief")
SIGNED = (CHIEF, Actor("deputy", "deputy_site_chief"))
SITE = "040501"


def in_force():
    return duty_lists.in_force(example.EXAM, SITE, "01")


def breaks():
    listed = in_force()
    return verify(listed.problem, listed.plan, gone=listed.gone)


def rows():
    held = DutyRow.objects.filter(exam=example.EXAM, draw=str(in_force().key))
    return sorted(held.values_list("sitting", "site", "room", "post", "person"))


@pytest.mark.feature("STF-03", "STF-07", "X-11")
def test_from_the_draw_to_the_pay_every_list_is_legal_and_names_the_one_before():
    open_book(origin())
    example.load()
    draws.draw_and_seal(example.EXAM, SENT, CITY)
    draws.draw_and_seal(example.EXAM, DrawKey("rooms", SITE, "01"), CITY)
    drawn = in_force()
    assert breaks() == [] and rows() == sorted(drawn.plan.duties)

    # The evening before, two people change rooms: looked at first, signed by two, judged like the draw.
    here = [duty for duty in drawn.plan.duties if duty.room]
    one, other = next(
        (a, b)
        for a in here
        for b in here
        if a != b and judged(drawn.problem, drawn.plan, swapped(drawn.plan, a, b)).is_clean
    )
    change = duty_changes.swap(drawn, one, other)
    duty_changes.record_change(change, drawn.digest, "两人商定，主考同意", SIGNED)
    assert in_force().draw.since_sealed.changes[-1].before.hex() == drawn.digest
    assert breaks() == [] and rows() == sorted(in_force().plan.duties)

    # In the morning everybody reports but two: one of a room, and one who was to wait.
    room = next(duty for duty in in_force().plan.duties if duty.post == "assistant_invigilator")
    reserve = next(duty for duty in in_force().plan.duties if duty.post == "reserve")
    missing = (room.person, reserve.person)
    for duty in in_force().plan.duties:
        if duty.person not in missing:
            replacements.report(example.EXAM, SITE, "01", duty.person, "scan", CHIEF)
    for person in missing[::-1]:
        found = replacements.propose(example.EXAM, SITE, "01", person)
        replacements.replace_absent(found, replacements.LEGAL, found.listed.digest, [CHIEF], "未到")
        assert breaks() == [] and rows() == sorted(in_force().plan.duties)
    after = in_force()
    assert not {duty.person for duty in after.plan.duties} & set(missing)
    chain = after.draw.since_sealed.changes
    assert [fact.after for fact in chain[:-1]] == [fact.before for fact in chain[1:]]
    assert after.draw.since_sealed.absent["01", room.person].came

    # Who came is paid, who did not come is not in any row, and the sums close.
    profile = profile_of(exams.plan(example.EXAM))
    assert profile is not None
    served = [
        Served(line.person, line.post, line.sitting, line.taken_at is not None)
        for line in duties.of_site(example.EXAM, SITE)
    ]
    paid = pay_rows(served, profile)
    assert not {row.person for row in paid} & set(missing)
    sums = totals(paid)
    assert sums["sittings"] + sums["unreported"] == len(after.plan.duties)
    assert sums["cents"] == sum(row.sum_cents for row in paid) > 0

"""The staff of one site, from the sealed list to the last vest: what is printed, handed out, seen and found."""

import pytest
from django.urls import reverse
from tests.inner.reports.reading import joined, texts
from tests.web.conftest import account, as_post, city  # noqa: F401
from tests.web.drawn_site import drawn  # noqa: F401
from tests.web.exam_day import EXAM

from kaowu.facts.envelope import Actor
from kaowu.store.models import Person
from kaowu.store.queries import inspection, video
from kaowu.store.queries.staff_papers import handed_out
from kaowu.web.works import replacements, staff_papers

pytestmark = pytest.mark.django_db


def text_of(answer):
    assert answer["Content-Type"] == "application/pdf", answer.status_code
    return joined("".join(texts(answer.content)))


@pytest.mark.feature("STF-06", "STF-19", "STF-21", "MON-07", "GOV-10")
def test_a_site_prints_hands_out_is_inspected_and_watched_and_a_replacement_gets_a_sheet(
    drawn,  # noqa: F811
    as_post,  # noqa: F811
    city,  # noqa: F811
):
    """One morning: every act by the person whose act it is, through the pages."""
    site, officer, chief = drawn.site, as_post("city_officer"), as_post("site_chief")
    make = reverse("staff_papers_make", args=[EXAM, site])

    # The day before: a team of the bureau is sent; the site prints and hands out.
    for number, name in (("L1", "梁望舒"), ("M1", "岑立行")):
        Person.objects.create(number=number, name=name, organisation=city.north)
    team = {"leader": "L1", "office": "市教育局副局长", "members": "M1"}
    officer.post(reverse("inspection_assign", args=[EXAM, site]), team)
    duty = drawn.duty("S1", "assistant_invigilator", "002")
    before = text_of(chief.post(make, {"document": "duty-sheet", "person": duty.person}))
    assert "副监考" in before and "002" in before and "蓝色" in before and "向考务办公室验收员交接" in before
    people = sorted({one.person for one in drawn.plan.duties})
    given = {"person": people, "thing": ["handbook", "duty_sheet", "badge", "vest"], "way": "given"}
    chief.post(reverse("staff_hand_out_record", args=[EXAM, site]), given)

    # The morning: somebody is ill; whoever comes instead gets the sheet of the post.
    proposal = replacements.propose(EXAM, site, "S1", duty.person)
    signer = Actor(drawn.day.staff["site_chief"].number, "site_chief")
    replacements.replace_absent(proposal, "legal", proposal.listed.digest, [signer], "急病")
    there = [one for one in staff_papers.of_site(EXAM, site).staff.duties if one.room == "002"]
    came = next(one.person for one in there if one.sitting == "S1" and one.post == "assistant_invigilator")
    assert came != duty.person
    sheet = text_of(chief.post(make, {"document": "duty-sheet", "person": came, "sitting": "S1"}))
    assert "副监考" in sheet and "002" in sheet

    # The team is there and looks for the reception room.
    drawn.day.at(-45)
    inspector = as_post("resident_inspector")
    inspector.post(reverse("inspection_present", args=[EXAM, site, "S1"]), {"person": "L1"})
    inspector.post(reverse("inspection_check", args=[EXAM, site, "S1", "no_reception"]), {"holds": "yes"})
    seen = inspection.of_site(EXAM, site)
    assert seen.was_there("S1", "L1") and seen.checked["no_reception"].holds

    # During the paper: the one at the screens sees something; the room settles it within two minutes.
    drawn.day.at(25)
    watcher = as_post("video_invigilator")
    issue = {"room": "002", "matter": "candidate", "what": "03 座传递纸条", "told": "room", "at": "09:24:10"}
    watcher.post(reverse("video_seen", args=[EXAM, "S1", site]), issue)
    [logged] = video.issues(EXAM, "S1", site)
    handled = {"outcome": "corrected", "handled_by": "chief_invigilator", "at": "09:25:40"}
    watcher.post(reverse("video_handled", args=[EXAM, "S1", site, logged.id]), handled)
    assert video.handling(video.issues(EXAM, "S1", site), 2).late == 0

    # The evening: badges and vests come back.
    drawn.day.at(600)
    back = {"person": people, "thing": ["badge", "vest"], "way": "returned"}
    page = chief.post(reverse("staff_hand_out_record", args=[EXAM, site]), back, follow=True).content.decode()
    assert f"胸牌 {len(people)}/" in page
    assert "未交回" not in page, "handbooks and sheets are kept; badges and vests are back"
    held = handed_out(EXAM, site)
    assert all(held[person, "vest"].returned_at for person in people)

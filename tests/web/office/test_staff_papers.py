"""Papers of the staff: made from the sealed list only, by whoever answers for the site, and bound to the list."""

import io

import pikepdf
import pytest
from django.urls import reverse
from tests.inner.reports.reading import joined, texts
from tests.web.drawn_site import drawn  # noqa: F401
from tests.web.exam_day import EXAM, set_up

from kaowu.facts.envelope import Actor
from kaowu.facts.staff_papers import StaffPapersMade
from kaowu.reports.contents import SiteContents, SiteHead
from kaowu.reports.samples import EXAM as EXAM_HEAD
from kaowu.store.models import AccessLog, Job, JournalEntry
from kaowu.web.works import replacements, staff_papers

LISTS = ("duty-list", "duty-notice", "vest-list", "handbook-page", "video-watch", "duty-sheet", "badges")


def make_address(site):
    return reverse("staff_papers_make", args=[EXAM, site])


def text_of(answer):
    assert answer["Content-Type"] == "application/pdf", answer.content.decode()[-2000:]
    return joined("".join(texts(answer.content)))


def test_nothing_is_printed_before_the_draw_is_sealed(city, account, as_post):
    day = set_up(city, account)
    chief = as_post("site_chief")
    page = chief.get(reverse("staff_papers_site", args=[EXAM, day.site]))
    assert "监考抽签还没有封存" in page.content.decode()
    answer = chief.post(make_address(day.site), {"document": "duty-list"})
    assert answer.status_code == 422
    assert not Job.objects.exists()


def test_every_paper_of_a_site_is_made_as_a_job_and_bound_to_the_list_in_force(drawn, as_post, work):  # noqa: F811
    chief = as_post("site_chief")
    for name in LISTS:
        assert chief.post(make_address(drawn.site), {"document": name}).status_code == 302
        job = work()
        assert job.state == "done", job.outcome_zh
        answer = chief.get(reverse("staff_papers_file", args=[EXAM, drawn.site, name]))
        with pikepdf.open(io.BytesIO(answer.content)) as pdf:
            assert f"{len(pdf.pages)} 页" in job.outcome_zh
    assert JournalEntry.objects.filter(kind=StaffPapersMade.kind.name).count() == len(LISTS)
    page = chief.get(reverse("staff_papers_site", args=[EXAM, drawn.site])).content.decode()
    assert page.count("现行名单所制") == len(LISTS)
    assert AccessLog.objects.filter(outcome="exported", permission="papers.print").count() == len(LISTS)


def test_asking_twice_while_it_runs_leads_to_the_same_job(drawn, as_post):  # noqa: F811
    chief = as_post("site_chief")
    first = chief.post(make_address(drawn.site), {"document": "duty-list"})
    again = chief.post(make_address(drawn.site), {"document": "duty-list"})
    assert first.url == again.url
    assert Job.objects.count() == 1


@pytest.mark.feature("STF-06")
def test_a_persons_sheet_has_role_room_vest_list_and_to_whom_the_post_is_handed_over(drawn, as_post):  # noqa: F811
    duty = drawn.duty("S1", "chief_invigilator")
    answer = as_post("site_chief").post(
        make_address(drawn.site), {"document": "duty-sheet", "person": duty.person}
    )
    text = text_of(answer)
    papers = staff_papers.of_site(EXAM, drawn.site)
    assert papers.staff.person[duty.person].name in text
    assert duty.room in text and "主监考" in text and "蓝色" in text
    assert "8:00考务办公室" in text  # when and where to report, by the minute script of the profile
    assert "与副监考同到考务办公室领卷" in text
    assert "考务办公室验收员" in text
    others = {d.person for d in drawn.plan.duties} - {duty.person}
    assert not any(other in text for other in others)


@pytest.mark.feature("STF-21")
def test_the_vest_of_a_post_is_printed_in_words_on_sheet_badge_and_issue_list(drawn, as_post):  # noqa: F811
    chief, person = as_post("site_chief"), drawn.duty("S1", "video_invigilator").person
    for name in ("duty-sheet", "vest-list"):
        answer = chief.post(make_address(drawn.site), {"document": name, "post": "video_invigilator"})
        assert "紫色" in text_of(answer)
    answer = chief.post(
        make_address(drawn.site), {"document": "badges", "post": "video_invigilator", "person": person}
    )
    assert "紫色马甲" in text_of(answer)


@pytest.mark.feature("STF-19")
def test_each_post_has_its_page_of_the_handbook_by_this_exams_minutes_and_rules(drawn, as_post):  # noqa: F811
    answer = as_post("site_chief").post(
        make_address(drawn.site), {"document": "handbook-page", "post": "assistant_invigilator"}
    )
    text = text_of(answer)
    assert "副监考" in text and "启封试卷袋" in text
    assert "9:00" in text and "15:00" in text
    assert "《国家教育考试违规处理办法》" in text


@pytest.mark.feature("MON-07")
def test_the_video_table_shows_who_watches_which_rooms(drawn, as_post):  # noqa: F811
    answer = as_post("site_chief").post(
        make_address(drawn.site), {"document": "video-watch", "sitting": "S1"}
    )
    text = text_of(answer)
    watching = sorted(
        {d.person for d in drawn.plan.duties if (d.sitting, d.post) == ("S1", "video_invigilator")}
    )
    assert len(watching) == 2  # six rooms, four at most each
    assert "001、002、003" in text and "004、005、006" in text


def test_a_change_of_the_list_makes_the_files_out_of_date(drawn, as_post, work):  # noqa: F811
    chief = as_post("site_chief")
    chief.post(make_address(drawn.site), {"document": "duty-list"})
    work()
    before = staff_papers.of_site(EXAM, drawn.site).version
    replace_somebody(drawn)
    assert staff_papers.of_site(EXAM, drawn.site).version != before
    page = chief.get(reverse("staff_papers_site", args=[EXAM, drawn.site])).content.decode()
    assert "旧名单所制" in page


def replace_somebody(drawn):  # noqa: F811
    duty = drawn.duty("S1", "chief_invigilator", "001")
    actor = Actor(drawn.day.staff["site_chief"].number, "site_chief")
    proposal = replacements.propose(EXAM, drawn.site, "S1", duty.person)
    replacements.replace_absent(proposal, "legal", proposal.listed.digest, [actor], "病假")


def test_pay_is_offered_to_those_who_may_see_it_only(drawn, as_post):  # noqa: F811
    page = reverse("staff_papers_site", args=[EXAM, drawn.site])
    assert "酬金表" in as_post("site_chief").get(page).content.decode()
    assert as_post("auditor").get(page).status_code == 403  # sees pay, prints nothing


@pytest.mark.parametrize("post", ["chief_invigilator", "screener", "auditor"])
def test_whoever_does_not_print_is_kept_out(drawn, as_post, post):  # noqa: F811
    client = as_post(post)
    for name in ("staff_papers_site", "staff_papers_make"):
        address = reverse(name, args=[EXAM, drawn.site])
        answer = client.post(address) if name.endswith("make") else client.get(address)
        assert answer.status_code == 403


def test_a_site_chief_sees_the_own_site_only(drawn, as_post, city):  # noqa: F811
    chief, other = as_post("site_chief"), city.south_site.code
    assert chief.get(reverse("staff_papers_site", args=[EXAM, other])).status_code == 403
    assert chief.post(make_address(other), {"document": "duty-list"}).status_code == 403
    assert chief.get(reverse("staff_papers_file", args=[EXAM, other, "duty-list"])).status_code == 403
    own = chief.get(reverse("staff_papers_exam", args=[EXAM]))
    assert own.status_code == 302 and drawn.site in own.url


def test_a_number_of_nobody_here_prints_nothing_and_says_so(drawn, as_post):  # noqa: F811
    answer = as_post("site_chief").post(make_address(drawn.site), {"document": "duty-sheet", "person": "X9"})
    assert answer.status_code == 422
    assert "没有可印的内容" in answer.content.decode()


def test_the_print_pack_of_a_site_takes_the_lists_of_its_staff_once_they_are_sealed(drawn, city):  # noqa: F811
    here = SiteContents(EXAM_HEAD, SiteHead(drawn.site, drawn.site, "考点"))
    taken = staff_papers.with_staff(here, EXAM).staff
    assert taken is not None and len(taken.duties) == len(drawn.plan.duties)
    elsewhere = SiteContents(EXAM_HEAD, SiteHead(city.south_site.code, city.south_site.code, "考点"))
    assert staff_papers.with_staff(elsewhere, EXAM) is elsewhere

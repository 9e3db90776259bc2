"""Video invigilation in the office: the watch of a sealed list, the issue log, and the minutes it took."""

import pytest
from django.urls import reverse
from tests.web.drawn_site import drawn  # noqa: F401
from tests.web.exam_day import EXAM, STARTS

from kaowu.facts.video import VideoIssueHandled, VideoIssueSeen
from kaowu.store.models import JournalEntry
from kaowu.store.queries import video


def at(name, site, *more):
    return reverse(name, args=[EXAM, "S1", site, *more])


def log_issue(client, site, **changed):
    given = {"room": "002", "matter": "candidate", "what": "05 座低头看手", "told": "room", "at": "09:20:00"}
    return client.post(at("video_seen", site), {**given, **changed})


@pytest.mark.feature("MON-07")
def test_six_rooms_are_split_over_the_two_at_the_screens(drawn, as_post):  # noqa: F811
    text = as_post("site_chief").get(at("video_sitting", drawn.site)).content.decode()
    assert "001、002、003" in text and "004、005、006" in text
    assert "每名视频监考员负责 4 个考场" in text
    assert "无人监看" not in text


@pytest.mark.feature("MON-07")
def test_an_issue_is_logged_and_its_handling_minutes_are_shown(drawn, as_post):  # noqa: F811
    drawn.day.at(30)
    client = as_post("video_invigilator")
    assert log_issue(client, drawn.site).status_code == 302
    [issue] = video.issues(EXAM, "S1", drawn.site)
    assert (issue.room, issue.seen_at, issue.minutes) == ("002", STARTS + 20 * 60_000, None)
    page = client.get(at("video_sitting", drawn.site)).content.decode()
    assert "05 座低头看手" in page and "登记处置" in page
    answer = client.post(
        at("video_handled", drawn.site, issue.id),
        {"outcome": "corrected", "handled_by": "chief_invigilator", "at": "09:21:30", "note": "已提醒"},
    )
    assert answer.status_code == 302
    [issue] = video.issues(EXAM, "S1", drawn.site)
    assert issue.minutes == 2
    page = client.get(at("video_sitting", drawn.site)).content.decode()
    assert "当场纠正" in page and "超时 0 条" in page


def test_an_issue_that_took_too_long_is_a_finding_and_is_told(drawn, as_post):  # noqa: F811
    drawn.day.at(30)
    client = as_post("site_chief")
    log_issue(client, drawn.site, at="09:10:00")
    [issue] = video.issues(EXAM, "S1", drawn.site)
    client.post(
        at("video_handled", drawn.site, issue.id),
        {"outcome": "nothing", "handled_by": "roving_invigilator", "at": "09:16:30"},
    )
    page = client.get(at("video_sitting", drawn.site)).content.decode()
    assert "处置用时 7 分钟，应在 2 分钟内" in page
    assert "超时 1 条" in page
    assert video.handling(video.issues(EXAM, "S1", drawn.site), 2).longest == 7


def test_without_a_time_it_is_now(drawn, as_post):  # noqa: F811
    now = drawn.day.at(41)
    log_issue(as_post("video_invigilator"), drawn.site, at="")
    assert video.issues(EXAM, "S1", drawn.site)[0].seen_at == now


def test_an_incomplete_issue_is_not_recorded_and_keeps_what_was_typed(drawn, as_post):  # noqa: F811
    answer = log_issue(as_post("video_invigilator"), drawn.site, what="", told="room")
    assert answer.status_code == 422
    assert not JournalEntry.objects.filter(kind=VideoIssueSeen.kind.name).exists()


def test_an_issue_is_handled_once(drawn, as_post):  # noqa: F811
    drawn.day.at(30)
    client = as_post("video_invigilator")
    log_issue(client, drawn.site)
    [issue] = video.issues(EXAM, "S1", drawn.site)
    given = {"outcome": "nothing", "handled_by": "site_chief", "at": "09:21:00"}
    assert client.post(at("video_handled", drawn.site, issue.id), given).status_code == 302
    assert client.post(at("video_handled", drawn.site, issue.id), given).status_code == 404
    assert JournalEntry.objects.filter(kind=VideoIssueHandled.kind.name).count() == 1


@pytest.mark.parametrize("post", ["screener", "chief_invigilator", "patrol"])
def test_other_posts_do_not_see_the_log(drawn, as_post, post):  # noqa: F811
    assert as_post(post).get(at("video_sitting", drawn.site)).status_code == 403


def test_an_auditor_reads_and_records_nothing(drawn, as_post):  # noqa: F811
    auditor = as_post("auditor")
    assert auditor.get(at("video_sitting", drawn.site)).status_code == 200
    assert log_issue(auditor, drawn.site).status_code == 403


def test_nobody_sees_the_screens_of_another_site(drawn, as_post, city):  # noqa: F811
    chief, other = as_post("site_chief"), city.south_site.code
    assert chief.get(at("video_sitting", other)).status_code == 403
    assert log_issue(chief, other).status_code == 403
    assert chief.get(reverse("video_exam", args=[EXAM])).status_code == 302

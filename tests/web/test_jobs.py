"""Long jobs: progress, result, cancelling, failing, and whose they are."""

import pytest
from django.urls import reverse

from kaowu.basics.errors import Refused, Sentence
from kaowu.store.models import Job
from kaowu.web import jobs

TITLE = Sentence("编排 300 名考生", "Arrange 300 candidates")


@pytest.fixture
def works(monkeypatch):
    monkeypatch.setattr(jobs, "_WORKS", {})

    @jobs.long_job("ends.well")
    def ends_well(progress, count):
        progress.step(1, 2, Sentence("座位链", "seat chains"), total=count)
        progress.done(count, count)
        return jobs.Outcome(Sentence("全部就座。", "All are seated."), "/office/jobs/")

    @jobs.long_job("is.refused")
    def is_refused(progress):
        raise Refused("seats.none", Sentence("没有考场。", "There are no rooms."))

    @jobs.long_job("is.broken")
    def is_broken(progress):
        raise ZeroDivisionError

    @jobs.long_job("is.cancelled")
    def is_cancelled(progress):
        jobs.cancel(progress.job, by="林若溪")
        progress.step(1, 2, Sentence("座位链", "seat chains"))
        raise AssertionError("a cancelled job goes on")


def started(rf, account, name, **arguments):
    request = rf.get("/")
    request.user = account
    return jobs.start(request, name, TITLE, **arguments)


def ran(rf, account, name, **arguments):
    job = started(rf, account, name, **arguments)
    jobs.run_job.func(str(job.pk))
    job.refresh_from_db()
    return job


def test_a_job_waits_for_the_worker_and_then_says_what_came_of_it(rf, account, works):
    owner = account("city_officer")
    assert started(rf, owner, "ends.well", count=300).state == "waiting"
    job = ran(rf, owner, "ends.well", count=300)
    assert (job.state, job.done, job.total, job.outcome_zh, job.result_url) == (
        "done",
        300,
        300,
        "全部就座。",
        "/office/jobs/",
    )


@pytest.mark.parametrize(("name", "words"), [("is.refused", "没有考场。"), ("is.broken", "没有写入任何内容")])
def test_a_failed_job_says_why(rf, account, works, name, words):
    job = ran(rf, account("city_officer"), name)
    assert job.state == "failed"
    assert words in job.outcome_zh
    assert job.outcome_en
    assert job.ended_at


def test_cancelling_stops_at_the_next_word_of_the_job(rf, account, works):
    job = ran(rf, account("city_officer"), "is.cancelled")
    assert (job.state, job.cancel_asked_by) == ("cancelled", "林若溪")


def test_a_job_cancelled_before_it_began_never_runs(rf, account, works):
    owner = account("city_officer")
    job = started(rf, owner, "ends.well", count=1)
    jobs.cancel(job, by="林若溪")
    jobs.run_job.func(str(job.pk))
    job.refresh_from_db()
    assert (job.state, job.done) == ("cancelled", 0)


def test_a_job_handed_out_twice_runs_once(rf, account, works):
    job = ran(rf, account("city_officer"), "ends.well", count=1)
    ended = job.ended_at
    jobs.run_job.func(str(job.pk))
    job.refresh_from_db()
    assert job.ended_at == ended


def test_the_page_of_a_job_polls_while_it_runs_and_shows_the_way_to_its_result(rf, as_post, works):
    from kaowu.store.models import Account

    client = as_post("city_officer")
    owner = Account.objects.get(number="city-officer")
    job = started(rf, owner, "ends.well", count=300)
    text = client.get(reverse("job", args=[job.pk])).content.decode()
    assert "编排 300 名考生" in text and "every 1s" in text and "取消" in text
    jobs.run_job.func(str(job.pk))
    part = client.get(reverse("job_progress", args=[job.pk])).content.decode()
    assert "全部就座。" in part and "every 1s" not in part and "查看结果" in part


def test_a_job_can_be_cancelled_from_its_page_by_its_owner_only(rf, as_post, works):
    from kaowu.store.models import Account

    mine, other = as_post("city_officer"), as_post("county_officer")
    job = started(rf, Account.objects.get(number="city-officer"), "ends.well", count=1)
    assert other.post(reverse("job_cancel", args=[job.pk])).status_code == 404
    assert other.get(reverse("job", args=[job.pk])).status_code == 404
    assert "已取消" in mine.post(reverse("job_cancel", args=[job.pk])).content.decode()
    assert Job.objects.get().state == "cancelled"

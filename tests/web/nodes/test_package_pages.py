"""Officers make the packages of all sites as a job, see who works under which, and download one for the stick."""

import pytest
from django.urls import reverse
from tests.web.exam_day import EXAM, STARTS
from tests.web.other_nodes import OtherNode

from kaowu.basics.suites import deployed
from kaowu.engines.sync.sealed_file import read_file
from kaowu.facts.nodes import PlanPackageTaken
from kaowu.rules.registry import judge
from kaowu.store import arrivals, neighbours, plan_package
from kaowu.store.models import AccessLog, Job, JournalEntry
from kaowu.web import jobs
from kaowu.web.counter import clock
from kaowu.web.mirror_api import mirror
from kaowu.web.node_key import verifying_key
from kaowu.web.works import plan_packages


@pytest.fixture
def site(exam_day):
    node = OtherNode("site-a", exam_day.site)
    neighbours.keep_card(node.card, clock)
    return node


def made(officer):
    """Press the button and let the worker do its work."""
    assert officer.post(reverse("packages_make", args=[EXAM])).status_code == 302
    job = Job.objects.latest("asked_at")
    jobs.run_job.call(str(job.pk))
    job.refresh_from_db()
    return job


def test_packages_are_made_seen_and_downloaded_and_only_the_site_can_open_its_own(site, as_post, exam_day):
    officer = as_post("city_officer")
    assert "从未联系" in officer.get(reverse("packages", args=[EXAM])).content.decode()
    job = made(officer)
    assert job.state == "done" and "1 个考点" in job.outcome_zh
    page = officer.get(reverse("packages", args=[EXAM])).content.decode()
    assert "site-a/1" in page and "是否装入不详" in page
    file = officer.get(reverse("package_file", args=[EXAM, exam_day.site]))
    content = file.content
    assert AccessLog.objects.filter(outcome="exported", permission="packages.make").exists()
    read = read_file(content)
    read.signed_by([verifying_key()], deployed())
    counts = plan_package.counts(read.open(site.opening))
    assert counts == {"candidates": 10, "rooms": 2, "photographs": 0}
    with pytest.raises(ValueError, match="not_sealed_for_us"):
        read.open(OtherNode("site-z", "040301").opening)
    assert "欧阳青".encode() not in content and b"27040201" not in content


def test_a_site_that_says_it_works_under_the_package_is_shown_so(site, as_post, exam_day):
    officer = as_post("city_officer")
    made(officer)
    latest = plan_packages.latest(EXAM)[exam_day.site]
    site.say(
        PlanPackageTaken(
            package=latest.package,
            maker="x/1",
            organisation=exam_day.site,
            number=latest.number,
            candidates=10,
            rooms=2,
        ),
        ("node", "system_administrator"),
        exam=EXAM,
        subject=EXAM,
        site=exam_day.site,
        at=STARTS,
    )
    site.send(mirror())
    while arrivals.read_on(clock, judge):
        continue
    assert "已装入此包" in officer.get(reverse("packages", args=[EXAM])).content.decode()


def test_a_site_without_a_node_gets_none_and_the_job_says_so(exam_day, as_post):
    job = made(as_post("city_officer"))
    assert job.state == "done" and "还没有登记节点" in job.outcome_zh and exam_day.site in job.outcome_zh
    assert not JournalEntry.objects.filter(kind="plan_package_made").exists()


@pytest.mark.parametrize("post", ["site_chief", "auditor", "chief_invigilator"])
def test_others_neither_see_nor_make_packages(exam_day, as_post, post):
    client = as_post(post)
    assert client.get(reverse("packages", args=[EXAM])).status_code == 403
    assert client.post(reverse("packages_make", args=[EXAM])).status_code == 403

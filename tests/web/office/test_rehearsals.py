"""Days before the exam the site chief rehearses the software; what is planted in it is found, mended and tried again."""

import json
from collections import Counter

import pytest
from click.testing import CliRunner
from django.urls import reverse
from tests.web.exam_day import EXAM, exam_day

from kaowu.app.rehearsal import rehearse as app_rehearse
from kaowu.app.rehearsal.crowd import Done
from kaowu.app.rehearsal.reckoning import Missed, Reckoning
from kaowu.app.rehearsal.rehearse import Rehearsed
from kaowu.basics.clock import SystemClock, exam_time
from kaowu.cli import rehearse
from kaowu.facts.envelope import Actor
from kaowu.loop.prepare.judge_rehearsal import Measured, Pace, judge
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.models import Job, JournalEntry, PlayedClock, RoomSitting, Sitting
from kaowu.store.queries import exams, rehearsals
from kaowu.web.office import rehearsals as pages
from kaowu.web.works import exam_setup
from kaowu.web.works.rehearsals import keep, the_only_one

__all__ = ["exam_day"]

pytestmark = pytest.mark.django_db

LIMITS = {
    "rehearsal_entry_ms": "300",
    "rehearsal_custody_ms": "60000",
    "rehearsal_scores_ms": "60000",
    "rehearsal_stall_ms": "100000",
    "rehearsal_rise_seconds": "3600",
}
PLANTED = '''
"""In the node that is rehearsed every entry is kept slowly, and the last one is acknowledged and never kept."""
import os, time
from kaowu.loop.desk import Receipt
from kaowu.web.counter import Counter

kept = Counter.submit_all

def submit_all(self, intents):
    fact = intents[0].fact
    if fact.kind.name != "candidate_admitted":
        return kept(self, intents)
    time.sleep(0.4)
    if fact.admission_number.endswith("00205"):
        return [Receipt(intents[0].id, 9_999, intents[0].stamped_at, ())]
    return kept(self, intents)

if os.environ.get("KAOWU_DATA", "").endswith("/here"):
    Counter.submit_all = submit_all
'''


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A store that acknowledges without writing, and a slow one, in every node that is started from here."""
    package = tmp_path / "planted" / "facts"
    package.mkdir(parents=True)
    for folder in (package.parent, package):
        (folder / "__init__.py").touch()
    (package / "faults.py").write_text(PLANTED, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("KAOWU_EXTENSIONS", "planted")


@pytest.fixture
def limits(exam_day):
    """The city's limits for this exam: only slow entry is to be found here, on whatever machine."""
    officers = Actor("city-1", "city_officer"), Actor("city-2", "city_officer")
    for line, value in LIMITS.items():
        exam_setup.override_line(EXAM, line, value, "联调限值", *officers)


def again_without_problems(place, actor):
    """A later rehearsal of the same size, in which nothing was wrong."""
    pace = Pace(acts=10, refused=0, p50_ms=9, p95_ms=20, p99_ms=20, most_ms=20)
    measured = Measured({"entry": pace, "custody": pace, "scores": pace}, (9, 20), 0.4, 0, 0, 0)
    judged = judge(measured, profile_of(exams.plan(EXAM)))
    figures = {"paces": {}, "per_second": 90.0, "offline": 5, "rise_s": 0.4, "troubles": {}}
    size = {"rooms": 2, "candidates": 10, "terminals": 2}
    keep(EXAM, place, 0, size, measured, judged, figures, actor)


@pytest.mark.feature("DEV-02")
def test_a_rehearsal_finds_what_is_slow_and_what_is_lost_and_its_problems_are_mended_and_passed(
    exam_day, limits, planted, as_post, monkeypatch
):
    monkeypatch.setattr(rehearse, "opened", lambda: None)  # the test has opened the node
    site, before = exam_day.site, set(JournalEntry.objects.values_list("fact_id", flat=True))
    order = [
        "--exam",
        EXAM,
        "--place",
        site,
        "--by",
        "site-chief-1",
        "--terminals",
        "2",
        "--bags",
        "0",
        "--json",
    ]
    done = CliRunner().invoke(rehearse.command, order)
    said = json.loads(done.stdout)
    assert done.exit_code == 1 and (said["rooms"], said["candidates"]) == (2, 10), "as the site is seated"
    assert {one["check"]: one["figure"] for one in said["problems"]}["lost"] == "1/15", said
    assert {one["check"] for one in said["problems"]} == {"lost", "screens_differ", "entry_slow"}
    assert {one["check"] for one in said["checks"] if one["good"]} == {
        "doubled", "refused", "link_slow", "stalled", "custody_slow", "scores_slow",
    }  # fmt: skip
    assert {(one["place"], one["subject"]) for one in said["lost"]} == {
        (place, f"S1/{site}/002") for place in ("journal", "copy", "arrived")
    }
    assert said["offline"] > 0 and said["paces"]["entry"]["p50_ms"] >= 400

    added = JournalEntry.objects.exclude(fact_id__in=before).order_by("index").values_list("kind", flat=True)
    assert list(added) == ["software_rehearsed"] + ["rehearsal_problem_found"] * 3
    assert not RoomSitting.objects.filter(entered__gt=0).exists(), "nobody came in at the exam itself"

    chief, address = exam_day.browser("site_chief"), reverse("rehearsals", args=[EXAM])
    page = chief.get(address).content.decode()
    for words in (
        "3 个未通过复测",
        "未解决",
        "回执后丢失",
        f"1/{said['acts']}",
        "不要用这台机器考试",
        "300 ms",
        "不少于 10 人、2 台终端",
        "断网期间",
    ):
        assert words in page, words
    held = rehearsals.of_exam(EXAM)[site]
    slow = next(one for one in held.problems if one.check == "entry_slow")
    solved = reverse("rehearsal_solved", args=[EXAM, site, slow.id])
    assert chief.post(solved, {"done": ""}).status_code == 422
    assert chief.post(solved, {"done": "换固态硬盘"}).status_code == 302
    page = chief.get(address).content.decode()
    assert "已解决，待复测" in page and "换固态硬盘" in page and "3 个未通过复测" in page

    again_without_problems(rehearsals.place(site), Actor("site-chief-1", "site_chief"))
    page = chief.get(address).content.decode()
    assert "没有未通过的问题" in page and "3 个已复测通过" in page and "换固态硬盘" in page
    late = chief.post(solved, {"done": "又换一次"})
    assert late.status_code == 409 and "已复测通过" in late.content.decode()

    county = as_post("county_officer")
    assert "3 个已复测通过" in county.get(address).content.decode(), "the county sees its site"
    elsewhere = as_post("county_officer", number="south", organisation=_south())
    assert "已复测通过" not in elsewhere.get(address).content.decode()
    assert elsewhere.post(solved, {"done": "不归我管"}).status_code in (403, 404)
    assert as_post("auditor").post(solved, {"done": "只看"}).status_code == 403


def _south():
    from kaowu.store.models import Organisation

    return Organisation.objects.get(code="370403")


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (["--exam", "no-such"], "exam_not_named"),
        (["--exam", EXAM, "--place", "999999"], "place_unknown"),
        (["--exam", EXAM, "--by", "screener-1"], "not_entitled"),
        (["--exam", EXAM, "--by", "nobody"], "not_entitled"),
    ],
)
def test_who_may_not_or_does_not_say_what_is_told_before_anything_is_made(exam_day, order, code, monkeypatch):
    monkeypatch.setattr(rehearse, "opened", lambda: None)
    done = CliRunner().invoke(rehearse.command, [*order, "--json"])
    assert done.exit_code == 1 and json.loads(done.stdout)["code"] == code


class Staged:
    """A rehearsal that was held elsewhere: what the command makes of it."""

    def __init__(self, lost=()):
        self.lost, self.order = lost, None

    def __call__(self, order, folder, say):
        self.order = order
        pace = Pace(acts=10, refused=0, p50_ms=9, p95_ms=20, p99_ms=20, most_ms=20)
        measured = Measured({"entry": pace}, (9, 20), 0.4, len(self.lost), 0, 0)
        return Rehearsed(order, 0, 1.0, measured, Reckoning(self.lost, (), ()), 90.0, 5, Counter(), ())


@pytest.fixture
def command(exam_day, monkeypatch):
    """Give the command's arguments; the rehearsal itself is staged."""
    monkeypatch.setattr(rehearse, "opened", lambda: None)

    def give(*arguments, staged=None):
        monkeypatch.setattr(app_rehearse, "rehearse", staged or Staged())
        return CliRunner().invoke(rehearse.command, ["--exam", EXAM, *arguments])

    return give


def test_without_a_name_the_result_is_shown_and_nothing_is_put_on_record(command, exam_day):
    before = JournalEntry.objects.count()
    done = command("--place", exam_day.site, "--json")
    assert done.exit_code == 0 and json.loads(done.stdout)["passed"] is True
    assert json.loads(done.stdout)["recorded_as"] is None and JournalEntry.objects.count() == before
    assert "没有 --by" in command("--place", exam_day.site).stdout


def test_what_is_lost_is_named_and_told_with_its_remedy_in_both_languages(command, exam_day):
    missed = Missed("journal", Done("entry", "candidate_admitted", "S1/040201/001", 5.0, "ab"), 0)
    done = command("--place", exam_day.site, staged=Staged((missed,)))
    assert done.exit_code == 1
    for words in ("回执后丢失", "不要用这台机器考试", "Do not hold an exam on this machine"):
        assert words in done.stderr


@pytest.mark.parametrize(
    ("asked", "rooms", "site"),
    [
        (["--place", "040201"], (5, 5), "040201"),  # as it is seated
        (
            ["--place", "370402"],
            (5, 5),
            "370499",
        ),  # an office: its largest site, under a site's code of its own
        (["--place", "040201", "--rooms", "3", "--seats", "2"], (2, 2, 2), "040201"),
    ],
)
def test_a_rehearsal_is_as_large_as_the_place_is_seated_or_as_asked(command, asked, rooms, site):
    staged = Staged()
    assert command(*asked, staged=staged).exit_code == 0
    assert (tuple(seats for _, seats in staged.order.rooms), staged.order.site) == (rooms, site)


def test_an_office_sees_its_rehearsal_and_what_its_sites_have_not_done(command, exam_day, as_post):
    county = as_post("county_officer", number="north")
    assert command("--place", "370402", "--by", "north").exit_code == 0
    page = county.get(reverse("rehearsals", args=[EXAM])).content.decode()
    assert "市中区" in page and "未联调" in page and "没有未通过的问题" in page


@pytest.fixture
def at_once(settings, monkeypatch):
    """Jobs are done at once; what they ask of the program is noted and answered."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    asked = []

    def run_beside(arguments, heard):
        asked.append(arguments)
        heard("考生入场、领卷 · candidates come in, packets go out\n")
        heard("对账\n")
        return {"acts": 1_128, "problems": [{}, {}]}

    monkeypatch.setattr(pages, "run_beside", run_beside)
    return asked


def test_a_chief_begins_a_rehearsal_of_the_own_site_with_one_button(exam_day, at_once):
    chief, address = exam_day.browser("site_chief"), reverse("rehearsal_hold", args=[EXAM])
    assert "开始联调" in chief.get(reverse("rehearsals", args=[EXAM])).content.decode()
    assert chief.post(address, {"place": exam_day.site, "terminals": "4"}).url == reverse("jobs")
    [asked] = at_once
    assert asked == ("rehearse", "--exam", EXAM, "--by", "site-chief-1", "--place", exam_day.site, "--terminals", "4")  # fmt: skip
    job = Job.objects.get()
    assert (job.state, job.step, job.outcome_zh) == (Job.State.DONE, 2, "回执 1,128 条，问题 2 个。")
    assert job.result_url == reverse("rehearsals", args=[EXAM])


@pytest.mark.parametrize(
    "given", [{"place": "040301", "terminals": "4"}, {"place": "040201", "terminals": "0"}]
)
def test_no_rehearsal_is_begun_for_anothers_site_or_without_a_gate(exam_day, at_once, given):
    refused = exam_day.browser("site_chief").post(reverse("rehearsal_hold", args=[EXAM]), given)
    assert refused.status_code == 422 and at_once == []


def test_who_may_only_look_begins_nothing(exam_day, at_once, as_post):
    auditor = as_post("auditor")
    assert "开始联调" not in auditor.get(reverse("rehearsals", args=[EXAM])).content.decode()
    given = {"place": exam_day.site, "terminals": "4"}
    assert auditor.post(reverse("rehearsal_hold", args=[EXAM]), given).status_code == 403
    assert at_once == []


def tried(chief, command, exam_day):
    """What command and page say to somebody who begins a rehearsal now: the code, and the page."""
    said = json.loads(command("--place", exam_day.site, "--json").stdout)
    given = {"place": exam_day.site, "terminals": "4"}
    page = chief.post(reverse("rehearsal_hold", args=[EXAM]), given)
    return said.get("code"), page.status_code, page.content.decode()


def test_nobody_rehearses_while_candidates_sit_and_is_told_when_it_is_possible(exam_day, at_once, command):
    chief, now, hour = exam_day.browser("site_chief"), SystemClock().now(), 3_600_000
    first, second = Sitting.objects.order_by("starts_at")
    PlayedClock.objects.all().delete()
    for row, begins in ((first, now + hour // 2), (second, now + 6 * hour)):
        Sitting.objects.filter(pk=row.pk).update(starts_at=begins, ends_at=begins + 2 * hour)
    code, status, page = tried(chief, command, exam_day)
    assert (code, status, at_once) == ("sitting_under_way", 409, [])
    free = exam_time(now + hour // 2 + 2 * hour)
    assert f"{free:%Y-%m-%d %H:%M} 之后可以开始" in page, "no later: the second begins hours after that"
    Sitting.objects.filter(pk=first.pk).update(starts_at=now - 3 * hour, ends_at=now - hour)
    assert tried(chief, command, exam_day)[:2] == (None, 302)


def test_one_machine_holds_one_rehearsal_at_a_time(exam_day, at_once, command):
    chief = exam_day.browser("site_chief")
    with the_only_one():
        code, status, page = tried(chief, command, exam_day)
        assert (code, status, at_once) == ("rehearsal_under_way", 409, []) and "本机正在联调" in page
    assert tried(chief, command, exam_day)[:2] == (None, 302)

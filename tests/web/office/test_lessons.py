"""A lesson of one exam is answered in the plan of the next, and each shows the other."""

from datetime import datetime

import pytest
from django.urls import reverse
from tests.web.exam_day import EXAM, exam_day

from kaowu.basics.clock import instant
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
from kaowu.facts.lessons import LessonAnswered, LessonRecorded
from kaowu.store.models import Exam, JournalEntry
from kaowu.store.queries import lessons
from kaowu.web.counter import record

__all__ = ["exam_day"]

pytestmark = pytest.mark.django_db

NEXT = "gk2028"
TOLD = {
    "phase": "conduct",
    "title": "答题卡袋少一枚封条",
    "story": "南考点下午场领卷时少一枚封条，补封耽误六分钟。",
    "advice": "封条按考场数加两枚备用下发。",
    "seen_in": "",
}


@pytest.fixture
def next_exam(exam_day):
    """The exam of the year after, of the same office."""
    before = Exam.objects.get(code=EXAM)
    fact = ExamSetUp(name="2028年普通高考", profile=before.profile, organisation=before.organisation.code)
    record(fact, Actor("city-officer", "city_officer"), exam=NEXT, subject=NEXT)
    return NEXT


@pytest.fixture
def officer(as_post):
    return as_post("city_officer")


def told(officer, **more):
    seen = JournalEntry.objects.filter(exam=EXAM).first()
    response = officer.post(reverse("lesson_tell", args=[EXAM]), TOLD | {"seen_in": seen.fact_id} | more)
    assert response.status_code == 302, response.content.decode()
    return JournalEntry.objects.get(kind=LessonRecorded.kind.name)


@pytest.fixture
def changed_plan(next_exam):
    """A record by which the plan of the next exam was made other than the last."""
    at = instant(datetime(2028, 6, 7, 9, 0))
    fact = SittingScheduled(sitting="S1", subjects=("语文",), starts_at=at, ends_at=at + 9_000_000)
    record(fact, Actor("city-officer", "city_officer"), exam=NEXT, subject=NEXT)
    return JournalEntry.objects.get(exam=NEXT, kind=SittingScheduled.kind.name)


@pytest.mark.feature("POST-17")
def test_a_lesson_shows_where_it_changed_the_next_plan(next_exam, officer, changed_plan):
    lesson = told(officer)
    page = officer.get(reverse("lessons", args=[NEXT])).content.decode()
    assert "答题卡袋少一枚封条" in page and "待本方案处理" in page
    address = reverse("lesson_answer", args=[NEXT, lesson.fact_id])
    form = {"outcome": "changed", "changed_in": str(changed_plan.fact_id), "words": "备用封条加两枚"}
    assert officer.post(address, form).status_code == 302
    assert JournalEntry.objects.filter(kind=LessonAnswered.kind.name, exam=NEXT).count() == 1
    assert lessons.waiting(NEXT) == []
    before = officer.get(reverse("lessons", args=[EXAM])).content.decode()
    for words in (
        "2028年普通高考",
        "方案已改",
        "备用封条加两枚",
        reverse("fact_proof", args=[NEXT, changed_plan.index]),
    ):
        assert words in before
    after = officer.get(reverse("lessons", args=[NEXT])).content.decode()
    assert "备用封条加两枚" in after and "以往的经验教训在本方案中都已处理" in after


def test_a_change_that_no_record_shows_is_refused_and_a_reason_will_do(next_exam, officer):
    lesson = told(officer)
    address = reverse("lesson_answer", args=[NEXT, lesson.fact_id])
    refused = officer.post(address, {"outcome": "changed", "words": "已改"})
    assert refused.status_code == 409 and "没有指出改在哪条记录" in refused.content.decode()
    assert lessons.waiting(NEXT)
    assert officer.post(address, {"outcome": "declined", "words": "封条已改为自粘"}).status_code == 302
    assert not lessons.waiting(NEXT)
    assert officer.post(address, {"outcome": "kept"}).status_code == 422


def test_a_lesson_is_not_answered_in_its_own_exam_nor_by_those_who_do_not_plan(next_exam, as_post):
    officer = as_post("city_officer")
    lesson = told(officer)
    assert officer.get(reverse("lesson_answer", args=[EXAM, lesson.fact_id])).status_code == 404
    chief = as_post("site_chief")
    assert chief.post(reverse("lesson_tell", args=[EXAM]), TOLD).status_code == 302
    assert chief.get(reverse("lesson_answer", args=[NEXT, lesson.fact_id])).status_code == 403
    assert officer.post(reverse("lesson_tell", args=[EXAM]), {"title": ""}).status_code == 422

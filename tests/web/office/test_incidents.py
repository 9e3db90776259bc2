"""The story of an incident stays as it was told, with what shows it, and goes into the review."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.web.exam_day import EXAM, exam_day

from kaowu.facts.incidents import IncidentTold
from kaowu.store.models import AccessLog, JournalEntry
from kaowu.store.queries import incidents

__all__ = ["exam_day"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def tell(exam_day):
    def tell(client, **more):
        form = {
            "incident": "",
            "title": "听力播放中断",
            "stage": "happened",
            "place": "002考场",
            "happened_at": "2027-06-07T15:20",
            "story": "考生李四报告喇叭无声，流动监考员到场。",
            "site": exam_day.site,
        }
        return client.post(reverse("incident_tell", args=[EXAM]), form | more)

    return tell


@pytest.mark.feature("CMD-20")
def test_an_incident_is_told_entry_by_entry_with_attachments_and_taken_into_the_review(as_post, tell):
    chief = as_post("site_chief")
    photo = SimpleUploadedFile("喇叭.jpg", b"\xff\xd8 a photograph", "image/jpeg")
    assert tell(chief, files=[photo]).status_code == 302
    [one] = incidents.incidents(EXAM)
    assert tell(chief, incident=one.number, stage="closed", story="换备用机，补播六分钟。").status_code == 302
    [one] = incidents.incidents(EXAM)
    assert [told.fact.stage for told in one.told] == ["happened", "closed"] and one.is_closed
    page = chief.get(reverse("incidents", args=[EXAM])).content.decode()
    for words in ("听力播放中断", one.number, "李四报告喇叭无声", "补播六分钟", "喇叭.jpg", "处置完毕"):
        assert words in page
    [file] = one.told[0].files
    taken = chief.get(reverse("incident_file", args=[EXAM, file.digest]))
    assert taken.content == b"\xff\xd8 a photograph"
    assert AccessLog.objects.filter(outcome="exported", permission="incident.see").exists()
    review = chief.get(reverse("lessons", args=[EXAM]), {"title": one.title, "seen_in": one.told[0].id})
    assert one.told[0].id in review.content.decode() and f"seen_in={one.told[0].id}" in page


def test_the_story_is_personal_and_the_rest_binds_the_attachment(as_post, tell):
    assert tell(as_post("site_chief"), files=[SimpleUploadedFile("a.txt", b"a")]).status_code == 302
    row = JournalEntry.objects.get(kind=IncidentTold.kind.name)
    [one] = incidents.incidents(EXAM)
    assert "李四".encode() not in bytes(row.entry)
    assert bytes.fromhex(one.told[0].files[0].digest) in bytes(row.entry)


def test_a_chief_tells_of_the_own_site_only_and_others_see_nothing_of_it(as_post, tell, city):
    chief = as_post("site_chief")
    assert tell(chief, site="").status_code == 422
    assert tell(chief, site=city.south_site.code).status_code == 422
    assert tell(chief).status_code == 302
    officer = as_post("city_officer")
    assert "听力播放中断" in officer.get(reverse("incidents", args=[EXAM])).content.decode()
    assert tell(officer, site="", title="全市雷电预警").status_code == 302
    assert "全市雷电预警" not in chief.get(reverse("incidents", args=[EXAM])).content.decode()
    assert officer.get(reverse("incident_file", args=[EXAM, "00" * 32])).status_code == 404


def test_too_many_files_are_refused_and_nothing_is_recorded(as_post, tell):
    files = [SimpleUploadedFile(f"{n}.txt", b"%d" % n) for n in range(9)]
    response = tell(as_post("site_chief"), files=files)
    assert response.status_code == 422 and "一次最多" in response.content.decode()
    assert not JournalEntry.objects.filter(kind=IncidentTold.kind.name).exists()

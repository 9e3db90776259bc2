"""A small exam in the office: two subjects, two schools, one site of seven rooms, and jobs done at once."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

EXAM = "gk2027"
SCHOOLS = ("市中区第一中学", "市中区第二中学")
DESCRIPTION: dict[str, Any] = {
    "exam": "2027年普通高考",
    "exam_date": "2027-06-07",
    "subjects": [{"code": "", "name": "语文", "aliases": []}, {"code": "", "name": "数学", "aliases": []}],
    "foreign_languages": [{"code": "1", "name": "英语"}],
    "subject_rule": {"required": ["语文", "数学"], "groups": []},
    "plausible_age": [14, 65],
    "schools": [{"code": f"04020{n}", "name": name, "county": "370402", "aliases": []} for n, name in enumerate(SCHOOLS)],
    "id_types": [{"code": "resident_id", "name": "居民身份证", "aliases": []}],
    "counties": [{"code": "370402", "name": "市中区"}],
    "accommodations": {"wheelchair": ["轮椅"]},
    "mandatory": ["name", "id_number", "school"],
    "timetable": [
        {"subject": "语文", "date": "2027-06-07", "start": "09:00", "end": "11:30"},
        {"subject": "数学", "date": "2027-06-07", "start": "15:00", "end": "17:00"},
    ],
}  # fmt: skip
HEADER = ("报名号", "姓名", "证件号码", "毕业学校", "县区", "科目")
GIVEN = "景行既白雨笙书白若溪沐阳可凡听澜砚秋南乔怀瑾翊辰立言"


def document_number(number: int) -> str:
    """A number that follows GB 11643, of nobody."""
    body = f"370402{20090101 + number % 27:08d}{number:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


def row(number: int) -> list[str]:
    """One candidate."""
    name = "王李张刘陈"[number % 5] + GIVEN[number % 26] + GIVEN[(number * 7 + 3) % 26]
    return [f"R{number:05d}", name, document_number(number), SCHOOLS[number % 2], "370402", "语文、数学"]


def roster_file(count: int = 90, **changed: Any) -> bytes:
    """A roster as CSV; `changed` gives other rows by `row_<number>`."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for number in range(count):
        writer.writerow(changed.get(f"row_{number}", row(number)))
    return out.getvalue().encode("utf-8-sig")


@pytest.fixture
def exam(city):
    """The small exam, described and scheduled, at a site of seven rooms."""
    from kaowu.facts.envelope import Actor
    from kaowu.store.models import Room
    from kaowu.web.works import exam_setup

    open_journal()
    for number in range(2, 8):
        Room.objects.create(
            site=city.north_site, number=f"{number:03d}", building="明德楼", capacity=30, columns="7-8-8-7"
        )
    actor = Actor("maker", "city_officer")
    described = json.dumps(DESCRIPTION, ensure_ascii=False).encode()
    exam_setup.set_up(EXAM, "gaokao", city.city.code, described, actor)
    return EXAM


def open_journal() -> None:
    from kaowu.store.journal import open_book
    from kaowu.web.node_key import origin

    open_book(origin())


@pytest.fixture
def with_roster(exam):
    """The small exam with its ninety candidates."""
    from kaowu.facts.envelope import Actor
    from kaowu.web.works import roster

    content = roster_file()
    found = roster.check_upload(exam, content, "名册.csv").check
    roster.take_roster(exam, found, content, "名册.csv", Actor("maker", "city_officer"))
    return exam


@pytest.fixture
def sealed(with_roster):
    """The small exam with sealed seats."""
    from kaowu.facts.envelope import Actor
    from kaowu.web.works import seats

    seats.seal(seats.arrange(with_roster, bytes(range(32))), Actor("maker", "city_officer"))
    return with_roster


@pytest.fixture
def work():
    """Do all waiting jobs now; returns the last one."""
    from kaowu.store.models import Job
    from kaowu.web import jobs

    def run() -> Any:
        last = None
        for job in Job.objects.filter(state=Job.State.WAITING).order_by("asked_at"):
            jobs.run_job.func(str(job.pk))
            job.refresh_from_db()
            last = job
        return last

    return run

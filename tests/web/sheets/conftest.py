"""A sitting is over and its answer sheets lie in bags: five candidates a room, written sheets as a scanner gives them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

import cv2
import numpy
import pytest
from numpy.random import PCG64, Generator
from tests.web.exam_day import EXAM, ExamDay, set_up

from kaowu.basics.clock import EXAM_ZONE
from kaowu.engines.omr.trial.ink import Hand, Mark, draw
from kaowu.reports.sheets import blank
from kaowu.reports.sheets.blank import Bearer
from kaowu.reports.sheets.spec import Questions, SheetSpec

SUBJECT = "语文"
DPI = 150
SPEC = SheetSpec(
    "bag-test", "语文答题卡", (Questions(1, 10), Questions(11, 5, multiple=True)), number_digits=13
)
PRINTED = datetime(2027, 6, 1, 12, 0, tzinfo=EXAM_ZONE)
ANSWERS = {f"q{number}": "ABCD"[number % 4] for number in range(1, 11)} | {
    f"q{number}": "BD" for number in range(11, 16)
}
_HAND = Hand(0.8, 0.2)


@cache
def _blank(spec: SheetSpec, bearer: Bearer, side: int) -> Any:
    from kaowu.web.works.sheets import code_key

    return blank.raster(blank.pdf(spec, PRINTED, [bearer], code_key()), side - 1, DPI)


def written(
    bearer: Bearer,
    answers: dict[str, str],
    looks: dict[str, Mark],
    spec: SheetSpec | None = None,
    side: int = 1,
) -> bytes:
    """A sheet as the scanner gives it: full marks where `answers` says so, other marks where `looks` does."""
    given, looked = tuple(sorted(answers.items())), tuple(sorted(looks.items()))
    return _written(bearer, given, looked, spec or SPEC, side)


@cache
def _written(
    bearer: Bearer,
    given: tuple[tuple[str, str], ...],
    looked: tuple[tuple[str, Mark], ...],
    spec: SheetSpec,
    side: int,
) -> bytes:
    answers, looks = dict(given), dict(looked)
    chance = Generator(PCG64(int(bearer.seat or 0) + 7))
    paper = _blank(spec, bearer, side)
    ink = numpy.zeros(paper.shape, numpy.float32)
    for one in blank.layouts(spec)[side - 1].fields:
        wanted = answers.get(one.id, "")
        for option in one.options:
            if option.value in wanted or (wanted and one.type == "invigilator"):
                draw(ink, option.box, looks.get(one.id, Mark.FULL), DPI, _HAND, chance)
    sheet = numpy.clip(paper * (1 - 0.94 * ink), 0, 255).astype(numpy.uint8)
    noisy = numpy.clip(sheet + chance.normal(0, 2, sheet.shape), 0, 255).astype(numpy.uint8)
    _ok, made = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return made.tobytes()


def grid(number: str) -> dict[str, str]:
    """The admission number as it is filled in."""
    return {f"kh{place}": digit for place, digit in enumerate(number, start=1)}


@dataclass
class Bags:
    """The exam day with an approved sheet, after the first sitting."""

    day: ExamDay
    receipts: list[Any] = field(default_factory=list)

    @property
    def base(self) -> str:
        return f"/office/sheet-scans/{EXAM}/{self.day.site}/{SUBJECT}/"

    def bearer(self, seat: int, room: str = "001", **changes: str) -> Bearer:
        """Whose printed sheet it is."""
        number = self.number(seat, room)
        made = Bearer(
            exam=EXAM,
            subject=SUBJECT,
            room=f"{self.day.site}-{room}",
            seat=f"{seat:02d}",
            admission_number=number,
            serial=f"S1-{number}",
        )
        return replace(made, **changes)

    def number(self, seat: int, room: str = "001") -> str:
        return f"27{self.day.site}{room}{seat:02d}"

    def sheet(self, seat: int, room: str = "001", **changes: Any) -> bytes:
        """The sheet of one seat, answered; `answers`, `looks` and `bearer` change it."""
        answers = {**ANSWERS, **grid(self.number(seat, room)), **changes.get("answers", {})}
        return written(changes.get("bearer") or self.bearer(seat, room), answers, changes.get("looks", {}))

    def view(self, room: str = "001") -> Any:
        from kaowu.facts.subjects import RoomSittingKey
        from kaowu.store.queries import sheet_bags

        found = sheet_bags.bag(EXAM, RoomSittingKey("S1", self.day.site, room), SUBJECT)
        assert found is not None
        return found

    def check(self, browser: Any, room: str = "001", **changes: str) -> Any:
        """The triple check by hand."""
        given = {
            "room_number": room,
            "first_seat": "01",
            "last_seat": "05",
            "subject": SUBJECT,
            "sheets": "5",
            "state": "intact",
        }
        return browser.post(f"{self.base}{room}/check/", {**given, **changes})

    def upload(self, browser: Any, files: dict[str, bytes], room: str = "001") -> Any:
        """What the scanner wrote, as a browser sends it."""
        from django.core.files.uploadedfile import SimpleUploadedFile

        sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
        return browser.post(f"{self.base}{room}/upload/", {"files": sent})

    def scan(self, browser: Any, work: Any, files: dict[str, bytes], room: str = "001") -> Any:
        """Check, upload, and let the worker read; returns the job."""
        if self.view(room).bag.checked is None:
            assert self.check(browser, room).status_code == 302
        assert self.upload(browser, files, room).status_code == 302
        return work()

    def scan_two(self, browser: Any, work: Any) -> None:
        """Two sheets, a faint mark on the first; the other three seats' are missing."""
        files = {
            "1.jpg": self.sheet(1, looks={"q2": Mark.FAINT}),
            "2.jpg": self.sheet(2, answers={"q1": "A"}),
        }
        self.scan(browser, work, files)
        for seat in ("03", "04", "05"):
            self.settle(browser, f"seat/{seat}", "missing")

    def settle(self, browser: Any, target: str, state: str, room: str = "001") -> Any:
        given = {"target": target, "state": state, "reason": "核对纸卡后认定。"}
        return browser.post(f"{self.base}{room}/settle/", given)

    def seal(self, browser: Any, *rooms: str, second: str = "site-chief-1", **more: str) -> Any:
        from tests.web.conftest import PASSWORD

        signed = {"own_password": PASSWORD, "second_number": second, "second_password": PASSWORD}
        return browser.post(f"{self.base}seal-bags/", {"room": list(rooms or ("001",)), **signed, **more})


@pytest.fixture
def bags(city, account, settings, tmp_path) -> Bags:
    """One hour after the first sitting; copies go to a folder of the test."""
    from kaowu.facts.envelope import Actor
    from kaowu.store.queries import sheet_bags
    from kaowu.web.works import sheets

    # The journal of each test counts from nought: what the last one left warm would pass for this one's.
    sheet_bags._states.clear()
    settings.SHEET_BACKUP = tmp_path / "backup"
    day = set_up(city, account)
    day.at(-40)
    signed = (Actor("city-1", "city_officer"), Actor("city-2", "city_officer"))
    sheets.approve(EXAM, SUBJECT, SPEC, signed)
    day.at(210)
    return Bags(day)


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

"""An exam day whose papers were written: sheets that were read, plans that were approved, points that were entered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.web.conftest import PASSWORD
from tests.web.exam_day import EXAM, ExamDay, exam_day  # noqa: F401

CHINESE = {"parts": "选择 | 答题卡 | 1-3\n作文 | 录入 | 22=20 23=40", "keys0": "1-2 单选 10 AB\n3 多选 20 AC 少选 10", "rounded_to": "1"}  # fmt: skip
MATHS = {"parts": "全卷 | 导入 | 解答=100", "keys0": "", "rounded_to": "1"}
RIGHT = {"q1": "A", "q2": "B", "q3": "AC"}


@dataclass
class Scored:
    """The exam, who works there, and what the sheets say."""

    day: ExamDay
    as_post: Any
    sheets: dict[str, Any]
    browsers: dict[str, Any] = field(default_factory=dict)

    @property
    def tickets(self) -> list[str]:
        return [*self.day.tickets(), *self.day.tickets(self.day.next_room)]

    def browser(self, number: str, post: str = "city_officer", **more: Any) -> Any:
        """The browser of one person, signed in once."""
        if number not in self.browsers:
            self.browsers[number] = self.as_post(post, number=number, **more)
        return self.browsers[number]

    def post(self, name: str, *places: Any, by: str = "zhang", second: str = "li", **values: Any) -> Any:
        """Two officers sign a form: the one at the browser, the other beside."""
        from django.urls import reverse

        self.browser(by)
        self.browser(second)
        signed = {"own_password": PASSWORD, "second_number": second, "second_password": PASSWORD}
        return self.browser(by).post(reverse(name, args=[EXAM, *places]), {**signed, **values})

    def read(self, ticket: str, **answers: str) -> None:
        """A sheet of 语文 that was read; what is not named was answered rightly."""
        from kaowu.store.queries.answers import SheetAnswers

        self.sheets[ticket] = SheetAnswers(ticket, "语文", "present", {**RIGHT, **answers}, b"", 0)

    def mark(self, ticket: str, state: str) -> None:
        """A sheet in another state."""
        from kaowu.store.queries.answers import SheetAnswers

        self.sheets[ticket] = SheetAnswers(ticket, "语文", state)

    def plan(self) -> None:
        """Both plans approved by two."""
        assert self.post("score_plan_approve", "语文", **CHINESE).status_code == 302
        assert self.post("score_plan_approve", "数学", **MATHS).status_code == 302

    def enter(self, room: str, by: str, turn: int, values: dict[str, tuple[str, str]]) -> Any:
        """One person's entry of a bag, seat by seat: item 22, item 23."""
        from django.urls import reverse

        tickets = self.day.tickets(self.day.room if room == "001" else self.day.next_room)
        cells = {
            f"p-{ticket}-{item}": value
            for ticket in tickets
            for item, value in zip(("22", "23"), values.get(ticket, ("", "")), strict=True)
        }
        place = [EXAM, "语文", self.day.site, room]
        return self.browser(by).post(reverse("score_bag", args=place), {**cells, "turn": str(turn)})

    def enter_all(self) -> None:
        """Both bags entered twice alike: 15 and 30 for everybody who wrote."""
        for room, key in (("001", self.day.room), ("002", self.day.next_room)):
            wrote = {
                one: ("15", "30") for one in self.day.tickets(key) if self.sheets[one].state == "present"
            }
            for turn, person in ((1, "wang"), (2, "zhao")):
                assert self.enter(room, person, turn, wrote).status_code == 302

    def import_maths(self, **changed: str) -> Any:
        """数学 from a marking system: 80 for everybody."""
        rows = [f"{one},{changed.get(one, '80')}" for one in self.tickets]
        return self.upload("准考证号,解答\n" + "\n".join(rows))

    def upload(self, text: str | bytes, name: str = "数学.csv", encoding: str = "gb18030") -> Any:
        """Bring a file; returns the answer of the first page."""
        from django.core.files.uploadedfile import SimpleUploadedFile
        from django.urls import reverse

        content = text if isinstance(text, bytes) else text.encode(encoding)
        file = SimpleUploadedFile(name, content)
        return self.browser("zhang").post(reverse("score_import", args=[EXAM, "数学"]), {"file": file})

    def take(self, uploaded: Any, **columns: str) -> Any:
        """Sign for an uploaded file."""
        token = uploaded.url.rstrip("/").rpartition("/")[2]
        return self.post("score_import_take", "数学", token, system="云阅卷", **columns)

    def set_clock(self, *moment: int) -> None:
        """The exam's clock stands at a moment of 2027."""
        from datetime import datetime

        from kaowu.basics.clock import instant
        from kaowu.store.played_clock import play

        play(EXAM, instant(datetime(2027, *moment)), speed=0)

    def look_up(self, number: str, last: str, browser: Any = None) -> Any:
        """A candidate at the public page."""
        from django.test import Client
        from django.urls import reverse

        return (browser or Client()).post(reverse("enquiry", args=[EXAM]), {"number": number, "last": last})

    def let_in(self, ticket: str) -> Any:
        """The browser of a candidate who was let in; room and seat make the document's last digits."""
        from django.test import Client

        client = Client()
        room, seat = ticket[-5:-2], ticket[-2:]
        answer = self.look_up(ticket, f"0{room}{seat}", client)
        assert answer.status_code == 302, answer.content.decode()
        return client

    def published(self) -> None:
        """Approved, released, and open."""
        self.ready()
        self.approve()
        self.release()
        self.set_clock(6, 25, 10, 1)

    def freeze(self, **values: str) -> Any:
        from django.urls import reverse

        return self.browser("zhang").post(reverse("scores_freeze", args=[EXAM]), values)

    def ready(self) -> None:
        """Everything is there: plans, sheets, points; frozen."""
        self.plan()
        for ticket in self.tickets[1:]:
            self.read(ticket)
        self.mark(self.tickets[0], "absent")
        self.enter_all()
        self.take(self.import_maths())
        self.freeze()

    def approve(self) -> Any:
        return self.post("scores_approve", by="qian", second="sun")

    def release(self, **values: Any) -> Any:
        given = {"opens_at": "2027-06-25T10:00", "recheck_until": "2027-06-28T17:00"}
        return self.post("scores_release", by="qian", second="sun", **{**given, **values})


@pytest.fixture
def scored(exam_day, as_post, monkeypatch, settings):  # noqa: F811
    """The day after the papers; jobs are done at once, sheets are what the test says."""
    from datetime import datetime

    from kaowu.basics.clock import instant
    from kaowu.store.played_clock import play
    from kaowu.store.queries import answers

    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    play(EXAM, instant(datetime(2027, 6, 20, 9, 0)), speed=0)
    sheets: dict[str, Any] = {}

    def final_answers(exam: str, subject: str, site: str = "", room: str = "") -> list[Any]:
        if subject == "语文":
            return [
                sheets.get(one) or answers.SheetAnswers(one, subject, "not_scanned") for one in made.tickets
            ]
        return [answers.SheetAnswers(one, subject, "not_scanned") for one in made.tickets]

    monkeypatch.setattr(answers, "final_answers", final_answers)
    made = Scored(exam_day, as_post, sheets)
    for clerk in ("wang", "zhao", "zhou"):
        made.browser(clerk, "score_clerk", organisation=exam_day_city(exam_day))
    return made


def exam_day_city(day: ExamDay) -> Any:
    from kaowu.store.models import Organisation

    return Organisation.objects.get(code="370400")

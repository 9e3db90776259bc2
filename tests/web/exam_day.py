"""An exam day to test pages with: two sittings, one site with two rooms of five, and who works there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from kaowu.basics.clock import Instant, instant, minutes_after
from kaowu.basics.ids import new_fact_id
from kaowu.facts.subjects import RoomSittingKey

if TYPE_CHECKING:
    from django.test import Client

    from kaowu.store.models import Account

EXAM = "gk2027"
STARTS = instant(datetime(2027, 6, 7, 9, 0))
ENDS = instant(datetime(2027, 6, 7, 11, 30))
AFTERNOON = instant(datetime(2027, 6, 7, 15, 0))
STAFF = ("site_chief", "vault_keeper", "chief_invigilator", "assistant_invigilator", "screener")
NAMES = ("欧阳青", "买买提依明·阿卜杜热合曼", "次仁旺姆", "夏雨笙", "诸葛若絜")


@dataclass
class ExamDay:
    """The exam, its accounts, and a clock that tests may set."""

    site: str
    staff: dict[str, Account]
    sittings: tuple[str, ...] = ("S1", "S2")
    browsers: dict[str, Client] = field(default_factory=dict)

    @property
    def room(self) -> RoomSittingKey:
        return RoomSittingKey("S1", self.site, "001")

    @property
    def next_room(self) -> RoomSittingKey:
        return RoomSittingKey("S1", self.site, "002")

    def tickets(self, room: RoomSittingKey | None = None) -> list[str]:
        key = room or self.room
        return [f"27{key.site}{key.room}{seat:02d}" for seat in range(1, 6)]

    def at(self, minutes: float) -> Instant:
        """Set the exam's clock so many minutes after the start of the first sitting; it stands still."""
        from kaowu.store.played_clock import play

        now = Instant(STARTS + round(minutes * 60_000))
        play(EXAM, now, speed=0)
        return now

    def browser(self, post: str) -> Client:
        """A browser signed in as the person of that post."""
        from django.test import Client

        if post not in self.browsers:
            client = Client()
            client.force_login(self.staff[post], backend="django.contrib.auth.backends.ModelBackend")
            self.browsers[post] = client
        return self.browsers[post]

    def record(
        self, fact: Any, *posts: str, at: Instant, room: RoomSittingKey | None = None, **more: Any
    ) -> Any:
        """Hand a fact in past the doors."""
        from kaowu.facts.envelope import Actor
        from kaowu.loop.duty import Intent
        from kaowu.web.counter import counter

        key = room or self.room
        return counter().submit(
            Intent(
                id=more.pop("id", None) or new_fact_id(at),
                fact=fact,
                exam=EXAM,
                subject=str(key),
                actors=tuple(Actor(self.staff[post].number, post) for post in posts),
                stamped_at=at,
                site=key.site,
                **more,
            )
        )


def set_up(city: Any, account: Any) -> ExamDay:
    """Make the exam as its own facts would, and the seats as the sealing of a plan leaves them."""
    from kaowu.facts.envelope import Actor
    from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
    from kaowu.store.journal import open_book
    from kaowu.store.models import Candidate, Room, RoomSitting, SeatRow
    from kaowu.web.counter import record

    open_book("kaowu.test/node/1")
    officer = account("city_officer", "exam-maker")
    actor = Actor(officer.number, "city_officer")
    record(
        ExamSetUp(name="2027年普通高考", profile="gaokao", organisation=city.city.code),
        actor,
        exam=EXAM,
        subject=EXAM,
    )
    for sitting, subject, starts in (("S1", "语文", STARTS), ("S2", "数学", AFTERNOON)):
        record(
            SittingScheduled(
                sitting=sitting, subjects=(subject,), starts_at=starts, ends_at=minutes_after(starts, 150)
            ),
            actor,
            exam=EXAM,
            subject=EXAM,
        )
    site = city.north_site
    Room.objects.create(site=site, number="002", building="明德楼", floor=2, capacity=30, columns="5x6")
    for room in ("001", "002"):
        for seat in range(1, 6):
            ticket = f"27{site.code}{room}{seat:02d}"
            candidate = Candidate.objects.create(
                exam_id=EXAM,
                number=ticket,
                name=NAMES[seat - 1],
                sex="male",
                id_type="resident_id",
                id_number=f"3704022009010{room}0{seat}X"[:18],
                subjects="语文|数学",
            )
            SeatRow.objects.create(
                exam_id=EXAM,
                site=site.code,
                room=room,
                seat=f"{seat:02d}",
                admission_number=ticket,
                candidate=candidate,
            )
        for sitting in ("S1", "S2"):
            RoomSitting.objects.create(exam_id=EXAM, sitting=sitting, site=site.code, room=room, expected=5)
    return ExamDay(site.code, {post: account(post, f"{post.replace('_', '-')}-1") for post in STAFF})


@pytest.fixture
def exam_day(city, account) -> ExamDay:
    """The exam day, its clock standing 40 minutes before the start."""
    day = set_up(city, account)
    day.at(-40)
    return day

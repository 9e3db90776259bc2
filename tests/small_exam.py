"""A very small exam for tests: one sitting, one site, two rooms, five seats each."""

import itertools
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from kaowu.basics.clock import Instant, SetClock, instant
from kaowu.basics.errors import Finding
from kaowu.basics.ids import new_fact_id
from kaowu.exam.room_sitting import Seat
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor
from kaowu.facts.exam_setup import ExamSetUp, SittingScheduled
from kaowu.facts.subjects import RoomSittingKey
from kaowu.loop.desk import Book, Desk
from kaowu.loop.duty import Intent

EXAM = "gk2027"
SITE = "0402"
ROOM = RoomSittingKey("S1", SITE, "001")
NEXT_ROOM = RoomSittingKey("S1", SITE, "002")
STARTS = instant(datetime(2027, 6, 7, 9, 0))
ENDS = instant(datetime(2027, 6, 7, 11, 30))

CITY = Actor("city-1", "city_officer")
CHIEF = Actor("inv-1", "chief_invigilator")
SECOND = Actor("inv-2", "assistant_invigilator")
SITE_CHIEF = Actor("chief-1", "site_chief")
VAULT = Actor("vault-1", "vault_keeper")


def tickets(room: RoomSittingKey) -> list[str]:
    """The admission numbers expected in a room."""
    return [f"27{room.site}{room.room}{seat:02d}" for seat in range(1, 6)]


def seats() -> dict[tuple[str, RoomSittingKey], list[Seat]]:
    """Who is expected where."""
    return {
        (EXAM, room): [Seat(ticket, ticket[-2:]) for ticket in tickets(room)] for room in (ROOM, NEXT_ROOM)
    }


def no_findings(kind: str, fact: Fact, state: Any, act: Any) -> Iterable[Finding]:
    """A judge who finds nothing."""
    return ()


def repeatable_chance() -> Callable[[int], bytes]:
    """Bytes that are the same in every run."""
    count = itertools.count(1)
    return lambda size: next(count).to_bytes(size, "big")


def desk_over(book: Book, clock: SetClock, judge: Any = no_findings) -> Desk:
    """A desk over a book in which the small exam is set up."""
    desk = Desk(book, clock, judge, profile_of=lambda plan: None, chance=repeatable_chance())
    answers = desk.submit_all(
        [
            intent(ExamSetUp(name="小考", profile="gaokao", organisation="3704"), CITY, at=clock.now()),
            intent(
                SittingScheduled(sitting="S1", subjects=("语文",), starts_at=STARTS, ends_at=ENDS),
                CITY,
                at=clock.now(),
            ),
        ]
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)], answers
    return desk


def intent(
    fact: Fact,
    *actors: Actor,
    at: Instant,
    subject: str = EXAM,
    site: str | None = None,
    device: str = "office",
    chance: bytes | None = None,
) -> Intent:
    """An intent as a door would hand it in."""
    return Intent(
        id=new_fact_id(at, chance),
        fact=fact,
        exam=EXAM,
        subject=subject,
        actors=actors,
        stamped_at=at,
        site=site,
        device=device,
    )


def in_room(fact: Fact, *actors: Actor, at: Instant, room: RoomSittingKey = ROOM, **more: Any) -> Intent:
    """An intent about a room-sitting."""
    return intent(fact, *actors, at=at, subject=str(room), site=room.site, **more)

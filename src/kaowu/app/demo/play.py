"""Playing a day: the story's requests go through a door at the exam's played clock.

Live, the clock runs at a chosen speed and requests leave when their time has
come. Fast, the clock stands at each minute in turn and moves on as soon as all
of that minute was answered. Afterwards each site chief signs the figures.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from kaowu.app.demo.doors import Door
from kaowu.app.demo.story import MINUTE, SITE_CHIEF, Request, RoomOfDay, fact_id, tell

MOST_AT_ONCE = 500
SIGN_AFTER_MINUTES = 35
TICK_S = 0.5

Progress = Callable[[int, int, int], None]
"""Called with how many requests were answered, of how many, and the time on the exam's clock."""


@dataclass
class Played:
    """What came of a day."""

    requests: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    sittings: tuple[str, ...] = ()
    signed: int = 0

    def take(self, answer: dict[str, Any]) -> None:
        """Count one answer."""
        self.requests += 1
        self.outcomes[answer["outcome"]] += 1
        self.findings.update(found["code"] for found in answer.get("findings", ()))
        if answer.get("refusal"):
            self.refusals[answer["refusal"]["code"]] += 1


@dataclass(frozen=True)
class Cast:
    """The tokens of the people who act: by site and post; one token that may look around."""

    tokens: dict[tuple[str, str], str]
    looking: str

    @property
    def sites(self) -> list[str]:
        """The sites that have people."""
        return sorted({site for site, _ in self.tokens})


@dataclass
class Player:
    """Plays one exam through one door; `set_clock(exam, at, speed)` moves the exam's clock."""

    door: Door
    exam: str
    cast: Cast
    set_clock: Callable[[int, float], None]
    progress: Progress = lambda done, of, at: None

    def play(self, seed: int, *, day: int = 0, speed: float | None = None) -> Played:
        """Play the `day`-th day of the exam; without a speed as fast as answers come."""
        rooms = list(self.rooms(day))
        story = tell(rooms, seed)
        played = Played(sittings=tuple(sorted({room.sitting for room in rooms})))
        batches = self._live(story, speed) if speed else self._fast(story)
        done = 0
        for at, batch in batches:
            for sent, answers in self._hand_in(batch):
                for answer in answers:
                    played.take(answer)
                done += len(sent)
            self.progress(done, len(story), at)
        self._sign(rooms, seed, played)
        return played

    def rooms(self, day: int) -> Iterator[RoomOfDay]:
        """Every room-sitting of the day, with whom it expects."""
        [exam] = [e for e in self.door.get("/api/v1/exams", self.cast.looking) if e["exam"] == self.exam]
        days = sorted({_day(sitting["starts_at"]) for sitting in exam["sittings"]})
        for sitting in exam["sittings"]:
            if _day(sitting["starts_at"]) != days[day]:
                continue
            for site in self.cast.sites:
                yield from self._rooms_of(sitting, site)

    def _rooms_of(self, sitting: dict[str, Any], site: str) -> Iterator[RoomOfDay]:
        token = self.cast.tokens[site, SITE_CHIEF]
        base = f"/api/v1/exams/{self.exam}/sittings/{sitting['sitting']}/sites/{site}"
        for line in self.door.get(f"{base}/figures", token):
            seats = self.door.get(f"{base}/rooms/{line['room']}/roster", token)
            yield RoomOfDay(
                sitting=sitting["sitting"],
                site=site,
                room=line["room"],
                subject=sitting["subjects"][0],
                starts_at=sitting["starts_at"],
                ends_at=sitting["ends_at"],
                tickets=tuple(seat["admission_number"] for seat in seats),
            )

    def _fast(self, story: Sequence[Request]) -> Iterator[tuple[int, list[Request]]]:
        for minute, requests in groupby(story, key=lambda request: request.at // MINUTE):
            at = (minute + 1) * MINUTE
            self.set_clock(at, 0.0)
            yield at, list(requests)

    def _live(self, story: Sequence[Request], speed: float) -> Iterator[tuple[int, list[Request]]]:
        """Long stretches without anything (a lunch break) are skipped to five minutes before the next request."""
        waiting = list(reversed(story))
        at, since = waiting[-1].at - MINUTE, time.monotonic()
        self.set_clock(at, speed)
        while waiting:
            now = at + round((time.monotonic() - since) * 1000 * speed)
            if waiting[-1].at - now > 30 * MINUTE:
                at, since = waiting[-1].at - 5 * MINUTE, time.monotonic()
                self.set_clock(at, speed)
                continue
            due = []
            while waiting and waiting[-1].at <= now:
                due.append(waiting.pop())
            if due:
                yield now, due
            else:
                time.sleep(TICK_S)

    def _hand_in(self, batch: Sequence[Request]) -> Iterator[tuple[Sequence[Request], list[dict[str, Any]]]]:
        by_sender = sorted(batch, key=lambda request: (request.site, request.first))
        for (site, first), requests in groupby(by_sender, key=lambda request: (request.site, request.first)):
            ordered = sorted(requests, key=lambda request: request.at)
            for begin in range(0, len(ordered), MOST_AT_ONCE):
                sent = ordered[begin : begin + MOST_AT_ONCE]
                body = [self._body(request) for request in sent]
                answer = self.door.post("/api/v1/facts", self.cast.tokens[site, first], body)
                yield sent, answer["answers"]

    def _body(self, request: Request) -> dict[str, Any]:
        body = {
            "id": request.id,
            "kind": request.kind,
            "exam": self.exam,
            "subject": request.subject,
            "stamped_at": request.at,
            "device": request.device,
            "post": request.first,
            "payload": request.payload,
        }
        if request.second:
            token = self.cast.tokens[request.site, request.second]
            body["second"] = {"token": token, "post": request.second}
        return body

    def _sign(self, rooms: Sequence[RoomOfDay], seed: int, played: Played) -> None:
        """Each site chief signs the figures of each sitting, gaps explained."""
        ends = {room.sitting: room.ends_at for room in rooms}
        for sitting, ends_at in sorted(ends.items(), key=lambda item: item[1]):
            at = ends_at + SIGN_AFTER_MINUTES * MINUTE
            if at >= max(ends.values()):
                self.set_clock(at, 0.0)
            for site in self.cast.sites:
                answer = self._sign_site(sitting, site, at, seed)
                played.take(answer)
                played.signed += answer["outcome"] != "refused"

    def _sign_site(self, sitting: str, site: str, at: int, seed: int) -> dict[str, Any]:
        token = self.cast.tokens[site, SITE_CHIEF]
        lines = self.door.get(f"/api/v1/exams/{self.exam}/sittings/{sitting}/sites/{site}/figures", token)

        def total(name: str) -> int:
            return sum(line["figures"][name] for line in lines)

        balanced = total("expected") == total("entered") + total("absent")
        names = ("expected", "entered", "absent", "issued", "used", "absent_sheets", "spare", "void")
        body = {
            "id": fact_id(at, seed, "signed", sitting, site),
            "kind": "sitting_reconciled",
            "exam": self.exam,
            "subject": site,
            "stamped_at": at,
            "device": f"{site}-office",
            "post": SITE_CHIEF,
            "payload": {
                "sitting": sitting,
                "rooms": len(lines),
                "open_findings": sum(line["open_findings"] for line in lines),
                "remark": "" if balanced else "已逐场查明，见考场情况记录单。",
                **{name: total(name) for name in names},
            },
        }
        [answer] = self.door.post("/api/v1/facts", token, [body])["answers"]
        return answer


def _day(at: int) -> int:
    """The day of an instant at +08:00, counted from the epoch."""
    return (at + 8 * 60 * MINUTE) // (24 * 60 * MINUTE)

"""Handing in a fact of exam day: the same checks for a page, a terminal and a program.

What arrives is read by the catalogue, its place must lie inside the sender's scope, its time must not lie in
the future of the exam's clock. Then it is an intent for the desk. Every refusal is a `Refused` with a
sentence in both languages.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaowu.basics.clock import Instant, exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.ids import FactId
from kaowu.engines.ledger.runs import Proven
from kaowu.facts.catalogue import Kind, kind_named
from kaowu.facts.envelope import Actor
from kaowu.facts.subjects import RoomSittingKey, Subject
from kaowu.loop.duty import Duty, Intent, duty_that_records
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import exams, places
from kaowu.store.queries.exam_clock import ExamTime, exam_time_now
from kaowu.web.access import Scope, grants_of
from kaowu.web.counter import clock

PERMISSION = "facts.hand_in"
AHEAD_MS = 120_000  # where an exam has no profile yet

DEVICE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact belongs: the site and its path in the organisation tree."""

    site: str
    path: str


@dataclass(frozen=True, slots=True)
class Signed:
    """One person who was authenticated at the act, and the post asked for, if any."""

    account: Any
    post: str = ""
    method: str = "login"
    """How they proved it."""
    credential: str = ""
    """By which of their credentials; left empty: the account's own."""


class Counterfoil:
    """What several facts of one request need again and again: exams, clocks, places."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._exams: dict[str, tuple[ExamTime, int]] = {}
        self._paths: dict[str, str | None] = {}

    def intent(
        self,
        *,
        id: FactId,
        kind: str,
        exam: str,
        subject: str,
        payload: Mapping[str, Any],
        signed: Sequence[Signed],
        stamped_at: Instant | None = None,
        device: str = "office",
        from_paper: bool = False,
    ) -> Intent:
        """The intent, or Refused."""
        known = self.kind(kind)
        duty = duty_of(known)
        fact = known.read(payload)
        clock, ahead = self.exam(exam)
        place = self.place(known, subject)
        at = clock.now if stamped_at is None else stamped_at
        if at > clock.now + ahead:
            raise from_the_future(at, clock.now)
        if not DEVICE_NAME.match(device):
            raise Refused(
                "device_unreadable",
                Sentence(
                    "不能记录：设备编号只能用字母、数字和 . _ : -，最长 64 位。",
                    "Cannot record: a device name uses letters, digits and . _ : -, at most 64.",
                ),
            )
        return Intent(
            id=id,
            fact=fact,
            exam=exam,
            subject=subject,
            actors=actors_for(duty, signed, place.path),
            stamped_at=at,
            site=place.site,
            device=device,
            time_source="paper" if from_paper else clock.source,
            proven=proven_by(signed),
        )

    def kind(self, name: str) -> Kind:
        """A kind of fact that belongs to exam day; other kinds have doors of their own."""
        known = kind_named(name)
        if known.about not in (Subject.ROOM_SITTING, Subject.SITE) or duty_that_records(name) is None:
            raise Refused(
                "fact_has_another_door",
                Sentence(
                    f"不能由此记录“{known.label.zh}”：这里只收考试当日的记录。",
                    f"Cannot record “{known.label.en}” here: this door takes facts of the exam day.",
                ),
                remedy=Sentence("请在办公室的相应页面办理。", "Use the office page made for it."),
            )
        return known

    def exam(self, code: str) -> tuple[ExamTime, int]:
        """The exam's clock, and by how many milliseconds a device may run ahead of it."""
        if code not in self._exams:
            if not exams.is_known(code):
                raise Refused("exam_unknown", Sentence(f"没有考试“{code}”。", f"There is no exam “{code}”."))
            self._exams[code] = (exam_time_now(code), _ahead_ms(code))
        return self._exams[code]

    def place(self, kind: Kind, subject: str) -> Place:
        """Site and path of a subject; Refused if there is none or it lies outside the scope."""
        site = subject
        if kind.about is Subject.ROOM_SITTING:
            try:
                site = RoomSittingKey.read(subject).site
            except ValueError:
                raise Refused(
                    "room_sitting_unknown",
                    Sentence(
                        f"“{subject}”不是“场次/考点/考场”。",
                        f"“{subject}” is not of the form sitting/site/room.",
                    ),
                ) from None
        if site not in self._paths:
            self._paths[site] = places.site_path(site)
        path = self._paths[site]
        if path is None:
            raise Refused("site_unknown", Sentence(f"没有考点“{site}”。", f"There is no site “{site}”."))
        if not self.scope.covers(path):
            raise Refused(
                "access.outside_scope",
                Sentence(
                    f"不能记录：考点 {site} 不在您负责的范围内。",
                    f"Cannot record: site {site} lies outside your area of duty.",
                ),
                remedy=Sentence("请由该考点的人员办理。", "Let the staff of that site do it."),
            )
        return Place(site, path)


def proven_by(signed: Sequence[Signed]) -> tuple[Proven, ...]:
    """What the node will attest of each of several persons, who proved themselves in this very request."""
    if len(signed) < 2:
        return ()
    at = clock.now()
    return tuple(
        Proven(one.account.number, one.credential or f"account/{one.account.number}", one.method, at)
        for one in signed
    )


def duty_of(kind: Kind) -> Duty:
    """The duty that records a kind which `Counterfoil.kind` has let through."""
    duty = duty_that_records(kind.name)
    assert duty is not None
    return duty


def actors_for(duty: Duty, signed: Sequence[Signed], path: str) -> tuple[Actor, ...]:
    """Each person in a post that has the duty there, two persons in different posts where they can be."""
    choices = [_posts(person, duty, path) for person in signed]
    if len(signed) == 2:
        first, second = choices
        pairs = [(one, other) for one in first for other in second if one != other]
        best = next((p for p in pairs if p[0] in duty.posts and p[1] in duty.posts), None)
        if best is None and first[0] in duty.posts and second[0] in duty.posts:
            raise _same_post(duty)
        chosen = list(best or (first[0], second[0]))
    else:
        chosen = [posts[0] for posts in choices]
    return tuple(Actor(person.account.number, post) for person, post in zip(signed, chosen, strict=True))


def _posts(person: Signed, duty: Duty, path: str) -> list[str]:
    held = [post for post, own in grants_of(person.account) if path.startswith(own)]
    if person.post:
        held = [post for post in held if post == person.post]
    # A post without the duty is handed on as well: the desk refuses it and writes the attempt down.
    return sorted(held, key=lambda post: post not in duty.posts) or ["none"]


def _same_post(duty: Duty) -> Refused:
    return Refused(
        "posts_must_differ",
        Sentence(
            f"不能“{duty.label.zh}”：两人岗位相同。",
            f"Cannot “{duty.label.en}”: both persons hold the same post.",
        ),
        remedy=Sentence("请另一岗位的人员签认。", "Let a person of another post sign."),
    )


def _ahead_ms(exam: str) -> int:
    profile = profile_of(exams.plan(exam))
    return profile.number("clock_ahead_seconds") * 1000 if profile else AHEAD_MS


def from_the_future(at: Instant, now: Instant) -> Refused:
    """The refusal of a fact whose time has not come yet."""
    said, shown = f"{exam_time(at):%Y-%m-%d %H:%M:%S}", f"{exam_time(now):%Y-%m-%d %H:%M:%S}"
    return Refused(
        "fact_from_the_future",
        Sentence(
            f"不能记录：记录的时间 {said} 晚于考试时间 {shown}。",
            f"Cannot record: its time {said} lies after the exam's time {shown}.",
        ),
        remedy=Sentence("请给设备对时后重新提交。", "Set the device's clock, then send again."),
    )

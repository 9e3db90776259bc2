"""Rehearsals: when one may be held, what it showed with its problems, in one transaction, and what was done about a problem."""

import fcntl
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import transaction

import kaowu
from kaowu.basics.clock import Instant, SystemClock, exam_time
from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.rehearsals import Problem
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor
from kaowu.facts.rehearsal import RehearsalProblemFound, RehearsalProblemSolved, SoftwareRehearsed
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.judge_rehearsal import Judged, Measured
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store.queries import exams
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.rehearsals import Place
from kaowu.web.counter import record

_LOCK = "rehearsal.lock"


@contextmanager
def the_only_one() -> Iterator[None]:
    """While one is held: none is begun beside it, and none while candidates sit. Raises Refused."""
    _require_no_sitting(SystemClock().now())
    with (settings.DATA.root / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as held:
            raise Refused(
                "rehearsal_under_way",
                Sentence(
                    "不能开始：本机正在联调。等它结束，或先取消它，再开始。",
                    "Cannot begin: this machine is rehearsing. Begin when that has ended, or cancel it first.",
                ),
            ) from held
        yield


def _require_no_sitting(now: Instant) -> None:
    """From the first minute of a sitting's script to its end the machine belongs to it; a played day is none."""
    taken: list[tuple[Instant, Instant, str]] = []
    for exam in exams.exams():
        if exam.archived or exam_time_now(exam.code).is_exercise:
            continue
        profile, first = profile_of(exams.plan(exam.code)), True
        for held in exams.sittings(exam.code):
            minutes = (
                profile.timetable(held.starts_at, held.ends_at, held.subjects, is_first=first)
                if profile
                else ()
            )
            taken.append((min([at for at, _ in minutes] + [held.starts_at]), held.ends_at, exam.name))
            first = False
    free, name = now, ""
    for begins, ends, exam_name in sorted(taken):
        if begins <= free < ends:
            free, name = ends, exam_name
    if name:
        at = exam_time(free).strftime("%Y-%m-%d %H:%M")
        raise Refused(
            "sitting_under_way",
            Sentence(
                f"不能联调：{name}正在开考或即将开考，联调会拖慢本机。{at} 之后可以开始。",
                f"No rehearsal now: a sitting of {name} is being held or about to be, and would be slowed down. Possible after {at}.",
            ),
        )


def keep(
    exam: str,
    place: Place,
    begun_at: Instant,
    size: Mapping[str, int],
    measured: Measured,
    judged: Iterable[Judged],
    figures: Mapping[str, Any],
    actor: Actor,
) -> Receipt:
    """Put a rehearsal and every problem that it found on record, all or nothing; `size` counts rooms, people, terminals."""
    checks = list(judged)
    bad = [one for one in checks if not one.good]
    fact = SoftwareRehearsed(
        begun_at=begun_at,
        program=kaowu.__version__,
        **size,
        acts=measured.acts,
        lost=measured.lost,
        problems=len(bad),
        passed=tuple(one.check for one in checks if one.good),
        figures=json.dumps(figures, ensure_ascii=False, sort_keys=True),
    )
    with transaction.atomic():
        receipt = _record(exam, place, fact, actor)
        for one in bad:
            problem = RehearsalProblemFound(
                rehearsal=str(receipt.id), check=one.check, figure=one.figure, limit=one.limit
            )
            _record(exam, place, problem, actor)
    return receipt


def solve(exam: str, place: Place, problem: Problem | None, done: str, actor: Actor) -> Receipt:
    """Say what was done about a problem. Raises Refused if it is not on the list any more."""
    if problem is None:
        raise Refused(
            "rehearsal_problem_closed",
            Sentence(
                "不能登记：这个问题已复测通过，或不在清单上。",
                "Cannot record: this problem was passed by a later rehearsal, or is not on the list.",
            ),
        )
    fact = RehearsalProblemSolved(problem=problem.id, check=problem.check, done=done)
    return _record(exam, place, fact, actor)


def _record(exam: str, place: Place, fact: Fact, actor: Actor) -> Receipt:
    return record(fact, actor, exam=exam, subject=place.code, site=place.code if place.is_site else None)

"""Rehearsals on record: what one showed, with its problems, in one transaction; and what was done about a problem."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

import kaowu
from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.exam.rehearsals import Problem
from kaowu.facts.catalogue import Fact
from kaowu.facts.envelope import Actor
from kaowu.facts.rehearsal import RehearsalProblemFound, RehearsalProblemSolved, SoftwareRehearsed
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.judge_rehearsal import Judged, Measured
from kaowu.store.queries.rehearsals import Place
from kaowu.web.counter import record


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

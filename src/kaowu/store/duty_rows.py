"""The duties of a sealed draw as rows, written with the fact that seals it, changes it or takes a duty up."""

import json
from collections.abc import Iterable, Iterator

from kaowu.facts.envelope import Envelope
from kaowu.facts.lots import DrawSealed
from kaowu.facts.staffing import DutiesChanged, DutyTaken, PersonReplaced
from kaowu.facts.subjects import DrawKey
from kaowu.loop.desk import Recorded
from kaowu.store import artefacts
from kaowu.store.models import DutyRow

_CHUNK = 2_000

_Duty = tuple[str, str, str, str, str]
"""Sitting, site, room, post, person."""


def take_duties(recorded: Recorded, fact: DrawSealed) -> None:
    """Replace the rows of a draw by those of its sealed plan. A seat plan has rows of its own kind."""
    key = DrawKey.read(recorded.envelope.subject)
    if key.kind == "seats":
        return
    DutyRow.objects.filter(exam_id=recorded.envelope.exam, draw=recorded.envelope.subject).delete()
    _write(recorded.envelope, _duties(key, artefacts.read(fact.plan)), {})


def change_duties(recorded: Recorded, fact: DutiesChanged | PersonReplaced) -> None:
    """Only rows that differ between the two lists are written anew, so that `since` names the change.

    Who reported for a sitting has reported, also at another post.
    """
    envelope = recorded.envelope
    key = DrawKey.read(envelope.subject)
    before = set(_duties(key, artefacts.read(fact.before)))
    after = set(_duties(key, artefacts.read(fact.after)))
    rows = DutyRow.objects.filter(exam_id=envelope.exam, draw=envelope.subject)
    taken: dict[tuple[str, str], int] = {}
    for sitting, site, room, post, person in before - after:
        old = rows.filter(sitting=sitting, site=site, room=room, post=post, person=person)
        reported = old.values_list("taken_at", flat=True).first()
        if reported is not None:
            taken[sitting, person] = reported
        old.delete()
    _write(envelope, sorted(after - before), taken)


def take_duty(recorded: Recorded, fact: DutyTaken) -> None:
    """The first time that somebody reported for a sitting stands."""
    rows = DutyRow.objects.filter(
        exam_id=recorded.envelope.exam,
        draw=recorded.envelope.subject,
        sitting=fact.sitting,
        person=fact.person,
        taken_at=None,
    )
    rows.update(taken_at=recorded.envelope.stamped_at)


def _write(envelope: Envelope, duties: Iterable[_Duty], taken: dict[tuple[str, str], int]) -> None:
    rows = [
        DutyRow(
            exam_id=envelope.exam,
            draw=envelope.subject,
            sitting=sitting,
            site=site,
            room=room,
            post=post,
            person=person,
            since=envelope.id,
            taken_at=taken.get((sitting, person)),
        )
        for sitting, site, room, post, person in duties
    ]
    DutyRow.objects.bulk_create(rows, batch_size=_CHUNK)


def _duties(key: DrawKey, plan: bytes) -> Iterator[_Duty]:
    plain = json.loads(plan)
    if key.kind == "sent":
        yield from (("", site, "", "", person) for person, site in plain["sent"])
    else:
        yield from (tuple(duty) for duty in plain["duties"])

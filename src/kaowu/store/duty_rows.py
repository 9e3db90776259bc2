"""The duties of a sealed draw as rows, written with the fact that seals it."""

import json
from collections.abc import Iterator

from kaowu.facts.lots import DrawSealed
from kaowu.facts.subjects import DrawKey
from kaowu.loop.desk import Recorded
from kaowu.store import artefacts
from kaowu.store.models import DutyRow

_CHUNK = 2_000


def take_duties(recorded: Recorded, fact: DrawSealed) -> None:
    """Replace the rows of a draw by those of its sealed plan. A seat plan has rows of its own kind."""
    envelope = recorded.envelope
    key = DrawKey.read(envelope.subject)
    if key.kind == "seats":
        return
    DutyRow.objects.filter(exam_id=envelope.exam, draw=envelope.subject).delete()
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
        )
        for sitting, site, room, post, person in _duties(key, artefacts.read(fact.plan))
    ]
    DutyRow.objects.bulk_create(rows, batch_size=_CHUNK)


def _duties(key: DrawKey, plan: bytes) -> Iterator[tuple[str, str, str, str, str]]:
    plain = json.loads(plan)
    if key.kind == "sent":
        yield from (("", site, "", "", person) for person, site in plain["sent"])
    else:
        yield from (tuple(duty) for duty in plain["duties"])

"""The lives of a log (纪元): which log goes on from which, and which are of this node's own unit."""

from collections.abc import Sequence

from django.conf import settings
from django.db.models import QuerySet

from kaowu.facts.envelope import Envelope
from kaowu.facts.nodes import EpochOpened
from kaowu.store.models import Arrival, MirroredLog


def previous_of(log: MirroredLog) -> Sequence[str]:
    """The logs that a log says it goes on from."""
    rows = Arrival.objects.filter(log=log, kind=EpochOpened.kind.name).values_list("entry", flat=True)
    facts = (Envelope.from_bytes(bytes(entry)).fact() for entry in rows)
    return [fact.previous for fact in facts if isinstance(fact, EpochOpened)]


def lives_of(log: MirroredLog) -> list[MirroredLog]:
    """A log and all that it goes on from, of the same unit, as far as they are held here; the latest first."""
    lives = [log]
    for one in lives:
        if one.organisation:
            known = [life.pk for life in lives]
            of_the_unit = MirroredLog.objects.filter(organisation=one.organisation).exclude(pk__in=known)
            lives += of_the_unit.filter(origin__in=previous_of(one))
    return lives


def own_unit() -> QuerySet[MirroredLog]:
    """The copies of logs of this node's own unit: its earlier lives, and the machine that it stands by for."""
    return MirroredLog.objects.filter(organisation=settings.IDENTITY.organisation).exclude(organisation="")

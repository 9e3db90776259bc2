"""Logs that another one goes on from (接续): which of them have to be closed here, and which claims are not good.

A standby that takes over says so in the first fact of what comes next. It is
believed here if the log that it replaces has itself named it as its standby,
or has ended already; both are of one unit. Nobody has to close the old log by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kaowu.basics.errors import Finding, Sentence, Severity
from kaowu.facts.envelope import Envelope
from kaowu.facts.nodes import EpochOpened, NodeEnrolled
from kaowu.store.journal import finding_row
from kaowu.store.models import Arrival, FindingRow, MirroredLog

CODE = "nodes.takeover_not_entitled"
_REGISTRY = "registry"


@dataclass(frozen=True, slots=True)
class Takeover:
    """An open log that has been taken over, by which other, and the place of the fact among the arrivals."""

    previous: str
    by: str


def new_takeovers(since: int) -> tuple[list[Takeover], int]:
    """The takeovers among what arrived after a place, and where to look next; claims that are not good get a finding."""
    found = []
    for arrival, envelope, fact in _epochs(since):
        since = max(since, arrival.number)
        previous = MirroredLog.objects.filter(origin=fact.previous, closed_at=0).first()
        if previous is None:
            continue
        if _is_standby_of(arrival.log, previous):
            found.append(Takeover(previous.origin, arrival.log.origin))
        elif not FindingRow.objects.filter(arrival=arrival, code=CODE).exists():
            finding_row(envelope, _not_entitled(fact.previous), arrival=arrival).save()
    return found, since


def _epochs(since: int) -> Iterator[tuple[Arrival, Envelope, EpochOpened]]:
    rows = Arrival.objects.filter(exam=_REGISTRY, number__gt=since, kind=EpochOpened.kind.name)
    for arrival in rows.select_related("log").order_by("number"):
        envelope = Envelope.from_bytes(bytes(arrival.entry))
        fact = envelope.fact()
        assert isinstance(fact, EpochOpened)
        yield arrival, envelope, fact


def _is_standby_of(log: MirroredLog, previous: MirroredLog) -> bool:
    """Of the same unit, and named as its standby in the other's own log."""
    if not log.organisation or log.organisation != previous.organisation:
        return False
    rows = Arrival.objects.filter(log=previous, exam=_REGISTRY, kind=NodeEnrolled.kind.name)
    for entry in rows.values_list("entry", flat=True):
        fact = Envelope.from_bytes(bytes(entry)).fact()
        if isinstance(fact, NodeEnrolled) and (fact.standing, fact.log_key) == ("standby", log.key):
            return True
    return False


def _not_entitled(previous: str) -> Finding:
    return Finding(
        CODE,
        Sentence(
            f"所称接续流水 {previous} 不成立：该流水没有把它登记为备机。原流水继续接收。",
            f"It is no standby of log {previous}, as far as that log says; the log stays open.",
        ),
        Severity.URGENT,
        remedy=Sentence(
            "请与考点核实；确需停用原流水的，用 kaowu node revoke。",
            "Ask the site; if the old log is to end, use kaowu node revoke.",
        ),
    )

"""Findings of a whole exam, filtered; and the sittings that were reconciled."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Finding
from kaowu.facts.catalogue import kind_named
from kaowu.facts.envelope import Envelope
from kaowu.facts.settling import SittingReconciled
from kaowu.store.journal import finding_of
from kaowu.store.models import Arrival, FindingRow, JournalEntry


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding with the fact it stands beside."""

    finding: Finding
    index: int
    subject: str
    site: str
    kind_zh: str
    kind_en: str
    stamped_at: Instant
    is_open: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """A sitting of a site that its chief has signed."""

    fact: SittingReconciled
    at: Instant
    by: str


class Findings:
    """The findings that fit, to be counted and cut into pages."""

    def __init__(self, rows: QuerySet[FindingRow]) -> None:
        self._rows = rows

    def count(self) -> int:
        """For a paginator."""
        return self._rows.count()

    def __len__(self) -> int:
        return self._rows.count()

    def __getitem__(self, part: slice) -> list[FindingLine]:
        return [_line(row) for row in self._rows[part]]


def find(exam: str, sites: list[str] | None, *, severity: int = 0, site: str = "", code: str = "", state: str = "") -> Findings:  # fmt: skip
    """Worst and latest first. `sites` bounds what may be seen; None is the whole exam."""
    rows = _within(exam, sites).select_related("entry", "arrival").order_by("-severity", "-id")
    if severity:
        rows = rows.filter(severity=severity)
    if site:
        rows = rows.filter(site=site)
    if code:
        rows = rows.filter(code=code)
    if state in ("open", "closed"):
        rows = rows.filter(is_open=state == "open")
    return Findings(rows)


def counts(exam: str, sites: list[str] | None) -> dict[str, list[tuple[str, int]]]:
    """How many by code and by site."""
    rows = _within(exam, sites)
    return {
        name: list(rows.values_list(name).annotate(number=Count("id")).order_by("-number", name))
        for name in ("code", "site", "severity")
    }


def signed_sittings(exam: str) -> dict[tuple[str, str], Signed]:
    """The latest signature of each sitting and site."""
    found = {}
    wanted = {"exam": exam, "kind": SittingReconciled.kind.name}
    arrived = Arrival.objects.filter(**wanted).order_by("number").values_list("entry", flat=True)
    own = JournalEntry.objects.filter(**wanted).order_by("index").values_list("entry", flat=True)
    for entry in (*arrived, *own):
        envelope = Envelope.from_bytes(bytes(entry))
        fact = envelope.fact()
        assert isinstance(fact, SittingReconciled)
        signed = Signed(fact, envelope.stamped_at, envelope.actors[0].account)
        found[fact.sitting, envelope.site or ""] = signed
    return found


def _within(exam: str, sites: list[str] | None) -> QuerySet[FindingRow]:
    rows = FindingRow.objects.filter(exam=exam)
    return rows if sites is None else rows.filter(Q(site__in=sites))


def _line(row: FindingRow) -> FindingLine:
    label = kind_named(row.fact.kind).label
    return FindingLine(
        finding_of(row), row.fact.index, row.subject, row.site, label.zh, label.en, Instant(row.fact.stamped_at), row.is_open
    )  # fmt: skip

"""What the resident team of a site did: who was there, which items hold, what it found."""

from collections.abc import Iterable
from dataclasses import dataclass

from kaowu.basics.clock import Instant
from kaowu.facts.inspection import InspectionFindingRecorded, SiteItemChecked, TeamMemberPresent
from kaowu.rules.inspection import POST
from kaowu.store.journal import facts_about
from kaowu.store.models import DutyRow, JournalEntry

_KINDS = tuple(kind.kind.name for kind in (TeamMemberPresent, SiteItemChecked, InspectionFindingRecorded))


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody who was there in a sitting, and since when."""

    sitting: str
    person: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Found:
    """One finding, when it was written down and by whom."""

    fact: InspectionFindingRecorded
    at: Instant
    by: str


@dataclass(frozen=True, slots=True)
class Inspected:
    """Everything of one site; of an item checked twice the last look counts."""

    present: tuple[Present, ...] = ()
    items: dict[str, SiteItemChecked] | None = None
    found: tuple[Found, ...] = ()

    @property
    def checked(self) -> dict[str, SiteItemChecked]:
        """The items that were looked at, by code."""
        return self.items or {}

    def was_there(self, sitting: str, person: str) -> Present | None:
        """When somebody was there in a sitting; None if nobody says so."""
        return next((one for one in self.present if (one.sitting, one.person) == (sitting, person)), None)


def of_site(exam: str, site: str) -> Inspected:
    """What was recorded at a site."""
    present: dict[tuple[str, str], Present] = {}
    items: dict[str, SiteItemChecked] = {}
    found: list[Found] = []
    for one in facts_about(exam, site):
        if one.envelope.kind not in _KINDS:
            continue
        fact = one.envelope.fact(dict(one.personal))
        match fact:
            case TeamMemberPresent():
                at = Instant(fact.written_at or one.envelope.stamped_at)
                present.setdefault((fact.sitting, fact.person), Present(fact.sitting, fact.person, at))
            case SiteItemChecked():
                items[fact.item] = fact
            case InspectionFindingRecorded():
                found.append(Found(fact, one.envelope.stamped_at, one.envelope.actors[0].account))
    return Inspected(tuple(present.values()), items, tuple(found))


def sites_inspected(exam: str) -> set[str]:
    """The sites of which anything is on record."""
    rows = JournalEntry.objects.filter(exam=exam, kind__in=_KINDS)
    return set(rows.values_list("subject", flat=True))


def drawn_people(exam: str, numbers: Iterable[str]) -> set[str]:
    """Those of these people who are sent or drawn as staff of the exam; for the team itself does not count."""
    rows = DutyRow.objects.filter(exam_id=exam, person__in=list(numbers))
    posts: dict[str, set[str]] = {}
    for person, post in rows.values_list("person", "post"):
        posts.setdefault(person, set()).add(post)
    return {person for person, held in posts.items() if held - {""} != {POST}}

"""What was seen on video in a sitting at a site, and how each issue was handled."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kaowu.basics.clock import Instant
from kaowu.facts.subjects import RoomSittingKey
from kaowu.facts.video import VideoIssueHandled, VideoIssueSeen
from kaowu.store.journal import facts_about
from kaowu.store.models import JournalEntry

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of the log; without `handled` it stands open."""

    id: str
    room: str
    seen: VideoIssueSeen
    by: str
    handled: VideoIssueHandled | None = None

    @property
    def seen_at(self) -> Instant:
        """When it was seen."""
        return Instant(self.seen.seen_at)

    @property
    def handled_at(self) -> Instant | None:
        """When it was handled; None while it stands open."""
        return Instant(self.handled.handled_at) if self.handled else None

    @property
    def minutes(self) -> int | None:
        """Whole minutes it took, the begun one counted; None while it stands open."""
        if self.handled is None:
            return None
        return max(0, -(-(self.handled.handled_at - self.seen.seen_at) // _MINUTE_MS))


@dataclass(frozen=True, slots=True)
class Handling:
    """The log in figures: issues, still open, over the time allowed, the longest and the mean in minutes."""

    issues: int
    open: int
    late: int
    longest: int
    mean_tenths: int


def issues(exam: str, sitting: str, site: str) -> list[Issue]:
    """Every issue of a sitting at a site, in the order in which it was seen; withdrawn ones do not count."""
    kinds = (VideoIssueSeen.kind.name, VideoIssueHandled.kind.name)
    rows = JournalEntry.objects.filter(exam=exam, kind__in=kinds, subject__startswith=f"{sitting}/{site}/")
    found: dict[str, Issue] = {}
    for subject in sorted(set(rows.values_list("subject", flat=True))):
        found |= _of_room(exam, subject)
    return sorted(found.values(), key=lambda issue: (issue.seen.seen_at, issue.id))


def handling(logged: Iterable[Issue], most_minutes: int) -> Handling:
    """The figures of a log."""
    every = list(logged)
    took = [issue.minutes for issue in every if issue.minutes is not None]
    return Handling(
        issues=len(every),
        open=len(every) - len(took),
        late=sum(minutes > most_minutes for minutes in took),
        longest=max(took, default=0),
        mean_tenths=round(10 * sum(took) / len(took)) if took else 0,
    )


def _of_room(exam: str, subject: str) -> dict[str, Issue]:
    found: dict[str, Issue] = {}
    recorded = facts_about(exam, subject)
    withdrawn = {one.envelope.corrects for one in recorded}
    for one in recorded:
        if one.envelope.id in withdrawn:
            continue
        fact = one.envelope.fact(dict(one.personal))
        if isinstance(fact, VideoIssueSeen):
            key = RoomSittingKey.read(subject)
            found[str(one.envelope.id)] = Issue(
                str(one.envelope.id), key.room, fact, one.envelope.actors[0].account
            )
        elif isinstance(fact, VideoIssueHandled) and fact.issue in found:
            found[fact.issue] = replace(found[fact.issue], handled=fact)
    return found

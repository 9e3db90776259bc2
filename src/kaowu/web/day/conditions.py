"""How a room or a site stands, as one mark and a few words: the worst thing first, what is right last."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaowu.basics.clock import Instant, exam_time, minutes_after
from kaowu.exam.plan import Sitting
from kaowu.exam.room_sitting import Figures
from kaowu.rules.profile import Profile
from kaowu.store.queries.day import RoomLine, SiteLine

LATE_MINUTES = 15  # where an exam has no profile yet
_RANKS = {"3": 0, "2": 1, "1": 2, "unknown": 3}


@dataclass(frozen=True, slots=True)
class Condition:
    """A state of the `state` tag and its words; `rank` sorts, the worst lowest.

    The words are put in the reader's language when they are read: a wall judges thousands and shows eight.
    """

    mark: str
    say: Callable[[], str]

    @property
    def words(self) -> str:
        return self.say()

    @property
    def rank(self) -> int:
        return _RANKS.get(self.mark, 4)


@dataclass(frozen=True, slots=True)
class Hours:
    """The instants of a sitting by which conditions are judged."""

    now: Instant
    starts_at: Instant
    absent_from: Instant
    ends_at: Instant

    @classmethod
    def of(cls, sitting: Sitting, profile: Profile | None, now: Instant) -> "Hours":
        minutes = profile.number("absent_marked_after_minutes") if profile else LATE_MINUTES
        return cls(now, sitting.starts_at, minutes_after(sitting.starts_at, minutes), sitting.ends_at)

    @property
    def has_begun(self) -> bool:
        """Whether the sitting runs, so that papers should be open."""
        return self.now >= self.starts_at

    @property
    def is_decided(self) -> bool:
        """Whether it should be known of each candidate if they came."""
        return self.now >= self.absent_from

    @property
    def passed(self) -> tuple[bool, ...]:
        """Which hours have come; as long as that is the same, conditions change with records alone."""
        return self.has_begun, self.is_decided


def room_condition(line: RoomLine, hours: Hours) -> Condition:
    """How one room-sitting stands."""
    figures = line.figures
    if figures.counted and not figures.balances:
        used = figures.used + figures.absent_sheets + figures.spare + figures.void
        return Condition("3", partial(_differ, abs(figures.issued - used)))
    if line.worst >= 2:
        return Condition(str(line.worst), partial(_findings, line.open_findings))
    if hours.has_begun and not figures.unsealed:
        return Condition("2", lambda: _("Begun, packet not unsealed"))
    if figures.in_doubt:
        return Condition("1", partial(_in_doubt, figures.in_doubt))
    undecided = figures.expected - figures.entered - figures.absent
    if undecided > 0 and hours.is_decided:
        return Condition("1", partial(_undecided, undecided))
    if line.worst == 1:
        return Condition("1", partial(_findings, line.open_findings))
    if not line.changed_at:
        return Condition("unknown", lambda: _("No record yet"))
    return Condition("ok", partial(_quiet, figures))


def site_condition(line: SiteLine, rooms: Iterable[Condition]) -> Condition:
    """How a site stands by what is recorded: its worst room, and how many stand so."""
    stand = list(rooms)
    if not stand or not line.changed_at:
        return Condition("unknown", lambda: _("No record yet"))
    worst = min(stand, key=lambda condition: condition.rank)
    if worst.rank >= 3:
        return Condition("ok", lambda: _("In order"))
    same = sum(condition.rank == worst.rank for condition in stand)
    return Condition(worst.mark, partial(_in_rooms, worst, same)) if same > 1 else worst


def as_heard(stands: Condition, site: str, silent: Mapping[str, Instant | None]) -> Condition:
    """A site whose node is silent is unknown, unless it is known to be worse: no news is not good news."""
    if site not in silent or stands.rank < 3:
        return stands
    since = silent[site]
    if since is None:
        return Condition("unknown", lambda: _("Never heard of"))
    return Condition("unknown", partial(_unknown_since, since))


def _in_rooms(worst: Condition, same: int) -> str:
    rooms_words = ngettext("%(n)d room", "%(n)d rooms", same) % {"n": same}
    return f"{worst.words}（{rooms_words}）"


def _differ(number: int) -> str:
    return _("Sheets differ by %(n)d") % {"n": number}


def _in_doubt(number: int) -> str:
    return ngettext("%(n)d in doubt", "%(n)d in doubt", number) % {"n": number}


def _undecided(number: int) -> str:
    return _("%(n)d neither here nor absent") % {"n": number}


def _unknown_since(since: Instant) -> str:
    return _("Unknown since %(time)s") % {"time": f"{exam_time(since):%H:%M}"}


def _findings(number: int) -> str:
    return ngettext("%(n)d finding", "%(n)d findings", number) % {"n": number}


def _quiet(figures: Figures) -> str:
    if figures.packets and figures.collected == figures.packets:
        return _("Collected")
    if figures.counted:
        return _("Counted")
    if figures.packets and figures.unsealed == figures.packets:
        return _("Unsealed")
    return _("Handed out") if figures.packets else _("Entering")

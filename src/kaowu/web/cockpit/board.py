"""What the wall is drawn from: the figures, findings and minutes of one sitting, at one moment.

Everything here is counted by room and site; no name, no number of a candidate comes this far.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from django.utils.translation import get_language

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Sentence
from kaowu.exam.claims import CODE, LABEL
from kaowu.exam.plan import Sitting
from kaowu.exam.room_sitting import Figures
from kaowu.loop.profile_of_exam import profile_of
from kaowu.rules.model import Step
from kaowu.rules.profile import ResolvedProfile
from kaowu.rules.registry import rules
from kaowu.store.queries import day, exams, places
from kaowu.store.queries.copies import silent_since
from kaowu.store.queries.exam_clock import ExamTime, exam_time_now
from kaowu.store.queries.flow import Flow, FlowReader
from kaowu.web.access import Scope
from kaowu.web.counter import clock as node_clock
from kaowu.web.day.conditions import Condition, Hours, room_condition, site_condition
from kaowu.web.day.where import sitting_of

AREA, SITE = "area", "site"
PLACES_HOLD_S = 5.0
_sites_of: dict[frozenset[str], tuple[float, tuple[places.SitePlace, ...]]] = {}


@dataclass(frozen=True, slots=True)
class WallFinding:
    """An open finding without anything personal: what it is called, where, since when."""

    severity: int
    label: Sentence
    site: str
    room: str
    since: Instant


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site of the table."""

    line: day.SiteLine
    name: str
    condition: Condition
    found: Sequence[WallFinding]
    unbalanced: int  # rooms whose sheets do not close
    last_at: Instant | None

    @property
    def words(self) -> str:
        """What the worst finding is called and in which rooms; else how the site stands."""
        return _words(self.condition, self.found)


@dataclass(frozen=True, slots=True)
class RoomRow:
    """One room of the building."""

    line: day.RoomLine
    place: places.RoomPlace | None
    condition: Condition
    words: Sentence | None  # what the worst finding is called


@dataclass(frozen=True)
class Board:
    """One sitting over an area or in one site, as panels read it."""

    exam: exams.ExamLine
    sitting: Sitting
    sittings: tuple[Sitting, ...]
    level: str
    trail: tuple[str, ...]
    clock: ExamTime
    profile: ResolvedProfile | None
    sites: tuple[SiteRow, ...]
    rooms: tuple[RoomRow, ...]
    findings: tuple[WallFinding, ...]
    flow: Flow

    @cached_property
    def figures(self) -> Figures:
        """The sums over all sites."""
        return day.total(row.line.figures for row in self.sites)

    @property
    def rooms_total(self) -> int:
        return sum(row.line.rooms for row in self.sites)

    @property
    def rooms_unsealed(self) -> int:
        return sum(row.line.rooms_unsealed for row in self.sites)

    @property
    def rooms_counted(self) -> int:
        return sum(row.line.rooms_counted for row in self.sites)

    @property
    def sites_heard(self) -> int:
        """Sites from which at least one record has come."""
        return sum(row.last_at is not None for row in self.sites)

    @cached_property
    def minutes(self) -> tuple[tuple[Instant, Step], ...]:
        """The minute script of the sitting."""
        if self.profile is None:
            return ()
        held = self.sitting
        first = bool(self.sittings) and self.sittings[0].id == held.id
        return self.profile.timetable(held.starts_at, held.ends_at, held.subjects, is_first=first)


def board(exam: exams.ExamLine, sitting: str, scope: Scope, site: str | None = None) -> Board:
    """The board of a sitting over the scope, or in one site of it; Http404 if there is no such sitting."""
    held = sitting_of(exam.code, sitting)
    clock, profile = exam_time_now(exam.code), profile_of(exams.plan(exam.code))
    hours = Hours.of(held, profile, clock.now)
    by_code = {
        code: found for code, found in day.rooms_by_site(exam.code, sitting).items() if site in (None, code)
    }
    names = {
        place.code: place.short_name for place in _places(frozenset(by_code)) if scope.covers(place.path)
    }
    here = {code: found for code, found in by_code.items() if code in names}
    codes = list(here)
    flow = flow_of(exam.code).flow(sitting, codes)
    found, silent = _findings(exam.code, sitting, set(codes)), silent_since(codes, node_clock.now())
    by_site: dict[str, list[WallFinding]] = {}
    for finding in found:
        by_site.setdefault(finding.site, []).append(finding)
    rows, rooms = [], ()
    for found_rooms in here.values():
        line = day.site_line(found_rooms)
        conditions = [(room, room_condition(room, hours)) for room in found_rooms]
        condition = site_condition(line, (condition for _, condition in conditions), silent)
        rows.append(
            SiteRow(
                line,
                names[line.site],
                condition,
                by_site.get(line.site, ()),
                sum(room.figures.counted and not room.figures.balances for room, _ in conditions),
                flow.last_at.get(line.site),
            )
        )
        if site is not None:
            rooms = _rooms(site, conditions, found)
    rows.sort(key=lambda row: (row.condition.rank, row.line.site))
    return Board(
        exam=exam,
        sitting=held,
        sittings=tuple(exams.sittings(exam.code)),
        level=AREA if site is None else SITE,
        trail=_trail(scope, site),
        clock=clock,
        profile=profile,
        sites=tuple(rows),
        rooms=rooms,
        findings=found,
        flow=flow,
    )


@cache
def flow_of(exam: str) -> FlowReader:
    """This process's reader of an exam's flow."""
    return FlowReader(exam)


def _places(codes: frozenset[str]) -> tuple[places.SitePlace, ...]:
    """Names and places of sites, read again after some seconds: a wall of a thousand is drawn often."""
    read_at, kept = _sites_of.get(codes, (-PLACES_HOLD_S, ()))
    if time.monotonic() - read_at >= PLACES_HOLD_S:
        kept = tuple(places.sites(codes))
        _sites_of.clear()  # mostly one sitting is looked at
        _sites_of[codes] = time.monotonic(), kept
    return kept


def forget_places() -> None:
    """Read names and places anew the next time."""
    _sites_of.clear()


def _words(condition: Condition, found: Sequence[WallFinding]) -> str:
    here = [finding for finding in found if str(finding.severity) == condition.mark]
    if not here:
        return condition.words
    label = here[0].label.in_language(get_language() or "zh-hans")
    rooms = sorted({finding.room for finding in here if finding.label == here[0].label and finding.room})
    return f"{label} {'、'.join(rooms[:4])}{'…' if len(rooms) > 4 else ''}"


def _findings(exam: str, sitting: str, sites: set[str]) -> tuple[WallFinding, ...]:
    labels = {code: rule.label for code, rule in rules().items()} | {CODE: LABEL}
    wall = []
    for found in day.open_findings(exam, within=f"{sitting}/", limit=500):
        parts = found.subject.split("/")
        if found.site in sites:
            code = found.finding.code
            wall.append(
                WallFinding(
                    int(found.finding.severity),
                    # The finding's own sentence may name a ticket; the wall shows what the rule is called.
                    labels.get(code, Sentence(code, code)),
                    found.site,
                    parts[-1] if len(parts) == 3 else "",
                    found.stamped_at,
                )
            )
    return tuple(wall)


def _rooms(
    site: str, conditions: list[tuple[day.RoomLine, Condition]], found: tuple[WallFinding, ...]
) -> tuple[RoomRow, ...]:
    registered = places.rooms(site)
    worst: dict[str, Sentence] = {}
    for finding in found:
        worst.setdefault(finding.room, finding.label)
    return tuple(
        RoomRow(
            line,
            registered.get(line.key.room),
            condition,
            worst.get(line.key.room) if line.worst and str(line.worst) == condition.mark else None,
        )
        for line, condition in conditions
    )


def _trail(scope: Scope, site: str | None) -> tuple[str, ...]:
    if site is not None:
        place = places.site(site)
        return (*place.above[-2:], place.short_name) if place else ()
    return places.area(scope.paths[0])[-2:] if scope.paths else ()

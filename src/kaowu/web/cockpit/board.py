"""What the wall is drawn from: the figures, findings and minutes of one sitting, at one moment.

Everything here is counted by room and site; no name, no number of a candidate comes this far.
"""

import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from django.http import Http404
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
from kaowu.web.cockpit.standing import Standing
from kaowu.web.counter import clock as node_clock
from kaowu.web.day.conditions import Condition, Hours, as_heard, room_condition

AREA, SITE = "area", "site"
PLACES_HOLD_S = 5.0
MOST_NAMED = 32
_names_of: dict[tuple[frozenset[str], Scope], tuple[float, Mapping[str, str]]] = {}


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

    @cached_property
    def rooms_total(self) -> int:
        return sum(row.line.rooms for row in self.sites)

    @cached_property
    def rooms_unsealed(self) -> int:
        return sum(row.line.rooms_unsealed for row in self.sites)

    @cached_property
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
    sittings = exams.sittings(exam.code)
    held = next((one for one in sittings if one.id == sitting), None)
    if held is None:
        raise Http404
    clock, profile = exam_time_now(exam.code), profile_of(exams.plan(exam.code))
    hours = Hours.of(held, profile, clock.now)
    sites, has_findings = standing_of(exam.code, sitting).read(hours)
    names = _names(frozenset(sites), scope)
    here = {code: stand for code, stand in sites.items() if code in names and site in (None, code)}
    flow = flow_of(exam.code).flow(sitting, here)
    found = _findings(exam.code, sitting, here) if has_findings else ()
    by_site: dict[str, list[WallFinding]] = {}
    for finding in found:
        by_site.setdefault(finding.site, []).append(finding)
    silent = silent_since(here, node_clock.now())
    rows = [
        SiteRow(
            stand.rooms.line,
            names[code],
            as_heard(stand.condition, code, silent),
            by_site.get(code, ()),
            stand.unbalanced,
            flow.last_at.get(code),
        )
        for code, stand in here.items()
    ]
    rows.sort(key=lambda row: (row.condition.rank, row.line.site))
    return Board(
        exam=exam,
        sitting=held,
        sittings=tuple(sittings),
        level=AREA if site is None else SITE,
        trail=_trail(scope, site),
        clock=clock,
        profile=profile,
        sites=tuple(rows),
        rooms=_rooms(site, here[site].rooms.rooms, hours, found) if site in here else (),
        findings=found,
        flow=flow,
    )


@cache
def flow_of(exam: str) -> FlowReader:
    """This process's reader of an exam's flow."""
    return FlowReader(exam)


@lru_cache(maxsize=8)
def standing_of(exam: str, sitting: str) -> Standing:
    """What this process keeps of a sitting."""
    return Standing(exam, sitting)


def _names(codes: frozenset[str], scope: Scope) -> Mapping[str, str]:
    """Names of the sites inside the scope, read again after some seconds: a wall of a thousand is drawn often."""
    read_at, kept = _names_of.get((codes, scope), (-PLACES_HOLD_S, {}))
    if time.monotonic() - read_at >= PLACES_HOLD_S:
        kept = {place.code: place.short_name for place in places.sites(codes) if scope.covers(place.path)}
        if len(_names_of) >= MOST_NAMED:
            _names_of.clear()
        _names_of[codes, scope] = time.monotonic(), kept
    return kept


def forget_places() -> None:
    """Read names and places anew the next time."""
    _names_of.clear()


def _words(condition: Condition, found: Sequence[WallFinding]) -> str:
    here = [finding for finding in found if str(finding.severity) == condition.mark]
    if not here:
        return condition.words
    label = here[0].label.in_language(get_language() or "zh-hans")
    rooms = sorted({finding.room for finding in here if finding.label == here[0].label and finding.room})
    return f"{label} {'、'.join(rooms[:4])}{'…' if len(rooms) > 4 else ''}"


def _findings(exam: str, sitting: str, sites: Container[str]) -> tuple[WallFinding, ...]:
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
    site: str, lines: Iterable[day.RoomLine], hours: Hours, found: Iterable[WallFinding]
) -> tuple[RoomRow, ...]:
    registered = places.rooms(site)
    worst: dict[str, Sentence] = {}
    for finding in found:
        worst.setdefault(finding.room, finding.label)
    rows = []
    for line in lines:
        condition = room_condition(line, hours)
        said = worst.get(line.key.room) if line.worst and str(line.worst) == condition.mark else None
        rows.append(RoomRow(line, registered.get(line.key.room), condition, said))
    return tuple(rows)


def _trail(scope: Scope, site: str | None) -> tuple[str, ...]:
    if site is not None:
        place = places.site(site)
        return (*place.above[-2:], place.short_name) if place else ()
    return places.area(scope.paths[0])[-2:] if scope.paths else ()

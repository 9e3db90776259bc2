"""How scores spread over rooms and sites, and where violations gather (成绩分布与群体性违规): leads for people."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from kaowu.basics.ids import digest
from kaowu.engines.scores import Cluster, Outlier, State, clusters, distribution, outliers
from kaowu.loop.profile_of_exam import profile_of
from kaowu.loop.settle.score_rows import ScoreRow
from kaowu.reports.registry import document
from kaowu.reports.score_distribution import DistributionLine, LeadLine, ScoreDistribution
from kaowu.store import score_rows
from kaowu.store.models import RoomSitting
from kaowu.store.queries import exams, places, scores
from kaowu.web.works.paper_heads import exam_head, printed_at
from kaowu.web.works.score_alike import AllSites
from kaowu.web.works.score_totals import subjects_of

_BANDS = 10
_CHANCE = 0.001
"""A group is a lead when chance alone would make it so in one of a thousand groups at most."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One room or site in one subject."""

    group: str
    candidates: int
    mean: float
    absent: int
    void: int


@dataclass(frozen=True, slots=True)
class Spread:
    """One subject over all rooms or sites that somebody may see."""

    subject: str
    full: int
    bands: tuple[tuple[int, int, int], ...]
    """Lower limit, upper limit, candidates."""
    groups: tuple[GroupLine, ...]
    leads: tuple[Outlier, ...]
    scored: int
    mean: float

    @property
    def most(self) -> int:
        """The fullest band, for the bars."""
        return max((count for _low, _high, count in self.bands), default=0)


def frozen_rows(exam: str) -> list[ScoreRow]:
    """The rows of the last freeze, corrected ones as corrected."""
    state = scores.scores(exam)
    root = state.approved.root if state.approved else state.frozen.root if state.frozen else None
    return [one.row for one in score_rows.all_rows(exam, root)] if root else []


def spread(exam: str, subject: str, rows: list[ScoreRow], by_room: bool) -> Spread:
    """The distribution of one subject, and the rooms or sites whose mean stands out against all others."""
    full = scores.scores(exam).plans[subject].full
    reached: dict[str, list[int]] = defaultdict(list)
    absent: Counter[str] = Counter()
    void: Counter[str] = Counter()
    for row in rows:
        score, group = row.of(subject), _group_of(row.site, row.room, by_room)
        if score is None:
            continue
        absent[group] += score.state is State.ABSENT
        void[group] += score.state is State.VOID
        if score.state is State.SCORED:
            reached[group].append(score.points)
    everything = [one for found in reached.values() for one in found]
    width = max(full // _BANDS, 1)
    counted = distribution((min(one, full - 1) if full else one for one in everything), width)
    groups = sorted(reached.keys() | absent.keys())
    return Spread(
        subject,
        full,
        tuple((low, min(low + width, full), count) for low, count in counted.items()),
        tuple(_group(name, reached[name], absent[name], void[name]) for name in groups),
        tuple(outliers(reached)),
        len(everything),
        sum(everything) / len(everything) if everything else 0.0,
    )


@dataclass(frozen=True, slots=True)
class Gathered:
    """Cases of each room or site among so many, and where they gather more than chance lets one expect."""

    rates: tuple[tuple[str, int, int], ...]
    """Group, cases, among how many."""
    clusters: tuple[Cluster, ...]


def violations(exam: str, by_room: bool) -> Gathered:
    """Violations on record among those who came in."""
    people: Counter[str] = Counter()
    for site, room, entered in RoomSitting.objects.filter(exam_id=exam).values_list(
        "site", "room", "entered"
    ):
        people[_group_of(site, room, by_room)] += entered
    cases = Counter(_group_of(one.key.site, one.key.room, by_room) for one in scores.violations(exam))
    return _gathered(exam, cases, people)


def sheet_findings(exam: str, by_room: bool) -> Gathered:
    """Sheets of sealed bags that do not go with the record: an absence with answers, a violation marked or not.

    The seal says how many; so a node above counts without the images.
    """
    sheets: Counter[str] = Counter()
    cases: Counter[str] = Counter()
    for key, sealed in scores.sealed_bags(exam):
        group = _group_of(key.site, key.room, by_room)
        sheets[group] += sealed.expected
        cases[group] += sealed.absent_with_answers + sealed.violation_differs
    return _gathered(exam, +cases, sheets)


@dataclass(frozen=True, slots=True)
class RoomsAlike:
    """A site so many of whose rooms hold answers alike that the whole site is a lead."""

    site: str
    rooms: int
    of: int


def answers_alike(exam: str, found: AllSites, by_room: bool) -> Gathered:
    """Candidates who are one of a pair with answers alike, among the sheets compared."""
    cases, sheets = Counter[str](), Counter[str]()
    for (site, room), (named, compared) in found.rooms.items():
        group = _group_of(site, room, by_room)
        cases[group] += named
        sheets[group] += compared
    return _gathered(exam, +cases, sheets)


def sites_alike(exam: str, found: AllSites) -> list[RoomsAlike]:
    """Sites of which at least the share of rooms that the profile names holds answers alike in this subject."""
    profile = profile_of(exams.plan(exam))
    share = profile.number("alike_rooms_percent") if profile else 100
    rooms = Counter(site for site, _room in found.rooms)
    alike = Counter(site for (site, _room), (named, _sheets) in found.rooms.items() if named)
    return [
        RoomsAlike(site, count, rooms[site])
        for site, count in sorted(alike.items())
        if 100 * count >= share * rooms[site]
    ]


def _gathered(exam: str, cases: Counter[str], people: Counter[str]) -> Gathered:
    profile = profile_of(exams.plan(exam))
    least = profile.number("group_violation_cases") if profile else 3
    found = clusters(cases, people, at_least=least, chance=_CHANCE)
    return Gathered(tuple((group, cases[group], people[group]) for group in sorted(cases)), tuple(found))


def _group_of(site: str, room: str, by_room: bool) -> str:
    return f"{site}/{room}" if by_room else site


def as_pdf(exam: str, rows: list[ScoreRow]) -> bytes:
    """Distributions of every subject with their leads, on paper."""
    line, plan = exams.exam(exam), exams.plan(exam)
    profile = profile_of(plan)
    assert line is not None and profile is not None
    state = scores.scores(exam)
    shown = [spread(exam, one, rows, by_room=True) for one in subjects_of(exam) if one in state.plans]
    names = places.site_names({row.site for row in rows})
    told = ScoreDistribution(
        exam_head(line, profile),
        tuple(_lines(one) for one in shown),
        tuple(_lead(one.subject, lead, names) for one in shown for lead in one.leads),
    )
    root = state.frozen.root.hex() if state.frozen else digest(b"").hex()
    return document("score-distribution").render(told, printed_at(exam), root)


def _group(name: str, reached: list[int], absent: int, void: int) -> GroupLine:
    return GroupLine(name, len(reached), sum(reached) / len(reached) if reached else 0.0, absent, void)


def _lines(one: Spread) -> DistributionLine:
    return DistributionLine(one.subject, one.full, one.scored, round(one.mean), one.bands)


def _lead(subject: str, lead: Outlier, names: dict[str, str]) -> LeadLine:
    site, _, room = lead.group.partition("/")
    return LeadLine(subject, names.get(site, site), room, lead.candidates, round(lead.mean), lead.deviations)

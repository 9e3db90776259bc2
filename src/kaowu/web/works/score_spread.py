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
from kaowu.web.works.score_totals import subjects_of

_BANDS = 10


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
        score, group = row.of(subject), f"{row.site}/{row.room}" if by_room else row.site
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


def violation_clusters(exam: str, by_room: bool) -> tuple[list[tuple[str, int, int]], list[Cluster]]:
    """Violations and entries of each room or site, and where they gather more than chance lets one expect."""
    profile = profile_of(exams.plan(exam))
    people: Counter[str] = Counter()
    for site, room, entered in RoomSitting.objects.filter(exam_id=exam).values_list(
        "site", "room", "entered"
    ):
        people[f"{site}/{room}" if by_room else site] += entered
    cases: Counter[str] = Counter()
    for one in scores.violations(exam):
        cases[f"{one.key.site}/{one.key.room}" if by_room else one.key.site] += 1
    least = profile.number("group_violation_cases") if profile else 3
    found = clusters(cases, people, at_least=least, chance=0.001)
    return [(group, cases[group], people[group]) for group in sorted(cases)], found


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

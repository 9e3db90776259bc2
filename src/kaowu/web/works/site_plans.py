"""Plans of sites: work out, let the independent verifier judge, keep the attempt, adopt it by lot.

An attempt holds no names and no chance. The seed comes afterwards, drawn before
two persons, and divides only candidates of the same school among its sites.
"""

from collections.abc import Callable
from dataclasses import dataclass

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.opening import (
    ENGINE_VERSION,
    Explanation,
    NoPlan,
    OpeningPlan,
    OpeningProblem,
    certify,
    explain,
    solve,
    split,
    travel,
    verify,
)
from kaowu.engines.seating import explain as explain_seating
from kaowu.facts.envelope import Actor
from kaowu.facts.sites_allocation import RoadsMeasured, SitesAllocated, SitesOpened, SiteStandingDecided
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.allocate_sites import Known, members_of, opening_problem
from kaowu.loop.prepare.arrange_seats import seating_problem
from kaowu.loop.prepare.road_table import Roads, read_road_file, read_roads, write_roads
from kaowu.loop.prepare.roster_table import RosterRow, read_roster
from kaowu.loop.prepare.seat_table import read_seats
from kaowu.loop.prepare.site_table import write_site_table
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import artefacts
from kaowu.store.queries import exams, registers
from kaowu.web.counter import clock, record
from kaowu.web.works.exam_setup import description_of, required_subjects

PROBLEM, PLAN, POOLS, ROADS = "opening_problem", "opening_plan", "candidate_sites", "roads"


class NoSites(Refused):
    """There is no plan of sites; `explanation` says why, and what would help."""

    def __init__(self, explanation: Explanation) -> None:
        first = explanation.conflicts[0].sentence if explanation.conflicts else Sentence("", "")
        more = len(explanation.conflicts) - 1
        super().__init__(
            "no_plan_of_sites",
            Sentence(
                f"布不成：{first.zh}" + (f"；另有{more}处" if more > 0 else ""),
                f"No plan: {first.en}" + (f"; and {more} more" if more > 0 else ""),
            ),
            remedy=Sentence("请看原因和放宽办法。", "See the reasons and what would help."),
        )
        self.explanation = explanation


@dataclass(frozen=True)
class Allocated:
    """A plan that the verifier accepted, not yet on record."""

    exam: str
    problem: OpeningProblem
    plan: OpeningPlan
    roster: bytes
    attempt: int


def problem_of(exam: str) -> OpeningProblem:
    """The question which sites to open, as facts and registers stand. Raises Refused."""
    plan, line = exams.plan(exam), exams.exam(exam)
    profile = profile_of(plan)
    if line is None or profile is None or plan.roster is None:
        raise Refused(
            "nothing_to_allocate",
            Sentence("不能布局：还没有写入名册。", "Cannot plan: no roster was imported yet."),
        )
    arranged = plan.seats_now or (plan.arranged.plan if plan.arranged else None)
    seated = None
    if arranged is not None:
        seated = {seat.candidate: seat.site for seat in read_seats(artefacts.read(arranged))}
    return opening_problem(
        exam,
        profile,
        roster_of(exam),
        registers.sites_below(line.organisation_path),
        registers.schools(),
        Known(
            plan.site_standings,
            list(read_roads(artefacts.read(plan.roads.roads))) if plan.roads else (),
            plan.closed_places,
        ),
        seated,
    )


def roster_of(exam: str) -> list[RosterRow]:
    """The roster in force; empty where there is none."""
    roster = exams.plan(exam).roster
    return list(read_roster(artefacts.read(roster.roster))) if roster else []


def allocate(exam: str, progress: Callable[[str], None] | None = None) -> Allocated:
    """Work out a plan and have it judged. Raises NoSites with the reasons, or Refused."""
    problem, standing = problem_of(exam), exams.plan(exam)
    assert standing.roster is not None
    tell = progress or (lambda stage: None)
    try:
        found = solve(problem, tell)
    except NoPlan:
        tell("explain")
        raise NoSites(explain(problem, lambda: tell("explain"))) from None
    tell("verify")
    found = certify(problem, found)
    breaks = verify(problem, found)
    if breaks:
        raise Refused(
            "plan_not_accepted",
            Sentence(
                f"布局没有通过核验：{len(breaks)} 处，第一处：{breaks[0].sentence.zh}",
                f"The verifier does not accept the plan: {len(breaks)} breaks, first: {breaks[0].sentence.en}",
            ),
        )
    return Allocated(exam, problem, found, standing.roster.roster, standing.allocation_attempts + 1)


def missing_rooms(exam: str, found: OpeningPlan) -> list[Sentence]:
    """What the rooms of the opened sites could not seat, by a trial division of schools that decides nothing.

    Rooms keep languages and streams apart, so a site may run out of rooms before it runs out of seats.
    """
    plan, line = exams.plan(exam), exams.exam(exam)
    profile = profile_of(plan)
    assert line is not None and profile is not None
    allocated = split(found, numbers_of(exam), bytes.fromhex(found.digest))
    try:
        problem = seating_problem(
            exam,
            profile,
            roster_of(exam),
            registers.sites_below(line.organisation_path),
            required_subjects(description_of(exam)),
            plan.in_order(),
            plan.closed_places,
            allocated,
        )
    except Refused as refused:
        return [refused.sentence]
    return [conflict.sentence for conflict in explain_seating(problem).conflicts]


def keep_attempt(allocated: Allocated, actor: Actor, reason: str = "") -> Receipt:
    """Put an attempt on record. Raises Refused."""
    exam, now = allocated.exam, clock.now()
    problem, found = allocated.problem, allocated.plan
    before, after = travel(problem, problem.before), travel(problem, found.flows)
    kept = artefacts.keep(problem.to_bytes(), kind=PROBLEM, at=now, exam=exam, name="opening-problem.json")
    plan = artefacts.keep(found.to_bytes(), kind=PLAN, at=now, exam=exam, name="opening-plan.json")
    fact = SitesAllocated(
        plan=plan,
        problem=kept,
        roster=allocated.roster,
        engine=ENGINE_VERSION,
        candidates=problem.people,
        opened=len(found.opened),
        mean_before=before.mean,
        mean_after=after.mean,
        farthest_before=before.farthest,
        farthest_after=after.farthest,
        attempt=allocated.attempt,
        reason=reason,
    )
    return record(fact, actor, exam=exam, subject=exam, attachments=(kept, plan))


def adopt(exam: str, attempt: int, seed: bytes, seen_by: tuple[Actor, Actor]) -> Receipt:
    """Open the sites of the latest attempt; the seed divides schools among their sites. Raises Refused."""
    shown = exams.plan(exam).allocated
    if shown is None or shown.attempt != attempt:
        raise Refused(
            "attempt_not_shown",
            Sentence(
                f"不能启用：第 {attempt} 次布局不是最近一次。",
                f"Cannot open: attempt {attempt} is not the latest.",
            ),
        )
    found = OpeningPlan.from_bytes(artefacts.read(shown.plan))
    site_of = split(found, numbers_of(exam), seed)
    pools = artefacts.keep(
        write_site_table(site_of), kind=POOLS, at=clock.now(), exam=exam, name="candidate-sites.cbor"
    )
    fact = SitesOpened(
        plan=shown.plan,
        problem=shown.problem,
        pools=pools,
        roster=shown.roster,
        seed=seed.hex(),
        sites=found.opened,
        candidates=len(site_of),
        attempt=attempt,
    )
    attached = (shown.problem, shown.plan, pools)
    return record(fact, *seen_by, exam=exam, subject=exam, attachments=attached)


def numbers_of(exam: str) -> dict[str, list[str]]:
    """The candidate numbers of each group."""
    return {name: [row.number for row in rows] for name, rows in members_of(roster_of(exam)).items()}


def decide_standing(exam: str, site: str, standing: str, reason: str, *actors: Actor) -> Receipt:
    """Say that a site must, may or must not be opened. Raises Refused."""
    return record(
        SiteStandingDecided(site=site, standing=standing, reason=reason), *actors, exam=exam, subject=exam
    )


def check_roads(exam: str, content: bytes, name: str) -> Roads:
    """What a file of measured ways holds. Raises Refused."""
    line = exams.exam(exam)
    assert line is not None
    schools = {row.school for row in roster_of(exam)} | {school.name for school in registers.schools()}
    sites = {site.code for site in registers.sites_below(line.organisation_path)}
    return read_road_file(content, name, schools, sites)


def take_roads(exam: str, roads: Roads, name: str, actor: Actor) -> Receipt:
    """Put a table of ways on record in place of the one before. Raises Refused."""
    content = write_roads(roads.rows)
    kept = artefacts.keep(content, kind=ROADS, at=clock.now(), exam=exam, name="roads.cbor")
    fact = RoadsMeasured(roads=kept, rows=len(roads.rows), file_name=name[:200])
    return record(fact, actor, exam=exam, subject=exam, attachments=(kept,))

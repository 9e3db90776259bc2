"""Plans of sites as pages show them: what stands to be planned, why there is no plan, and each result.

All of it is worked out from sealed artefacts and the journal's end, so it can be remembered.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.allocation.opening import (
    Explanation,
    Group,
    OpeningPlan,
    OpeningProblem,
    Place,
    Standing,
    Travel,
    travel,
)
from kaowu.facts.sites_allocation import SitesAllocated
from kaowu.store import artefacts
from kaowu.store.models import Artefact
from kaowu.store.queries.site_plans import journal_mark
from kaowu.web.counter import clock
from kaowu.web.works.site_plans import problem_of

EXPLANATION, TRIAL = "opening_explanation", "opening_trial"
_LINES = {
    "farthest": "site_farthest_km",
    "most_sites": "sites_at_most",
    "fewest_schools": "site_fewest_schools",
    "least_party": "site_least_party",
    "most_sites_per_school": "sites_per_school_at_most",
    "own_school": "own_school_rule",
    "within_county": "sites_within_county",
    "spare_percent": "site_spare_seats_percent",
}


@dataclass(frozen=True)
class Prospect:
    """What there is to plan, or why there is nothing."""

    problem: OpeningProblem | None = None
    refused: Refused | None = None

    @property
    def seats(self) -> int:
        """Seats of all places that may be opened, spare ones set aside."""
        if self.problem is None:
            return 0
        held = zip(self.problem.places, self.problem.capacity.tolist(), strict=True)
        return sum(seats for place, seats in held if place.standing is not Standing.CLOSED)


@dataclass(frozen=True)
class Told:
    """A stored explanation: conflicts and relaxations as sentences."""

    conflicts: tuple[Mapping[str, Any], ...]
    relaxations: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class SiteRow:
    """One opened site of a result."""

    place: Place
    people: int
    seats: int
    schools: int
    mean: int
    farthest: int

    @property
    def percent(self) -> int:
        """How full it is."""
        return 100 * self.people // max(1, self.seats)


@dataclass(frozen=True)
class SchoolRow:
    """One school of a result: where its candidates go."""

    number: int
    group: Group
    to: tuple[tuple[str, int, int], ...]  # site, people, metres
    before: Travel
    after: Travel
    is_assumed: bool


@dataclass(frozen=True)
class Result:
    """One attempt, opened up."""

    problem: OpeningProblem
    plan: OpeningPlan

    @cached_property
    def before(self) -> Travel:
        """As things stood."""
        return travel(self.problem, self.problem.before)

    @cached_property
    def after(self) -> Travel:
        """By the plan."""
        return travel(self.problem, self.plan.flows)

    @property
    def steps(self) -> tuple[int, ...]:
        """Distances in whole km at which the two are compared: thirds of the maximum that held."""
        whole = max(1, -(-self.plan.within // 1_000))
        return tuple(sorted({max(1, whole // 3), max(1, 2 * whole // 3), whole}))

    @property
    def above_bound(self) -> int:
        """Hundredths of a percent above the bound that the worths prove."""
        least = self.plan.figures["bound_metres"]
        total = self.plan.figures["total_metres"] + self.plan.figures["opening_metres"]
        return 0 if least <= 0 else 10_000 * (total - least) // least

    @cached_property
    def sites(self) -> tuple[SiteRow, ...]:
        """The opened sites by code."""
        load = self.plan.load()
        seats = dict(
            zip((place.id for place in self.problem.places), self.problem.capacity.tolist(), strict=True)
        )
        rows = []
        for place in self.problem.places:
            if place.id in load:
                flows = [flow for flow in self.plan.flows if flow[1] == place.id]
                ways = travel(self.problem, flows)
                rows.append(
                    SiteRow(place, load[place.id], seats[place.id], len(flows), ways.mean, ways.farthest)
                )
        return tuple(rows)

    @cached_property
    def schools(self) -> tuple[SchoolRow, ...]:
        """Every school in the order of names."""
        unknown = set(self.problem.unlocated[0])
        rows = []
        for number, group in enumerate(self.problem.groups):
            flows = [flow for flow in self.plan.flows if flow[0] == group.id]
            earlier = [flow for flow in self.problem.before if flow[0] == group.id]
            to = tuple(
                (place, people, travel(self.problem, [(group.id, place, people)]).mean)
                for _, place, people in flows
            )
            before, after = travel(self.problem, earlier), travel(self.problem, flows)
            rows.append(SchoolRow(number, group, to, before, after, group.id in unknown))
        return tuple(rows)


def prospect(exam: str) -> Prospect:
    """What an attempt would have to plan now."""
    return _prospect(exam, journal_mark(exam))


def result_of(fact: SitesAllocated) -> Result:
    """One attempt."""
    return _result(fact.problem, fact.plan)


def keep_explanation(exam: str, problem: OpeningProblem, told: Explanation) -> None:
    """Remember why this very problem has no plan; it is found again by the problem's digest."""
    content = {
        "problem": problem.digest,
        "conflicts": [
            {"code": one.code, "people": one.people, "sentence": one.sentence.as_dict()}
            for one in told.conflicts
        ],
        "relaxations": [
            {
                "code": one.code,
                "sentence": one.sentence.as_dict(),
                "changes": dict(one.changes),
                "mean": one.mean_metres,
                "farthest": one.farthest_metres,
                "sites": one.sites,
            }
            for one in told.relaxations
        ],
    }
    written = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    artefacts.keep(written, kind=EXPLANATION, at=clock.now(), exam=exam, name=problem.digest)


def explanation_of(exam: str, problem: OpeningProblem) -> Told | None:
    """Why the present problem has no plan, if that was found out."""
    content = _kept(EXPLANATION, exam, problem.digest)
    if content is None:
        return None
    return Told(tuple(content["conflicts"]), tuple(content["relaxations"]))


def keep_trial(exam: str, plan: OpeningPlan, missing: Sequence[Sentence]) -> None:
    """Remember whether the rooms of a plan's sites suffice; it is found again by the plan's digest."""
    content = {"plan": plan.digest, "missing": [one.as_dict() for one in missing]}
    written = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    artefacts.keep(written, kind=TRIAL, at=clock.now(), exam=exam, name=plan.digest)


def trial_of(exam: str, plan: OpeningPlan) -> list[Mapping[str, str]] | None:
    """What the rooms could not seat when the plan was made; None where nobody tried."""
    content = _kept(TRIAL, exam, plan.digest)
    return None if content is None else list(content["missing"])


def lines_for(relaxation: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The profile lines, and the text for each, that say the same as a relaxation of the engine."""
    lines = []
    for name, value in relaxation["changes"].items():
        if name in _LINES:
            plain = value // 1_000 if name == "farthest" else value
            text = ("yes" if plain else "no") if isinstance(plain, bool) else str(plain)
            lines.append((_LINES[name], text))
    return lines


def sites_to_allow(relaxation: Mapping[str, Any]) -> list[str]:
    """The closed sites that a relaxation lets open."""
    return [str(site) for site in relaxation["changes"].get("open", ())]


def consequence(relaxation: Mapping[str, Any]) -> Sentence:
    """What the plan looks like once the relaxation holds."""
    mean, farthest, sites = relaxation["mean"], relaxation["farthest"], relaxation["sites"]
    return Sentence(
        f"启用{sites}个考点，人均{mean / 1000:.1f}公里，最远{farthest / 1000:.1f}公里",
        f"{sites} sites, mean {mean / 1000:.1f} km, farthest {farthest / 1000:.1f} km",
    )


def _kept(kind: str, exam: str, name: str) -> dict[str, Any] | None:
    rows = Artefact.objects.filter(kind=kind, exam=exam, name=name)
    named = rows.values_list("digest", flat=True).first()
    return None if named is None else json.loads(artefacts.read(bytes(named)))


@lru_cache(maxsize=4)
def _prospect(exam: str, mark: bytes) -> Prospect:
    try:
        return Prospect(problem_of(exam))
    except Refused as refused:
        return Prospect(refused=refused)


@lru_cache(maxsize=4)
def _result(problem: bytes, plan: bytes) -> Result:
    return Result(
        OpeningProblem.from_bytes(artefacts.read(problem)), OpeningPlan.from_bytes(artefacts.read(plan))
    )

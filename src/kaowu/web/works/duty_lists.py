"""The list of duties in force at a site: its draw, the problem it is judged by, and the plan itself.

Problems and plans are artefacts named by their digest, so what was read once
may be remembered: the same digest always gives the same value.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw import DrawPlan, DrawProblem, Duty, Quality, quality
from kaowu.exam.draw import Draw
from kaowu.facts.subjects import SENT, DrawKey
from kaowu.store import artefacts
from kaowu.store.queries import draws, duties
from kaowu.web.works import lots


@dataclass(frozen=True)
class InForce:
    """One sealed draw of rooms as it stands now."""

    exam: str
    draw: Draw
    problem: DrawProblem
    plan: DrawPlan

    @property
    def key(self) -> DrawKey:
        """Which draw it is."""
        return self.draw.key

    @property
    def site(self) -> str:
        """The site whose rooms were drawn."""
        return self.draw.key.site

    @property
    def digest(self) -> str:
        """The list in force, as a form names it."""
        assert self.draw.plan is not None
        return self.draw.plan.hex()

    @cached_property
    def sittings(self) -> tuple[str, ...]:
        """The sittings of the draw, in order of time."""
        return tuple(sitting.id for sitting in self.problem.sittings)

    @property
    def gone(self) -> list[tuple[str, str]]:
        """Everybody who did not come, and to which sitting."""
        return [(person, sitting) for sitting, person in self.draw.since_sealed.absent]

    def seed(self) -> bytes:
        """The seed of the sealed attempt: it keys the lots of a replacement, too."""
        assert self.draw.sealed is not None
        return lots.seed_of(self.exam, self.key, self.draw.sealed.number)

    def vacant(self, sitting: str) -> list[Duty]:
        """The posts of a sitting that were drawn and stand empty now; nobody waits in vain for a reserve."""
        assert self.draw.sealed is not None and self.draw.sealed.sealed is not None
        drawn = plan_of(self.draw.sealed.sealed.plan)
        now = Counter(duty._replace(person="") for duty in self.in_sitting(sitting))
        was = Counter(duty._replace(person="") for duty in drawn.duties if duty.sitting == sitting)
        return sorted(place for place in (was - now).elements() if not self.problem.posts[place.post].waits)

    def in_sitting(self, sitting: str) -> list[Duty]:
        """The duties of one sitting."""
        return [duty for duty in self.plan.duties if duty.sitting == sitting]


def in_force(exam: str, site: str, sitting: str) -> InForce:
    """The list of a site in a sitting. Refused if nothing is sealed for it."""
    for key in (DrawKey("rooms", site, sitting), DrawKey("rooms", site)):
        found = draws.draw(exam, key)
        if found.plan is not None and found.problem is not None:
            return InForce(exam, found, problem_of(found.problem), plan_of(found.plan))
    for listed in of_site(exam, site):  # one draw for all sittings of a day is named by its first
        if sitting in listed.sittings:
            return listed
    raise Refused(
        "draw_not_sealed",
        Sentence(
            f"{site} 考点 {sitting} 场的监考抽签还没有封存。",
            f"The draw of site {site} for sitting {sitting} is not sealed yet.",
        ),
        remedy=Sentence("请先抽签并封存。", "Draw and seal first."),
    )


def sent(exam: str) -> InForce | None:
    """Who was sent to which site; None before that draw is sealed."""
    found = draws.draw(exam, SENT)
    if found.plan is None or found.problem is None:
        return None
    return InForce(exam, found, problem_of(found.problem), plan_of(found.plan))


def of_site(exam: str, site: str) -> list[InForce]:
    """Every list in force at a site: one for all sittings, or one for each that was drawn."""
    return of_sites(exam, [site]).get(site, [])


def of_sites(exam: str, sites: Iterable[str]) -> dict[str, list[InForce]]:
    """The same for several sites."""
    named = duties.draws_of_sites(exam, sites)
    return {site: _in_order(exam, names) for site, names in named.items()}


def _in_order(exam: str, names: list[str]) -> list[InForce]:
    found = []
    for name in names:
        state = draws.draw(exam, DrawKey.read(name))
        if state.plan is not None and state.problem is not None:
            found.append(InForce(exam, state, problem_of(state.problem), plan_of(state.plan)))
    return sorted(found, key=lambda one: one.problem.sittings[0].starts)


@lru_cache(maxsize=256)
def problem_of(named: bytes) -> DrawProblem:
    """The problem of a digest."""
    return DrawProblem.from_bytes(artefacts.read(named))


@lru_cache(maxsize=256)
def plan_of(named: bytes) -> DrawPlan:
    """The plan of a digest."""
    return DrawPlan.from_bytes(artefacts.read(named))


def quality_of(listed: InForce) -> Quality:
    """The quality figures of one list."""
    assert listed.draw.problem is not None and listed.draw.plan is not None
    return _quality(listed.draw.problem, listed.draw.plan, listed.site)


def experienced_years(problem: DrawProblem) -> int:
    """How long one must have served to be no new hand: what the first post of a room asks, at least a year."""
    first = problem.first_two_posts[:1]
    return max([1, *(problem.posts[post].years for post in first)])


@lru_cache(maxsize=1024)
def _quality(problem: bytes, plan: bytes, site: str) -> Quality:
    asked = problem_of(problem)
    return quality(asked, plan_of(plan), experienced_years(asked)).get(site, Quality())

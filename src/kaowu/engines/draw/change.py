"""A drawn list changed by hand (人工调整): what is different, and what the rules say of it.

The change is judged exactly as the draw itself was: `verify` looks at the whole
list before and after, and what the change adds is named apart from what stood
there already.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw.plan import DrawPlan, Duty
from kaowu.engines.draw.problem import DrawProblem
from kaowu.engines.draw.verify import Break, verify

ABOUT_FILES = ("another_problem", "another_seed")
"""Breaks that concern the files' names, not the people."""


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One place where the two lists differ: who stood there, who stands there now."""

    sitting: str
    site: str
    room: str
    post: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a change breaks anew, and what was broken before it and still is."""

    new: tuple[Break, ...]
    standing: tuple[Break, ...]

    @property
    def is_clean(self) -> bool:
        """Whether the change breaks nothing that was whole."""
        return not self.new


def changed(plan: DrawPlan, gone: Iterable[Duty], taken: Iterable[Duty]) -> DrawPlan:
    """The plan without some duties and with others; the rest stays as it was drawn."""
    left = Counter(gone)
    kept = []
    for duty in plan.duties:
        if left[duty]:
            left[duty] -= 1
        else:
            kept.append(duty)
    if +left:
        missing = next(iter(+left))
        raise Refused(
            "duty_not_in_plan",
            Sentence(
                f"{missing.person}在{missing.sitting}没有这个岗位，名单已变更",
                f"{missing.person} has no such post in {missing.sitting}: the list has changed",
            ),
            remedy=Sentence("请刷新后重新办理。", "Open the page again."),
        )
    return replace(plan, duties=tuple(sorted((*kept, *taken))))


def swapped(plan: DrawPlan, one: Duty, other: Duty) -> DrawPlan:
    """Two people change places."""
    return changed(plan, (one, other), (one._replace(person=other.person), other._replace(person=one.person)))


def placed(plan: DrawPlan, duty: Duty, person: str) -> DrawPlan:
    """Somebody takes a place; whoever stood there takes the place left, or is free in that sitting."""
    own = [one for one in plan.duties if one.person == person and one.sitting == duty.sitting]
    if own:
        return swapped(plan, own[0], duty)
    return changed(plan, (duty,), (duty._replace(person=person),))


def differences(before: DrawPlan, after: DrawPlan) -> list[Difference]:
    """Every place where two lists differ, in order."""
    old, new = _by_place(before), _by_place(after)
    found = []
    for place in sorted(old.keys() | new.keys()):
        one, other = old.get(place, Counter()), new.get(place, Counter())
        if one != other:
            out, into = sorted((one - other).elements()), sorted((other - one).elements())
            found.append(Difference(*place, tuple(out), tuple(into)))
    return found


def judged(
    problem: DrawProblem,
    before: DrawPlan,
    after: DrawPlan,
    gone: Sequence[tuple[str, str]] = (),
    sites: Sequence[str] | None = None,
) -> Judgement:
    """The breaks of a changed list: those that are new, and those that stood before."""
    old = Counter(map(_what, breaks_of(problem, before, gone, sites)))
    new, standing = [], []
    for one in breaks_of(problem, after, gone, sites):
        if old[_what(one)]:
            old[_what(one)] -= 1
            standing.append(one)
        else:
            new.append(one)
    return Judgement(tuple(new), tuple(standing))


def breaks_of(
    problem: DrawProblem,
    plan: DrawPlan,
    gone: Sequence[tuple[str, str]] = (),
    sites: Sequence[str] | None = None,
) -> list[Break]:
    """What the verifier says of the people in a list."""
    return [one for one in verify(problem, plan, None, sites, gone) if one.code not in ABOUT_FILES]


def _what(one: Break) -> tuple[str, ...]:
    return (one.code, one.sitting, one.site, one.room, one.person, one.sentence.zh)


def _by_place(plan: DrawPlan) -> dict[tuple[str, str, str, str], Counter[str]]:
    found: dict[tuple[str, str, str, str], Counter[str]] = {}
    for duty in plan.duties:
        place = (duty.sitting, duty.site, duty.room, duty.post)
        found.setdefault(place, Counter())[duty.person] += 1
    return found

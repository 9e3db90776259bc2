"""Why somebody does not stand somewhere (为什么不是他): the rules that forbid it, or the lots.

The question is answered by trial: the person is put into the place and the
verifier judges the list, so that no rule is written a second time. What it then
finds is a rule that forbids the place for good, or one that holds only beside
those who stand there now. Where nothing is found, the lots fell otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kaowu.basics.errors import Sentence
from kaowu.engines.draw.change import breaks_of, changed, judged
from kaowu.engines.draw.plan import DrawPlan, Duty
from kaowu.engines.draw.problem import DrawProblem
from kaowu.engines.draw.verify import Break

BESIDE_OTHERS = frozenset({"one_unit", "never_together", "one_sex", "pair_again"})
"""Rules about two people of a room: another partner would lift them."""

_OF_QUALIFICATION = frozenset({"not_certified", "not_pledged", "too_few_years", "another_post"})
_OF_NUMBERS = frozenset({"post_short", "post_over"})


@dataclass(frozen=True, slots=True)
class Because:
    """One rule that forbids it; `lasting` whoever else is there."""

    code: str
    sentence: Sentence
    lasting: bool


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answer. Without a reason the lots fell otherwise; `stands` if the person is there."""

    person: str
    reasons: tuple[Because, ...]
    sentence: Sentence
    stands: bool = False

    @property
    def by_lot(self) -> bool:
        """Whether no rule forbids it."""
        return not self.reasons and not self.stands


def why_not(
    problem: DrawProblem,
    plan: DrawPlan,
    person: str,
    place: Duty,
    gone: Sequence[tuple[str, str]] = (),
) -> WhyNot:
    """Why `person` does not have the place of `place` (whose own person is who stands there now)."""
    if place._replace(person=person) in plan.duties:
        return _answer(person, (), stands=True)
    before, after = _trial(plan, person, place)
    found = judged(problem, before, after, gone, sites=())
    return _answer(person, found.new)


def why_not_sent(problem: DrawProblem, plan: DrawPlan, person: str, site: str) -> WhyNot:
    """Why `person` was not sent to a site."""
    if (person, site) in plan.sent:
        return _answer(person, (), stands=True)
    others = tuple(one for one in plan.sent if one[0] != person)
    before = replace(plan, sent=others, duties=())
    after = replace(plan, sent=tuple(sorted((*others, (person, site)))), duties=())
    found = list(judged(problem, before, after, sites=()).new)
    found += _recused_from_all(problem, person)
    return _answer(person, found)


def why_not_drawn(problem: DrawProblem, plan: DrawPlan, person: str) -> WhyNot:
    """Why `person` has no post at all: no rule lets them serve, they were not sent, or by lot."""
    mine = [duty for duty in plan.duties if duty.person == person]
    if mine:
        return _answer(person, (), stands=True)
    known = next((one for one in problem.people if one.id == person), None)
    if known is None:
        return _answer(person, [_plain("not_on_roster", person, "不在人员名册", "is not on the roster")])
    found = _recused_from_all(problem, person)
    sent = dict(plan.sent)
    if not found and person not in sent:
        return WhyNot(
            person,
            (),
            Sentence(
                f"{person}：没有规则禁止；未被派往任何考点（人数已够，抽签落在他人）。",
                f"{person}: no rule forbids it; not sent to any site (enough were, the lots fell on others).",
            ),
        )
    if not found:
        found = _nowhere(problem, plan, person, sent[person])
    return _answer(person, found)


def _trial(plan: DrawPlan, person: str, place: Duty) -> tuple[DrawPlan, DrawPlan]:
    """The list without both people's places in that sitting, and the same with the person in the place."""
    own = [one for one in plan.duties if one.person == person and one.sitting == place.sitting]
    there = [place] if place in plan.duties else []
    before = changed(plan, {*own, *there}, ())
    return before, changed(before, (), (place._replace(person=person),))


def _recused_from_all(problem: DrawProblem, person: str) -> list[Break]:
    known = next((one for one in problem.people if one.id == person), None)
    if known is not None and "exam" in known.recused:
        return [_plain("recused_exam", person, "须回避本次考试", "is recused from the exam")]
    return []


def _nowhere(problem: DrawProblem, plan: DrawPlan, person: str, site: str) -> list[Break]:
    """If no post of the own site takes the person, what each of them asks."""
    found: dict[str, Break] = {}
    posts = {(duty.room != "", duty.post): duty for duty in plan.duties if duty.site == site}
    for place in posts.values():
        alone = changed(plan, plan.duties, ())
        trial = changed(alone, (), (place._replace(person=person),))
        asked = [one for one in breaks_of(problem, trial, sites=()) if one.code in _OF_QUALIFICATION]
        if not asked:
            return []
        found |= {one.code: one for one in asked}
    return list(found.values())


def _plain(code: str, person: str, zh: str, en: str) -> Break:
    return Break(code, Sentence(f"{person}{zh}", f"{person} {en}"), person=person)


def _answer(person: str, breaks: Sequence[Break], stands: bool = False) -> WhyNot:
    reasons = tuple(
        dict.fromkeys(
            Because(one.code, one.sentence, one.code not in BESIDE_OTHERS)
            for one in breaks
            if one.code not in _OF_NUMBERS
        )
    )
    if stands:
        said = Sentence(f"{person}就在此处。", f"{person} is there.")
    elif not reasons:
        said = Sentence(
            f"{person}：没有规则禁止，抽签落在他人。",
            f"{person}: no rule forbids it, the lots fell otherwise.",
        )
    elif any(reason.lasting for reason in reasons):
        said = Sentence(f"{person}：规则不允许。", f"{person}: the rules forbid it.")
    else:
        said = Sentence(
            f"{person}：规则不允许与现在此处的人同场。",
            f"{person}: the rules forbid it beside those there now.",
        )
    return WhyNot(person, reasons, said, stands)

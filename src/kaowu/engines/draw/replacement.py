"""What to offer when somebody does not come (缺席怎么办): the repair, or why there is none and what would help.

Each way is worked out, none is promised: a repeated room or partner where the
rules permit it, rules that an authority may relax, and people who may be called
from outside the site.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw.plan import DrawPlan, Duty
from kaowu.engines.draw.problem import DrawProblem, Person, Repeats
from kaowu.engines.draw.repair import NoReplacement, Repair, repair
from kaowu.engines.draw.why_not import WhyNot, why_not


@dataclass(frozen=True)
class Way:
    """One way out that was worked out: its code, what it changes, who would come."""

    code: str  # repeats, or the name of a rule
    sentence: Sentence
    repair: Repair
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Offer:
    """The legal replacement; without one, why nobody at hand may step in, and the ways out."""

    duty: Duty
    repair: Repair | None
    nobody: tuple[WhyNot, ...] = ()
    sentence: Sentence | None = None
    ways: tuple[Way, ...] = ()


def offer(
    problem: DrawProblem,
    plan: DrawPlan,
    seed: bytes,
    absent: str,
    sitting: str,
    gone: Sequence[str] = (),
    fixed: Sequence[str] = (),
) -> Offer:
    """The replacement in one step; Refused if the person has no post in the sitting."""
    duty = duty_of(plan, absent, sitting)
    try:
        return Offer(duty, repair(problem, plan, seed, absent, sitting, gone, fixed=fixed))
    except NoReplacement:
        at_hand = list(_at_hand(problem, plan, duty, gone))
        missing = [(name, sitting) for name in (absent, *gone)]
        nobody = tuple(why_not(problem, plan, name, duty, missing) for name in at_hand)
        ways = tuple(_ways(problem, plan, seed, absent, sitting, gone, fixed))
        return Offer(duty, None, nobody, _counted(duty, nobody, len(gone)), ways)


def duty_of(plan: DrawPlan, person: str, sitting: str) -> Duty:
    """The post of somebody in a sitting; Refused if there is none."""
    for duty in plan.duties:
        if duty.person == person and duty.sitting == sitting:
            return duty
    raise Refused(
        "draw_not_on_duty",
        Sentence(f"{person}在{sitting}没有岗位", f"{person} has no post in {sitting}"),
    )


def called(
    problem: DrawProblem, plan: DrawPlan, people: Iterable[Person], site: str
) -> tuple[DrawProblem, DrawPlan]:
    """Problem and list with people from outside sent to a site; their digests are new."""
    known = {person.id for person in problem.people}
    fresh = [replace(person, site=site) for person in people if person.id not in known]
    wider = replace(problem, people=(*problem.people, *fresh))
    sent = tuple(sorted({*plan.sent, *((person.id, site) for person in fresh)}))
    return wider, replace(plan, problem=wider.digest, sent=sent)


def _at_hand(problem: DrawProblem, plan: DrawPlan, duty: Duty, gone: Sequence[str]) -> Iterator[str]:
    """Who waits or is free at the site in that sitting."""
    here = {one.person: one for one in plan.duties if one.sitting == duty.sitting}
    for name, site in plan.sent:
        waits = name not in here or problem.posts[here[name].post].waits
        if site == duty.site and waits and name != duty.person and name not in gone:
            yield name


def _ways(
    problem: DrawProblem,
    plan: DrawPlan,
    seed: bytes,
    absent: str,
    sitting: str,
    gone: Sequence[str],
    fixed: Sequence[str],
) -> Iterator[Way]:
    for code, changes, zh, en in _ideas(problem):
        relaxed = problem.with_rules(**changes)
        for repeats in (False, True) if changes else (True,):
            try:
                found = repair(relaxed, plan, seed, absent, sitting, gone, repeats, fixed)
            except NoReplacement:
                continue
            yield Way(code, Sentence(zh, en), found, changes)
            break


def _ideas(problem: DrawProblem) -> Iterator[tuple[str, dict[str, Any], str, str]]:
    rules = problem.rules
    if Repeats.IF_NEEDED in (rules.repeated_room, rules.repeated_pair):
        yield "repeats", {}, "允许重复考场或搭档", "Let a room or partner come again"
    if rules.both_sexes:
        yield "both_sexes", {"both_sexes": False}, "不要求一男一女", "Do not ask for a man and a woman"
    if rules.units_apart:
        yield "units_apart", {"units_apart": False}, "允许同校搭档", "Let people of one school pair"
    if any(post.years for post in rules.posts):
        posts = tuple(replace(post, years=0) for post in rules.posts)
        yield "years", {"posts": posts}, "不限监考年限", "Ask no years of service"
    if not rules.own_subject:
        yield "own_subject", {"own_subject": True}, "不回避任教学科", "Do not recuse for the own subject"
    if not rules.own_pupils:
        yield "own_pupils", {"own_pupils": True}, "不回避本校考生", "Do not recuse for own pupils"


def _counted(duty: Duty, nobody: Sequence[WhyNot], gone: int) -> Sentence:
    """A count as a proof: so many at hand, none of them may."""
    lasting = sum(any(reason.lasting for reason in one.reasons) for one in nobody)
    beside = len(nobody) - lasting
    others_zh = f"（另有{gone}人也未到）" if gone else ""
    others_en = f" ({gone} others did not come either)" if gone else ""
    if not nobody:
        return Sentence(
            f"{duty.sitting}：{duty.person}的岗位无人可替：候补和空闲人员为0人{others_zh}。",
            f"{duty.sitting}: nobody may replace {duty.person}: nobody waits or is free{others_en}.",
        )
    return Sentence(
        f"{duty.sitting}：{duty.person}的岗位无人可替：候补和空闲共{len(nobody)}人，{lasting}人按规则不得到此岗，"
        f"{beside}人不得与同场人员搭档，再调动至多两人也不行{others_zh}。",
        f"{duty.sitting}: nobody may replace {duty.person}: {len(nobody)} wait or are free, {lasting} may not "
        f"take this post by rule, {beside} not beside those there, even if two others move{others_en}.",
    )

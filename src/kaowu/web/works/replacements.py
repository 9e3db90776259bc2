"""The morning of a sitting: who is due and who has come, and a legal replacement for who has not.

What is offered is worked out from the list in force and judged by the verifier
once more before it is recorded. Rules that an authority relaxed after the draw
count as they stand now.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kaowu.basics.clock import Instant
from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw import (
    Break,
    DrawPlan,
    DrawProblem,
    Duty,
    Offer,
    Repair,
    called,
    changed,
    duty_of,
    judged,
    offer,
)
from kaowu.facts.envelope import Actor
from kaowu.facts.staffing import DutyTaken, PersonReplaced
from kaowu.loop.desk import Receipt
from kaowu.store import artefacts
from kaowu.store.queries import duties
from kaowu.store.queries.duties import DutyLine
from kaowu.web.counter import clock, record
from kaowu.web.works import duty_lists
from kaowu.web.works.duty_lists import InForce
from kaowu.web.works.duty_rules import present_problem
from kaowu.web.works.lots import PLAN, PROBLEM

LEGAL, REPEATS, CALLED, EMPTY = "legal", "repeats", "called", "empty"
WAYS = (LEGAL, REPEATS, CALLED, EMPTY)
"""How a missing person's place may be dealt with."""


@dataclass(frozen=True, slots=True)
class Due:
    """One line of the roll: who is due where, since when they are there."""

    line: DutyLine
    waits: bool
    absent: bool = False
    locked: bool = False
    replaces: bool = False

    @property
    def state(self) -> str:
        """`absent`, `taken` or `due`."""
        if self.absent:
            return "absent"
        return "taken" if self.line.taken_at is not None else "due"


@dataclass(frozen=True)
class Roll:
    """The roll of one sitting at a site: every duty, and who did not come."""

    listed: InForce
    sitting: str
    lines: tuple[Due, ...]
    absences: tuple[PersonReplaced, ...]
    vacant: tuple[Duty, ...] = ()

    @property
    def counts(self) -> Counter[str]:
        """How many have come, how many are still due."""
        return Counter(due.state for due in self.lines)


@dataclass(frozen=True)
class Proposal:
    """What is offered for one absence: the engine's answer, and who could be called from outside."""

    listed: InForce
    problem: DrawProblem
    offer: Offer
    outside: Repair | None = None
    outside_problem: DrawProblem | None = None
    outside_at_hand: int = 0

    @property
    def duty(self) -> Duty:
        """The place that is empty."""
        return self.offer.duty

    @property
    def waits(self) -> bool:
        """Whether the missing person is a reserve, whom nobody need replace."""
        return self.problem.posts[self.duty.post].waits

    def chosen(self, way: str) -> tuple[Repair, DrawProblem] | None:
        """The repair of a way and the problem it is judged by; None where there is none."""
        if way == LEGAL and self.offer.repair is not None:
            return self.offer.repair, self.problem
        if way == REPEATS:
            found = next((one for one in self.offer.ways if one.code == "repeats"), None)
            return (found.repair, self.problem) if found else None
        if way == CALLED and self.outside is not None and self.outside_problem is not None:
            return self.outside, self.outside_problem
        if way == EMPTY and self.offer.repair is None:
            return _without(self.duty, self.listed.plan), self.problem
        return None


def roll(exam: str, site: str, sitting: str) -> Roll:
    """Who is due in a sitting, by room and post. Refused if nothing is sealed for it."""
    listed = duty_lists.in_force(exam, site, sitting)
    after = listed.draw.since_sealed
    absences = after.replaced_in(sitting)
    came = {absence.came for absence in absences}
    lines = [
        Due(
            line,
            listed.problem.posts[line.post].waits,
            locked=(sitting, line.person) in after.locked,
            replaces=line.person in came,
        )
        for lines in duties.by_room(exam, site, sitting).values()
        for line in lines
    ]
    return Roll(listed, sitting, tuple(lines), absences, tuple(listed.vacant(sitting)))


def report(
    exam: str, site: str, sitting: str, person: str, way: str, actor: Actor, at: Instant | None = None
) -> DutyLine:
    """Put on record that somebody came. Refused if the list does not hold them."""
    listed = duty_lists.in_force(exam, site, sitting)
    line = duties.of_person_in(exam, person, site, sitting)
    replaced = listed.draw.since_sealed.absent.get((sitting, person))
    if line is None and replaced is not None:
        line = DutyLine(str(listed.key), sitting, site, "", replaced.post, person, "")
    if line is None:
        raise Refused(
            "not_on_the_roll",
            Sentence(
                f"不能登记：{person} 不在 {site} 考点 {sitting} 场的名单上。",
                f"Cannot record: {person} is not on the roll of site {site} in sitting {sitting}.",
            ),
            remedy=Sentence(
                "核对工号；已被替补的不再登记。", "Check the number; who was replaced is not taken in."
            ),
        )
    if line.taken_at is None:
        fact = DutyTaken(sitting=sitting, site=site, person=person, post=line.post, room=line.room, way=way)
        record(fact, actor, exam=exam, subject=str(listed.key), site=site)
    return line


def propose(exam: str, site: str, sitting: str, absent: str) -> Proposal:
    """What can be done about one absence. Refused if the person has no post in the sitting."""
    listed = duty_lists.in_force(exam, site, sitting)
    problem, plan = present_problem(listed)
    gone = listed.draw.since_sealed.gone(sitting)
    fixed = listed.draw.since_sealed.locked_in(sitting)
    duty = duty_of(plan, absent, sitting)
    if problem.posts[duty.post].waits:
        # A reserve is there to be used up: nobody is fetched to wait in their place.
        return Proposal(listed, problem, Offer(duty, _without(duty, plan)))
    proposal = Proposal(listed, problem, offer(problem, plan, listed.seed(), absent, sitting, gone, fixed))
    if proposal.offer.repair is not None:
        return proposal
    return _with_outside(proposal, plan, gone, fixed)


def replace_absent(
    proposal: Proposal, way: str, before: str, actors: Sequence[Actor], reason: str = ""
) -> Receipt:
    """Record the absence and the list that holds from now on. Refused if the list changed meanwhile."""
    listed, duty = proposal.listed, proposal.duty
    chosen = proposal.chosen(way)
    if before != listed.digest or chosen is None:
        raise Refused(
            "list_changed_meanwhile",
            Sentence("不能替补：名单刚被变更过。", "Cannot replace: the list has changed meanwhile."),
            remedy=Sentence("请看新的建议。", "Look at the new proposal."),
        )
    repair, problem = chosen
    gone = [*listed.gone, (duty.person, duty.sitting)]
    if way != EMPTY:
        _require_clean(judged(problem, _on(problem, listed.plan), repair.plan, gone).new)
    came = next((one.person for one in repair.taken if _place(one) == _place(duty)), "")
    moved = tuple(one.person for one in repair.taken if one.person != came)
    kept = keep(listed.exam, problem, repair.plan)
    fact = PersonReplaced(
        sitting=duty.sitting,
        site=duty.site,
        room=duty.room,
        post=duty.post,
        absent=duty.person,
        outcome="replaced" if came else "reserve_missing" if proposal.waits else "left_empty",
        came=came,
        moved=moved,
        called=way == CALLED,
        repeats=way == REPEATS,
        problem=kept[0],
        before=bytes.fromhex(before),
        after=kept[1],
        reason=reason.strip(),
    )
    return record(
        fact, *actors, exam=listed.exam, subject=str(listed.key), site=listed.site, attachments=kept
    )


def keep(exam: str, problem: DrawProblem, plan: DrawPlan) -> tuple[bytes, bytes]:
    """Keep a changed list and what it is judged by, for good; their digests."""
    now = clock.now()
    named = artefacts.keep(problem.to_bytes(), kind=PROBLEM, at=now, exam=exam, name="problem.json")
    bound = replace(plan, problem=problem.digest)
    return named, artefacts.keep(bound.to_bytes(), kind=PLAN, at=now, exam=exam, name="plan.json")


def _with_outside(proposal: Proposal, plan: DrawPlan, gone: Sequence[str], fixed: Sequence[str]) -> Proposal:
    """Who of the city's reserve could come: sent nowhere, of the site's area, and legal here; by lot."""
    listed, duty = proposal.listed, proposal.duty
    dispatch = duty_lists.sent(listed.exam)
    if dispatch is None:
        return proposal
    busy = dict(dispatch.plan.sent)
    pool = next((site.pool for site in dispatch.problem.sites if site.id == listed.site), None)
    free = [one for one in dispatch.problem.people if one.id not in busy and one.pool == pool]
    free = [one for one in free if "exam" not in one.recused and f"site:{listed.site}" not in one.recused]
    wide, sent_wide = called(proposal.problem, plan, free, listed.site)
    found = offer(wide, sent_wide, listed.seed(), duty.person, duty.sitting, gone, fixed).repair
    if found is None:
        return replace(proposal, outside_at_hand=len(free))
    taken = {one.person for one in found.taken}
    [comes] = [one for one in free if one.id in taken]
    own, sent_own = called(proposal.problem, plan, [comes], listed.site)
    narrow = replace(found, plan=replace(found.plan, problem=own.digest, sent=sent_own.sent))
    return replace(proposal, outside=narrow, outside_problem=own, outside_at_hand=len(free))


def _without(duty: Duty, plan: DrawPlan) -> Repair:
    """The list without one duty and with nobody in its place."""
    return Repair(duty.person, duty.sitting, (duty,), (), 0, changed(plan, [duty], []), plan.digest)


def _on(problem: DrawProblem, plan: DrawPlan) -> DrawPlan:
    return replace(plan, problem=problem.digest)


def _place(duty: Duty) -> tuple[str, str, str]:
    return duty.sitting, duty.room, duty.post


def _require_clean(breaks: Sequence[Break]) -> None:
    if breaks:
        raise Refused("replacement_not_accepted", breaks[0].sentence)


__all__ = [
    "CALLED",
    "EMPTY",
    "LEGAL",
    "REPEATS",
    "Due",
    "Proposal",
    "Roll",
    "duty_of",
    "propose",
    "replace_absent",
    "report",
    "roll",
]

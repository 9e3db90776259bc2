"""Changes of a drawn list by hand: proposed, judged like the draw, then recorded under two names.

A change is refused while it breaks a rule that held before; a repeated room or
partner may be excused by naming it, where the rules permit repeats. What an
approved line relaxed since the draw is recorded by code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.draw import (
    Break,
    Difference,
    DrawPlan,
    DrawProblem,
    Duty,
    Judgement,
    Reason,
    Repeats,
    changed,
    differences,
    judged,
    placed,
    swapped,
)
from kaowu.facts.envelope import Actor
from kaowu.facts.staffing import DutiesChanged, DutyLocked
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare.duty_findings import REPEATS
from kaowu.loop.prepare.duty_workbook import DutyWorkbook, Known, read_duties, with_duties
from kaowu.loop.prepare.post_brief import post_title
from kaowu.store.queries import duties
from kaowu.web.counter import record
from kaowu.web.works.duty_lists import InForce
from kaowu.web.works.duty_rules import present_problem, relaxed_codes
from kaowu.web.works.replacements import keep

SWAP, PLACE, FILL, WORKBOOK = "swap", "place", "fill", "workbook"


@dataclass(frozen=True)
class Change:
    """A list as it would be: every difference, and what the verifier says of it."""

    listed: InForce
    problem: DrawProblem
    way: str
    after: DrawPlan
    differences: tuple[Difference, ...]
    judgement: Judgement
    relaxed: tuple[str, ...] = ()
    locked: tuple[tuple[str, str], ...] = ()
    rows: Mapping[Duty, int] | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody whose place changes."""
        return tuple(sorted({name for one in self.differences for name in (*one.before, *one.after)}))

    @property
    def sittings(self) -> tuple[str, ...]:
        """The sittings concerned."""
        return tuple(sorted({one.sitting for one in self.differences}))

    @property
    def may_be_recorded(self) -> bool:
        """Whether something changes, no rule is broken anew and nobody locked is moved."""
        return bool(self.differences) and self.judgement.is_clean and not self.locked

    def row_of(self, found: Break) -> int | None:
        """The file's row that a break speaks of, where the change came from a workbook.

        Of the rows of that person in that sitting the changed one is named: it is the one to correct.
        """
        held = set(self.listed.plan.duties)
        mine = [
            (duty in held, duty.room != found.room, row)
            for duty, row in (self.rows or {}).items()
            if (duty.sitting, duty.person) == (found.sitting, found.person)
        ]
        return min(mine)[2] if mine else None


def duty_at(listed: InForce, sitting: str, room: str, post: str, person: str) -> Duty:
    """A duty as a form names it. Refused if the list does not hold it."""
    duty = Duty(sitting, listed.site, room, post, person)
    if duty not in listed.plan.duties and duty not in listed.vacant(sitting):
        raise Refused(
            "duty_not_in_plan",
            Sentence(
                f"{person}在{sitting}没有这个岗位，名单已变更", f"{person} has no such post in {sitting} now"
            ),
            remedy=Sentence("请刷新后重新办理。", "Open the page again."),
        )
    return duty


def swap(listed: InForce, one: Duty, other: Duty, allow_repeats: bool = False) -> Change:
    """Two people of one sitting change places."""
    return _change(listed, SWAP, swapped(listed.plan, one, other), allow_repeats)


def place(listed: InForce, duty: Duty, person: str, allow_repeats: bool = False) -> Change:
    """Somebody of the site takes a place, also one that stands empty."""
    if not duty.person:
        own = [one for one in listed.in_sitting(duty.sitting) if one.person == person]
        filled = changed(listed.plan, own, [duty._replace(person=person)])
        return _change(listed, FILL, filled, allow_repeats)
    return _change(listed, PLACE, placed(listed.plan, duty, person), allow_repeats)


def read_workbook(listed: InForce, content: bytes, name: str) -> DutyWorkbook:
    """A list that came back; its faults row by row. Refused if it is no such table."""
    names = duties.names([person for person, site in listed.plan.sent if site == listed.site])
    posts = {post: post_title(post) for post in listed.problem.posts}
    rooms = frozenset(room.room for room in listed.problem.rooms if room.site == listed.site)
    return read_duties(content, name, listed.site, Known(frozenset(listed.sittings), rooms, posts, names))


def from_workbook(listed: InForce, read: DutyWorkbook, allow_repeats: bool = False) -> Change:
    """The whole list as the workbook has it."""
    found = _change(listed, WORKBOOK, with_duties(listed.plan, read.duties), allow_repeats)
    return replace(found, rows=read.rows)


def record_change(change: Change, before: str, reason: str, signed: Sequence[Actor]) -> Receipt:
    """Put a change in force. Refused if it breaks a rule, or the list changed meanwhile."""
    if before != change.listed.digest:
        raise Refused(
            "list_changed_meanwhile",
            Sentence("不能调整：名单刚被变更过。", "Cannot change: the list has changed meanwhile."),
            remedy=Sentence("请按新名单重新办理。", "Work from the new list."),
        )
    if not change.may_be_recorded:
        first = next(iter(change.judgement.new), None)
        raise Refused(
            "change_not_accepted",
            first.sentence if first else Sentence("没有可以记录的变更。", "There is no change to record."),
        )
    listed = change.listed
    kept = keep(listed.exam, change.problem, change.after)
    fact = DutiesChanged(
        way=change.way,
        sittings=change.sittings,
        places=len(change.differences),
        people=change.people,
        relaxed=change.relaxed,
        problem=kept[0],
        before=bytes.fromhex(before),
        after=kept[1],
        reason=reason.strip(),
    )
    return record(
        fact, *signed, exam=listed.exam, subject=str(listed.key), site=listed.site, attachments=kept
    )


def lock(listed: InForce, sitting: str, person: str, locked: bool, reason: str, actor: Actor) -> Receipt:
    """Keep somebody at their place in a sitting, or let them go. Refused without a place there."""
    if not any(duty.person == person for duty in listed.in_sitting(sitting)):
        raise Refused(
            "draw_not_on_duty",
            Sentence(f"{person}在{sitting}没有岗位", f"{person} has no post in {sitting}"),
        )
    fact = DutyLocked(person=person, sitting=sitting, locked=locked, reason=reason.strip())
    return record(fact, actor, exam=listed.exam, subject=str(listed.key), site=listed.site)


def _change(listed: InForce, way: str, after: DrawPlan, allow_repeats: bool) -> Change:
    problem, before = present_problem(listed)
    after = replace(after, problem=problem.digest)
    found = judged(problem, before, after, listed.gone)
    if allow_repeats:
        after = _excused(problem, after, found.new)
        found = judged(problem, before, after, listed.gone)
    different = tuple(differences(before, after))
    moved = {(one.sitting, name) for one in different for name in (*one.before, *one.after)}
    return Change(
        listed,
        problem,
        way,
        after,
        different,
        found,
        tuple(relaxed_codes(listed, problem, after)),
        tuple(sorted(moved & listed.draw.since_sealed.locked)),
    )


def _excused(problem: DrawProblem, after: DrawPlan, breaks: Sequence[Break]) -> DrawPlan:
    """The list with each repeat named as a reason, where the rules permit repeats at all."""
    if Repeats.IF_NEEDED not in (problem.rules.repeated_room, problem.rules.repeated_pair):
        return after
    named = {Reason("pair_again", one.sitting, one.site) for one in breaks if one.code in REPEATS}
    return replace(after, reasons=tuple(sorted({*after.reasons, *named})))

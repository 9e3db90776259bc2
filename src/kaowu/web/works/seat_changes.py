"""Changes of a sealed plan by hand: swap, move, lock, one by one or from a workbook; judged, then signed by two.

A change is worked out in full before anybody signs: who sits where afterwards,
what the verifier says that it did not say before, whose papers are to be
printed again. Seats of sittings that have begun are never touched, and rooms
in which the day has been recorded already stay as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from kaowu.basics.errors import Refused, Sentence
from kaowu.basics.seat_grid import seat_of_text
from kaowu.engines.seating import Break, Placement, SeatingProblem, SeatPlan
from kaowu.facts.envelope import Actor
from kaowu.facts.seating import SeatsChangedByHand
from kaowu.loop.desk import Receipt
from kaowu.loop.prepare import judge_seats
from kaowu.loop.prepare.number_seats import ALL_SITTINGS, Numbering, renumbered_seats
from kaowu.loop.prepare.seat_moves import SeatMove, apart_by_time, joined, moves_between, write_moves
from kaowu.loop.prepare.seat_table import SeatLine, read_seats, write_seats
from kaowu.loop.profile_of_exam import profile_of
from kaowu.store import artefacts
from kaowu.store.models import RoomSitting
from kaowu.store.queries import exams, seat_plans
from kaowu.store.queries.exam_clock import exam_time_now
from kaowu.store.queries.seat_plans import Attempt
from kaowu.web.counter import clock, record
from kaowu.web.works.seats import SEATS, SOLUTION, keep_root, numbering_of

MOVES = "seat_moves"

Desk = tuple[str, str, int]
"""Site, room, seat number."""

Targets = Mapping[tuple[str, str], Desk]
"""Where to: by seating (as the lines name it) and candidate."""


@dataclass(frozen=True)
class Standing:
    """The seats in force, and what of them can still change."""

    exam: str
    force: Attempt
    problem: SeatingProblem
    plan: SeatPlan
    begun: tuple[SeatLine, ...]
    """Seats of sittings that have begun."""
    coming: tuple[SeatLine, ...]
    """Seats that can still change, named by the sittings to come."""
    over: frozenset[str]
    codes: tuple[str, ...]
    busy: frozenset[tuple[str, str]]
    """Rooms in which something was recorded for a sitting to come: somebody has entered already."""
    locked: frozenset[str]

    def sitting_of(self, seating: str) -> str:
        """The sitting of the problem that a line's name speaks of."""
        wanted = set(seating.split(",")) if seating else set()
        for sitting in self.problem.sittings:
            if sitting.id == ALL_SITTINGS or wanted <= set(sitting.id.split(",")):
                return sitting.id
        raise KeyError(seating)

    def find(self, candidate: str, seating: str) -> SeatLine:
        """The seat of a candidate. Raises Refused if there is none that can still change."""
        for line in self.coming:
            if (line.candidate, line.sitting) == (candidate, seating):
                return line
        raise Refused(
            "no_seat_to_change",
            Sentence(
                f"不能改动：考生 {candidate} 没有可改动的座位。",
                f"Cannot change: candidate {candidate} has no seat that can still change.",
            ),
        )

    def at(self, seating: str, site: str, room: str, seat: str) -> SeatLine | None:
        """Who sits at a desk; None if it is free."""
        place = (seating, site, room, seat)
        return next((x for x in self.coming if (x.sitting, x.site, x.room, x.seat) == place), None)

    def lines_of(self, plan: SeatPlan, numbering: Numbering, *, follow_seat: bool) -> list[SeatLine]:
        """All seats once a changed plan is in force."""
        names = {line.sitting: self.sitting_of(line.sitting) for line in self.coming}
        labels = {key: "" if name == ALL_SITTINGS else name for key, name in names.items()}
        before = [replace(line, sitting=labels[line.sitting]) for line in self.coming]
        after = renumbered_seats(plan, before, numbering, follow_seat=follow_seat)
        return [*self.begun, *apart_by_time(after, self.over, self.codes)[1]]

    @property
    def lines(self) -> list[SeatLine]:
        """All seats as they stand, parted by what has begun."""
        return [*self.begun, *self.coming]


@dataclass(frozen=True)
class HandChange:
    """A change that somebody wants, worked out and judged, on no record yet."""

    standing: Standing
    plan: SeatPlan
    lines: tuple[SeatLine, ...]
    moves: tuple[SeatMove, ...]
    breaks: tuple[Break, ...]
    locked: tuple[str, ...]
    """Those who would move though their seat is locked."""
    busy: tuple[tuple[str, str], ...]
    """Rooms that would change though the day has begun in them."""

    @property
    def may_be_recorded(self) -> bool:
        """Does it move somebody, break nothing and touch nothing that must stay?"""
        return bool(self.moves) and not (self.breaks or self.locked or self.busy)


def standing(exam: str) -> Standing:
    """The seats in force. Raises Refused before anything is sealed."""
    plan, force = exams.plan(exam), seat_plans.in_force(exam)
    if force is None:
        raise Refused(
            "seats_not_sealed",
            Sentence(
                "座位编排还没有封存，现在可以重新编排。", "The seat plan is not sealed yet; arrange again."
            ),
        )
    now = exam_time_now(exam).now
    codes = tuple(sitting.id for sitting in plan.in_order())
    over = frozenset(sitting.id for sitting in plan.in_order() if sitting.starts_at <= now)
    begun, coming = apart_by_time(read_seats(artefacts.read(force.seats)), over, codes)
    touched = RoomSitting.objects.filter(exam_id=exam, changed_at__gt=0).exclude(sitting__in=over)
    return Standing(
        exam=exam,
        force=force,
        problem=_problem(force.problem),
        plan=_plan(force.solution),
        begun=tuple(begun),
        coming=tuple(coming),
        over=over,
        codes=codes,
        busy=frozenset(touched.values_list("site", "room")),
        locked=plan.locked_seats,
    )


def swap(now: Standing, one: SeatLine, other: SeatLine) -> Targets:
    """Two candidates of one seating exchange their seats."""
    if one.sitting != other.sitting or one.candidate == other.candidate:
        raise Refused("not_two_seats", Sentence("请选两名不同的考生。", "Choose two different candidates."))
    return {
        (one.sitting, one.candidate): (other.site, other.room, seat_of_text(other.seat)),
        (other.sitting, other.candidate): (one.site, one.room, seat_of_text(one.seat)),
    }


def by_hand(now: Standing, targets: Targets) -> HandChange:
    """Work a change out and have it judged; nothing is recorded."""
    profile = profile_of(exams.plan(now.exam))
    assert profile is not None
    placed = {}
    for (seating, candidate), desk in targets.items():
        sitting = now.sitting_of(seating)
        placed[sitting, candidate] = Placement(candidate, sitting, *desk)
    left = [now.find(candidate, seating) for seating, candidate in targets]
    rooms = {(line.site, line.room) for line in left} | {desk[:2] for desk in targets.values()}
    judged = judge_seats.by_hand(now.problem, now.plan, placed, {site for site, _ in rooms})
    follow = profile.choice("number_when_moved") == "follow_seat"
    lines = (
        [] if judged.breaks else now.lines_of(judged.plan, numbering_of(now.exam), follow_seat=follow)
    )  # a desk given twice has no number of its own
    return HandChange(
        standing=now,
        plan=judged.plan,
        lines=tuple(joined(lines, now.codes) if now.over else lines),
        moves=tuple(moves_between(now.lines, lines) if lines else _wanted(left, targets)),
        breaks=judged.breaks,
        locked=tuple(sorted({line.candidate for line in left} & now.locked)),
        busy=tuple(sorted(rooms & now.busy)),
    )


def record_by_hand(
    change: HandChange, signed: tuple[Actor, Actor], reason: str, source: str = "page"
) -> Receipt:
    """Put a change on record under two names. Raises Refused for one that breaks a rule."""
    if not change.may_be_recorded:
        raise _why_not(change)
    now, at = change.standing, clock.now()
    seats = artefacts.keep(write_seats(change.lines), kind=SEATS, at=at, exam=now.exam, name="seats.cbor")
    solution = artefacts.keep(
        change.plan.to_bytes(), kind=SOLUTION, at=at, exam=now.exam, name="seating-solution.json"
    )
    moves = artefacts.keep(write_moves(change.moves), kind=MOVES, at=at, exam=now.exam, name="moves.json")
    root, salts = keep_root(now.exam, list(change.lines))
    fact = SeatsChangedByHand(
        before=now.force.seats,
        plan=seats,
        problem=now.force.problem,
        solution=solution,
        moves=moves,
        roster=now.force.roster,
        root=root,
        source=source,
        moved=len({move.candidate for move in change.moves}),
        same_school_pairs=sum(one.pairs for one in change.plan.reasons),
        reason=reason,
    )
    attached = (now.force.problem, solution, seats, moves, salts)
    return record(fact, *signed, exam=now.exam, subject=now.exam, attachments=attached)


def record_locks(
    now: Standing,
    signed: tuple[Actor, Actor],
    reason: str,
    locked: Sequence[str] = (),
    unlocked: Sequence[str] = (),
) -> Receipt:
    """Lock or unlock seats; the plan stays the plan it is. Raises Refused."""
    moves = artefacts.keep(write_moves(()), kind=MOVES, at=clock.now(), exam=now.exam, name="moves.json")
    fact = SeatsChangedByHand(
        before=now.force.seats,
        plan=now.force.seats,
        problem=now.force.problem,
        solution=now.force.solution,
        moves=moves,
        roster=now.force.roster,
        root=now.force.root,
        source="page",
        moved=0,
        same_school_pairs=now.force.same_school_pairs,
        locked=tuple(locked),
        unlocked=tuple(unlocked),
        reason=reason,
    )
    salts = (now.force.salts,) if now.force.salts else ()
    attached = (now.force.problem, now.force.solution, now.force.seats, moves, *salts)
    return record(fact, *signed, exam=now.exam, subject=now.exam, attachments=attached)


def _wanted(left: Sequence[SeatLine], targets: Targets) -> list[SeatMove]:
    """The moves as they were asked for, where the result cannot stand."""
    asked = [
        replace(line, site=desk[0], room=desk[1], seat=f"{desk[2]:02d}")
        for line in left
        if (desk := targets[line.sitting, line.candidate])
    ]
    return moves_between(left, asked)


def _why_not(change: HandChange) -> Refused:
    if change.breaks:
        first = change.breaks[0].sentence
        return Refused(
            "change_breaks_rules",
            Sentence(
                f"不能改动：核验发现 {len(change.breaks)} 处不符，第一处：{first.zh}",
                f"Cannot change: the verifier finds {len(change.breaks)} breaks, first: {first.en}",
            ),
        )
    if change.locked:
        who = change.locked[0]
        return Refused(
            "seat_locked",
            Sentence(f"不能改动：考生 {who} 的座位已锁定。", f"Cannot change: the seat of {who} is locked."),
            remedy=Sentence("先解锁，写明理由。", "Unlock it first, with a reason."),
        )
    if change.busy:
        site, room = change.busy[0]
        return Refused(
            "room_has_begun",
            Sentence(
                f"不能改动：{site} 考点 {room} 考场已有入场等记录，座位保持不变。",
                f"Cannot change: room {room} of site {site} has entries already; its seats stay.",
            ),
        )
    return Refused("nothing_changed", Sentence("没有任何改动。", "Nothing is changed."))


@lru_cache(maxsize=2)
def _problem(named: bytes) -> SeatingProblem:
    return SeatingProblem.from_bytes(artefacts.read(named))


@lru_cache(maxsize=2)
def _plan(named: bytes) -> SeatPlan:
    return SeatPlan.from_bytes(artefacts.read(named))

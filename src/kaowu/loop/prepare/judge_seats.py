"""Changed seats judged: what a change by hand breaks, and a re-plan that leaves what must stay.

The engine seats and its verifier judges; here it is said what they may touch.
Rooms in which somebody has entered are taken out of the problem before a
re-plan and put back as they were; so are rooms whose locked seats the re-plan
would have taken.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kaowu.basics.errors import Refused, Sentence
from kaowu.engines.seating import (
    Break,
    Candidates,
    Placement,
    RoomKind,
    SeatingProblem,
    SeatPlan,
    verify,
)
from kaowu.engines.seating.changes import judge_changes, rearranged, verify_changes
from kaowu.engines.seating.moves import REASONS, moves_between
from kaowu.engines.seating.replan import replan

Room = tuple[str, str]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Judged:
    """A changed plan and the rules that it breaks and the plan before kept."""

    plan: SeatPlan
    breaks: tuple[Break, ...]


@dataclass(frozen=True)
class Replanned:
    """A plan for a changed problem: why each one moves, how few had to, which rooms were left alone."""

    plan: SeatPlan
    reasons: Mapping[str, Sentence]
    moved: int
    bound: int
    kept: frozenset[Room]


def by_hand(
    problem: SeatingProblem, plan: SeatPlan, moved: Mapping[tuple[str, str], Placement], sites: set[str]
) -> Judged:
    """Put these people where they were asked to be; only the sites concerned are judged."""
    part, before = _part(problem, plan, lambda site, room: site in sites)
    after = rearranged(part, before, moved)
    known = Counter(_name(one) for one in verify(part, before))
    found = []
    for one in judge_changes(part, before, after):
        if known[_name(one)]:
            known[_name(one)] -= 1
        else:
            found.append(one)
    return Judged(rearranged(problem, plan, moved), tuple(found))


def replanned(
    old_problem: SeatingProblem,
    old_plan: SeatPlan,
    new_problem: SeatingProblem,
    seed: bytes,
    busy: frozenset[Room] = frozenset(),
    locked: frozenset[str] = frozenset(),
    progress: Progress | None = None,
) -> Replanned:
    """The fewest moves that the changed problem allows. Raises Refused, or Infeasible with what would help."""
    _require_usable(old_plan, new_problem, busy, locked)
    kept = busy
    while True:
        found = _around(old_problem, old_plan, new_problem, seed, kept, progress)
        where = {(row.sitting, row.candidate): row for row in found.plan.rows()}
        taken = {
            (row.site, row.room)
            for row in old_plan.rows()
            if row.candidate in locked and where.get((row.sitting, row.candidate)) != row
        }
        if taken <= kept:
            break
        kept |= taken
    breaks = verify_changes(old_problem, old_plan, new_problem, found.plan)
    if breaks:
        raise Refused(
            "replan_not_accepted",
            Sentence(
                f"重排没有通过核验：{len(breaks)} 处，第一处：{breaks[0].sentence.zh}",
                f"The verifier does not accept the re-plan: {len(breaks)} breaks, first: {breaks[0].sentence.en}",
            ),
        )
    return found


def with_spare_rooms(problem: SeatingProblem) -> SeatingProblem:
    """The problem in which spare rooms may be used, as an office decides when a room is lost."""
    sites = tuple(
        replace(
            site,
            rooms=tuple(
                replace(room, kind=RoomKind.ORDINARY) if room.kind is RoomKind.SPARE else room
                for room in site.rooms
            ),
        )
        for site in problem.sites
    )
    return replace(problem, sites=sites).with_rules(spare_rooms_per_site=0)


def _around(
    old_problem: SeatingProblem,
    old_plan: SeatPlan,
    new_problem: SeatingProblem,
    seed: bytes,
    kept: frozenset[Room],
    progress: Progress | None,
) -> Replanned:
    """A re-plan of everything but the rooms that stay as they are."""
    if not kept:
        whole = replan(old_problem, old_plan, new_problem, seed, progress)
        reasons = {move.candidate: _said(move.code) for move in whole.moves}
        return Replanned(whole.plan, reasons, whole.moved, whole.bound, kept)
    old_part, old_rest = _part(old_problem, old_plan, lambda site, room: (site, room) not in kept)
    new_part = replace(
        new_problem,
        candidates=_elsewhere(new_problem, _seated_in(old_plan, lambda site, room: (site, room) in kept)),
        sites=tuple(
            replace(site, rooms=tuple(room for room in site.rooms if (site.id, room.id) not in kept))
            for site in new_problem.sites
        ),
    )
    rest = replan(old_part, old_rest, new_part, seed, progress)
    plan = _merged(old_plan, new_problem, rest.plan, kept)
    reasons = {move.candidate: _said(move.code) for move in rest.moves}
    moves = moves_between(old_plan, plan, {}, new_problem.candidates.ids)
    return Replanned(plan, reasons, sum(move.is_move for move in moves), rest.bound, kept)


def _merged(old_plan: SeatPlan, problem: SeatingProblem, rest: SeatPlan, kept: frozenset[Room]) -> SeatPlan:
    """The rooms that stayed (without those who left the exam) and the rooms that were seated anew."""
    known = set(problem.candidates.ids)
    stayed = []
    for room in old_plan.rooms:
        if (room.site, room.room) in kept:
            pairs = [pair for pair in zip(room.seats, room.candidates, strict=True) if pair[1] in known]
            seats, names = tuple(seat for seat, _ in pairs), tuple(name for _, name in pairs)
            stayed += [replace(room, seats=seats, candidates=names)] if pairs else []
    order = {sitting.id: number for number, sitting in enumerate(problem.sittings)}
    index = {(site.id, room.id): number for number, (site, room) in enumerate(problem.rooms)}
    rooms = sorted(
        [*stayed, *rest.rooms], key=lambda room: (order[room.sitting], index[room.site, room.room])
    )
    names_kept = {(room.sitting, room.site, room.room) for room in stayed}
    reasons = [r for r in old_plan.reasons if (r.sitting, r.site, r.room) in names_kept]
    return replace(
        rest,
        problem=problem.digest,
        rooms=tuple(rooms),
        reasons=(*reasons, *rest.reasons),
        follows=old_plan.digest,
        figures={
            **rest.figures,
            "candidates": len(problem.candidates),
            "placements": sum(len(room.seats) for room in rooms),
            "rooms_used": len(rooms),
            "neighbouring_pairs": sum(reason.pairs for reason in (*reasons, *rest.reasons)),
        },
    )


def _part(
    problem: SeatingProblem, plan: SeatPlan, holds: Callable[[str, str], bool]
) -> tuple[SeatingProblem, SeatPlan]:
    """The rooms of which something holds, with their people, as a problem and a plan of their own."""
    rooms = tuple(room for room in plan.rooms if holds(room.site, room.room))
    sites = tuple(
        replace(site, rooms=tuple(room for room in site.rooms if holds(site.id, room.id)))
        for site in problem.sites
    )
    part = replace(
        problem,
        candidates=_elsewhere(problem, _seated_in(plan, lambda site, room: not holds(site, room))),
        sites=tuple(site for site in sites if site.rooms),
    )
    reasons = tuple(reason for reason in plan.reasons if holds(reason.site, reason.room))
    return part, replace(plan, problem=part.digest, rooms=rooms, reasons=reasons)


def _seated_in(plan: SeatPlan, holds: Callable[[str, str], bool]) -> dict[str, set[str]]:
    """Who sits in the rooms of which something holds, and in which sittings."""
    found: dict[str, set[str]] = {}
    for room in plan.rooms:
        if holds(room.site, room.room):
            for name in room.candidates:
                found.setdefault(name, set()).add(room.sitting)
    return found


def _elsewhere(problem: SeatingProblem, seated: Mapping[str, set[str]]) -> Candidates:
    """The candidates with only those sittings that are not seated already; who has none left is no part of it."""
    every = tuple(sitting.id for sitting in problem.sittings)
    rows = []
    for row in problem.candidates.rows():
        gone = seated.get(row.id)
        if gone is None:
            rows.append(row)
        elif left := tuple(one for one in row.sittings or every if one not in gone):
            rows.append(replace(row, sittings=left))
    return Candidates.of(rows)


def _require_usable(
    plan: SeatPlan, problem: SeatingProblem, busy: frozenset[Room], locked: frozenset[str]
) -> None:
    """What must stay can stay: no such room is closed."""
    open_rooms = {(site.id, room.id) for site, room in problem.rooms}
    for site, room in sorted(busy - open_rooms):
        raise Refused(
            "room_has_begun",
            Sentence(
                f"不能停用：{site} 考点 {room} 考场已有入场等记录，座位保持不变。",
                f"Cannot close room {room} of site {site}: entries are on record there, so its seats stay.",
            ),
            remedy=Sentence(
                "已入场的考生按应急预案整体转移，并在现场记录。",
                "Move those inside together by the contingency plan, and record it on the spot.",
            ),
        )
    names = set(problem.candidates.ids)
    for row in plan.rows():
        if row.candidate in locked & names and (row.site, row.room) not in open_rooms:
            raise Refused(
                "seat_locked",
                Sentence(
                    f"不能重排：考生 {row.candidate} 的座位已锁定，而 {row.site} 考点 {row.room} 考场停用。",
                    f"Cannot replan: the seat of {row.candidate} is locked, but room {row.room} of site {row.site} is closed.",
                ),
                remedy=Sentence("先解锁，写明理由。", "Unlock it first, with a reason."),
            )


def _said(code: str) -> Sentence:
    return Sentence(*REASONS.get(code, REASONS["by_hand"]))


def _name(one: Break) -> tuple[str, ...]:
    return one.code, one.sitting, one.site, one.room, one.candidate, one.sentence.zh

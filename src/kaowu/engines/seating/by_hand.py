"""Seats changed by hand: the plan with some people elsewhere, judged like the engine's own.

Nothing is worked out here. The people go where they were put, reasons that no
longer hold are counted again, and the verifier says which rules the change
breaks that held before. Only the sites that the change touches are judged.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kaowu.basics.seat_grid import largest_apart
from kaowu.engines.seating.plan import Reason, RoomSeating, SeatPlan
from kaowu.engines.seating.problem import Candidate, Candidates, Room, SeatingProblem
from kaowu.engines.seating.verify import Break, verify

Desk = tuple[str, str, int]
"""Site, room, seat number."""

GAP = "seats_left_out"
"""An empty seat between taken ones: whoever moves away leaves one, and no rule forbids it."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A changed plan: rules that it breaks and the plan before kept, and seats that now stay empty between."""

    plan: SeatPlan
    breaks: tuple[Break, ...]
    gaps: tuple[Break, ...]


def changed(problem: SeatingProblem, plan: SeatPlan, to: Mapping[tuple[str, str], Desk]) -> SeatPlan:
    """The plan with these people (by sitting and candidate) at these desks."""
    rooms: dict[tuple[str, str, str], list[tuple[int, str]]] = {}
    touched: set[tuple[str, str, str]] = set()
    for row in plan.rows():
        place = (row.sitting, row.site, row.room)
        if (row.sitting, row.candidate) in to:
            touched.add(place)
            rooms.setdefault(place, [])
        else:
            rooms.setdefault(place, []).append((row.seat, row.candidate))
    for (sitting, candidate), (site, room, seat) in to.items():
        rooms.setdefault((sitting, site, room), []).append((seat, candidate))
        touched.add((sitting, site, room))
    order = {sitting.id: number for number, sitting in enumerate(problem.sittings)}
    index = {(site.id, room.id): number for number, (site, room) in enumerate(problem.rooms)}
    ordered = sorted(
        (place for place, people in rooms.items() if people),
        key=lambda place: (order.get(place[0], len(order)), index.get(place[1:], len(index)), place),
    )
    seated = tuple(_room(place, sorted(rooms[place])) for place in ordered)
    reasons = _reasons(problem, plan, seated, touched)
    sizes = [len(room.seats) for room in seated]
    figures = {
        **plan.figures,
        "neighbouring_pairs": sum(reason.pairs for reason in reasons),
        "rooms_used": len(seated),
        "smallest_room": min(sizes, default=0),
        "largest_room": max(sizes, default=0),
    }
    return replace(plan, rooms=seated, reasons=reasons, figures=figures)


def judge(problem: SeatingProblem, before: SeatPlan, after: SeatPlan, sites: Iterable[str]) -> Judged:
    """What the verifier finds at these sites after the change and did not find before."""
    there = set(sites)
    known = Counter(_name(one) for one in _judged(problem, before, there))
    found = []
    for one in _judged(problem, after, there):
        if known[_name(one)]:
            known[_name(one)] -= 1
        else:
            found.append(one)
    return Judged(
        after,
        tuple(one for one in found if one.code != GAP),
        tuple(one for one in found if one.code == GAP),
    )


def _judged(problem: SeatingProblem, plan: SeatPlan, sites: set[str]) -> list[Break]:
    rooms = tuple(room for room in plan.rooms if room.site in sites)
    here = {name for room in rooms for name in room.candidates}
    part = replace(
        problem,
        candidates=Candidates.of(row for row in problem.candidates.rows() if row.id in here),
        sites=tuple(site for site in problem.sites if site.id in sites),
    )
    reasons = tuple(reason for reason in plan.reasons if reason.site in sites)
    return verify(part, replace(plan, problem=part.digest, rooms=rooms, reasons=reasons))


def _name(one: Break) -> tuple[str, ...]:
    return one.code, one.sitting, one.site, one.room, one.candidate, one.sentence.zh


def _room(place: tuple[str, str, str], people: Sequence[tuple[int, str]]) -> RoomSeating:
    return RoomSeating(*place, tuple(seat for seat, _ in people), tuple(name for _, name in people))


def _reasons(
    problem: SeatingProblem,
    plan: SeatPlan,
    seated: Sequence[RoomSeating],
    touched: set[tuple[str, str, str]],
) -> tuple[Reason, ...]:
    """Reasons of untouched rooms as they were; of touched ones counted again, and none where none is needed."""
    at = {(room.sitting, room.site, room.room): room for room in seated}
    names = {name for place in touched if place in at for name in at[place].candidates}
    people = {row.id: row for row in problem.candidates.rows() if row.id in names}
    registered = {(site.id, room.id): room for site, room in problem.rooms}
    kept = []
    for reason in plan.reasons:
        place = (reason.sitting, reason.site, reason.room)
        if place not in touched:
            kept.append(reason)
        elif place in at:
            again = _counted_again(problem, reason, at[place], registered[place[1:]], people)
            kept += [again] if again is not None else []
    return tuple(kept)


def _counted_again(
    problem: SeatingProblem, reason: Reason, room: RoomSeating, here: Room, people: Mapping[str, Candidate]
) -> Reason | None:
    value = {
        seat: people[name].keys.get(reason.key, "")
        for seat, name in zip(room.seats, room.candidates, strict=True)
        if name in people
    }
    pairs = sum(
        one in value and value.get(one) == value.get(other) for one, other in here.grid.pairs(reason.reach)
    )
    count = len(room.seats)
    if not pairs and list(room.seats) == list(range(1, count + 1)):
        return None
    return replace(
        reason,
        holds=sum(each == reason.value for each in value.values()),
        of=count,
        apart=largest_apart(here.grid, range(1, min(count, here.grid.seats) + 1), reason.reach),
        pairs=pairs if reason.remedy == "fewest_pairs" else 0,
    )

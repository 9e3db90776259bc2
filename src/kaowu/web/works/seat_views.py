"""Seat plans as pages show them: what would be seated before there is a plan, and each room of a plan.

Both are worked out from sealed artefacts and the journal's length, so they can
be remembered: the same digests always give the same view.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from kaowu.basics.errors import Refused
from kaowu.basics.seat_grid import SeatGrid, seat_of_text
from kaowu.engines.seating import Explanation, Reason, RoomKind, SeatingProblem, SeatPlan, explain
from kaowu.engines.seating.explain import Relaxation
from kaowu.loop.prepare.number_seats import ALL_SITTINGS
from kaowu.loop.prepare.roster_table import RosterRow, read_roster
from kaowu.loop.prepare.seat_table import SeatLine, read_seats, serves
from kaowu.store import artefacts
from kaowu.store.queries.seat_plans import Attempt, journal_length
from kaowu.web.works.seats import problem_of


@dataclass(frozen=True, slots=True)
class SiteForecast:
    """One site as the coming plan may use it."""

    site: str
    pool: str
    ordinary: int
    kept: int
    places: int


@dataclass(frozen=True)
class Forecast:
    """What will be seated, where, and whether rooms suffice; or why there is nothing to seat."""

    candidates: int = 0
    with_needs: int = 0
    sites: tuple[SiteForecast, ...] = ()
    explanation: Explanation | None = None
    refused: Refused | None = None

    @property
    def places(self) -> int:
        return sum(site.places for site in self.sites)

    @property
    def is_feasible(self) -> bool:
        return self.refused is None and self.explanation is not None and not self.explanation.conflicts


@dataclass(frozen=True)
class RoomView:
    """One room of a plan: who sits where, and how well apart."""

    site: str
    room: str
    lines: tuple[tuple[SeatLine, RosterRow], ...]
    reasons: tuple[Reason, ...]

    @property
    def pairs(self) -> int:
        """Neighbours of the same school, as the engine counted them."""
        return sum(reason.pairs for reason in self.reasons)

    def schools(self) -> list[tuple[str, int]]:
        """The schools in the room, most people first."""
        return Counter(row.school for _, row in self.lines).most_common()

    def languages(self) -> list[tuple[str, int]]:
        """The foreign languages in the room, most people first."""
        return Counter(row.foreign_language for _, row in self.lines).most_common()

    def touching(self, grid: SeatGrid, reach: int) -> list[tuple[int, int]]:
        """Seats of neighbours from the same school, counted here once more."""
        school = {seat_of_text(line.seat): row.school for line, row in self.lines}
        return [
            (one, other)
            for one, other in grid.pairs(reach)
            if school.get(one) and school.get(one) == school.get(other)
        ]


@dataclass(frozen=True)
class PlanView:
    """A whole plan, room by room; of the sittings that share one seating, where there are several."""

    rooms: Mapping[tuple[str, str], RoomView]
    figures: Mapping[str, int]
    reasons: tuple[Reason, ...]
    seatings: tuple[str, ...] = ("",)
    """Every seating of the plan by the codes of its sittings; one empty name where one serves all."""
    seating: str = ""

    def of_site(self, site: str) -> list[RoomView]:
        """The rooms of one site by number."""
        return [room for (code, _), room in self.rooms.items() if code == site]

    @property
    def sites(self) -> list[str]:
        """The sites of the plan."""
        return sorted({site for site, _ in self.rooms})


def forecast(exam: str) -> Forecast:
    """What an attempt would have to seat now."""
    return _forecast(exam, journal_length(exam))


def view_of(attempt: Attempt, seating: str = "") -> PlanView:
    """The plan of one attempt: of a seating, or of the last one, which is the one that still counts."""
    return _plan_view(attempt.seats, attempt.solution, attempt.roster, seating)


def view_with(attempt: Attempt, site: str, room: str, seating: str = "") -> PlanView:
    """The plan of a seating, or of one that uses this room, if that one does not."""
    chosen = view_of(attempt, seating)
    views = (chosen, *(view_of(attempt, name) for name in reversed(chosen.seatings)))
    return next((view for view in views if (site, room) in view.rooms), chosen)


@dataclass(frozen=True, slots=True)
class SiteShare:
    """What one site has of a plan, over all seatings."""

    site: str
    rooms: frozenset[str]
    people: frozenset[str]
    pairs: int

    @property
    def first(self) -> str:
        """The room to begin with."""
        return min(self.rooms)


def shares_of(attempt: Attempt) -> list[SiteShare]:
    """The sites of a plan with their rooms and candidates, each counted once however often seated."""
    views = [view_of(attempt, name) for name in view_of(attempt).seatings]
    found: dict[str, list[RoomView]] = {}
    for view in views:
        for room in view.rooms.values():
            found.setdefault(room.site, []).append(room)
    return [
        SiteShare(
            site,
            frozenset(room.room for room in rooms),
            frozenset(row.number for room in rooms for _, row in room.lines),
            # Reasons of a seating that several sittings share stand in each of its views.
            sum(reason.pairs for reason in {reason for room in rooms for reason in room.reasons}),
        )
        for site, rooms in sorted(found.items())
    ]


def lines_for(relaxation: Relaxation, problem_rules: tuple[str, ...]) -> list[tuple[str, str]] | None:
    """The profile lines that say the same as a relaxation of the engine; None if no line can say it."""
    lines: list[tuple[str, str]] = []
    for name, value in relaxation.changes.items():
        match name:
            case "remainder":
                lines.append(("remainder_rule", "last_room"))
            case "spare_rooms_per_site":
                lines.append(("spare_rooms_minimum", str(value)))
            case "capacity":
                lines.append(("room_capacity", str(value)))
            case "group_by" if relaxation.code == "may_mix":
                pass  # the key stays in the grouping; it only may be mixed now
            case "group_by" if not value:
                lines.append(("room_grouping", "、".join((*problem_rules, "county"))))
            case "never_mix":
                lines.append(("never_mixed", "、".join(value) or "无"))
            case _:
                return None
    return lines


@lru_cache(maxsize=4)
def _forecast(exam: str, length: int) -> Forecast:
    try:
        problem = problem_of(exam)
    except Refused as refused:
        return Forecast(refused=refused)
    needs = problem.candidates.columns["needs"]
    codes = [bool(label) for label in needs.labels]
    return Forecast(
        candidates=len(problem.candidates),
        with_needs=sum(codes[code] for code in needs.codes.tolist()),
        sites=tuple(_site(problem, number) for number in range(len(problem.sites))),
        explanation=explain(problem),
    )


def never_mixed(exam: str) -> tuple[str, ...]:
    """The keys that never share a room by the present rules."""
    return problem_of(exam).rules.never_mix


def _site(problem: SeatingProblem, number: int) -> SiteForecast:
    site, rules = problem.sites[number], problem.rules
    usable = [room for room in site.rooms if room.kind is RoomKind.ORDINARY]
    kept = sum(room.kind in (RoomKind.SPARE, RoomKind.ISOLATION) for room in site.rooms)
    places = sum(min(rules.capacity, room.places) for room in usable)
    return SiteForecast(site.id, site.pool, len(usable), kept, places)


@lru_cache(maxsize=12)
def _plan_view(seats: bytes, solution: bytes, roster: bytes, seating: str) -> PlanView:
    rows = {row.number: row for row in read_roster(artefacts.read(roster))}
    plan = SeatPlan.from_bytes(artefacts.read(solution))
    lines = list(read_seats(artefacts.read(seats)))
    seatings = seatings_in({line.sitting for line in lines})
    chosen = seating if seating in seatings else seatings[-1]
    first = chosen.split(",")[0]
    reasons: dict[tuple[str, str], list[Reason]] = {}
    for reason in plan.reasons:
        if _speaks_of(reason, chosen):
            reasons.setdefault((reason.site, reason.room), []).append(reason)
    placed: dict[tuple[str, str], list[tuple[SeatLine, RosterRow]]] = {}
    for line in lines:
        if (not first or serves(line.sitting, first)) and line.candidate in rows:
            placed.setdefault((line.site, line.room), []).append((line, rows[line.candidate]))
    rooms = {key: RoomView(*key, tuple(lines), tuple(reasons.get(key, ()))) for key, lines in placed.items()}
    said = tuple(reason for each in reasons.values() for reason in each)
    return PlanView(rooms, plan.figures, said, seatings, chosen)


def seatings_in(labels: set[str]) -> tuple[str, ...]:
    """Which sittings are seated alike: seats for "", "01" and "02,03" make the seatings "01" and "02,03"."""
    alike: dict[frozenset[str], list[str]] = {}
    for code in sorted({code for label in labels if label for code in label.split(",")}):
        alike.setdefault(frozenset(label for label in labels if serves(label, code)), []).append(code)
    return tuple(",".join(codes) for codes in alike.values()) or ("",)


def _speaks_of(reason: Reason, seating: str) -> bool:
    """Is this reason one of a seating? A sitting that has begun was parted from those to come."""
    if not seating or reason.sitting == ALL_SITTINGS:
        return True
    return set(seating.split(",")) <= set(reason.sitting.split(","))

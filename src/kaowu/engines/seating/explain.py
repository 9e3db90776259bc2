"""为什么排不出来: the smallest conflict in the office's words, and what would help.

Rooms run out where a pool's groups need more of them than it has. That is one
count per pool and sitting, and the conflict says it; each relaxation is tried
by counting again under the changed rules, and says what it would cost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kaowu.basics.errors import Sentence
from kaowu.engines.seating.compose import Composition, Shortage, compose, kept_empty
from kaowu.engines.seating.problem import Column, Remainder, RoomKind, SeatingProblem, Sitting
from kaowu.engines.seating.streams import streams_of

_DENSER_BY_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Conflict:
    """Rooms that are missing in one pool and sitting."""

    code: str  # `rooms_short` or `no_step_free_room`
    pool: str
    sitting: str
    group: str  # the largest group that finds no room
    groups: int  # how many groups find none
    people: int  # in all of them
    rooms_missing: int
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A change of rules that helps; `changes` goes into `SeatingProblem.with_rules`."""

    code: str
    sentence: Sentence
    changes: Mapping[str, Any]
    remaining: int  # groups that would still find no room


@dataclass(frozen=True)
class Explanation:
    """Every conflict, the gravest first, and the relaxations, the most helpful first."""

    conflicts: tuple[Conflict, ...]
    relaxations: tuple[Relaxation, ...]


def explain(problem: SeatingProblem, met: Sequence[tuple[Sitting, Shortage]] = ()) -> Explanation:
    """Count every sitting; no conflicts means that rooms suffice everywhere.

    `met` are shortages met while seating, for those that the count over whole
    pools does not see (a site of several that is too small in one sitting).
    """
    found = list(_shortages(problem)) or list(met)
    conflicts = tuple(
        sorted(_conflicts(problem, found), key=lambda one: (-one.people, one.pool, one.sitting, one.code))
    )
    relaxations = [] if not conflicts else list(_relaxations(problem, len(found)))
    return Explanation(conflicts, tuple(sorted(relaxations, key=lambda r: r.remaining)))


def _shortages(problem: SeatingProblem) -> Iterator[tuple[Sitting, Shortage]]:
    sittings: Sequence[Sitting] = problem.sittings
    if len(sittings) > 1:
        sittings = (Sitting(""),)  # sites are found for everybody at once, before the sittings
    for sitting in sittings:
        for shortage in composition_of(problem, sitting).shortages:
            yield sitting, shortage


def composition_of(problem: SeatingProblem, sitting: Sitting) -> Composition:
    """The pieces of one sitting, with every pool's sites taken together."""
    sits = problem.candidates.columns["sittings"]
    takes = np.array([not s or not sitting.id or sitting.id in s.split("|") for s in sits.labels], np.bool_)
    rows = np.flatnonzero(takes[sits.codes])
    pool = problem.candidates.columns["pool"]
    pools = Column(pool.labels, pool.codes[rows])
    school = problem.candidates.columns[problem.rules.apart[0].key].codes
    return compose(streams_of(problem, sitting, rows, pools), problem.rooms, problem.rules, False, school)


def _conflicts(problem: SeatingProblem, found: Sequence[tuple[Sitting, Shortage]]) -> Iterator[Conflict]:
    """One conflict for each pool, sitting and kind of room: what is missing, counted."""
    together: dict[tuple[str, str, bool], list[Shortage]] = {}
    for sitting, shortage in found:
        together.setdefault((shortage.pool, sitting.id, shortage.step_free), []).append(shortage)
    for (pool, sitting_id, step_free), shortages in together.items():
        largest = max(shortages, key=lambda one: one.people)
        people = sum(one.people for one in shortages)
        missing = sum(-(-one.people // problem.rules.capacity) for one in shortages)
        named = sitting_id if len(problem.sittings) > 1 else ""
        yield Conflict(
            "no_step_free_room" if step_free else "rooms_short",
            pool,
            sitting_id,
            largest.group,
            len(shortages),
            people,
            missing,
            _sentence(problem, pool, named, largest, len(shortages), people, missing),
        )


def _sentence(
    problem: SeatingProblem,
    pool: str,
    sitting: str,
    largest: Shortage,
    groups: int,
    people: int,
    missing: int,
) -> Sentence:
    where_zh, where_en = (f"{pool}，{sitting}", f"{pool}, {sitting}") if sitting else (pool, pool)
    others_zh = f"等{groups}组" if groups > 1 else ""
    others_en = f" and {groups - 1} more groups" if groups > 1 else ""
    if largest.step_free:
        return Sentence(
            f"{where_zh}：“{largest.group}”{others_zh}{people}人须在无障碍考场，已无可用的无障碍考场",
            f"{where_en}: {people} of {largest.group!r}{others_en} need a room without steps, none is left",
        )
    rules = problem.rules
    ordinary = kept = 0
    for site in problem.sites:
        if pool in (site.pool, site.id):
            names = {room.id for room in site.rooms if room.kind is RoomKind.ORDINARY}
            ordinary += len(names)
            kept += len(names & kept_empty(site, rules.spare_rooms_per_site))
    return Sentence(
        f"{where_zh}：缺{missing}个考场：“{largest.group}”{others_zh}{people}人排不下"
        f"（每场{rules.capacity}人，普通考场{ordinary}个，其中留空{kept}个）",
        f"{where_en}: {missing} rooms are missing: {people} of {largest.group!r}{others_en} find no room "
        f"({rules.capacity} to a room, {ordinary} ordinary rooms, {kept} of them kept empty)",
    )


def _relaxations(problem: SeatingProblem, before: int) -> Iterator[Relaxation]:
    for code, changes in _ideas(problem):
        relaxed = problem.with_rules(**changes)
        remaining = sum(1 for _ in _shortages(relaxed))
        if remaining < before:
            yield Relaxation(code, _consequence(relaxed, code, changes, remaining), changes, remaining)


def _ideas(problem: SeatingProblem) -> Iterator[tuple[str, dict[str, Any]]]:
    rules = problem.rules
    if rules.remainder is not Remainder.MERGE and rules.group_by:
        yield "merge_remainders", {"remainder": Remainder.MERGE}
    for kept in range(rules.spare_rooms_per_site - 1, -1, -1):
        yield "fewer_spare_rooms", {"spare_rooms_per_site": kept}
    desks = max((r.grid.seats for site in problem.sites for r in site.rooms), default=0)
    for more in range(1, _DENSER_BY_AT_MOST + 1):
        if rules.capacity + more <= desks:
            yield "more_in_a_room", {"capacity": rules.capacity + more}
    for key in rules.never_mix:
        left = tuple(name for name in rules.never_mix if name != key)
        changes = {"never_mix": left, "group_by": (*rules.group_by, key), "remainder": Remainder.MERGE}
        yield "may_mix", changes
    if rules.group_by:
        yield "no_grouping", {"group_by": ()}


def _consequence(relaxed: SeatingProblem, code: str, changes: Mapping[str, Any], remaining: int) -> Sentence:
    mixed = _merged_rooms(relaxed)
    rules = relaxed.rules
    zh, en = {
        "merge_remainders": (
            f"各组尾数合并编场：{mixed}个考场为混合考场",
            f"Merge remainder rooms: {mixed} rooms would hold more than one group",
        ),
        "fewer_spare_rooms": (
            f"每考点只留{rules.spare_rooms_per_site}个备用考场",
            f"Keep only {rules.spare_rooms_per_site} spare rooms at each site",
        ),
        "more_in_a_room": (
            f"每考场编{rules.capacity}人",
            f"Seat {rules.capacity} in a room",
        ),
        "may_mix": (
            f"允许“{(rules.group_by or ('',))[-1]}”混编：{mixed}个考场为混合考场",
            f"Let {(rules.group_by or ('',))[-1]!r} share rooms: {mixed} rooms would be mixed",
        ),
        "no_grouping": ("不再按组编场，全部随机混编", "Do not group at all: everybody is mixed"),
    }[code]
    if remaining:
        return Sentence(
            f"{zh}；仍有{remaining}组排不下", f"{en}; {remaining} groups would still find no room"
        )
    return Sentence(f"{zh}；可全部编排", f"{en}; everybody can be seated")


def _merged_rooms(problem: SeatingProblem) -> int:
    count = 0
    for sitting in problem.sittings:
        inside: dict[int, set[int]] = {}
        for piece in composition_of(problem, sitting).pieces:
            inside.setdefault(piece.room, set()).add(piece.stream)
        count += sum(len(streams) > 1 for streams in inside.values())
    return count


__all__ = ["Conflict", "Explanation", "Relaxation", "composition_of", "explain"]

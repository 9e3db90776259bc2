"""Who takes which kind of post (分岗): people in drawn order, the least burdened first.

Everybody in turn takes a place; where the kinds one may take are full, somebody
placed earlier moves on to another kind, along the shortest such path. Nobody
placed is ever dropped, so the people at work are the first in order that can
be at work together, and where places stay open the kinds that cannot be filled
are a Hall-type witness: they need more people than there are.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

Prefers = Callable[[int], Sequence[int]]
"""The kinds a person may take, in order of preference."""


@dataclass(frozen=True)
class Cast:
    """The people of each kind in the order in which they came, and the witness of a shortage."""

    members: list[list[int]]
    short: tuple[int, ...]  # kinds that together cannot be filled


def cast(
    order: Sequence[int],
    may: Sequence[int],
    places: Sequence[int],
    waits: Sequence[bool],
    prefers: Prefers,
) -> Cast:
    """Fill the kinds; `may` holds for each person the kinds as bits, `waits` marks reserve kinds."""
    members: list[list[int]] = [[] for _ in places]
    at_work = sum(count for count, waiting in zip(places, waits, strict=True) if not waiting)
    waiting_places = sum(places) - at_work
    # Kinds from which no search can ever succeed again: full, and nobody in them may go elsewhere.
    closed: dict[bool, set[int]] = {False: set(), True: set()}
    for person in order:
        if not at_work + waiting_places:
            break
        wanted = prefers(person)
        for target in (False, True):
            if not (waiting_places if target else at_work) or closed[target].issuperset(wanted):
                continue
            path = _path(wanted, members, places, waits, target, may, closed[target])
            if path:
                _move(person, path, members, may)
                at_work -= not target
                waiting_places -= target
                break
    return Cast(members, _witness(members, places, may))


def _path(
    wanted: Sequence[int],
    members: Sequence[Sequence[int]],
    places: Sequence[int],
    waits: Sequence[bool],
    target: bool,
    may: Sequence[int],
    closed: set[int],
) -> list[int]:
    """Kinds from one the person may take to one with an open place; breadth first.

    A search that fails has seen a closed set of kinds, and adds it to `closed`.
    """
    for kind in wanted:
        if waits[kind] is target and len(members[kind]) < places[kind]:
            return [kind]
    came = dict.fromkeys(wanted, -1)
    queue = list(wanted)
    for kind in queue:
        for other in range(len(places)):
            if other in came or not places[other]:
                continue
            if any(may[one] >> other & 1 for one in members[kind]):
                came[other] = kind
                if waits[other] is target and len(members[other]) < places[other]:
                    path = [other]
                    while came[path[-1]] >= 0:
                        path.append(came[path[-1]])
                    return path[::-1]
                queue.append(other)
    closed.update(queue)
    return []


def _move(person: int, path: Sequence[int], members: list[list[int]], may: Sequence[int]) -> None:
    """From the end of the path: the latest of each kind that may go on moves to the next."""
    for at in range(len(path) - 2, -1, -1):
        here, there = path[at], path[at + 1]
        mover = next(one for one in reversed(members[here]) if may[one] >> there & 1)
        members[here].remove(mover)
        members[there].append(mover)
    members[path[0]].append(person)


def _witness(members: Sequence[Sequence[int]], places: Sequence[int], may: Sequence[int]) -> tuple[int, ...]:
    """Kinds with an open place and all kinds whose people could help there: together too few."""
    short = {kind for kind, count in enumerate(places) if len(members[kind]) < count}
    if not short:
        return ()
    short = {min(short)}
    while True:
        bits = sum(1 << kind for kind in short)
        more = {
            kind
            for kind, inside in enumerate(members)
            if kind not in short and any(may[one] & bits for one in inside)
        }
        if not more:
            return tuple(sorted(short))
        short |= more

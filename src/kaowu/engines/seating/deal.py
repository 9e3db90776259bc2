"""Stage three: which person in which room (抽签入场): the quota deal and its levelling.

People of a stream, school after school in drawn order and inside a school by
ticket, are dealt to the stream's places one after another like cards, the
places of all rooms interleaved in proportion to their size. So every school
is spread over the rooms as evenly as whole numbers allow, and 45 % of one
school cannot fill more than half a room, where a plain shuffle sometimes does.
Rounding may still put one too many of a school into a merged room; levelling
exchanges such people within their stream.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kaowu.engines.seating.compose import Piece
from kaowu.engines.seating.streams import Stream

Ints = NDArray[np.int64]
_SCALE_BITS = 20


@dataclass(frozen=True)
class Chance:
    """The drawn numbers of one sitting."""

    tickets: NDArray[np.uint64]  # per candidate row: for the deal
    seat_tickets: NDArray[np.uint64]  # per candidate row: for the order inside a room
    school_rank: Ints  # per school code
    room_rank: Ints  # per room index


@dataclass
class Dealt:
    """Who sits in which room: parallel arrays, in dealing order."""

    rows: Ints  # candidate rows
    rooms: Ints  # room index
    streams: Ints  # stream index
    pinned: NDArray[np.bool_]  # placed for an accommodation: never moved


def deal(
    streams: Sequence[Stream],
    pieces: Sequence[Piece],
    school: NDArray[np.int32],
    step_free: Sequence[bool],
    chance: Chance,
) -> Dealt:
    """Deal every stream to its pieces; wheelchair users first, to rooms without steps."""
    fixed, pieces = _fix_accessible(streams, pieces, step_free, chance)
    taken = {row for row, _, _ in fixed}
    rows = np.concatenate([stream.rows for stream in streams])
    numbers = np.repeat(np.arange(len(streams)), [stream.size for stream in streams])
    if taken:
        others = ~np.isin(rows, np.fromiter(taken, np.int64, len(taken)))
        rows, numbers = rows[others], numbers[others]
    people = np.lexsort((chance.tickets[rows], chance.school_rank[school[rows]], numbers))
    places = _places_in_order(pieces, chance.room_rank)
    extra = np.array(fixed, np.int64).reshape(-1, 3)
    return Dealt(
        np.concatenate([rows[people], extra[:, 0]]),
        np.concatenate([places, extra[:, 1]]),
        np.concatenate([numbers[people], extra[:, 2]]),
        np.concatenate([np.zeros(len(people), np.bool_), np.ones(len(extra), np.bool_)]),
    )


def _places_in_order(pieces: Sequence[Piece], room_rank: Ints) -> Ints:
    """The room of each place, in dealing order: place i of size z comes at (2 i + 1) / 2 z."""
    stream = np.array([piece.stream for piece in pieces], np.int64)
    room = np.array([piece.room for piece in pieces], np.int64)
    size = np.array([piece.size for piece in pieces], np.int64)
    piece = np.repeat(np.arange(len(pieces)), size)
    within = np.arange(len(piece)) - np.repeat(np.cumsum(size) - size, size)
    moment = ((2 * within + 1) << (_SCALE_BITS - 1)) // size[piece]
    order = np.lexsort((room_rank[room[piece]], moment, stream[piece]))
    found: Ints = room[piece][order]
    return found


def _fix_accessible(
    streams: Sequence[Stream],
    pieces: Sequence[Piece],
    step_free: Sequence[bool],
    chance: Chance,
) -> tuple[list[tuple[int, int, int]], list[Piece]]:
    """Rows fixed to rooms without steps, one room after another, and the pieces that remain."""
    if not any(len(stream.accessible) for stream in streams):
        return [], list(pieces)
    sizes = {(piece.stream, piece.room): piece.size for piece in pieces}
    used: dict[int, int] = {}
    fixed = []
    for number, stream in enumerate(streams):
        for row in sorted(stream.accessible.tolist(), key=lambda r: (int(chance.tickets[r]), r)):
            open_rooms = [
                room for (s, room), size in sizes.items() if s == number and size and step_free[room]
            ]
            if not open_rooms:
                continue
            room = min(open_rooms, key=lambda r: (used.get(r, 0), int(chance.room_rank[r])))
            used[room] = used.get(room, 0) + 1
            sizes[number, room] -= 1
            fixed.append((row, room, number))
    return fixed, [Piece(s, room, size) for (s, room), size in sizes.items() if size]


def level(dealt: Dealt, school: NDArray[np.int32], apart: Mapping[int, int], chance: Chance) -> int:
    """Exchange people so that no room holds more of a school than can sit apart in it.

    `apart` gives that number for each room. Works in place; returns how many
    people were exchanged. Rooms that stay over are explained by counting later.
    """
    schools = int(school.max()) + 1 if len(school) else 1
    codes, counts = np.unique(dealt.rooms * schools + school[dealt.rows], return_counts=True)
    over = [
        (code // schools, code % schools)
        for code, count in zip(codes.tolist(), counts.tolist(), strict=True)
        if count > apart[code // schools]
    ]
    if not over:
        return 0
    hall = _Hall(dealt, school, apart, dict(zip(codes.tolist(), counts.tolist(), strict=True)), schools)
    return sum(hall.relieve(room, code, chance) for room, code in over)


class _Hall:
    """Counts per room and school while people are exchanged."""

    def __init__(
        self,
        dealt: Dealt,
        school: NDArray[np.int32],
        apart: Mapping[int, int],
        counts: dict[int, int],
        schools: int,
    ) -> None:
        self.dealt, self.apart, self.counts, self.schools = dealt, apart, counts, schools
        self.school = school[dealt.rows].tolist()
        self.rooms = dealt.rooms.tolist()
        self.movable = (~dealt.pinned).tolist()
        self.of_stream: dict[int, list[int]] = {}
        for at, stream in enumerate(dealt.streams.tolist()):
            self.of_stream.setdefault(stream, []).append(at)

    def count(self, room: int, school: int) -> int:
        return self.counts.get(room * self.schools + school, 0)

    def relieve(self, room: int, school: int, chance: Chance) -> int:
        exchanged = 0
        while self.count(room, school) > self.apart[room]:
            pair = self._exchange_for(room, school, chance)
            if pair is None:
                break
            self._exchange(*pair)
            exchanged += 2
        return exchanged

    def _exchange_for(self, room: int, school: int, chance: Chance) -> tuple[int, int] | None:
        """One of this school here, and somebody of the same stream elsewhere, who may change places."""
        streams = self.dealt.streams
        leaving = [
            at
            for stream in sorted({int(streams[at]) for at, r in enumerate(self.rooms) if r == room})
            for at in self.of_stream[stream]
            if self.rooms[at] == room and self.school[at] == school and self.movable[at]
        ]
        for one in leaving:
            coming = [
                at
                for at in self.of_stream[int(streams[one])]
                if self.rooms[at] != room and self.movable[at] and self.school[at] != school
            ]
            fits = [
                at
                for at in coming
                if self.count(self.rooms[at], school) < self.apart[self.rooms[at]]
                and self.count(room, self.school[at]) < self.apart[room]
            ]
            if fits:
                emptiest = min(
                    fits,
                    key=lambda at: (
                        self.count(self.rooms[at], school) - self.apart[self.rooms[at]],
                        int(chance.room_rank[self.rooms[at]]),
                        int(chance.tickets[self.dealt.rows[at]]),
                        int(self.dealt.rows[at]),
                    ),
                )
                return one, emptiest
        return None

    def _exchange(self, one: int, two: int) -> None:
        for at, new in ((one, self.rooms[two]), (two, self.rooms[one])):
            old = int(self.dealt.rooms[at])
            self.counts[old * self.schools + self.school[at]] -= 1
            self.counts[new * self.schools + self.school[at]] = self.count(new, self.school[at]) + 1
            self.dealt.rooms[at] = new
        self.rooms[one], self.rooms[two] = self.rooms[two], self.rooms[one]

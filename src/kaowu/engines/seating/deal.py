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

from kaowu.basics.seeds import tickets
from kaowu.engines.seating.compose import Piece
from kaowu.engines.seating.problem import quoted
from kaowu.engines.seating.sorting import by_group_and_lot, dense
from kaowu.engines.seating.streams import Stream

Ints = NDArray[np.int64]
_SCALE_BITS = 20


@dataclass(frozen=True)
class Chance:
    """The drawn numbers of one sitting."""

    tickets: NDArray[np.uint64]  # per candidate row: for the deal
    seat_tickets: NDArray[np.uint64]  # per candidate row: for the order inside a room
    school_key: bytes  # draws the order of schools in each stream
    school_labels: tuple[str, ...]
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
    people = _people_in_order(streams, numbers, school[rows], chance.tickets[rows], chance)
    places = _places_in_order(pieces, chance.room_rank)
    extra = np.array(fixed, np.int64).reshape(-1, 3)
    return Dealt(
        np.concatenate([rows[people], extra[:, 0]]),
        np.concatenate([places, extra[:, 1]]),
        np.concatenate([numbers[people], extra[:, 2]]),
        np.concatenate([np.zeros(len(people), np.bool_), np.ones(len(extra), np.bool_)]),
    )


def _people_in_order(
    streams: Sequence[Stream],
    numbers: Ints,
    schools: NDArray[np.int32],
    lots: NDArray[np.uint64],
    chance: Chance,
) -> Ints:
    """Stream after stream, its schools in drawn order, inside a school by ticket.

    A school in a stream goes by the JSON list of the stream's words and the school.
    One order for all would favour a school: a stream's single place in a merged
    room always goes to the school in the middle of the order.
    """
    count = len(chance.school_labels)
    pairs, inverse = dense(numbers * count + schools, len(streams) * count)
    begun = [json_words(stream.words)[:-1] for stream in streams]
    ends = [json_words((label,))[1:] for label in chance.school_labels]
    names = [f"{begun[pair // count]},{ends[pair % count]}" for pair in pairs.tolist()]
    drawn = tickets(chance.school_key, names)[:, 0]
    order = np.lexsort((drawn, pairs // count))
    turn = np.empty(len(pairs), np.int64)
    turn[order] = np.arange(len(pairs))
    if len(np.unique(drawn)) < len(drawn):
        return np.lexsort((lots, drawn[inverse], numbers))
    return by_group_and_lot(turn[inverse], lots)


def json_words(words: Sequence[str]) -> str:
    """Words as one text that cannot be mistaken: a JSON list without spaces."""
    return f"[{','.join(map(quoted, words))}]"


def _places_in_order(pieces: Sequence[Piece], room_rank: Ints) -> Ints:
    """The room of each place, in dealing order: place i of size z comes at (2 i + 1) / 2 z."""
    stream = np.array([piece.stream for piece in pieces], np.int64)
    room = np.array([piece.room for piece in pieces], np.int64)
    size = np.array([piece.size for piece in pieces], np.int64)
    piece = np.repeat(np.arange(len(pieces)), size)
    within = np.arange(len(piece)) - np.repeat(np.cumsum(size) - size, size)
    moment = ((2 * within + 1) << (_SCALE_BITS - 1)) // size[piece]
    turn = np.empty(len(pieces), np.int64)  # of each piece by stream, then by the rank of its room
    turn[np.lexsort((room_rank[room], stream))] = np.arange(len(pieces))
    if int(stream.max(initial=0)).bit_length() + len(pieces).bit_length() + _SCALE_BITS >= 63:
        order = np.lexsort((turn[piece], moment, stream[piece]))
    else:
        bits = len(pieces).bit_length()
        order = np.argsort((stream[piece] << _SCALE_BITS | moment) << bits | turn[piece])
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


def level(
    dealt: Dealt,
    streams: Sequence[Stream],
    school: NDArray[np.int32],
    apart: Mapping[int, int],
    chance: Chance,
    merging: bool,
) -> int:
    """Exchange people so that no room holds more of a school than can sit apart in it.

    `apart` gives that number for each room. Two people change places within
    their stream, or, where remainders are merged, between two merged rooms.
    Works in place; returns how many people were moved. Rooms that stay over
    are explained by counting later.
    """
    schools = int(school.max()) + 1 if len(school) else 1
    codes, counts = np.unique(dealt.rooms * schools + school[dealt.rows], return_counts=True)
    limit = np.zeros(int(dealt.rooms.max(initial=0)) + 1, np.int64)
    limit[list(apart)] = list(apart.values())
    over = codes[counts > limit[codes // schools]]
    if not len(over):
        return 0
    group_of = _sharing(streams, merging)
    groups: dict[int, list[tuple[int, int]]] = {}
    for room, code in zip((over // schools).tolist(), (over % schools).tolist(), strict=True):
        stream = int(dealt.streams[np.argmax(dealt.rooms == room)])
        groups.setdefault(group_of[stream], []).append((room, code))
    moved = 0
    numbers = np.array(group_of)
    for group, cases in sorted(groups.items()):
        people = np.flatnonzero(numbers[dealt.streams] == group)
        hall = _Hall(dealt, people, school, apart, chance)
        moved += sum(hall.relieve(room, code) for room, code in cases)
        dealt.rooms[people] = hall.used[hall.rooms]
    return moved


def _sharing(streams: Sequence[Stream], merging: bool) -> list[int]:
    """A number for each stream: equal where streams may share a room."""
    if not merging:
        return list(range(len(streams)))
    known: dict[object, int] = {}
    return [known.setdefault(stream.mixes_with, len(known)) for stream in streams]


class _Hall:
    """The people of streams that share rooms, counted per room and school while they move."""

    def __init__(
        self,
        dealt: Dealt,
        people: Ints,
        school: NDArray[np.int32],
        apart: Mapping[int, int],
        chance: Chance,
    ) -> None:
        used, self.rooms = np.unique(dealt.rooms[people], return_inverse=True)
        labels, self.schools = np.unique(school[dealt.rows[people]], return_inverse=True)
        self.streams = dealt.streams[people]
        self.free = ~dealt.pinned[people]
        self.rows = dealt.rows[people]
        self.tickets = chance.tickets[self.rows]
        self.used, self.labels = used, labels
        self.apart = np.array([apart[room] for room in used.tolist()], np.int64)
        self.rank = chance.room_rank[used]
        self.counts = np.zeros((len(used), len(labels)), np.int64)
        np.add.at(self.counts, (self.rooms, self.schools), 1)
        pairs = np.unique(self.rooms * (int(self.streams.max()) + 1) + self.streams)
        self.merged = np.bincount(pairs // (int(self.streams.max()) + 1), minlength=len(used)) > 1

    def relieve(self, room: int, school: int) -> int:
        """Move people of a school out of a room until it is within the limit, if possible."""
        here, code = int(np.searchsorted(self.used, room)), int(np.searchsorted(self.labels, school))
        moved = 0
        while self.counts[here, code] > self.apart[here]:
            pair = self._exchange_for(here, code)
            if pair is None:
                break
            for at, new in zip(pair, (int(self.rooms[pair[1]]), here), strict=True):
                self.counts[self.rooms[at], self.schools[at]] -= 1
                self.counts[new, self.schools[at]] += 1
                self.rooms[at] = new
            moved += 2
        return moved

    def _exchange_for(self, room: int, school: int) -> tuple[int, int] | None:
        """One of this school here and one elsewhere who may change places: the best such pair.

        Same stream first, then the room with most space for the school, then drawn order.
        """
        leaving = np.flatnonzero((self.rooms == room) & (self.schools == school) & self.free)
        space = self.counts[:, school] - self.apart
        coming = (
            (self.rooms != room)
            & self.free
            & (self.schools != school)
            & (space[self.rooms] < 0)
            & (self.counts[room, self.schools] < self.apart[room])
        )
        alike = coming & np.isin(self.streams, self.streams[leaving])
        if not alike.any() and self.merged[room]:
            alike = coming & self.merged[self.rooms]
            streams = None
        else:
            streams = self.streams
        others = np.flatnonzero(alike)
        if not len(leaving) or not len(others):
            return None
        rooms = self.rooms[others]
        best = rooms[np.lexsort((self.rank[rooms], space[rooms]))[0]]
        pairs = [
            (
                int(self.tickets[one]),
                int(self.rows[one]),
                int(self.tickets[two]),
                int(self.rows[two]),
                one,
                two,
            )
            for one in leaving.tolist()
            for two in others[rooms == best].tolist()
            if streams is None or streams[one] == streams[two]
        ]
        return min(pairs)[-2:]

"""Stage two: how many of which stream in which room (考场构成): streams → pieces.

Pure arithmetic on counts: no chance, no names. A group in which one school is
too many for its rooms gets a further one, if that helps and one is left when all have theirs
(a language of 29 people, 16 of them from one school). Special rooms are taken first,
rooms kept empty are left out, then larger groups before smaller ones fill the
rooms in the order of the sites. A *piece* is so many people of one stream in
one room; a room with pieces of several streams is a merged remainder room.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from kaowu.basics.seat_grid import SeatGrid, largest_apart
from kaowu.engines.seating.problem import SINGLE, Remainder, Room, RoomKind, Rules, Site
from kaowu.engines.seating.streams import Stream

_KEPT = frozenset({RoomKind.SPARE, RoomKind.ISOLATION})


@dataclass(frozen=True, slots=True)
class Piece:
    """`size` people of stream `stream` (index) sit in room `room` (index over all sites)."""

    stream: int
    room: int
    size: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """A group of a pool for which rooms ran out."""

    pool: str
    group: str
    people: int
    rooms_left: int
    places_left: int
    step_free: bool


@dataclass
class Composition:
    """All pieces of a sitting, and what could not be placed."""

    pieces: list[Piece] = field(default_factory=list)
    shortages: list[Shortage] = field(default_factory=list)


def kept_empty(site: Site, spare_rooms: int) -> set[str]:
    """Rooms of a site that stay empty: spare and isolation rooms, then the last ordinary ones."""
    kinds = [room.kind for room in site.rooms]
    empty = {r.id for r, kind in zip(site.rooms, kinds, strict=True) if kind in _KEPT}
    missing = max(0, spare_rooms - kinds.count(RoomKind.SPARE))
    if not missing:
        return empty
    ordinary = [room.id for room in site.rooms if room.kind is RoomKind.ORDINARY]
    return empty | set(ordinary[max(0, len(ordinary) - missing) :])


@cache
def apart_in_first(grid: SeatGrid, people: int, reach: int) -> int:
    """How many of the first `people` seats can be taken with no two neighbours."""
    return largest_apart(grid, range(1, people + 1), reach)


def compose(
    streams: Sequence[Stream],
    rooms: Sequence[tuple[Site, Room]],
    rules: Rules,
    by_site: bool,
    school: NDArray[np.int32],
) -> Composition:
    """Pieces for every stream; `by_site` when pools are sites already; `school` per candidate row."""
    found = Composition()
    rooms_of: dict[str, list[tuple[int, Site, Room]]] = {}
    for index, (site, room) in enumerate(rooms):
        rooms_of.setdefault(site.id if by_site else site.pool, []).append((index, site, room))
    for pool, members in groupby(enumerate(streams), key=lambda item: item[1].pool):
        _compose_pool(list(members), _Stock(rooms_of.get(pool, []), rules), rules, school, found)
    return found


Numbered = tuple[int, Stream]


class _Stock:
    """The rooms of one pool that are still free, in filling order."""

    def __init__(self, rooms: Sequence[tuple[int, Site, Room]], rules: Rules) -> None:
        self.rooms = {index: room for index, _, room in rooms}
        self.places = {index: min(room.places, rules.capacity) for index, room in self.rooms.items()}
        sites = {site.id: site for _, site, _ in rooms}
        empty = {name: kept_empty(site, rules.spare_rooms_per_site) for name, site in sites.items()}
        self.free = [index for index, site, room in rooms if room.id not in empty[site.id]]

    def apart(self, index: int, rules: Rules) -> int:
        """How many of one school a room can hold, with empty seats between them."""
        grid = self.rooms[index].grid
        return min(self.places[index], apart_in_first(grid, grid.seats, rules.apart[0].reach))

    def ordinary(self) -> list[int]:
        return [i for i in self.free if self.rooms[i].kind is RoomKind.ORDINARY]

    def take_special(self, kinds: Sequence[RoomKind], step_free: bool) -> int | None:
        """A room for people with needs: of the first kind there is, ordinary ones from the end."""
        for kind in kinds:
            fitting = [
                i
                for i in self.free
                if self.rooms[i].kind is kind and (self.rooms[i].step_free or not step_free)
            ]
            if fitting:
                chosen = fitting[-1] if kind is RoomKind.ORDINARY else fitting[0]
                self.free.remove(chosen)
                return chosen
        return None

    def take_for(self, people: int) -> list[int] | None:
        """The next ordinary rooms that hold so many; None when they run out."""
        taken: list[int] = []
        for index in self.ordinary():
            if people <= 0:
                break
            taken.append(index)
            people -= self.places[index]
        if people > 0:
            return None
        gone = set(taken)
        self.free = [index for index in self.free if index not in gone]
        return taken

    def give_back(self, taken: Iterable[tuple[object, list[int]]]) -> None:
        """Rooms taken for groups are free again."""
        self.free = sorted([*self.free, *(room for _, rooms in taken for room in rooms)])


def _compose_pool(
    streams: Sequence[Numbered],
    stock: _Stock,
    rules: Rules,
    school: NDArray[np.int32],
    found: Composition,
) -> None:
    merging = rules.remainder is Remainder.MERGE
    special = [item for item in streams if item[1].special]
    for group in _groups(special, merging):
        _place_special(group, stock, found)
    ordinary = [item for item in streams if not item[1].special]
    alone = _with_a_majority(ordinary, rules, school) if merging and rules.gaps else set()
    taken, short = _rooms_for(sorted(_groups(ordinary, merging, alone), key=_larger_first), stock)
    if short and alone:
        stock.give_back(taken)
        taken, short = _rooms_for(sorted(_groups(ordinary, merging), key=_larger_first), stock)
    found.shortages.extend(short)
    used: list[Piece] = []
    for group, rooms in taken:
        if rules.gaps and rules.remainder is not Remainder.OWN_ROOM:
            _widen(group, rooms, stock, rules, school)
        people = sum(stream.size for _, stream in group)
        sizes = room_sizes(people, [stock.places[i] for i in rooms], rules.remainder)
        used.extend(_laid_out(sorted(group, key=lambda item: -item[1].size), rooms, sizes))
    found.pieces.extend(_step_free_where_needed(used, dict(streams), stock, found))


def _widen(
    group: Sequence[Numbered], rooms: list[int], stock: _Stock, rules: Rules, school: NDArray[np.int32]
) -> None:
    """One further room where the largest school of a group can then sit apart, and only then."""
    most = int(np.bincount(np.concatenate([school[stream.rows] for _, stream in group])).max())
    apart = sum(stock.apart(room, rules) for room in rooms)
    free = stock.ordinary()
    if free and apart < most <= apart + stock.apart(free[0], rules):
        stock.free.remove(free[0])
        rooms.append(free[0])


def _with_a_majority(streams: Sequence[Numbered], rules: Rules, school: NDArray[np.int32]) -> set[int]:
    """Streams of three quarters of a room or more of which one school is more than half.

    They would fill rooms in which that school cannot sit apart; rooms of their own may
    be wider. Nothing is gained below that: such streams share rooms with others.
    """
    large = [(number, stream) for number, stream in streams if 4 * stream.size >= 3 * rules.capacity]
    return {n for n, stream in large if 2 * np.bincount(school[stream.rows]).max() > stream.size}


def _groups(streams: Iterable[Numbered], merging: bool, alone: Collection[int] = ()) -> list[list[Numbered]]:
    """Streams that share rooms: all that may mix under a merging rule, else each alone."""
    found: dict[object, list[Numbered]] = {}
    for number, stream in streams:
        name = stream.mixes_with if merging and number not in alone else number
        found.setdefault(name, []).append((number, stream))
    return list(found.values())


def _rooms_for(
    groups: Sequence[list[Numbered]], stock: _Stock
) -> tuple[list[tuple[list[Numbered], list[int]]], list[Shortage]]:
    """The next rooms for each group in turn, and the groups for which rooms ran out."""
    taken, short = [], []
    for group in groups:
        people = sum(stream.size for _, stream in group)
        rooms = stock.take_for(people)
        if rooms is None:
            left = stock.ordinary()
            places = sum(map(stock.places.__getitem__, left))
            short.append(Shortage(group[0][1].pool, _group_name(group), people, len(left), places, False))
        else:
            taken.append((group, rooms))
    return taken, short


def _larger_first(group: Sequence[Numbered]) -> int:
    return -sum(stream.size for _, stream in group)


def _group_name(group: Sequence[Numbered]) -> str:
    names = [stream.name for _, stream in group]
    return names[0] if len(names) == 1 else " · ".join(w for w in group[0][1].never_mix if w) or names[0]


def _place_special(group: Sequence[Numbered], stock: _Stock, found: Composition) -> None:
    waiting = [[number, stream.size] for number, stream in group]
    alone = group[0][1].special == SINGLE
    step_free = any(len(stream.accessible) for _, stream in group)
    kinds = [RoomKind.ACCESSIBLE, RoomKind.ORDINARY]
    while people := sum(size for _, size in waiting):
        index = stock.take_special([RoomKind.SINGLE, *kinds] if alone else kinds, step_free)
        if index is None:
            left = stock.ordinary()
            found.shortages.append(
                Shortage(
                    group[0][1].pool,
                    _group_name(group),
                    people,
                    len(left),
                    sum(map(stock.places.__getitem__, left)),
                    step_free,
                )
            )
            return
        places = 1 if alone else stock.places[index]
        for entry in waiting:
            size = min(places, entry[1])
            if size:
                found.pieces.append(Piece(entry[0], index, size))
            places -= size
            entry[1] -= size


def room_sizes(people: int, places: Sequence[int], remainder: Remainder) -> list[int]:
    """How many sit in each room: full rooms and a rest, or all rooms equally full."""
    if remainder is Remainder.OWN_ROOM:
        sizes = []
        for room in places:
            sizes.append(min(room, people))
            people -= sizes[-1]
        return sizes
    level = min(min(places), people // len(places))
    while sum(min(room, level + 1) for room in places) <= people and level < max(places):
        level += 1
    sizes = [min(room, level) for room in places]
    rest = people - sum(sizes)
    for index, room in enumerate(places):
        if rest and room > level:
            sizes[index] += 1
            rest -= 1
    return sizes


def _laid_out(group: Sequence[Numbered], rooms: Sequence[int], sizes: Sequence[int]) -> Iterator[Piece]:
    """Whole rooms for each stream while it fills them; the rests share the last rooms."""
    room = 0
    rests: list[tuple[int, int]] = []
    for number, stream in group:
        left = stream.size
        while room < len(rooms) and left >= sizes[room] > 0:
            yield Piece(number, rooms[room], sizes[room])
            left -= sizes[room]
            room += 1
        rests.append((number, left))
    space = sizes[room] if room < len(rooms) else 0
    for number, rest in rests:
        left = rest
        while left:
            size = min(left, space)
            if size:
                yield Piece(number, rooms[room], size)
            left -= size
            space -= size
            if not space:
                room += 1
                space = sizes[room] if room < len(rooms) else 0


def _step_free_where_needed(
    pieces: Sequence[Piece], streams: dict[int, Stream], stock: _Stock, found: Composition
) -> list[Piece]:
    """Give each stream with a wheelchair at least one room without steps, by exchanging rooms."""
    needing = [n for n, s in streams.items() if not s.special and len(s.accessible)]
    if not needing:
        return list(pieces)
    room_of = {piece.room: piece.room for piece in pieces}
    people: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    for piece in pieces:
        people[piece.room] = people.get(piece.room, 0) + piece.size
        members.setdefault(piece.room, set()).add(piece.stream)
    for number in needing:
        own = [room for room, inside in members.items() if number in inside]
        if not own or any(stock.rooms[room_of[room]].step_free for room in own):
            continue
        if not _exchange(own[0], room_of, people, members, needing, stock):
            stream = streams[number]
            left = [i for i in stock.ordinary() if stock.rooms[i].step_free]
            places = sum(map(stock.places.__getitem__, left))
            found.shortages.append(
                Shortage(stream.pool, stream.name, len(stream.accessible), len(left), places, True)
            )
    return [Piece(piece.stream, room_of[piece.room], piece.size) for piece in pieces]


def _exchange(
    own: int,
    room_of: dict[int, int],
    people: dict[int, int],
    members: dict[int, set[int]],
    needing: Sequence[int],
    stock: _Stock,
) -> bool:
    for spare in stock.ordinary():
        if stock.rooms[spare].step_free and stock.places[spare] >= people[own]:
            stock.free[stock.free.index(spare)] = room_of[own]
            room_of[own] = spare
            return True
    for other, actual in room_of.items():
        fits = stock.places[actual] >= people[own] and stock.places[room_of[own]] >= people[other]
        if stock.rooms[actual].step_free and fits and not members[other] & set(needing):
            room_of[own], room_of[other] = actual, room_of[own]
            return True
    return False

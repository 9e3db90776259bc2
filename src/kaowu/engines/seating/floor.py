"""One sitting while people change places: who sits where now, and who may sit where.

Re-planning asks two questions again and again: which seat is legal for this
person, and who would have to leave it first. Both are answered here from the
rules of the new problem alone; nothing here draws or decides.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from kaowu.basics.seat_grid import SeatGrid
from kaowu.basics.seeds import key, ticket
from kaowu.engines.seating.problem import (
    ACCESSIBLE,
    SINGLE,
    Apart,
    Remainder,
    Room,
    RoomKind,
    SeatingProblem,
    Site,
    Sitting,
)
from kaowu.engines.seating.streams import special_room

Place = tuple[str, str]
"""Site and room."""
Spot = tuple[Place, int]
"""Site and room, and the seat from 1."""


@lru_cache(maxsize=512)
def beside(grid: SeatGrid, reach: int) -> tuple[tuple[int, ...], ...]:
    """The neighbours of every seat; seat s at index s, nothing at 0."""
    return ((), *(grid.neighbours(seat, reach) for seat in range(1, grid.seats + 1)))


class Drawn:
    """The lots of one re-plan in one sitting: of candidates and of rooms."""

    def __init__(self, seed: bytes, follows: str, sitting: str) -> None:
        self._people = key(seed, "seating/replan-ticket", follows, sitting)
        self._rooms = key(seed, "seating/replan-room", follows, sitting)

    def of(self, candidate: str) -> bytes:
        """The lot of one candidate: lower goes first."""
        return ticket(self._people, candidate)

    def of_room(self, place: Place) -> bytes:
        """The lot of one room."""
        return ticket(self._rooms, "/".join(place))


class Floor:
    """The rooms of one sitting with the people who sit in them."""

    def __init__(self, problem: SeatingProblem, sitting: Sitting, drawn: Drawn) -> None:
        self.problem, self.sitting, self.drawn = problem, sitting, drawn
        self.halls: dict[Place, tuple[Site, Room]] = {
            (site.id, room.id): (site, room) for site, room in problem.rooms
        }
        self.taken: dict[Place, dict[int, int]] = {}  # seat → candidate row
        self.spot: dict[int, Spot] = {}  # candidate row → where
        self.rung: dict[Place, Apart] = {}  # the rung by which a room is judged, if not the first
        self.home: dict[int, Spot] = {}  # where people sat before
        self.site_of: dict[int, str] = {}  # people whose site is settled by another sitting
        self._lots: dict[Place, bytes] = {}
        self._words_of: dict[Place, tuple[str, ...]] = {}
        self._rooms_of: dict[tuple[str, tuple[str, ...]], set[Place]] = {}
        columns = problem.candidates.columns
        never, group = problem.never_mix(sitting), problem.group_by(sitting)
        mixed = group if problem.rules.remainder is Remainder.MERGE else ()
        self._kept_apart = tuple(columns[name] for name in (*never, *(g for g in group if g not in mixed)))
        self._together = tuple(columns[name] for name in mixed)
        self._values: dict[Apart, list[int]] = {
            rung: columns[rung.key].codes.tolist() for rung in problem.rules.apart
        }
        self._special = [special_room(label) for label in columns["needs"].labels]
        self._wheeled = [ACCESSIBLE in label.split("|") for label in columns["needs"].labels]
        self._needs: list[int] = columns["needs"].codes.tolist()

    # People

    def words(self, row: int) -> tuple[str, ...]:
        """What all people of one room have in common."""
        return (self._special[self._needs[row]], *(column.label(row) for column in self._kept_apart))

    def group(self, row: int) -> tuple[str, ...]:
        """What people of one room have in common as far as can be."""
        return tuple(column.label(row) for column in self._together)

    def alone(self, row: int) -> bool:
        """Whether the candidate needs a room alone."""
        return self._special[self._needs[row]] == SINGLE

    def wheeled(self, row: int) -> bool:
        """Whether the candidate needs a room without steps and a desk in front."""
        return self._wheeled[self._needs[row]]

    def value(self, row: int, rung: Apart) -> int:
        """The candidate's school, or whatever the rung keeps apart."""
        return self._values[rung][row]

    def pool(self, row: int) -> str:
        """The pool of the candidate."""
        return self.problem.candidates.columns["pool"].label(row)

    def lot(self, row: int) -> tuple[bytes, str]:
        """The candidate's lot; equal ones by id."""
        name = self.problem.candidates.ids[row]
        return self.drawn.of(name), name

    # Rooms

    def usable(self, place: Place) -> bool:
        """Whether candidates may sit in this room at all."""
        hall = self.halls.get(place)
        return hall is not None and hall[1].kind not in (RoomKind.SPARE, RoomKind.ISOLATION)

    def places(self, place: Place) -> int:
        """How many the room holds."""
        return min(self.halls[place][1].places, self.problem.rules.capacity)

    def rung_of(self, place: Place) -> Apart:
        """The rung by which the room is judged."""
        return self.rung.get(place, self.problem.rules.apart[0])

    def room_lot(self, place: Place) -> bytes:
        """The lot of a room, drawn once."""
        if place not in self._lots:
            self._lots[place] = self.drawn.of_room(place)
        return self._lots[place]

    # Changes

    def put(self, row: int, spot: Spot) -> None:
        """Seat somebody."""
        place, seat = spot
        if place not in self.taken:
            self.taken[place] = {}
            self._words_of[place] = self.words(row)
            self._rooms_of.setdefault((self.halls[place][0].pool, self.words(row)), set()).add(place)
        self.taken[place][seat] = row
        self.spot[row] = spot

    def lift(self, row: int) -> Spot:
        """Take somebody from the seat."""
        place, seat = self.spot.pop(row)
        del self.taken[place][seat]
        if not self.taken[place]:
            del self.taken[place]
        return place, seat

    # Questions

    def suits(self, row: int, place: Place, seat: int) -> bool:
        """Whether desk and room fit the person, whoever else sits there."""
        site, room = self.halls[place]
        if site.pool != self.pool(row) or not self.usable(place) or not 1 <= seat <= room.grid.seats:
            return False
        if self.site_of.get(row, site.id) != site.id:
            return False
        return not self.wheeled(row) or (room.step_free and room.grid.desk(seat).row == 0)

    def in_the_way(self, row: int, spot: Spot) -> set[int]:
        """Who would have to leave before the person may sit there: the holder, and schoolmates beside."""
        place, seat = spot
        taken, rung = self.taken.get(place, {}), self.rung_of(place)
        mine = self.value(row, rung)
        around = beside(self.halls[place][1].grid, rung.reach)[seat]
        near = {
            taken[n] for n in around if n in taken and taken[n] != row and self.value(taken[n], rung) == mine
        }
        return near | ({taken[seat]} if seat in taken else set())

    def rooms_for(self, row: int, vacant: bool = False) -> list[Place]:
        """Rooms in use whose people the person may join: own room, own site, own group first.

        `vacant` leaves out those that are full.
        """
        if self.alone(row):
            return []
        words, group, home = self.words(row), self.group(row), self.home.get(row)
        own_room, own_site = (home[0], home[0][0]) if home else (None, None)
        found = []
        for place in self._rooms_of.get((self.pool(row), words), ()):
            people = self.taken.get(place)
            if people and self._words_of[place] == words and not (vacant and self._is_full(place)):
                strange = bool(group) and all(self.group(other) != group for other in people.values())
                found.append((place != own_room, place[0] != own_site, strange, self.room_lot(place), place))
        return [entry[-1] for entry in sorted(found)]

    def _is_full(self, place: Place) -> bool:
        return len(self.taken[place]) >= self.places(place)

    def free_seat(self, row: int) -> Spot | None:
        """The first seat where the person may sit as things are."""
        for place in self.rooms_for(row, vacant=True):
            taken = self.taken[place]
            for seat in range(1, self.halls[place][1].grid.seats + 1):
                if (
                    seat not in taken
                    and self.suits(row, place, seat)
                    and not self.in_the_way(row, (place, seat))
                ):
                    return place, seat
        return None

    def pairs(self, place: Place, rung: Apart) -> Iterator[tuple[int, int]]:
        """Seats of neighbours with the same value, smaller first."""
        taken = self.taken.get(place, {})
        around = beside(self.halls[place][1].grid, rung.reach)
        for seat in sorted(taken):
            for other in around[seat]:
                same = other in taken and self.value(taken[seat], rung) == self.value(taken[other], rung)
                if seat < other and same:
                    yield seat, other

    def counted(self, place: Place, rung: Apart) -> tuple[str, int]:
        """The value most people of the room share, and how many do."""
        counts: Mapping[int, int] = Counter(self.value(row, rung) for row in self.taken[place].values())
        value, holds = min(counts.items(), key=lambda item: (-item[1], item[0]))
        return self.problem.candidates.columns[rung.key].labels[value], holds

"""A legal seating by hand where the chain finds none: tight rooms (two schools of 15 in 30).

Desks are taken colour after colour, as on a chess-board (four colours when
diagonals count), schools from the largest down. It reaches few of the legal
seatings, so it only gives the chain a legal place to start from.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from kaowu.basics.seat_grid import SeatGrid


def construct(
    grid: SeatGrid, reach: int, codes: Sequence[int], movable: Sequence[bool], coin: int
) -> list[int] | None:
    """A legal rearrangement of the movable codes, or None; `coin` picks the first colour."""
    pairs = [(a - 1, b - 1) for a, b in grid.pairs(reach)]
    counts = Counter(code for code, free in zip(codes, movable, strict=True) if free)
    for seats in _colour_orders(grid, reach, coin):
        places = [seat for seat in seats if movable[seat]]
        for schools in _school_orders(counts):
            found = list(codes)
            queue = [code for code in schools for _ in range(counts[code])]
            for seat, code in zip(places, queue, strict=True):
                found[seat] = code
            if all(found[a] != found[b] for a, b in pairs):
                return found
    return None


def _colour_orders(grid: SeatGrid, reach: int, coin: int) -> Iterator[list[int]]:
    colours: dict[int, list[int]] = {}
    by_place = sorted(range(grid.seats), key=lambda s: (grid.desks[s].column, grid.desks[s].row))
    for seat in by_place:
        desk = grid.desks[seat]
        four = desk.column % 2 * 2 + desk.row % 2
        colours.setdefault(four if reach == 8 else (desk.column + desk.row) % 2, []).append(seat)
    names = sorted(colours)
    for turn in range(len(names)):
        first = (turn + coin) % len(names)
        yield [seat for name in names[first:] + names[:first] for seat in colours[name]]


def _school_orders(counts: Mapping[int, int]) -> Iterator[list[int]]:
    """Largest first; then every choice of the school that straddles two colours."""
    largest = sorted(counts, key=lambda code: (-counts[code], code))
    yield largest
    for turn in range(1, len(largest)):
        yield largest[:1] + largest[1 + turn :] + largest[1 : 1 + turn]
    for at in range(len(largest)):
        yield [code for code in largest if code != largest[at]] + [largest[at]]

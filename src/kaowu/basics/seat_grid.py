"""Where a seat stands: seat numbers on the real grid of desks of one room (座位网格).

A room is a row of columns seen from the candidates' side, facing the
blackboard: column 0 is the leftmost, row 0 the desk nearest to the front.
Seat 1 is the first desk at the start corner; the direction says how numbers
go on from there. Whoever compares seat k with seat k + 1 misses half of the
neighbours: on 5 x 6 in serpentine order (蛇形) seat 1 touches seat 12.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache


class Corner(StrEnum):
    """Where seat 1 stands (一号座位), seen facing the front."""

    FRONT_LEFT = "front_left"
    FRONT_RIGHT = "front_right"
    BACK_LEFT = "back_left"
    BACK_RIGHT = "back_right"


class Direction(StrEnum):
    """How numbers run from seat 1."""

    SERPENTINE = "serpentine"  # 蛇形: down one column, up the next
    COLUMNS = "columns"  # every column in the same direction
    SERPENTINE_ROWS = "serpentine_rows"  # along a row, back along the next
    ROWS = "rows"  # every row in the same direction


_ACROSS_OR_ALONG = ((-1, 0), (1, 0), (0, -1), (0, 1))
_DIAGONAL = ((-1, -1), (-1, 1), (1, -1), (1, 1))


@dataclass(frozen=True, slots=True)
class Desk:
    """One desk: column from the left, row from the front, both from 0."""

    column: int
    row: int


@dataclass(frozen=True)
class SeatGrid:
    """The desks of one room; `columns` holds the number of desks of each column."""

    columns: tuple[int, ...]
    start: Corner = Corner.FRONT_LEFT
    direction: Direction = Direction.SERPENTINE

    def __post_init__(self) -> None:
        if not self.columns or any(length < 1 for length in self.columns):
            raise ValueError(f"a column holds at least one desk: {self.columns}")

    @cached_property
    def _hash(self) -> int:
        return hash((self.columns, self.start, self.direction))

    def __hash__(self) -> int:
        """Worked out once: tables by grid are asked for every room of a nation."""
        return self._hash

    @classmethod
    @lru_cache(maxsize=1024)  # rooms of one layout share one grid, so comparing two is comparing names
    def from_layout(
        cls,
        layout: str,
        start: Corner = Corner.FRONT_LEFT,
        direction: Direction = Direction.SERPENTINE,
    ) -> "SeatGrid":
        """The grid of a layout as offices write it: 7-8-8-7, 5x6 (5 columns of 6), 8877."""
        return cls(columns_of_layout(layout), start, direction)

    @classmethod
    def for_capacity(cls, capacity: int) -> "SeatGrid":
        """A plain grid for a room whose layout nobody wrote down: columns of at most 8."""
        count = -(-capacity // 8)
        longer = capacity % count
        short = capacity // count
        return cls((short + 1,) * longer + (short,) * (count - longer))

    @cached_property
    def seats(self) -> int:
        """How many desks there are."""
        return sum(self.columns)

    @property
    def layout(self) -> str:
        """The column lengths as text: 7-8-8-7."""
        return "-".join(map(str, self.columns))

    @cached_property
    def desks(self) -> tuple[Desk, ...]:
        """The desk of each seat; seat k stands at index k - 1."""
        from_right = self.start in (Corner.FRONT_RIGHT, Corner.BACK_RIGHT)
        from_back = self.start in (Corner.BACK_LEFT, Corner.BACK_RIGHT)
        turning = self.direction in (Direction.SERPENTINE, Direction.SERPENTINE_ROWS)
        by_column = self.direction in (Direction.SERPENTINE, Direction.COLUMNS)
        outer = range(len(self.columns) if by_column else max(self.columns))
        if from_right if by_column else from_back:
            outer = outer[::-1]
        found: list[Desk] = []
        for turn, line in enumerate(outer):
            desks = self._column(line) if by_column else self._row(line)
            backwards = from_back if by_column else from_right
            if turning and turn % 2 == 1:
                backwards = not backwards
            found.extend(reversed(desks) if backwards else desks)
        return tuple(found)

    @cached_property
    def _seat_at(self) -> dict[Desk, int]:
        return {desk: seat for seat, desk in enumerate(self.desks, start=1)}

    def desk(self, seat: int) -> Desk:
        """Where a seat number stands; raises ValueError for a number not in the room."""
        if not 1 <= seat <= self.seats:
            raise ValueError(f"seat {seat} is not one of 1..{self.seats}")
        return self.desks[seat - 1]

    def seat(self, column: int, row: int) -> int | None:
        """The seat number at a place, or None where no desk stands."""
        return self._seat_at.get(Desk(column, row))

    def neighbours(self, seat: int, reach: int = 4) -> tuple[int, ...]:
        """Seats next to one, ascending: 4 = front, back, left, right; 8 = diagonals too."""
        if reach not in (4, 8):
            raise ValueError(f"a seat has 4 or 8 neighbours, not {reach}")
        here = self.desk(seat)
        steps = _ACROSS_OR_ALONG + (_DIAGONAL if reach == 8 else ())
        around = (self.seat(here.column + right, here.row + back) for right, back in steps)
        return tuple(sorted(number for number in around if number is not None))

    def pairs(self, reach: int = 4) -> tuple[tuple[int, int], ...]:
        """Every pair of neighbouring seats once, smaller number first, ascending."""
        return tuple(
            (seat, other)
            for seat in range(1, self.seats + 1)
            for other in self.neighbours(seat, reach)
            if seat < other
        )

    def rows(self) -> tuple[tuple[int | None, ...], ...]:
        """Seat numbers as they lie in the room, front row first, None where no desk stands."""
        return tuple(
            tuple(self.seat(column, row) for column in range(len(self.columns)))
            for row in range(max(self.columns))
        )

    def _column(self, column: int) -> list[Desk]:
        return [Desk(column, row) for row in range(self.columns[column])]

    def _row(self, row: int) -> list[Desk]:
        return [Desk(column, row) for column, size in enumerate(self.columns) if row < size]


@lru_cache(maxsize=512)
def columns_of_layout(layout: str) -> tuple[int, ...]:
    """Column lengths of a layout text; raises ValueError if it is none."""
    text = layout.strip().replace("×", "x").replace("X", "x").replace("*", "x")
    if match := re.fullmatch(r"([0-9]{1,2})x([0-9]{1,2})", text):
        return (int(match[2]),) * int(match[1])
    if re.fullmatch(r"[0-9]{1,2}([-,][0-9]{1,2})+", text):
        return tuple(int(part) for part in re.split(r"[-,]", text))
    if re.fullmatch(r"[1-9]{2,10}", text):
        return tuple(int(digit) for digit in text)
    raise ValueError(f"not a seat layout: {layout!r}")


def seat_text(seat: int, width: int = 2) -> str:
    """A seat number as it is printed: text with leading zeros (座位号 03)."""
    text = f"{seat:0{width}d}"
    if seat < 1 or len(text) > width:
        raise ValueError(f"seat {seat} does not fit into {width} digits")
    return text


def seat_of_text(text: str) -> int:
    """The seat number of a printed one; full-width digits and other signs are refused."""
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise ValueError(f"not a seat number: {text!r}")
    return int(text)


def largest_apart(grid: SeatGrid, seats: Sequence[int], reach: int = 4) -> int:
    """How many of these seats can be taken with no two of them neighbours.

    Exact: a sweep over the longer side of the room that keeps, for every choice
    of seats in the last line, the largest number reached so far.
    """
    along_rows = max(grid.columns) >= len(grid.columns)
    lines = [0] * max(len(grid.columns), max(grid.columns))
    for seat in seats:
        desk = grid.desk(seat)
        line, place = (desk.row, desk.column) if along_rows else (desk.column, desk.row)
        lines[line] |= 1 << place
    best = {0: 0}
    for allowed in lines:
        best = _sweep_line(best, allowed, reach)
    return max(best.values())


def _sweep_line(best: dict[int, int], allowed: int, reach: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for choice in _apart_choices(allowed):
        blocked = choice | choice << 1 | choice >> 1 if reach == 8 else choice
        before = max(count for taken, count in best.items() if not taken & blocked)
        found[choice] = choice.bit_count() + before
    return found


@lru_cache(maxsize=4096)
def _apart_choices(allowed: int) -> tuple[int, ...]:
    choices = [0]
    for place in range(allowed.bit_length()):
        if allowed >> place & 1:
            choices += [c | 1 << place for c in choices if not (place and c >> (place - 1) & 1)]
    return tuple(choices)

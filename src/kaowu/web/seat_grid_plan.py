"""A room as its seat grid is drawn: rows from the front, a tile for each desk."""

from collections.abc import Mapping
from dataclasses import dataclass

from kaowu.basics.seat_grid import Corner, Direction, SeatGrid, seat_text


@dataclass(frozen=True, slots=True)
class Tile:
    """One desk: seat number, and what is said about it."""

    number: str
    name: str = ""
    tag: str = ""
    level: int = 0  # 1 attention, 2 act, 3 urgent


@dataclass(frozen=True, slots=True)
class SeatGridPlan:
    """What `{% seat_grid %}` draws."""

    label: str
    rows: tuple[tuple[Tile | None, ...], ...]
    door_left: bool

    @classmethod
    def of(cls, grid: SeatGrid, label: str, tiles: Mapping[int, Tile] | None = None) -> "SeatGridPlan":
        """The plan of a grid; seats without a tile of their own show their number."""
        given = tiles or {}
        rows = tuple(
            tuple(None if seat is None else given.get(seat, Tile(seat_text(seat))) for seat in row)
            for row in grid.rows()
        )
        return cls(label, rows, grid.start in (Corner.FRONT_LEFT, Corner.BACK_LEFT))


def grid_of(columns: str, start_corner: str, direction: str, capacity: int) -> SeatGrid:
    """The grid of a room as its register row describes it; raises ValueError for a layout that is none."""
    if not columns:
        return SeatGrid.for_capacity(capacity)
    if columns.isdigit() and len(columns) <= 2:  # a single column
        return SeatGrid((int(columns),), Corner(start_corner), Direction(direction))
    return SeatGrid.from_layout(columns, Corner(start_corner), Direction(direction))

"""Seat layouts as a profile writes them: column lengths, start corner, direction.

`7-8-8-7 front_left serpentine`: four columns from the left on, seat 1 at the
front left, turning at the end of each column (蛇形). The words S形 and W形 mean
different things in different counties and are not used.
"""

from kaowu.basics.seat_grid import Corner, Direction, SeatGrid
from kaowu.rules.toml_table import Wrong


def read_layout(text: str) -> SeatGrid:
    """The grid of a written layout; raises `Wrong`."""
    try:
        columns, corner, direction = text.split()
        return SeatGrid.from_layout(columns, Corner(corner), Direction(direction))
    except ValueError:
        corners, directions = "、".join(Corner), "、".join(Direction)
        raise Wrong(
            f"“{text}”不是座位排列：请写“7-8-8-7 front_left serpentine”这样的形式（起点：{corners}；走向：{directions}）",
            f"“{text}” is no layout: write it as “7-8-8-7 front_left serpentine”",
        ) from None

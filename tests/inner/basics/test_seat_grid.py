"""Seat numbers on the real grid of desks."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.seat_grid import (
    Corner,
    Direction,
    SeatGrid,
    columns_of_layout,
    largest_apart,
    seat_of_text,
    seat_text,
)

grids = st.builds(
    SeatGrid,
    st.lists(st.integers(1, 9), min_size=1, max_size=7).map(tuple),
    st.sampled_from(Corner),
    st.sampled_from(Direction),
)


@pytest.mark.parametrize(
    ("written", "columns"),
    [
        ("7-8-8-7", (7, 8, 8, 7)),
        ("8-7-7-8", (8, 7, 7, 8)),
        ("8877", (8, 8, 7, 7)),
        ("5x6", (6, 6, 6, 6, 6)),  # five columns of six
        ("5×6", (6, 6, 6, 6, 6)),
        ("1x12", (12,)),
    ],
)
def test_layouts_are_read_as_offices_write_them(written, columns):
    assert columns_of_layout(written) == columns


@pytest.mark.parametrize("written", ["", "-", "7", "7-", "0-3", "7-8-x", "0x4", "７-８"])
def test_a_text_that_is_no_layout_is_refused(written):
    with pytest.raises(ValueError):
        SeatGrid.from_layout(written)


def test_on_5x6_in_serpentine_order_the_front_row_is_1_12_13_24_25_and_seat_1_touches_12():
    grid = SeatGrid.from_layout("5x6")
    assert grid.rows()[0] == (1, 12, 13, 24, 25)
    assert grid.neighbours(1) == (2, 12)
    assert grid.neighbours(1, 8) == (2, 11, 12)


@pytest.mark.parametrize(
    ("layout", "front", "back"),
    [
        ("7-8-8-7", (1, 15, 16, 30), (None, 8, 23, None)),
        ("8-7-7-8", (1, 15, 16, 30), (8, None, None, 23)),
        ("8-8-7-7", (1, 16, 17, 30), (8, 9, None, None)),
    ],
)
def test_columns_of_unequal_length_stand_where_they_stand(layout, front, back):
    rows = SeatGrid.from_layout(layout).rows()
    assert (rows[0], rows[-1]) == (front, back)


def test_the_start_corner_and_the_direction_turn_the_numbers():
    table = {
        (Corner.FRONT_RIGHT, Direction.SERPENTINE): ((6, 1), (5, 2), (4, 3)),
        (Corner.BACK_LEFT, Direction.SERPENTINE): ((3, 4), (2, 5), (1, 6)),
        (Corner.FRONT_LEFT, Direction.COLUMNS): ((1, 4), (2, 5), (3, 6)),
        (Corner.FRONT_LEFT, Direction.ROWS): ((1, 2), (3, 4), (5, 6)),
        (Corner.FRONT_RIGHT, Direction.SERPENTINE_ROWS): ((2, 1), (3, 4), (6, 5)),
    }
    for (start, direction), expected in table.items():
        assert SeatGrid((3, 3), start, direction).rows() == expected


@given(grids, st.sampled_from([4, 8]))
def test_every_seat_has_one_desk_and_neighbours_see_each_other(grid, reach):
    assert len(set(grid.desks)) == grid.seats
    for seat in range(1, grid.seats + 1):
        desk = grid.desk(seat)
        assert grid.seat(desk.column, desk.row) == seat
        assert all(seat in grid.neighbours(other, reach) for other in grid.neighbours(seat, reach))


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4).map(tuple),
    st.sampled_from([4, 8]),
    st.integers(1, 12),
)
def test_the_largest_set_apart_is_the_one_that_trying_everything_finds(columns, reach, people):
    grid = SeatGrid(columns)
    seats = range(1, min(people, grid.seats) + 1)
    pairs = set(grid.pairs(reach))
    best = max(
        size
        for size in range(len(seats) + 1)
        for some in combinations(seats, size)
        if not any(pair in pairs for pair in combinations(some, 2))
    )
    assert largest_apart(grid, seats, reach) == best


def test_of_thirty_desks_fifteen_can_sit_apart_and_eight_when_diagonals_count():
    grid = SeatGrid.from_layout("7-8-8-7")
    assert largest_apart(grid, range(1, 31), 4) == 15
    assert largest_apart(grid, range(1, 31), 8) == 8


def test_seat_numbers_are_text_with_leading_zeros():
    assert seat_text(3) == "03"
    assert seat_of_text("03") == 3
    with pytest.raises(ValueError):
        seat_text(100)
    with pytest.raises(ValueError):
        seat_of_text("０３")

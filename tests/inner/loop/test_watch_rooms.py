"""Who has which rooms on the screen: split evenly, side by side, never more than the profile allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.loop.prepare.watch_rooms import rooms_each, watch_rooms
from kaowu.rules.load import rulebook

ROOMS = [f"{number:03}" for number in range(1, 11)]


def test_ten_rooms_over_three_people_stand_side_by_side():
    table = watch_rooms(ROOMS, ["T3", "T1", "T2"], 4)
    assert [(one.person, one.rooms) for one in table.watches] == [
        ("T1", ("001", "002", "003", "004")),
        ("T2", ("005", "006", "007")),
        ("T3", ("008", "009", "010")),
    ]
    assert table.of_room("006") == "T2"
    assert table.of_person("T3") == ("008", "009", "010")


def test_rooms_that_nobody_may_take_are_named():
    table = watch_rooms(ROOMS, ["T1", "T2"], 4)
    assert table.unwatched == ("009", "010")
    assert watch_rooms(ROOMS, [], 4).unwatched == tuple(ROOMS)


@given(st.integers(0, 80), st.integers(1, 25), st.integers(1, 9))
def test_every_room_is_watched_once_or_named_and_shares_differ_by_one(rooms, people, most):
    numbers, staff = [f"{n:03}" for n in range(rooms)], [f"T{n:02}" for n in range(people)]
    table = watch_rooms(numbers, staff, most)
    watched = [room for one in table.watches for room in one.rooms]
    assert sorted([*watched, *table.unwatched]) == numbers
    shares = [len(one.rooms) for one in table.watches]
    assert max(shares) - min(shares) <= 1
    assert max(shares) <= most
    assert not table.unwatched or min(shares) == most


@pytest.mark.parametrize("profile", ["gaokao", "vocational"])
def test_the_profile_says_how_many_rooms_one_person_watches(profile):
    assert rooms_each(rulebook().profile(profile)) == 4

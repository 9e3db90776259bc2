"""Answers alike: copied wrong answers stand out, right ones and easy wrong ones do not."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from kaowu.engines.scores.alike import pairs_alike, same_by_chance

RIGHT = {f"q{number}": frozenset({"A"}) for number in range(1, 41)}


def room(seed, people=30, skill=0.6):
    chance = random.Random(seed)
    return [
        (f"{seat:02d}", {q: "A" if chance.random() < skill else chance.choice("BCD") for q in RIGHT})
        for seat in range(people)
    ]


def test_who_copied_is_found_and_nobody_else():
    people = room(7)
    copied = dict(people[3][1])
    people[12] = ("12", {**copied, "q1": "A", "q2": "A"})
    [pair] = pairs_alike({"001": people, "002": room(8)}, RIGHT, 1e-7)
    assert (pair.group, pair.first, pair.second) == ("001", "03", "12")
    assert pair.shared > pair.expected


def test_two_who_have_everything_right_say_nothing():
    same = [("01", dict.fromkeys(RIGHT, "A")), ("02", dict.fromkeys(RIGHT, "A"))]
    assert not pairs_alike({"001": same}, RIGHT, 1e-3)


def test_a_wrong_answer_that_everybody_chooses_says_nothing():
    people = [(name, dict.fromkeys(RIGHT, "B")) for name in ("01", "02", "03")]
    assert set(same_by_chance((given for _, given in people), RIGHT).values()) == {1.0}
    assert not pairs_alike({"001": people}, RIGHT, 1e-3)


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_rooms_of_honest_people_give_no_leads(seed):
    assert not pairs_alike({"001": room(seed, people=12)}, RIGHT, 1e-7)

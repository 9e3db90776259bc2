"""Points are whole numbers, a missing score is never a zero, and two entries must agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.basics.errors import Refused
from kaowu.engines.scores import (
    Component,
    Entry,
    Formula,
    Key,
    Mark,
    Partial,
    State,
    compare,
    distribution,
    outliers,
    points,
    score,
    total,
    written,
)

AB, ABC = frozenset("AB"), frozenset("ABC")


@pytest.mark.parametrize(
    ("text", "hundredths"), [("0", 0), ("12.5", 1250), (" 100 ", 10000), ("0.05", 5), ("7.50", 750)]
)
def test_points_are_read_as_written(text: str, hundredths: int):
    assert points(text) == hundredths


@pytest.mark.parametrize("text", ["", "-1", "+3", "1,5", "1.234", "１２", "1e3", "12 3", "NaN", "123456"])
def test_what_is_no_number_of_points_is_refused(text: str):
    with pytest.raises(Refused):
        points(text)


@given(st.integers(0, 99_999_99))
def test_points_survive_being_written(hundredths: int):
    assert points(written(hundredths)) == hundredths


@pytest.mark.parametrize(
    ("key", "chosen", "brought"),
    [
        (Key("1", (frozenset("A"),), 500), "A", 500),
        (Key("1", (frozenset("A"),), 500), "B", 0),
        (Key("1", (frozenset("A"),), 500), "AB", 0),
        (Key("1", (frozenset("A"),), 500), "", 0),
        (Key("1", (frozenset("A"), frozenset("C")), 500), "C", 500),
        (Key("1", (), 500, given_to_all=True), "D", 500),
        (Key("9", (ABC,), 600), "AB", 0),
        (Key("9", (ABC,), 600, Partial.FIXED, part=300), "AB", 300),
        (Key("9", (ABC,), 600, Partial.FIXED, part=300), "ABD", 0),
        (Key("9", (ABC,), 600, Partial.EACH), "AB", 400),
        (Key("9", (AB,), 600, Partial.EACH), "A", 300),
        (Key("9", (ABC,), 600, Partial.BY_COUNT, parts=(100, 350)), "BC", 350),
        (Key("9", (ABC,), 600, Partial.BY_COUNT, parts=(100,)), "BC", 0),
        (Key("9", (ABC,), 600, Partial.EACH), "ABC", 600),
    ],
)
def test_a_question_brings_what_its_key_says(key: Key, chosen: str, brought: int):
    [item] = score([key], {key.field: chosen})
    assert item.points == brought
    assert item.right is (brought == key.worth)


def test_a_question_that_was_not_read_is_refused_and_not_taken_for_empty():
    with pytest.raises(Refused) as refused:
        score([Key("1", (AB,), 500)], {})
    assert refused.value.code == "answer_not_read"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Key("1", (), 500),
        lambda: Key("1", (frozenset(),), 500),
        lambda: Key("1", (AB,), -1),
        lambda: Key("1", (AB,), 500, Partial.FIXED, part=600),
        lambda: Key("1", (ABC,), 500, Partial.EACH),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(make):
    with pytest.raises(Refused):
        make()


ENGLISH = Formula(
    "英语", (Component("听力", 3000, may_be_exempt=True), Component("笔试", 12000)), rounded_to=50
)


@pytest.mark.parametrize(
    ("marks", "state", "reached"),
    [
        ({"听力": Mark(State.SCORED, 2400), "笔试": Mark(State.SCORED, 9000)}, State.SCORED, 11400),
        # Exempt from listening: 90 of 120 is 112.5 of 150.
        ({"听力": Mark(State.EXEMPT), "笔试": Mark(State.SCORED, 9000)}, State.SCORED, 11250),
        ({"听力": Mark(State.EXEMPT), "笔试": Mark(State.SCORED, 9010)}, State.SCORED, 11250),
        ({"听力": Mark(State.EXEMPT), "笔试": Mark(State.SCORED, 9050)}, State.SCORED, 11300),
        ({"听力": Mark(State.ABSENT), "笔试": Mark(State.SCORED, 9000)}, State.SCORED, 9000),
        ({"听力": Mark(State.ABSENT), "笔试": Mark(State.ABSENT)}, State.ABSENT, 0),
        ({"听力": Mark(State.EXEMPT), "笔试": Mark(State.ABSENT)}, State.ABSENT, 0),
        ({"听力": Mark(State.SCORED, 0), "笔试": Mark(State.SCORED, 0)}, State.SCORED, 0),
        ({"听力": Mark(State.SCORED, 10)}, State.NOT_SCANNED, 0),
        ({"听力": Mark(State.VOID), "笔试": Mark(State.SCORED, 9000)}, State.VOID, 0),
        ({"听力": Mark(State.IN_REVIEW), "笔试": Mark(State.SCORED, 9000)}, State.IN_REVIEW, 0),
        ({"听力": Mark(State.IN_REVIEW), "笔试": Mark(State.VOID)}, State.VOID, 0),
    ],
)
def test_a_total_says_what_it_is(marks: dict[str, Mark], state: State, reached: int):
    assert total(ENGLISH, marks) == Mark(state, reached)


@pytest.mark.parametrize(
    "marks",
    [{"口语": Mark(State.SCORED, 1)}, {"笔试": Mark(State.SCORED, 12001)}, {"笔试": Mark(State.EXEMPT)}],
)
def test_an_impossible_mark_is_refused(marks: dict[str, Mark]):
    with pytest.raises(Refused):
        total(ENGLISH, marks)


@given(st.integers(0, 12000))
def test_an_exempted_total_never_exceeds_the_full_mark_and_grows_with_the_marks(reached: int):
    exempt = Mark(State.EXEMPT)
    here = total(ENGLISH, {"听力": exempt, "笔试": Mark(State.SCORED, reached)}).points
    assert 0 <= here <= ENGLISH.full
    if reached:
        assert here >= total(ENGLISH, {"听力": exempt, "笔试": Mark(State.SCORED, reached - 1)}).points


ITEMS = {"17": 1000, "18": 1200}


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ([("a", "17", 500), ("a", "18", 0)], [("a", "17", 500)], "second_missing"),
        ([("a", "17", 500)], [("a", "17", 500), ("a", "18", 0)], "first_missing"),
        ([("a", "17", 500)], [("a", "17", 500)], "both_missing"),
        ([("a", "17", 500), ("a", "18", 100)], [("a", "17", 500), ("a", "18", 1000)], "differs"),
        ([("a", "17", 500), ("a", "18", None)], [("a", "17", 500), ("a", "18", 0)], "differs"),
        ([("a", "17", 500), ("a", "18", 1300)], [("a", "17", 500), ("a", "18", 1300)], "too_many"),
        (
            [("a", "17", 500), ("a", "18", 1), ("a", "18", 2)],
            [("a", "17", 500), ("a", "18", 1)],
            "entered_twice",
        ),
        (
            [("a", "17", 500), ("a", "18", 1), ("b", "17", 1)],
            [("a", "17", 500), ("a", "18", 1)],
            "unknown_bearer",
        ),
        (
            [("a", "17", 500), ("a", "18", 1), ("a", "19", 1)],
            [("a", "17", 500), ("a", "18", 1)],
            "unknown_item",
        ),
    ],
)
def test_every_kind_of_difference_goes_to_a_third_look(first, second, code: str):
    agreed, differences = compare([Entry(*e) for e in first], [Entry(*e) for e in second], ["a"], ITEMS)
    assert [one.code for one in differences] == [code]
    assert agreed[("a", "17")] == 500
    assert differences[0].sentence.zh


@given(
    st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from(list(ITEMS))), st.integers(0, 1500))
)
def test_nothing_is_lost_between_what_agrees_and_what_differs(table: dict[tuple[str, str], int]):
    entries = [Entry(*place, value) for place, value in table.items()]
    agreed, differences = compare(entries, list(reversed(entries)), "abcd", ITEMS)
    places = set(agreed) | {(one.bearer, one.item) for one in differences}
    assert places == {(bearer, item) for bearer in "abcd" for item in ITEMS}
    assert len(agreed) + len(differences) == len(places)
    assert all(value <= ITEMS[item] for (_, item), value in agreed.items())


def test_bands_are_counted_without_gaps():
    assert distribution([0, 150, 999, 3100], 1000) == {0: 3, 1000: 0, 2000: 0, 3000: 1}
    assert distribution([], 1000) == {}


def test_a_room_far_above_the_others_is_a_lead_and_usual_rooms_are_none():
    usual = {
        f"{room:03}": [5000 + 700 * ((seat * 7 + room * 3) % 11 - 5) for seat in range(30)]
        for room in range(40)
    }
    assert outliers(usual) == []
    [lead] = outliers(usual | {"041": [one + 2500 for one in usual["005"]]})
    assert lead.group == "041"
    assert lead.deviations > 4
    assert outliers({"a": [1] * 9, "b": [100] * 40}) == []

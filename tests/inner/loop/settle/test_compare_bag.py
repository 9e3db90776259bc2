"""A bag after both entries: the short way for scripts on which both agree finds what the comparison finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.engines.scores import Entry, compare
from kaowu.exam.score_bag import ScoreBag, spoken
from kaowu.facts.scores import DifferencesSettled, PointsEntered
from kaowu.facts.subjects import ScoreKey
from kaowu.loop.settle.compare_bag import compare_bag, value_of

ITEMS = {"22": 1200, "作文": 6000}
DUE = ["01", "02", "03"]
typed = st.dictionaries(
    st.sampled_from([*DUE, "99"]),
    st.dictionaries(st.sampled_from([*ITEMS, "23"]), st.sampled_from(["0", "12", "12.0", "13", "-"])),
)


@given(typed, typed, st.booleans(), st.sets(st.sampled_from(DUE)))
def test_scripts_on_which_both_agree_stand_as_the_whole_comparison_has_them(first, second, alike, absent):
    second = first if alike else second
    bag = ScoreBag(ScoreKey("语文", "0402", "001"), {1: first, 2: second})
    entries = [
        [Entry(who, item, value_of(value)) for who, values in turn.items() for item, value in values.items()]
        for turn in (first, second)
    ]
    due = [one for one in DUE if one not in absent]
    agreed, differences = compare(*entries, due, ITEMS, absent)
    found = compare_bag(bag, DUE, ITEMS, absent)
    assert {
        (who, item): value for who, values in found.points.items() for item, value in values.items()
    } == agreed
    assert list(found.points) == due and list(found.open) == differences


def entry(turn, typed=None):
    """One entry as it is folded; without `typed` its points are not on this node."""
    kept = spoken({"01": {"22": typed}}) if typed else ""
    return PointsEntered(turn=turn, by=f"p-{turn}", people=1, values=1, typed=kept)


@pytest.mark.parametrize(
    ("facts", "due", "comparable"),
    [
        ([entry(1)], 2, False),  # the second person may enter; the first need not again
        ([entry(1), entry(2)], 0, False),
        ([entry(1, "9"), entry(2)], 0, False),
        ([entry(1), entry(2), entry(1, "9"), entry(2, "9")], 0, True),  # they have come up
        (
            [
                entry(1, "9"),
                entry(2, "8"),
                DifferencesSettled(values=1, cause="typing", settled="", reason="…"),
            ],
            0,
            False,
        ),
        ([entry(1, "9"), entry(2, "8")], 0, True),
    ],
)
def test_an_entry_whose_points_are_not_here_is_made_and_still_not_compared(facts, due, comparable):
    bag = ScoreBag.begin(ScoreKey("语文", "0402", "001"))
    for fact in facts:
        bag = bag.after(fact)
    assert (bag.due, bag.comparable) == (due, comparable)
    assert bag.who == {fact.turn: fact.by for fact in facts if isinstance(fact, PointsEntered)}

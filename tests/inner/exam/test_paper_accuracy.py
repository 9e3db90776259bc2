"""The rate of papers given out and collected is worked out from the chain, and 100 % means every one."""

from dataclasses import replace

import pytest

from kaowu.exam.reconciliation import Accuracy, paper_accuracy
from kaowu.exam.room_sitting import Figures
from kaowu.facts.subjects import RoomSittingKey

EXACT = Figures(
    expected=30,
    entered=29,
    absent=1,
    in_doubt=0,
    violations=0,
    packets=1,
    unsealed=1,
    collected=1,
    issued=31,
    used=29,
    absent_sheets=1,
    spare=1,
    void=0,
    counted=True,
)


def rooms(*figures):
    return [(RoomSittingKey("01", "3704", f"{n:03d}"), one) for n, one in enumerate(figures, 1)]


@pytest.mark.parametrize(
    ("change", "link"),
    [
        ({}, ""),
        ({"packets": 0, "unsealed": 0, "collected": 0}, "handed_out"),
        ({"unsealed": 0}, "unsealed"),
        ({"counted": False}, "counted"),
        ({"collected": 0}, "collected"),
        ({"packets": 2}, "collected"),
        ({"used": 28}, "sheets"),
    ],
)
def test_each_link_that_is_missing_is_named(change, link):
    found = paper_accuracy(rooms(EXACT, replace(EXACT, **change)))
    assert (found.exact, found.of) == (1 if link else 2, 2)
    assert [one for _, one in found.short] == ([link] if link else [])


def test_one_room_in_a_hundred_thousand_keeps_the_rate_below_a_hundred():
    short = paper_accuracy(rooms(replace(EXACT, collected=0)))
    assert (Accuracy(99_999, 99_999, ()) + short).hundredths == 9_999
    assert Accuracy(7, 7, ()).hundredths == 10_000
    assert Accuracy(0, 0, ()).hundredths is None

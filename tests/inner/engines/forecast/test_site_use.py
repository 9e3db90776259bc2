"""Suggestions from past exams: formulas and counts, each with its reason, honest about how little is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kaowu.engines.forecast import Needs, PastUse, rate, suggest

NEEDS = Needs(30, 2, 10, 10, 1, 5)
PAST = PastUse("gk2026", "2026年高考", 4, 12, 350, 48, 1_400, 1_380, 20, 3, 1)
NOWHERE = rate(0, 0)


def several(count, **changes):
    return [replace(PAST, exam=f"gk{2026 - n}", **changes) for n in range(count)]


def test_without_a_past_only_the_formulas_speak_and_that_is_said():
    found = suggest(100, [], NEEDS, NOWHERE)
    assert (found.rooms, found.spare_rooms, found.invigilators, found.roving, found.reserve, found.gate) == (
        4,
        1,
        8,
        1,
        1,
        0,
    )
    assert found.is_small_sample and "没有以往记录" in found.reasons[0].zh
    assert found.absence.share is None


def test_rooms_that_languages_took_before_are_added_and_explained():
    """350 candidates fill 12 rooms of 30 exactly as when full; 14 and 13 rooms were two and one more."""
    past = [replace(PAST, rooms=14), replace(PAST, exam="b", rooms=13), replace(PAST, exam="c")]
    found = suggest(100, past, NEEDS, NOWHERE)
    assert found.rooms == 4 + 1 and not found.is_small_sample
    assert any("多用2、1、0个，平均进位后加1个" in one.zh for one in found.reasons)


def test_absences_save_no_room():
    empty = suggest(100, several(3, absent=1_000, entered=400), NEEDS, NOWHERE)
    assert empty.rooms == suggest(100, several(3, absent=0, entered=1_400), NEEDS, NOWHERE).rooms
    assert any("缺考不减考场" in one.zh for one in empty.reasons)


@pytest.mark.parametrize(
    ("late", "entered", "added"),
    [(2, 100, 0), (20, 1_000, 1), (1, 20, 0)],  # the last: five times the mean, yet too few to be sure
)
def test_more_at_the_entrance_only_where_lateness_is_surely_above_everywhere(late, entered, added):
    everywhere = rate(100, 10_000)
    past = [replace(PAST, late=late, entered=entered)]
    assert suggest(300, past, NEEDS, everywhere).gate == added


def test_many_cases_ask_for_one_more_roving_invigilator():
    quiet = suggest(900, several(3, cases=0), NEEDS, NOWHERE)
    busy = suggest(900, several(3, cases=12), NEEDS, NOWHERE)
    assert (quiet.roving, busy.roving) == (3, 4)


@pytest.mark.parametrize(
    ("count", "of", "share", "least", "most"),
    [(0, 10, 0, 0, 278), (5, 10, 500, 237, 763), (50, 1_000, 50, 38, 65), (0, 0, None, None, None)],
)
def test_a_rate_carries_the_interval_of_wilson(count, of, share, least, most):
    found = rate(count, of)
    assert (found.share, found.least, found.most) == (share, least, most)

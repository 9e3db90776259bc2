"""The sampling audit: bounds are exact, samples are as small as they may be, and anybody draws the same."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaowu.engines.sampling import draw, most_errors, ppm, sample_size


def chance_of_at_most(found, total, wrong, sampled):
    """The same by whole numbers: counted, not approximated."""
    ways = sum(
        comb(wrong, hits) * comb(total - wrong, sampled - hits)
        for hits in range(min(found, wrong, sampled) + 1)
    )
    return Fraction(ways, comb(total, sampled))


@st.composite
def samples(draw_from):
    total = draw_from(st.integers(1, 300))
    sampled = draw_from(st.integers(1, total))
    return total, sampled, draw_from(st.integers(0, min(sampled, 6)))


@given(samples(), st.sampled_from((90, 95, 99)))
def test_the_bound_is_the_largest_number_of_errors_that_is_still_likely(sample, confidence):
    total, sampled, found = sample
    risk = 1 - Fraction(confidence, 100)
    bound = most_errors(total, sampled, found, confidence)
    assert found <= bound <= total - sampled + found
    if bound > found:
        assert chance_of_at_most(found, total, bound, sampled) > risk - Fraction(1, 10**9)
    if bound < total - sampled + found:
        assert chance_of_at_most(found, total, bound + 1, sampled) <= risk + Fraction(1, 10**9)


@given(st.integers(1, 2_000), st.sampled_from((1_000, 10_000, 100_000)), st.sampled_from((90, 95, 99)))
def test_a_sample_without_errors_shows_the_bound_and_a_smaller_one_does_not(total, bound_ppm, confidence):
    size = sample_size(total, bound_ppm, confidence)
    assert most_errors(total, size, 0, confidence) * 1_000_000 <= total * bound_ppm
    if size > 1:
        assert most_errors(total, size - 1, 0, confidence) * 1_000_000 > total * bound_ppm


@pytest.mark.parametrize(
    ("total", "bound", "least", "most"),
    [(30_000_000, 1_000, 2_990, 2_996), (30_000_000, 100, 29_900, 29_960)],
)
def test_large_lists_need_about_three_over_the_bound(total, bound, least, most):
    assert least <= sample_size(total, bound, 95) <= most


@given(st.integers(1, 400), st.integers(0, 400), st.text(min_size=1, max_size=30))
def test_every_place_is_drawn_at_most_once_and_the_same_seed_draws_the_same(total, count, seed):
    first = draw(b"f" * 32, seed, total, count)
    assert first == draw(b"f" * 32, seed, total, count)
    assert len(set(first)) == len(first) == min(count, total)
    assert all(0 <= place < total for place in first)


def test_another_list_or_another_seed_draws_other_places():
    drawn = {
        tuple(draw(frame, seed, 1_000_000, 5)) for frame in (b"a" * 32, b"b" * 32) for seed in ("1", "2")
    }
    assert len(drawn) == 4


def test_a_bound_is_never_said_to_be_smaller_than_it_is():
    assert [ppm(1, 3), ppm(0, 3), ppm(1, 2_000_000)] == [333_334, 0, 1]


@pytest.mark.parametrize(("total", "sampled", "found"), [(10, 11, 0), (10, 5, 6), (10, 5, -1)])
def test_what_is_no_sample_is_refused(total, sampled, found):
    with pytest.raises(ValueError, match="is no sample"):
        most_errors(total, sampled, found, 95)

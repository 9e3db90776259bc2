"""The same problem and seed give the same bytes for ever: a change of these digests is a new version."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.inner.engines.draw.small_draws import SEED, TWO_LINES, TWO_POSTS, exam, people, rooms
from tests.inner.engines.draw.test_second_verifier import same_draw

from kaowu.engines.draw import ENGINE_VERSION, DrawProblem, Line, Per, Post, Site, solve


def two_sites() -> DrawProblem:
    """People sent to two sites, then to rooms with extra time; a gate, a reserve."""
    halls = [*rooms(5, 3, "A"), *rooms(4, 3, "B", more_minutes=20)]
    lines = (*TWO_LINES, Line("gate", 1, Per.LANES), Line("reserve", 10, Per.PERCENT))
    posts = (*TWO_POSTS, Post("gate", certified=False), Post("reserve", waits=True))
    sites = (Site("A", unit="S0", lanes=2), Site("B", unit="S1", entrances=1, lanes=1))
    return exam(people(40, 7, ""), halls, 3, sites, posts=posts, staffing=lines)


def one_sitting_with_a_past() -> DrawProblem:
    """One sitting of several: people have rooms, partners and duties behind them."""
    staff = [
        replace(
            person,
            duties=n % 3,
            had=("chief",) * (n % 3),
            former_rooms=(f"A/{n % 6:03d}",),
            busy_until=-30 if n % 5 else 60,
        )
        for n, person in enumerate(people(20))
    ]
    halls = [replace(room, special=room.room == "001") for room in rooms(6, 1)]
    problem = exam(staff, halls, 1, staffing=(*TWO_LINES, Line("assistant", 1, Per.SPECIAL)))
    return replace(problem, former_pairs=(("P001", "P002"), ("P003", "P006")))


@pytest.mark.parametrize(
    ("make", "problem", "plan"),
    [
        (
            two_sites,
            "f7a1c842b8c268c2b8a16ca10cd2a9d07ea21014648bf2b0b818fb21adfe721e",
            "729f2859fca5b69060e9054341b288b041e402f3df3f73befa0548d601466f04",
        ),
        (
            one_sitting_with_a_past,
            "4074eecb216a315bd6a1824c38c700231237fb9c369f9b9ddc806bc18eb62f38",
            "a33f078e961dff8d5473ba17a416a352549e39830f076b911b89bd098c0bd72c",
        ),
    ],
)
def test_problems_and_draws_are_spelt_as_published(make, problem, plan):
    asked = make()
    assert ENGINE_VERSION == "draw/2"
    assert (asked.digest, solve(asked, SEED).digest) == (problem, plan)
    same_draw(asked, SEED)
